/* libqrencode, reduced to the one call the module needs: text in, modules out. */
#ifndef KHATM_QR_H
#define KHATM_QR_H
#include <errno.h>
#include <qrencode.h>
#include <stddef.h>

/* Writes one byte (0 light, 1 dark) per module, row by row, and returns the width of the symbol; 0: it does not fit, -1: we failed.
   `text` ends in NUL. Correction level M, smallest version that holds the text. */
static inline int khatm_qr_modules(const char *text, unsigned char *out, size_t capacity) {
  /* Hint 8 bit, case kept: the library itself splits the text and takes alphanumeric mode where it is shorter. */
  errno = 0;
  QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
  if (code == NULL) return errno == ERANGE ? 0 : -1;
  int width = code->width;
  size_t count = (size_t)width * (size_t)width;
  if (count > capacity) {
    QRcode_free(code);
    return 0;
  }
  for (size_t i = 0; i < count; i++) out[i] = code->data[i] & 1;
  QRcode_free(code);
  return width;
}
#endif

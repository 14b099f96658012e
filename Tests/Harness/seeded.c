/* Preloaded into khatm by Scripts/samehome: all that is drawn at random comes from one stream, which KHATM_SEED begins.
 *
 * Ids, salts, indices and serials (RAND_bytes, called by khatm) are drawn one after the other. What OpenSSL draws inside, nonces of
 * signatures above all, is the same at each draw: its nonces also hash the key and the message, so that a signature depends on these two
 * alone and not on which thread came first. The making of a key begins another such draw: two keys of one command differ.
 * Nothing that is made with it may leave a test. */
#define _GNU_SOURCE
#define OPENSSL_SUPPRESS_DEPRECATED
#include <dlfcn.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_ulong drawn, keys;

static void fill(char stream, unsigned long number, unsigned char *out, int count) {
  const char *seed = getenv("KHATM_SEED");
  char text[256];
  unsigned char digest[SHA256_DIGEST_LENGTH];
  for (int at = 0; at < count; at += (int)sizeof digest) {
    int length = snprintf(text, sizeof text, "%.128s/%c/%lu/%d", seed ? seed : "", stream, number, at);
    SHA256((unsigned char *)text, (size_t)length, digest);
    memcpy(out + at, digest, (size_t)(count - at) < sizeof digest ? (size_t)(count - at) : sizeof digest);
  }
}

static int inside(unsigned char *out, int count) {
  fill('i', keys, out, count);
  return 1;
}

static int ready(void) { return 1; }

static RAND_METHOD method = {.bytes = inside, .pseudorand = inside, .status = ready};

__attribute__((constructor)) static void begin(void) { RAND_set_rand_method(&method); }

int RAND_bytes(unsigned char *out, int count) {
  fill('d', drawn++, out, count);
  return 1;
}

/* EVP_EC_gen and EVP_RSA_gen are macros over it; each kind takes one argument or none, of the size of a pointer. */
EVP_PKEY *EVP_PKEY_Q_keygen(OSSL_LIB_CTX *library, const char *query, const char *kind, ...) {
  static EVP_PKEY *(*real)(OSSL_LIB_CTX *, const char *, const char *, ...);
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, "EVP_PKEY_Q_keygen");
  keys++;
  if (strcmp(kind, "EC") != 0 && strcmp(kind, "RSA") != 0) return real(library, query, kind);
  va_list rest;
  va_start(rest, kind);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  return real(library, query, kind, argument);
}

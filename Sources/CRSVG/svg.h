/* librsvg and cairo, reduced to what the module needs: SVG bytes in, a picture out through a callback.
   No handle, GError or surface is seen from outside, except the document between begin and end. */
#ifndef KHATM_SVG_H
#define KHATM_SVG_H
#include <cairo-pdf.h>
#include <cairo.h>
#include <fontconfig/fontconfig.h>
#include <librsvg/rsvg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Returns 0 to go on. */
typedef int (*khatm_sink)(void *context, const unsigned char *bytes, unsigned int length);

enum { KHATM_SVG_OK = 0, KHATM_SVG_PARSE = 1, KHATM_SVG_SURFACE = 2, KHATM_SVG_RENDER = 3, KHATM_SVG_WRITE = 4, KHATM_SVG_MEMORY = 5 };

/* From here on this process draws with the fonts that `xml` lists, whatever the machine prefers. 0: there are some; else
   nothing was changed. To be called before anything is drawn. */
static inline int khatm_use_fonts(const char *xml) {
  FcConfig *config = FcConfigCreate();
  if (config == NULL) return 1;
  const FcFontSet *fonts = NULL;
  if (FcConfigParseAndLoadFromMemory(config, (const FcChar8 *)xml, FcTrue) && FcConfigBuildFonts(config))
    fonts = FcConfigGetFonts(config, FcSetSystem);
  int result = fonts != NULL && fonts->nfont > 0 && FcConfigSetCurrent(config) ? 0 : 1;
  FcConfigDestroy(config); /* the current one is held */
  return result;
}

struct khatm_sink_pair {
  khatm_sink sink;
  void *context;
};

static inline cairo_status_t khatm_write(void *closure, const unsigned char *bytes, unsigned int length) {
  struct khatm_sink_pair *pair = (struct khatm_sink_pair *)closure;
  return pair->sink(pair->context, bytes, length) == 0 ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

/* Draws one SVG into the rectangle (0, 0, width, height). Without a base address nothing is loaded from outside. */
static inline int khatm_draw(cairo_t *cr, const uint8_t *svg, size_t length, double width, double height) {
  GError *error = NULL;
  RsvgHandle *handle = rsvg_handle_new_from_data(svg, length, &error);
  if (handle == NULL) {
    g_clear_error(&error);
    return KHATM_SVG_PARSE;
  }
  RsvgRectangle viewport = {0, 0, width, height};
  gboolean drawn = rsvg_handle_render_document(handle, cr, &viewport, &error);
  g_clear_error(&error);
  g_object_unref(handle);
  return drawn && cairo_status(cr) == CAIRO_STATUS_SUCCESS ? KHATM_SVG_OK : KHATM_SVG_RENDER;
}

static inline int khatm_svg_to_png(const uint8_t *svg, size_t length, int width, int height, khatm_sink sink, void *context) {
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height);
  if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) {
    cairo_surface_destroy(surface);
    return KHATM_SVG_SURFACE;
  }
  cairo_t *cr = cairo_create(surface);
  int result = khatm_draw(cr, svg, length, width, height);
  cairo_destroy(cr);
  if (result == KHATM_SVG_OK) {
    struct khatm_sink_pair pair = {sink, context};
    if (cairo_surface_write_to_png_stream(surface, khatm_write, &pair) != CAIRO_STATUS_SUCCESS) result = KHATM_SVG_WRITE;
  }
  cairo_surface_destroy(surface);
  return result;
}

struct khatm_pdf {
  struct khatm_sink_pair pair;
  cairo_surface_t *surface;
  double width, height;
};

/* `created` is an RFC 3339 time; with it fixed, the same pages give the same bytes. NULL: out of memory or a failed surface. */
static inline struct khatm_pdf *khatm_pdf_begin(double width, double height, const char *title, const char *author, const char *created,
                                                khatm_sink sink, void *context) {
  struct khatm_pdf *pdf = (struct khatm_pdf *)calloc(1, sizeof *pdf);
  if (pdf == NULL) return NULL;
  pdf->pair.sink = sink;
  pdf->pair.context = context;
  pdf->width = width;
  pdf->height = height;
  pdf->surface = cairo_pdf_surface_create_for_stream(khatm_write, &pdf->pair, width, height);
  if (cairo_surface_status(pdf->surface) != CAIRO_STATUS_SUCCESS) {
    cairo_surface_destroy(pdf->surface);
    free(pdf);
    return NULL;
  }
  cairo_pdf_surface_restrict_to_version(pdf->surface, CAIRO_PDF_VERSION_1_5);
  cairo_pdf_surface_set_metadata(pdf->surface, CAIRO_PDF_METADATA_TITLE, title);
  cairo_pdf_surface_set_metadata(pdf->surface, CAIRO_PDF_METADATA_AUTHOR, author);
  cairo_pdf_surface_set_metadata(pdf->surface, CAIRO_PDF_METADATA_CREATE_DATE, created);
  cairo_pdf_surface_set_metadata(pdf->surface, CAIRO_PDF_METADATA_MOD_DATE, created);
  return pdf;
}

static inline int khatm_pdf_page(struct khatm_pdf *pdf, const uint8_t *svg, size_t length) {
  cairo_t *cr = cairo_create(pdf->surface);
  int result = khatm_draw(cr, svg, length, pdf->width, pdf->height);
  if (result == KHATM_SVG_OK) cairo_show_page(cr);
  cairo_destroy(cr);
  return result;
}

/* Writes the rest and frees the document. Must be called exactly once, also after a failure. */
static inline int khatm_pdf_end(struct khatm_pdf *pdf) {
  cairo_surface_finish(pdf->surface);
  int result = cairo_surface_status(pdf->surface) == CAIRO_STATUS_SUCCESS ? KHATM_SVG_OK : KHATM_SVG_WRITE;
  cairo_surface_destroy(pdf->surface);
  free(pdf);
  return result;
}
#endif

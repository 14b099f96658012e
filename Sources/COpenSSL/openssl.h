/* OpenSSL 3.0 as PKI sees it. Only what Swift cannot import stands here: macros, casts, typed stacks, and parameter arrays
   (OSSL_PARAM keeps a pointer to its name, so it must never be built from a temporary Swift string). */
#ifndef KHATM_OPENSSL_H
#define KHATM_OPENSSL_H

#define OPENSSL_API_COMPAT 30000
#define OPENSSL_NO_DEPRECATED 1

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

/* RFC 2253 order and escaping, but UTF-8 left readable. */
static const unsigned long KHATM_NAME_FLAGS = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;

static inline void khatm_free(void *p) { OPENSSL_free(p); }
static inline void khatm_clear_free(void *p, size_t n) { OPENSSL_clear_free(p, n); }
static inline long khatm_bio_bytes(BIO *b, const unsigned char **p) { return BIO_get_mem_data(b, (char **)p); }

/* Public key from a point, 0x04 form or compressed; a point off the curve is refused. */
static inline EVP_PKEY *khatm_ec_public(OSSL_LIB_CTX *lib, const char *group, const unsigned char *point, size_t n) {
  OSSL_PARAM p[] = {OSSL_PARAM_construct_utf8_string("group", (char *)group, 0),
                    OSSL_PARAM_construct_octet_string("pub", (void *)point, n), OSSL_PARAM_construct_end()};
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(lib, "EC", NULL);
  if (!c || EVP_PKEY_fromdata_init(c) != 1 || EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, p) != 1) key = NULL;
  EVP_PKEY_CTX_free(c);
  return key;
}

/* Affine coordinates of an EC public key, each left-padded to n bytes. */
static inline int khatm_ec_coordinates(const EVP_PKEY *key, unsigned char *x, unsigned char *y, int n) {
  BIGNUM *bx = NULL, *by = NULL;
  int ok = EVP_PKEY_get_bn_param(key, "qx", &bx) == 1 && EVP_PKEY_get_bn_param(key, "qy", &by) == 1 &&
           BN_bn2binpad(bx, x, n) == n && BN_bn2binpad(by, y, n) == n;
  BN_free(bx);
  BN_free(by);
  return ok;
}

/* Public key from modulus and exponent, both big-endian. */
static inline EVP_PKEY *khatm_rsa_public(const unsigned char *n, size_t n_len, const unsigned char *e, size_t e_len) {
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *c = NULL;
  OSSL_PARAM *p = NULL;
  OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
  BIGNUM *bn = BN_bin2bn(n, (int)n_len, NULL), *be = BN_bin2bn(e, (int)e_len, NULL);
  if (build && bn && be && OSSL_PARAM_BLD_push_BN(build, "n", bn) == 1 && OSSL_PARAM_BLD_push_BN(build, "e", be) == 1 &&
      (p = OSSL_PARAM_BLD_to_param(build)) != NULL && (c = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL)) != NULL &&
      EVP_PKEY_fromdata_init(c) == 1 && EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, p) != 1)
    key = NULL;
  EVP_PKEY_CTX_free(c);
  OSSL_PARAM_free(p);
  OSSL_PARAM_BLD_free(build);
  BN_free(bn);
  BN_free(be);
  return key;
}

/* Modulus and exponent, minimal big-endian; returns 0 when a buffer is too small. */
static inline int khatm_rsa_numbers(const EVP_PKEY *key, unsigned char *n, size_t *n_len, unsigned char *e, size_t *e_len) {
  BIGNUM *bn = NULL, *be = NULL;
  int ok = EVP_PKEY_get_bn_param(key, "n", &bn) == 1 && EVP_PKEY_get_bn_param(key, "e", &be) == 1 &&
           (size_t)BN_num_bytes(bn) <= *n_len && (size_t)BN_num_bytes(be) <= *e_len;
  if (ok) {
    *n_len = (size_t)BN_bn2bin(bn, n);
    *e_len = (size_t)BN_bn2bin(be, e);
  }
  BN_free(bn);
  BN_free(be);
  return ok;
}

/* Key generation is variadic in OpenSSL. */
static inline EVP_PKEY *khatm_generate_ec(const char *group) { return EVP_EC_gen(group); }
static inline EVP_PKEY *khatm_generate_ed25519(void) { return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"); }
static inline EVP_PKEY *khatm_generate_rsa(size_t bits) { return EVP_RSA_gen(bits); }

static inline STACK_OF(X509) *khatm_x509s_new(void) { return sk_X509_new_null(); }
static inline int khatm_x509s_push(STACK_OF(X509) *s, X509 *x) { return sk_X509_push(s, x); }
static inline int khatm_x509s_count(const STACK_OF(X509) *s) { return sk_X509_num(s); }
static inline X509 *khatm_x509s_at(const STACK_OF(X509) *s, int i) { return sk_X509_value(s, i); }
static inline void khatm_x509s_free(STACK_OF(X509) *s) { sk_X509_free(s); }
static inline STACK_OF(X509_CRL) *khatm_crls_new(void) { return sk_X509_CRL_new_null(); }
static inline int khatm_crls_push(STACK_OF(X509_CRL) *s, X509_CRL *x) { return sk_X509_CRL_push(s, x); }
static inline void khatm_crls_free(STACK_OF(X509_CRL) *s) { sk_X509_CRL_free(s); }

#endif

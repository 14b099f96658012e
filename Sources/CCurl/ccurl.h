/* libcurl for the guarded fetch. curl_easy_setopt and curl_easy_getinfo are variadic, which Swift cannot import:
   one typed function for each kind of argument that is used. */
#ifndef KHATM_CCURL_H
#define KHATM_CCURL_H

#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>
#include <sys/socket.h>

static inline CURLcode khatm_curl_set_long(CURL *c, CURLoption option, long value) { return curl_easy_setopt(c, option, value); }
static inline CURLcode khatm_curl_set_text(CURL *c, CURLoption option, const char *value) { return curl_easy_setopt(c, option, value); }
static inline CURLcode khatm_curl_set_pointer(CURL *c, CURLoption option, void *value) { return curl_easy_setopt(c, option, value); }
static inline CURLcode khatm_curl_set_list(CURL *c, CURLoption option, struct curl_slist *value) { return curl_easy_setopt(c, option, value); }

/* libcurl copies the bytes: the caller's buffer may go after the call. */
static inline CURLcode khatm_curl_set_ca(CURL *c, const void *pem, size_t bytes) {
  struct curl_blob blob = { (void *)pem, bytes, CURL_BLOB_COPY };
  return curl_easy_setopt(c, CURLOPT_CAINFO_BLOB, &blob);
}

/* One signature for header and body callbacks: they differ only in what they are told. */
typedef size_t (*khatm_curl_data)(char *bytes, size_t size, size_t count, void *context);
static inline CURLcode khatm_curl_set_data(CURL *c, CURLoption option, khatm_curl_data callback) {
  return curl_easy_setopt(c, option, callback);
}

/* The address as it will be dialled; CURL_SOCKET_BAD refuses it. */
typedef curl_socket_t (*khatm_curl_open)(void *context, curlsocktype purpose, struct curl_sockaddr *address);
static inline CURLcode khatm_curl_set_open(CURL *c, khatm_curl_open callback, void *context) {
  CURLcode rc = curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, context);
  return rc != CURLE_OK ? rc : curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, callback);
}

typedef int (*khatm_curl_progress)(void *context, curl_off_t dl_total, curl_off_t dl_now, curl_off_t ul_total, curl_off_t ul_now);
static inline CURLcode khatm_curl_set_progress(CURL *c, khatm_curl_progress callback, void *context) {
  CURLcode rc = curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
  if (rc == CURLE_OK) rc = curl_easy_setopt(c, CURLOPT_XFERINFODATA, context);
  return rc != CURLE_OK ? rc : curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, callback);
}

static inline CURLcode khatm_curl_info_long(CURL *c, CURLINFO info, long *value) { return curl_easy_getinfo(c, info, value); }
static inline CURLcode khatm_curl_info_text(CURL *c, CURLINFO info, char **value) { return curl_easy_getinfo(c, info, value); }

/* Macros with casts, and constants that the importer gives to another module. */
static const int KHATM_SOCK_STREAM = SOCK_STREAM, KHATM_SOCK_CLOEXEC = SOCK_CLOEXEC;
static const curl_socket_t KHATM_SOCKET_BAD = CURL_SOCKET_BAD;
static inline CURLcode khatm_curl_start(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

/* curl_sockaddr ends in a struct sockaddr that stands for a longer one. */
static inline const unsigned char *khatm_sockaddr_bytes(const struct curl_sockaddr *a) { return (const unsigned char *)&a->addr; }

#endif

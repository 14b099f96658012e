/* Preloaded into khatm by the harnesses: writes down every change it makes to files below one folder, in order, and can make the n-th
 * call of a kind fail. Reading and other folders pass through untouched.
 *
 *   HOLD_ROOT     the folder
 *   HOLD_JOURNAL  file for the record (see powerloss.py for the reader); one record is
 *                 kind (1 byte), fd (i32), number (i64), length of a (u32), a, length of b (u32), b, all little-endian
 *   HOLD_READS    set: reads are recorded too (not what they read)
 *   HOLD_FAULT    "call:n:error:once|always", for example "fsync:3:EIO:once"; n counts from 1 over calls below the root;
 *                 call is open read write ftruncate fsync rename unlink mkdir, or any (all but read);
 *                 error is a name, SHORT for half a write, KILL for SIGKILL before the call happens, or HIDE for a write or sync that does
 *                 nothing and says that it did: what a program that overlooks an error makes of it
 *
 * One lock around each call keeps the record in the order in which things happened.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FDS = 4096 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned char held[FDS];                 /* 1: a file or folder below the root */
static char root[4096], parent[4096];      /* the folder, and the one that holds its name */
static size_t root_length;
static int record = -1;
static char fault_call[32], fault_error[16];
static long fault_at, fault_always, calls;
static int reads;

__attribute__((constructor)) static void begin(void) {
  const char *folder = getenv("HOLD_ROOT"), *journal = getenv("HOLD_JOURNAL"), *fault = getenv("HOLD_FAULT");
  if (!folder) return;
  reads = getenv("HOLD_READS") != NULL;
  snprintf(root, sizeof root, "%s", folder);
  root_length = strlen(root);
  snprintf(parent, sizeof parent, "%s", root);
  char *slash = strrchr(parent, '/');
  if (slash) *slash = 0;
  if (journal) {
    int file = (int)syscall(SYS_openat, AT_FDCWD, journal, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file >= 0) { record = fcntl(file, F_DUPFD_CLOEXEC, 900); syscall(SYS_close, file); }
  }
  char once[16] = "";
  if (fault && sscanf(fault, "%31[^:]:%ld:%15[^:]:%15s", fault_call, &fault_at, fault_error, once) == 4) fault_always = !strcmp(once, "always");
}

static void put(char kind, int fd, long long number, const void *a, size_t a_length, const void *b, size_t b_length) {
  if (record < 0) return;
  unsigned char head[1 + 4 + 8 + 4];
  uint32_t al = (uint32_t)a_length, bl = (uint32_t)b_length;
  int32_t f = fd;
  int64_t n = number;
  head[0] = (unsigned char)kind;
  memcpy(head + 1, &f, 4); memcpy(head + 5, &n, 8); memcpy(head + 13, &al, 4);
  struct iovec parts[4] = {{head, sizeof head}, {(void *)a, a_length}, {&bl, 4}, {(void *)b, b_length}};
  syscall(SYS_writev, record, parts, 4);
}

/* True when the path is the root, lies below it, or is the folder that holds it (its sync makes the root's name last); `full` receives it made absolute, without any link resolved. */
static int below(int folder, const char *path, char *full, size_t size) {
  if (!root_length || !path) return 0;
  if (path[0] == '/') snprintf(full, size, "%s", path);
  else {
    char base[4096] = "", name[64];
    if (folder == AT_FDCWD) { if (syscall(SYS_getcwd, base, sizeof base) < 0) return 0; }
    else { snprintf(name, sizeof name, "/proc/self/fd/%d", folder); ssize_t got = readlink(name, base, sizeof base - 1); if (got < 0) return 0; base[got] = 0; }
    snprintf(full, size, "%s/%s", base, path);
  }
  if (!strcmp(full, parent)) return 1;
  return !strncmp(full, root, root_length) && (full[root_length] == '/' || !full[root_length]);
}

static int is_held(int fd) { return fd >= 0 && fd < FDS && held[fd]; }

/* Called with the lock held, for calls below the root: 0, or the error with which this one is to fail (-1: half of a write, -2: none of it, and no error). */
static int fails(const char *call) {
  if (!fault_at || (strcmp(call, fault_call) && (strcmp("any", fault_call) || !strcmp(call, "read")))) return 0;
  calls++;
  if (!(fault_always ? calls >= fault_at : calls == fault_at)) return 0;
  put('F', -1, calls, call, strlen(call), "", 0);
  if (!strcmp(fault_error, "KILL")) { syscall(SYS_kill, getpid(), SIGKILL); for (;;) pause(); }
  if (!strcmp(fault_error, "SHORT")) return -1;
  if (!strcmp(fault_error, "HIDE")) return -2;
  static const struct { const char *name; int number; } known[] = {{"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EINTR", EINTR}, {"EACCES", EACCES}, {"EMFILE", EMFILE}, {"EROFS", EROFS}, {"EDQUOT", EDQUOT}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) if (!strcmp(known[i].name, fault_error)) return known[i].number;
  return EIO;
}

#define FAIL(call, result) do { int why_ = fails(call); if (why_ > 0) { pthread_mutex_unlock(&lock); errno = why_; return result; } } while (0)
#define DONE(value) do { int kept_ = errno; pthread_mutex_unlock(&lock); errno = kept_; return value; } while (0)

static int opened(int folder, const char *path, int flags, mode_t mode) {
  char full[8192];
  if (!below(folder, path, full, sizeof full)) return (int)syscall(SYS_openat, folder, path, flags, mode);
  pthread_mutex_lock(&lock);
  FAIL("open", -1);
  int fd = (int)syscall(SYS_openat, folder, path, flags, mode);
  if (fd >= 0 && fd < FDS) {
    held[fd] = 1;
    struct stat found;
    fstat(fd, &found);
    put('o', fd, flags, full, strlen(full), S_ISDIR(found.st_mode) ? "d" : "f", 1);
  }
  DONE(fd);
}

#define MODE(flags) mode_t mode = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }
int open(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags) return opened(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags) return opened(folder, path, flags, mode); }
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode); }
int __open_2(const char *path, int flags) { return opened(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return opened(AT_FDCWD, path, flags, 0); }

int close(int fd) {
  if (fd == record && record >= 0) return 0;
  if (!is_held(fd)) return (int)syscall(SYS_close, fd);
  pthread_mutex_lock(&lock);
  held[fd] = 0;
  put('c', fd, 0, "", 0, "", 0);
  int result = (int)syscall(SYS_close, fd);
  DONE(result);
}

ssize_t write(int fd, const void *data, size_t size) {
  if (fd == 1) {
    pthread_mutex_lock(&lock);
    ssize_t wrote = syscall(SYS_write, fd, data, size);
    if (wrote > 0) put('s', fd, 0, "", 0, data, (size_t)wrote);
    DONE(wrote);
  }
  if (!is_held(fd)) return syscall(SYS_write, fd, data, size);
  pthread_mutex_lock(&lock);
  int why = fails("write");
  if (why > 0) { pthread_mutex_unlock(&lock); errno = why; return -1; }
  if (why == -2) { lseek(fd, (off_t)size, SEEK_CUR); DONE((ssize_t)size); }
  if (why < 0 && size > 1) size /= 2;
  off_t at = lseek(fd, 0, (fcntl(fd, F_GETFL) & O_APPEND) ? SEEK_END : SEEK_CUR);
  ssize_t wrote = syscall(SYS_write, fd, data, size);
  if (wrote > 0) put('w', fd, at, "", 0, data, (size_t)wrote);
  DONE(wrote);
}

static ssize_t placed(int fd, const void *data, size_t size, off64_t at) {
  if (!is_held(fd)) return syscall(SYS_pwrite64, fd, data, size, at);
  pthread_mutex_lock(&lock);
  int why = fails("write");
  if (why > 0) { pthread_mutex_unlock(&lock); errno = why; return -1; }
  if (why == -2) DONE((ssize_t)size);
  if (why < 0 && size > 1) size /= 2;
  ssize_t wrote = syscall(SYS_pwrite64, fd, data, size, at);
  if (wrote > 0) put('w', fd, at, "", 0, data, (size_t)wrote);
  DONE(wrote);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return placed(fd, data, size, at); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) { return placed(fd, data, size, at); }
ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (fd != 1 && !is_held(fd)) return syscall(SYS_writev, fd, parts, count);
  ssize_t total = 0;
  for (int i = 0; i < count; i++) { ssize_t wrote = write(fd, parts[i].iov_base, parts[i].iov_len); if (wrote < 0) return total ? total : -1; total += wrote; if ((size_t)wrote < parts[i].iov_len) break; }
  return total;
}

static ssize_t got(int fd, void *data, size_t size, off64_t at, int placed) {
  if (is_held(fd)) {
    pthread_mutex_lock(&lock);
    FAIL("read", -1);
    if (reads) put('g', fd, at, "", 0, "", 0);
    pthread_mutex_unlock(&lock);
  }
  return placed ? syscall(SYS_pread64, fd, data, size, at) : syscall(SYS_read, fd, data, size);
}
ssize_t read(int fd, void *data, size_t size) { return got(fd, data, size, 0, 0); }
ssize_t pread(int fd, void *data, size_t size, off_t at) { return got(fd, data, size, at, 1); }
ssize_t pread64(int fd, void *data, size_t size, off64_t at) { return got(fd, data, size, at, 1); }

static int cut(int fd, off64_t size) {
  if (!is_held(fd)) return (int)syscall(SYS_ftruncate, fd, size);
  pthread_mutex_lock(&lock);
  FAIL("ftruncate", -1);
  int result = (int)syscall(SYS_ftruncate, fd, size);
  if (!result) put('t', fd, size, "", 0, "", 0);
  DONE(result);
}
int ftruncate(int fd, off_t size) { return cut(fd, size); }
int ftruncate64(int fd, off64_t size) { return cut(fd, size); }

static int synced(int fd, long number) {
  if (!is_held(fd)) return (int)syscall(number, fd);
  pthread_mutex_lock(&lock);
  int why = fails("fsync");
  if (why > 0) { pthread_mutex_unlock(&lock); errno = why; return -1; }
  if (why == -2) DONE(0);
  int result = (int)syscall(number, fd);
  if (!result) put('f', fd, 0, "", 0, "", 0);
  DONE(result);
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

static int moved(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
  char one[8192], two[8192];
  int inside = below(from_folder, from, one, sizeof one) | below(to_folder, to, two, sizeof two);
  if (!inside) return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
  pthread_mutex_lock(&lock);
  FAIL("rename", -1);
  int result = (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
  if (!result) put('r', -1, 0, one, strlen(one), two, strlen(two));
  DONE(result);
}
int rename(const char *from, const char *to) { return moved(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int a, const char *from, int b, const char *to) { return moved(a, from, b, to, 0); }
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) { return moved(a, from, b, to, flags); }

static int removed(int folder, const char *path, int flags) {
  char full[8192];
  if (!below(folder, path, full, sizeof full)) return (int)syscall(SYS_unlinkat, folder, path, flags);
  pthread_mutex_lock(&lock);
  FAIL("unlink", -1);
  int result = (int)syscall(SYS_unlinkat, folder, path, flags);
  if (!result) put('u', -1, 0, full, strlen(full), "", 0);
  DONE(result);
}
int unlink(const char *path) { return removed(AT_FDCWD, path, 0); }
int unlinkat(int folder, const char *path, int flags) { return removed(folder, path, flags); }
int rmdir(const char *path) { return removed(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path) { int result = removed(AT_FDCWD, path, 0); return result && errno == EISDIR ? removed(AT_FDCWD, path, AT_REMOVEDIR) : result; }

static int made(int folder, const char *path, mode_t mode) {
  char full[8192];
  if (!below(folder, path, full, sizeof full)) return (int)syscall(SYS_mkdirat, folder, path, mode);
  pthread_mutex_lock(&lock);
  FAIL("mkdir", -1);
  int result = (int)syscall(SYS_mkdirat, folder, path, mode);
  if (!result) put('m', -1, mode, full, strlen(full), "", 0);
  DONE(result);
}
int mkdir(const char *path, mode_t mode) { return made(AT_FDCWD, path, mode); }
int mkdirat(int folder, const char *path, mode_t mode) { return made(folder, path, mode); }

/* Disks that fail and power that goes, at a chosen moment: an LD_PRELOAD shim over the calls that touch files.

   It sleeps until the environment of a process holds CAMPAIGN_FAULT:
       OPERATIONS|AT|TIMES|ACTION|ERRNO|LIFT|TALLY|UNDER
   OPERATIONS: letters of w (write), o (open to create), m (mkdir), n (rename), u (unlink), s (fsync), r (read).
   Those on paths that begin with UNDER are counted from 1; from the AT-th on, TIMES of them (-1: all) meet ACTION:
       errno  they fail with ERRNO; of a write that finds the disk full (ENOSPC), half of the bytes still fit
       kill   the process group is killed before the operation
       half   of a write, half of the bytes are written, then it is killed
       count  nothing happens
   While a file LIFT exists nothing fails. TALLY is a file of 8 bytes that always holds the count.

   It also sets the wall clock, see the end. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static struct {
    int ready;
    char operations[16], action[16], lift[PATH_MAX], under[PATH_MAX];
    long at, times;
    int error;
    long *tally;
} plan;
static long torn; /* whether the write that finds the disk full has had its half */

#define REAL(kind, name, ...)                                                                                          \
    static kind (*real)(__VA_ARGS__);                                                                                  \
    if (!real) real = (kind(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static int asked(void) {
    if (plan.ready) return plan.ready > 0;
    const char *text = getenv("CAMPAIGN_FAULT");
    if (!text) return 0;
    char tally[PATH_MAX] = "";
    if (sscanf(text, "%15[^|]|%ld|%ld|%15[^|]|%d|%4095[^|]|%4095[^|]|%4095s", plan.operations, &plan.at, &plan.times,
               plan.action, &plan.error, plan.lift, tally, plan.under) != 8) {
        plan.ready = -1;
        return 0;
    }
    int file = syscall(SYS_openat, AT_FDCWD, tally, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    static long spare;
    plan.tally = &spare;
    if (file >= 0 && syscall(SYS_ftruncate, file, 8L) == 0) {
        void *at = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (at != MAP_FAILED) plan.tally = at;
    }
    if (file >= 0) syscall(SYS_close, file);
    plan.ready = 1;
    return 1;
}

static void gone(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

/* 0: go on; 1: it fails with errno set; 2: of a write, half */
static int met(char operation, const char *path) {
    if (strncmp(path, plan.under, strlen(plan.under)) != 0 || !strchr(plan.operations, operation)) return 0;
    long number = __atomic_add_fetch(plan.tally, 1, __ATOMIC_SEQ_CST);
    if (number < plan.at || (plan.times >= 0 && number >= plan.at + plan.times)) return 0;
    if (syscall(SYS_faccessat, AT_FDCWD, plan.lift, F_OK) == 0) return 0;
    if (!strcmp(plan.action, "kill")) gone();
    if (!strcmp(plan.action, "half")) {
        if (operation == 'w') return 2;
        gone();
    }
    if (!strcmp(plan.action, "errno")) {
        if (plan.error == ENOSPC && operation == 'w' && !__atomic_exchange_n(&torn, 1, __ATOMIC_SEQ_CST)) return 2;
        errno = plan.error;
        return 1;
    }
    return 0;
}

static int met_fd(char operation, int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return met(operation, path);
}

static int met_at(char operation, int folder, const char *path) {
    char full[2 * PATH_MAX], link[64], base[PATH_MAX] = "";
    if (!path) return 0;
    if (path[0] == '/') return met(operation, path);
    if (folder == AT_FDCWD) {
        if (!getcwd(base, sizeof base)) return 0;
    } else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, base, sizeof base - 1);
        if (length <= 0) return 0;
        base[length] = 0;
    }
    snprintf(full, sizeof full, "%s/%s", base, path);
    return met(operation, full);
}

static ssize_t written(int fd, ssize_t (*all)(void *), ssize_t (*half)(void *), void *with) {
    int saved = errno;
    switch (asked() ? met_fd('w', fd) : 0) {
    case 1: return -1;
    case 2: {
        errno = saved;
        ssize_t count = half(with);
        if (strcmp(plan.action, "errno")) gone();
        return count;
    }
    default: errno = saved; return all(with);
    }
}

struct one { int fd; const void *data; size_t size; off64_t at; int placed; };
static ssize_t put(struct one *w, size_t size) {
    return w->placed ? syscall(SYS_pwrite64, w->fd, w->data, size, w->at) : syscall(SYS_write, w->fd, w->data, size);
}
static ssize_t all_of(void *w) { return put(w, ((struct one *)w)->size); }
static ssize_t half_of(void *w) { size_t n = ((struct one *)w)->size / 2; return put(w, n ? n : 1); }

ssize_t write(int fd, const void *data, size_t size) {
    struct one w = {fd, data, size, 0, 0};
    return written(fd, all_of, half_of, &w);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    struct one w = {fd, data, size, at, 1};
    return written(fd, all_of, half_of, &w);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return pwrite64(fd, data, size, at); }

struct many { int fd; const struct iovec *parts; int count; };
static ssize_t all_parts(void *p) { struct many *w = p; return syscall(SYS_writev, w->fd, w->parts, w->count); }
static ssize_t first_part(void *p) {
    struct many *w = p;
    return syscall(SYS_write, w->fd, w->parts[0].iov_base, w->parts[0].iov_len);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    struct many w = {fd, parts, count};
    return written(fd, all_parts, first_part, &w);
}

ssize_t read(int fd, void *data, size_t size) {
    if (asked() && met_fd('r', fd)) return -1;
    return syscall(SYS_read, fd, data, size);
}
ssize_t pread64(int fd, void *data, size_t size, off64_t at) {
    if (asked() && met_fd('r', fd)) return -1;
    return syscall(SYS_pread64, fd, data, size, at);
}
ssize_t pread(int fd, void *data, size_t size, off_t at) { return pread64(fd, data, size, at); }

static int opened(int folder, const char *path, int flags, int mode) {
    if ((flags & O_CREAT) && asked() && met_at('o', folder, path)) return -1;
    return syscall(SYS_openat, folder, path, flags, mode);
}
#define MODE(flags)                                                                                                    \
    int mode = 0;                                                                                                      \
    if (flags & (O_CREAT | O_TMPFILE)) {                                                                               \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode = va_arg(rest, int);                                                                                      \
        va_end(rest);                                                                                                  \
    }
int open(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags | O_LARGEFILE, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags) return opened(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) {
    MODE(flags) return opened(folder, path, flags | O_LARGEFILE, mode);
}

int mkdir(const char *path, mode_t mode) {
    REAL(int, "mkdir", const char *, mode_t);
    return asked() && met_at('m', AT_FDCWD, path) ? -1 : real(path, mode);
}
int mkdirat(int folder, const char *path, mode_t mode) {
    REAL(int, "mkdirat", int, const char *, mode_t);
    return asked() && met_at('m', folder, path) ? -1 : real(folder, path, mode);
}
int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    return asked() && met_at('n', AT_FDCWD, to) ? -1 : real(from, to);
}
int renameat(int a, const char *from, int b, const char *to) {
    REAL(int, "renameat", int, const char *, int, const char *);
    return asked() && met_at('n', b, to) ? -1 : real(a, from, b, to);
}
int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    return asked() && met_at('u', AT_FDCWD, path) ? -1 : real(path);
}
int unlinkat(int folder, const char *path, int flags) {
    REAL(int, "unlinkat", int, const char *, int);
    return asked() && met_at('u', folder, path) ? -1 : real(folder, path, flags);
}
int rmdir(const char *path) {
    REAL(int, "rmdir", const char *);
    return asked() && met_at('u', AT_FDCWD, path) ? -1 : real(path);
}
int fsync(int fd) {
    REAL(int, "fsync", int);
    return asked() && met_fd('s', fd) ? -1 : real(fd);
}
int fdatasync(int fd) {
    REAL(int, "fdatasync", int);
    return asked() && met_fd('s', fd) ? -1 : real(fd);
}

/* The wall clock, set by a file of 8 bytes, CAMPAIGN_CLOCK, that holds the seconds it is wrong by. */
static long wrong_by(void) {
    static long *by;
    static int tried;
    if (!tried) {
        const char *path = getenv("CAMPAIGN_CLOCK");
        if (!path) return 0;
        tried = 1;
        int file = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
        void *at = file >= 0 ? mmap(NULL, 8, PROT_READ, MAP_SHARED, file, 0) : MAP_FAILED;
        if (file >= 0) syscall(SYS_close, file);
        if (at != MAP_FAILED) by = at;
    }
    return by ? *(volatile long *)by : 0;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
    REAL(int, "clock_gettime", clockid_t, struct timespec *);
    int code = real(clock, now);
    if (code == 0 && clock == CLOCK_REALTIME) now->tv_sec += wrong_by();
    return code;
}
time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Makes one call of a program fail: number FAULT_AT of those of the kind FAULT_KIND ("memory" or
 * "file"). With FAULT_TRACE set, stderr shows which one. A byte goes to the file FAULT_MARK when
 * that happens, so that the caller sees that there were as many. Linked with --wrap for each
 * function below.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include <zstd_errors.h>

int __real_open64(const char *path, int flags, ...);
ssize_t __real_write(int fd, const void *p, size_t n);
/* Only where a sanitizer is linked. */
__attribute__((weak)) void __sanitizer_print_stack_trace(void);

/* Counts a call. Returns true for the one that must fail. Threads may call at once. */
static bool fails(const char *kind, int err)
{
	static long calls;
	const char *wanted = getenv("FAULT_KIND"), *at = getenv("FAULT_AT"),
		   *mark = getenv("FAULT_MARK");
	int fd;

	if (!wanted || !at || !mark || strcmp(wanted, kind))
		return false;
	if (__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) != strtol(at, NULL, 10))
		return false;
	fd = __real_open64(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || __real_write(fd, "!", 1) != 1)
		abort();
	close(fd);
	if (getenv("FAULT_TRACE") && __sanitizer_print_stack_trace)
		__sanitizer_print_stack_trace();
	errno = err;
	return true;
}

/* Defines the wrapper of a function, with the value that it returns as it fails. */
#define WRAP(kind, err, failure, type, name, params, args)                \
	type __real_##name params;                                        \
	type __wrap_##name params;                                        \
	type __wrap_##name params                                         \
	{                                                                 \
		return fails(kind, err) ? (failure) : __real_##name args; \
	}

#define MEMORY(name, params, args) WRAP("memory", ENOMEM, NULL, void *, name, params, args)
#define FILE_CALL(type, err, failure, name, params, args) \
	WRAP("file", err, failure, type, name, params, args)

MEMORY(malloc, (size_t n), (n))
MEMORY(calloc, (size_t nr, size_t n), (nr, n))
MEMORY(realloc, (void *p, size_t n), (p, n))
MEMORY(strdup, (const char *s), (s))
MEMORY(strndup, (const char *s, size_t n), (s, n))

WRAP("memory", ENOMEM, -1, ssize_t, getdelim, (char **line, size_t *cap, int delim, FILE *f),
     (line, cap, delim, f))
WRAP("memory", ENOMEM, NULL, ZSTD_CCtx *, ZSTD_createCCtx, (void), ())
WRAP("memory", ENOMEM, NULL, ZSTD_DCtx *, ZSTD_createDCtx, (void), ())
WRAP("memory", ENOMEM, (size_t)-ZSTD_error_memory_allocation, size_t, ZSTD_compressCCtx,
     (ZSTD_CCtx * c, void *to, size_t to_len, const void *from, size_t len, int level),
     (c, to, to_len, from, len, level))
WRAP("memory", ENOMEM, NULL, pcap_t *, pcap_open_dead, (int link, int snaplen), (link, snaplen))
WRAP("memory", EAGAIN, EAGAIN, int, pthread_create,
     (pthread_t * t, const pthread_attr_t *attr, void *(*f)(void *), void *arg), (t, attr, f, arg))

FILE_CALL(FILE *, EMFILE, NULL, fopen64, (const char *path, const char *mode), (path, mode))
FILE_CALL(int, EIO, -1, fstat64, (int fd, struct stat64 *st), (fd, st))
FILE_CALL(void *, ENOMEM, MAP_FAILED, mmap64,
	  (void *at, size_t len, int prot, int flags, int fd, off64_t off),
	  (at, len, prot, flags, fd, off))
FILE_CALL(ssize_t, EIO, -1, read, (int fd, void *p, size_t n), (fd, p, n))
FILE_CALL(ssize_t, EIO, -1, pread64, (int fd, void *p, size_t n, off64_t off), (fd, p, n, off))
FILE_CALL(ssize_t, ENOSPC, -1, write, (int fd, const void *p, size_t n), (fd, p, n))
FILE_CALL(int, EIO, -1, fsync, (int fd), (fd))
FILE_CALL(int, EIO, -1, fdatasync, (int fd), (fd))
FILE_CALL(off64_t, ESPIPE, -1, lseek64, (int fd, off64_t off, int whence), (fd, off, whence))

FILE_CALL(int, EIO, -1, ftruncate64, (int fd, off64_t len), (fd, len))
FILE_CALL(int, EACCES, -1, unlink, (const char *path), (path))
FILE_CALL(DIR *, EMFILE, NULL, opendir, (const char *path), (path))
FILE_CALL(int, EMFILE, -1, eventfd, (unsigned int count, int flags), (count, flags))

int __wrap_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...)
{
	va_list ap;
	int mode;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, int) : 0;
	va_end(ap);
	return fails("file", EMFILE) ? -1 : __real_open64(path, flags, mode);
}

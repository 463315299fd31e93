/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Bytes as a file with a path, for functions that open their input by name. */
#ifndef MEMORY_FILE_H
#define MEMORY_FILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct memory_file {
	int fd;
	char path[32];
};

/* Aborts on failure: no target can go on without. */
static inline struct memory_file memory_file(const void *bytes, size_t len)
{
	struct memory_file m = { .fd = memfd_create("fuzz", 0) };

	if (m.fd < 0 || pwrite(m.fd, bytes, len, 0) != (ssize_t)len)
		abort();
	snprintf(m.path, sizeof(m.path), "/proc/self/fd/%d", m.fd);
	return m;
}

static inline void memory_file_close(struct memory_file *m)
{
	close(m->fd);
}

#endif

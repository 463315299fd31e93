/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "probe_group.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define PREFIX "pwru_"
#define DIGITS 16

/* Every tracefs has this file, and to open it changes nothing (kernel/trace/trace.c). */
static int open_lock_file(const char *dir)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/README", dir);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static struct flock byte_of(uint64_t id, short type)
{
	return (struct flock){
		.l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)id, .l_len = 1
	};
}

/* A read lock, since the file is open for reading; it conflicts with the write lock of a test. */
static bool lock(int fd, uint64_t id)
{
	struct flock l = byte_of(id, F_RDLCK);

	return !fcntl(fd, F_OFD_SETLK, &l);
}

/* Returns whether another open file holds a lock on this byte; also true after an error. */
static bool is_locked(int fd, uint64_t id)
{
	struct flock l = byte_of(id, F_WRLCK);

	return fcntl(fd, F_OFD_GETLK, &l) || l.l_type != F_UNLCK;
}

int probe_group_new(char name[PROBE_GROUP_LEN], const char *dir, struct pwrt_diag *d)
{
	int fd = open_lock_file(dir);
	uint64_t id = 0;

	if (fd < 0)
		return pwrt_fail(d, PWRT_ESYS, 0, "%s/README", dir);
	if (getrandom(&id, sizeof(id), 0) != sizeof(id)) {
		close(fd);
		return pwrt_fail(d, PWRT_ESYS, 0, "random number");
	}
	id >>= 2; /* what fits into an offset, and the byte behind it */
	if (!lock(fd, id)) {
		close(fd);
		return pwrt_fail(d, PWRT_ESYS, 0, "cannot lock %s/README", dir);
	}
	snprintf(name, PROBE_GROUP_LEN, PREFIX "%016llx", (unsigned long long)id);
	return fd;
}

/* The number in a name of ours; false for any other name. */
static bool parse(const char *name, uint64_t *id)
{
	const char *digits = name + strlen(PREFIX);

	if (strncmp(name, PREFIX, strlen(PREFIX)) || strlen(digits) != DIGITS ||
	    strspn(digits, "0123456789abcdef") != DIGITS)
		return false;
	*id = strtoull(digits, NULL, 16);
	return *id <= UINT64_MAX >> 2;
}

bool probe_group_is_stale(const char *name, const char *dir)
{
	bool stale = false;
	uint64_t id;
	int fd;

	if (!parse(name, &id))
		return false;
	fd = open_lock_file(dir);
	if (fd >= 0) {
		stale = !is_locked(fd, id);
		close(fd);
	}
	return stale;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static bool write_all(int fd, const char *buf, size_t len)
{
	ssize_t n;

	for (; len; buf += n, len -= (size_t)n) {
		n = write(fd, buf, len);
		if (n < 0)
			return false;
	}
	return true;
}

/* Copies standard input to a descriptor. Returns false with errno. */
static bool copy_stdin(int fd)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(STDIN_FILENO, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || !write_all(fd, buf, (size_t)n))
			return false;
	}
	return true;
}

int spool_stdin(struct pwrt_diag *d)
{
	const char *set = getenv("TMPDIR"), *dir = set && *set ? set : "/tmp";
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		return pwrt_fail(
			d, PWRT_ESYS, 0,
			"cannot make a temporary file in %s for standard input (TMPDIR chooses the folder)",
			dir);
	if (copy_stdin(fd))
		return fd;
	pwrt_fail(d, PWRT_ESYS, 0, "copying standard input to a temporary file");
	close(fd);
	return PWRT_ESYS;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names of descriptors that are open already; a shell passes /dev/fd/63 for >(COMMAND). */
static int named_fd(const char *path)
{
	static const char *const folders[] = { "/dev/fd/", "/proc/self/fd/" };
	size_t i, n;

	if (!strcmp(path, "-") || !strcmp(path, "/dev/stdout"))
		return STDOUT_FILENO;
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		n = strlen(folders[i]);
		if (!strncmp(path, folders[i], n) && path[n] &&
		    strspn(path + n, "0123456789") == strlen(path + n) && strlen(path + n) < 7)
			return (int)strtoul(path + n, NULL, 10);
	}
	return -1;
}

static int open_fd(struct outfile *o, int fd, const char *path, struct pwrt_diag *d)
{
	if (isatty(fd))
		return pwrt_fail(d, PWRT_EINVAL, 0,
				 "standard output is a terminal: send it to a pipe or a file");
	snprintf(o->path, sizeof(o->path), "%s", fd == STDOUT_FILENO ? "standard output" : path);
	o->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return o->fd < 0 ? pwrt_fail(d, PWRT_ESYS, 0, "%s", o->path) : 0;
}

/*
 * Opens for writing what pin is: the file that was looked at, whatever has its name by now. A FIFO
 * waits for its reader.
 */
static int open_pinned(struct outfile *o, int pin, struct pwrt_diag *d)
{
	char link[32];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", pin);
	o->fd = open(link, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	return o->fd < 0 ? pwrt_fail(d, PWRT_ESYS, 0, "cannot write to %s", o->path) : 0;
}

/* A regular file that is there: it is removed, and never written to. */
static int clear_file(const struct outfile *o, const struct stat *st, bool force,
		      const char *source, struct pwrt_diag *d)
{
	struct stat was;

	if (source && !stat(source, &was) && was.st_dev == st->st_dev && was.st_ino == st->st_ino)
		return pwrt_fail(d, PWRT_EINVAL, 0, "%s is the file that is read", o->path);
	if (!force)
		return pwrt_fail(d, PWRT_EINVAL, 0, "%s exists: choose another name, or --force",
				 o->path);
	return unlink(o->path) ? pwrt_fail(d, PWRT_ESYS, 0, "cannot remove %s", o->path) : 0;
}

/* A new file of ours: O_EXCL follows no link and takes nothing that is there. */
static int create(struct outfile *o, struct pwrt_diag *d)
{
	o->fd = open(o->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	o->created = o->fd >= 0;
	return o->fd < 0 ? pwrt_fail(d, PWRT_ESYS, 0, "cannot create %s", o->path) : 0;
}

/* Opens an existing file for output. pin is an O_PATH descriptor of it. */
static int open_present(struct outfile *o, int pin, bool force, const char *source,
			struct pwrt_diag *d)
{
	struct stat st;
	int ret;

	if (fstat(pin, &st))
		return pwrt_fail(d, PWRT_ESYS, 0, "cannot look at %s", o->path);
	if (S_ISLNK(st.st_mode))
		return pwrt_fail(d, PWRT_EINVAL, 0,
				 "%s is a symbolic link: name the file that it leads to", o->path);
	if (S_ISDIR(st.st_mode))
		return pwrt_fail(d, PWRT_EINVAL, 0, "%s is a folder: name a file in it", o->path);
	if (S_ISBLK(st.st_mode))
		return pwrt_fail(d, PWRT_EINVAL, 0, "%s is a disk: name a file", o->path);
	if (!S_ISREG(st.st_mode))
		return open_pinned(o, pin, d);
	ret = clear_file(o, &st, force, source, d);
	return ret < 0 ? ret : create(o, d);
}

int outfile_open(struct outfile *o, const char *path, bool force, const char *source,
		 struct pwrt_diag *d)
{
	int fd = named_fd(path), pin, ret;

	o->fd = -1;
	o->created = false;
	if (fd >= 0)
		return open_fd(o, fd, path, d);
	if (strlen(path) >= sizeof(o->path))
		return pwrt_fail(d, PWRT_EINVAL, 0, "the name of the file is too long");
	memcpy(o->path, path, strlen(path) + 1);
	pin = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (pin < 0 && errno == ENOENT)
		return create(o, d);
	if (pin < 0)
		return pwrt_fail(d, PWRT_ESYS, 0, "cannot write to %s", path);
	ret = open_present(o, pin, force, source, d);
	close(pin);
	return ret;
}

void outfile_truncate(struct outfile *o, uint64_t bytes)
{
	if (o->created && ftruncate(o->fd, (off_t)bytes))
		return; /* a reader passes over the torn block as well */
}

int outfile_close(struct outfile *o, bool keep, struct pwrt_diag *d)
{
	int ret = 0;

	if (o->fd < 0)
		return 0;
	if (close(o->fd) && keep)
		ret = pwrt_fail(d, PWRT_ESYS, 0, "cannot write %s", o->path);
	if (!keep && o->created)
		unlink(o->path);
	o->fd = -1;
	return ret;
}

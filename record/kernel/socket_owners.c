/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "socket_owners.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* Without memory, uthash adds nothing and leaves hh.tbl NULL. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "clock.h"

#define SHARE 10 /* of the time: at most a tenth */

struct owner {
	UT_hash_handle hh;
	uint64_t inode;
	char name[40];
};

static struct owner *owners;
static uint64_t not_before_ns;

void socket_owners_forget(void)
{
	struct owner *o, *tmp;

	HASH_ITER(hh, owners, o, tmp) {
		HASH_DEL(owners, o);
		free(o);
	}
}

/* The first name that is given stays, be it none. */
static void remember(uint64_t inode, const char *comm, const char *pid)
{
	struct owner *o;

	HASH_FIND(hh, owners, &inode, sizeof(inode), o);
	if (o)
		return;
	o = calloc(1, sizeof(*o));
	if (!o)
		return;
	o->inode = inode;
	if (*pid)
		snprintf(o->name, sizeof(o->name), "%.15s:%.16s", comm, pid);
	HASH_ADD(hh, owners, inode, sizeof(o->inode), o);
	if (!o->hh.tbl)
		free(o);
}

bool socket_owners_inode(const char *link, uint64_t *inode)
{
	static const char prefix[] = "socket:[";
	const char *digits = link + sizeof(prefix) - 1;
	char *end;

	if (strncmp(link, prefix, sizeof(prefix) - 1) || !isdigit((unsigned char)*digits))
		return false;
	errno = 0;
	*inode = strtoull(digits, &end, 10);
	return !errno && !strcmp(end, "]");
}

/* The sockets of one process. */
static void look_at(int proc, const char *pid)
{
	char path[300], comm[32] = "", link[64];
	struct dirent *e;
	ssize_t n;
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), "%s/comm", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, comm, sizeof(comm) - 1);
	close(fd);
	comm[n > 0 ? n : 0] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
	snprintf(path, sizeof(path), "%s/fd", pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((e = readdir(dir))) {
		uint64_t inode;

		n = readlinkat(dirfd(dir), e->d_name, link, sizeof(link) - 1);
		if (n <= 0)
			continue;
		link[n] = '\0';
		if (socket_owners_inode(link, &inode))
			remember(inode, comm, pid);
	}
	closedir(dir);
}

static void look(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;

	socket_owners_forget();
	while (proc && (e = readdir(proc)))
		if (e->d_name[0] > '0' && e->d_name[0] <= '9')
			look_at(dirfd(proc), e->d_name);
	if (proc)
		closedir(proc);
}

const char *socket_owners_find(uint64_t inode)
{
	uint64_t start = clock_now_ns();
	struct owner *o;

	HASH_FIND(hh, owners, &inode, sizeof(inode), o);
	if (!o && start >= not_before_ns) {
		look();
		remember(inode, "", "");
		HASH_FIND(hh, owners, &inode, sizeof(inode), o);
		not_before_ns = clock_now_ns() + SHARE * (clock_now_ns() - start);
	}
	return o ? o->name : "";
}

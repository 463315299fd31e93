/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "netns_names.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
/* Without memory, uthash adds nothing and leaves hh.tbl NULL. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define NAME_LEN 256

struct netns_name {
	UT_hash_handle hh;
	uint32_t inum;
	uint32_t look; /* when it was last there */
	char name[NAME_LEN];
};

static struct netns_name *names;
static uint32_t look;	   /* counts them */
static const char *folder; /* NULL: those of ip-netns(8) */
static int mounts = -1;	   /* /proc/self/mountinfo: poll(2) reports a change as an exception */

/* The folder of ip-netns(8); /var/run is a link to /run on most systems. */
static const char *const folders[] = { "/run/netns", "/var/run/netns" };

/* Remembers a name; the newest one for a number stays. */
static void remember(uint32_t inum, const char *name)
{
	struct netns_name *n;

	HASH_FIND(hh, names, &inum, sizeof(inum), n);
	if (!n) {
		n = calloc(1, sizeof(*n));
		if (!n)
			return;
		n->inum = inum;
		HASH_ADD(hh, names, inum, sizeof(n->inum), n);
		if (!n->hh.tbl) {
			free(n);
			return;
		}
	}
	n->look = look;
	snprintf(n->name, sizeof(n->name), "%s", name);
}

/* Remembers each file of a folder by its inode number. */
static void look_in(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	struct stat st;

	while (dir && (e = readdir(dir)))
		if (e->d_name[0] != '.' && !fstatat(dirfd(dir), e->d_name, &st, 0))
			remember((uint32_t)st.st_ino, e->d_name);
	if (dir)
		closedir(dir);
}

static void look_at_names(void)
{
	size_t i;

	if (folder)
		look_in(folder);
	for (i = 0; !folder && i < sizeof(folders) / sizeof(folders[0]); i++)
		look_in(folders[i]);
}

/* Was a name found at this look? */
static bool is_found(uint32_t inum)
{
	struct netns_name *n;

	HASH_FIND(hh, names, &inum, sizeof(inum), n);
	return n && n->look == look;
}

/*
 * Remembers the namespaces of processes that have no name yet, by the first process of each; all of
 * them, or only one (0: all).
 */
static void look_at_processes(uint32_t only)
{
	char path[64], name[32];
	struct dirent *e;
	struct stat st;
	DIR *dir = opendir("/proc");

	while (dir && (e = readdir(dir))) {
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "%.16s/ns/net", e->d_name);
		if (fstatat(dirfd(dir), path, &st, 0) || (only && st.st_ino != only) ||
		    is_found((uint32_t)st.st_ino))
			continue;
		snprintf(name, sizeof(name), "pid:%.16s", e->d_name);
		remember((uint32_t)st.st_ino, name);
		if (only)
			break;
	}
	if (dir)
		closedir(dir);
}

/* kthreadd, of which every kernel thread is a child, lives in the first namespace. */
static void look_at_first(void)
{
	struct stat st;

	if (!stat("/proc/2/ns/net", &st))
		remember((uint32_t)st.st_ino, "init");
}

void netns_names_begin(const char *named_in)
{
	netns_names_end();
	folder = named_in;
	mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	look++;
	look_at_first();
	look_at_names();
	look_at_processes(0);
}

void netns_names_refresh(void)
{
	struct pollfd p = { .fd = mounts, .events = POLLPRI };

	if (mounts >= 0 && poll(&p, 1, 0) == 1)
		look_at_names();
}

const char *netns_names_find(uint32_t inum)
{
	struct netns_name *n;

	/* The later one of two names for a namespace stays. */
	look++;
	look_at_first();
	look_at_names();
	if (!is_found(inum))
		look_at_processes(inum);
	HASH_FIND(hh, names, &inum, sizeof(inum), n);
	return n ? n->name : "";
}

const char *netns_names_callback(void *arg, uint32_t inum)
{
	(void)arg;
	return netns_names_find(inum);
}

void netns_names_end(void)
{
	struct netns_name *n, *tmp;

	HASH_ITER(hh, names, n, tmp) {
		HASH_DEL(names, n);
		free(n);
	}
	if (mounts >= 0)
		close(mounts);
	mounts = -1;
}

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

#include "clock.h"

#define NAME_LEN 256

/* A namespace: its number in the files. */
struct namespace
{
	uint32_t number;
	char name[NAME_LEN];
};

/* An inode number, and the namespaces that had it last. */
struct netns_name {
	UT_hash_handle hh;
	uint32_t inum;
	struct namespace now, before;
	uint64_t until_ns;   /* events up to this time are of before; 0: there is none */
	uint64_t gone_ns;    /* since then the name of now may be gone; 0: it is there */
	uint32_t look;	     /* when the name of now was last there */
	uint32_t other_look; /* when another name was last there */
	bool is_file, other_is_file;
	bool is_used; /* an event had the inode number */
	char other[NAME_LEN];
};

static struct netns_name *names;
static uint32_t look;	    /* counts them */
static uint32_t nr_renewed; /* numbers that were given out */
static uint64_t forget_ns;  /* as of netns_names_begin() */
static uint64_t valid_ns;   /* the names were those that are known, up to this time */
static const char *folder;  /* NULL: those of ip-netns(8) */
static int mounts = -1;	    /* /proc/self/mountinfo: poll(2) reports a change as an exception */

/* The folder of ip-netns(8); /var/run is a link to /run on most systems. */
static const char *const folders[] = { "/run/netns", "/var/run/netns" };

static struct netns_name *find(uint32_t inum)
{
	struct netns_name *n;

	HASH_FIND(hh, names, &inum, sizeof(inum), n);
	return n;
}

static struct netns_name *add(uint32_t inum, const char *name, bool is_file)
{
	struct netns_name *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->inum = n->now.number = inum;
	n->is_file = is_file;
	snprintf(n->now.name, sizeof(n->now.name), "%s", name);
	HASH_ADD(hh, names, inum, sizeof(n->inum), n);
	if (n->hh.tbl)
		return n;
	free(n);
	return NULL;
}

static void rename_to(struct netns_name *n, const char *name, bool is_file)
{
	snprintf(n->now.name, sizeof(n->now.name), "%s", name);
	n->is_file = is_file;
	n->look = look;
}

/*
 * Remembers a name that is there. Of two names of one namespace that of a file stays, else the one
 * that is known longer.
 */
static void remember(uint32_t inum, const char *name, bool is_file)
{
	struct netns_name *n = find(inum);

	if (!n)
		n = add(inum, name, is_file);
	if (!n)
		return;
	if (!strcmp(n->now.name, name)) {
		n->look = look;
		return;
	}
	if (n->look == look && is_file && !n->is_file)
		rename_to(n, name, true);
	if (n->look == look || (n->other_look == look && n->other_is_file >= is_file))
		return;
	snprintf(n->other, sizeof(n->other), "%s", name);
	n->other_look = look;
	n->other_is_file = is_file;
}

/* Remembers each file of a folder by its inode number. */
static void look_in(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	struct stat st;

	while (dir && (e = readdir(dir)))
		if (e->d_name[0] != '.' && !fstatat(dirfd(dir), e->d_name, &st, 0))
			remember((uint32_t)st.st_ino, e->d_name, true);
	if (dir)
		closedir(dir);
}

static void look_at_files(void)
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
	const struct netns_name *n = find(inum);

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
		remember((uint32_t)st.st_ino, name, false);
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
		remember((uint32_t)st.st_ino, "init", false);
}

/* Returns whether the process that gave a namespace its name still holds it. */
static bool is_held(const struct netns_name *n)
{
	char path[64];
	struct stat st;

	if (strncmp(n->now.name, "pid:", 4))
		return false;
	snprintf(path, sizeof(path), "/proc/%.16s/ns/net", n->now.name + 4);
	return !stat(path, &st) && st.st_ino == n->inum;
}

/* Another namespace has the inode number since until_ns. */
static void renew(struct netns_name *n, const char *name, bool is_file, uint64_t until_ns)
{
	n->before = n->now;
	n->until_ns = until_ns;
	n->now.number = nr_renewed++ % (NETNS_NUMBERS - 1) + 1;
	rename_to(n, name, is_file);
}

/* Notes that the name of a namespace is not there, and forgets it after a time. */
static void miss(struct netns_name *n, uint64_t now_ns)
{
	char name[24];

	snprintf(name, sizeof(name), "inode:%u", n->inum);
	if (!n->gone_ns)
		n->gone_ns = valid_ns;
	if (n->is_used && now_ns - n->gone_ns > forget_ns && strcmp(n->now.name, name) != 0)
		renew(n, name, false, valid_ns);
}

/* Decides, at the end of a look, whether the number is still that of the same namespace. */
static void settle(struct netns_name *n, uint64_t now_ns)
{
	const bool has_other = n->other_look == look;

	if (n->look != look && is_held(n))
		rename_to(n, has_other ? n->other : n->now.name, has_other && n->other_is_file);
	if (n->look != look && has_other) {
		if (strcmp(n->other, "init") != 0 && strncmp(n->now.name, "inode:", 6) != 0)
			renew(n, n->other, n->other_is_file,
			      n->other_is_file ? valid_ns : n->gone_ns);
		else
			rename_to(n, n->other, n->other_is_file);
	}
	if (n->look == look)
		n->gone_ns = 0;
	else
		miss(n, now_ns);
}

static void look_at_names(void)
{
	const uint64_t now_ns = clock_now_ns();
	struct netns_name *n, *next;

	look++;
	look_at_first();
	look_at_files();
	HASH_ITER(hh, names, n, next) {
		settle(n, now_ns);
		if (n->is_used || !n->gone_ns || now_ns - n->gone_ns <= forget_ns)
			continue;
		HASH_DEL(names, n);
		free(n);
	}
	valid_ns = now_ns;
}

void netns_names_begin(const char *named_in, uint64_t forget_after_ns)
{
	netns_names_end();
	folder = named_in;
	forget_ns = forget_after_ns;
	mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	look_at_names();
	look_at_processes(0);
}

bool netns_names_refresh(void)
{
	struct pollfd p = { .fd = mounts, .events = POLLPRI };
	const uint64_t now_ns = clock_now_ns();

	if (mounts >= 0 && poll(&p, 1, 0) == 1) {
		look_at_names();
		return true;
	}
	valid_ns = now_ns;
	return false;
}

static const struct namespace *at(const struct netns_name *n, uint64_t ts_ns)
{
	return n->until_ns && ts_ns <= n->until_ns ? &n->before : &n->now;
}

uint32_t netns_names_number(uint32_t inum, uint64_t ts_ns)
{
	struct netns_name *n = find(inum);

	if (!n)
		return inum;
	n->is_used = true;
	return at(n, ts_ns)->number;
}

struct netns_id netns_names_find(uint32_t inum, uint64_t ts_ns)
{
	struct netns_name *n;

	look_at_names();
	if (!is_found(inum)) {
		look_at_processes(inum);
		n = find(inum);
		if (n)
			settle(n, clock_now_ns());
	}
	n = find(inum);
	if (!n)
		return (struct netns_id){ inum, "" };
	n->is_used = true;
	return (struct netns_id){ at(n, ts_ns)->number, at(n, ts_ns)->name };
}

uint32_t netns_number_callback(void *arg, uint32_t inum, uint64_t ts_ns)
{
	(void)arg;
	return netns_names_number(inum, ts_ns);
}

struct netns_id netns_names_callback(void *arg, uint32_t inum, uint64_t ts_ns)
{
	(void)arg;
	return netns_names_find(inum, ts_ns);
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

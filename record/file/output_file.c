/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "output_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void default_name(char *path, size_t len)
{
	char host[64] = "host", when[32];
	time_t now = time(NULL);
	struct tm tm;

	gethostname(host, sizeof(host) - 1);
	localtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y%m%d-%H%M%S", &tm);
	snprintf(path, len, "pwru-%s-%s.pwrt", host, when);
}

/* The name without its folder. */
static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The bytes of base before its ending: a part's number goes there. */
static int stem_len(const struct output_file *o)
{
	const char *name = last_name(o->base), *dot = strrchr(name, '.');

	return (int)(dot && dot > name ? (size_t)(dot - o->base) : strlen(o->base));
}

/* trace.pwrt, trace.00001.pwrt */
static bool part_path(const struct output_file *o, uint32_t part, char path[PATH_MAX])
{
	int stem = stem_len(o);

	if (!part)
		return snprintf(path, PATH_MAX, "%s", o->base) < PATH_MAX;
	return snprintf(path, PATH_MAX, "%.*s.%05u%s", stem, o->base, part, o->base + stem) <
	       PATH_MAX;
}

/* The number of the part that a file of this name is, 0 for none. */
static uint32_t part_of(const struct output_file *o, const char *name)
{
	size_t before = (size_t)(o->base + stem_len(o) - last_name(o->base));
	unsigned long part;
	char path[PATH_MAX];

	if (strlen(name) <= before)
		return 0;
	part = strtoul(name + before + 1, NULL, 10);
	if (!part || part > UINT32_MAX || !part_path(o, (uint32_t)part, path) ||
	    strcmp(last_name(path), name))
		return 0;
	return (uint32_t)part;
}

/* The folder of a path. */
static void folder_of(const char *path, char folder[PATH_MAX])
{
	int len = (int)(last_name(path) - path);

	snprintf(folder, PATH_MAX, "%.*s", len ? len : 1, len ? path : ".");
}

/*
 * Parts of an earlier recording would pass for parts of this one, and stand in its way in the
 * middle of it. Fails if there is one; with remove it removes them.
 */
static int find_parts(const struct output_file *o, bool remove, struct pwrt_diag *d)
{
	char folder[PATH_MAX], path[PATH_MAX];
	struct dirent *e;
	int ret = 0;
	DIR *f;

	folder_of(o->base, folder);
	f = opendir(folder);
	while (f && ret == 0 && (e = readdir(f))) {
		uint32_t part = part_of(o, e->d_name);

		if (!part || !part_path(o, part, path))
			continue;
		if (!remove)
			ret = pwrt_fail(d, PWRT_EINVAL, 0,
					"%s exists: choose another name, or --force", path);
		else if (unlink(path))
			ret = pwrt_fail(d, PWRT_ESYS, 0, "cannot remove %s", path);
	}
	if (f)
		closedir(f);
	return ret;
}

static int set_base(struct output_file *o, const char *path, struct pwrt_diag *d)
{
	if (path && strlen(path) >= sizeof(o->base))
		return pwrt_fail(d, PWRT_EINVAL, 0, "the name of the file is too long");
	if (path)
		memcpy(o->base, path, strlen(path) + 1);
	else if (!*o->base)
		default_name(o->base, sizeof(o->base));
	return 0;
}

/* Checks that this file can be created or replaced. */
static int check_path(const char *path, bool force, struct pwrt_diag *d)
{
	char folder[PATH_MAX];
	struct stat st;

	if (stat(path, &st)) {
		folder_of(path, folder);
		if (errno != ENOENT || faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS))
			return pwrt_fail(d, PWRT_ESYS, 0, "cannot create %s", path);
		return 0;
	}
	if (S_ISDIR(st.st_mode))
		return pwrt_fail(d, PWRT_EINVAL, 0, "%s is a folder: name a file in it", path);
	if (S_ISREG(st.st_mode) && !force)
		return pwrt_fail(d, PWRT_EINVAL, 0, "%s exists: choose another name, or --force",
				 path);
	if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS))
		return pwrt_fail(d, PWRT_ESYS, 0, "cannot write to %s", path);
	return 0;
}

int output_file_check(struct output_file *o, const char *path, bool rotating, bool force,
		      struct pwrt_diag *d)
{
	char name[PATH_MAX];
	int ret;

	if (path && !strcmp(path, "-")) {
		if (isatty(STDOUT_FILENO))
			return pwrt_fail(
				d, PWRT_EINVAL, 0,
				"standard output is a terminal: send it to a pipe or a file");
		return 0;
	}
	ret = set_base(o, path, d);
	if (ret < 0)
		return ret;
	if (!part_path(o, rotating, name))
		return pwrt_fail(d, PWRT_EINVAL, 0, "the name of the file is too long");
	ret = rotating && !force ? find_parts(o, false, d) : 0;
	return ret < 0 ? ret : check_path(name, force, d);
}

int output_file_open(struct output_file *o, const char *path, uint32_t part, bool force,
		     struct pwrt_diag *d)
{
	char name[PATH_MAX];
	int ret;

	if (path && !strcmp(path, "-"))
		return outfile_open(&o->file, path, force, NULL, d);
	ret = set_base(o, path, d);
	if (ret < 0)
		return ret;
	if (!part_path(o, part, name))
		return pwrt_fail(d, PWRT_EINVAL, 0, "the name of the file is too long");
	ret = part == 1 ? find_parts(o, force, d) : 0;
	return ret < 0 ? ret : outfile_open(&o->file, name, force, NULL, d);
}

void output_file_remove(struct output_file *o, uint32_t part)
{
	char path[PATH_MAX];

	if (part_path(o, part, path))
		unlink(path);
}

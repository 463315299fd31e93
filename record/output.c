#include "output.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
static int stem_len(const struct output *o)
{
	const char *name = last_name(o->base), *dot = strrchr(name, '.');

	return (int)(dot && dot > name ? (size_t)(dot - o->base) : strlen(o->base));
}

/* trace.pwrt, trace.00001.pwrt */
static bool part_path(const struct output *o, uint32_t part, char path[PATH_MAX])
{
	int stem = stem_len(o);

	if (!part)
		return snprintf(path, PATH_MAX, "%s", o->base) < PATH_MAX;
	return snprintf(path, PATH_MAX, "%.*s.%05u%s", stem, o->base, part, o->base + stem) <
	       PATH_MAX;
}

/* The number of the part that a file of this name is, 0 for none. */
static uint32_t part_of(const struct output *o, const char *name)
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

/*
 * Parts of an earlier recording would be taken for parts of this one, and stand in its way in the
 * middle of it: with force they are removed before it begins.
 */
static int clear_parts(const struct output *o, bool force, struct pwrt_diag *d)
{
	int folder = (int)(last_name(o->base) - o->base), ret = 0;
	char dir[PATH_MAX], path[PATH_MAX];
	struct dirent *e;
	DIR *f;

	snprintf(dir, sizeof(dir), "%.*s", folder ? folder : 1, folder ? o->base : ".");
	f = opendir(dir);
	while (f && ret == 0 && (e = readdir(f))) {
		uint32_t part = part_of(o, e->d_name);

		if (!part || !part_path(o, part, path))
			continue;
		if (!force)
			ret = pwrt_fail(d, PWRT_EARG, 0,
					"%s exists: choose another name, or --force", path);
		else if (unlink(path))
			ret = pwrt_fail(d, PWRT_EOS, 0, "cannot remove %s", path);
	}
	if (f)
		closedir(f);
	return ret;
}

int output_open(struct output *o, const char *path, uint32_t part, bool force, struct pwrt_diag *d)
{
	char name[PATH_MAX];
	int ret;

	if (path && !strcmp(path, "-"))
		return outfile_open(&o->file, path, force, NULL, d);
	if (path && strlen(path) >= sizeof(o->base))
		return pwrt_fail(d, PWRT_EARG, 0, "the name of the file is too long");
	if (path)
		memcpy(o->base, path, strlen(path) + 1);
	else if (!*o->base)
		default_name(o->base, sizeof(o->base));
	if (!part_path(o, part, name))
		return pwrt_fail(d, PWRT_EARG, 0, "the name of the file is too long");
	ret = part == 1 ? clear_parts(o, force, d) : 0;
	return ret < 0 ? ret : outfile_open(&o->file, name, force, NULL, d);
}

void output_remove(struct output *o, uint32_t part)
{
	char path[PATH_MAX];

	if (part_path(o, part, path))
		unlink(path);
}

#include "output.h"

#include <stdio.h>
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

/* The name of a part goes before the ending: trace.pwrt, trace.00001.pwrt. */
static bool part_path(const struct output *o, uint32_t part, char path[PATH_MAX])
{
	const char *slash = strrchr(o->base, '/'), *dot = strrchr(o->base, '.');
	int stem = dot && (!slash || dot > slash + 1) ? (int)(dot - o->base) : (int)strlen(o->base);

	if (!part)
		return snprintf(path, PATH_MAX, "%s", o->base) < PATH_MAX;
	return snprintf(path, PATH_MAX, "%.*s.%05u%s", stem, o->base, part, o->base + stem) <
	       PATH_MAX;
}

int output_open(struct output *o, const char *path, uint32_t part, bool force, struct pwrt_diag *d)
{
	char name[PATH_MAX];

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
	return outfile_open(&o->file, name, force, NULL, d);
}

void output_remove(struct output *o, uint32_t part)
{
	char path[PATH_MAX];

	if (part_path(o, part, path))
		unlink(path);
}

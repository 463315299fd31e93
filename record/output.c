#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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
	struct stat st;

	o->fd = -1;
	o->created = false;
	if (path && !strcmp(path, "-")) {
		if (isatty(STDOUT_FILENO))
			return pwrt_fail(d, PWRT_EARG, 0,
					 "standard output is a terminal: send it to a pipe or "
					 "a file");
		snprintf(o->path, sizeof(o->path), "standard output");
		o->fd = dup(STDOUT_FILENO);
		return o->fd < 0 ? pwrt_fail(d, PWRT_EOS, 0, "standard output") : 0;
	}
	if (path && strlen(path) >= sizeof(o->base))
		return pwrt_fail(d, PWRT_EARG, 0, "the name of the file is too long");
	if (path)
		memcpy(o->base, path, strlen(path) + 1);
	else if (!*o->base)
		default_name(o->base, sizeof(o->base));
	if (!part_path(o, part, o->path))
		return pwrt_fail(d, PWRT_EARG, 0, "the name of the file is too long");
	/* What is there and no regular file (a pipe, /dev/null) is written to, not replaced. */
	if (!stat(o->path, &st) && !S_ISREG(st.st_mode))
		o->fd = open(o->path, O_WRONLY | O_CLOEXEC);
	else
		o->fd = open(o->path, O_WRONLY | O_CREAT | O_CLOEXEC | (force ? O_TRUNC : O_EXCL),
			     0600);
	if (o->fd < 0 && errno == EEXIST)
		return pwrt_fail(d, PWRT_EARG, 0, "%s exists: choose another name, or --force",
				 o->path);
	if (o->fd < 0)
		return pwrt_fail(d, PWRT_EOS, 0, "cannot create %s", o->path);
	o->created = !fstat(o->fd, &st) && S_ISREG(st.st_mode);
	/* Packets of others are nobody else's business, also in a file that is written over. */
	if (o->created && fchmod(o->fd, 0600))
		return pwrt_fail(d, PWRT_EOS, 0, "cannot make %s private", o->path);
	return 0;
}

void output_remove(struct output *o, uint32_t part)
{
	char path[PATH_MAX];

	if (part_path(o, part, path))
		unlink(path);
}

void output_cut(struct output *o, uint64_t bytes)
{
	if (o->created && ftruncate(o->fd, (off_t)bytes))
		return; /* a reader passes over the torn block as well */
}

int output_close(struct output *o, bool keep, struct pwrt_diag *d)
{
	int ret = 0;

	if (o->fd < 0)
		return 0;
	if (close(o->fd) && keep)
		ret = pwrt_fail(d, PWRT_EOS, 0, "cannot write %s", o->path);
	if (!keep && o->created)
		unlink(o->path);
	o->fd = -1;
	return ret;
}

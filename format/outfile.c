#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_stdout(struct outfile *o, struct pwrt_diag *d)
{
	if (isatty(STDOUT_FILENO))
		return pwrt_fail(d, PWRT_EARG, 0,
				 "standard output is a terminal: send it to a pipe or a file");
	snprintf(o->path, sizeof(o->path), "standard output");
	o->fd = dup(STDOUT_FILENO);
	return o->fd < 0 ? pwrt_fail(d, PWRT_EOS, 0, "standard output") : 0;
}

int outfile_open(struct outfile *o, const char *path, bool force, const char *source,
		 struct pwrt_diag *d)
{
	struct stat st, was;

	o->fd = -1;
	o->created = false;
	if (!strcmp(path, "-"))
		return open_stdout(o, d);
	if (strlen(path) >= sizeof(o->path))
		return pwrt_fail(d, PWRT_EARG, 0, "the name of the file is too long");
	memcpy(o->path, path, strlen(path) + 1);
	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		o->fd = open(path, O_WRONLY | O_CLOEXEC);
		return o->fd < 0 ? pwrt_fail(d, PWRT_EOS, 0, "cannot write to %s", path) : 0;
	}
	o->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (force ? 0 : O_EXCL), 0600);
	if (o->fd < 0 && errno == EEXIST)
		return pwrt_fail(d, PWRT_EARG, 0, "%s exists: choose another name, or --force",
				 path);
	if (o->fd < 0 || fstat(o->fd, &st))
		return pwrt_fail(d, PWRT_EOS, 0, "cannot create %s", path);
	if (source && !stat(source, &was) && was.st_dev == st.st_dev && was.st_ino == st.st_ino) {
		outfile_close(o, true, d);
		return pwrt_fail(d, PWRT_EARG, 0, "%s is the file that is read", path);
	}
	o->created = true;
	/* Packets of others are nobody else's business, also in a file that is written over. */
	if (ftruncate(o->fd, 0) || fchmod(o->fd, 0600))
		return pwrt_fail(d, PWRT_EOS, 0, "cannot make %s ours", path);
	return 0;
}

void outfile_cut(struct outfile *o, uint64_t bytes)
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
		ret = pwrt_fail(d, PWRT_EOS, 0, "cannot write %s", o->path);
	if (!keep && o->created)
		unlink(o->path);
	o->fd = -1;
	return ret;
}

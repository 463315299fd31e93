/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "output.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int output_open(struct output *o, const struct export_options *to, const char *source,
		struct pwrt_diag *d)
{
	o->d = d;
	o->bytes = 0;
	o->used = 0;
	return outfile_open(&o->file, to->path, to->force, source, d);
}

static int flush(struct output *o)
{
	const uint8_t *at = o->buf;
	ssize_t n;

	for (; o->used; at += n, o->used -= (size_t)n) {
		n = write(o->file.fd, at, o->used);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			return pwrt_fail(o->d, PWRT_ESYS, 0, "cannot write %s", o->file.path);
	}
	return 0;
}

int output_write(void *arg, const void *bytes, size_t len)
{
	struct output *o = arg;
	const uint8_t *from = bytes;
	size_t n;
	int ret = 0;

	o->bytes += len;
	for (; len && ret == 0; from += n, len -= n) {
		n = sizeof(o->buf) - o->used < len ? sizeof(o->buf) - o->used : len;
		memcpy(o->buf + o->used, from, n);
		o->used += n;
		if (o->used == sizeof(o->buf))
			ret = flush(o);
	}
	return ret;
}

int output_close(struct output *o, int ret)
{
	struct pwrt_diag late;

	if (ret == 0)
		ret = flush(o);
	if (outfile_close(&o->file, ret == 0, &late) < 0 && ret == 0) {
		*o->d = late;
		ret = late.code;
	}
	return ret;
}

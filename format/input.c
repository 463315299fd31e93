/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "input.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pwrt.h"

#define INPUT_CHUNK 65536

/* Moves what is left to the front and makes room for want bytes. */
static int make_room(struct input *in, size_t want)
{
	size_t have = in->len - in->pos, cap = in->cap ? in->cap : INPUT_CHUNK;
	uint8_t *buf;

	if (have && in->pos)
		memmove(in->buf, in->buf + in->pos, have);
	in->pos = 0;
	in->len = have;
	while (cap < want)
		cap *= 2;
	if (cap != in->cap) {
		buf = realloc(in->buf, cap);
		if (!buf)
			return PWRT_ENOMEM;
		in->buf = buf;
		in->cap = cap;
	}
	in->mem = in->buf;
	return 0;
}

#define WAIT_MS 50 /* between two calls of wait(), and two looks at the end of a file that grows */

static bool is_ready(int fd, int wait_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, wait_ms) > 0;
}

/* Returns whether a file that grows has bytes behind those that were read. */
static bool has_grown(int fd)
{
	struct stat st;

	return fstat(fd, &st) || st.st_size > lseek(fd, 0, SEEK_CUR);
}

bool input_waits(const struct input *in)
{
	if (!in->wait || in->eof || in->pos < in->len)
		return false;
	return in->grows ? !has_grown(in->fd) : !is_ready(in->fd, 0);
}

/* Reads once. Returns the number of bytes, 0 at the end, or -1 with errno. */
static ssize_t read_some(struct input *in)
{
	const struct timespec pause = { .tv_nsec = WAIT_MS * 1000000 };
	ssize_t n;

	if (in->wait && !in->grows && !is_ready(in->fd, 0))
		do {
			if (!in->wait(in->wait_arg))
				return 0;
		} while (!is_ready(in->fd, WAIT_MS));
	n = read(in->fd, in->buf + in->len, in->cap - in->len);
	if (n || !in->grows)
		return n;
	if (in->wait && !in->wait(in->wait_arg))
		return 0;
	nanosleep(&pause, NULL);
	errno = EINTR;
	return -1;
}

long input_peek(struct input *in, size_t want, const uint8_t **p)
{
	if (in->fd >= 0 && in->len - in->pos < want && !in->eof) {
		int ret = make_room(in, want);

		if (ret < 0)
			return ret;
		while (in->len < want && !in->eof) {
			ssize_t n = read_some(in);

			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0)
				return PWRT_ESYS;
			in->eof = n == 0;
			in->len += (size_t)n;
		}
	}
	*p = in->mem + in->pos;
	return (long)(in->len - in->pos < want ? in->len - in->pos : want);
}

void input_skip(struct input *in, size_t n)
{
	in->pos += n;
	in->off += n;
}

bool input_seek(struct input *in, uint64_t off)
{
	uint64_t first = in->off - in->pos; /* place of mem[0] */

	if (off >= in->size)
		return false;
	if (off >= first && off - first <= in->len) {
		in->pos = (size_t)(off - first);
	} else {
		if (in->fd < 0 || lseek(in->fd, (off_t)off, SEEK_SET) < 0)
			return false;
		in->pos = in->len = 0;
		in->eof = false;
	}
	in->off = off;
	return true;
}

void input_close(struct input *in)
{
	if (in->own_fd)
		close(in->fd);
	free(in->buf);
}

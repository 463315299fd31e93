/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "fsync_thread.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/worker.h"

struct file {
	int fd; /* -1: none */
	char path[PATH_MAX];
};

struct fsync_thread {
	struct worker *worker;
	pthread_mutex_t lock; /* of all below */
	struct file requested;
	struct file closes[FSYNC_CLOSES_MAX]; /* a queue, the oldest first */
	unsigned int nr_closes;
	bool running; /* the worker looks for more before its job ends */
	int ret;
	struct pwrt_diag diag; /* of ret: the first failure */
};

/* Under lock: takes the next thing to do. False: there is nothing. */
static bool next(struct fsync_thread *s, struct file *f, bool *closes)
{
	*closes = s->requested.fd < 0;
	if (!*closes) {
		*f = s->requested;
		s->requested.fd = -1;
		return true;
	}
	if (!s->nr_closes)
		return false;
	*f = s->closes[0];
	memmove(&s->closes[0], &s->closes[1], --s->nr_closes * sizeof(*f));
	return true;
}

static int sync_file(const struct file *f, bool closes, struct pwrt_diag *d)
{
	int ret = 0;

	/* EINVAL: a kind of file without a disk behind it. */
	if (fdatasync(f->fd) && errno != EINVAL)
		ret = pwrt_fail(d, PWRT_ESYS, 0, "cannot bring %s to the disk", f->path);
	if (closes && close(f->fd) && ret == 0)
		ret = pwrt_fail(d, PWRT_ESYS, 0, "cannot write %s", f->path);
	return ret;
}

static int sync_all(void *arg, struct pwrt_diag *d)
{
	struct fsync_thread *s = arg;
	struct file f;
	bool closes;
	int ret;

	pthread_mutex_lock(&s->lock);
	while (next(s, &f, &closes)) {
		pthread_mutex_unlock(&s->lock);
		ret = sync_file(&f, closes, d);
		pthread_mutex_lock(&s->lock);
		if (ret < 0 && s->ret == 0) {
			s->ret = ret;
			s->diag = *d;
		}
	}
	s->running = false;
	pthread_mutex_unlock(&s->lock);
	return 0;
}

int fsync_thread_new(struct fsync_thread **out, void (*begin)(void), struct pwrt_diag *d)
{
	const struct worker_options o = { .begin = begin };
	struct fsync_thread *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	s->requested.fd = -1;
	pthread_mutex_init(&s->lock, NULL);
	ret = worker_new(&s->worker, &o, d);
	if (ret == 0)
		*out = s;
	else
		fsync_thread_free(s);
	return ret;
}

static void set(struct file *f, int fd, const char *path)
{
	f->fd = fd;
	snprintf(f->path, sizeof(f->path), "%s", path);
}

/* Under lock, which it releases: wakes the worker up if it is idle. Returns the first failure. */
static int start(struct fsync_thread *s, struct pwrt_diag *d)
{
	bool idle = !s->running;
	struct pwrt_diag none;
	int ret = s->ret;

	if (ret < 0)
		*d = s->diag;
	s->running = true;
	pthread_mutex_unlock(&s->lock);
	if (idle) {
		/* Its last job has nothing left to do, but may not have returned yet. */
		worker_wait(s->worker, &none);
		worker_submit(s->worker, sync_all, s);
	}
	return ret;
}

int fsync_thread_ask(struct fsync_thread *s, int fd, const char *path, struct pwrt_diag *d)
{
	pthread_mutex_lock(&s->lock);
	set(&s->requested, fd, path);
	return start(s, d);
}

int fsync_thread_close(struct fsync_thread *s, int fd, const char *path, struct pwrt_diag *d)
{
	pthread_mutex_lock(&s->lock);
	while (s->nr_closes == FSYNC_CLOSES_MAX) {
		pthread_mutex_unlock(&s->lock);
		fsync_thread_finish(s, d);
		pthread_mutex_lock(&s->lock);
	}
	if (s->requested.fd == fd)
		s->requested.fd = -1;
	set(&s->closes[s->nr_closes++], fd, path);
	return start(s, d);
}

int fsync_thread_finish(struct fsync_thread *s, struct pwrt_diag *d)
{
	struct pwrt_diag none;
	int ret;

	worker_wait(s->worker, &none);
	pthread_mutex_lock(&s->lock);
	ret = s->ret;
	if (ret < 0)
		*d = s->diag;
	pthread_mutex_unlock(&s->lock);
	return ret;
}

void fsync_thread_free(struct fsync_thread *s)
{
	if (!s)
		return;
	worker_free(s->worker);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct worker {
	struct worker_options o;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t change;
	worker_job job; /* all under lock; NULL: none */
	void *arg;
	bool over;
	int ret;
	struct pwrt_diag diag; /* of ret */
};

static void *work(void *arg)
{
	struct worker *w = arg;
	struct pwrt_diag diag;
	int ret;

	if (w->o.begin)
		w->o.begin();
	pthread_mutex_lock(&w->lock);
	while (w->job || !w->over) {
		if (!w->job) {
			pthread_cond_wait(&w->change, &w->lock);
			continue;
		}
		pthread_mutex_unlock(&w->lock);
		ret = w->job(w->arg, &diag);
		pthread_mutex_lock(&w->lock);
		if (ret < 0 && w->ret == 0) {
			w->ret = ret;
			w->diag = diag;
		}
		w->job = NULL;
		pthread_cond_broadcast(&w->change);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* A condition with timeouts that do not depend on the time of day. */
static void change_init(pthread_cond_t *change)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(change, &attr);
	pthread_condattr_destroy(&attr);
}

int worker_new(struct worker **out, const struct worker_options *o, struct pwrt_diag *d)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	w->o = *o;
	pthread_mutex_init(&w->lock, NULL);
	change_init(&w->change);
	errno = pthread_create(&w->thread, NULL, work, w);
	if (errno) {
		pthread_cond_destroy(&w->change);
		pthread_mutex_destroy(&w->lock);
		free(w);
		return pwrt_fail(d, PWRT_ESYS, 0, "cannot start a thread");
	}
	*out = w;
	return 0;
}

static struct timespec deadline(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += WORKER_WAIT_MS * 1000000L;
	if (t.tv_nsec >= 1000000000L) {
		t.tv_nsec -= 1000000000L;
		t.tv_sec++;
	}
	return t;
}

/* Under lock: waits until no job is under way. */
static void wait_idle(struct worker *w)
{
	struct timespec until = deadline();

	while (w->job) {
		if (pthread_cond_timedwait(&w->change, &w->lock, &until) != ETIMEDOUT)
			continue;
		if (w->o.waiting) {
			pthread_mutex_unlock(&w->lock);
			w->o.waiting(w->o.arg);
			pthread_mutex_lock(&w->lock);
		}
		until = deadline();
	}
}

int worker_wait(struct worker *w, struct pwrt_diag *d)
{
	int ret;

	pthread_mutex_lock(&w->lock);
	wait_idle(w);
	ret = w->ret;
	if (ret < 0)
		*d = w->diag;
	pthread_mutex_unlock(&w->lock);
	return ret;
}

void worker_submit(struct worker *w, worker_job job, void *arg)
{
	pthread_mutex_lock(&w->lock);
	w->job = job;
	w->arg = arg;
	pthread_cond_broadcast(&w->change);
	pthread_mutex_unlock(&w->lock);
}

void worker_free(struct worker *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	wait_idle(w);
	w->over = true;
	pthread_cond_broadcast(&w->change);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->change);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

#include "beside.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct beside {
	void (*begin)(void);
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t change;
	beside_job job; /* all under lock; NULL: none */
	void *arg;
	bool over;
	int ret;
	struct pwrt_diag diag; /* of ret */
};

static void *work(void *arg)
{
	struct beside *b = arg;
	struct pwrt_diag diag;
	int ret;

	b->begin();
	pthread_mutex_lock(&b->lock);
	while (b->job || !b->over) {
		if (!b->job) {
			pthread_cond_wait(&b->change, &b->lock);
			continue;
		}
		pthread_mutex_unlock(&b->lock);
		ret = b->job(b->arg, &diag);
		pthread_mutex_lock(&b->lock);
		if (ret < 0 && b->ret == 0) {
			b->ret = ret;
			b->diag = diag;
		}
		b->job = NULL;
		pthread_cond_broadcast(&b->change);
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

int beside_new(struct beside **out, void (*begin)(void), struct pwrt_diag *d)
{
	struct beside *b = calloc(1, sizeof(*b));

	if (!b)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	b->begin = begin;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->change, NULL);
	errno = pthread_create(&b->thread, NULL, work, b);
	if (errno) {
		free(b);
		return pwrt_fail(d, PWRT_EOS, 0, "cannot start a thread");
	}
	*out = b;
	return 0;
}

int beside_wait(struct beside *b, struct pwrt_diag *d)
{
	int ret;

	pthread_mutex_lock(&b->lock);
	while (b->job)
		pthread_cond_wait(&b->change, &b->lock);
	ret = b->ret;
	if (ret < 0)
		*d = b->diag;
	pthread_mutex_unlock(&b->lock);
	return ret;
}

void beside_do(struct beside *b, beside_job job, void *arg)
{
	pthread_mutex_lock(&b->lock);
	b->job = job;
	b->arg = arg;
	pthread_cond_broadcast(&b->change);
	pthread_mutex_unlock(&b->lock);
}

void beside_free(struct beside *b)
{
	if (!b)
		return;
	pthread_mutex_lock(&b->lock);
	b->over = true;
	pthread_cond_broadcast(&b->change);
	pthread_mutex_unlock(&b->lock);
	pthread_join(b->thread, NULL);
	pthread_cond_destroy(&b->change);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

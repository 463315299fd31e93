#include "syncer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "privileges.h"

struct syncer {
	int fd;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool asked, over; /* under lock, as the error is */
	int error;
};

static void *work(void *arg)
{
	struct syncer *s = arg;
	int error;

	privileges_drop_all();
	pthread_mutex_lock(&s->lock);
	while (!s->over) {
		if (!s->asked) {
			pthread_cond_wait(&s->change, &s->lock);
			continue;
		}
		s->asked = false;
		pthread_mutex_unlock(&s->lock);
		/* EINVAL: a kind of file that has no disk behind it. */
		error = fdatasync(s->fd) && errno != EINVAL ? errno : 0;
		pthread_mutex_lock(&s->lock);
		if (!s->error)
			s->error = error;
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

int syncer_new(struct syncer **out, int fd, struct pwrt_diag *d)
{
	struct syncer *s = calloc(1, sizeof(*s));

	if (!s)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	s->fd = fd;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->change, NULL);
	errno = pthread_create(&s->thread, NULL, work, s);
	if (errno) {
		free(s);
		return pwrt_fail(d, PWRT_EOS, 0, "cannot start a thread");
	}
	*out = s;
	return 0;
}

int syncer_ask(struct syncer *s)
{
	int error;

	pthread_mutex_lock(&s->lock);
	s->asked = true;
	error = s->error;
	pthread_cond_signal(&s->change);
	pthread_mutex_unlock(&s->lock);
	return error;
}

void syncer_free(struct syncer *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->over = true;
	pthread_cond_signal(&s->change);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	pthread_cond_destroy(&s->change);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "nice_controller.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define LOOK_MS 50

struct nice_controller {
	struct nice_controller_options o;
	int normal;
	pthread_t thread;
	int end[2]; /* a pipe: closed at the other end when it is over */
};

/*
 * The nice value, if it may be lowered to that again later; RLIMIT_NICE counts from 20 (nice 0) to
 * 40 (-20).
 */
static bool may_return_to(int *nice)
{
	struct rlimit l;
	rlim_t need;

	errno = 0;
	*nice = getpriority(PRIO_PROCESS, 0);
	if (errno || getrlimit(RLIMIT_NICE, &l))
		return false;
	need = (rlim_t)(20 - *nice);
	if (l.rlim_cur >= need)
		return true;
	l.rlim_cur = need;
	l.rlim_max = l.rlim_max > need ? l.rlim_max : need;
	return setrlimit(RLIMIT_NICE, &l) == 0;
}

/* Of all threads but this one. They have one each, whatever POSIX says: setpriority(2). */
static void set_others(int nice)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *e;
	id_t id;

	while (dir && (e = readdir(dir))) {
		id = (id_t)strtoul(e->d_name, NULL, 10);
		if (id && id != (id_t)gettid())
			setpriority(PRIO_PROCESS, id, nice);
	}
	if (dir)
		closedir(dir);
}

/*
 * Waits for the end, which makes it false, or the bell, or time. A bell that was heard stays as it
 * is until somebody has taken what it is about: it is not listened to twice in a row.
 */
static bool goes_on(struct nice_controller *n, bool *heard)
{
	struct pollfd fds[] = { { .fd = n->end[0], .events = POLLIN },
				{ .fd = *heard ? -1 : n->o.bell, .events = POLLIN } };
	int nr = poll(fds, 2, LOOK_MS);

	*heard = nr > 0 && fds[1].revents;
	return nr <= 0 || !fds[0].revents;
}

static void *look(void *arg)
{
	struct nice_controller *n = arg;
	bool hurries = false, heard = false, hurry;

	setpriority(PRIO_PROCESS, (id_t)gettid(), n->normal);
	while (goes_on(n, &heard)) {
		hurry = n->o.is_hurry(n->o.arg);
		if (hurry != hurries)
			set_others(hurry ? n->normal : n->o.nice);
		hurries = hurry;
	}
	set_others(n->normal);
	return NULL;
}

void nice_controller_prepare(void)
{
	int normal;

	may_return_to(&normal);
}

int nice_controller_begin(struct nice_controller **out, const struct nice_controller_options *o,
			  struct pwrt_diag *d)
{
	struct nice_controller *n;
	int normal;

	*out = NULL;
	if (!may_return_to(&normal) || o->nice <= normal)
		return 0;
	n = calloc(1, sizeof(*n));
	if (!n)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	n->o = *o;
	n->normal = normal;
	if (pipe2(n->end, O_CLOEXEC)) {
		free(n);
		return pwrt_fail(d, PWRT_EOS, 0, "cannot make a pipe");
	}
	/* Before: what is started from now on has it by itself. */
	set_others(o->nice);
	setpriority(PRIO_PROCESS, 0, o->nice);
	errno = pthread_create(&n->thread, NULL, look, n);
	if (errno) {
		close(n->end[0]);
		close(n->end[1]);
		free(n);
		return pwrt_fail(d, PWRT_EOS, 0, "cannot start a thread");
	}
	*out = n;
	return 0;
}

void nice_controller_end(struct nice_controller *n)
{
	if (!n)
		return;
	close(n->end[1]);
	pthread_join(n->thread, NULL);
	close(n->end[0]);
	free(n);
}

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

#define CHECK_MS 50

struct nice_controller {
	struct nice_controller_options o;
	int normal;
	pthread_t thread;
	int end[2]; /* a pipe: nice_controller_end() closes its writing end */
};

/*
 * Stores the present nice value. Returns whether the process may lower its nice value to that again
 * later. RLIMIT_NICE counts from 20 (nice 0) to 40 (nice -20).
 */
static bool can_restore_nice(int *nice)
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

/* Sets the nice value of all other threads: each has its own on Linux (setpriority(2)). */
static void renice_other_threads(int nice)
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
 * Waits for the end, a wakeup, or CHECK_MS. Returns false at the end. The wakeup's descriptor stays
 * readable until the rings are drained, so that it is polled every second time only.
 */
static bool wait_for_event(struct nice_controller *n, bool *woken)
{
	struct pollfd fds[] = { { .fd = n->end[0], .events = POLLIN },
				{ .fd = *woken ? -1 : n->o.wakeup_fd, .events = POLLIN } };
	int nr = poll(fds, 2, CHECK_MS);

	*woken = nr > 0 && fds[1].revents;
	return nr <= 0 || !fds[0].revents;
}

static void *control(void *arg)
{
	struct nice_controller *n = arg;
	bool was_backlogged = false, woken = false, backlogged;

	setpriority(PRIO_PROCESS, (id_t)gettid(), n->normal);
	while (wait_for_event(n, &woken)) {
		backlogged = n->o.is_backlogged(n->o.arg);
		if (backlogged != was_backlogged)
			renice_other_threads(backlogged ? n->normal : n->o.nice);
		was_backlogged = backlogged;
	}
	renice_other_threads(n->normal);
	return NULL;
}

void nice_controller_prepare(void)
{
	int normal;

	can_restore_nice(&normal);
}

int nice_controller_begin(struct nice_controller **out, const struct nice_controller_options *o,
			  struct pwrt_diag *d)
{
	struct nice_controller *n;
	int normal;

	*out = NULL;
	if (!can_restore_nice(&normal) || o->nice <= normal)
		return 0;
	n = calloc(1, sizeof(*n));
	if (!n)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	n->o = *o;
	n->normal = normal;
	if (pipe2(n->end, O_CLOEXEC)) {
		free(n);
		return pwrt_fail(d, PWRT_ESYS, 0, "cannot make a pipe");
	}
	/* Threads that start later inherit the value. */
	renice_other_threads(o->nice);
	setpriority(PRIO_PROCESS, 0, o->nice);
	errno = pthread_create(&n->thread, NULL, control, n);
	if (errno) {
		close(n->end[0]);
		close(n->end[1]);
		free(n);
		return pwrt_fail(d, PWRT_ESYS, 0, "cannot start a thread");
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

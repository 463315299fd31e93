/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "sink.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

int sink_init(struct sink *s, int fd, bool cancellable, struct pwrt_diag *d)
{
	struct stat st;

	*s = (struct sink){ .fd = fd, .cancel = -1, .piece = SIZE_MAX };
	if (!cancellable)
		return 0;
	if (fstat(fd, &st))
		return pwrt_fail(d, PWRT_ESYS, 0, "cannot write");
	s->socket = S_ISSOCK(st.st_mode);
	/*
	 * A pipe that poll(2) calls writable takes this much without waiting: pipe_poll() in
	 * fs/pipe.c. O_NONBLOCK would do as well, but every process that shares the pipe would get
	 * it.
	 */
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		s->piece = PIPE_BUF;
	s->cancel = eventfd(0, EFD_CLOEXEC);
	return s->cancel < 0 ? pwrt_fail(d, PWRT_ESYS, 0, "cannot make an eventfd") : 0;
}

/* Waits until there is room. False with errno. */
static bool wait_for_room(struct sink *s)
{
	struct pollfd fds[] = { { .fd = s->cancel, .events = POLLIN },
				{ .fd = s->fd, .events = POLLOUT } };

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return false;
	if (!fds[0].revents)
		return true;
	errno = ECANCELED;
	return false;
}

ssize_t sink_write(struct sink *s, const void *p, size_t n)
{
	ssize_t did;

	n = n < s->piece ? n : s->piece;
	do {
		if (s->cancel >= 0 && !wait_for_room(s))
			return -1;
		did = s->socket ? send(s->fd, p, n, MSG_DONTWAIT) : write(s->fd, p, n);
	} while (did < 0 && (errno == EINTR || (s->cancel >= 0 && errno == EAGAIN)));
	return did;
}

void sink_cancel(struct sink *s)
{
	/* It can fail only once the counter is full, which is as good. */
	if (s->cancel >= 0 && eventfd_write(s->cancel, 1))
		return;
}

void sink_free(struct sink *s)
{
	if (s->cancel >= 0)
		close(s->cancel);
	s->cancel = -1;
}

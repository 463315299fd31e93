/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "kprobe_cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record/kernel/tracefs.h"

#define CHILD_NAME "pwru-cleanup"
#define CHILD_PIDFD 3 /* where the child finds a pidfd of the recorder */
#define CHILD_LOCK 4  /* keeps the group locked until the child is done */
#define DYING_MS 10000
#define REMOVE_TRIES \
	600 /* of 100 ms: the event is busy until the recorder's descriptors are closed */
#define STALE_TRIES 20 /* the same, where they are closed already */

const char *const kprobe_event_names[NR_KPROBE_EVENTS] = {
	[KPROBES_CORE] = "skb",
	[KPROBES_EXTRA] = "extra",
	[KPROBES_RETURNS] = "ret",
};

int kprobe_cleanup_open_events(const char *tracefs)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/kprobe_events", tracefs);
	return open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
}

static bool remove_event(int fd, const char *group, const char *event)
{
	char line[96];

	snprintf(line, sizeof(line), "-:%s/%s", group, event);
	return write(fd, line, strlen(line)) >= 0 || errno == ENOENT;
}

/* Removes all probes of a recorder in at most tries attempts, 100 ms apart; true when they are
 * gone. */
static bool remove_group(const char *dir, const char *group, int tries)
{
	int fd = kprobe_cleanup_open_events(dir);
	bool gone = false;
	int i;

	if (fd < 0)
		return false;
	for (; tries && !gone; tries--) {
		gone = true;
		for (i = 0; i < NR_KPROBE_EVENTS; i++)
			gone = remove_event(fd, group, kprobe_event_names[i]) && gone;
		if (!gone)
			usleep(100000);
	}
	close(fd);
	return gone;
}

int kprobe_cleanup_main(int argc, char **argv)
{
	struct pollfd recorder = { .fd = CHILD_PIDFD, .events = POLLIN };
	ssize_t n;
	char byte;

	if (argc != 3 || strcmp(argv[0], CHILD_NAME))
		return -1;
	prctl(PR_SET_NAME, CHILD_NAME);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	do
		n = read(STDIN_FILENO, &byte, 1);
	while (n < 0 && errno == EINTR);
	/*
	 * Without the byte the recorder was killed, and its descriptors close in no known order. To
	 * remove armed probes takes four times as long, so wait until the process has ended.
	 */
	if (n != 1)
		poll(&recorder, 1, DYING_MS);
	return remove_group(argv[1], argv[2], REMOVE_TRIES) ? 0 : 1;
}

/* Removes the groups of recorders whose child was killed, too. */
static void remove_stale(const char *dir)
{
	char path[256];
	struct dirent *e;
	DIR *events;

	snprintf(path, sizeof(path), "%s/events", dir);
	events = opendir(path);
	if (!events)
		return;
	while ((e = readdir(events)))
		if (probe_group_is_stale(e->d_name, dir))
			remove_group(dir, e->d_name, STALE_TRIES);
	closedir(events);
}

/*
 * In the child: makes fd the descriptor number to, which stays open when it executes itself. fd is
 * another number: see above_all().
 */
static void place(int fd, int to)
{
	if (fd >= 0)
		dup2(fd, to);
}

/* Moves a descriptor above those that the child gets; one that does not move is closed there. */
static int above_all(int fd)
{
	int moved = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, CHILD_LOCK + 1) : -1;

	if (fd >= 0)
		close(fd);
	return moved;
}

/* Descriptors that the child gets; -1: none */
struct child_fds {
	int lifeline, recorder, lock;
};

static void child(const char *dir, const char *group, const struct child_fds *fds)
{
	int null = above_all(open("/dev/null", O_RDWR | O_CLOEXEC));

	/*
	 * Before the handlers of the recorder go: Ctrl-C signals the whole group, and would end the
	 * child between execl() and its first line, with the definitions left behind.
	 */
	setsid();
	place(fds->lifeline, STDIN_FILENO);
	place(null, STDOUT_FILENO);
	place(null, STDERR_FILENO);
	place(fds->recorder, CHILD_PIDFD);
	place(fds->lock, CHILD_LOCK);
	execl("/proc/self/exe", CHILD_NAME, dir, group, (char *)NULL);
	_exit(127);
}

/* Forks the child that cleans up; the descriptors stay ours to close. */
static int fork_child(const char *dir, const char *group, const struct child_fds *fds,
		      struct pwrt_diag *d)
{
	pid_t pid = fork(), second;
	int status = 0;

	if (pid == 0) {
		/* Twice, so that it belongs to init, and the recorder need not wait for it. */
		second = fork();
		if (second == 0)
			child(dir, group, fds);
		_exit(second < 0);
	}
	if (pid < 0 || TEMP_FAILURE_RETRY(waitpid(pid, &status, 0)) != pid || status)
		return pwrt_fail(d, PWRT_ESYS, 0, "cannot start the process that removes probes");
	return 0;
}

static int start_child(struct kprobe_cleanup *c, const char *dir, struct pwrt_diag *d)
{
	struct child_fds fds = { -1, -1, c->lock };
	int ends[2], ret = PWRT_ESYS;

	if (pipe2(ends, O_CLOEXEC))
		return pwrt_fail(d, PWRT_ESYS, 0, "pipe");
	fds.lifeline = above_all(ends[0]);
	c->lifeline = above_all(ends[1]);
	fds.recorder = above_all((int)syscall(SYS_pidfd_open, getpid(), 0));
	if (fds.lifeline < 0 || c->lifeline < 0)
		pwrt_fail(d, PWRT_ESYS, 0, "pipe");
	else
		ret = fork_child(dir, c->group, &fds, d);
	if (fds.lifeline >= 0)
		close(fds.lifeline);
	if (fds.recorder >= 0)
		close(fds.recorder);
	return ret;
}

int kprobe_cleanup_begin(struct kprobe_cleanup *c, const char *tracefs, struct pwrt_diag *d)
{
	int ret;

	c->lifeline = c->lock = -1;
	remove_stale(tracefs);
	ret = probe_group_new(c->group, tracefs, d);
	if (ret < 0)
		return ret;
	c->lock = above_all(ret);
	if (c->lock < 0)
		return pwrt_fail(d, PWRT_ESYS, 0, "lock of the probes");
	return start_child(c, tracefs, d);
}

/*
 * The first process of a PID namespace takes all others with it when it ends, the child included:
 * it waits until the child has removed the probes, and with it the lock.
 */
static void wait_for_child(const struct kprobe_cleanup *c)
{
	struct pwrt_diag ignored;
	const char *dir = tracefs_dir(&ignored);
	int tries;

	for (tries = 0; dir && tries < REMOVE_TRIES && !probe_group_is_stale(c->group, dir);
	     tries++)
		usleep(100000);
}

bool kprobe_cleanup_end(struct kprobe_cleanup *c, bool has_events)
{
	bool is_child_there = true;

	if (c->lifeline >= 0) {
		is_child_there = write(c->lifeline, "q", 1) == 1;
		close(c->lifeline);
	}
	if (c->lock >= 0)
		close(c->lock);
	if (getpid() == 1 && has_events && is_child_there) {
		wait_for_child(c);
		return false;
	}
	return is_child_there;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Why this way (measured on Debian's 6.1, 1461 functions, numbers in docs/attach.md): a kprobe on
 * the first byte of a function goes through ftrace, whose tables the kernel rebuilds for every
 * single one. Behind ftrace's own instruction a kprobe is a plain breakpoint that the kernel turns
 * into a jump: arming and disarming all of them takes half a second. Registers and stack are still
 * those of the entry.
 *
 * Whoever kills the recorder: the perf descriptor that arms the probes is closed with it, and what
 * is left are definitions without effect, which the child removes. If the child is killed too, the
 * next recording does it.
 */
#include "kprobe_events.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe_group.h"
#include "record/kernel/tracefs.h"

#define CHILD_NAME "pwru-cleanup"
#define CHILD_PIDFD 3 /* where the child finds a pidfd of the recorder */
#define CHILD_LOCK 4  /* keeps the group locked until the child is done */
#define DYING_MS 10000
#define REMOVE_TRIES \
	600 /* of 100 ms: the event is busy until the recorder's descriptors are closed */
#define STALE_TRIES 20 /* the same, where they are closed already */

struct kprobe_events {
	int perf_fd;  /* arms the event while it is open */
	int leave_fd; /* the same for returns */
	int lifeline; /* the child cleans up when this end of the pipe is closed */
	int lock;     /* of the group: probe_group.h */
	char group[PROBE_GROUP_LEN];
	size_t nr_defined, nr_returns;
};

static int open_events(const char *dir, int flags)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/kprobe_events", dir);
	return open(path, flags | O_APPEND | O_CLOEXEC);
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
	int fd = open_events(dir, O_WRONLY);
	bool gone = false;

	if (fd < 0)
		return false;
	for (; tries && !gone; tries--) {
		gone = remove_event(fd, group, "skb");
		gone = remove_event(fd, group, "ret") && gone;
		if (!gone)
			usleep(100000);
	}
	close(fd);
	return gone;
}

int kprobe_events_child_main(int argc, char **argv)
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
	 * No farewell: the recorder is dying, and its descriptors close in no order that we know.
	 * To remove probes while they are armed takes four times as long, so wait until it is gone.
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

/* Descriptors that the child gets; -1: none. */
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

static int start_child(struct kprobe_events *k, const char *dir, const char *group,
		       struct pwrt_diag *d)
{
	struct child_fds fds = { -1, -1, k->lock };
	int ends[2], ret = PWRT_ESYS;

	if (pipe2(ends, O_CLOEXEC))
		return pwrt_fail(d, PWRT_ESYS, 0, "pipe");
	fds.lifeline = above_all(ends[0]);
	k->lifeline = above_all(ends[1]);
	fds.recorder = above_all((int)syscall(SYS_pidfd_open, getpid(), 0));
	if (fds.lifeline < 0 || k->lifeline < 0)
		pwrt_fail(d, PWRT_ESYS, 0, "pipe");
	else
		ret = fork_child(dir, group, &fds, d);
	if (fds.lifeline >= 0)
		close(fds.lifeline);
	if (fds.recorder >= 0)
		close(fds.recorder);
	return ret;
}

static const char *define_error(int err)
{
	switch (err) {
	case EINVAL:
		return "the kernel cannot place a kprobe there";
	}
	return "the kernel refused the kprobe";
}

/*
 * One line of kprobe_events; true when the kernel took it. By address, since a name makes the
 * kernel search all its symbols each time, and with an argument of its own, since the kernel tells
 * the probes of one event apart by name and arguments alone (trace_kprobe_has_same_kprobe()).
 */
static bool define_one(int fd, const char *group, const struct target *t, size_t id,
		       unsigned int offset)
{
	char line[96];
	int n = snprintf(line, sizeof(line), "p:%s/skb 0x%llx f=\\%zu", group,
			 (unsigned long long)(t->addr + offset), id);

	return write(fd, line, (size_t)n) == n;
}

/*
 * The return of a function. The kernel puts its own address in the place of the caller's: what is
 * defined later at the same place runs earlier, and still sees the caller
 * (add_new_kprobe(), kernel/kprobes.c).
 */
static void define_return(struct kprobe_events *k, int fd, const char *group, struct target *t,
			  size_t id)
{
	char line[96];
	int n = snprintf(line, sizeof(line), "r:%s/ret 0x%llx f=\\%zu", group,
			 (unsigned long long)t->addr, id);

	if (write(fd, line, (size_t)n) != n) {
		t->ret_cookie = 0;
		return;
	}
	t->cookie |= t->ret_cookie;
	k->nr_defined++;
	k->nr_returns++;
}

static int define_all(struct kprobe_events *k, struct targets *ts, const char *dir,
		      const char *group, unsigned int (*offset_of)(void *, uint64_t, bool),
		      int (*define)(void *, uint64_t, const struct target *), void *arg,
		      attach_progress progress, void *progress_arg, struct pwrt_diag *d)
{
	size_t i, seen = 0, total = ts->nr_attach;
	int fd = open_events(dir, O_WRONLY), ret = 0;

	if (fd < 0)
		return pwrt_fail(d, PWRT_ESYS, 0, "%s/kprobe_events", dir);
	for (i = 0; i < ts->nr && ret == 0; i++) {
		struct target *t = &ts->t[i];
		unsigned int offset;

		if (t->status != PWRT_FUNC_ATTACHED)
			continue;
		if (progress(progress_arg, seen++, total)) {
			close(fd);
			return pwrt_fail(d, PWRT_EINVAL, 0,
					 "interrupted before the recording began");
		}
		if (t->ret_cookie)
			define_return(k, fd, group, t, i);
		offset = offset_of(arg, t->addr, t->ret_cookie);
		/* Something else of the kernel may be at that place: then the entry still works. */
		if (!define_one(fd, group, t, i, offset)) {
			offset = offset_of(arg, t->addr, true);
			if (!define_one(fd, group, t, i, offset)) {
				target_refuse(ts, t, define_error(errno));
				continue;
			}
		}
		k->nr_defined++;
		ret = define(arg, t->addr + offset, t);
	}
	close(fd);
	if (ret < 0)
		return pwrt_fail(d, PWRT_ESYS, 0, "map of probed addresses");
	return 0;
}

/* Arms one event while *fd is open. */
static int arm(int *fd, const char *dir, const char *group, const char *event, int prog_fd,
	       struct pwrt_diag *d)
{
	struct perf_event_attr attr = { .size = sizeof(attr),
					.type = PERF_TYPE_TRACEPOINT,
					.sample_period = 1 };
	char path[256], text[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/events/%s/%s/id", dir, group, event);
	f = fopen(path, "re");
	if (!f || !fgets(text, sizeof(text), f)) {
		pwrt_fail(d, PWRT_ESYS, 0, "%s", path);
		if (f)
			fclose(f);
		return PWRT_ESYS;
	}
	fclose(f);
	attr.config = strtoull(text, NULL, 10);
	/* One descriptor on one CPU: the program runs on all of them (kernel/trace/trace_kprobe.c).
	 */
	*fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (*fd < 0)
		return pwrt_fail(d, PWRT_ESYS, 0, "perf_event_open");
	if (ioctl(*fd, PERF_EVENT_IOC_SET_BPF, prog_fd))
		return pwrt_fail(d, PWRT_ESYS, 0, "attaching the program to the kprobes");
	return 0;
}

int kprobe_events_attach(struct kprobe_events **out, struct targets *ts, int prog_fd, int leave_fd,
			 unsigned int (*offset_of)(void *, uint64_t, bool),
			 int (*define)(void *, uint64_t, const struct target *), void *arg,
			 attach_progress progress, void *progress_arg, struct pwrt_diag *d)
{
	struct kprobe_events *k = calloc(1, sizeof(*k));
	const char *dir = tracefs_dir(d);
	char *group;
	int ret;

	if (!k || !dir) {
		free(k);
		return k ? d->code : pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	}
	group = k->group;
	k->perf_fd = k->leave_fd = k->lifeline = k->lock = -1;
	remove_stale(dir);
	ret = probe_group_new(group, dir, d);
	if (ret >= 0) {
		k->lock = above_all(ret);
		ret = k->lock < 0 ? pwrt_fail(d, PWRT_ESYS, 0, "lock of the probes") : 0;
	}
	if (ret == 0)
		ret = start_child(k, dir, group, d);
	if (ret == 0)
		ret = define_all(k, ts, dir, group, offset_of, define, arg, progress, progress_arg,
				 d);
	if (ret == 0)
		ret = arm(&k->perf_fd, dir, group, "skb", prog_fd, d);
	if (ret == 0 && k->nr_returns)
		ret = arm(&k->leave_fd, dir, group, "ret", leave_fd, d);
	if (ret < 0) {
		kprobe_events_detach(k);
		return ret;
	}
	*out = k;
	return 0;
}

/*
 * The first process of a PID namespace takes all others with it when it ends, the child included:
 * it waits until the child has removed the probes, and with it the lock.
 */
static void wait_for_child(const struct kprobe_events *k)
{
	struct pwrt_diag ignored;
	const char *dir = tracefs_dir(&ignored);
	int tries;

	for (tries = 0; dir && tries < REMOVE_TRIES && !probe_group_is_stale(k->group, dir);
	     tries++)
		usleep(100000);
}

size_t kprobe_events_detach(struct kprobe_events *k)
{
	size_t nr;

	if (!k)
		return 0;
	nr = k->nr_defined;
	if (k->perf_fd >= 0)
		close(k->perf_fd);
	if (k->leave_fd >= 0)
		close(k->leave_fd);
	if (k->lifeline >= 0) {
		/* If the child is gone, the next recording removes the probes. */
		if (write(k->lifeline, "q", 1) != 1)
			nr = 0;
		close(k->lifeline);
	}
	if (k->lock >= 0)
		close(k->lock);
	if (getpid() == 1 && nr) {
		wait_for_child(k);
		nr = 0;
	}
	free(k);
	return nr;
}

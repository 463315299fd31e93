/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Why this way (measured on Debian's 6.1, 1461 functions, numbers in docs/attach.md): a kprobe on
 * the first byte of a function goes through ftrace, whose tables the kernel rebuilds for every
 * single one. Behind ftrace's own instruction a kprobe is a plain breakpoint that the kernel turns
 * into a jump: arming and disarming all of them takes half a second. Registers and stack are still
 * those of the entry.
 *
 * The kernel closes the perf descriptor that arms the probes when the recorder ends. Definitions
 * without effect are left then: kprobe_cleanup.h.
 */
#include "kprobe_events.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kprobe_cleanup.h"
#include "record/kernel/tracefs.h"

struct kprobe_events {
	int perf_fd[NR_KPROBE_EVENTS]; /* arms the event while it is open */
	bool shed[NR_KPROBE_EVENTS];   /* it is not armed again */
	size_t nr[NR_KPROBE_EVENTS];   /* functions with a definition */
	struct kprobe_cleanup cleanup;
	const char *dir;      /* of tracefs */
	int prog, leave_prog; /* descriptors of the programs, borrowed */
};

static const char *define_error(int err)
{
	switch (err) {
	case EINVAL:
		return "the kernel cannot place a kprobe there";
	}
	return "the kernel refused the kprobe";
}

/*
 * Writes one line of kprobe_events. Returns whether the kernel took it. The line has the address,
 * since the kernel searches all its symbols for a name. It has an argument of its own, since the
 * kernel compares probes of one event by name and arguments (trace_kprobe_has_same_kprobe()).
 */
static bool define_one(int fd, const char *group, const struct target *t, size_t id,
		       unsigned int offset)
{
	char line[96];
	int n = snprintf(line, sizeof(line), "p:%s/%s 0x%llx f=\\%zu", group,
			 kprobe_event_names[t->is_extra ? KPROBES_EXTRA : KPROBES_CORE],
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
	int n = snprintf(line, sizeof(line), "r:%s/%s 0x%llx f=\\%zu", group,
			 kprobe_event_names[KPROBES_RETURNS], (unsigned long long)t->addr, id);

	if (write(fd, line, (size_t)n) != n) {
		t->ret_cookie = 0;
		return;
	}
	t->cookie |= t->ret_cookie;
	k->nr[KPROBES_RETURNS]++;
}

static int define_all(struct kprobe_events *k, struct targets *ts, const char *dir,
		      const char *group, unsigned int (*offset_of)(void *, uint64_t, bool),
		      int (*define)(void *, uint64_t, const struct target *), void *arg,
		      attach_progress progress, void *progress_arg, struct pwrt_diag *d)
{
	size_t i, seen = 0, total = ts->nr_attach;
	int fd = kprobe_cleanup_open_events(dir), ret = 0;

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
		k->nr[t->is_extra ? KPROBES_EXTRA : KPROBES_CORE]++;
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

int kprobe_events_arm(struct kprobe_events *k, struct pwrt_diag *d)
{
	int i, ret = 0;

	for (i = 0; i < NR_KPROBE_EVENTS && ret == 0; i++)
		if ((i == KPROBES_CORE || k->nr[i]) && !k->shed[i])
			ret = arm(&k->perf_fd[i], k->dir, k->cleanup.group, kprobe_event_names[i],
				  i == KPROBES_RETURNS ? k->leave_prog : k->prog, d);
	return ret;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void kprobe_events_disarm(struct kprobe_events *k)
{
	int i;

	for (i = 0; k && i < NR_KPROBE_EVENTS; i++)
		close_one(&k->perf_fd[i]);
}

void kprobe_events_shed(struct kprobe_events *k, bool returns)
{
	int event = returns ? KPROBES_RETURNS : KPROBES_EXTRA;

	if (!k)
		return;
	k->shed[event] = true;
	close_one(&k->perf_fd[event]);
}

int kprobe_events_attach(struct kprobe_events **out, struct targets *ts, int prog_fd, int leave_fd,
			 unsigned int (*offset_of)(void *, uint64_t, bool),
			 int (*define)(void *, uint64_t, const struct target *), void *arg,
			 attach_progress progress, void *progress_arg, struct pwrt_diag *d)
{
	struct kprobe_events *k = calloc(1, sizeof(*k));
	const char *dir = tracefs_dir(d);
	const char *group;
	int i, ret;

	if (!k || !dir) {
		free(k);
		return k ? d->code : pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	}
	for (i = 0; i < NR_KPROBE_EVENTS; i++)
		k->perf_fd[i] = -1;
	ret = kprobe_cleanup_begin(&k->cleanup, dir, d);
	group = k->cleanup.group;
	if (ret == 0)
		ret = define_all(k, ts, dir, group, offset_of, define, arg, progress, progress_arg,
				 d);
	k->dir = dir;
	k->prog = prog_fd;
	k->leave_prog = leave_fd;
	if (ret == 0)
		ret = kprobe_events_arm(k, d);
	if (ret < 0) {
		kprobe_events_detach(k);
		return ret;
	}
	*out = k;
	return 0;
}

size_t kprobe_events_detach(struct kprobe_events *k)
{
	size_t nr = 0;
	int i;

	if (!k)
		return 0;
	for (i = 0; i < NR_KPROBE_EVENTS; i++)
		nr += k->nr[i];
	kprobe_events_disarm(k);
	/* If the child is gone, the next recording removes the probes. */
	if (!kprobe_cleanup_end(&k->cleanup, nr > 0))
		nr = 0;
	free(k);
	return nr;
}

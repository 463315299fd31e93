/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "health_check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child_command.h"
#include "record/kernel/clock.h"

#define SECOND_NS 1000000000ull
#define KILL_NS (2 * SECOND_NS) /* from SIGTERM to SIGKILL, and from that to giving up */
#define STOP_NS (5 * SECOND_NS) /* until the runner has ended */
#define GONE_NS SECOND_NS	/* from the end of its pipe to its own end */
#define GO_NS 900000000ull	/* until the first run has started; less than each limit */

/* The results that go to the recorder, each in one write(2). */
enum kind { STARTED, NOT_STARTED, ENDED, LATE };

struct result {
	enum kind kind;
	int status; /* as from waitpid(2); NOT_STARTED: errno */
};

/* Waits 10 ms, or until a signal that mask lets through. */
static void wait_shortly(const sigset_t *mask)
{
	const struct timespec short_time = { 0, 10000000 };

	ppoll(NULL, 0, &short_time, mask);
}

/* Returns whether the child has ended. It stays to be reaped, so that its number is not used anew. */
static bool has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return errno == ECHILD;
	return info.si_pid;
}

/* Waits until the child has ended, max_ns at most. Returns whether it has. */
static bool wait_for_end(pid_t pid, uint64_t max_ns, const sigset_t *mask)
{
	const uint64_t end = clock_now_ns() + max_ns;

	while (!has_ended(pid) && clock_now_ns() < end)
		wait_shortly(mask);
	return has_ended(pid);
}

/* ---- the runner ---- */

struct runner {
	char *const *argv;
	uint64_t every_ns, limit_ns;
	int orders, results;
	pid_t pid;	  /* of the command, and of its process group; 0: it does not run */
	int failed;	  /* while it is not executed: a pipe for errno; else -1 */
	uint64_t next_ns; /* when the next run begins */
	uint64_t term_ns; /* when the one under way gets SIGTERM, and then SIGKILL */
	bool again, late;
	bool reported; /* the run under way has a result */
	sigset_t mask; /* of the command, and while waiting: it lets SIGCHLD through */
};

/* Signals for the recorder, which often go to the whole process group. */
static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGPIPE };

static void handle_signals(void (*handler)(int))
{
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], handler);
}

static void send_result(const struct runner *s, enum kind kind, int status)
{
	const struct result r = { kind, status };

	if (write(s->results, &r, sizeof(r)) != sizeof(r))
		return; /* the recorder has ended: the next read of its orders shows it */
}

/* Becomes the command, which ends if the runner is killed. */
static void become_command(const struct runner *s, pid_t runner, int failed)
{
	/* execve(2) may hang. The recorder must see the end of a runner that was killed. */
	close(s->orders);
	close(s->results);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != runner)
		_exit(127);
	handle_signals(SIG_DFL);
	sigprocmask(SIG_SETMASK, &s->mask, NULL);
	child_command_exec(s->argv, failed);
}

/* Forks the command. Returns 0 or the errno of the failure. */
static int fork_command(struct runner *s)
{
	const pid_t self = getpid();
	int failed[2], err;

	if (pipe2(failed, O_CLOEXEC | O_NONBLOCK))
		return errno;
	s->pid = fork();
	if (s->pid == 0)
		become_command(s, self, failed[1]);
	err = errno;
	close(failed[1]);
	if (s->pid > 0) {
		setpgid(s->pid, s->pid); /* it may hang before its own call */
		s->failed = failed[0];
		return 0;
	}
	close(failed[0]);
	s->pid = 0;
	return err;
}

static void begin_run(struct runner *s, uint64_t now)
{
	int err = fork_command(s);

	s->again = s->late = s->reported = false;
	s->next_ns = now + s->every_ns;
	s->term_ns = now + s->limit_ns;
	if (err)
		send_result(s, NOT_STARTED, err);
}

/* Reports that the command is executed, or cannot be. execve(2) hangs on a dead NFS server. */
static void look_for_start(struct runner *s)
{
	int err;
	ssize_t n;

	if (s->failed < 0)
		return;
	n = TEMP_FAILURE_RETRY(read(s->failed, &err, sizeof(err)));
	if (n < 0 && errno == EAGAIN)
		return;
	close(s->failed);
	s->failed = -1;
	if (n != sizeof(err)) {
		send_result(s, STARTED, 0);
	} else if (!s->reported) {
		s->reported = true;
		send_result(s, NOT_STARTED, err);
	}
}

/* Reports the end of the command, if it has ended. A late one takes along what it has started. */
static void look_for_end(struct runner *s, uint64_t now)
{
	int status;

	if (!has_ended(s->pid))
		return;
	look_for_start(s); /* its end of the pipe is closed now */
	if (s->late)
		kill(-s->pid, SIGKILL);
	if (waitpid(s->pid, &status, 0) != s->pid)
		return;
	s->pid = 0;
	if (!s->reported)
		send_result(s, ENDED, status);
	if (s->again)
		s->next_ns = now;
}

/*
 * Sends the command, and what it has started, SIGTERM and then SIGKILL. Reports it before: no
 * signal ends an uninterruptible sleep.
 */
static void end_late_run(struct runner *s, uint64_t now)
{
	if (!s->reported)
		send_result(s, LATE, 0);
	s->reported = true;
	kill(-s->pid, s->late ? SIGKILL : SIGTERM);
	s->term_ns = now + KILL_NS;
	s->late = true;
}

/* Waits for an order, the start or the end of the command, or a time. */
static void wait_until(const struct runner *s, uint64_t until, uint64_t now)
{
	const uint64_t left = until > now ? until - now : 0;
	const struct timespec t = { (time_t)(left / SECOND_NS), (long)(left % SECOND_NS) };
	struct pollfd fds[] = { { .fd = s->orders, .events = POLLIN },
				{ .fd = s->failed, .events = POLLIN } };

	ppoll(fds, 2, &t, &s->mask);
}

/* Takes the orders so far. Returns false if the recorder has ended. */
static bool take_orders(struct runner *s, uint64_t now)
{
	char bytes[16];
	ssize_t n = read(s->orders, bytes, sizeof(bytes));

	if (n > 0) {
		s->again = true;
		if (!s->pid)
			s->next_ns = now;
	}
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Runs the command again and again, until the recorder ends. */
static void run_commands(struct runner *s)
{
	uint64_t now = clock_now_ns();

	do {
		if (s->pid)
			look_for_end(s, now);
		if (s->pid)
			look_for_start(s);
		if (!s->pid && now >= s->next_ns)
			begin_run(s, now);
		else if (s->pid && now >= s->term_ns)
			end_late_run(s, now);
		wait_until(s, s->pid ? s->term_ns : s->next_ns, now);
		now = clock_now_ns();
	} while (take_orders(s, now));
}

/*
 * Ends the command that runs when the recorder ends. SIGKILL has no effect in an uninterruptible
 * sleep, as on a disk that does not answer: init gets the command then.
 */
static void end_last_run(const struct runner *s)
{
	if (!s->pid)
		return;
	kill(-s->pid, SIGTERM);
	wait_for_end(s->pid, KILL_NS, &s->mask);
	kill(-s->pid, SIGKILL);
	wait_for_end(s->pid, KILL_NS, &s->mask);
	waitpid(s->pid, NULL, WNOHANG);
}

static void on_child(int sig)
{
	(void)sig; /* it interrupts ppoll(2) */
}

/* The main function of the process. */
static void be_runner(struct runner *s)
{
	const struct sigaction child = { .sa_handler = on_child };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t chld;
	char byte;

	prctl(PR_SET_NAME, "pwru-check");
	setsid(); /* a signal for the recorder's process group must not leave the command alone */
	handle_signals(SIG_IGN);
	sigaction(SIGCHLD, &child, NULL);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &s->mask);
	sigdelset(&s->mask, SIGCHLD);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		_exit(127);
	if (TEMP_FAILURE_RETRY(read(s->orders, &byte, 1)) == 1) {
		fcntl(s->orders, F_SETFL, O_NONBLOCK);
		run_commands(s);
	}
	end_last_run(s);
	_exit(0);
}

/* ---- the recorder ---- */

static uint64_t limit_of(uint64_t every_ns)
{
	return every_ns > SECOND_NS ? every_ns : SECOND_NS;
}

int health_check_start(struct health_check *c, char *const *argv, uint64_t every_ns,
		       struct pwrt_diag *d)
{
	struct runner s = {
		.argv = argv, .every_ns = every_ns, .limit_ns = limit_of(every_ns), .failed = -1
	};
	int orders[2], results[2];

	*c = (struct health_check){ .limit_ns = s.limit_ns };
	if (pipe2(orders, O_CLOEXEC))
		return pwrt_fail(d, PWRT_ESYS, 0, "pipe");
	if (pipe2(results, O_CLOEXEC)) {
		close(orders[0]);
		close(orders[1]);
		return pwrt_fail(d, PWRT_ESYS, 0, "pipe");
	}
	c->pid = fork();
	if (c->pid == 0) {
		close(orders[1]);
		close(results[0]);
		s.orders = orders[0];
		s.results = results[1];
		be_runner(&s);
	}
	close(orders[0]);
	close(results[1]);
	c->orders = orders[1];
	c->results = results[0];
	if (c->pid > 0)
		return 0;
	close(c->orders);
	close(c->results);
	c->pid = 0;
	return pwrt_fail(d, PWRT_ESYS, 0, "fork");
}

void health_check_again(struct health_check *c)
{
	if (write(c->orders, "g", 1) != 1)
		return; /* the process is gone: health_check_look() finds it out */
}

/* Closes the pipes: the runner ends the command then, and itself. */
static void close_pipes(struct health_check *c)
{
	close(c->orders);
	close(c->results);
	c->orders = c->results = -1;
}

/* The results have ended: fills in *d with the end of the runner. */
static int fail_gone(struct health_check *c, struct pwrt_diag *d)
{
	static const char process[] = "the process that runs COMMAND";
	int status = 0;

	if (!c->pid || !wait_for_end(c->pid, GONE_NS, NULL))
		return pwrt_fail(d, PWRT_EINVAL, 0, "%s sends no more results", process);
	waitpid(c->pid, &status, 0);
	c->pid = 0;
	close_pipes(c);
	if (WIFSIGNALED(status))
		return pwrt_fail(d, PWRT_EINVAL, 0, "%s was killed by signal %d", process,
				 WTERMSIG(status));
	return pwrt_fail(d, PWRT_EINVAL, 0, "%s ended with status %d", process,
			 WEXITSTATUS(status));
}

/* Waits for a result. Returns whether one came before end_ns. */
static bool wait_for_result(const struct health_check *c, uint64_t end_ns)
{
	struct pollfd results = { .fd = c->results, .events = POLLIN };
	int ret;

	do
		ret = poll(&results, 1, 10);
	while (ret <= 0 && clock_now_ns() < end_ns);
	return ret > 0 && clock_now_ns() < end_ns;
}

int health_check_go(struct health_check *c, const char *name, struct pwrt_diag *d)
{
	const uint64_t end = clock_now_ns() + GO_NS;
	struct result r;

	fcntl(c->results, F_SETFL, O_NONBLOCK);
	health_check_again(c);
	/* In this time no result of the run comes but that of its start. */
	if (!wait_for_result(c, end))
		return 0;
	if (read(c->results, &r, sizeof(r)) != sizeof(r))
		return fail_gone(c, d);
	if (r.kind == STARTED)
		return 0;
	errno = r.status;
	return pwrt_fail(d, PWRT_ESYS, 0, "cannot run '%s'", name);
}

static void count(struct health_check *c, const struct result *r)
{
	int status = r->status;

	c->runs++;
	if (r->kind == NOT_STARTED)
		c->unstarted++;
	else if (r->kind == LATE)
		c->late++;
	else
		c->statuses[WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)]++;
	if (r->kind != ENDED || status)
		c->failures++;
}

static void describe(const struct health_check *c, const struct result *r, char *text, size_t len)
{
	if (r->kind == NOT_STARTED)
		snprintf(text, len, "command did not start (%s)", strerror(r->status));
	else if (r->kind == LATE)
		snprintf(text, len, "command took more than %g s", (double)c->limit_ns / 1e9);
	else if (WIFEXITED(r->status))
		snprintf(text, len, "command ended with status %d", WEXITSTATUS(r->status));
	else
		snprintf(text, len, "command ended by signal %d", WTERMSIG(r->status));
}

int health_check_look(struct health_check *c, char *failure, size_t len, struct pwrt_diag *d)
{
	const uint64_t failures = c->failures;
	uint64_t before;
	struct result r;
	ssize_t n;

	while ((n = read(c->results, &r, sizeof(r))) == sizeof(r)) {
		if (r.kind == STARTED)
			continue;
		before = c->failures;
		count(c, &r);
		if (c->failures > before)
			describe(c, &r, failure, len);
	}
	if (n == 0)
		return fail_gone(c, d);
	return c->failures > failures;
}

static size_t add_count(char *text, size_t len, size_t at, const char *name, uint64_t nr)
{
	int n = nr && at < len ? snprintf(text + at, len - at, "%s%s=%llu", at ? " " : "", name,
					  (unsigned long long)nr) :
				 0;

	return at + (size_t)n;
}

void health_check_statuses(const struct health_check *c, char *text, size_t len)
{
	char name[8];
	size_t at = 0;
	int i;

	*text = '\0';
	for (i = 0; i < HEALTH_CHECK_STATUSES; i++) {
		snprintf(name, sizeof(name), "%d", i);
		at = add_count(text, len, at, name, c->statuses[i]);
	}
	at = add_count(text, len, at, "late", c->late);
	add_count(text, len, at, "unstarted", c->unstarted);
}

void health_check_stop(struct health_check *c)
{
	if (!c->pid)
		return;
	close_pipes(c);
	if (!wait_for_end(c->pid, STOP_NS, NULL)) {
		kill(c->pid, SIGKILL);
		wait_for_end(c->pid, KILL_NS, NULL);
	}
	waitpid(c->pid, NULL, WNOHANG);
	c->pid = 0;
}

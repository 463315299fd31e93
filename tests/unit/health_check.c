/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* COMMAND of --on-failure: real commands, and the process that runs them. */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record/health_check.h"
#include "record/kernel/clock.h"

#define MS 1000000ull

static struct health_check c;
static char failure[80];
static struct pwrt_diag d;

static void begin(const char *const *argv, uint64_t every_ns)
{
	*failure = '\0';
	ck_assert_int_eq(health_check_start(&c, (char *const *)(uintptr_t)argv, every_ns, &d), 0);
	ck_assert_int_eq(health_check_go(&c, argv[0], &d), 0);
}

/* Waits until so many runs have ended, some seconds at most. Returns whether one of them failed. */
static bool wait_for_runs(uint64_t runs)
{
	int i, ret, failed = 0;

	for (i = 0; i < 2000 && c.runs < runs; i++) {
		ret = health_check_look(&c, failure, sizeof(failure), &d);
		ck_assert_int_ge(ret, 0);
		failed |= ret;
		usleep(5000);
	}
	ck_assert_uint_ge(c.runs, runs);
	return failed;
}

static void check_failure(const char *const *argv, const char *expected, const char *statuses)
{
	char text[64];

	begin(argv, 3600 * 1000 * MS);
	ck_assert(wait_for_runs(1));
	ck_assert_str_eq(failure, expected);
	health_check_statuses(&c, text, sizeof(text));
	ck_assert_str_eq(text, statuses);
	ck_assert_uint_eq(c.failures, 1);
	health_check_stop(&c);
}

START_TEST(failures)
{
	static const char *const false_command[] = { "false", NULL };
	static const char *const seven[] = { "sh", "-c", "exit 7", NULL };
	static const char *const killed[] = { "sh", "-c", "kill -9 $$", NULL };

	check_failure(false_command, "command ended with status 1", "1=1");
	check_failure(seven, "command ended with status 7", "7=1");
	check_failure(killed, "command ended by signal 9", "137=1");
}
END_TEST

/* It runs again after the time, also when the run before failed. */
START_TEST(again_and_again)
{
	char name[] = "/tmp/health-check-XXXXXX";
	const char *const turns[] = { "sh", "-c", "echo >>$0; test $(wc -l <$0) != 2; exit $?",
				      name, NULL };

	close(mkstemp(name));
	begin(turns, 100 * MS);
	ck_assert(wait_for_runs(3));
	ck_assert_uint_ge(c.statuses[0], 2);
	ck_assert_uint_eq(c.statuses[1], 1);
	ck_assert_str_eq(failure, "command ended with status 1");
	health_check_stop(&c);
	unlink(name);
}
END_TEST

/* After a trigger the command runs at once. */
START_TEST(at_once)
{
	static const char *const true_command[] = { "true", NULL };

	begin(true_command, 3600 * 1000 * MS);
	ck_assert(!wait_for_runs(1));
	health_check_again(&c);
	ck_assert(!wait_for_runs(2));
	ck_assert_uint_eq(c.failures, 0);
	health_check_stop(&c);
}
END_TEST

/* Its own exit status does not count then. */
START_TEST(too_long)
{
	static const char *const argv[] = { "sh", "-c", "trap 'exit 0' TERM; sleep 30 & wait",
					    NULL };
	char text[64];

	begin(argv, 100 * MS);
	ck_assert_uint_eq(c.limit_ns, 1000 * MS);
	ck_assert(wait_for_runs(1));
	ck_assert_str_eq(failure, "command took more than 1 s");
	health_check_statuses(&c, text, sizeof(text));
	ck_assert_str_eq(text, "late=1");
	health_check_stop(&c);
}
END_TEST

static bool exists(pid_t pid)
{
	return kill(pid, 0) == 0 || errno != ESRCH;
}

static void check_ends(pid_t pid)
{
	int i;

	for (i = 0; i < 2000 && exists(pid); i++) /* init takes it */
		usleep(5000);
	ck_assert(!exists(pid));
}

/* A command that writes its number, and that of a process that it started, to a file. */
static char pids_file[32];
static int pids[2];
static const char *pids_command[] = { "sh", "-c", "sleep 60 & echo $$ $! >$0; wait", pids_file,
				      NULL };

static void name_file(void)
{
	strcpy(pids_file, "/tmp/health-check-XXXXXX");
	close(mkstemp(pids_file));
	pids[0] = pids[1] = 0;
}

static void read_pids(void)
{
	FILE *f;
	int i;

	for (i = 0; i < 2000 && !pids[1]; i++) {
		f = fopen(pids_file, "re");
		ck_assert_ptr_nonnull(f);
		if (fscanf(f, "%d %d", &pids[0], &pids[1]) != 2)
			pids[1] = 0;
		fclose(f);
		usleep(5000);
	}
	ck_assert_int_gt(pids[1], 0);
	ck_assert(exists(pids[0]) && exists(pids[1]));
	unlink(pids_file);
}

/* The command ends with the recorder, and what it started, too. */
START_TEST(stop)
{
	name_file();
	begin(pids_command, 3600 * 1000 * MS);
	read_pids();
	health_check_stop(&c);
	check_ends(pids[0]);
	check_ends(pids[1]);
}
END_TEST

/* The whole process group of the recorder is killed. */
START_TEST(killed_group)
{
	pid_t recorder;

	name_file();
	recorder = fork();
	if (recorder == 0) {
		setpgid(0, 0);
		begin(pids_command, 3600 * 1000 * MS);
		pause();
	}
	read_pids();
	kill(-recorder, SIGKILL);
	ck_assert_int_eq(waitpid(recorder, NULL, 0), recorder);
	check_ends(pids[0]);
	check_ends(pids[1]);
}
END_TEST

/* A late command obeys SIGTERM, and what it has started does not. */
START_TEST(late_group)
{
	static const char *const argv[] = {
		"sh", "-c", "sh -c \"trap '' TERM; sleep 60\" & echo $$ $! >$0; wait", pids_file,
		NULL
	};

	name_file();
	begin(argv, 100 * MS);
	read_pids();
	ck_assert(wait_for_runs(1));
	ck_assert_str_eq(failure, "command took more than 1 s");
	check_ends(pids[1]);
	health_check_stop(&c);
}
END_TEST

static uint64_t stop_seconds(void)
{
	const uint64_t start = clock_now_ns();

	health_check_stop(&c);
	return (clock_now_ns() - start) / (1000 * MS);
}

/*
 * SIGKILL does not end the command, as in an uninterruptible sleep: its parent cannot reap what
 * another process traces.
 */
START_TEST(stuck_command)
{
	name_file();
	begin(pids_command, 3600 * 1000 * MS);
	read_pids();
	ck_assert_int_eq(ptrace(PTRACE_SEIZE, pids[0], NULL, NULL), 0);
	ck_assert_uint_lt(stop_seconds(), 10);
	ck_assert(exists(pids[0]));
	kill(pids[1], SIGKILL);
}
END_TEST

/* The process that starts the command is stuck itself. */
START_TEST(stuck_process)
{
	name_file();
	begin(pids_command, 3600 * 1000 * MS);
	read_pids();
	kill(c.pid, SIGSTOP);
	ck_assert_uint_lt(stop_seconds(), 10);
	check_ends(pids[0]);
	kill(pids[1], SIGKILL);
}
END_TEST

/* Stops the command before it is executed, as if execve(2) hung. Returns its number. */
static pid_t begin_hanging(const char *const *argv, uint64_t every_ns)
{
	unsigned long pid;
	int status;

	ck_assert_int_eq(health_check_start(&c, (char *const *)(uintptr_t)argv, every_ns, &d), 0);
	ck_assert_int_eq(ptrace(PTRACE_SEIZE, c.pid, NULL, PTRACE_O_TRACEFORK), 0);
	ck_assert_int_eq(health_check_go(&c, argv[0], &d), 0);
	ck_assert_int_eq(waitpid(c.pid, &status, 0), c.pid);
	ck_assert_int_eq(status >> 8, SIGTRAP | PTRACE_EVENT_FORK << 8);
	ck_assert_int_eq(ptrace(PTRACE_GETEVENTMSG, c.pid, NULL, &pid), 0);
	ck_assert_int_eq(ptrace(PTRACE_DETACH, c.pid, NULL, NULL), 0);
	return (pid_t)pid;
}

/* The command hangs in execve(2), and SIGKILL does not end it. Later it ends, and runs again. */
START_TEST(hangs_in_exec)
{
	static const char *const argv[] = { "false", NULL };
	char text[64];
	pid_t pid = begin_hanging(argv, 100 * MS);

	ck_assert(wait_for_runs(1));
	ck_assert_str_eq(failure, "command took more than 1 s");
	health_check_statuses(&c, text, sizeof(text));
	ck_assert_str_eq(text, "late=1");
	while (waitpid(pid, NULL, 0) == pid) /* it stops, and SIGKILL ends it */
		;
	ck_assert(wait_for_runs(3));
	ck_assert_str_eq(failure, "command ended with status 1");
	ck_assert_uint_eq(c.late, 1);
	health_check_stop(&c);
}
END_TEST

/* The recorder ends meanwhile. */
START_TEST(stop_in_exec)
{
	static const char *const argv[] = { "true", NULL };
	pid_t pid = begin_hanging(argv, 3600 * 1000 * MS);

	ck_assert_uint_lt(stop_seconds(), 10);
	ck_assert(exists(pid));
}
END_TEST

#if defined(__x86_64__)
/* Lets the stopped child go on, and stops it again as it enters execve(2). */
static void stop_at_execve(pid_t pid)
{
	struct user_regs_struct r = { .orig_rax = 0 };
	int status;

	do {
		ck_assert_int_eq(waitpid(pid, &status, __WALL), pid);
		ck_assert(WIFSTOPPED(status));
		ck_assert_int_eq(ptrace(PTRACE_GETREGS, pid, NULL, &r), 0);
		if (r.orig_rax != SYS_execve)
			ck_assert_int_eq(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
	} while (r.orig_rax != SYS_execve);
}

/* Returns whether a process has this pipe open, at either end. */
static bool has_pipe(pid_t pid, int fd)
{
	char path[64], ours[64] = "", theirs[64];
	int i;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ck_assert_int_gt(readlink(path, ours, sizeof(ours) - 1), 0);
	for (i = 0; i < 64; i++) {
		memset(theirs, 0, sizeof(theirs));
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, i);
		if (readlink(path, theirs, sizeof(theirs) - 1) > 0 && !strcmp(ours, theirs))
			return true;
	}
	return false;
}

/* A command that hangs in execve(2) hides no end of the runner: it has closed the runner's pipes. */
START_TEST(pipes_in_exec)
{
	static const char *const argv[] = { "/bin/true", NULL };
	pid_t pid = begin_hanging(argv, 3600 * 1000 * MS);

	stop_at_execve(pid);
	ck_assert(has_pipe(c.pid, c.results));
	ck_assert(!has_pipe(pid, c.results));
	ck_assert(!has_pipe(pid, c.orders));
	ck_assert_int_eq(ptrace(PTRACE_DETACH, pid, NULL, NULL), 0);
	health_check_stop(&c);
}
END_TEST
#endif

START_TEST(no_command)
{
	static const char *const argv[] = { "/nonexistent/command", NULL };

	ck_assert_int_eq(health_check_start(&c, (char *const *)(uintptr_t)argv, 100 * MS, &d), 0);
	ck_assert_int_eq(health_check_go(&c, argv[0], &d), PWRT_ESYS);
	ck_assert_ptr_nonnull(strstr(d.text, "cannot run '/nonexistent/command'"));
	health_check_stop(&c);
	health_check_stop(&c); /* changes nothing */
}
END_TEST

/* The command may disappear while the recorder runs. */
START_TEST(command_disappears)
{
	char name[] = "/tmp/health-check-XXXXXX", text[64];
	const char *const argv[] = { name, NULL };
	int fd = mkstemp(name);

	ck_assert_int_eq(write(fd, "#!/bin/sh\n", 10), 10);
	ck_assert_int_eq(fchmod(fd, 0700), 0);
	close(fd);
	begin(argv, 3600 * 1000 * MS);
	ck_assert(!wait_for_runs(1));
	unlink(name);
	health_check_again(&c);
	ck_assert(wait_for_runs(2));
	ck_assert_str_eq(failure, "command did not start (No such file or directory)");
	health_check_statuses(&c, text, sizeof(text));
	ck_assert_str_eq(text, "0=1 unstarted=1");
	health_check_stop(&c);
}
END_TEST

/* The process that starts the command is killed: the recording must not go on without. */
START_TEST(killed_process)
{
	static const char *const argv[] = { "true", NULL };
	int i, ret = 0;

	begin(argv, 3600 * 1000 * MS);
	ck_assert(!wait_for_runs(1));
	kill(c.pid, SIGKILL);
	for (i = 0; i < 2000 && ret == 0; i++) {
		ret = health_check_look(&c, failure, sizeof(failure), &d);
		usleep(5000);
	}
	ck_assert_int_eq(ret, PWRT_EINVAL);
	ck_assert_str_eq(d.text, "the process that runs COMMAND was killed by signal 9");
	health_check_again(&c); /* changes nothing */
	health_check_stop(&c);
}
END_TEST

/* The command of a process that is killed does not go on. */
START_TEST(killed_process_command)
{
	name_file();
	begin(pids_command, 3600 * 1000 * MS);
	read_pids();
	kill(c.pid, SIGKILL);
	check_ends(pids[0]);
	health_check_stop(&c);
	kill(pids[1], SIGKILL);
}
END_TEST

Suite *suite_health_check(void)
{
	Suite *s = suite_create("health_check");
	TCase *t = tcase_create("health_check");

	tcase_set_timeout(t, 30);
	tcase_add_test(t, failures);
	tcase_add_test(t, again_and_again);
	tcase_add_test(t, at_once);
	tcase_add_test(t, too_long);
	tcase_add_test(t, stop);
	tcase_add_test(t, killed_group);
	tcase_add_test(t, late_group);
	tcase_add_test(t, stuck_command);
	tcase_add_test(t, stuck_process);
	tcase_add_test(t, hangs_in_exec);
	tcase_add_test(t, stop_in_exec);
#if defined(__x86_64__)
	tcase_add_test(t, pipes_in_exec);
#endif
	tcase_add_test(t, no_command);
	tcase_add_test(t, command_disappears);
	tcase_add_test(t, killed_process);
	tcase_add_test(t, killed_process_command);
	suite_add_tcase(s, t);
	return s;
}

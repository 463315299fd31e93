/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The nice value is raised, and restored for a backlog: in a child, since it is of the process. */
#include "unit.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record/nice_controller.h"

static sem_t ready, over;
static pid_t other;

static void *wait_beside(void *arg)
{
	(void)arg;
	other = gettid();
	sem_post(&ready);
	sem_wait(&over);
	return NULL;
}

/* Of both threads, one digit each; 99: they differ. */
static int nice_of_all(void)
{
	int mine = getpriority(PRIO_PROCESS, 0), its = getpriority(PRIO_PROCESS, (id_t)other);

	return mine == its ? mine : 99;
}

/* Waits some seconds at most for the controller thread. */
static bool become(int nice)
{
	int i;

	for (i = 0; i < 500 && nice_of_all() != nice; i++)
		usleep(10000);
	return nice_of_all() == nice;
}

static atomic_bool hurry;

static bool is_backlogged(void *arg)
{
	return arg == &hurry && hurry;
}

/* Exits with 0 when all was well, else with the number of the step. */
static void stand_back(bool may_return)
{
	const struct nice_controller_options little = { 2, is_backlogged, &hurry, -1 },
					     much = { 12, is_backlogged, &hurry, -1 };
	const struct rlimit none = { 0, 0 };
	struct nice_controller *n;
	struct pwrt_diag d;
	pthread_t thread;

	sem_init(&ready, 0, 0);
	sem_init(&over, 0, 0);
	if (setpriority(PRIO_PROCESS, 0, 3))
		_exit(8);
	pthread_create(&thread, NULL, wait_beside, NULL);
	sem_wait(&ready);
	if (!may_return)
		setrlimit(RLIMIT_NICE, &none);
	/* A process that may raise limits could restore the nice value anyway. */
	if (!may_return && setuid(65534))
		_exit(1);
	/* Less than it has: nothing. */
	if (nice_controller_begin(&n, &little, &d) || n || nice_of_all() != 3)
		_exit(2);
	if (nice_controller_begin(&n, &much, &d) || !n == may_return)
		_exit(3);
	if (may_return && !become(12))
		_exit(4);
	hurry = true;
	if (!become(3))
		_exit(5);
	hurry = false;
	if (may_return && !become(12))
		_exit(6);
	nice_controller_end(n);
	if (nice_of_all() != 3)
		_exit(7);
	sem_post(&over);
	pthread_join(thread, NULL);
	_exit(0);
}

static int status_of(bool may_return)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		stand_back(may_return);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

START_TEST(there_and_back)
{
	const struct rlimit l = { 40, 40 };
	struct rlimit was;

	getrlimit(RLIMIT_NICE, &was);
	if (was.rlim_max < 17)
		ck_assert_int_eq(setrlimit(RLIMIT_NICE, &l), 0);
	ck_assert_int_eq(status_of(true), 0);
}
END_TEST

START_TEST(no_way_back)
{
	ck_assert_int_eq(status_of(false), 0);
}
END_TEST

/* Tries this in a child, which leaves the limits and the nice value of the tests as they are. */
static bool child_can(int (*f)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(f() ? 1 : 0);
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static int take_nice_3(void)
{
	return setpriority(PRIO_PROCESS, 0, 3);
}

static int raise_limit(void)
{
	const struct rlimit l = { 40, 40 };
	struct rlimit was;

	return getrlimit(RLIMIT_NICE, &was) == 0 && was.rlim_max >= 17 ? 0 :
									 setrlimit(RLIMIT_NICE, &l);
}

/* Reports a test that cannot run here: libcheck has no word for it. */
static bool skipped(const char *test, bool can, const char *missing)
{
	if (!can)
		fprintf(stderr, "SKIP: nice controller: %s: %s\n", test, missing);
	return !can;
}

Suite *suite_nice_controller(void)
{
	Suite *s = suite_create("nice_controller");
	TCase *tc = tcase_create("nice_controller");
	bool can_start = child_can(take_nice_3);

	if (!skipped("there_and_back", can_start && child_can(raise_limit),
		     "RLIMIT_NICE cannot be raised"))
		tcase_add_test(tc, there_and_back);
	if (!skipped("no_way_back", can_start && getuid() == 0, "it needs root"))
		tcase_add_test(tc, no_way_back);
	suite_add_tcase(s, tc);
	return s;
}

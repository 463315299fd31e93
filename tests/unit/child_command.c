/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* COMMAND: how the recorder waits for its end, and ends it. */
#include "unit.h"

#include <signal.h>
#include <sys/wait.h>

#include "record/child_command.h"

static struct child_command c;
static struct pwrt_diag d;

static void begin(const char *script)
{
	const char *const argv[] = { "sh", "-c", script, NULL };

	c = (struct child_command){ 0 };
	ck_assert_int_eq(child_command_start(&c, (char *const *)(uintptr_t)argv, false, &d), 0);
	ck_assert_int_eq(child_command_go(&c, argv[0], &d), 0);
}

static bool goes_on(void *arg)
{
	int *calls = arg;

	return --*calls > 0;
}

START_TEST(waits_for_the_end)
{
	int calls = 1000;

	begin("sleep 0.2; exit 7");
	ck_assert(child_command_wait(&c, goes_on, &calls));
	ck_assert_int_lt(calls, 999);
	ck_assert(c.ended && WIFEXITED(c.status));
	ck_assert_int_eq(WEXITSTATUS(c.status), 7);
	child_command_stop(&c);
}
END_TEST

START_TEST(gives_up_waiting)
{
	int calls = 3;

	begin("exec sleep 100");
	ck_assert(!child_command_wait(&c, goes_on, &calls));
	ck_assert_int_eq(calls, 0);
	ck_assert(!c.ended);
	child_command_stop(&c);
	ck_assert(c.ended && WIFSIGNALED(c.status));
	ck_assert_int_eq(WTERMSIG(c.status), SIGTERM);
}
END_TEST

Suite *suite_child_command(void)
{
	Suite *s = suite_create("child_command");
	TCase *t = tcase_create("child_command");

	tcase_add_test(t, waits_for_the_end);
	tcase_add_test(t, gives_up_waiting);
	suite_add_tcase(s, t);
	return s;
}

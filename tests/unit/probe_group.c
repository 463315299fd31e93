/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Groups of kprobes, and the lock that a running recorder holds, in a folder like tracefs. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record/attach/probe_group.h"

static char dir[] = "/tmp/probe-group-XXXXXX";
static char file[64];

static void set_up(void)
{
	ck_assert(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/README", dir);
	close(open(file, O_CREAT | O_WRONLY, 0400));
}

static void tear_down(void)
{
	unlink(file);
	rmdir(dir);
}

START_TEST(live_and_stale)
{
	char one[PROBE_GROUP_LEN], two[PROBE_GROUP_LEN];
	struct pwrt_diag d;
	int fd = probe_group_new(one, dir, &d), other = probe_group_new(two, dir, &d);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(other, 0);
	ck_assert_str_ne(one, two);
	ck_assert(!probe_group_is_stale(one, dir));
	ck_assert(!probe_group_is_stale(two, dir));
	close(fd);
	ck_assert(probe_group_is_stale(one, dir));
	ck_assert(!probe_group_is_stale(two, dir));
	close(other);
	ck_assert(probe_group_is_stale(two, dir));
}
END_TEST

/* The lock belongs to the open file, not to a process: a child that inherits it keeps it. */
START_TEST(inherited)
{
	char name[PROBE_GROUP_LEN], byte;
	struct pwrt_diag d;
	int fd = probe_group_new(name, dir, &d), ends[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) != 0);
	}
	close(ends[0]);
	close(fd);
	ck_assert(!probe_group_is_stale(name, dir));
	close(ends[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(probe_group_is_stale(name, dir));
}
END_TEST

/* Groups of others, and what only looks like one of ours. */
START_TEST(names_of_others)
{
	static const char *const names[] = { "",
					     "kprobes",
					     "pwru_",
					     "pwru_1234",
					     "pwru_00000000000000ag",
					     "pwru_0123456789ABCDEF",
					     "pwru_ffffffffffffffff",
					     "pwru_00000000000000010" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_msg(!probe_group_is_stale(names[i], dir), "%s", names[i]);
	ck_assert(probe_group_is_stale("pwru_0000000000000001", dir));
}
END_TEST

/* A group that cannot be checked is not removed. */
START_TEST(no_tracefs)
{
	char name[PROBE_GROUP_LEN];
	struct pwrt_diag d;

	ck_assert_int_eq(probe_group_new(name, "/no/such/folder", &d), PWRT_ESYS);
	ck_assert(!probe_group_is_stale("pwru_0000000000000001", "/no/such/folder"));
}
END_TEST

Suite *suite_probe_group(void)
{
	Suite *s = suite_create("probe_group");
	TCase *t = tcase_create("probe_group");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, live_and_stale);
	tcase_add_test(t, inherited);
	tcase_add_test(t, names_of_others);
	tcase_add_test(t, no_tracefs);
	suite_add_tcase(s, t);
	return s;
}

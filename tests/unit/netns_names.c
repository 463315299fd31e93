/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names of network namespaces that come, change and go, with files in the place of namespaces. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/kernel/clock.h"
#include "record/kernel/netns_names.h"

static char dir[] = "/tmp/netns-names-XXXXXX";

static const char *path(const char *name)
{
	static char buf[128];

	snprintf(buf, sizeof(buf), "%s/%s", dir, name);
	return buf;
}

/* A file of that name; returns its inode number. */
static uint32_t make(const char *name)
{
	struct stat st;
	int fd = open(path(name), O_CREAT | O_WRONLY, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	close(fd);
	return (uint32_t)st.st_ino;
}

static const char *find(uint32_t inum)
{
	return netns_names_find(inum, clock_now_ns()).name;
}

static void set_up(void)
{
	ck_assert(mkdtemp(dir));
}

static void tear_down(void)
{
	netns_names_end();
	rmdir(dir);
}

START_TEST(gone_before_it_was_looked_up)
{
	uint32_t inum = make("early");

	netns_names_begin(dir, UINT64_MAX);
	unlink(path("early"));
	ck_assert_str_eq(find(inum), "early");
}
END_TEST

START_TEST(came_later)
{
	uint32_t inum;

	netns_names_begin(dir, UINT64_MAX);
	inum = make("late");
	ck_assert_str_eq(find(inum), "late");
	unlink(path("late"));
	ck_assert_str_eq(find(inum), "late");
}
END_TEST

/* The same number has another name now. */
START_TEST(number_used_again)
{
	uint32_t inum = make("old");
	char to[128];
	uint64_t before_ns;

	netns_names_begin(dir, UINT64_MAX);
	ck_assert_str_eq(find(inum), "old");
	ck_assert_uint_eq(netns_names_number(inum, clock_now_ns()), inum);
	before_ns = clock_now_ns();
	netns_names_refresh();
	snprintf(to, sizeof(to), "%s", path("new"));
	ck_assert_int_eq(rename(path("old"), to), 0);
	ck_assert_str_eq(find(inum), "new");
	/* What happened before it was seen is of the namespace of that time. */
	ck_assert_str_eq(netns_names_find(inum, before_ns).name, "old");
	ck_assert_uint_eq(netns_names_number(inum, before_ns), inum);
	ck_assert_uint_lt(netns_names_number(inum, clock_now_ns()), NETNS_NUMBERS);
	ck_assert_uint_gt(netns_names_number(inum, clock_now_ns()), 0);
	unlink(to);
	ck_assert_str_eq(find(inum), "new");
}
END_TEST

/* A namespace with two names has one of them as long as that is there. */
START_TEST(two_names)
{
	uint32_t inum = make("one"), number;
	char from[128], name[16];

	snprintf(from, sizeof(from), "%s", path("one"));
	ck_assert_int_eq(link(from, path("two")), 0);
	netns_names_begin(dir, UINT64_MAX);
	snprintf(name, sizeof(name), "%s", find(inum));
	ck_assert_str_eq(find(inum), name);
	number = netns_names_number(inum, clock_now_ns());
	ck_assert_uint_eq(number, inum);
	unlink(from);
	unlink(path("two"));
}
END_TEST

/* A name that is gone for long does not stand for what has the number then. */
START_TEST(forgotten)
{
	uint32_t inum = make("gone");
	char name[24];

	snprintf(name, sizeof(name), "inode:%u", inum);
	netns_names_begin(dir, 1000000);
	ck_assert_str_eq(find(inum), "gone");
	unlink(path("gone"));
	usleep(2000);
	find(inum);
	usleep(2000);
	ck_assert_str_eq(find(inum), name);
	ck_assert_uint_ne(netns_names_number(inum, clock_now_ns()), inum);
}
END_TEST

START_TEST(processes)
{
	struct stat own;

	netns_names_begin(dir, UINT64_MAX);
	ck_assert_int_eq(stat("/proc/self/ns/net", &own), 0);
	/* The namespace of the tests is the first one, or one that some process holds. */
	ck_assert_str_ne(find((uint32_t)own.st_ino), "");
	ck_assert_str_eq(find(1), "");
}
END_TEST

/* A process holds a namespace now whose number had a name. */
START_TEST(process_before_memory)
{
	struct stat own;
	char target[128];

	ck_assert_int_eq(stat("/proc/self/ns/net", &own), 0);
	snprintf(target, sizeof(target), "%s", path("link"));
	ck_assert_int_eq(symlink("/proc/self/ns/net", target), 0);
	netns_names_begin(dir, UINT64_MAX);
	ck_assert_str_eq(find((uint32_t)own.st_ino), "link");
	unlink(target);
	ck_assert_str_ne(find((uint32_t)own.st_ino), "link");
}
END_TEST

Suite *suite_netns_names(void)
{
	Suite *s = suite_create("netns_names");
	TCase *t = tcase_create("netns_names");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, gone_before_it_was_looked_up);
	tcase_add_test(t, came_later);
	tcase_add_test(t, number_used_again);
	tcase_add_test(t, two_names);
	tcase_add_test(t, forgotten);
	tcase_add_test(t, processes);
	tcase_add_test(t, process_before_memory);
	suite_add_tcase(s, t);
	return s;
}

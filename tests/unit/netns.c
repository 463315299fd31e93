/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Network namespaces as a user names them: other files are refused. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/kernel/netns.h"

START_TEST(own_namespace)
{
	struct pwrt_diag d;
	uint32_t by_default = 0, by_path = 0, by_inode = 0;
	struct stat st;

	ck_assert_int_eq(stat("/proc/self/ns/net", &st), 0);
	ck_assert_int_eq(netns_find(&by_default, NULL, &d), 0);
	ck_assert_int_eq(netns_find(&by_path, "/proc/self/ns/net", &d), 0);
	ck_assert_int_eq(netns_find(&by_inode, "inode:17", &d), 0);
	ck_assert_uint_eq(by_default, st.st_ino);
	ck_assert_uint_eq(by_path, st.st_ino);
	ck_assert_uint_eq(by_inode, 17);
}
END_TEST

/* Of each kind of file one, and a namespace of another kind. */
static const struct {
	const char *text, *words;
} refused[] = {
	{ "/etc/passwd", "/etc/passwd is not a network namespace" },
	{ "/proc/self/ns/mnt", "/proc/self/ns/mnt is not a network namespace" },
	{ "/proc/self/ns/user", "is not a network namespace" },
	{ "/proc", "/proc is not a network namespace" },
	{ "/dev/null", "/dev/null is not a network namespace" },
	{ "/no/such/file", "/no/such/file: No such file" },
	{ "no-such-name", "/run/netns/no-such-name: No such file" },
	{ "inode:0", "not an inode number" },
	{ "inode:4294967296", "not an inode number" },
	{ "inode:many", "not an inode number" },
};
#define NR_REFUSED (int)(sizeof(refused) / sizeof(refused[0]))

START_TEST(refuses_others)
{
	struct pwrt_diag d = { 0 };
	uint32_t inum = 0;

	ck_assert_int_eq(netns_find(&inum, refused[_i].text, &d), PWRT_EINVAL);
	ck_assert_msg(strstr(d.text, refused[_i].words), "%s", d.text);
	ck_assert_uint_eq(inum, 0);
}
END_TEST

START_TEST(no_device_in_a_file)
{
	struct pwrt_diag d = { 0 };
	uint32_t ifindex = 0;

	ck_assert_int_eq(netns_ifindex(&ifindex, "/etc/passwd", "lo", &d), PWRT_EINVAL);
	ck_assert_msg(strstr(d.text, "is not a network namespace"), "%s", d.text);
}
END_TEST

/* To open one for reading waits for a writer. */
START_TEST(fifo)
{
	struct pwrt_diag d = { 0 };
	char path[] = "/tmp/netns-XXXXXX";
	uint32_t inum = 0;
	int ret, fd = mkstemp(path);

	close(fd);
	unlink(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ret = netns_find(&inum, path, &d);
	unlink(path);
	ck_assert_int_eq(ret, PWRT_EINVAL);
}
END_TEST

Suite *suite_netns(void)
{
	Suite *s = suite_create("netns");
	TCase *t = tcase_create("netns");

	tcase_add_test(t, own_namespace);
	tcase_add_loop_test(t, refuses_others, 0, NR_REFUSED);
	tcase_add_test(t, no_device_in_a_file);
	tcase_add_test(t, fifo);
	suite_add_tcase(s, t);
	return s;
}

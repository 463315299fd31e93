/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The limits of a recording's memory, in a tree of files like those of the system. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/memory.h"

#define M (UINT64_C(1) << 20)

static char root[] = "/tmp/memory-XXXXXX";

static void put(const char *path, const char *text)
{
	char command[512], full[256];
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	snprintf(command, sizeof(command), "mkdir -p $(dirname %s)", full);
	ck_assert_int_eq(system(command), 0);
	f = fopen(full, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void set_up(void)
{
	ck_assert(mkdtemp(root));
	put("/proc/meminfo", "MemTotal: 4194304 kB\nMemFree: 1 kB\nMemAvailable:    2097152 kB\n");
}

static void tear_down(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", root);
	ck_assert_int_eq(system(command), 0);
}

static void expect_room(uint64_t bytes, const char *what)
{
	struct memory_room r;

	memory_find_room(&r, root);
	ck_assert_uint_eq(r.bytes, bytes);
	ck_assert_str_eq(r.what, what);
}

START_TEST(of_the_machine)
{
	expect_room(2048 * M, "MemAvailable");
}
END_TEST

START_TEST(own_group)
{
	put("/proc/self/cgroup", "0::/system/job\n");
	put("/sys/fs/cgroup/system/job/memory.max", "134217728\n");
	put("/sys/fs/cgroup/system/job/memory.high", "max\n");
	put("/sys/fs/cgroup/system/job/memory.current", "33554432\n");
	expect_room(96 * M, "memory.max");
	/* File pages can be taken back. */
	put("/sys/fs/cgroup/system/job/memory.stat",
	    "anon 1\nfile 33554432\ninactive_file 8388608\nactive_file 8388608\n");
	expect_room(112 * M, "memory.max");
	put("/sys/fs/cgroup/system/job/memory.high", "67108864\n");
	expect_room(48 * M, "memory.high");
}
END_TEST

START_TEST(group_above)
{
	put("/proc/self/cgroup", "0::/system/job\n");
	put("/sys/fs/cgroup/system/job/memory.max", "max\n");
	put("/sys/fs/cgroup/system/memory.max", "67108864\n");
	put("/sys/fs/cgroup/system/memory.current", "134217728\n");
	expect_room(0, "memory.max");
}
END_TEST

/* A container sees its own group as the top. */
START_TEST(container)
{
	put("/proc/self/cgroup", "0::/../../other\n");
	put("/sys/fs/cgroup/memory.max", "134217728\n");
	expect_room(128 * M, "memory.max");
	put("/proc/self/cgroup", "0::/\n");
	expect_room(128 * M, "memory.max");
}
END_TEST

START_TEST(first_version)
{
	put("/proc/self/cgroup", "12:cpu,cpuacct:/a\n11:blkio,memory:/b\n1:name=systemd:/\n");
	put("/sys/fs/cgroup/memory/b/memory.limit_in_bytes", "134217728\n");
	put("/sys/fs/cgroup/memory/b/memory.usage_in_bytes", "67108864\n");
	put("/sys/fs/cgroup/memory/b/memory.stat", "total_inactive_file 67108864\n");
	expect_room(128 * M, "memory.limit_in_bytes");
}
END_TEST

START_TEST(nonsense)
{
	put("/proc/self/cgroup", "\n0\n0:\n:::\n0::/x\n");
	put("/sys/fs/cgroup/x/memory.max", "none of it\n");
	expect_room(2048 * M, "MemAvailable");
	put("/proc/meminfo", "");
	expect_room(UINT64_MAX, "");
}
END_TEST

static const struct {
	uint64_t bytes, least, other, room, fit;
} rings[] = {
	{ 64 * M, M, 100 * M, UINT64_MAX, 64 * M },
	{ 64 * M, M, 100 * M, 172 * M, 64 * M },
	{ 64 * M, M, 100 * M, 171 * M, 32 * M },
	{ 48 * M, M, 100 * M, 140 * M, 32 * M },
	{ 64 * M, M, 100 * M, 128 * M, 16 * M },
	{ 64 * M, M, 100 * M, 102 * M, M },
	{ 64 * M, M, 100 * M, 101 * M, 0 },
	{ 64 * M, M, 100 * M, 64 * M, 0 },
	{ 64 * M, M, 100 * M, 0, 0 },
};
#define NR_RINGS (int)(sizeof(rings) / sizeof(rings[0]))

START_TEST(fit_rings)
{
	ck_assert_uint_eq(
		memory_fit_rings(rings[_i].bytes, rings[_i].least, rings[_i].other, rings[_i].room),
		rings[_i].fit);
}
END_TEST

Suite *suite_memory(void)
{
	Suite *s = suite_create("memory");
	TCase *t = tcase_create("memory");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, of_the_machine);
	tcase_add_test(t, own_group);
	tcase_add_test(t, group_above);
	tcase_add_test(t, container);
	tcase_add_test(t, first_version);
	tcase_add_test(t, nonsense);
	tcase_add_loop_test(t, fit_rings, 0, NR_RINGS);
	suite_add_tcase(s, t);
	return s;
}

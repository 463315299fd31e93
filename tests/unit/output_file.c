/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The names of a recording's files and its command: errors are found before a file is changed. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/child_command.h"
#include "record/file/output_file.h"

static char folder[] = "/tmp/pwru-output-XXXXXX";

static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

static void teardown(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void make(const char *path, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT, mode);

	ck_assert_int_eq(write(fd, "old", 3), 3);
	close(fd);
}

static off_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -1 : st.st_size;
}

enum { FORCE = 1, ROTATE = 2 };

static int check(const char *path, int how, struct pwrt_diag *d)
{
	struct output_file o = { .file.fd = -1 };

	return output_file_check(&o, path, how & ROTATE, how & FORCE, d);
}

START_TEST(check_finds)
{
	static const struct {
		const char *path;
		int how;
		const char *complaint; /* NULL: none */
	} cases[] = {
		{ "new.pwrt", 0, NULL },
		{ NULL, 0, NULL },
		{ "/dev/null", 0, NULL },
		{ "missing/new.pwrt", 0, "cannot create missing/new.pwrt: No such file" },
		{ "missing/new.pwrt", FORCE, "cannot create missing/new.pwrt: No such file" },
		{ "there.pwrt/new.pwrt", 0, "cannot create there.pwrt/new.pwrt: Not a directory" },
		{ ".", 0, ". is a folder: name a file in it" },
		{ ".", FORCE, ". is a folder: name a file in it" },
		{ "there.pwrt", 0, "there.pwrt exists: choose another name, or --force" },
		{ "there.pwrt", FORCE, NULL },
		{ "there.pwrt", ROTATE, NULL },
		{ "parts.pwrt", ROTATE,
		  "parts.00007.pwrt exists: choose another name, or --force" },
		{ "parts.pwrt", ROTATE | FORCE, NULL },
		{ "parts.pwrt", 0, NULL },
	};
	struct pwrt_diag d;

	make("there.pwrt", 0600);
	make("parts.00007.pwrt", 0600);
	ck_assert_int_eq(check(cases[_i].path, cases[_i].how, &d) < 0, cases[_i].complaint != NULL);
	if (cases[_i].complaint)
		ck_assert_ptr_nonnull(strstr(d.text, cases[_i].complaint));
	/* The check changes no file. */
	ck_assert_int_eq(size_of("there.pwrt"), 3);
	ck_assert_int_eq(size_of("parts.00007.pwrt"), 3);
	ck_assert_int_eq(size_of("new.pwrt"), -1);
}
END_TEST
#define NR_CHECKS 14

/* The files of an earlier recording go when the new one begins. */
START_TEST(parts_go_late)
{
	struct output_file o = { .file.fd = -1 };
	struct pwrt_diag d;

	make("r.00001.pwrt", 0600);
	make("r.00002.pwrt", 0600);
	ck_assert_int_eq(output_file_check(&o, "r.pwrt", true, true, &d), 0);
	ck_assert_int_eq(size_of("r.00002.pwrt"), 3);
	ck_assert_int_eq(output_file_open(&o, "r.pwrt", 1, true, &d), 0);
	ck_assert_int_eq(size_of("r.00001.pwrt"), 0);
	ck_assert_int_eq(size_of("r.00002.pwrt"), -1);
	outfile_close(&o.file, true, &d);
}
END_TEST

/* The position of a part's number in a name. */
START_TEST(part_names)
{
	static const struct {
		const char *base;
		uint32_t part;
		const char *name;
	} cases[] = {
		{ "r.pwrt", 0, "r.pwrt" },
		{ "r.pwrt", 1, "r.00001.pwrt" },
		{ "r.pwrt", 99999, "r.99999.pwrt" },
		{ "r.pwrt", 100000, "r.100000.pwrt" },
		{ "r.pwrt", UINT32_MAX, "r.4294967295.pwrt" },
		{ "r", 2, "r.00002" },
		{ "a.b.pwrt", 2, "a.b.00002.pwrt" },
		{ "r.", 2, "r.00002." },
		{ ".pwrt", 2, ".pwrt.00002" },
		{ "./r", 2, "./r.00002" },
		{ "d.old/r", 2, "d.old/r.00002" },
		{ "d.old/.r", 2, "d.old/.r.00002" },
	};
	struct output_file o = { .file.fd = -1 };
	struct pwrt_diag d;

	ck_assert_int_eq(mkdir("d.old", 0700), 0);
	ck_assert_int_eq(output_file_open(&o, cases[_i].base, cases[_i].part, false, &d), 0);
	ck_assert_str_eq(o.file.path, cases[_i].name);
	ck_assert_int_eq(size_of(cases[_i].name), 0);
	ck_assert_int_eq(outfile_close(&o.file, true, &d), 0);
	if (!cases[_i].part)
		return;
	output_file_remove(&o, cases[_i].part);
	ck_assert_int_eq(size_of(cases[_i].name), -1);
}
END_TEST
#define NR_PART_NAMES 12

/* A part whose name is too long is refused, with any number of digits. */
START_TEST(long_part_names)
{
	struct output_file o = { .file.fd = -1 };
	char base[PATH_MAX];
	struct pwrt_diag d;

	memset(base, 'x', sizeof(base));
	base[PATH_MAX - 1] = '\0';
	ck_assert_int_eq(output_file_open(&o, base, 1, false, &d), PWRT_EINVAL);
	ck_assert_str_eq(d.text, "the name of the file is too long");
	base[PATH_MAX - 6] = '\0'; /* six more are one too many */
	ck_assert_int_eq(output_file_open(&o, base, 2, false, &d), PWRT_EINVAL);
	ck_assert_str_eq(d.text, "the name of the file is too long");
	ck_assert_int_eq(o.file.fd, -1);
}
END_TEST

/* With --force the parts of an earlier recording go, and no file that only looks like one. */
START_TEST(only_parts_go)
{
	static const char *const parts[] = { "r.00001.pwrt", "r.00042.pwrt", "r.123456.pwrt" };
	static const char *const others[] = {
		"r.1.pwrt",	     "r.000001.pwrt", "r.00000.pwrt",  "r.00001.pwrt.old",
		"r.4294967296.pwrt", "r.00001",	      "rr.00001.pwrt", "r.0x001.pwrt",
		"r.-0001.pwrt",	     "r.pwrt",
	};
	struct output_file o = { .file.fd = -1 };
	struct pwrt_diag d;
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		make(parts[i], 0600);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		make(others[i], 0600);
	ck_assert_int_eq(output_file_open(&o, "r.pwrt", 1, true, &d), 0);
	ck_assert_int_eq(size_of(parts[0]), 0);
	for (i = 1; i < sizeof(parts) / sizeof(parts[0]); i++)
		ck_assert_msg(size_of(parts[i]) == -1, "%s is there", parts[i]);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_msg(size_of(others[i]) == 3, "%s is gone", others[i]);
	outfile_close(&o.file, true, &d);
}
END_TEST

/* A user without capabilities: as of the folder, so of the file. */
START_TEST(no_permission)
{
	bool is_root = geteuid() == 0;
	struct pwrt_diag d;

	make("foreign.pwrt", 0644);
	ck_assert_int_eq(chmod(folder, 0755), 0);
	if (is_root)
		ck_assert_int_eq(seteuid(65534), 0);
	else
		ck_assert(chmod(folder, 0555) == 0 && chmod("foreign.pwrt", 0444) == 0);
	ck_assert_int_eq(check("new.pwrt", 0, &d), PWRT_ESYS);
	ck_assert_ptr_nonnull(strstr(d.text, "cannot create new.pwrt: Permission denied"));
	ck_assert_int_eq(check("foreign.pwrt", FORCE, &d), PWRT_ESYS);
	ck_assert_ptr_nonnull(strstr(d.text, "cannot write to foreign.pwrt: Permission denied"));
	ck_assert_int_eq(is_root ? seteuid(0) : chmod(folder, 0700), 0);
}
END_TEST

START_TEST(command_is_found)
{
	struct pwrt_diag d;
	char long_name[5000];

	make("plain", 0644);
	make("program", 0755);
	/* The user's own may name a folder that this user cannot search: that is another error. */
	setenv("PATH", "/usr/bin:/bin", 1);
	ck_assert_int_eq(child_command_check("sh", &d), 0);
	ck_assert_int_eq(child_command_check("/bin/sh", &d), 0);
	ck_assert_int_eq(child_command_check("./program", &d), 0);
	ck_assert_int_eq(child_command_check("program", &d), PWRT_ESYS);
	ck_assert_ptr_nonnull(strstr(d.text, "cannot run 'program': No such file"));
	ck_assert_int_eq(child_command_check("./plain", &d), PWRT_ESYS);
	ck_assert_ptr_nonnull(strstr(d.text, "cannot run './plain': Permission denied"));
	ck_assert_int_eq(child_command_check("/", &d), PWRT_ESYS);
	ck_assert_int_eq(child_command_check("", &d), PWRT_ESYS);
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	ck_assert_int_eq(child_command_check(long_name, &d), PWRT_ESYS);
	setenv("PATH", "/nowhere::", 1);
	ck_assert_int_eq(child_command_check("program", &d), 0);
	ck_assert_int_eq(child_command_check("plain", &d), PWRT_ESYS);
	ck_assert_ptr_nonnull(strstr(d.text, "Permission denied"));
	unsetenv("PATH");
	ck_assert_int_eq(child_command_check("sh", &d), 0);
}
END_TEST

Suite *suite_output_file(void)
{
	Suite *s = suite_create("output_file");
	TCase *t = tcase_create("output_file");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, check_finds, 0, NR_CHECKS);
	tcase_add_test(t, parts_go_late);
	tcase_add_loop_test(t, part_names, 0, NR_PART_NAMES);
	tcase_add_test(t, long_part_names);
	tcase_add_test(t, only_parts_go);
	tcase_add_test(t, no_permission);
	tcase_add_test(t, command_is_found);
	suite_add_tcase(s, t);
	return s;
}

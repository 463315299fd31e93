/* The names of a recording's files and its command: found wanting before anything is changed. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/command.h"
#include "record/output.h"

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
	struct output o = { .file.fd = -1 };

	return output_check(&o, path, how & ROTATE, how & FORCE, d);
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
		{ "parts.pwrt", ROTATE, "parts.00007.pwrt exists: choose another name, or --force" },
		{ "parts.pwrt", ROTATE | FORCE, NULL },
		{ "parts.pwrt", 0, NULL },
	};
	struct pwrt_diag d;

	make("there.pwrt", 0600);
	make("parts.00007.pwrt", 0600);
	ck_assert_int_eq(check(cases[_i].path, cases[_i].how, &d) < 0, cases[_i].complaint != NULL);
	if (cases[_i].complaint)
		ck_assert_ptr_nonnull(strstr(d.text, cases[_i].complaint));
	/* It only looked. */
	ck_assert_int_eq(size_of("there.pwrt"), 3);
	ck_assert_int_eq(size_of("parts.00007.pwrt"), 3);
	ck_assert_int_eq(size_of("new.pwrt"), -1);
}
END_TEST
#define NR_CHECKS 14

/* The files of an earlier recording go when the new one begins. */
START_TEST(parts_go_late)
{
	struct output o = { .file.fd = -1 };
	struct pwrt_diag d;

	make("r.00001.pwrt", 0600);
	make("r.00002.pwrt", 0600);
	ck_assert_int_eq(output_check(&o, "r.pwrt", true, true, &d), 0);
	ck_assert_int_eq(size_of("r.00002.pwrt"), 3);
	ck_assert_int_eq(output_open(&o, "r.pwrt", 1, true, &d), 0);
	ck_assert_int_eq(size_of("r.00001.pwrt"), 0);
	ck_assert_int_eq(size_of("r.00002.pwrt"), -1);
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
	ck_assert_int_eq(check("new.pwrt", 0, &d), PWRT_EOS);
	ck_assert_ptr_nonnull(strstr(d.text, "cannot create new.pwrt: Permission denied"));
	ck_assert_int_eq(check("foreign.pwrt", FORCE, &d), PWRT_EOS);
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
	ck_assert_int_eq(command_check("sh", &d), 0);
	ck_assert_int_eq(command_check("/bin/sh", &d), 0);
	ck_assert_int_eq(command_check("./program", &d), 0);
	ck_assert_int_eq(command_check("program", &d), PWRT_EOS);
	ck_assert_ptr_nonnull(strstr(d.text, "cannot run 'program': No such file"));
	ck_assert_int_eq(command_check("./plain", &d), PWRT_EOS);
	ck_assert_ptr_nonnull(strstr(d.text, "cannot run './plain': Permission denied"));
	ck_assert_int_eq(command_check("/", &d), PWRT_EOS);
	ck_assert_int_eq(command_check("", &d), PWRT_EOS);
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	ck_assert_int_eq(command_check(long_name, &d), PWRT_EOS);
	setenv("PATH", "/nowhere::", 1);
	ck_assert_int_eq(command_check("program", &d), 0);
	ck_assert_int_eq(command_check("plain", &d), PWRT_EOS);
	ck_assert_ptr_nonnull(strstr(d.text, "Permission denied"));
	unsetenv("PATH");
	ck_assert_int_eq(command_check("sh", &d), 0);
}
END_TEST

Suite *suite_output(void)
{
	Suite *s = suite_create("output");
	TCase *t = tcase_create("output");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, check_finds, 0, NR_CHECKS);
	tcase_add_test(t, parts_go_late);
	tcase_add_test(t, no_permission);
	tcase_add_test(t, command_is_found);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Output files: those that are written, and those that are refused (format/tool/outfile.c). */
#include "format/tool/outfile.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static char dir[] = "/tmp/outfile.XXXXXX";
static struct outfile o;
static struct pwrt_diag d;

static void setup(void)
{
	strcpy(dir, "/tmp/outfile.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
	umask(0); /* the mode is ours, not the shell's */
}

static void teardown(void)
{
	struct dirent *e;
	DIR *f = opendir(dir);

	outfile_close(&o, true, &d);
	while (f && (e = readdir(f)))
		unlinkat(dirfd(f), e->d_name, e->d_type == DT_DIR ? AT_REMOVEDIR : 0);
	closedir(f);
	ck_assert_int_eq(chdir("/"), 0);
	rmdir(dir);
}

static void make(const char *name, const char *text, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, mode);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void check_file(const char *name, const char *text, mode_t mode)
{
	struct stat st;
	char buf[64] = "";
	int fd = open(name, O_RDONLY);

	ck_assert_msg(fd >= 0 && !fstat(fd, &st), "%s is gone", name);
	ck_assert_int_ge(read(fd, buf, sizeof(buf) - 1), 0);
	close(fd);
	ck_assert_str_eq(buf, text);
	ck_assert_uint_eq(st.st_mode & 07777, mode);
}

START_TEST(new_file_is_private)
{
	ck_assert_int_eq(outfile_open(&o, "new", false, NULL, &d), 0);
	ck_assert(o.created);
	ck_assert_int_eq(write(o.fd, "x", 1), 1);
	check_file("new", "x", 0600);
}
END_TEST

START_TEST(existing_file_needs_force)
{
	make("old", "old", 0644);
	ck_assert_int_eq(outfile_open(&o, "old", false, NULL, &d), PWRT_EINVAL);
	ck_assert_ptr_nonnull(strstr(d.text, "--force"));
	check_file("old", "old", 0644);
}
END_TEST

/* A process that has the old file open does not see the new content, nor does a hard link. */
START_TEST(force_makes_a_new_file)
{
	struct stat was, is;
	int fd;
	char c;

	make("old", "old", 0666);
	ck_assert_int_eq(link("old", "other"), 0);
	fd = open("old", O_RDONLY);
	ck_assert_int_eq(fstat(fd, &was), 0);
	ck_assert_int_eq(outfile_open(&o, "old", true, NULL, &d), 0);
	ck_assert_int_eq(write(o.fd, "secret", 6), 6);
	ck_assert_int_eq(fstat(o.fd, &is), 0);
	ck_assert(was.st_ino != is.st_ino);
	check_file("old", "secret", 0600);
	check_file("other", "old", 0666);
	ck_assert_int_eq(pread(fd, &c, 1, 3), 0);
	close(fd);
}
END_TEST

/* The link of another user in a folder that all can write to. */
START_TEST(links_are_not_followed)
{
	static const struct {
		const char *target;
		bool force;
	} rows[] = {
		{ "target", false },   { "target", true },     { "not there", false },
		{ "not there", true }, { "/dev/null", false }, { "/dev/null", true },
	};
	size_t i;

	make("target", "target", 0644);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(symlink(rows[i].target, "link"), 0);
		ck_assert_msg(outfile_open(&o, "link", rows[i].force, NULL, &d) == PWRT_EINVAL,
			      "%s, %d", rows[i].target, rows[i].force);
		ck_assert_ptr_nonnull(strstr(d.text, "symbolic link"));
		check_file("target", "target", 0644);
		ck_assert_int_eq(access("not there", F_OK), -1);
		ck_assert_int_eq(unlink("link"), 0);
	}
}
END_TEST

START_TEST(source_is_not_written_over)
{
	make("source", "source", 0600);
	ck_assert_int_eq(link("source", "other"), 0);
	ck_assert_int_eq(outfile_open(&o, "other", true, "source", &d), PWRT_EINVAL);
	ck_assert_ptr_nonnull(strstr(d.text, "is read"));
	check_file("source", "source", 0600);
	check_file("other", "source", 0600);
}
END_TEST

/* A FIFO waits for its reader, as it does for cat(1). */
START_TEST(fifo_waits_for_its_reader)
{
	char buf[8] = "";
	pid_t child;
	int fd, status;

	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	child = fork();
	if (!child) {
		if (outfile_open(&o, "fifo", false, NULL, &d) || o.created ||
		    write(o.fd, "x", 1) != 1)
			_exit(1);
		_exit(0);
	}
	fd = open("fifo", O_RDONLY);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(read(fd, buf, sizeof(buf)), 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	/* Not its own reader: the end is seen. */
	ck_assert_int_eq(read(fd, buf, sizeof(buf)), 0);
	close(fd);
}
END_TEST

START_TEST(devices_are_written_to)
{
	ck_assert_int_eq(outfile_open(&o, "/dev/null", false, NULL, &d), 0);
	ck_assert(!o.created);
	ck_assert_int_eq(outfile_close(&o, false, &d), 0);
	ck_assert_int_eq(access("/dev/null", W_OK), 0);
	ck_assert_int_eq(outfile_open(&o, "/dev/full", true, NULL, &d), 0);
	ck_assert_int_eq(write(o.fd, "x", 1), -1);
}
END_TEST

/* Descriptors as paths, with their offset: >(COMMAND) of a shell, and /dev/stdout. */
START_TEST(descriptors_by_name)
{
	static const char *const names[] = { "/dev/fd/%d", "/proc/self/fd/%d" };
	char path[32], buf[8] = "";
	int p[2], fd;
	size_t i;

	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(pipe(p), 0);
		snprintf(path, sizeof(path), names[i], p[1]);
		ck_assert_int_eq(outfile_open(&o, path, false, NULL, &d), 0);
		ck_assert(!o.created);
		ck_assert_int_eq(write(o.fd, "x", 1), 1);
		ck_assert_int_eq(read(p[0], buf, sizeof(buf)), 1);
		ck_assert_int_eq(outfile_close(&o, true, &d), 0);
		close(p[0]);
		close(p[1]);
	}
	fd = open("file", O_RDWR | O_CREAT | O_EXCL, 0600);
	ck_assert_int_eq(write(fd, "head", 4), 4);
	snprintf(path, sizeof(path), names[0], fd);
	ck_assert_int_eq(outfile_open(&o, path, true, NULL, &d), 0);
	ck_assert_int_eq(write(o.fd, "er", 2), 2);
	check_file("file", "header", 0600);
	close(fd);
	ck_assert_int_eq(outfile_open(&o, "/dev/fd/987654", false, NULL, &d), PWRT_ESYS);
}
END_TEST

START_TEST(folders_are_refused)
{
	ck_assert_int_eq(mkdir("folder", 0700), 0);
	ck_assert_int_eq(outfile_open(&o, "folder", true, NULL, &d), PWRT_EINVAL);
	ck_assert_int_eq(outfile_open(&o, "not there/x", true, NULL, &d), PWRT_ESYS);
}
END_TEST

START_TEST(what_is_not_kept_is_removed)
{
	ck_assert_int_eq(outfile_open(&o, "new", false, NULL, &d), 0);
	ck_assert_int_eq(outfile_close(&o, false, &d), 0);
	ck_assert_int_eq(access("new", F_OK), -1);
	ck_assert_int_eq(outfile_close(&o, false, &d), 0);
}
END_TEST

Suite *suite_outfile(void)
{
	Suite *s = suite_create("outfile");
	TCase *t = tcase_create("outfile");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, new_file_is_private);
	tcase_add_test(t, existing_file_needs_force);
	tcase_add_test(t, force_makes_a_new_file);
	tcase_add_test(t, links_are_not_followed);
	tcase_add_test(t, source_is_not_written_over);
	tcase_add_test(t, fifo_waits_for_its_reader);
	tcase_add_test(t, devices_are_written_to);
	tcase_add_test(t, descriptors_by_name);
	tcase_add_test(t, folders_are_refused);
	tcase_add_test(t, what_is_not_kept_is_removed);
	suite_add_tcase(s, t);
	return s;
}

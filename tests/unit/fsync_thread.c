/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The fsync thread: a disk that takes long must not make the recorder wait, and nothing stays
 * unsynced. */
#include "unit.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "record/file/fsync_thread.h"

/* A disk: fdatasync(2) of this program. It waits while the disk is slow, and fails with error. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool slow;
	int error;
	int begun, done, last_fd;
} disk = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0, 0, 0, -1 };

int fdatasync(int fd)
{
	int error;

	pthread_mutex_lock(&disk.lock);
	disk.begun++;
	disk.last_fd = fd;
	pthread_cond_broadcast(&disk.change);
	while (disk.slow)
		pthread_cond_wait(&disk.change, &disk.lock);
	disk.done++;
	error = disk.error;
	pthread_mutex_unlock(&disk.lock);
	errno = error;
	return error ? -1 : 0;
}

static void set_slow(bool slow)
{
	pthread_mutex_lock(&disk.lock);
	disk.slow = slow;
	pthread_cond_broadcast(&disk.change);
	pthread_mutex_unlock(&disk.lock);
}

static void wait_begun(int nr)
{
	pthread_mutex_lock(&disk.lock);
	while (disk.begun < nr)
		pthread_cond_wait(&disk.change, &disk.lock);
	pthread_mutex_unlock(&disk.lock);
}

static int file(void)
{
	int fd = memfd_create("file", 0);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static bool is_open(int fd)
{
	return lseek(fd, 0, SEEK_CUR) >= 0;
}

/* While one file is being synced, it is closed and the next one is begun: none of that waits. */
START_TEST(rotation_does_not_wait)
{
	int first = file(), second = file();
	struct fsync_thread *s;
	struct pwrt_diag d;

	ck_assert_int_eq(fsync_thread_new(&s, NULL, &d), 0);
	set_slow(true);
	ck_assert_int_eq(fsync_thread_ask(s, first, "first", &d), 0);
	wait_begun(1);
	ck_assert_int_eq(fsync_thread_close(s, first, "first", &d), 0);
	ck_assert_int_eq(fsync_thread_ask(s, second, "second", &d), 0);
	ck_assert_int_eq(fsync_thread_close(s, second, "second", &d), 0);
	ck_assert_int_eq(disk.done, 0);
	ck_assert(is_open(first) && is_open(second));
	set_slow(false);
	ck_assert_int_eq(fsync_thread_finish(s, &d), 0);
	/* Another fdatasync() syncs the bytes that were written after the first one began. */
	ck_assert_int_eq(disk.done, 3);
	ck_assert(!is_open(first) && !is_open(second));
	fsync_thread_free(s);
}
END_TEST

/* The last bytes are synced too, and a failure of that is returned. */
START_TEST(last_sync_counts)
{
	int fd = file();
	struct fsync_thread *s;
	struct pwrt_diag d;

	ck_assert_int_eq(fsync_thread_new(&s, NULL, &d), 0);
	ck_assert_int_eq(fsync_thread_ask(s, fd, "trace.pwrt", &d), 0);
	ck_assert_int_eq(fsync_thread_finish(s, &d), 0);
	disk.error = EIO;
	ck_assert_int_eq(fsync_thread_close(s, fd, "trace.pwrt", &d), 0);
	ck_assert_int_eq(fsync_thread_finish(s, &d), PWRT_ESYS);
	ck_assert_int_eq(d.sys, EIO);
	ck_assert_ptr_nonnull(strstr(d.text, "trace.pwrt"));
	ck_assert_int_eq(disk.last_fd, fd);
	ck_assert_int_eq(disk.done, 2);
	ck_assert(!is_open(fd));
	fsync_thread_free(s);
}
END_TEST

/* More files than may wait: the queue is emptied, and each is synced and closed once. */
START_TEST(many_files)
{
	int fd[3 * FSYNC_CLOSES_MAX];
	const int nr = sizeof(fd) / sizeof(fd[0]);
	struct fsync_thread *s;
	struct pwrt_diag d;
	int i;

	ck_assert_int_eq(fsync_thread_new(&s, NULL, &d), 0);
	for (i = 0; i < nr; i++)
		fd[i] = file();
	for (i = 0; i < nr; i++)
		ck_assert_int_eq(fsync_thread_close(s, fd[i], "many", &d), 0);
	fsync_thread_free(s);
	ck_assert_int_eq(disk.done, nr);
	for (i = 0; i < nr; i++)
		ck_assert(!is_open(fd[i]));
}
END_TEST

/* A file without a disk is not a failure. */
START_TEST(no_disk)
{
	int fd = file();
	struct fsync_thread *s;
	struct pwrt_diag d;

	disk.error = EINVAL;
	ck_assert_int_eq(fsync_thread_new(&s, NULL, &d), 0);
	ck_assert_int_eq(fsync_thread_close(s, fd, "pipe", &d), 0);
	ck_assert_int_eq(fsync_thread_finish(s, &d), 0);
	fsync_thread_free(s);
}
END_TEST

Suite *suite_fsync_thread(void)
{
	Suite *s = suite_create("fsync_thread");
	TCase *t = tcase_create("fsync_thread");

	tcase_add_test(t, rotation_does_not_wait);
	tcase_add_test(t, last_sync_counts);
	tcase_add_test(t, many_files);
	tcase_add_test(t, no_disk);
	suite_add_tcase(s, t);
	return s;
}

/* The writer: with a thread of its own or without, and when what it writes to gives up. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "made.h"

#define NR 70000 /* several blocks, so that both halves of a writer have something to do at once */

static void no_begin(void)
{
}

static const uint8_t uuid[16] = "the same of both";

/* With a thread the file is the same, byte by byte. */
START_TEST(beside)
{
	struct pwrt_writer_options o = { .uuid = uuid };
	struct made alone, with;

	made_with(&o);
	made_file(&alone, NR);
	o.thread = no_begin;
	made_with(&o);
	made_file(&with, NR);
	ck_assert_uint_eq(alone.len, with.len);
	ck_assert(!memcmp(alone.p, with.p, alone.len));
	made_free(&alone);
	made_free(&with);
}
END_TEST

/* After a flush everything is there, whoever wrote it. */
START_TEST(flush_waits)
{
	const struct pwrt_writer_options o = { .thread = no_begin };
	const struct pwrt_info fact = { "a", "fact" };
	struct pwrt_writer *w;
	struct pwrt_diag d;
	uint64_t before;
	unsigned int i;

	made_with(&o);
	w = made_begin();
	for (i = 0; i < 100; i++) {
		before = pwrt_writer_bytes(w);
		ck_assert_int_eq(pwrt_writer_info(w, &fact, 1, &d), 0);
		ck_assert_int_eq(pwrt_writer_flush(w, &d), 0);
		ck_assert_uint_gt(pwrt_writer_bytes(w), before);
		ck_assert_uint_eq(pwrt_writer_bytes(w), pwrt_writer_whole(w));
	}
	pwrt_writer_free(w);
}
END_TEST

/* A disk that is full from the start: the error says so. */
START_TEST(full_disk)
{
	struct pwrt_writer *w = NULL;
	struct pwrt_diag d;
	int fd = open("/dev/full", O_WRONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrt_writer_new(&w, fd, NULL, &d), PWRT_EOS);
	ck_assert_int_eq(d.sys, ENOSPC);
	ck_assert_ptr_nonnull(strstr(d.text, "No space left"));
	close(fd);
}
END_TEST

#define ROOM 1000000

/* A disk that is full later, in the middle of a block: it is said, and what is whole is known. */
START_TEST(fills_up)
{
	const struct pwrt_writer_options o = { .thread = _i ? no_begin : NULL,
					       .level = PWRT_STORE };
	const struct rlimit limit = { ROOM, ROOM };
	struct pwrt_reader *r = NULL;
	struct pwrt_writer *w;
	struct pwrt_event ev;
	struct pwrt_diag d;
	uint64_t whole, nr = 0;
	unsigned int i;
	int fd = memfd_create("small", 0), ret;
	uint8_t *p;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(pwrt_writer_new(&w, fd, &o, &d), 0);
	ret = pwrt_writer_clock(w, &(struct pwrt_clock){ 1, 2, 3 }, &d);
	for (i = 0; ret == 0 && i < NR; i++) {
		made_event(i, &ev);
		ret = pwrt_writer_event(w, &ev, &d);
	}
	ck_assert_int_eq(ret, PWRT_EOS);
	ck_assert_int_eq(d.sys, EFBIG);
	/* It stays so: nobody takes the file for a good one. */
	ck_assert(!_i || pwrt_writer_finish(w, &d) == PWRT_EOS);
	whole = pwrt_writer_whole(w);
	ck_assert_uint_lt(whole, ROOM);
	ck_assert_uint_eq(pwrt_writer_bytes(w), ROOM);
	pwrt_writer_free(w);

	p = malloc(whole);
	ck_assert_int_eq(pread(fd, p, whole, 0), (ssize_t)whole);
	ck_assert_int_eq(pwrt_open_mem(&r, p, whole, NULL, &d), 0);
	while (pwrt_reader_next(r, &ev, &d) == 1)
		nr++;
	ck_assert(pwrt_reader_health(r)->cut && !pwrt_reader_health(r)->blocks_bad);
	ck_assert_uint_gt(nr, 0);
	pwrt_close(r);
	free(p);
	close(fd);
}
END_TEST

Suite *suite_writer(void)
{
	Suite *s = suite_create("writer");
	TCase *t = tcase_create("writer");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, beside);
	tcase_add_test(t, flush_waits);
	tcase_add_test(t, full_disk);
	tcase_add_loop_test(t, fills_up, 0, 2);
	suite_add_tcase(s, t);
	return s;
}

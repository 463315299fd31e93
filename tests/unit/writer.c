/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The writer: with a worker thread or without, and when its output fails or takes no data. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "format/cursor.h"
#include "format/block_writer.h"
#include "test_file.h"

#define NR 70000 /* several blocks, so that both halves of a writer have something to do at once */

static void no_begin(void)
{
}

static const uint8_t uuid[16] = "the same of both";

/* With a worker thread the file is the same, byte by byte. */
START_TEST(same_with_worker)
{
	struct pwrt_writer_options o = { .uuid = uuid };
	struct test_file alone, with;

	test_file_with(&o);
	test_file_make(&alone, NR);
	o.thread = no_begin;
	test_file_with(&o);
	test_file_make(&with, NR);
	ck_assert_uint_eq(alone.len, with.len);
	ck_assert(!memcmp(alone.p, with.p, alone.len));
	test_file_free(&alone);
	test_file_free(&with);
}
END_TEST

/* After a flush all events are in the file, with a worker thread and without. */
START_TEST(flush_waits)
{
	const struct pwrt_writer_options o = { .thread = no_begin };
	const struct pwrt_info fact = { "a", "fact" };
	struct pwrt_writer *w;
	struct pwrt_diag d;
	uint64_t before;
	unsigned int i;

	test_file_with(&o);
	w = test_file_begin();
	for (i = 0; i < 100; i++) {
		before = pwrt_writer_bytes(w);
		ck_assert_int_eq(pwrt_writer_info(w, &fact, 1, &d), 0);
		ck_assert_int_eq(pwrt_writer_flush(w, &d), 0);
		ck_assert_uint_gt(pwrt_writer_bytes(w), before);
		ck_assert_uint_eq(pwrt_writer_bytes(w), pwrt_writer_committed_bytes(w));
	}
	pwrt_writer_free(w);
}
END_TEST

/* A disk that is full from the start: the error names it. */
START_TEST(full_disk)
{
	struct pwrt_writer *w = NULL;
	struct pwrt_diag d;
	int fd = open("/dev/full", O_WRONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrt_writer_new(&w, fd, NULL, &d), PWRT_ESYS);
	ck_assert_int_eq(d.sys, ENOSPC);
	ck_assert_ptr_nonnull(strstr(d.text, "No space left"));
	close(fd);
}
END_TEST

#define ROOM 1000000

/* A disk that is full later, in the middle of a block: an error, and the size of whole blocks. */
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
		test_file_event(i, &ev);
		ret = pwrt_writer_event(w, &ev, &d);
	}
	ck_assert_int_eq(ret, PWRT_ESYS);
	ck_assert_int_eq(d.sys, EFBIG);
	/* The error stays: the file does not become complete. */
	ck_assert(!_i || pwrt_writer_finish(w, &d) == PWRT_ESYS);
	whole = pwrt_writer_committed_bytes(w);
	ck_assert_uint_lt(whole, ROOM);
	ck_assert_uint_eq(pwrt_writer_bytes(w), ROOM);
	pwrt_writer_free(w);

	p = malloc(whole);
	ck_assert_int_eq(pread(fd, p, whole, 0), (ssize_t)whole);
	ck_assert_int_eq(pwrt_open_mem(&r, p, whole, NULL, &d), 0);
	while (pwrt_reader_next(r, &ev, &d) == 1)
		nr++;
	ck_assert(pwrt_reader_integrity(r)->cut && !pwrt_reader_integrity(r)->blocks_bad);
	ck_assert_uint_gt(nr, 0);
	pwrt_close(r);
	free(p);
	close(fd);
}
END_TEST

#define ROUNDS 50

/* A file that is closed before it is finished: the next file with that number stays as it is. */
START_TEST(stop_before_close)
{
	const struct pwrt_writer_options o = { .thread = no_begin, .level = PWRT_STORE };
	unsigned int round, i;

	for (round = 0; round < ROUNDS; round++) {
		int fd = memfd_create("first", 0), keep = dup(fd), other;
		struct pwrt_writer *w;
		struct pwrt_event ev;
		struct pwrt_diag d;
		uint64_t whole;

		ck_assert_int_eq(pwrt_writer_new(&w, fd, &o, &d), 0);
		ck_assert_int_eq(pwrt_writer_clock(w, &(struct pwrt_clock){ 1, 2, 3 }, &d), 0);
		for (i = 0; i < 16384; i++) {
			test_file_event(i, &ev);
			ck_assert_int_eq(pwrt_writer_event(w, &ev, &d), 0);
		}
		pwrt_writer_stop(w);
		whole = pwrt_writer_committed_bytes(w);
		ck_assert_int_eq(ftruncate(fd, (off_t)whole), 0);
		close(fd);
		other = memfd_create("other", 0);
		ck_assert_int_eq(other, fd);
		pwrt_writer_free(w);
		ck_assert_int_eq(lseek(other, 0, SEEK_END), 0);
		ck_assert_int_eq(lseek(keep, 0, SEEK_END), (off_t)whole);
		close(other);
		close(keep);
	}
}
END_TEST

/* An output that takes data later or never, and the writer that waits for it. */
struct blocked {
	struct pwrt_writer *w;
	unsigned int calls; /* of waiting() */
	int to, from;	    /* where its data goes in, and where it comes out */
	pthread_t reader;
	bool reading;
	uint8_t *p;
	size_t len, cap;
};

/* After the output is full. */
static void give_up(void *arg)
{
	struct blocked *b = arg;
	struct pollfd room = { .fd = b->to, .events = POLLOUT };

	b->calls++;
	if (b->w && poll(&room, 1, 0) == 0)
		pwrt_writer_cancel(b->w);
}

static void *read_all(void *arg)
{
	struct blocked *b = arg;
	ssize_t n;

	do {
		if (b->cap - b->len < 65536) {
			b->cap = b->cap * 2 + 65536;
			b->p = realloc(b->p, b->cap);
		}
		n = read(b->from, b->p + b->len, b->cap - b->len);
		b->len += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	return NULL;
}

static void begin_reading(void *arg)
{
	struct blocked *b = arg;

	if (++b->calls == 3 && !b->reading) {
		b->reading = true;
		pthread_create(&b->reader, NULL, read_all, b);
	}
}

enum { BLOCKED_PIPE, BLOCKED_SOCKET, NR_BLOCKED };

static void make_blocked(int kind, int fds[2])
{
	if (kind == BLOCKED_PIPE)
		ck_assert_int_eq(pipe(fds), 0);
	else
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
}

/* Writes events until the writer fails, or there are NR. */
static int write_events(struct pwrt_writer *w, struct pwrt_diag *d)
{
	int ret = pwrt_writer_clock(w, &(struct pwrt_clock){ 1, 2, 3 }, d);
	struct pwrt_event ev;
	unsigned int i;

	for (i = 0; ret == 0 && i < NR; i++) {
		test_file_event(i, &ev);
		ret = pwrt_writer_event(w, &ev, d);
	}
	return ret;
}

/* A pipe or a socket that is not read: cancelling ends the wait, and the blocks before are whole. */
START_TEST(cancel_blocked)
{
	struct blocked b = { 0 };
	const struct pwrt_writer_options o = {
		.thread = no_begin, .level = PWRT_STORE, .waiting = give_up, .waiting_arg = &b
	};
	struct pwrt_reader *r = NULL;
	struct pwrt_event ev;
	struct pwrt_diag d;
	uint64_t whole;
	int fds[2];

	make_blocked(_i, fds);
	b.from = fds[_i == BLOCKED_SOCKET];
	b.to = fds[_i == BLOCKED_PIPE];
	ck_assert_int_eq(pwrt_writer_new(&b.w, b.to, &o, &d), 0);
	ck_assert_int_eq(write_events(b.w, &d), PWRT_ESYS);
	ck_assert_int_eq(d.sys, ECANCELED);
	ck_assert_ptr_nonnull(strstr(d.text, "gave up writing"));
	ck_assert_int_eq(pwrt_writer_flush(b.w, &d), PWRT_ESYS);
	ck_assert_int_eq(pwrt_writer_finish(b.w, &d), PWRT_ESYS);
	ck_assert_uint_ge(b.calls, 1);
	pwrt_writer_stop(b.w);
	whole = pwrt_writer_committed_bytes(b.w);
	ck_assert_uint_ge(pwrt_writer_bytes(b.w), whole);
	ck_assert_uint_gt(pwrt_writer_bytes(b.w), 4096);
	pwrt_writer_free(b.w);
	close(b.to);

	read_all(&b);
	ck_assert_uint_ge(b.len, whole);
	ck_assert_int_eq(pwrt_open_mem(&r, b.p, whole, NULL, &d), 0);
	while (pwrt_reader_next(r, &ev, &d) == 1)
		;
	ck_assert(pwrt_reader_integrity(r)->cut && !pwrt_reader_integrity(r)->blocks_bad);
	pwrt_close(r);
	free(b.p);
	close(b.from);
}
END_TEST

/* A pipe that is full from the start. */
START_TEST(blocked_at_once)
{
	struct blocked b = { 0 };
	const struct pwrt_writer_options o = { .thread = no_begin,
					       .waiting = give_up,
					       .waiting_arg = &b };
	static const uint8_t zeros[4096];
	struct pwrt_diag d;
	int fds[2];

	make_blocked(BLOCKED_PIPE, fds);
	ck_assert_int_eq(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
	while (write(fds[1], zeros, sizeof(zeros)) > 0)
		;
	ck_assert_int_eq(fcntl(fds[1], F_SETFL, 0), 0);
	b.to = fds[1];
	ck_assert_int_eq(pwrt_writer_new(&b.w, fds[1], &o, &d), 0);
	ck_assert_int_eq(pwrt_writer_flush(b.w, &d), PWRT_ESYS);
	ck_assert_int_eq(d.sys, ECANCELED);
	ck_assert_uint_eq(pwrt_writer_bytes(b.w), 0);
	pwrt_writer_free(b.w);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

/* A reader that begins late gets a complete file. */
START_TEST(late_reader)
{
	struct blocked b = { 0 };
	const struct pwrt_writer_options o = {
		.thread = no_begin, .level = PWRT_STORE, .waiting = begin_reading, .waiting_arg = &b
	};
	struct pwrt_reader *r = NULL;
	struct pwrt_event ev;
	struct pwrt_diag d;
	unsigned int nr = 0;
	int fds[2];

	make_blocked(BLOCKED_PIPE, fds);
	b.from = fds[0];
	ck_assert_int_eq(pwrt_writer_new(&b.w, fds[1], &o, &d), 0);
	ck_assert_int_eq(write_events(b.w, &d), 0);
	ck_assert_int_eq(pwrt_writer_finish(b.w, &d), 0);
	pwrt_writer_free(b.w);
	close(fds[1]);
	ck_assert(b.reading);
	pthread_join(b.reader, NULL);
	ck_assert_int_eq(pwrt_open_mem(&r, b.p, b.len, NULL, &d), 0);
	while (pwrt_reader_next(r, &ev, &d) == 1)
		nr++;
	ck_assert_uint_eq(nr, NR);
	ck_assert(pwrt_reader_integrity(r)->complete);
	pwrt_close(r);
	free(b.p);
	close(fds[0]);
}
END_TEST

/* More blocks than an index may have: it takes no memory any more, and the file is complete
 * without. */
START_TEST(no_index)
{
	static const uint8_t zeros[16];
	struct batch g = { 0 };
	struct block_writer e;
	struct pwrt_diag d;
	size_t most = 0, len;
	uint32_t i, id;
	int fd = open("/dev/null", O_WRONLY);

	ck_assert_int_eq(block_writer_init(&e, fd, false, PWRT_STORE, 1, &d), 0);
	ck_assert_int_eq(block_writer_section(&e, zeros, &d), 0);
	for (i = 0; i < INDEX_MAX + 2; i++) {
		struct pending_entries *p = &g.tables[TABLE_INFO];

		table_put(&table_descs[TABLE_INFO], &p->columns, p->prev,
			  &(struct pwrt_info){ "k", "v" });
		p->nr = 1;
		if (block_writer_batch(&e, &g, &d))
			ck_abort_msg("block %u: %s", i, d.text);
		for (len = 0, id = 0; id < COLUMNS_MAX; id++)
			len += e.index.columns.col[id].cap;
		most = len > most ? len : most;
	}
	ck_assert_uint_gt(most, INDEX_MAX);
	ck_assert_uint_lt(most, 32u * INDEX_MAX);
	ck_assert_uint_eq(len, 0);
	ck_assert_int_eq(block_writer_end(&e, 0, 0, &d), 0);
	/* The end block, which has the number, is the last one. */
	ck_assert_uint_eq(get_le(e.block.p + e.block.len - 8, 8), 0);
	ck_assert_uint_eq(get_le(e.block.p + 4, 2), BLOCK_END);
	columns_free(&g.tables[TABLE_INFO].columns);
	block_writer_free(&e);
	close(fd);
}
END_TEST

Suite *suite_writer(void)
{
	Suite *s = suite_create("writer");
	TCase *t = tcase_create("writer");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, same_with_worker);
	tcase_add_test(t, flush_waits);
	tcase_add_test(t, full_disk);
	tcase_add_loop_test(t, fills_up, 0, 2);
	tcase_add_test(t, stop_before_close);
	tcase_add_loop_test(t, cancel_blocked, 0, NR_BLOCKED);
	tcase_add_test(t, blocked_at_once);
	tcase_add_test(t, late_reader);
	tcase_add_test(t, no_index);
	suite_add_tcase(s, t);
	return s;
}

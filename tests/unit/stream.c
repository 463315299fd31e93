/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets that are handed out while a recording goes on: when, in which order, and with which fate.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "replay/stream.h"
#include "trail.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct seen {
	const struct trace *t;
	char text[1 << 18];
	size_t len;
	int stop; /* result after the first packet */
};

/* Adds "1 dropped 3@9 ": a packet, its fate, its events, and the number of events read so far. */
static int see(void *arg, const struct packet *p, const struct hops *h)
{
	struct seen *s = arg;

	ck_assert_ptr_nonnull(h);
	s->len += (size_t)snprintf(s->text + s->len, sizeof(s->text) - s->len, "%u %s %u@%u ",
				   (unsigned int)p->id, fate_names[p->fate], p->events,
				   (unsigned int)s->t->nr_events);
	return s->stop;
}

/* Streams the events. less: bytes that the reader's limit leaves free, or 0. Returns its result. */
static int stream(const struct trail_event *events, size_t nr, uint64_t less, struct seen *s)
{
	const struct selection all = { 0 };
	struct trace t = { .spool = -1 };
	struct pwrt_memory *memory;
	struct pwrt_diag d;
	char name[32];
	int ret;

	trail_save(name, events, nr);
	ck_assert_int_eq(trace_open(&t, name, false, NULL, &d), 0);
	unlink(name);
	t.live = true;
	s->t = &t;
	memory = pwrt_reader_memory(t.r);
	if (less)
		memory->limit = memory->used + less;
	ret = stream_each(&t, &all, 0, see, NULL, s, &d);
	trace_close(&t);
	return ret;
}

/* A copy that was delivered gives its fate to its original: both wait for the last one to end. */
START_TEST(families)
{
	static const struct trail_event events[] = {
		{ .packet = 1, .func = "ip_rcv" },
		{ .packet = 2, .parent = 1, .func = "__udp_enqueue_schedule_skb" },
		{ .packet = 3, .func = "ip_rcv" },
		{ .packet = 1, .func = "consume_skb", .freed = true },
		{ .packet = 3,
		  .func = "sk_skb_reason_drop",
		  .reason = "NETFILTER_DROP",
		  .freed = true },
		{ .packet = 2, .func = "consume_skb", .freed = true },
	};
	static struct seen s;

	ck_assert_int_eq(stream(events, COUNT(events), 0, &s), 0);
	ck_assert_str_eq(s.text, "1 delivered 2@6 2 delivered 2@6 3 dropped 2@6 ");
}
END_TEST

START_TEST(callback_stops)
{
	static const struct trail_event events[] = {
		{ .packet = 1, .func = "ip_rcv", .freed = true },
		{ .packet = 2, .func = "ip_rcv", .freed = true },
	};
	static struct seen s = { .stop = PWRT_ESYS };

	ck_assert_int_eq(stream(events, COUNT(events), 0, &s), PWRT_ESYS);
	ck_assert_str_eq(s.text, "1 consumed 1@2 ");
}
END_TEST

#define MANY 8000

static unsigned int count(const char *text, const char *part)
{
	unsigned int nr = 0;

	for (; (text = strstr(text, part)); text++)
		nr++;
	return nr;
}

/* Packets without an end: where memory is short, the oldest is handed out while the others come. */
START_TEST(memory_short)
{
	static struct trail_event events[MANY];
	static struct seen s;
	unsigned int first, at;
	size_t i;

	for (i = 0; i < MANY; i++)
		events[i] = (struct trail_event){ .packet = i + 1, .func = "ip_rcv" };
	ck_assert_int_eq(stream(events, MANY, 4 << 20, &s), 0);
	ck_assert_int_eq(sscanf(s.text, "%u unknown 1@%u", &first, &at), 2);
	ck_assert_uint_eq(first, 1);
	ck_assert_uint_lt(at, MANY);
	s.len = 0;
	ck_assert_int_eq(stream(events, MANY, 16 << 20, &s), 0);
	ck_assert_int_eq(sscanf(s.text, "%u unknown 1@%u", &first, &at), 2);
	ck_assert_uint_eq(first, 1);
	ck_assert_uint_lt(at, MANY);
	/* From there on, one is handed out for each that comes: as many wait at the end as then. */
	ck_assert_uint_gt(count(s.text, "@8000 "), at / 2);
	ck_assert_uint_le(count(s.text, "@8000 "), at);
	s.len = 0;
	ck_assert_int_eq(stream(events, MANY, 64, &s), PWRT_ENOMEM);
}
END_TEST

/* Closes the writing end of a pipe. */
static int close_pipe(void *arg, const struct packet *p, const struct hops *h)
{
	int *fd = arg;

	(void)p;
	(void)h;
	ck_assert_int_ge(*fd, 0);
	close(*fd);
	*fd = -1;
	return 0;
}

/* Returns the offset of the last block, by the magic number that each one begins with. */
static size_t last_block(const char *bytes, size_t len)
{
	size_t at = len - 4;

	while (memcmp(bytes + at, bytes, 4))
		at--;
	return at;
}

/* A pipe whose writer pauses after one packet: it is printed before the pipe ends. */
START_TEST(writer_pauses)
{
	static const struct trail_event events[] = {
		{ .func = "ip_rcv" },
		{ .func = "consume_skb", .freed = true },
	};
	const struct selection all = { 0 };
	struct trace t = { .spool = -1 };
	struct pwrt_diag d;
	char name[32], path[32], bytes[65536];
	int fds[2], ret;
	size_t len;
	FILE *f;

	trail_save(name, events, COUNT(events));
	f = fopen(name, "r");
	ck_assert_ptr_nonnull(f);
	len = last_block(bytes, fread(bytes, 1, sizeof(bytes), f));
	fclose(f);
	unlink(name);
	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], bytes, len), (ssize_t)len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	ck_assert_int_eq(trace_open(&t, path, false, NULL, &d), 0);
	t.live = true;
	ret = stream_each(&t, &all, 0, close_pipe, NULL, &fds[1], &d);
	ck_assert_int_eq(ret, 0);
	ck_assert_int_eq(fds[1], -1);
	trace_close(&t);
	close(fds[0]);
}
END_TEST

static bool note_wait(void *arg)
{
	unsigned int *waits = arg;

	return ++*waits < 3;
}

/* A file that grows: the reader calls back at its end, and reads what was appended. */
START_TEST(file_grows)
{
	static const struct trail_event events[] = { { .func = "ip_rcv" }, { .func = "ip_rcv" } };
	const struct pwrt_limits grows = { .grows = true };
	struct pwrt_reader *r;
	struct pwrt_event ev;
	struct pwrt_diag d;
	unsigned int waits = 0;
	char name[32], bytes[65536];
	size_t len, cut;
	FILE *f;

	trail_save(name, events, COUNT(events));
	f = fopen(name, "r+");
	ck_assert_ptr_nonnull(f);
	len = fread(bytes, 1, sizeof(bytes), f);
	cut = len - 100; /* inside the blocks behind the events */
	ck_assert_int_eq(ftruncate(fileno(f), (off_t)cut), 0);
	ck_assert_int_eq(pwrt_open(&r, name, &grows, &d), 0);
	pwrt_reader_on_wait(r, note_wait, &waits);
	/* The callback ends the input the third time. */
	while (pwrt_reader_next(r, &ev, &d) == 1)
		;
	ck_assert_uint_eq(waits, 3);
	ck_assert(!pwrt_reader_integrity(r)->complete);
	pwrt_close(r);

	waits = 0;
	ck_assert_int_eq(pwrt_open(&r, name, &grows, &d), 0);
	fseek(f, (long)cut, SEEK_SET);
	ck_assert_uint_eq(fwrite(bytes + cut, 1, len - cut, f), len - cut);
	fclose(f);
	pwrt_reader_on_wait(r, note_wait, &waits);
	while (pwrt_reader_next(r, &ev, &d) == 1)
		;
	/* The end block ends the input without a wait. */
	ck_assert_uint_eq(waits, 0);
	ck_assert(pwrt_reader_integrity(r)->complete);
	pwrt_close(r);
	unlink(name);
}
END_TEST

Suite *suite_stream(void)
{
	Suite *s = suite_create("stream");
	TCase *t = tcase_create("stream");

	tcase_add_test(t, families);
	tcase_add_test(t, callback_stops);
	tcase_add_test(t, memory_short);
	tcase_add_test(t, writer_pauses);
	tcase_add_test(t, file_grows);
	suite_add_tcase(s, t);
	return s;
}

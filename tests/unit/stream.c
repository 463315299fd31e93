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

/* Takes most of the free memory for good. flow: of the last packet. */
struct taker {
	struct pwrt_memory *memory;
	uint64_t taken;
	unsigned int flow;
};

static int take_memory(void *arg, const struct packet *p, const struct hops *h)
{
	struct taker *k = arg;

	(void)h;
	k->flow = p->flow;
	if (k->taken)
		return 0;
	k->taken = (k->memory->limit - k->memory->used) / 4 * 3;
	ck_assert(pwrt_memory_take(k->memory, k->taken));
	return 0;
}

/* Memory that the callback keeps is not a reason to begin anew at each event. */
START_TEST(memory_of_the_callback)
{
	static struct trail_event events[MANY];
	const struct selection all = { 0 };
	struct trace t = { .spool = -1 };
	struct taker k = { 0 };
	struct pwrt_diag d;
	char name[32];
	size_t i;

	for (i = 0; i < MANY; i++)
		events[i] =
			(struct trail_event){ .packet = i + 1, .func = "ip_rcv", .freed = true };
	trail_save(name, events, MANY);
	ck_assert_int_eq(trace_open(&t, name, false, NULL, &d), 0);
	unlink(name);
	t.live = true;
	k.memory = pwrt_reader_memory(t.r);
	k.memory->limit = k.memory->used + (16 << 20);
	ck_assert_int_eq(stream_each(&t, &all, 0, take_memory, NULL, &k, &d), 0);
	ck_assert_uint_gt(k.taken, 0);
	ck_assert_uint_lt(k.flow, 10);
	pwrt_memory_give(k.memory, k.taken);
	trace_close(&t);
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

/* Counts the calls for packets and without events. Closes the writing end after some of these. */
struct waits {
	int fd;
	unsigned int packets, idle;
};

static int count_packet(void *arg, const struct packet *p, const struct hops *h)
{
	struct waits *w = arg;

	(void)p;
	(void)h;
	w->packets++;
	return 0;
}

static int count_idle(void *arg)
{
	struct waits *w = arg;

	if (++w->idle == 5)
		close(w->fd);
	return 0;
}

static int stop_idle(void *arg)
{
	count_idle(arg);
	return 7;
}

/* Returns the offset of the last block, by the magic number that each one begins with. */
static size_t last_block(const char *bytes, size_t len)
{
	size_t at = len - 4;

	while (memcmp(bytes + at, bytes, 4))
		at--;
	return at;
}

/* Opens a pipe with a recording of one packet that has ended; its writer pauses. */
static void open_pipe(struct trace *t, int fds[2])
{
	static const struct trail_event events[] = {
		{ .func = "ip_rcv" },
		{ .func = "consume_skb", .freed = true },
	};
	struct pwrt_diag d;
	char name[32], path[32], bytes[65536];
	size_t len;
	FILE *f;

	*t = (struct trace){ .spool = -1 };
	trail_save(name, events, COUNT(events));
	f = fopen(name, "r");
	ck_assert_ptr_nonnull(f);
	len = last_block(bytes, fread(bytes, 1, sizeof(bytes), f));
	fclose(f);
	unlink(name);
	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], bytes, len), (ssize_t)len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	ck_assert_int_eq(trace_open(t, path, false, NULL, &d), 0);
	t->live = true;
}

/* The packet is printed before the pipe ends. */
START_TEST(writer_pauses)
{
	const struct selection all = { 0 };
	struct pwrt_diag d;
	struct trace t;
	int fds[2], ret;

	open_pipe(&t, fds);
	ret = stream_each(&t, &all, 0, close_pipe, NULL, &fds[1], &d);
	ck_assert_int_eq(ret, 0);
	ck_assert_int_eq(fds[1], -1);
	trace_close(&t);
	close(fds[0]);
}
END_TEST

START_TEST(idle_callback)
{
	const struct selection all = { 0 };
	struct waits w = { 0 };
	struct pwrt_diag d;
	struct trace t;
	int fds[2];

	open_pipe(&t, fds);
	w.fd = fds[1];
	ck_assert_int_eq(stream_packets(&t, &all, count_packet, count_idle, &w, &d), 0);
	ck_assert_uint_eq(w.packets, 1);
	ck_assert_uint_eq(w.idle, 5);
	trace_close(&t);
	close(fds[0]);

	open_pipe(&t, fds);
	w = (struct waits){ .fd = -1 };
	ck_assert_int_eq(stream_each(&t, &all, 0, count_packet, stop_idle, &w, &d), 7);
	ck_assert_uint_eq(w.idle, 1);
	trace_close(&t);
	close(fds[0]);
	close(fds[1]);
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
	tcase_add_test(t, memory_of_the_callback);
	tcase_add_test(t, writer_pauses);
	tcase_add_test(t, idle_callback);
	tcase_add_test(t, file_grows);
	suite_add_tcase(s, t);
	return s;
}

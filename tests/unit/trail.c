/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "trail.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMES_MAX 64
#define FRAMES_IN_TEST 6

/* Distinct texts; the index of one is its id in the file. */
struct names {
	const char *text[NAMES_MAX];
	uint32_t nr;
};

static uint32_t id_of(struct names *n, const char *text)
{
	uint32_t i;

	if (!text)
		return PWRT_NONE;
	for (i = 0; i < n->nr; i++)
		if (!strcmp(n->text[i], text))
			return i;
	ck_assert_uint_lt(n->nr, NAMES_MAX);
	n->text[n->nr] = text;
	return n->nr++;
}

struct tables {
	struct names funcs, callers, netns, reasons, keys;
	uint32_t nr_stacks; /* of the events so far: each has one of its own */
};

static void collect(struct tables *t, const struct trail_event *events, size_t nr)
{
	size_t i, k;

	id_of(&t->keys, "ret");
	for (i = 0; i < nr; i++) {
		id_of(&t->funcs, events[i].func);
		id_of(&t->callers, events[i].caller);
		for (k = 0; k < FRAMES_IN_TEST && events[i].stack[k]; k++)
			id_of(&t->callers, events[i].stack[k]);
		id_of(&t->netns, events[i].netns);
		id_of(&t->reasons, events[i].reason);
		id_of(&t->keys, events[i].key);
		id_of(&t->keys, events[i].key2);
	}
}

static void write_tables(struct pwrt_writer *w, const struct tables *t)
{
	struct pwrt_diag d;
	uint32_t i;

	for (i = 0; i < t->funcs.nr; i++) {
		struct pwrt_func f = { i, t->funcs.text[i], "", "", 0, PWRT_FUNC_ATTACHED };

		ck_assert_int_eq(pwrt_writer_func(w, &f, &d), 0);
	}
	for (i = 0; i < t->callers.nr; i++)
		ck_assert_int_eq(
			pwrt_writer_caller(w, &(struct pwrt_caller){ i, t->callers.text[i], "", 1 },
					   &d),
			0);
	for (i = 0; i < t->netns.nr; i++) {
		ck_assert_int_eq(
			pwrt_writer_netns(w, &(struct pwrt_netns){ i + 1, t->netns.text[i] }, &d),
			0);
		ck_assert_int_eq(pwrt_writer_dev(w, &(struct pwrt_dev){ i + 1, 2, "eth0" }, &d), 0);
	}
	for (i = 0; i < t->reasons.nr; i++) {
		struct pwrt_enum e = { "skb_drop_reason", t->reasons.text[i], 100 + i };

		ck_assert_int_eq(pwrt_writer_enum(w, &e, &d), 0);
	}
	for (i = 0; i < t->keys.nr; i++)
		ck_assert_int_eq(pwrt_writer_key(w, &(struct pwrt_key){ t->keys.text[i] }, &d), 0);
}

static void write_stacks(struct pwrt_writer *w, struct tables *t, const struct trail_event *events,
			 size_t nr)
{
	uint32_t frames[FRAMES_IN_TEST];
	struct pwrt_stack s = { { frames, 0 } };
	struct pwrt_diag d;
	size_t i;

	for (i = 0; i < nr; i++) {
		for (s.callers.nr = 0;
		     s.callers.nr < FRAMES_IN_TEST && events[i].stack[s.callers.nr]; s.callers.nr++)
			frames[s.callers.nr] = id_of(&t->callers, events[i].stack[s.callers.nr]);
		if (s.callers.nr)
			ck_assert_int_eq(pwrt_writer_stack(w, &s, &d), 0);
	}
}

static void put_text(struct pwrt_values *to, struct tables *t, const char *key, const char *text)
{
	const struct pwrt_value v = { .key = id_of(&t->keys, key),
				      .type = PWRT_VALUE_TEXT,
				      .bytes = (const uint8_t *)text,
				      .len = strlen(text) };

	ck_assert(pwrt_value_put(to, &v));
}

static void put_values(struct pwrt_values *to, struct tables *t, const struct trail_event *e)
{
	struct pwrt_value ret = { .type = PWRT_VALUE_SIGNED, .num = (uint64_t)e->ret };

	to->len = 0;
	if (e->ret)
		ck_assert(pwrt_value_put(to, &ret));
	if (e->key)
		put_text(to, t, e->key, e->text);
	if (e->key2)
		put_text(to, t, e->key2, e->text2);
}

static void put_16(uint8_t *at, uint16_t n)
{
	at[0] = (uint8_t)(n >> 8);
	at[1] = (uint8_t)n;
}

#define IP_BYTES 20
#define TCP_BYTES 40
#define UDP_BYTES 28

/* An IPv4 header and a UDP or TCP header: RFC 791, RFC 768, RFC 9293. Returns their bytes. */
static uint16_t put_headers(uint8_t hdr[TCP_BYTES], const struct trail_event *e)
{
	memset(hdr, 0, TCP_BYTES);
	hdr[0] = 0x45;
	hdr[3] = UDP_BYTES;
	hdr[8] = e->ttl ? e->ttl : 64;
	hdr[9] = 17;
	hdr[12] = hdr[16] = 10;
	hdr[15] = e->src ? e->src : 1;
	hdr[19] = e->dst ? e->dst : 9;
	if (e->is_icmp_cut) {
		hdr[9] = 1;
		return 20;
	}
	if (e->icmp_type) {
		hdr[9] = 1;
		hdr[20] = e->icmp_type;
		return UDP_BYTES;
	}
	put_16(hdr + 20, e->sport ? e->sport : 4000);
	put_16(hdr + 22, e->dport ? e->dport : 53);
	if (!e->tcp_flags)
		return UDP_BYTES;
	hdr[3] = (uint8_t)(TCP_BYTES + e->data);
	hdr[9] = 6;
	put_16(hdr + 24, (uint16_t)(e->seq >> 16));
	put_16(hdr + 26, (uint16_t)e->seq);
	hdr[32] = 5 << 4;
	hdr[33] = e->tcp_flags;
	return TCP_BYTES;
}

/* Does that behind the outer header of a tunnel, where the event is in one: RFC 2003. */
static uint16_t put_packet(uint8_t hdr[IP_BYTES + TCP_BYTES], const struct trail_event *e)
{
	static const uint8_t outer[IP_BYTES] = {
		0x45, 0, 0,  IP_BYTES + TCP_BYTES, 0, 0, 0, 0, 64, 4, 0, 0, 10, 0, 0, 100, 10,
		0,    0, 200
	};

	if (!e->in_tunnel)
		return put_headers(hdr, e);
	memcpy(hdr, outer, sizeof(outer));
	return IP_BYTES + put_headers(hdr + IP_BYTES, e);
}

static void write_event(struct pwrt_writer *w, struct tables *t, const struct trail_event *e,
			uint64_t ts_ns)
{
	struct pwrt_values values;
	uint8_t hdr[IP_BYTES + TCP_BYTES];
	struct pwrt_event ev = {
		.ts_ns = ts_ns,
		.packet = e->packet ? e->packet : 1,
		.parent = e->parent,
		.func = e->func ? id_of(&t->funcs, e->func) : 1000,
		.sp = 0xffffc90000003f00u - e->depth * 64,
		.caller = id_of(&t->callers, e->caller),
		.stack = *e->stack ? t->nr_stacks++ : PWRT_NONE,
		.task = PWRT_NONE,
		.dev = id_of(&t->netns, e->netns),
		.reason = e->reason ? 100 + id_of(&t->reasons, e->reason) : PWRT_NONE,
		.cpu = e->cpu,
		.mark = e->mark,
		.len = e->len ? e->len : 28,
		.hdr = hdr,
		.flags = e->freed ? PWRT_EV_FREED : 0,
	};
	struct pwrt_diag d;

	ev.hdr_len = put_packet(hdr, e);
	put_values(&values, t, e);
	if (e->is_return || (values.len && !e->is_entry))
		ev.flags |= PWRT_EV_RETURN;
	if (values.len) {
		ev.values = values.bytes;
		ev.values_len = values.len;
	}
	ck_assert_int_eq(pwrt_writer_event(w, &ev, &d), 0);
}

static const struct trail_extra *extra;

void trail_with(const struct trail_extra *e)
{
	extra = e;
}

static void write_extra(struct pwrt_writer *w)
{
	uint32_t i;
	size_t nr = 0;
	struct pwrt_diag d;

	while (extra && nr < 8 && extra->facts[nr].key)
		nr++;
	if (nr)
		ck_assert_int_eq(pwrt_writer_info(w, extra->facts, nr, &d), 0);
	for (i = 0; extra && i < 2 && extra->left_out[i]; i++) {
		const struct pwrt_func f = { NAMES_MAX + i,	extra->left_out[i], "", "", 0,
					     PWRT_FUNC_FILTERED };

		ck_assert_int_eq(pwrt_writer_func(w, &f, &d), 0);
	}
	if (extra && extra->lost.from_ns)
		ck_assert_int_eq(pwrt_writer_lost(w, &extra->lost, &d), 0);
}

static void write_end(struct pwrt_writer *w, uint64_t last_ns)
{
	const uint64_t after = extra && extra->recorded_ns ? extra->recorded_ns : 10000000000;
	const struct pwrt_clock clock = { last_ns + after, last_ns + after + 1000, 30 };
	struct pwrt_diag d;

	ck_assert_int_eq(pwrt_writer_clock(w, &clock, &d), 0);
}

static void make(struct test_file *m, const struct trail_event *events, size_t nr)
{
	uint64_t later = 0;
	struct pwrt_writer *w = test_file_begin();
	struct tables t = { 0 };
	size_t i;

	collect(&t, events, nr);
	write_extra(w);
	write_tables(w, &t);
	write_stacks(w, &t, events, nr);
	for (i = 0; i < nr; i++)
		write_event(w, &t, &events[i], 1000 + i + (later += events[i].after_ns));
	write_end(w, 1000 + nr + later);
	test_file_end(w, m);
}

static void save(char name[32], const struct test_file *m)
{
	int fd;

	snprintf(name, 32, "/tmp/trail-XXXXXX");
	fd = mkstemp(name);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, m->p, m->len), (ssize_t)m->len);
	close(fd);
}

void trail_save(char name[32], const struct trail_event *events, size_t nr)
{
	struct test_file m;

	make(&m, events, nr);
	save(name, &m);
	test_file_free(&m);
}

void trail_scan(struct trace *t, char name[32], const struct trail_event *events, size_t nr,
		const struct selection *sel)
{
	struct pwrt_diag d;

	trail_save(name, events, nr);
	ck_assert_int_eq(trace_open(t, name, true, NULL, &d), 0);
	t->wants_facts = true;
	ck_assert_int_eq(trace_scan(t, sel, &d), 0);
}

void trail_load(struct trail *t, const struct trail_event *events, size_t nr)
{
	const struct selection all = { 0 };
	struct pwrt_diag d;
	char name[32];

	make(&t->m, events, nr);
	save(name, &t->m);
	ck_assert_int_eq(trace_open(&t->t, name, true, NULL, &d), 0);
	ck_assert_int_eq(trace_scan(&t->t, &all, &d), 0);
	ck_assert_int_eq(paths_load(&t->paths, &t->nr, &t->t, &all, &d), 0);
	unlink(name);
}

void trail_free(struct trail *t)
{
	trace_close(&t->t);
	test_file_free(&t->m);
}

void trail_compare_with(struct trail_pair *p, const struct trail_extra *good_extra,
			const struct trail_event *good, size_t nr_good,
			const struct trail_extra *bad_extra, const struct trail_event *bad,
			size_t nr_bad)
{
	struct trail *g = &p->good, *b = &p->bad;
	struct pwrt_diag d;

	trail_with(good_extra);
	trail_load(g, good, nr_good);
	trail_with(bad_extra);
	trail_load(b, bad, nr_bad);
	trail_with(NULL);
	ck_assert_int_eq(compare(&p->c, g->paths, g->nr, b->paths, b->nr, &d), 0);
	verdict_fill(&p->v, &p->c, &b->t);
}

void trail_compare(struct trail_pair *p, const struct trail_event *good, size_t nr_good,
		   const struct trail_event *bad, size_t nr_bad)
{
	trail_compare_with(p, NULL, good, nr_good, NULL, bad, nr_bad);
}

void trail_pair_free(struct trail_pair *p)
{
	compare_free(&p->c);
	trail_free(&p->good);
	trail_free(&p->bad);
}

void trail_explain(struct verdict *v, const struct trail_event *good, size_t nr_good,
		   const struct trail_event *bad, size_t nr_bad)
{
	struct trail_pair p;

	trail_compare(&p, good, nr_good, bad, nr_bad);
	*v = p.v;
	trail_pair_free(&p);
}

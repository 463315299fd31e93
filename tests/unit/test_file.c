/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "test_file.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "format/block.h"
#include "format/cursor.h"

static int test_file_fd;
static struct pwrt_writer_options test_file_options;

void test_file_with(const struct pwrt_writer_options *o)
{
	test_file_options = *o;
}

struct pwrt_writer *test_file_new(void)
{
	struct pwrt_writer *w = NULL;
	struct pwrt_diag d;

	test_file_fd = memfd_create("made", 0);
	ck_assert_int_ge(test_file_fd, 0);
	ck_assert_int_eq(pwrt_writer_new(&w, test_file_fd, &test_file_options, &d), 0);
	return w;
}

struct pwrt_writer *test_file_begin(void)
{
	const struct pwrt_clock clock = { 1000, 2000, 30 };
	struct pwrt_writer *w = test_file_new();
	struct pwrt_diag d;

	ck_assert_int_eq(pwrt_writer_clock(w, &clock, &d), 0);
	return w;
}

void test_file_end(struct pwrt_writer *w, struct test_file *m)
{
	struct pwrt_diag d;

	ck_assert_int_eq(pwrt_writer_finish(w, &d), 0);
	m->len = pwrt_writer_bytes(w);
	m->p = malloc(m->len);
	ck_assert_int_eq(pread(test_file_fd, m->p, m->len, 0), (ssize_t)m->len);
	close(test_file_fd);
	pwrt_writer_free(w);
}

void test_file_end_at(struct pwrt_writer *w, size_t without, char path[32])
{
	struct pwrt_diag d;

	ck_assert_int_eq(pwrt_writer_finish(w, &d), 0);
	ck_assert_int_eq(ftruncate(test_file_fd, (off_t)(pwrt_writer_bytes(w) - without)), 0);
	snprintf(path, 32, "/proc/self/fd/%d", test_file_fd);
	pwrt_writer_free(w);
}

void test_file_free(struct test_file *m)
{
	free(m->p);
}

size_t test_file_index(const struct test_file *m)
{
	return (size_t)get_le(m->p + m->len - 8, 8);
}

/* Three sets of values, which stay where they are. */
static const struct pwrt_values *test_file_values(unsigned int i)
{
	static const struct pwrt_value v[] = {
		{ .key = 0, .type = PWRT_VALUE_SIGNED, .num = (uint64_t)-18 },
		{ .key = 1, .type = PWRT_VALUE_TEXT, .bytes = (const uint8_t *)"filter", .len = 6 },
		{ .key = 2,
		  .type = PWRT_VALUE_ADDRESS,
		  .bytes = (const uint8_t *)"\x0a\x00\x00\x01",
		  .len = 4 },
		{ .key = 3, .type = PWRT_VALUE_NUMBER, .num = UINT64_MAX },
	};
	static struct pwrt_values sets[3];
	struct pwrt_values *s = &sets[i % 3];
	unsigned int k;

	for (k = 0; !s->len && k <= 1 + i % 3; k++)
		ck_assert(pwrt_value_put(s, &v[k]));
	return s;
}

/* Odd on purpose: several packets at once, fields that change and do not, times that run backwards.
 */
void test_file_event(unsigned int i, struct pwrt_event *ev)
{
	static uint8_t hdr[4][60];
	uint8_t *h = hdr[i % 4];

	memset(h, (int)(i / 50), sizeof(hdr[0]));
	h[0] = 0x45;
	*ev = (struct pwrt_event){
		.ts_ns = 1000000 + i * 317u - (i % 7 == 3 ? 1000 : 0),
		.packet = 1 + i / 40 + i % 3,
		.skb = 0xffff888000000000u + (i % 3) * 256,
		.sp = 0xffffc90000003f00u - (i % 11) * 96,
		.ct = i % 5 ? 0 : 0xffff888100000002u,
		.func = i % 13,
		.caller = i % 17 ? i % 4 : PWRT_NONE,
		.stack = i % 19 ? PWRT_NONE : i % 3,
		.task = i % 2,
		.dev = i % 9 ? 0 : PWRT_NONE,
		.cpu = i % 4,
		.mark = i / 100,
		.len = 84 + i % 3,
		.reason = i % 40 == 39 ? 15 : PWRT_NONE,
		.flags = i % 40 == 39 ? PWRT_EV_FREED : 0,
		.l3_off = i % 2 ? 14 : 0,
		.hdr_len = i % 6 ? 40 + i % 20 : 0,
		.hdr = h,
	};
	ev->parent = ev->packet % 3 == 2 ? ev->packet - 1 : 0;
	if (!ev->hdr_len)
		ev->l3_off = 0;
	if (i % 23 == 5) {
		ev->flags |= PWRT_EV_RETURN;
		ev->values = test_file_values(i)->bytes;
		ev->values_len = test_file_values(i)->len;
	}
}

void test_file_make(struct test_file *m, unsigned int nr_events)
{
	struct pwrt_writer *w = test_file_begin();
	const struct pwrt_info info[] = { { "kernel.release", "6.0" },
					  { "filter", "icmp" },
					  { "filter", "udp" } };
	const struct pwrt_func funcs[] = {
		{ 0xffffffff81000000u, "ip_rcv", "", "", 1, PWRT_FUNC_ATTACHED },
		{ 0xffffffffc0000000u, "veth_xmit", "veth", "", 1, PWRT_FUNC_ATTACHED },
		{ 0, "nla_put", "", "inlined", 1, PWRT_FUNC_REFUSED },
	};
	const struct pwrt_caller caller = { 0xffffffff81000123u, "process_backlog", "", 0x23 };
	const struct pwrt_task tasks[] = { { 0, 0, "swapper/0" }, { 77, 70, "ping" } };
	const struct pwrt_dev dev = { 4026531840u, 2, "eth0" };
	const struct pwrt_netns ns = { 4026531840u, "init" };
	const uint32_t frames[] = { 0, 0, 0 };
	const struct pwrt_stack stack = { { frames, 3 } };
	const struct pwrt_module module = { "veth", 0xffffffffc0000000u, 32768 };
	const struct pwrt_btf btf = { "", { "not looked into", 15 } };
	const struct pwrt_cpu cpu = { 1, 40003, 3, 0 };
	const struct pwrt_enum reason = { "skb_drop_reason", "SKB_DROP_REASON_IP_RPFILTER", 15 };
	const struct pwrt_key keys[] = { { "ret" }, { "nf.table" }, { "route.nexthop" }, { "n" } };
	const struct pwrt_lost lost = { 5, 9, 3, 1, PWRT_LOST_RING };
	struct pwrt_event ev;
	struct pwrt_diag d;
	unsigned int i;

	ck_assert_int_eq(pwrt_writer_info(w, info, 3, &d), 0);
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(pwrt_writer_func(w, &funcs[i], &d), 0);
	ck_assert_int_eq(pwrt_writer_enum(w, &reason, &d), 0);
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(pwrt_writer_key(w, &keys[i], &d), 0);
	ck_assert_int_eq(pwrt_writer_stack(w, &stack, &d), 0);
	ck_assert_int_eq(pwrt_writer_module(w, &module, &d), 0);
	ck_assert_int_eq(pwrt_writer_btf(w, &btf, &d), 0);
	ck_assert_int_eq(pwrt_writer_netns(w, &ns, &d), 0);
	ck_assert_int_eq(pwrt_writer_dev(w, &dev, &d), 0);
	ck_assert_int_eq(pwrt_writer_task(w, &tasks[0], &d), 0);
	for (i = 0; i < nr_events; i++) {
		/* An entry in the middle of the file goes before the events that use it. */
		if (i == nr_events / 2)
			ck_assert_int_eq(pwrt_writer_task(w, &tasks[1], &d), 0);
		if (i == 100) {
			ck_assert_int_eq(pwrt_writer_caller(w, &caller, &d), 0);
			ck_assert_int_eq(pwrt_writer_flush(w, &d), 0);
		}
		test_file_event(i, &ev);
		if (pwrt_writer_event(w, &ev, &d)) /* not ck_assert: it is slow */
			ck_abort_msg("%s", d.text);
	}
	ck_assert_int_eq(pwrt_writer_lost(w, &lost, &d), 0);
	ck_assert_int_eq(pwrt_writer_cpu(w, &cpu, &d), 0);
	test_file_end(w, m);
}

bool test_file_same_event(const struct pwrt_event *a, const struct pwrt_event *b)
{
	return a->ts_ns == b->ts_ns && a->packet == b->packet && a->parent == b->parent &&
	       a->skb == b->skb && a->sp == b->sp && a->ct == b->ct && a->func == b->func &&
	       a->caller == b->caller && a->stack == b->stack && a->task == b->task &&
	       a->dev == b->dev && a->cpu == b->cpu && a->mark == b->mark && a->len == b->len &&
	       a->reason == b->reason && a->flags == b->flags && a->l3_off == b->l3_off &&
	       a->hdr_len == b->hdr_len && (!a->hdr_len || !memcmp(a->hdr, b->hdr, a->hdr_len)) &&
	       a->values_len == b->values_len &&
	       (!a->values_len || !memcmp(a->values, b->values, a->values_len));
}

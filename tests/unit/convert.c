/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From records and auxiliary records of the probes to events of a file, which is read again here. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test_file.h"
#include "record/file/convert.h"
#include "record/file/packet_ends.h"
#include "record/file/values.h"
#include "small_btf.h"
#include "entries.h"

#define TEXT 0xffffffff00000000ull
#define IP_RCV 0x100
#define NF_HOOK 0x300
#define READ_MAX 16

static struct target target[] = {
	{ .name = "ip_rcv", .module = "", .why = "", .addr = TEXT | IP_RCV, .arg = 1 },
	{ .name = "refused", .module = "", .why = "inlined", .status = PWRT_FUNC_REFUSED },
	{ .name = "nf_hook", .module = "", .why = "", .addr = TEXT | NF_HOOK, .arg = 2 },
};
static struct targets targets = { .t = target, .nr = 3, .nr_early = 3, .nr_attach = 2 };
static const struct traced_progs programs = { .nr = 0 };
static struct field_exprs fields;
static struct small_btf types;
static struct ksyms *symbols;
static struct convert *c;
static bool losses_only;
static struct pwrt_writer *w;
static struct pwrt_diag d;

static const char *dev_prefix = "eth";

static bool dev_name(void *arg, uint32_t netns, uint32_t ifindex, char name[16])
{
	(void)arg;
	snprintf(name, 16, "%s%u.%u", dev_prefix, netns, ifindex);
	return true;
}

/* Events after this time are of another namespace with the same inode number. */
static uint64_t renewed_ns = UINT64_MAX;

static uint32_t netns_number(void *arg, uint32_t inum, uint64_t ts_ns)
{
	(void)arg;
	return ts_ns > renewed_ns ? 1 : inum;
}

static struct netns_id netns(void *arg, uint32_t inum, uint64_t ts_ns)
{
	if (ts_ns > renewed_ns)
		return (struct netns_id){ 1, "red" };
	return (struct netns_id){ netns_number(arg, inum, ts_ns), inum == 7 ? "blue" : "" };
}

static const char *owner(void *arg, uint64_t inode)
{
	(void)arg;
	(void)inode;
	return "nc:7";
}

static void open_symbols(void)
{
	static const char text[] = "ffffffff00000100 T ip_rcv\nffffffff00000200 T caller\n"
				   "ffffffff00000300 T nf_hook\nffffffff00000400 T tcp_v4_rcv\n";
	int fd = memfd_create("kallsyms", 0);
	char path[32];

	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ck_assert_int_eq(ksyms_open(&symbols, path, "/dev/null", &d), 0);
	close(fd);
}

/* The tables that convert.c refers to by number: functions first, then keys. */
static void begin_file(void)
{
	const struct pwrt_func func = { .name = "f", .module = "", .why = "" };
	size_t i;

	w = test_file_begin();
	for (i = 0; i < targets.nr + NR_FUNC_SPECIAL; i++)
		ck_assert_int_eq(pwrt_writer_func(w, &func, &d), 0);
	ck_assert_int_eq(values_write_keys(w, &d), 0);
	for (i = 0; i < fields.nr; i++)
		ck_assert_int_eq(
			pwrt_writer_key(w, &(struct pwrt_key){ .name = fields.f[i].text }, &d), 0);
	convert_set_output(c, w);
}

static void begin(const char *field, uint32_t snaplen)
{
	const struct convert_names names = { dev_name, netns_number, netns, owner, NULL };

	types = small_btf_new();
	btf__add_enum(types.btf, "skb_drop_reason", 4);
	btf__add_enum_value(types.btf, "SKB_CONSUMED", 1);
	btf__add_enum_value(types.btf, "SKB_DROP_REASON_NOT_SPECIFIED", 2);
	btf__add_enum_value(types.btf, "SKB_DROP_REASON_NO_SOCKET", 2);
	targets.btf = types.btf;
	memset(&fields, 0, sizeof(fields));
	if (field)
		ck_assert_int_eq(field_expr_add(&fields, field, types.btf, &d), 0);
	open_symbols();
	ck_assert_int_eq(convert_new(&c, &targets, &programs, symbols, &names, &fields, snaplen,
				     losses_only, &d),
			 0);
	begin_file();
}

static void end(void)
{
	convert_free(c);
	ksyms_free(symbols);
	btf__free(types.btf);
}

/* ---- records of the probes ---- */

/* The first entry of a packet, with all that is known of it. */
static struct entry_made first(uint64_t packet)
{
	return (struct entry_made){ .ts_ns = packet * 100,
				    .packet = packet,
				    .func = IP_RCV,
				    .caller = 0x210,
				    .slot = (uint32_t)packet,
				    .flags = EV_FIRST | EV_DELTAS,
				    .pid = 42,
				    .netns = 7,
				    .ifindex = 2,
				    .mark = 5 };
}

/* The next entry of the same packet, without deltas. */
static struct entry_made again(uint64_t packet)
{
	return (struct entry_made){ .ts_ns = packet * 100 + 1,
				    .func = NF_HOOK,
				    .slot = (uint32_t)packet };
}

/* Feed a copy of n bytes: the sanitizer sees a look behind its end. */
static int feed_bytes(const void *record, size_t n)
{
	struct pw_entry *copy = malloc(n);
	int ret;

	memcpy(copy, record, n);
	ret = convert_entry(c, 3, copy, &d);
	free(copy);
	return ret;
}

static int feed(struct entry_made m)
{
	uint64_t record[ENTRY_BYTES_MAX / 8];
	size_t len = entry_put(record, &m);

	return feed_bytes(record, len);
}

/* ---- events of the file ---- */

static struct {
	struct test_file m;
	struct pwrt_reader *r;
	struct pwrt_event ev[READ_MAX];
	uint8_t values[READ_MAX][PWRT_VALUES_MAX];
	size_t nr;
} file;

static void read_file(void)
{
	struct pwrt_event ev;

	test_file_end(w, &file.m);
	ck_assert_int_eq(pwrt_open_mem(&file.r, file.m.p, file.m.len, NULL, &d), 0);
	for (file.nr = 0; pwrt_reader_next(file.r, &ev, &d) == 1; file.nr++) {
		ck_assert_uint_lt(file.nr, READ_MAX);
		if (ev.values_len)
			memcpy(file.values[file.nr], ev.values, ev.values_len);
		file.ev[file.nr] = ev;
		file.ev[file.nr].values = file.values[file.nr];
	}
	ck_assert(pwrt_reader_integrity(file.r)->complete);
}

static void close_file(void)
{
	pwrt_close(file.r);
	test_file_free(&file.m);
}

/* ---- tests ---- */

/* All fields of an entry, under the numbers of the file. */
START_TEST(first_entry)
{
	struct entry_made m = first(1);

	begin(NULL, 0);
	m.parent = 9;
	m.reason = 15;
	ck_assert_int_eq(feed(m), 0);
	ck_assert_uint_eq(convert_packets(c), 1);
	read_file();
	ck_assert_uint_eq(file.nr, 1);
	ck_assert_uint_eq(file.ev[0].ts_ns, 100);
	ck_assert_uint_eq(file.ev[0].packet, 1);
	ck_assert_uint_eq(file.ev[0].parent, 9);
	ck_assert_uint_eq(file.ev[0].skb, 64);
	ck_assert_uint_eq(file.ev[0].cpu, 3);
	ck_assert_uint_eq(file.ev[0].func, 0);
	ck_assert_uint_eq(file.ev[0].len, 60);
	ck_assert_uint_eq(file.ev[0].mark, 5);
	ck_assert_uint_eq(file.ev[0].reason, 15);
	ck_assert_uint_eq(file.ev[0].flags, PWRT_EV_FIRST);
	ck_assert_uint_eq(file.ev[0].hdr_len, ENTRY_HDR_BYTES);
	ck_assert_uint_eq(file.ev[0].l3_off, 14);
	ck_assert_uint_eq(pwrt_reader_task(file.r, file.ev[0].task)->pid, 42);
	ck_assert_str_eq(pwrt_reader_task(file.r, file.ev[0].task)->comm, "nc");
	ck_assert_str_eq(pwrt_reader_dev(file.r, file.ev[0].dev)->name, "eth7.2");
	ck_assert_str_eq(pwrt_reader_netns_name(file.r, 7), "blue");
	ck_assert_str_eq(pwrt_reader_caller(file.r, file.ev[0].caller)->name, "caller");
	ck_assert_uint_eq(pwrt_reader_caller(file.r, file.ev[0].caller)->offset, 0x10);
	close_file();
	end();
}
END_TEST

/* An entry without deltas has the values of its packet's entry before, not those of another one. */
START_TEST(later_entries)
{
	struct entry_made one = first(1), other = first(2), changed = again(1);

	begin(NULL, 0);
	one.parent = 9;
	other.mark = 6;
	other.pid = 43;
	changed.ts_ns = 300;
	changed.flags = EV_DEV | EV_FREED;
	changed.netns = 7;
	changed.ifindex = 9;
	ck_assert_int_eq(feed(one), 0);
	ck_assert_int_eq(feed(again(1)), 0);
	ck_assert_int_eq(feed(other), 0);
	ck_assert_int_eq(feed(changed), 0);
	read_file();
	ck_assert_uint_eq(file.nr, 4);
	ck_assert_uint_eq(file.ev[0].parent, 9);
	ck_assert_uint_eq(file.ev[1].packet, 1);
	ck_assert_uint_eq(file.ev[1].func, 2);
	ck_assert_uint_eq(file.ev[1].mark, 5);
	ck_assert_uint_eq(file.ev[1].flags, 0);
	ck_assert_uint_eq(file.ev[1].reason, PWRT_NONE);
	ck_assert_uint_eq(file.ev[1].hdr_len, ENTRY_HDR_BYTES);
	ck_assert_uint_eq(file.ev[1].task, file.ev[0].task);
	ck_assert_uint_eq(file.ev[2].mark, 6);
	ck_assert_uint_ne(file.ev[2].task, file.ev[0].task);
	ck_assert_uint_eq(file.ev[3].packet, 1);
	ck_assert_uint_eq(file.ev[3].mark, 5);
	ck_assert_uint_eq(file.ev[3].flags, PWRT_EV_FREED);
	ck_assert_str_eq(pwrt_reader_dev(file.r, file.ev[3].dev)->name, "eth7.9");
	ck_assert_uint_eq(file.ev[3].task, file.ev[0].task);
	close_file();
	end();
}
END_TEST

/* The tables of another file are empty: what a packet refers to is written again. */
/*
 * On arm64 the modules of some boots lie in other 4 GiB than the kernel. The probes send the low
 * halves of addresses: of functions, and of callers where the high half is that of the kernel.
 */
START_TEST(modules_far_from_the_kernel)
{
	struct entry_made m = first(1);
	struct pw_aux aux = {
		.ts = 200, .packet = 1, .slot = 1, .func = NF_HOOK, .contents = AUX_RET
	};

	target[2].addr = TEXT - (1ull << 32) + NF_HOOK;
	begin(NULL, 0);
	ck_assert_int_eq(feed(m), 0);
	ck_assert_msg(feed(again(1)) == 0, "%s", d.text);
	ck_assert_msg(convert_aux(c, &aux, &aux + 1, &d) == 0, "%s", d.text);
	target[2].addr = TEXT | NF_HOOK;
	read_file();
	ck_assert_uint_eq(file.nr, 3);
	ck_assert_uint_eq(file.ev[0].func, 0);
	ck_assert_str_eq(pwrt_reader_caller(file.r, file.ev[0].caller)->name, "caller");
	ck_assert_uint_eq(file.ev[1].func, 2);
	ck_assert_uint_eq(file.ev[2].func, 2);
	close_file();
	end();
}
END_TEST

/* A record of --drops: the whole packet, the place that freed it and the stack. */
struct whole_drop {
	struct pw_aux aux;
	struct pw_origin origin;
	struct pw_frame frame;
	struct pw_stack stack;
};

static struct whole_drop whole_drop(uint64_t packet, uint32_t func)
{
	return (struct whole_drop){
		.aux = { .ts = packet * 100,
			 .packet = packet,
			 .slot = UINT32_MAX,
			 .func = func,
			 .ret = 2,
			 .contents = AUX_DROP | AUX_FRAME | AUX_STACK | AUX_CALL },
		.origin = { .caller = TEXT | 0x210, .task = 42, .comm = "nc" },
		.frame = { .start = 64,
			   .len = 30,
			   .mark = 5,
			   .dev = { .netns = 7, .ifindex = 2 },
			   .headers = { .len = 34, .l3_off = 14 } },
		.stack = { .nr = 3, .ip = { 1, TEXT | 0x210, TEXT | 0x308 } },
	};
}

/* One event has the packet's beginning and its end; its stack begins at the place that freed it. */
START_TEST(drop_without_entries)
{
	struct whole_drop drop = whole_drop(1, FUNC_DROPPED);

	begin(NULL, 0);
	ck_assert_msg(convert_aux(c, &drop.aux, &drop.origin, &d) == 0, "%s", d.text);
	ck_assert_uint_eq(convert_packets(c), 1);
	read_file();
	ck_assert_uint_eq(file.nr, 1);
	ck_assert_uint_eq(file.ev[0].flags, PWRT_EV_FIRST | PWRT_EV_FREED);
	ck_assert_uint_eq(file.ev[0].skb, 64);
	ck_assert_uint_eq(file.ev[0].reason, 2);
	ck_assert_uint_eq(file.ev[0].mark, 5);
	ck_assert_uint_eq(file.ev[0].len, 30);
	ck_assert_uint_eq(file.ev[0].hdr_len, 34);
	ck_assert_str_eq(pwrt_reader_caller(file.r, file.ev[0].caller)->name, "caller");
	ck_assert_str_eq(pwrt_reader_dev(file.r, file.ev[0].dev)->name, "eth7.2");
	ck_assert_uint_eq(pwrt_reader_stack(file.r, file.ev[0].stack)->callers.nr, 2);
	close_file();
	end();
}
END_TEST

/* The end of a connection whose socket is gone is freed with a reason, and not lost. */
START_TEST(drop_of_an_end)
{
	struct whole_drop drop = whole_drop(1, FUNC_DROPPED);
	uint8_t *l3 = drop.frame.headers.bytes + 14;

	losses_only = true;
	begin(NULL, 0);
	drop.origin.caller = TEXT | 0x410;
	drop.frame.headers.len = 54;
	l3[0] = 0x45;
	l3[9] = 6;
	l3[20 + 13] = 0x10; /* ACK */
	ck_assert_int_eq(convert_aux(c, &drop.aux, &drop.origin, &d), 0);
	ck_assert_uint_eq(convert_no_loss(c), 0);
	l3[20 + 13] = 0x11; /* and FIN */
	ck_assert_int_eq(convert_aux(c, &drop.aux, &drop.origin, &d), 0);
	ck_assert_uint_eq(convert_no_loss(c), 1);
	l3[9] = 17;
	ck_assert_int_eq(convert_aux(c, &drop.aux, &drop.origin, &d), 0);
	ck_assert_uint_eq(convert_no_loss(c), 1);
	losses_only = false;
	read_file();
	close_file();
	end();
}
END_TEST

/* A queueing discipline drops a packet first, and the kernel frees it later. */
START_TEST(drop_of_a_queueing_discipline)
{
	struct whole_drop drop = whole_drop(1, FUNC_QDISC), freed = whole_drop(1, FUNC_DROPPED);

	begin(NULL, 0);
	freed.aux.contents &= ~AUX_CALL;
	ck_assert_int_eq(convert_aux(c, &drop.aux, &drop.origin, &d), 0);
	ck_assert_int_eq(convert_aux(c, &freed.aux, &freed.origin, &d), 0);
	ck_assert_uint_eq(convert_packets(c), 1);
	read_file();
	ck_assert_uint_eq(file.nr, 2);
	ck_assert_uint_eq(file.ev[0].flags, PWRT_EV_FIRST);
	ck_assert_uint_eq(file.ev[1].flags, PWRT_EV_FREED);
	close_file();
	end();
}
END_TEST

/* The rule that netfilter traced comes before the drop, with the whole packet. It ends nothing. */
START_TEST(rule_before_a_drop)
{
	struct whole_drop freed = whole_drop(1, FUNC_DROPPED);
	struct {
		struct pw_aux aux;
		struct pw_origin origin;
		struct pw_frame frame;
		struct pw_hook_info hook_info;
		struct pw_nf_info nf_info;
	} m = { .aux = freed.aux,
		.origin = freed.origin,
		.frame = freed.frame,
		.hook_info = { .hook = 2, .pf = 2 },
		.nf_info = { .rule = 3, .table = "guard", .chain = "gate" } };

	m.aux.func = FUNC_NFT_TRACE;
	m.aux.contents = AUX_FRAME | AUX_HOOK | AUX_RULE | AUX_TABLE | AUX_CHAIN | AUX_CALL;
	freed.aux.contents &= ~AUX_CALL;
	losses_only = true;
	begin(NULL, 0);
	ck_assert_int_eq(convert_aux(c, &m.aux, &m.origin, &d), 0);
	ck_assert_int_eq(convert_aux(c, &freed.aux, &freed.origin, &d), 0);
	ck_assert_uint_eq(convert_packets(c), 1);
	losses_only = false;
	read_file();
	ck_assert_uint_eq(file.nr, 2);
	ck_assert_uint_eq(file.ev[0].flags, PWRT_EV_FIRST);
	ck_assert_uint_eq(file.ev[0].reason, PWRT_NONE);
	ck_assert_uint_eq(file.ev[0].hdr_len, 34);
	ck_assert_uint_gt(file.ev[0].values_len, 0);
	ck_assert_uint_eq(file.ev[1].flags, PWRT_EV_FREED);
	close_file();
	end();
}
END_TEST

/* A stack belongs to a drop. In a damaged record it may stand alone. */
START_TEST(stack_without_a_drop)
{
	struct {
		struct pw_aux aux;
		struct pw_stack stack;
	} m = { .aux = { .ts = 200, .packet = 1, .slot = 1, .func = IP_RCV, .contents = AUX_STACK },
		.stack = { .nr = 1, .ip = { TEXT | 0x210 } } };

	begin(NULL, 0);
	ck_assert_int_eq(convert_aux(c, &m.aux, &m.stack, &d), 0);
	read_file();
	ck_assert_uint_eq(file.nr, 1);
	ck_assert_uint_eq(file.ev[0].stack, PWRT_NONE);
	close_file();
	end();
}
END_TEST

/* A drop names its queueing discipline, which lies behind the stack. */
START_TEST(drop_with_a_decider)
{
	struct {
		struct whole_drop drop;
		struct pw_decider decider;
	} m = { .drop = whole_drop(1, FUNC_DROPPED),
		.decider = { .what = DECIDER_QDISC, .id = 0x80010000, .kind = "netem" } };
	struct pwrt_value v;
	size_t at = 0;
	bool found = false;

	m.drop.aux.contents |= AUX_DECIDER;
	begin(NULL, 0);
	ck_assert_int_eq(convert_aux(c, &m.drop.aux, &m.drop.origin, &d), 0);
	read_file();
	ck_assert_uint_eq(file.nr, 1);
	while (!found && pwrt_value_next(file.ev[0].values, file.ev[0].values_len, &at, &v))
		found = !strcmp(values_key(v.key), "qdisc.handle") && v.len == 5 &&
			!memcmp(v.bytes, "8001:", 5);
	ck_assert(found);
	close_file();
	end();
}
END_TEST

/* A drop that is no loss is left out and counted, where only losses are wanted. */
START_TEST(drop_without_a_loss)
{
	struct whole_drop drop = whole_drop(1, FUNC_DROPPED);

	losses_only = true;
	begin(NULL, 0);
	ck_assert_int_eq(convert_aux(c, &drop.aux, &drop.origin, &d), 0);
	drop.aux.packet = 2;
	drop.aux.ret = 1; /* SKB_CONSUMED in small_btf.c */
	ck_assert_int_eq(convert_aux(c, &drop.aux, &drop.origin, &d), 0);
	ck_assert_uint_eq(convert_no_loss(c), 1);
	losses_only = false;
	read_file();
	ck_assert_uint_eq(file.nr, 1);
	ck_assert_uint_eq(file.ev[0].packet, 1);
	close_file();
	end();
}
END_TEST

START_TEST(next_file)
{
	struct entry_made one = first(1);

	begin(NULL, 0);
	one.parent = 9;
	ck_assert_int_eq(feed(one), 0);
	read_file();
	ck_assert_uint_eq(file.ev[0].parent, 9);
	close_file();
	begin_file();
	ck_assert_int_eq(feed(again(1)), 0);
	read_file();
	ck_assert_uint_eq(file.nr, 1);
	ck_assert_uint_eq(file.ev[0].packet, 1);
	ck_assert_uint_eq(file.ev[0].mark, 5);
	ck_assert_uint_eq(file.ev[0].parent, 0); /* it was named in the file before */
	ck_assert_ptr_nonnull(pwrt_reader_task(file.r, file.ev[0].task));
	ck_assert_str_eq(pwrt_reader_dev(file.r, file.ev[0].dev)->name, "eth7.2");
	ck_assert_uint_eq(convert_packets(c), 1);
	close_file();
	end();
}
END_TEST

/* Frames are callers of callers: the first is the function, and the same stack is in the file once.
 */
START_TEST(stacks)
{
	struct entry_made a = first(1), b = again(1);

	begin(NULL, 0);
	a.frames[0] = b.frames[0] = TEXT | IP_RCV;
	a.frames[1] = b.frames[1] = TEXT | 0x210;
	a.frames[2] = b.frames[2] = TEXT | 0x308;
	a.nr_frames = b.nr_frames = 3;
	ck_assert_int_eq(feed(a), 0);
	ck_assert_int_eq(feed(b), 0);
	read_file();
	ck_assert_uint_eq(file.nr, 2);
	ck_assert_uint_eq(file.ev[0].stack, file.ev[1].stack);
	ck_assert_uint_eq(pwrt_reader_stack(file.r, file.ev[0].stack)->callers.nr, 2);
	ck_assert_ptr_null(pwrt_reader_stack(file.r, file.ev[0].stack + 1));
	ck_assert_str_eq(pwrt_reader_caller(
				 file.r, pwrt_reader_stack(file.r, file.ev[0].stack)->callers.v[1])
				 ->name,
			 "nf_hook");
	close_file();
	end();
}
END_TEST

/* A requested field is a value of its event, under the key of its expression. */
START_TEST(field_expr)
{
	struct entry_made m = first(1);
	struct pwrt_value v;
	size_t at = 0;

	begin("skb->len", 0);
	m.extra_words = 1;
	ck_assert_int_eq(feed(m), 0);
	read_file();
	ck_assert_uint_eq(file.nr, 1);
	ck_assert(pwrt_value_next(file.ev[0].values, file.ev[0].values_len, &at, &v));
	ck_assert_str_eq(pwrt_reader_key(file.r, v.key)->name, "skb->len");
	ck_assert_uint_eq(v.num, 0x5a5a5a5a);
	close_file();
	end();
}
END_TEST

/* A record that ends before what its flags announce, wherever it is cut, is refused. */
START_TEST(cut_records)
{
	uint64_t record[ENTRY_BYTES_MAX / 8];
	const struct entry_made m = first(1);
	struct pw_entry *entry = (struct pw_entry *)record;
	size_t len, n;

	begin(NULL, 0);
	len = entry_put(record, &m);
	for (n = sizeof(*entry); n < len; n += 8) {
		entry->bytes8 = (uint8_t)(n / 8);
		ck_assert_int_eq(feed_bytes(record, n), PWRT_ECORRUPT);
	}
	ck_assert_str_eq(d.text, "CPU 3: malformed ring buffer record");
	read_file();
	ck_assert_uint_eq(file.nr, 0);
	close_file();
	end();
}
END_TEST

/* Records that no probe sends: a wrong slot, function or header; an entry without a first
 * one. */
START_TEST(no_events)
{
	uint64_t record[ENTRY_BYTES_MAX / 8];
	struct entry_made slot = first(1), func = first(1);
	struct pw_headers *h;
	size_t len;

	begin(NULL, 0);
	slot.slot = NR_SLOTS;
	func.func = 0x104;
	ck_assert_int_eq(feed(slot), PWRT_ECORRUPT);
	ck_assert_int_eq(feed(func), PWRT_ECORRUPT);
	ck_assert_int_eq(feed(again(1)), PWRT_ECORRUPT);
	len = entry_put(record, &(struct entry_made){ .func = IP_RCV, .flags = EV_HEADERS });
	h = (struct pw_headers *)((struct pw_entry *)record + 1);
	h->len = EV_HDR_MAX + 1;
	ck_assert_int_eq(feed_bytes(record, len), PWRT_ECORRUPT);
	read_file();
	ck_assert_uint_eq(file.nr, 0);
	close_file();
	end();
}
END_TEST

/* Frames of a stack that is deeper than the probes record. */
START_TEST(too_many_frames)
{
	uint64_t record[ENTRY_BYTES_MAX / 8] = { 0 };
	struct pw_entry *entry = (struct pw_entry *)record;
	const struct entry_made m = again(1);
	size_t len;

	begin(NULL, 0);
	ck_assert_int_eq(feed(first(1)), 0);
	len = entry_put(record, &m) + (STACK_FRAMES_MAX + 1) * 8;
	entry->bytes8 = (uint8_t)(len / 8);
	ck_assert_int_eq(feed_bytes(record, len), PWRT_ECORRUPT);
	entry->bytes8--;
	ck_assert_int_eq(feed_bytes(record, len - 8), 0);
	read_file();
	close_file();
	end();
}
END_TEST

/* A drop: what is known of its packet comes from the packet's last entry, the task from the record.
 */
START_TEST(drop)
{
	struct pw_aux aux = { .ts = 500,
			      .packet = 1,
			      .slot = 1,
			      .func = FUNC_DROPPED,
			      .ret = 2,
			      .contents = AUX_DROP };
	const struct pw_origin origin = { .caller = TEXT | 0x310, .task = 77, .comm = "ksoftirqd" };

	begin(NULL, 0);
	ck_assert_int_eq(feed(first(1)), 0);
	ck_assert_int_eq(convert_aux(c, &aux, &origin, &d), 0);
	/* The record has no headers. */
	ck_assert_ptr_nonnull(convert_drop(c, &aux, &origin));
	/* Another packet lives in the slot by now. */
	aux.packet = 8;
	aux.ts = 600;
	ck_assert_int_eq(convert_aux(c, &aux, &origin, &d), 0);
	read_file();
	ck_assert_uint_eq(file.nr, 3);
	ck_assert_uint_eq(file.ev[1].packet, 1);
	ck_assert_uint_eq(file.ev[1].func, 3 + FUNC_DROPPED);
	ck_assert_uint_eq(file.ev[1].reason, 2);
	ck_assert_uint_eq(file.ev[1].mark, 5);
	ck_assert_uint_eq(file.ev[1].flags & PWRT_EV_RETURN, 0);
	ck_assert_str_eq(pwrt_reader_task(file.r, file.ev[1].task)->comm, "ksoftirqd");
	ck_assert_str_eq(pwrt_reader_caller(file.r, file.ev[1].caller)->name, "nf_hook");
	ck_assert_str_eq(pwrt_reader_dev(file.r, file.ev[1].dev)->name, "eth7.2");
	ck_assert_uint_eq(file.ev[2].packet, 8);
	ck_assert_uint_eq(file.ev[2].mark, 0);
	ck_assert_uint_eq(file.ev[2].dev, PWRT_NONE);
	close_file();
	end();
}
END_TEST

/* A segment with FIN or RST ends a connection, unless it has data, or is part of a later fragment. */
START_TEST(ends_of_connections)
{
	static const struct {
		uint8_t len, fragment, flags;
		bool closes;
	} cases[] = {
		{ 40, 0, TCP_FLAG_FIN | TCP_FLAG_ACK, true },
		{ 40, 0, TCP_FLAG_RST, true },
		{ 40, 0, TCP_FLAG_ACK, false },
		{ 40, 0, TCP_FLAG_SYN, false },
		{ 45, 0, TCP_FLAG_FIN | TCP_FLAG_ACK, false },
		{ 40, 5, TCP_FLAG_RST, false },
	};
	struct pw_headers h = { .len = 40, .bytes = { 0x45, [9] = 6, [32] = 0x50 } };
	struct packet_ends e;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		h.bytes[3] = cases[i].len;
		h.bytes[7] = cases[i].fragment;
		h.bytes[33] = cases[i].flags;
		ck_assert(packet_ends_read(&e, &h));
		ck_assert_msg(e.closes == cases[i].closes, "case %zu", i);
	}
}
END_TEST

/* An auxiliary record of a function that is not traced, or of a slot that there is not. */
START_TEST(bad_aux)
{
	struct pw_aux func = { .packet = 1, .func = 0x104, .contents = AUX_RET };
	struct pw_aux slot = { .packet = 1, .func = NF_HOOK, .slot = NR_SLOTS, .contents = AUX_RET };

	begin(NULL, 0);
	ck_assert_int_eq(convert_aux(c, &func, &func + 1, &d), PWRT_ECORRUPT);
	ck_assert_int_eq(convert_aux(c, &slot, &slot + 1, &d), PWRT_ECORRUPT);
	slot.slot = 0;
	ck_assert_int_eq(convert_aux(c, &slot, &slot + 1, &d), 0);
	read_file();
	ck_assert_uint_eq(file.nr, 1);
	ck_assert_uint_eq(file.ev[0].func, 2);
	ck_assert_uint_eq(file.ev[0].flags, PWRT_EV_RETURN);
	close_file();
	end();
}
END_TEST

static const char *dev_of(size_t event)
{
	return pwrt_reader_dev(file.r, file.ev[event].dev)->name;
}

/* Events before a device is renamed have its old name, later ones the new name. */
START_TEST(device_renamed)
{
	begin(NULL, 0);
	ck_assert_int_eq(feed(first(1)), 0);
	dev_prefix = "wan";
	convert_devs_changed(c);
	ck_assert_int_eq(feed(first(2)), 0);
	convert_devs_changed(c); /* another device changed: this one keeps its entry */
	ck_assert_int_eq(feed(first(3)), 0);
	dev_prefix = "eth";
	convert_devs_changed(c);
	ck_assert_int_eq(feed(first(4)), 0);
	read_file();
	ck_assert_uint_eq(file.nr, 4);
	ck_assert_str_eq(dev_of(0), "eth7.2");
	ck_assert_str_eq(dev_of(1), "wan7.2");
	ck_assert_uint_eq(file.ev[2].dev, file.ev[1].dev);
	ck_assert_uint_eq(file.ev[3].dev, file.ev[0].dev);
	close_file();
	end();
}
END_TEST

/* A namespace that got the inode number of another one has a number of its own, and its devices. */
START_TEST(inode_number_used_again)
{
	const struct pwrt_dev *dev;
	size_t i;

	begin(NULL, 0);
	renewed_ns = 250;
	ck_assert_int_eq(feed(first(1)), 0);
	ck_assert_int_eq(feed(first(2)), 0);
	ck_assert_int_eq(feed(first(3)), 0); /* at 300 */
	ck_assert_int_eq(feed(first(4)), 0);
	renewed_ns = UINT64_MAX;
	read_file();
	ck_assert_uint_eq(file.nr, 4);
	for (i = 0; i < file.nr; i++) {
		dev = pwrt_reader_dev(file.r, file.ev[i].dev);
		ck_assert_uint_eq(dev->netns, i < 2 ? 7 : 1);
		ck_assert_uint_eq(dev->ifindex, 2);
		ck_assert_str_eq(pwrt_reader_netns_name(file.r, dev->netns),
				 i < 2 ? "blue" : "red");
	}
	ck_assert_uint_eq(file.ev[0].dev, file.ev[1].dev);
	ck_assert_uint_eq(file.ev[2].dev, file.ev[3].dev);
	close_file();
	end();
}
END_TEST

Suite *suite_convert(void)
{
	Suite *s = suite_create("convert");
	TCase *t = tcase_create("convert");

	tcase_add_test(t, device_renamed);
	tcase_add_test(t, inode_number_used_again);
	tcase_add_test(t, first_entry);
	tcase_add_test(t, later_entries);
	tcase_add_test(t, modules_far_from_the_kernel);
	tcase_add_test(t, drop_without_entries);
	tcase_add_test(t, drop_of_an_end);
	tcase_add_test(t, drop_of_a_queueing_discipline);
	tcase_add_test(t, rule_before_a_drop);
	tcase_add_test(t, stack_without_a_drop);
	tcase_add_test(t, drop_with_a_decider);
	tcase_add_test(t, drop_without_a_loss);
	tcase_add_test(t, next_file);
	tcase_add_test(t, stacks);
	tcase_add_test(t, field_expr);
	tcase_add_test(t, cut_records);
	tcase_add_test(t, no_events);
	tcase_add_test(t, too_many_frames);
	tcase_add_test(t, drop);
	tcase_add_test(t, ends_of_connections);
	tcase_add_test(t, bad_aux);
	suite_add_tcase(s, t);
	return s;
}

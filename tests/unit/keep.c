/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* --keep: which packets go on to the file, whole and in order of time (record/keep.c). */
#include "unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "entries.h"
#include "record/keep.h"

#define MS 1000000ull
#define SECOND (1000 * MS)
#define GOT_MAX 40000
#define NETNS 7
#define SYN 0x02
#define ACK 0x10
/* Where the headers are in a record with all deltas, and their address of the source. */
#define HEADERS_AT (sizeof(struct pw_entry) + 24 + 24 + 8 + 24)
#define SOURCE_AT (HEADERS_AT + 8 + 26)

static struct keep_options options;
static struct keep *k;
static struct pwrt_diag d;
static uint64_t got[GOT_MAX]; /* the times of the records that came out */
static unsigned int nr_got, nr_aux, nr_refused;
static unsigned int refusals; /* so many records are refused first */

static int take(uint64_t ts)
{
	if (refusals) {
		refusals--;
		nr_refused++;
		return -ECANCELED;
	}
	ck_assert_uint_lt(nr_got, GOT_MAX);
	got[nr_got++] = ts;
	return 0;
}

static int take_entry(void *arg, unsigned int cpu, const struct pw_entry *entry)
{
	(void)arg;
	ck_assert_uint_eq(cpu, 3);
	return take(entry->ts);
}

static int take_aux(void *arg, const struct pw_aux *aux, const void *more)
{
	int ret = take(aux->ts);

	(void)arg;
	ck_assert_ptr_eq(more, aux + 1);
	nr_aux += ret == 0;
	return ret;
}

/* The reason 2 is a loss. */
static const char *drop(void *arg, const struct pw_aux *aux, const void *more)
{
	(void)arg;
	(void)more;
	return aux->contents & AUX_DROP && aux->ret == 2 ? "SKB_DROP_REASON_NO_SOCKET" : NULL;
}

static const char *netns_of_now = "blue";

static const char *netns(void *arg, uint32_t inum)
{
	(void)arg;
	return inum == NETNS ? netns_of_now : "";
}

static void begin(const char *expr)
{
	static const struct keep_source from = { drop, netns, NULL };
	static const struct merge_sink to = { take_entry, take_aux, NULL };

	nr_got = nr_aux = nr_refused = refusals = 0;
	if (!options.bytes)
		options.bytes = KEEP_BYTES_MIN;
	ck_assert_msg(keep_rules_parse(&options.rules, expr, &d) == 0, "%s", d.text);
	ck_assert_int_eq(keep_new(&k, &options, &from, &to, &d), 0);
}

static void end(void)
{
	keep_free(k);
	options = (struct keep_options){ .before = 0 };
}

/* ---- records ---- */

static int feed(const struct entry_made *m, uint8_t source)
{
	uint64_t record[ENTRY_BYTES_MAX / 8];
	size_t len = entry_put(record, m);
	struct pw_entry *copy = calloc(1, len); /* the sanitizer sees a look behind its end */
	int ret;

	if (m->flags & EV_HEADERS)
		((uint8_t *)record)[SOURCE_AT] = source;
	memcpy(copy, record, len);
	ret = keep_entry(k, 3, copy);
	free(copy);
	return ret;
}

static int first_from(uint64_t packet, uint64_t parent, uint64_t ts, uint8_t source)
{
	return feed(&(struct entry_made){ .ts_ns = ts,
					  .packet = packet,
					  .parent = parent,
					  .slot = (uint32_t)(packet % 1000),
					  .flags = EV_FIRST | EV_DELTAS,
					  .netns = 4 },
		    source);
}

static void first(uint64_t packet, uint64_t parent, uint64_t ts)
{
	ck_assert_int_eq(first_from(packet, parent, ts, 10), 0);
}

static void more(uint64_t packet, uint64_t ts, uint8_t flags)
{
	ck_assert_int_eq(feed(&(struct entry_made){ .ts_ns = ts,
						    .slot = (uint32_t)(packet % 1000),
						    .flags = flags,
						    .netns = NETNS },
			      0),
			 0);
}

struct aux_made {
	struct pw_aux aux;
	struct pw_origin origin;
	struct pw_frame frame;
};

static int feed_aux(const struct aux_made *m)
{
	size_t len = aux_record_bytes(m->aux.contents);
	struct pw_aux *copy = calloc(1, len);
	int ret;

	memcpy(copy, m, len);
	ret = keep_aux(k, copy, copy + 1);
	free(copy);
	return ret;
}

static void dropped(uint64_t packet, uint64_t ts)
{
	const struct aux_made m = {
		.aux = { .ts = ts, .packet = packet, .ret = 2, .contents = AUX_DROP }
	};

	ck_assert_int_eq(feed_aux(&m), 0);
}

static void returned(uint64_t packet, uint64_t ts)
{
	const struct aux_made m = { .aux = { .ts = ts, .packet = packet, .contents = AUX_RET } };

	ck_assert_int_eq(feed_aux(&m), 0);
}

struct segment_made {
	uint64_t packet, ts;
	uint8_t flags, seq, data; /* data: bytes */
	bool is_back;		  /* from the service to the client */
	uint64_t parent;
	bool stays; /* it does not end with the record */
};

/* A TCP segment that one record describes, from its beginning to its end. */
static void segment(struct segment_made s)
{
	struct aux_made m = { .aux = { .ts = s.ts,
				       .packet = s.packet,
				       .func = s.stays ? FUNC_QDISC : FUNC_DROPPED,
				       .contents = AUX_FRAME | AUX_DROP | AUX_CALL },
			      .frame = { .parent = s.parent,
					 .headers = { .len = 54, .l3_off = 14 } } };
	uint8_t *l3 = m.frame.headers.bytes + 14, *l4 = l3 + 20;

	l3[0] = 0x45;
	l3[3] = 40 + s.data;
	l3[9] = IPPROTO_TCP;
	l3[s.is_back ? 16 : 12] = 10;
	l3[s.is_back ? 12 : 16] = 20;
	l4[7] = s.seq;
	l4[12] = 5 << 4;
	l4[13] = s.flags;
	ck_assert_int_eq(feed_aux(&m), 0);
}

static void frame(uint64_t packet, uint64_t ts, uint8_t tcp_flags)
{
	segment((struct segment_made){ .packet = packet, .ts = ts, .flags = tcp_flags });
}

static void until(uint64_t ts)
{
	ck_assert_int_eq(keep_until(k, ts), 0);
}

/* Checks the times of all records that came out. */
static void check_got(unsigned int nr, const uint64_t *times)
{
	unsigned int i;

	ck_assert_uint_eq(nr_got, nr);
	for (i = 0; i < nr; i++)
		ck_assert_uint_eq(got[i], times[i]);
}

#define GOT(...)                                                          \
	check_got(sizeof((uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t), \
		  (uint64_t[]){ __VA_ARGS__ })

static void check_counts(uint64_t kept, uint64_t let_go, uint64_t forced)
{
	ck_assert_uint_eq(keep_counts(k)->kept, kept);
	ck_assert_uint_eq(keep_counts(k)->let_go, let_go);
	ck_assert_uint_eq(keep_counts(k)->forced, forced);
}

/* ---- tests ---- */

/* A dropped packet is written whole, from its first record on; others are not. */
START_TEST(dropped_whole)
{
	begin("dropped");
	first(1, 0, 100);
	first(2, 0, 101);
	more(1, 102, 0);
	more(2, 103, 0);
	dropped(2, 104);
	more(2, 105, EV_END);
	more(1, 106, EV_END);
	more(2, 107, EV_FREED);
	ck_assert_uint_eq(nr_got, 0);
	until(20 * MS);
	GOT(101, 103, 104, 105, 107);
	ck_assert_uint_eq(nr_aux, 1);
	check_counts(1, 1, 0);
	end();
}
END_TEST

/* A packet and its copies have one decision, however late a copy is dropped. */
START_TEST(copies)
{
	begin("dropped");
	first(1, 0, 100);
	first(2, 1, 101);
	first(3, 2, 102);
	more(1, 103, EV_END);
	more(2, 104, EV_END);
	until(100 * MS);
	ck_assert_uint_eq(nr_got, 0);
	dropped(3, 101 * MS);
	more(3, 102 * MS, EV_END);
	first(4, 3, 103 * MS); /* of a kept packet that is forgotten */
	until(200 * MS);
	GOT(100, 101, 102, 103, 104, 101 * MS, 102 * MS, 103 * MS);
	check_counts(4, 0, 0);
	end();
}
END_TEST

/* Other packets do not pass a packet that waits: the order of time is that of the rings. */
START_TEST(order_of_time)
{
	begin("dropped");
	first(1, 0, 100);
	first(2, 0, 101);
	dropped(2, 102);
	more(2, 103, EV_END);
	until(SECOND);
	ck_assert_uint_eq(nr_got, 0);
	dropped(1, SECOND);
	until(SECOND);
	GOT(100, 101, 102, 103, SECOND);
	end();
}
END_TEST

/* No record waits longer than the limit. A condition that comes later is counted. */
START_TEST(time_limit)
{
	begin("dropped");
	first(1, 0, 100);
	first(2, 0, 200);
	until(KEEP_LIMIT_NS + 99);
	check_counts(0, 0, 0);
	until(KEEP_LIMIT_NS + 100);
	check_counts(0, 1, 1);
	dropped(1, KEEP_LIMIT_NS + 110);
	ck_assert_uint_eq(keep_counts(k)->missed, 1);
	dropped(2, KEEP_LIMIT_NS + 120);
	until(KEEP_LIMIT_NS + 200);
	GOT(200, KEEP_LIMIT_NS + 120);
	end();
}
END_TEST

/* Where memory is full, packets that were let go leave it, and one that waits stays. */
START_TEST(waits_in_full_memory)
{
	uint64_t i, ts = 100;

	begin("dropped");
	first(1, 0, ts++);
	for (i = 2; i < 40000; i++) {
		first(i % 900 + 2 + i / 900 * 1000, 0, ts);
		more(i % 900 + 2, ts + 1, EV_END);
		ts += MS / 8;
	}
	check_counts(0, keep_counts(k)->let_go, 0);
	ck_assert_uint_gt(keep_counts(k)->let_go, 30000);
	dropped(1, ts);
	until(ts + 20 * MS); /* the packets before it are over by then */
	GOT(100, ts);
	end();
}
END_TEST

/* Where all packets wait, the oldest are decided, and counted. Nothing is lost of the others. */
START_TEST(memory_full_of_waiting_packets)
{
	unsigned int i, j;

	begin("dropped");
	for (i = 1; i <= 900; i++)
		for (j = 0; j < 20; j++)
			if (j)
				more(i, i * 100 + j, EV_HEADERS);
			else
				first(i, 0, i * 100);
	ck_assert_uint_gt(keep_counts(k)->forced, 0);
	ck_assert_uint_lt(keep_counts(k)->forced, 900);
	check_counts(0, keep_counts(k)->forced, keep_counts(k)->forced);
	dropped(900, 100000);
	dropped(1, 100001);
	ck_assert_uint_eq(keep_counts(k)->missed, 1);
	ck_assert_int_eq(keep_end(k), 0);
	ck_assert_uint_eq(nr_got, 21);
	ck_assert_uint_eq(got[0], 90000);
	check_counts(1, 899, keep_counts(k)->forced);
	end();
}
END_TEST

/* The table of packets is bounded, too: for one record a packet, and for one family of thousands. */
START_TEST(many_packets)
{
	uint64_t i;

	begin("dropped");
	for (i = 1; i < 20000; i++)
		frame(i, i, 0);
	ck_assert_int_eq(keep_end(k), 0);
	check_counts(0, 19999, 0);
	end();
	begin("dropped");
	for (i = 1; i < 20000; i++)
		first(i, i - 1, i);
	dropped(19999, 20000);
	ck_assert_int_eq(keep_end(k), 0);
	ck_assert_uint_gt(nr_got, 100);
	ck_assert_uint_eq(got[nr_got - 1], 20000);
	end();
}
END_TEST

/* The end of a packet may be missing. Another packet in its slot ends it. */
START_TEST(slot_used_again)
{
	begin("dropped");
	first(1, 0, 100);
	first(1001, 0, 200);
	dropped(1001, 201);
	more(1001, 202, EV_END);
	until(50 * MS);
	GOT(200, 201, 202);
	check_counts(1, 1, 0);
	/* Its slot gets a good packet, whose later records are not those of the kept one. */
	first(2001, 0, 60 * MS);
	more(2001, 61 * MS, 0);
	more(2001, 62 * MS, EV_END);
	until(90 * MS);
	ck_assert_uint_eq(nr_got, 3);
	check_counts(1, 2, 0);
	end();
}
END_TEST

/* A function may return long after its packet has gone: the decision about the packet stays. */
START_TEST(late_returns)
{
	begin("dropped");
	first(1, 0, 100);
	first(2, 0, 101);
	dropped(2, 102);
	more(1, 103, EV_END);
	more(2, 104, EV_END);
	until(50 * MS);
	returned(1, 60 * MS);
	returned(2, 61 * MS);
	until(70 * MS);
	GOT(101, 102, 104, 61 * MS);
	end();
}
END_TEST

/* The file may be full: the record comes again, and none is there twice or missing. */
START_TEST(refused_records)
{
	begin("dropped");
	first(1, 0, 100);
	dropped(1, 101);
	refusals = 2;
	ck_assert_int_eq(keep_until(k, 200), -ECANCELED);
	ck_assert_int_eq(first_from(2, 1, 201, 10), -ECANCELED);
	check_counts(1, 0, 0);
	first(2, 1, 201);
	refusals = 1;
	ck_assert_int_eq(keep_end(k), -ECANCELED);
	ck_assert_int_eq(keep_end(k), 0);
	GOT(100, 101, 201);
	ck_assert_uint_eq(nr_refused, 3);
	end();
}
END_TEST

/* The packets before it in the same conversation, the nearest ones, whole. */
START_TEST(packets_before)
{
	options.before = 2;
	begin("dropped");
	ck_assert_int_eq(first_from(1, 0, 100, 10), 0);
	more(1, 101, EV_END);
	ck_assert_int_eq(first_from(2, 0, 200, 10), 0);
	more(2, 201, EV_END);
	ck_assert_int_eq(first_from(3, 0, 300, 11), 0); /* another conversation */
	more(3, 301, EV_END);
	ck_assert_int_eq(first_from(4, 0, 400, 10), 0);
	more(4, 401, EV_END);
	until(SECOND);
	ck_assert_int_eq(first_from(5, 0, SECOND, 10), 0);
	dropped(5, SECOND + 1);
	more(5, SECOND + 2, EV_END);
	until(KEEP_LIMIT_NS + 500);
	GOT(200, 201, 400, 401, SECOND, SECOND + 1, SECOND + 2);
	check_counts(3, 2, 0);
	end();
}
END_TEST

/* One in so many of the packets that no condition names. */
START_TEST(samples)
{
	unsigned int i;

	options.sample = 10;
	begin("dropped");
	for (i = 1; i <= 100; i++) {
		first(i, 0, i * MS);
		if (i == 50)
			dropped(i, i * MS);
		more(i, i * MS, EV_END);
	}
	ck_assert_int_eq(keep_end(k), 0);
	ck_assert_uint_eq(keep_counts(k)->samples, 9);
	check_counts(10, 90, 0);
	ck_assert_uint_eq(nr_got, 9 * 2 + 3);
	end();
}
END_TEST

/* The time of a packet counts, also of one that waits somewhere. */
START_TEST(slower)
{
	begin("slower:5ms");
	first(1, 0, MS);
	first(2, 0, MS);
	first(3, 0, MS);
	more(1, 6 * MS, EV_END);
	more(2, 6 * MS + 1, EV_END);
	until(30 * MS);
	check_counts(1, 1, 0);
	until(KEEP_LIMIT_NS + MS);
	check_counts(2, 1, 1);
	GOT(MS, MS, 6 * MS + 1);
	end();
}
END_TEST

START_TEST(conditions)
{
	begin("reset,netns:b*,dropped:TCP_*");
	frame(1, 100, 0x10);
	frame(2, 101, 0x14);
	first(3, 0, 102);
	more(3, 103, EV_DEV | EV_END);
	first(4, 0, 104);
	dropped(4, 105);
	ck_assert_int_eq(keep_end(k), 0);
	GOT(101, 102, 103);
	check_counts(2, 2, 0);
	end();
	begin("dropped:TCP_*,dropped:no_sock*");
	first(4, 0, 104);
	dropped(4, 105);
	ck_assert_int_eq(keep_end(k), 0);
	GOT(104, 105);
	end();
}
END_TEST

/* Another namespace gets the inode number of one that was compared. */
START_TEST(name_changes)
{
	begin("netns:b*");
	first(1, 0, 100);
	more(1, 101, EV_DEV | EV_END);
	netns_of_now = "red";
	keep_names_changed(k);
	first(2, 0, 102);
	more(2, 103, EV_DEV | EV_END);
	netns_of_now = "blue";
	ck_assert_int_eq(keep_end(k), 0);
	GOT(100, 101);
	check_counts(1, 1, 0);
	end();
}
END_TEST

/* A segment that is sent again, and the first one while that still waits. */
START_TEST(retransmitted)
{
	begin("retransmitted");
	segment((struct segment_made){ .packet = 1, .ts = 100, .flags = ACK, .seq = 5, .data = 9 });
	segment((struct segment_made){
		.packet = 2, .ts = 200, .flags = ACK, .seq = 14, .data = 9 });
	segment((struct segment_made){ .packet = 3, .ts = 300, .flags = ACK, .seq = 14 });
	segment((struct segment_made){
		.packet = 4, .ts = 400, .flags = ACK, .seq = 14, .data = 9, .is_back = true });
	segment((struct segment_made){ .packet = 5, .ts = 500, .flags = ACK, .seq = 5, .data = 9 });
	until(SECOND);
	GOT(100, 500);
	segment((struct segment_made){
		.packet = 6, .ts = SECOND, .flags = ACK, .seq = 14, .data = 9 });
	until(2 * SECOND);
	GOT(100, 500, SECOND);
	check_counts(3, 3, 0);
	end();
}
END_TEST

/* A copy of a segment has its number, too. One that is made after the first has gone is sent again.
 */
START_TEST(copy_of_a_segment)
{
	begin("retransmitted");
	segment((struct segment_made){ .packet = 1, .ts = 100, .flags = SYN, .stays = true });
	segment((struct segment_made){ .packet = 2, .ts = 101, .flags = SYN, .parent = 1 });
	check_counts(0, 0, 0);
	segment((struct segment_made){ .packet = 3, .ts = 102, .flags = SYN, .parent = 1 });
	check_counts(3, 0, 0);
	ck_assert_int_eq(keep_end(k), 0);
	GOT(100, 101, 102);
	end();
}
END_TEST

/* Who asks waits for a packet in the other direction. Data and its acknowledgement do not ask. */
START_TEST(unanswered)
{
	begin("unanswered");
	segment((struct segment_made){ .packet = 1, .ts = 100, .flags = SYN });
	segment((struct segment_made){ .packet = 2, .ts = 200, .flags = SYN });
	until(SECOND);
	segment((struct segment_made){
		.packet = 3, .ts = SECOND, .flags = SYN | ACK, .is_back = true });
	until(2 * SECOND);
	check_counts(0, 3, 0);
	segment((struct segment_made){ .packet = 4, .ts = 2 * SECOND, .flags = SYN });
	segment((struct segment_made){ .packet = 5, .ts = 3 * SECOND, .flags = ACK, .data = 9 });
	until(4 * SECOND);
	check_counts(0, 3, 0);
	until(2 * SECOND + KEEP_LIMIT_NS);
	check_counts(1, 4, 0);
	GOT(2 * SECOND);
	segment((struct segment_made){ .packet = 6, .ts = 20 * SECOND, .flags = SYN });
	ck_assert_int_eq(keep_end(k), 0);
	GOT(2 * SECOND, 20 * SECOND);
	end();
}
END_TEST

/* convert.c refuses what is damaged; here it must only not be read. */
START_TEST(damaged_records)
{
	struct entry_made m = { .ts_ns = 1, .packet = 1, .flags = EV_FIRST | EV_DELTAS };
	uint64_t record[ENTRY_BYTES_MAX / 8];
	struct pw_entry *entry = (void *)record;
	uint8_t whole, bytes8;

	begin("dropped");
	entry_put(record, &m);
	whole = entry->bytes8;
	for (bytes8 = 4; bytes8 < whole; bytes8++) {
		struct pw_entry *copy = malloc(bytes8 * 8u);

		entry->bytes8 = bytes8;
		memcpy(copy, entry, bytes8 * 8u);
		ck_assert_int_eq(keep_entry(k, 3, copy), 0);
		free(copy);
	}
	ck_assert_uint_eq(nr_got, whole - 4u);
	entry->bytes8 = whole;
	entry->slot = NR_SLOTS;
	ck_assert_int_eq(keep_entry(k, 3, entry), 0);
	ck_assert_uint_eq(nr_got, whole - 3u);
	end();
}
END_TEST

/* A record of a hook that ran a chain, or of a rule that netfilter traced. */
static void ran(uint64_t packet, uint64_t ts, uint32_t func, uint32_t contents)
{
	struct {
		struct pw_aux aux;
		struct pw_hook_info hook_info;
		struct pw_nf_info nf_info;
	} m = { .aux = { .ts = ts, .packet = packet, .func = func, .contents = contents },
		.hook_info = { .hook = 2, .pf = 2 },
		.nf_info = { .rule = 3, .table = "guard", .chain = "gate" } };
	const size_t len = aux_record_bytes(contents);
	struct pw_aux *copy = calloc(1, len);

	ck_assert_uint_eq(len, sizeof(m));
	memcpy(copy, &m, len);
	ck_assert_int_eq(keep_aux(k, copy, copy + 1), 0);
	free(copy);
}

/* Expects whether an expression keeps the packet of such a record. */
static void check_rule(const char *expr, uint32_t func, uint32_t contents, bool kept)
{
	begin(expr);
	first(1, 0, 1);
	ran(1, 2, func, contents);
	more(1, 3, EV_END);
	ck_assert_int_eq(keep_end(k), 0);
	ck_assert_msg(nr_got == (kept ? 3 : 0), "%s", expr);
	end();
}

START_TEST(rules)
{
	const uint32_t chain = AUX_TABLE | AUX_CHAIN | AUX_HOOK, table = AUX_TABLE | AUX_HOOK,
		       rule = AUX_TABLE | AUX_CHAIN | AUX_RULE, other = 12345;

	check_rule("rule:guard", other, chain, true);
	check_rule("rule:gate", other, chain, true);
	check_rule("rule:guard/gate", other, chain, true);
	check_rule("rule:guard/g*", other, chain, true);
	check_rule("rule:guard/gate/3", other, chain, false);
	check_rule("rule:guard/FORWARD", other, chain, false);
	check_rule("rule:guard/FORWARD", other, table, true);
	check_rule("rule:guard/gate/3", FUNC_NFT_TRACE, rule, true);
	check_rule("rule:guard/gate/3", FUNC_XT_TRACE, rule, true);
	check_rule("rule:guard/gate/4,reset", FUNC_NFT_TRACE, rule, false);
	check_rule("rule:filter,rule:gate", FUNC_NFT_TRACE, rule, true);
	check_rule("rule:guard", other, AUX_HOOK | AUX_CT, false);
}
END_TEST

/* The entries have 60 bytes; the packet is in two namespaces. */
START_TEST(numbers)
{
	static const struct {
		const char *expr;
		bool kept;
	} cases[] = {
		{ "len>60", false },
		{ "len>=60", true },
		{ "len<60", false },
		{ "len<=60", true },
		{ "len>1400,len<61", true },
		{ "hops>1", true },
		{ "hops>=2", true },
		{ "hops>2", false },
		{ "latency>5ms", false },
		{ "latency>=5ms", true },
		{ "latency>4ms", true },
		{ "longer-than:4ms", true },
		{ "slower:9ms,latency>4ms", true },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(cases[i].expr);
		first(1, 0, MS);
		more(1, 6 * MS, EV_DEV | EV_END);
		ck_assert_int_eq(keep_end(k), 0);
		ck_assert_msg(nr_got == (cases[i].kept ? 2 : 0), "%s", cases[i].expr);
		end();
	}
}
END_TEST

/* A copy goes on from the hop of its original, which was the second one here. */
START_TEST(hops_of_a_copy)
{
	begin("hops>2");
	first(1, 0, MS);
	more(1, 2 * MS, EV_DEV);
	first(2, 1, 3 * MS);
	more(2, 4 * MS, EV_DEV | EV_END);
	more(1, 5 * MS, EV_END);
	ck_assert_int_eq(keep_end(k), 0);
	ck_assert_uint_eq(nr_got, 5);
	end();
}
END_TEST

static void check_message(const char *expr, const char *message)
{
	struct keep_rules r;

	ck_assert_int_eq(keep_rules_parse(&r, expr, &d), PWRT_EINVAL);
	ck_assert_str_eq(d.text, message);
}

START_TEST(messages)
{
	char pattern[6 + 256 + 1] = "netns:";

	check_message(
		"reset,slow:5ms",
		"unknown condition 'slow:5ms'; conditions are dropped[:REASON], rule:RULE, netns:NAME, slower:TIME, reset, retransmitted, unanswered, latency>TIME, len>=BYTES, hops>N");
	check_message("slower:x", "cannot read 'slower:x': write slower:5ms");
	check_message("len:4", "cannot read 'len:4': write len>=1400, with >, >=, < or <=");
	check_message(
		"hops<3,reset",
		"cannot read 'hops<3': write hops>20, with > or >=: the number of hops grows on the way");
	check_message("len>1,len>2,len>3,len>4,len>5,len>6,len>7,len>8,len>9,reset",
		      "more than 8 comparisons: leave out 'len>9'");
	memset(pattern + 6, 'x', 256);
	check_message(
		pattern,
		"'netns:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...' is too long: write 255 bytes or fewer behind netns");
	check_message("rule",
		      "cannot read 'rule': write rule:filter/FORWARD, or rule:guard/gate/3");
}
END_TEST

START_TEST(expressions)
{
	static const char *const bad[] = {
		"",
		"drop",
		"dropped,",
		"dropped:",
		"slower",
		"slower:",
		"slower:x",
		"slower:0",
		"reset:1",
		"netns",
		"netns>1",
		"rule:",
		"rule>3",
		"latency",
		"latency>",
		"latency<5ms",
		"latency:5ms",
		"latency>0",
		"len",
		"len>",
		"len>x",
		"len>=1k",
		"len==4",
		"hops<2",
		"hops:3",
		"dropped>3",
		"dropped<",
		"len>1,len>2,len>3,len>4,len>5,len>6,len>7,len>8,len>9",
	};
	struct keep_rules r;
	char name[200];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(keep_rules_parse(&r, bad[i], &d) == PWRT_EINVAL, "'%s'", bad[i]);
	ck_assert_int_eq(keep_rules_parse(&r, "slower:200ms,reset,netns:blue", &d), 0);
	ck_assert_uint_eq(r.slower_ns, 200 * MS);
	ck_assert(r.resets && r.netns && !r.drops);
	ck_assert(keep_rules_netns(&r, "blue"));
	ck_assert(!keep_rules_netns(&r, "red"));
	ck_assert_int_eq(keep_rules_parse(&r, "netns:*", &d), 0);
	ck_assert(keep_rules_netns(&r, ""));
	snprintf(name, sizeof(name), "netns:%0150d", 1);
	ck_assert_int_eq(keep_rules_parse(&r, name, &d), 0);
	ck_assert(keep_rules_netns(&r, name + 6));
	ck_assert(!keep_rules_reason(&r, "SKB_DROP_REASON_NO_SOCKET"));
	ck_assert_int_eq(keep_rules_parse(&r, "reason:NO_SOCKET", &d), 0);
	ck_assert(keep_rules_reason(&r, "SKB_DROP_REASON_NO_SOCKET"));
	ck_assert(!keep_rules_reason(&r, "SKB_DROP_REASON_TCP_CSUM"));
}
END_TEST

Suite *suite_keep(void)
{
	Suite *s = suite_create("keep");
	TCase *tc = tcase_create("keep");

	tcase_add_test(tc, dropped_whole);
	tcase_add_test(tc, copies);
	tcase_add_test(tc, order_of_time);
	tcase_add_test(tc, time_limit);
	tcase_add_test(tc, waits_in_full_memory);
	tcase_add_test(tc, memory_full_of_waiting_packets);
	tcase_add_test(tc, many_packets);
	tcase_add_test(tc, slot_used_again);
	tcase_add_test(tc, late_returns);
	tcase_add_test(tc, refused_records);
	tcase_add_test(tc, packets_before);
	tcase_add_test(tc, samples);
	tcase_add_test(tc, slower);
	tcase_add_test(tc, conditions);
	tcase_add_test(tc, name_changes);
	tcase_add_test(tc, retransmitted);
	tcase_add_test(tc, copy_of_a_segment);
	tcase_add_test(tc, unanswered);
	tcase_add_test(tc, damaged_records);
	tcase_add_test(tc, rules);
	tcase_add_test(tc, numbers);
	tcase_add_test(tc, hops_of_a_copy);
	tcase_add_test(tc, messages);
	tcase_add_test(tc, expressions);
	suite_add_tcase(s, tc);
	return s;
}

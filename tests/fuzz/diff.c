/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Two recordings compared, fed with anything: the model, the comparison, the verdict, and both
 * reports; and the choice of flows in the second one alone. For libFuzzer and for AFL++ (whose
 * driver has the same entry).
 *
 * An input that begins as a .pwrt file is one or two files: the second begins at the last other
 * place where such a file begins. Any other input is a list of events, from which two files are
 * written: this goes deeper into the comparison than bytes that must first be a file.
 */
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cpu_limit.h"
#include "diff/choose.h"
#include "diff/compare.h"
#include "diff/output/report.h"
#include "diff/triggers.h"
#include "diff/words/verdict.h"
#include "replay/paths.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAGIC "PWRT\r\n\x1a\n" /* how a file begins: docs/pwrt-format.md */
#define MAGIC_LEN 8
#define EVENT_LEN 7
#define HDR_LEN 60    /* bytes: IPv6 and TCP */
#define SECONDS_MAX 1 /* of processor time, with sanitizers, for an input of up to 64 KiB */

static const struct pwrt_limits limits = { .mem_bytes = 64 << 20 };

/* Functions that the comparison treats alike or each in its own way. */
static const char *const names[] = {
	"ip_rcv",
	"ip_rcv_finish",
	"nf_hook_slow",
	"nf_nat_inet_fn",
	"nf_nat_ipv4_out",
	"nf_nat_ipv4_pre_routing",
	"nf_nat_manip_pkt",
	"mark_tg.isra.0",
	"ip_output",
	"dev_hard_start_xmit",
	"__udp_enqueue_schedule_skb",
	"kfree_skb_reason",
	"ipt_do_table",
	"ip_route_input_noref",
	"skb_release_data",
	"ip_forward",
	"ip_local_out",
	"ip_local_deliver",
	"icmp_rcv",
	"icmp_reply",
	"__icmp_send",
	"arp_rcv",
	"ndisc_rcv",
	"neigh_resolve_output",
	"tcp_v4_rcv",
	"tcp_rcv_state_process",
	"udp_unicast_rcv_skb",
	"__dev_queue_xmit",
	"__netif_receive_skb_core",
	"ip_defrag",
	"nf_conntrack_in",
	"veth_xmit",
	"ip_error",
};

/* Values on which decisions depend, or that name a place. */
static const char *const keys[] = {
	"ret",		 "nf.verdict", "nf.table",  "nf.hook",	   "route.type",
	"route.nexthop", "route.dev",  "route.mtu", "dev.mtu",	   "skb.gso_size",
	"ct.state",	 "ct.status",  "sk.state",  "xdp.verdict", "tc.verdict",
};

static void check(bool good)
{
	if (!good)
		abort();
}

static int memory_file(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	return fd;
}

static void write_tables(struct pwrt_writer *w, struct pwrt_diag *d)
{
	static const struct pwrt_enum enums[] = {
		{ "skb_drop_reason", "SKB_DROP_REASON_NETFILTER_DROP", 8 },
		{ "nf.verdict", "ACCEPT", 1 },
	};
	static const struct pwrt_info aims[] = { { "aim.1", "packet 1, 10.0.0.9" },
						 { "aim.2", "packet 3, 10.0.0.9" } };
	size_t i;

	check(!pwrt_writer_info(w, aims, 2, d));
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		check(!pwrt_writer_func(w, &(struct pwrt_func){ i, names[i], "", "", 0, 0 }, d));
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		check(!pwrt_writer_key(w, &(struct pwrt_key){ keys[i] }, d));
	for (i = 0; i < 2; i++)
		check(!pwrt_writer_enum(w, &enums[i], d));
	check(!pwrt_writer_dev(w, &(struct pwrt_dev){ 1, 1, "eth0" }, d));
}

/*
 * Writes the headers that the byte kind selects: protocol and recorded length. The bytes of
 * addrs select addresses, ports, and the type of an ICMP message. Returns the recorded length.
 */
static uint16_t write_headers(uint8_t *hdr, uint8_t kind, uint8_t addrs)
{
	static const uint8_t protos[] = { IPPROTO_UDP, IPPROTO_TCP, IPPROTO_ICMP, IPPROTO_ESP };
	static const uint8_t types[] = { ICMP_ECHOREPLY, ICMP_DEST_UNREACH, ICMP_ECHO,
					 ICMP_TIME_EXCEEDED };
	static const uint8_t types6[] = { ICMP6_ECHO_REQUEST, ICMP6_ECHO_REPLY, ND_NEIGHBOR_SOLICIT,
					  ICMP6_PACKET_TOO_BIG };
	uint8_t proto = protos[kind & 3], *l4;

	memset(hdr, 0, HDR_LEN);
	if (kind & 4) {
		proto = proto == IPPROTO_ICMP ? IPPROTO_ICMPV6 : proto;
		memcpy(hdr, (uint8_t[]){ 0x60, 0, 0, 0, 0, 20, proto, 64 }, 8);
		hdr[23] = addrs & 3;
		hdr[39] = addrs >> 2 & 3;
		l4 = hdr + 40;
	} else {
		memcpy(hdr, (uint8_t[]){ 0x45, 0, 0, 40, 0, 0, kind & 8 ? 0x20 : 0, 0, 64, proto },
		       10);
		hdr[15] = addrs & 3;
		hdr[19] = addrs >> 2 & 3;
		l4 = hdr + 20;
	}
	if (proto == IPPROTO_ICMP)
		l4[0] = types[addrs >> 4 & 3];
	else if (proto == IPPROTO_ICMPV6)
		l4[0] = types6[addrs >> 4 & 3];
	else
		memcpy(l4, (uint8_t[]){ 0, addrs >> 4 & 3, 0, addrs >> 6 }, 4);
	if (proto == IPPROTO_TCP)
		memcpy(l4 + 12, (uint8_t[]){ 0x50, addrs }, 2);
	/* All of it, without the end of the transport header, without all of it, or nothing. */
	return (uint16_t[]){ HDR_LEN, 28, 20, 0 }[kind >> 4 & 3];
}

/* Bytes of an event: side and function, stack, packet and parent, place, value, headers, addresses.
 */
static void write_event(struct pwrt_writer *w, const uint8_t *e, uint64_t ts_ns,
			struct pwrt_diag *d)
{
	uint8_t hdr[HDR_LEN];
	struct pwrt_value v = { .key = e[4] & 15, .type = PWRT_VALUE_NUMBER, .num = e[4] >> 4 };
	struct pwrt_values values = { .len = 0 };
	struct pwrt_event ev = {
		.ts_ns = ts_ns,
		.packet = 1 + (e[2] & 7),
		.parent = e[2] & 8 ? 1 + (e[2] >> 4 & 7) : 0,
		.func = (e[0] >> 1) % (sizeof(names) / sizeof(names[0]) + 1),
		.sp = 0xffffc90000003f00u - (e[1] & 31) * 64,
		.caller = PWRT_NONE,
		.stack = PWRT_NONE,
		.task = PWRT_NONE,
		.dev = e[1] & 64 ? 0 : PWRT_NONE,
		.reason = e[1] & 128 ? e[4] & 15 : PWRT_NONE,
		.mark = e[3] & 3,
		.cpu = e[3] >> 2 & 3,
		.len = 28 + (e[3] >> 4),
		.hdr = hdr,
		.flags = (e[1] & 32 ? PWRT_EV_RETURN : 0) | (e[2] & 128 ? PWRT_EV_FREED : 0),
	};

	ev.hdr_len = write_headers(hdr, e[5], e[6]);
	if (e[1] & 32 && v.key < sizeof(keys) / sizeof(keys[0]) && pwrt_value_put(&values, &v)) {
		ev.values = values.bytes;
		ev.values_len = values.len;
	}
	check(!pwrt_writer_event(w, &ev, d));
}

/* A file of the events of one side; an event with bit 0 of its first byte is on both. */
static int test_file_make(const uint8_t *data, size_t size, int side)
{
	/* Blocks of the usual size take longer to allocate than all the rest. */
	const struct pwrt_writer_options options = { .level = PWRT_STORE, .block_events = 512 };
	const struct pwrt_clock clock = { 1000, 2000, 30 };
	struct pwrt_writer *w = NULL;
	struct pwrt_diag d;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	size_t i;

	check(fd >= 0 && !pwrt_writer_new(&w, fd, &options, &d));
	check(!pwrt_writer_clock(w, &clock, &d));
	write_tables(w, &d);
	for (i = 0; i + EVENT_LEN <= size; i += EVENT_LEN)
		if (data[i] & 1 || (data[i] >> 7) == side)
			write_event(w, data + i, 2000 + i, &d);
	check(!pwrt_writer_finish(w, &d));
	pwrt_writer_free(w);
	return fd;
}

static size_t last_magic(const uint8_t *data, size_t size)
{
	size_t i;

	for (i = size - MAGIC_LEN; i; i--)
		if (!memcmp(data + i, data, MAGIC_LEN))
			return i;
	return 0;
}

struct side {
	char path[32];
	struct trace t;
	struct path *paths;
	size_t nr, nr_loaded;
	int fd;
};

static int load(struct side *s)
{
	const struct selection all = { 0 };
	struct pwrt_diag d;
	int ret;

	snprintf(s->path, sizeof(s->path), "/proc/self/fd/%d", s->fd);
	ret = trace_open(&s->t, s->path, true, &limits, &d);
	if (ret == 0)
		ret = trace_scan(&s->t, &all, &d);
	if (ret == 0)
		ret = paths_load(&s->paths, &s->nr_loaded, &s->t, &all, &d);
	s->nr = ret == 0 ? endings_move_last(s->paths, s->nr_loaded) : 0;
	return ret;
}

/* Puts the triggers of a file in words. */
static void read_triggers(const struct trace *t)
{
	struct trigger trigger = { 0 };
	char words[TRIGGER_WORDS];
	uint64_t last = 0;
	uint32_t at = 0;

	while (triggers_next(t, &at, &trigger)) {
		check(trigger.nr > last);
		last = trigger.nr;
		trigger_words(t, &trigger, words);
		check(strnlen(words, sizeof(words)) < sizeof(words));
	}
}

/* Chooses flows in one file, as without a selection. All memory comes back. */
static void choose(const char *path)
{
	const struct selection all = { 0 };
	struct trace t = { .spool = -1 };
	struct choice c;
	struct pwrt_diag d;
	uint64_t used;
	int ret = trace_open(&t, path, false, &limits, &d);

	t.wants_facts = true;
	if (ret == 0)
		ret = trace_scan(&t, &all, &d);
	if (ret == 0) {
		used = pwrt_reader_memory(t.first)->used;
		ret = choose_flows(&c, &t, &d);
		check(pwrt_reader_memory(t.first)->used == used);
		check(c.bad <= model_last_flow(t.m) && c.good <= model_last_flow(t.m));
		check((c.bad || !c.good) && (!c.good || c.good != c.bad));
		check(c.nr_control <= CONTROL_MAX);
		read_triggers(&t);
	}
	trace_close(&t);
}

static void report(struct side *good, struct side *bad)
{
	struct comparison c;
	struct verdict v;
	struct report r = { .good = &good->t, .bad = &bad->t, .context = 3, .c = &c, .v = &v };
	struct flow_groups m;
	struct pwrt_diag d;
	int ret = flow_groups_compare(&m, good->paths, good->nr, bad->paths, bad->nr, &bad->t, &d);

	if (ret > 0) {
		r.flow_groups = &m;
		ret = flow_groups_compare_one(&c, &m, 0, &d);
	} else if (ret == 0) {
		ret = compare_borrowed(&c, good->paths, good->nr, bad->paths, bad->nr, NULL, &d);
	}
	if (ret) {
		flow_groups_free(&m);
		return;
	}
	verdict_fill(&v, &c, &bad->t);
	check(strnlen(v.summary, sizeof(v.summary)) < sizeof(v.summary));
	report_text(&r, &d);
	report_json(&r, &d);
	compare_free(&c);
	flow_groups_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool quiet;
	struct side good = { .t.spool = -1 }, bad = { .t.spool = -1 };
	bool raw = size > MAGIC_LEN && !memcmp(data, MAGIC, MAGIC_LEN);
	size_t at = raw ? last_magic(data, size) : 0;

	if (!quiet && !freopen("/dev/null", "w", stdout))
		abort();
	quiet = true;
	cpu_limit(SECONDS_MAX);
	good.fd = raw ? memory_file(data, at ? at : size) : test_file_make(data, size, 0);
	bad.fd = raw ? memory_file(data + at, size - at) : test_file_make(data, size, 1);
	if (load(&good) == 0 && load(&bad) == 0)
		report(&good, &bad);
	choose(bad.path);
	paths_free(good.paths, good.nr_loaded);
	paths_free(bad.paths, bad.nr_loaded);
	trace_close(&good.t);
	trace_close(&bad.t);
	close(good.fd);
	close(bad.fd);
	cpu_limit(0);
	return 0;
}

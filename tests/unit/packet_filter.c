/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The translation of filters to eBPF, against libpcap's own interpreter: many expressions on many
 * packets, real ones, cut ones and random ones. The eBPF runs in a small interpreter here; that the
 * kernel's verifier takes it is what the lab shows.
 */
#include "unit.h"

#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/attach/insn_patch.h"
#include "record/attach/network_order.h"
#include "record/attach/packet_filter.h"

static const struct rdonly_cast_ids a_view = { .cast = 1234, .type = 567 };

/* An interpreter of the few instructions that record/attach/packet_filter.c emits. */
struct machine {
	uint64_t r[11];
	uint8_t packet[FILTER_HDR_MAX + 8];
	uint64_t mem[FILTER_MEM_LEN];
	const struct rdonly_cast_ids *view; /* NULL: the program may not cast */
	size_t pc;
};

/* Of the last run. */
static size_t packet_loads, turns; /* turns: of bytes into host order */

/* No ck_assert for each instruction: it sends a message to the parent process each time. */
static void run_access(struct machine *m, const struct bpf_insn *i)
{
	const uint64_t packet_at = (uintptr_t)m->packet, mem_at = (uintptr_t)m->mem;
	const bool loads = BPF_CLASS(i->code) == BPF_LDX;
	const uint64_t at = m->r[loads ? i->src_reg : i->dst_reg] + (uint64_t)i->off;
	const size_t n = BPF_SIZE(i->code) == BPF_DW ? 8 :
			 BPF_SIZE(i->code) == BPF_W  ? 4 :
			 BPF_SIZE(i->code) == BPF_H  ? 2 :
						       1;
	bool in_packet = at >= packet_at && at + n <= packet_at + sizeof(m->packet);
	bool in_mem = at >= mem_at && at + n <= mem_at + sizeof(m->mem);
	uint64_t v = BPF_CLASS(i->code) == BPF_STX ? m->r[i->src_reg] : (uint32_t)i->imm;

	if (!in_packet && !in_mem)
		ck_abort_msg("insn %zu leaves its memory", m->pc);
	if (loads) {
		packet_loads += in_packet;
		m->r[i->dst_reg] = 0;
		memcpy(&m->r[i->dst_reg], (void *)(uintptr_t)at, n);
	} else {
		memcpy((void *)(uintptr_t)at, &v, n);
	}
}

static uint64_t operand(const struct machine *m, const struct bpf_insn *i)
{
	return i->code & BPF_X ? m->r[i->src_reg] : (uint64_t)(int64_t)i->imm;
}

#define CLASS_ALU64 0x07 /* BPF_ALU64 and BPF_JMP32 of linux/bpf.h */
#define CLASS_JMP32 0x06

static void run_alu(struct machine *m, const struct bpf_insn *i)
{
	const bool alu64 = BPF_CLASS(i->code) == CLASS_ALU64;
	uint64_t src = operand(m, i), *dst = &m->r[i->dst_reg];

	if (!alu64)
		*dst = (uint32_t)*dst, src = (uint32_t)src;
	/* clang-format off */
	switch (BPF_OP(i->code)) {
	case BPF_ADD: *dst += src; break;
	case BPF_SUB: *dst -= src; break;
	case BPF_MUL: *dst *= src; break;
	case BPF_DIV: ck_assert(src); *dst /= src; break;
	case BPF_MOD: ck_assert(src); *dst %= src; break;
	case BPF_OR: *dst |= src; break;
	case BPF_AND: *dst &= src; break;
	case BPF_XOR: *dst ^= src; break;
	case BPF_LSH: ck_assert_uint_lt(src, alu64 ? 64 : 32); *dst <<= src; break;
	case BPF_RSH: ck_assert_uint_lt(src, alu64 ? 64 : 32); *dst >>= src; break;
	case BPF_NEG: *dst = -*dst; break;
	case BPF_MOV: *dst = src; break;
	case BPF_END:
		turns++;
		*dst = i->imm == 16 ? __builtin_bswap16((uint16_t)*dst) :
				      __builtin_bswap32((uint32_t)*dst);
		break;
	default: ck_abort_msg("insn %zu: ALU 0x%x", m->pc, i->code);
	}
	/* clang-format on */
	if (!alu64)
		*dst = (uint32_t)*dst;
}

/* A cast takes a pointer and a type, and leaves nothing in the other registers of arguments. */
static void run_cast(struct machine *m, const struct bpf_insn *i)
{
	if (i->src_reg != BPF_PSEUDO_KFUNC_CALL || !m->view || i->imm != (int32_t)m->view->cast ||
	    m->r[2] != m->view->type)
		ck_abort_msg("insn %zu calls something else", m->pc);
	m->r[0] = m->r[1];
	m->r[1] = m->r[2] = m->r[3] = m->r[4] = m->r[5] = 0xdeaddeaddeaddead;
}

static bool is_true(const struct machine *m, const struct bpf_insn *i)
{
	const bool jmp32 = BPF_CLASS(i->code) == CLASS_JMP32;
	uint64_t a = m->r[i->dst_reg], b = operand(m, i);

	if (jmp32)
		a = (uint32_t)a, b = (uint32_t)b;
	/* clang-format off */
	switch (BPF_OP(i->code)) {
	case BPF_JA: return true;
	case BPF_JEQ: return a == b;
	case BPF_JGT: return a > b;
	case BPF_JGE: return a >= b;
	case BPF_JSET: return a & b;
	case BPF_JLT: return a < b;
	case BPF_JLE: return a <= b;
	case BPF_JNE: return a != b;
	}
	/* clang-format on */
	ck_abort_msg("insn %zu: JMP 0x%x", m->pc, i->code);
}

static void run_jump(struct machine *m, const struct bpf_insn *i)
{
	if (i->code == (BPF_JMP | BPF_CALL)) {
		run_cast(m, i);
		return;
	}
	if (i->off < 0)
		ck_abort_msg("insn %zu jumps back", m->pc);
	m->pc += is_true(m, i) ? (size_t)i->off : 0;
}

/* Runs a program on a packet. Returns r0. */
static uint64_t run(const struct bpf_insn *insns, const struct rdonly_cast_ids *view,
		    const uint8_t *hdr, uint64_t caplen, uint64_t wirelen, uint64_t l3_off)
{
	struct machine m = { .view = view };
	const uint64_t packet_at = (uintptr_t)m.packet;
	size_t steps = 0, reg;

	m.r[0] = packet_at;
	m.r[1] = packet_at - (view ? FILTER_VIEW_OFF : 0);
	m.r[2] = caplen;
	m.r[3] = wirelen;
	m.r[4] = l3_off;
	m.r[5] = (uintptr_t)m.mem;
	for (reg = 6; reg <= 8; reg++)
		m.r[reg] = 0xfeedfeedfeedfe00 + reg;
	memcpy(m.packet, hdr, caplen);
	packet_loads = turns = 0;
	for (; m.pc < FILTER_SLOT_LEN; m.pc++) {
		const struct bpf_insn *i = &insns[m.pc];

		if (++steps >= 2 * FILTER_SLOT_LEN)
			ck_abort_msg("the program loops");
		switch (BPF_CLASS(i->code)) {
		case BPF_LDX:
		case BPF_STX:
		case BPF_ST:
			run_access(&m, i);
			break;
		case BPF_ALU:
		case CLASS_ALU64:
			run_alu(&m, i);
			break;
		case BPF_JMP:
		case CLASS_JMP32:
			run_jump(&m, i);
			break;
		default:
			ck_abort_msg("insn %zu: class 0x%x", m.pc, i->code);
		}
	}
	ck_assert_uint_eq(m.pc, FILTER_SLOT_LEN);
	for (reg = 6; reg <= 8 && view; reg++)
		ck_assert_uint_eq(m.r[reg], 0xfeedfeedfeedfe00 + reg);
	return m.r[0];
}

static const char *const expressions[] = {
	"ip[0] & 0xf0 > 0x35 and ip[0] & 0xf0 < 0x50",
	"tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420",
	"icmp",
	"host 10.0.0.1 and icmp",
	"tcp port 80",
	"udp portrange 1000-2000",
	"src net 10.0.0.0/8",
	"ip6",
	"icmp6 and ip6[40] = 128",
	"not arp",
	"tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
	"greater 100",
	"less 60",
	"ip[8] < 64",
	"ether host 02:00:00:00:00:01",
	"vlan 7 and ip",
	"ip proto 47",
	"host 10.0.0.1 or host 10.0.0.2 or net 192.168.0.0/16 and not port 22",
	"ip[2:2] > 80",
	"ip[0] & 0xf != 5",
	"tcp[13] * 2 + 1 > 5",
	"udp[4:2] / 3 = 7",
	"ip[6:2] & 0x1fff = 0",
	"len >= 64",
	"ip[ip[0] & 0xf] > 10",
	"(ip[8] << 2) >> 1 = 128",
	"ip multicast or ether multicast",
	"ip6 host 2001:db8::1",
	"tcp and (ip[2:2] - ((ip[0]&0xf)<<2) - ((tcp[12]&0xf0)>>2)) != 0",
	"ip[300] = 1",
	"ether[0] & 1 = 1",
	"dst port 53",
	"port 65535 and host 255.255.255.255",
	"ip6 and tcp port 443",
	"arp",
};

/* A packet with a bit of everything; then bytes are changed at random. */
static size_t packet(uint8_t *p, size_t *l3_off)
{
	static const uint8_t macs[12] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };
	static const uint16_t types[] = { 0x0800, 0x86dd, 0x0806, 0x8100 };
	static const uint8_t protos[] = { 1, 6, 17, 47, 58 };
	static const uint16_t ports[] = { 80, 443, 53, 22, 1500, 65535 };
	uint16_t type = types[rand() % 4];
	size_t at = 0, i;

	memset(p, 0, FILTER_HDR_MAX);
	*l3_off = rand() % 3 ? 14 : 0;
	if (*l3_off) {
		memcpy(p, macs, 12);
		p[12] = (uint8_t)(type >> 8);
		p[13] = (uint8_t)type;
		at = 14;
		if (type == 0x8100) {
			p[15] = 7;
			p[16] = 8;
			at = *l3_off = 18;
		}
	}
	if (type == 0x86dd) {
		p[at] = 0x60;
		p[at + 6] = protos[rand() % 5];
		p[at + 8] = 0x20;
		p[at + 9] = 1;
		p[at + 10] = 0x0d;
		p[at + 11] = 0xb8;
		p[at + 23] = 1;
		at += 40;
	} else {
		p[at] = 0x45;
		p[at + 3] = (uint8_t)rand();
		p[at + 8] = rand() % 2 ? 64 : 63;
		p[at + 9] = protos[rand() % 5];
		p[at + 12] = 10;
		p[at + 15] = (uint8_t)(1 + rand() % 3);
		p[at + 16] = rand() % 2 ? 192 : 10;
		p[at + 17] = 168;
		p[at + 19] = 2;
		at += 20;
	}
	for (i = 0; i < 4; i += 2) {
		uint16_t port = ports[rand() % 6];

		p[at + i] = (uint8_t)(port >> 8);
		p[at + i + 1] = (uint8_t)port;
	}
	if (rand() % 8 == 0)
		p[at] = 128;
	p[at + 12] = 0x50;
	p[at + 13] = (uint8_t)(rand() % 64);
	at += 20;
	for (i = (size_t)(rand() % 4); i > 0; i--)
		p[(size_t)rand() % at] = (uint8_t)rand();
	return rand() % 4 ? at : (size_t)rand() % (at + 1);
}

START_TEST(same_as_libpcap)
{
	const struct rdonly_cast_ids *view = _i ? &a_view : NULL;
	struct bpf_insn *slot = calloc(FILTER_SLOT_LEN, sizeof(*slot));
	unsigned int i, k, yes = 0, no = 0;

	srand(7);
	for (i = 0; i < sizeof(expressions) / sizeof(expressions[0]); i++) {
		struct pwrt_diag d = { 0 };
		struct pcap_expr *e = NULL;

		ck_assert_msg(pcap_expr_compile(&e, expressions[i], &d) == 0, "%s: %s",
			      expressions[i], d.text);
		if (view && packet_filter_uses_length(e)) {
			pcap_expr_free(e);
			continue;
		}
		ck_assert_msg(packet_filter_build(slot, e, view, &d) == 0, "%s: %s", expressions[i],
			      d.text);
		for (k = 0; k < 3000; k++) {
			uint8_t p[FILTER_HDR_MAX];
			size_t l3_off, len = packet(p, &l3_off),
				       wire = len + (size_t)(rand() % 1000);
			bool want = len && pcap_expr_match(e, p, len, wire, l3_off);
			bool got = run(slot, view, p, len, wire, l3_off);

			/* Where bytes are missing, the quick filter may accept a packet, but not
			 * refuse it. */
			if (view ? want && !got : want != got)
				ck_abort_msg("'%s', packet %u: pcap returns %d", expressions[i], k,
					     want);
			yes += got;
			no += !got;
		}
		pcap_expr_free(e);
	}
	/* Else the test would prove nothing. */
	ck_assert_uint_gt(yes, 5000);
	ck_assert_uint_gt(no, 5000);
	free(slot);
}
END_TEST

/*
 * The quick filter loads bytes once that lie within 8 of each other, and the exact filter each. It
 * turns bytes into host order only if it does more than compare them with constants.
 */
START_TEST(joined_loads)
{
	static const uint8_t udp[42] = { 2, 0, 0,    0, 0, 1,  2,  0, 0, 0, 0,	2,
					 8, 0, 0x45, 0, 0, 28, 0,  0, 0, 0, 64, 17,
					 0, 0, 10,   0, 0, 1,  10, 0, 0, 2, 0,	53 };
	static const struct {
		const char *text;
		bool match;
		size_t quick, exact; /* loads */
		size_t turns;	     /* of the quick filter */
	} t[] = {
		{ "host 10.0.0.3", false, 2, 3, 0 }, /* type; both addresses */
		{ "host 10.0.0.2", true, 2, 3, 0 },
		{ "net 10.1.0.0/16", false, 2, 3, 6 }, /* masks */
		{ "ip[0] = 0x45 and ip[8] = 64 and ip[9] = 6", false, 2, 4, 0 },
		{ "udp port 53", true, 4, 5, 2 }, /* protocol and fragment at once */
		{ "icmp", false, 2, 2, 0 },
	};
	struct bpf_insn *slot = calloc(FILTER_SLOT_LEN, sizeof(*slot));
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct pcap_expr *e = NULL;
		struct pwrt_diag d;

		ck_assert_int_eq(pcap_expr_compile(&e, t[i].text, &d), 0);
		ck_assert_int_eq(packet_filter_build(slot, e, &a_view, &d), 0);
		ck_assert_msg(!!run(slot, &a_view, udp, 42, 42, 14) == t[i].match, "%s", t[i].text);
		ck_assert_msg(packet_loads == t[i].quick, "%s: %zu loads", t[i].text, packet_loads);
		ck_assert_msg(turns == t[i].turns, "%s: %zu turns", t[i].text, turns);
		ck_assert_int_eq(packet_filter_build(slot, e, NULL, &d), 0);
		ck_assert_msg(!!run(slot, NULL, udp, 42, 42, 14) == t[i].match, "%s", t[i].text);
		ck_assert_msg(packet_loads == t[i].exact, "%s: %zu loads", t[i].text, packet_loads);
		pcap_expr_free(e);
	}
	free(slot);
}
END_TEST

#define LOAD(size, offset)                              \
	{                                               \
		BPF_LD | BPF_ABS | (size), 0, 0, offset \
	}
#define IF_EQUAL(k, yes, no)                          \
	{                                             \
		BPF_JMP | BPF_JEQ | BPF_K, yes, no, k \
	}
#define IF_MORE(k, yes, no)                           \
	{                                             \
		BPF_JMP | BPF_JGT | BPF_K, yes, no, k \
	}
#define RETURN(k)                        \
	{                                \
		BPF_RET | BPF_K, 0, 0, k \
	}

/* Which loads stay in network order, and which comparisons are of them. */
START_TEST(network_order)
{
	static const struct {
		struct pcap_expr_insn classic[8];
		uint8_t bytes[8];
	} t[] = {
		{ { LOAD(BPF_H, 12), IF_EQUAL(0x800, 0, 1), RETURN(1), RETURN(0) }, { 2, 2 } },
		{ { LOAD(BPF_W, 26), IF_EQUAL(1, 1, 0), IF_EQUAL(2, 0, 1), RETURN(1), RETURN(0) },
		  { 4, 4, 4 } },
		{ { LOAD(BPF_B, 23), IF_EQUAL(6, 0, 1), RETURN(1), RETURN(0) }, { 0 } },
		/* No two bytes are that. */
		{ { LOAD(BPF_H, 12), IF_EQUAL(0x10800, 0, 1), RETURN(1), RETURN(0) }, { 0 } },
		/* A comparison of another kind. */
		{ { LOAD(BPF_H, 16), IF_EQUAL(60, 1, 0), IF_MORE(90, 0, 1), RETURN(1), RETURN(0) },
		  { 0 } },
		/* The number itself: a result, a word of memory, X. */
		{ { LOAD(BPF_W, 26), IF_EQUAL(1, 0, 1), RETURN(1), { BPF_RET | BPF_A, 0, 0, 0 } },
		  { 0 } },
		{ { LOAD(BPF_W, 26), { BPF_ST, 0, 0, 0 }, IF_EQUAL(1, 0, 1), RETURN(1), RETURN(0) },
		  { 0 } },
		{ { LOAD(BPF_W, 26),
		    { BPF_MISC | BPF_TAX, 0, 0, 0 },
		    IF_EQUAL(1, 0, 1),
		    RETURN(1),
		    RETURN(0) },
		  { 0 } },
		/* Two loads that meet at a comparison, and two that do not. */
		{ { LOAD(BPF_H, 12), IF_EQUAL(0x800, 0, 1), LOAD(BPF_H, 20), IF_EQUAL(53, 0, 1),
		    RETURN(1), RETURN(0) },
		  { 0 } },
		{ { LOAD(BPF_H, 12), IF_EQUAL(0x800, 0, 2), LOAD(BPF_H, 20), IF_EQUAL(53, 0, 1),
		    RETURN(1), RETURN(0) },
		  { 2, 2, 2, 2 } },
		/* X, and then A from it. */
		{ { LOAD(BPF_H, 12),
		    { BPF_LDX | BPF_MSH | BPF_B, 0, 0, 14 },
		    IF_EQUAL(0x800, 0, 2),
		    { BPF_MISC | BPF_TXA, 0, 0, 0 },
		    IF_EQUAL(20, 0, 1),
		    RETURN(1),
		    RETURN(0) },
		  { 2, 0, 2 } },
	};
	size_t i, k;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		uint8_t bytes[8];
		struct pwrt_diag d;

		ck_assert_int_eq(network_order_find(bytes, t[i].classic, 8, &d), 0);
		for (k = 0; k < 8; k++)
			ck_assert_msg(bytes[k] == t[i].bytes[k], "program %zu, %zu: %u bytes", i, k,
				      bytes[k]);
	}
}
END_TEST

START_TEST(everything)
{
	struct bpf_insn *slot = calloc(FILTER_SLOT_LEN, sizeof(*slot));
	uint8_t p[1] = { 0 };

	packet_filter_build_all(slot, true);
	ck_assert_uint_eq(run(slot, NULL, p, 0, 0, 0), 1);
	free(slot);
}
END_TEST

START_TEST(refused)
{
	static const struct {
		const char *text, *word;
	} ancillary[] = {
		{ "inbound", "'inbound'" },
		{ "not inbound", "'inbound'" },
		{ "icmp and not inbound", "'inbound'" },
		{ "outbound or tcp", "'outbound'" },
		{ "udp port 53 and ifindex 2", "'ifindex'" },
		{ "(inbound)", "'inbound'" },
		{ "ether[0xfffff004:4] = 1", "capturing socket" },
	};
	struct bpf_insn *slot = calloc(FILTER_SLOT_LEN, sizeof(*slot));
	struct pwrt_diag d = { 0 };
	struct pcap_expr *e = NULL;
	char *big = calloc(1, 65536);
	size_t n = 0, i;

	ck_assert_int_eq(pcap_expr_compile(&e, "host", &d), PWRT_EINVAL);
	ck_assert_ptr_null(e);
	ck_assert_ptr_nonnull(strstr(d.text, "bad filter 'host'"));
	for (i = 0; i < sizeof(ancillary) / sizeof(ancillary[0]); i++) {
		ck_assert_int_eq(pcap_expr_compile(&e, ancillary[i].text, &d), PWRT_EINVAL);
		ck_assert_ptr_null(e);
		ck_assert_ptr_nonnull(strstr(d.text, ancillary[i].word));
		ck_assert_ptr_nonnull(strstr(d.text, "--ifname"));
		ck_assert_ptr_nonnull(strstr(d.text, "--filter-ifname"));
	}
	/* A tag in the headers. */
	ck_assert_int_eq(pcap_expr_compile(&e, "vlan 10", &d), 0);
	pcap_expr_free(e);
	ck_assert_int_eq(pcap_expr_compile(&e, "ip6 protochain 6", &d), 0);
	ck_assert_int_eq(packet_filter_build(slot, e, NULL, &d), PWRT_EINVAL);
	ck_assert_ptr_nonnull(strstr(d.text, "protochain"));
	pcap_expr_free(e);
	/* One long sum: libpcap's optimizer takes half a minute for as much of "or". */
	for (i = 0; i < 1500; i++)
		n += (size_t)snprintf(big + n, 65536 - n, "%sudp[%zu]", i ? " + " : "", i % 60);
	snprintf(big + n, 65536 - n, " = 7");
	ck_assert_int_eq(pcap_expr_compile(&e, big, &d), 0);
	ck_assert_int_eq(packet_filter_build(slot, e, NULL, &d), PWRT_EINVAL);
	ck_assert_ptr_nonnull(strstr(d.text, "too long"));
	pcap_expr_free(e);
	free(big);
	free(slot);
}
END_TEST

/* Parts of an expression that need a link layer do not affect packets that have none yet. */
START_TEST(without_link_layer)
{
	static const uint8_t icmp[28] = { 0x45, 0,  0, 28, 0, 0,  0, 0, 64, 1, 0,
					  0,	10, 0, 0,  1, 10, 0, 0, 2,  8 },
			     icmp6[48] = { 0x60, 0, 0, 0, 0, 8, 58, 64, [40] = 128 },
			     arp[28] = { 0, 1, 8, 0, 6, 4, 0, 1 };
	static const struct {
		const char *text;
		bool icmp, icmp6, arp;
	} t[] = {
		{ "ip or ip6 or arp or vlan", true, true, true },
		{ "icmp or arp", true, false, true },
		{ "arp", false, false, true },
		{ "not arp", true, true, false },
		{ "arp or host 10.0.0.2", true, false, true },
		{ "icmp6 or vlan 10", false, true, false },
		{ "icmp6 or (vlan 10 and icmp)", false, true, false },
		{ "ether host 02:00:00:00:00:01 or icmp", true, false, false },
		{ "ether host 02:00:00:00:00:01", false, false, false },
		{ "arp or ip[8] == 64", true, false, true },
		{ "arp or icmp[0] == 8", true, false, true },
		{ "ether[14] == 0x45 and not arp", true, false, false },
		{ "ether[10:4] == 0 or vlan", false, false, false }, /* not a whole field */
	};
	struct bpf_insn *slot = calloc(FILTER_SLOT_LEN, sizeof(*slot));
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct pwrt_diag d = { 0 };
		struct pcap_expr *e = NULL;

		ck_assert_msg(pcap_expr_compile(&e, t[i].text, &d) == 0, "%s: %s", t[i].text,
			      d.text);
		ck_assert_msg(pcap_expr_match(e, icmp, 28, 28, 0) == t[i].icmp, "%s: ICMP",
			      t[i].text);
		ck_assert_msg(pcap_expr_match(e, icmp6, 48, 48, 0) == t[i].icmp6, "%s: 6",
			      t[i].text);
		ck_assert_msg(pcap_expr_match(e, arp, 28, 28, 0) == t[i].arp, "%s: ARP", t[i].text);
		ck_assert_msg(packet_filter_build(slot, e, NULL, &d) == 0, "%s", d.text);
		ck_assert_msg(!!run(slot, NULL, icmp, 28, 28, 0) == t[i].icmp, "%s: in the kernel",
			      t[i].text);
		pcap_expr_free(e);
	}
	free(slot);
}
END_TEST

/* A tag beside the headers is compared as it is in a frame, with and without a link layer. */
START_TEST(tag_beside_headers)
{
	static const uint8_t ip[42] = { 2, 0, 0, 0, 0,	1, 2, 0, 0,  0, 0, 2, 8,  0, 0x45, 0, 0, 28,
					0, 0, 0, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0,	   2, 8 },
			     arp[28] = { 0, 1, 8, 0, 6, 4, 0, 1 };
	static const struct {
		const char *text;
		bool reads, eth, raw, arp; /* with a link layer, without, ARP without */
	} t[] = {
		{ "vlan", true, true, true, true },
		{ "vlan 5", true, true, true, true },
		{ "vlan 6", true, false, false, false },
		{ "vlan 5 and icmp", true, true, true, false },
		{ "vlan 5 and host 10.0.0.2 and icmp[0] == 8", true, true, true, false },
		{ "vlan 5 and arp", true, false, false, true },
		{ "vlan 5 and vlan 5", true, false, false, false },
		{ "vlan 5 and ether src 02:00:00:00:00:02", true, true, false, false },
		{ "not vlan", true, false, false, false },
		{ "ether proto 0x8100", true, true, true, false },
		{ "icmp", false, false, false, false },
	};
	struct pwrt_diag d;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct pcap_expr *e = NULL;

		ck_assert_int_eq(pcap_expr_compile(&e, t[i].text, &d), 0);
		ck_assert_msg(pcap_expr_reads_tags(e) == t[i].reads, "%s", t[i].text);
		ck_assert_msg(pcap_expr_match_tagged(e, ip, 42, 42, 14, 0x8100, 5) == t[i].eth,
			      "%s: Ethernet", t[i].text);
		ck_assert_msg(pcap_expr_match_tagged(e, ip + 14, 28, 28, 0, 0x8100, 5) == t[i].raw,
			      "%s: IP", t[i].text);
		ck_assert_msg(pcap_expr_match_tagged(e, arp, 28, 28, 0, 0x88a8, 5) == t[i].arp,
			      "%s: ARP", t[i].text);
		pcap_expr_free(e);
	}
}
END_TEST

/* More bytes than a tagged frame has room for, and fewer than a header. */
START_TEST(tag_beside_few_or_many_bytes)
{
	static const uint8_t many[PCAP_EXPR_TAGGED_MAX + 100] = { [12] = 8, [14] = 0x45 };
	struct pcap_expr *e = NULL;
	struct pwrt_diag d;
	size_t len;

	ck_assert_int_eq(pcap_expr_compile(&e, "vlan 5", &d), 0);
	for (len = 0; len <= sizeof(many); len++) {
		/* Memory of this size, so that the sanitizers see each byte behind it. */
		uint8_t *copy = malloc(len + !len);

		memcpy(copy, many, len);
		ck_assert(pcap_expr_match_tagged(e, copy, len, len, 14, 0x8100, 5));
		ck_assert(pcap_expr_match_tagged(e, copy, len, len, 0, 0x8100, 5));
		free(copy);
	}
	pcap_expr_free(e);
}
END_TEST

/* Both places of the filter are filled in, what lies around them stays, and casts become calls. */
START_TEST(places)
{
	const size_t nr = 2 * FILTER_SLOT_LEN + 30, len = nr * sizeof(struct bpf_insn);
	struct bpf_insn *prog = calloc(nr, sizeof(*prog));
	struct bpf_insn *slot = calloc(FILTER_SLOT_LEN, sizeof(*slot));
	size_t i;

	packet_filter_build_all(slot, true);
	ck_assert_uint_eq(insn_patch_filter(prog, len, FILTER_MARK_EXACT, slot), 0);
	for (i = 0; i < FILTER_SLOT_LEN; i++)
		prog[i + 5] = prog[i + FILTER_SLOT_LEN + 15] =
			(struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K,
					   .imm = FILTER_MARK_EXACT };
	prog[4] = (struct bpf_insn){ .code = BPF_JMP | BPF_CALL, .imm = KERNEL_CAST_MARK };
	ck_assert_uint_eq(insn_patch_filter(prog, len, FILTER_MARK_QUICK, slot), 0);
	ck_assert_uint_eq(insn_patch_filter(prog, len, FILTER_MARK_EXACT, slot), 2);
	ck_assert_mem_eq(&prog[5], slot, FILTER_SLOT_LEN * sizeof(*slot));
	ck_assert_mem_eq(&prog[FILTER_SLOT_LEN + 15], slot, FILTER_SLOT_LEN * sizeof(*slot));
	ck_assert_int_eq(prog[FILTER_SLOT_LEN + 5].code, 0);
	ck_assert_int_eq(prog[4].src_reg, 0);
	insn_patch_calls(prog, len, KERNEL_SESSION_MARK, 98);
	ck_assert_int_eq(prog[4].src_reg, 0);
	insn_patch_calls(prog, len, KERNEL_CAST_MARK, 99);
	ck_assert_int_eq(prog[4].src_reg, BPF_PSEUDO_KFUNC_CALL);
	ck_assert_int_eq(prog[4].imm, 99);
	prog[6] = prog[7] =
		(struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = PROGRAM_MARK };
	prog[7].code = BPF_ALU64 | BPF_ADD | BPF_K;
	prog[6].dst_reg = 3;
	insn_patch_program(prog, nr, 5);
	ck_assert_int_eq(prog[6].imm, 5);
	ck_assert_int_eq(prog[6].dst_reg, 3);
	ck_assert_int_eq(prog[7].imm, PROGRAM_MARK);
	free(prog);
	free(slot);
}
END_TEST

/* Each mark gets the value of its setting; other instructions with that number stay. */
START_TEST(settings)
{
	const bool values[NR_SETTINGS] = { [SETTING_TRACE_XDP] = true };
	const uint8_t move = BPF_ALU64 | BPF_MOV | BPF_K;
	struct bpf_insn prog[] = {
		{ .code = move, .dst_reg = 3, .imm = SETTING_MARK + SETTING_TRACE_XDP },
		{ .code = move, .dst_reg = 4, .imm = SETTING_MARK + SETTING_TRACK_BY_STACK },
		{ .code = move, .imm = SETTING_MARK + NR_SETTINGS },
		{ .code = move, .imm = SETTING_MARK - 1 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .imm = SETTING_MARK },
	};

	insn_patch_settings(prog, sizeof(prog), values);
	ck_assert_int_eq(prog[0].imm, 1);
	ck_assert_int_eq(prog[0].dst_reg, 3);
	ck_assert_int_eq(prog[1].imm, 0);
	ck_assert_int_eq(prog[2].imm, SETTING_MARK + NR_SETTINGS);
	ck_assert_int_eq(prog[3].imm, SETTING_MARK - 1);
	ck_assert_int_eq(prog[4].imm, SETTING_MARK);
}
END_TEST

Suite *suite_packet_filter(void)
{
	Suite *s = suite_create("packet_filter");
	TCase *t = tcase_create("packet_filter");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, same_as_libpcap, 0, 2); /* exact, and quick */
	tcase_add_test(t, joined_loads);
	tcase_add_test(t, network_order);
	tcase_add_test(t, everything);
	tcase_add_test(t, refused);
	tcase_add_test(t, without_link_layer);
	tcase_add_test(t, tag_beside_headers);
	tcase_add_test(t, tag_beside_few_or_many_bytes);
	tcase_add_test(t, places);
	tcase_add_test(t, settings);
	suite_add_tcase(s, t);
	return s;
}

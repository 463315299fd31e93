/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Classic BPF (as libpcap compiles it; semantics of bpf_filter() in libpcap) to eBPF.
 *
 * Registers, besides those of the calling convention: A is r6, X is r7, r8 the headers, r9 the
 * scratch words; T0 to T2 are free for one instruction. A and X always hold zero-extended 32-bit
 * values. A load past the headers that are there rejects the packet, as in libpcap.
 *
 * The quick filter leaves r6 to r8 as they were, so that its program keeps values there: A is r2, X
 * is r4, r1 the headers. If it calls a function these are in the scratch words meanwhile.
 *
 * A load through the view is nine instructions, since the JIT checks the address
 * (BPF_PROBE_MEM, arch/x86/net/bpf_jit_comp.c). The quick filter therefore loads 8 bytes at once
 * into r3 where a later load needs some of them. These bytes may be behind the headers: the memory
 * of a packet is there, as struct skb_shared_info follows its end. Values that it only compares
 * with constants stay in network order (record/attach/network_order.h).
 */
#include "packet_filter.h"

#include <arpa/inet.h>
#include <linux/filter.h> /* the rest of classic BPF */
#include <stdlib.h>
#include <string.h>

#include "classic_flow.h"
#include "network_order.h"

enum { T0, T1, T2, WORD, A = 6, X, HDR, MEM };
enum { ARG_ADDRESS, ARG_HDR, ARG_CAPLEN, ARG_WIRELEN, ARG_L3OFF, ARG_MEM };

/* The offsets in the scratch words at which the quick filter keeps values over a call, in bytes. */
enum { KEPT_ADDRESS = 64, KEPT_HDR = 88, KEPT_A = 96, KEPT_X = 104 };

/* Two places that jumps inside a program lead to, besides other instructions of it. */
#define TO_REJECT (-1)
#define TO_ACCEPT (-2)

#define WORD_BYTES 8
/* Instead of the offset of the bytes in WORD: there are none; no instruction leads here so far. */
#define NO_WORD (-1)
#define UNREACHED (-2)

struct out {
	struct bpf_insn insns[FILTER_SLOT_LEN];
	long target[FILTER_SLOT_LEN]; /* of jumps: a classic instruction, or one of the above; else
					 NONE */
	size_t nr;
	bool full;
	const struct rdonly_cast_ids *view; /* the quick filter; NULL: the headers are a copy */
	bool calls;			    /* the quick filter calls bpf_rdonly_cast() */
	/* The classic program, and for each of its instructions the offset of the bytes in WORD. */
	const struct pcap_expr_insn *classic;
	size_t nr_classic;
	int *word;
	uint8_t *in_order; /* network_order_find() */
};

#define NONE (-3)

/* Returns the register that stands for A to MEM. */
static unsigned int register_of(const struct out *o, unsigned int reg)
{
	static const unsigned int quick[] = { [A] = T2, [X] = ARG_L3OFF, [HDR] = ARG_HDR };

	if (!o->view || reg < A)
		return reg;
	return reg == MEM ? (o->calls ? MEM : ARG_MEM) : quick[reg];
}

static struct bpf_insn *emit(struct out *o, uint8_t code, unsigned int dst, unsigned int src,
			     int off, uint32_t imm)
{
	struct bpf_insn *i = &o->insns[o->nr];

	/* The last few are kept for the program's end. */
	if (o->nr + 8 >= FILTER_SLOT_LEN) {
		o->full = true;
		return i;
	}
	*i = (struct bpf_insn){ .code = code,
				.dst_reg = register_of(o, dst) & 15,
				.src_reg = register_of(o, src) & 15,
				.off = (int16_t)off,
				.imm = (int32_t)imm };
	o->target[o->nr++] = NONE;
	return i;
}

static void jump(struct out *o, uint8_t code, unsigned int dst, unsigned int src, uint32_t imm,
		 long target)
{
	emit(o, code, dst, src, 0, imm);
	o->target[o->nr - 1] = target;
}

#define MOV32 (BPF_ALU | BPF_MOV)
#define JUMP32 0x06 /* BPF_JMP32 */
#define JA (BPF_JMP | BPF_JA)

static uint8_t mem_size(uint16_t code)
{
	return BPF_SIZE(code);
}

static uint32_t mem_bytes(uint16_t code)
{
	return BPF_SIZE(code) == BPF_W ? 4 : BPF_SIZE(code) == BPF_H ? 2 : 1;
}

/* Packet bytes are in network order. at: the instruction that loads them. */
static void swap(struct out *o, size_t at, uint16_t code, unsigned int reg)
{
	if (BPF_SIZE(code) != BPF_B && !o->in_order[at])
		emit(o, BPF_ALU | BPF_END | BPF_TO_BE, reg, 0, 0, mem_bytes(code) * 8);
}

/* Two ways to the bytes at HDR + at: through the view, or in the copy. */
static void load_hdr(struct out *o, uint16_t code, unsigned int reg, uint32_t at)
{
	emit(o, BPF_LDX | BPF_MEM | mem_size(code), reg, HDR,
	     (int)at + (o->view ? FILTER_VIEW_OFF : 0), 0);
}

/* Returns whether an instruction loads bytes at a constant offset, and the bytes from that to *end.
 */
static bool is_absolute(const struct pcap_expr_insn *c, uint32_t *end)
{
	const bool loads = BPF_CLASS(c->code) == BPF_LD || BPF_CLASS(c->code) == BPF_LDX;

	*end = c->k + (BPF_MODE(c->code) == BPF_MSH ? 1 : mem_bytes(c->code));
	return loads && (BPF_MODE(c->code) == BPF_ABS || BPF_MODE(c->code) == BPF_MSH) &&
	       c->k < FILTER_VIEW_LEN && *end <= FILTER_VIEW_LEN;
}

static bool is_within(uint32_t from, uint32_t end, int word)
{
	return word >= 0 && from >= (uint32_t)word && end <= (uint32_t)word + WORD_BYTES;
}

/*
 * Returns where the 8 bytes begin that have those of this load, and of the most later ones.
 * NO_WORD: of no later one.
 */
static int choose_word(const struct out *o, size_t at, uint32_t from, uint32_t end)
{
	int best = NO_WORD, start = end > WORD_BYTES ? (int)end - WORD_BYTES : 0;
	size_t most = 0, nr, i;
	uint32_t other;

	for (; start <= (int)from && start + WORD_BYTES <= FILTER_VIEW_LEN; start++) {
		for (i = at + 1, nr = 0; i < o->nr_classic; i++)
			nr += is_absolute(&o->classic[i], &other) &&
			      is_within(o->classic[i].k, other, start);
		if (nr > most) {
			most = nr;
			best = start;
		}
	}
	return best;
}

/* Takes the bytes from their place in WORD, whose first byte is the lowest. */
static void load_from_word(struct out *o, size_t at, uint16_t code, unsigned int reg, uint32_t from)
{
	emit(o, BPF_ALU64 | BPF_MOV | BPF_X, reg, WORD, 0, 0);
	if (from)
		emit(o, BPF_ALU64 | BPF_RSH | BPF_K, reg, 0, 0, 8 * from);
	/* swap() shortens longer ones; a comparison takes 32 bits. */
	if (BPF_SIZE(code) == BPF_B)
		emit(o, BPF_ALU | BPF_AND | BPF_K, reg, 0, 0, 0xff);
	else if (o->in_order[at] == 2)
		emit(o, BPF_ALU | BPF_AND | BPF_K, reg, 0, 0, 0xffff);
}

/* Loads through the view. Keeps 8 bytes for later loads, or takes those of an earlier one. */
static void load_view(struct out *o, size_t at, uint16_t code, unsigned int reg, uint32_t k)
{
	const uint32_t end = k + mem_bytes(code);
	int word = o->word[at];

	if (!is_within(k, end, word)) {
		word = choose_word(o, at, k, end);
		if (word == NO_WORD) {
			load_hdr(o, code, reg, k);
			return;
		}
		load_hdr(o, BPF_DW, WORD, (uint32_t)word);
		o->word[at] = word;
	}
	load_from_word(o, at, code, reg, k - (uint32_t)word);
}

/* At a computed place, whose offset is in T1: the view is moved there. */
static void load_at(struct out *o, uint16_t code, unsigned int reg)
{
	if (!o->view) {
		emit(o, BPF_ALU64 | BPF_ADD | BPF_X, T1, HDR, 0, 0);
		emit(o, BPF_LDX | BPF_MEM | mem_size(code), reg, T1, 0, 0);
		return;
	}
	emit(o, BPF_STX | BPF_MEM | BPF_DW, MEM, A, KEPT_A, 0);
	emit(o, BPF_STX | BPF_MEM | BPF_DW, MEM, X, KEPT_X, 0);
	emit(o, BPF_LDX | BPF_MEM | BPF_DW, T2, MEM, KEPT_ADDRESS, 0);
	emit(o, BPF_ALU64 | BPF_ADD | BPF_X, T1, T2, 0, 0);
	emit(o, BPF_ALU64 | BPF_SUB | BPF_K, T1, 0, 0, FILTER_VIEW_OFF);
	emit(o, MOV32 | BPF_K, T2, 0, 0, o->view->type);
	emit(o, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, o->view->cast);
	emit(o, BPF_LDX | BPF_MEM | BPF_DW, A, MEM, KEPT_A, 0);
	emit(o, BPF_LDX | BPF_MEM | BPF_DW, X, MEM, KEPT_X, 0);
	emit(o, BPF_LDX | BPF_MEM | mem_size(code), reg, T0, FILTER_VIEW_OFF, 0);
	emit(o, BPF_LDX | BPF_MEM | BPF_DW, HDR, MEM, KEPT_HDR, 0);
}

static void load_abs(struct out *o, size_t at, uint16_t code, unsigned int reg, uint32_t k)
{
	uint32_t n = mem_bytes(code);

	if (k > FILTER_HDR_MAX - n) {
		jump(o, JA, 0, 0, 0, TO_REJECT);
		return;
	}
	if (!o->view)
		jump(o, BPF_JMP | BPF_JLT | BPF_K, ARG_CAPLEN, 0, k + n, TO_REJECT);
	if (o->view && k > FILTER_VIEW_LEN - n) {
		emit(o, MOV32 | BPF_K, T1, 0, 0, k);
		load_at(o, code, reg);
		o->word[at] = NO_WORD; /* the call takes the register */
	} else if (o->view) {
		load_view(o, at, code, reg, k);
	} else {
		load_hdr(o, code, reg, k);
	}
	swap(o, at, code, reg);
}

static void load_ind(struct out *o, size_t at, uint16_t code, uint32_t k)
{
	uint32_t n = mem_bytes(code);

	if (k >> 31) { /* the sum must not wrap: it is past the headers anyway */
		jump(o, JA, 0, 0, 0, TO_REJECT);
		return;
	}
	emit(o, MOV32 | BPF_X, T1, X, 0, 0);
	emit(o, BPF_ALU64 | BPF_ADD | BPF_K, T1, 0, 0, k);
	jump(o, BPF_JMP | BPF_JGT | BPF_K, T1, 0, FILTER_HDR_MAX - n, TO_REJECT);
	if (!o->view) {
		emit(o, BPF_ALU64 | BPF_MOV | BPF_X, T0, T1, 0, 0);
		emit(o, BPF_ALU64 | BPF_ADD | BPF_K, T0, 0, 0, n);
		jump(o, BPF_JMP | BPF_JGT | BPF_X, T0, ARG_CAPLEN, 0, TO_REJECT);
	}
	load_at(o, code, A);
	o->word[at] = NO_WORD;
	swap(o, at, code, A);
}

/*
 * Make the verifier forget which bits of a register can be set. A comparison with a limit between
 * two values that those bits allow leaves a branch whose bounds contradict each other, and the
 * verifier of Linux 6.18 prints a WARNING there (reg_bounds_sanity_check(), kernel/bpf/verifier.c).
 * No verifier before 7.0 follows the order of bytes.
 */
static void forget_bits(struct out *o, unsigned int reg)
{
	emit(o, BPF_ALU | BPF_END | BPF_TO_BE, reg, 0, 0, 32);
	emit(o, BPF_ALU | BPF_END | BPF_TO_BE, reg, 0, 0, 32);
}

static bool load(struct out *o, const struct pcap_expr_insn *c, size_t at)
{
	unsigned int reg = BPF_CLASS(c->code) == BPF_LD ? A : X;

	switch (BPF_MODE(c->code)) {
	case BPF_IMM:
		emit(o, MOV32 | BPF_K, reg, 0, 0, c->k);
		return true;
	case BPF_LEN:
		emit(o, MOV32 | BPF_X, reg, ARG_WIRELEN, 0, 0);
		return true;
	case BPF_MEM:
		if (c->k >= BPF_MEMWORDS)
			return false;
		emit(o, BPF_LDX | BPF_MEM | BPF_W, reg, MEM, (int)c->k * 4, 0);
		return true;
	case BPF_ABS:
		load_abs(o, at, c->code, A, c->k);
		return reg == A;
	case BPF_IND:
		load_ind(o, at, c->code, c->k);
		return reg == A;
	case BPF_MSH: /* X = 4 * (header length nibble): LDX only */
		load_abs(o, at, BPF_B, X, c->k);
		emit(o, BPF_ALU | BPF_AND | BPF_K, X, 0, 0, 15);
		emit(o, BPF_ALU | BPF_LSH | BPF_K, X, 0, 0, 2);
		/* The quick filter compares X with no limit that it can reach. */
		if (!o->view)
			forget_bits(o, X);
		return reg == X;
	}
	return false;
}

/* Returns whether the operation lacks results between 0 and its largest one. */
static bool leaves_gaps(const struct pcap_expr_insn *c)
{
	switch (BPF_OP(c->code)) {
	case BPF_AND: /* a mask of the lowest bits leaves none */
		return BPF_SRC(c->code) == BPF_X || (c->k & (c->k + 1));
	case BPF_LSH:
	case BPF_MUL:
	case BPF_OR:
	case BPF_XOR:
		return true;
	}
	return false;
}

static bool alu(struct out *o, const struct pcap_expr_insn *c)
{
	uint8_t op = BPF_OP(c->code), src = BPF_SRC(c->code);

	switch (op) {
	case BPF_NEG:
		emit(o, BPF_ALU | BPF_NEG, A, 0, 0, 0);
		return true;
	case BPF_DIV:
	case BPF_MOD:
		if (src == BPF_K && !c->k)
			return false;
		if (src == BPF_X)
			jump(o, JUMP32 | BPF_JEQ | BPF_K, X, 0, 0, TO_REJECT);
		break;
	case BPF_LSH:
	case BPF_RSH:
		if (src == BPF_X) { /* shifting all bits out gives 0 */
			emit(o, JUMP32 | BPF_JLT | BPF_K, X, 0, 2, 32);
			emit(o, MOV32 | BPF_K, A, 0, 0, 0);
			emit(o, JA, 0, 0, 1, 0);
		} else if (c->k > 31) {
			emit(o, MOV32 | BPF_K, A, 0, 0, 0);
			return true;
		}
		break;
	case BPF_ADD:
	case BPF_SUB:
	case BPF_MUL:
	case BPF_OR:
	case BPF_AND:
	case BPF_XOR:
		break;
	default:
		return false;
	}
	emit(o, BPF_ALU | op | src, A, src == BPF_X ? X : 0, 0, src == BPF_X ? 0 : c->k);
	if (leaves_gaps(c))
		forget_bits(o, A);
	return true;
}

static bool jmp(struct out *o, const struct pcap_expr_insn *c, size_t at)
{
	long yes = (long)at + 1 + c->jt, no = (long)at + 1 + c->jf;
	uint8_t op = BPF_OP(c->code), src = BPF_SRC(c->code);
	const uint32_t k = o->in_order[at] == 4 ? htonl(c->k) :
			   o->in_order[at] == 2 ? htons((uint16_t)c->k) :
						  c->k;

	if (op == BPF_JA) {
		jump(o, JA, 0, 0, 0, (long)at + 1 + (long)c->k);
		return true;
	}
	if (op != BPF_JEQ && op != BPF_JGT && op != BPF_JGE && op != BPF_JSET)
		return false;
	/* If one of the two targets is the next instruction, one jump is enough. */
	if (!c->jt && op != BPF_JSET) {
		static const uint8_t not [] = { [BPF_JEQ >> 4] = BPF_JNE,
						[BPF_JGT >> 4] = BPF_JLE,
						[BPF_JGE >> 4] = BPF_JLT };

		jump(o, JUMP32 | not [op >> 4] | src, A, src == BPF_X ? X : 0, src == BPF_X ? 0 : k,
		     no);
		return true;
	}
	jump(o, JUMP32 | op | src, A, src == BPF_X ? X : 0, src == BPF_X ? 0 : k, yes);
	if (c->jf)
		jump(o, JA, 0, 0, 0, no);
	return true;
}

static bool one(struct out *o, const struct pcap_expr_insn *c, size_t at)
{
	switch (BPF_CLASS(c->code)) {
	case BPF_LD:
	case BPF_LDX:
		return load(o, c, at);
	case BPF_ST:
	case BPF_STX:
		if (c->k >= BPF_MEMWORDS)
			return false;
		emit(o, BPF_STX | BPF_MEM | BPF_W, MEM, BPF_CLASS(c->code) == BPF_ST ? A : X,
		     (int)c->k * 4, 0);
		return true;
	case BPF_ALU:
		return alu(o, c);
	case BPF_JMP:
		return jmp(o, c, at);
	case BPF_RET:
		if (BPF_RVAL(c->code) == BPF_A)
			jump(o, JUMP32 | BPF_JEQ | BPF_K, A, 0, 0, TO_REJECT);
		else if (!c->k)
			jump(o, JA, 0, 0, 0, TO_REJECT);
		if (BPF_RVAL(c->code) == BPF_A || c->k)
			jump(o, JA, 0, 0, 0, TO_ACCEPT);
		return true;
	case BPF_MISC:
		if (BPF_MISCOP(c->code) == BPF_TAX)
			emit(o, MOV32 | BPF_X, X, A, 0, 0);
		else
			emit(o, MOV32 | BPF_X, A, X, 0, 0);
		return true;
	}
	return false;
}

/* Notes at an instruction that another one leads there with these bytes in WORD. */
static void lead_to(struct out *o, size_t to, int word)
{
	if (to >= o->nr_classic)
		return; /* translate() refuses it */
	o->word[to] = o->word[to] == UNREACHED || o->word[to] == word ? word : NO_WORD;
}

/* Passes the bytes in WORD on to the instructions that may follow. */
static void pass_word(struct out *o, size_t at)
{
	size_t next[2], nr = classic_flow_next(o->classic, at, next), i;

	for (i = 0; i < nr; i++)
		lead_to(o, next[i], o->word[at]);
}

static bool is_store(const struct pcap_expr_insn *c)
{
	return BPF_CLASS(c->code) == BPF_ST || BPF_CLASS(c->code) == BPF_STX;
}

/* Returns whether A and X need values at the start. libpcap's optimizer leaves few such uses. */
static bool needs_start_values(const struct out *o)
{
	size_t i;

	for (i = 0; i < o->nr_classic; i++) {
		const struct pcap_expr_insn *c = &o->classic[i];

		if (BPF_CLASS(c->code) == BPF_MISC || BPF_CLASS(c->code) == BPF_ALU ||
		    is_store(c) || BPF_MODE(c->code) == BPF_IND)
			return true;
	}
	return o->calls;
}

/* Resolves the jumps of the instructions from first on to classic ones, which begin at start[]. */
static int resolve_jumps(struct out *o, size_t first, const size_t *start, struct pwrt_diag *d)
{
	size_t i;

	for (i = first; i < o->nr; i++) {
		if (o->target[i] < 0)
			continue;
		/* libpcap jumps back only for "protochain", which the kernel would not accept. */
		if ((size_t)o->target[i] >= o->nr_classic || start[o->target[i]] <= i)
			return pwrt_fail(d, PWRT_EINVAL, 0,
					 "filters that loop ('protochain') cannot be used");
		o->insns[i].off = (int16_t)(start[o->target[i]] - i - 1);
		o->target[i] = NONE;
	}
	return 0;
}

/* Appends the classic program. start[] is room for where each of its instructions begins. */
static int append(struct out *o, size_t *start, struct pwrt_diag *d)
{
	const size_t first = o->nr;
	size_t i;

	for (i = 0; i < o->nr_classic; i++)
		o->word[i] = i ? UNREACHED : NO_WORD;
	if (needs_start_values(o)) {
		emit(o, MOV32 | BPF_K, A, 0, 0, 0);
		emit(o, MOV32 | BPF_K, X, 0, 0, 0);
	}
	for (i = 0; i < o->nr_classic && !o->full; i++) {
		start[i] = o->nr;
		if (!one(o, &o->classic[i], i))
			return pwrt_fail(d, PWRT_EINVAL, 0,
					 "this filter needs an instruction that is not known");
		pass_word(o, i);
	}
	if (o->full)
		return pwrt_fail(d, PWRT_EINVAL, 0,
				 "the filter is too long: make it shorter, and narrow down "
				 "offline with pwru-show");
	return resolve_jumps(o, first, start, d);
}

/* Appends one program; its jumps to reject and accept stay open until the end of the slot is known.
 */
static int translate(struct out *o, const struct pcap_expr_insn *c, size_t nr, struct pwrt_diag *d)
{
	size_t *start;
	int ret;

	if (!nr) {
		jump(o, JA, 0, 0, 0, TO_REJECT);
		return 0;
	}
	start = calloc(nr, sizeof(*start));
	o->classic = c;
	o->nr_classic = nr;
	o->word = calloc(nr, sizeof(*o->word));
	o->in_order = calloc(nr, sizeof(*o->in_order));
	if (start && o->word && o->in_order)
		ret = o->view ? network_order_find(o->in_order, c, nr, d) : 0;
	else
		ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	if (ret == 0)
		ret = append(o, start, d);
	free(start);
	free(o->word);
	free(o->in_order);
	return ret;
}

/* Returns whether is() holds for an instruction of either program. */
static bool uses(const struct pcap_expr *e, bool is(const struct pcap_expr_insn *c))
{
	const struct pcap_expr_insn *c;
	size_t nr, i;
	int l2;

	for (l2 = 0; l2 < 2; l2++) {
		c = pcap_expr_insns(e, l2, &nr);
		for (i = 0; i < nr; i++)
			if (is(&c[i]))
				return true;
	}
	return false;
}

static bool is_length(const struct pcap_expr_insn *c)
{
	return (BPF_CLASS(c->code) == BPF_LD || BPF_CLASS(c->code) == BPF_LDX) &&
	       BPF_MODE(c->code) == BPF_LEN;
}

bool packet_filter_uses_length(const struct pcap_expr *e)
{
	return uses(e, is_length);
}

/*
 * Fills what is not used with instructions behind a jump that is always taken: the verifier
 * requires that every instruction could be reached, sees that these never are, and removes them.
 */
static void pad_out(struct bpf_insn *slot, size_t len)
{
	const struct bpf_insn nop = { .code = MOV32 | BPF_K, .dst_reg = T0 };
	size_t i;

	for (i = 0; i < len; i++)
		slot[i] = nop;
	if (len >= 2)
		slot[1] = (struct bpf_insn){ .code = BPF_JMP | BPF_JEQ | BPF_K,
					     .dst_reg = T0,
					     .off = (int16_t)(len - 2) };
}

/*
 * The end: reject falls over accept, and both end at the last instruction of the slot. What is not
 * used belongs to accept, since most packets are rejected.
 */
static void finish(struct out *o, struct bpf_insn slot[FILTER_SLOT_LEN])
{
	const size_t reject = o->nr, accept = o->nr + 2, end = FILTER_SLOT_LEN - 1;
	size_t i;

	for (i = 0; i < reject; i++) {
		if (o->target[i] == TO_REJECT)
			o->insns[i].off = (int16_t)(reject - i - 1);
		else if (o->target[i] == TO_ACCEPT)
			o->insns[i].off = (int16_t)(accept - i - 1);
	}
	memcpy(slot, o->insns, reject * sizeof(*slot));
	slot[reject] = (struct bpf_insn){ .code = MOV32 | BPF_K, .dst_reg = T0 };
	slot[reject + 1] = (struct bpf_insn){ .code = JA, .off = (int16_t)(end - accept + 1) };
	pad_out(slot + accept, end - accept);
	slot[end] = (struct bpf_insn){ .code = MOV32 | BPF_K, .dst_reg = T0, .imm = 1 };
}

static bool is_computed(const struct pcap_expr_insn *c)
{
	if (BPF_CLASS(c->code) != BPF_LD && BPF_CLASS(c->code) != BPF_LDX)
		return false;
	return BPF_MODE(c->code) == BPF_IND ||
	       ((BPF_MODE(c->code) == BPF_ABS || BPF_MODE(c->code) == BPF_MSH) &&
		c->k > FILTER_VIEW_LEN - 4);
}

/* Puts the arguments where nothing touches them, if they are not there. */
static void begin(struct out *o, const struct pcap_expr *e)
{
	int i;

	if (!o->view)
		emit(o, BPF_ALU64 | BPF_MOV | BPF_X, HDR, ARG_HDR, 0, 0);
	if ((!o->view && uses(e, is_store)) || o->calls)
		emit(o, BPF_ALU64 | BPF_MOV | BPF_X, MEM, ARG_MEM, 0, 0);
	if (o->calls) {
		emit(o, BPF_STX | BPF_MEM | BPF_DW, MEM, ARG_ADDRESS, KEPT_ADDRESS, 0);
		emit(o, BPF_STX | BPF_MEM | BPF_DW, MEM, HDR, KEPT_HDR, 0);
	}
	for (i = 0; i < BPF_MEMWORDS && uses(e, is_store); i++)
		emit(o, BPF_ST | BPF_MEM | BPF_W, MEM, 0, i * 4, 0);
}

int packet_filter_build(struct bpf_insn slot[FILTER_SLOT_LEN], const struct pcap_expr *e,
			const struct rdonly_cast_ids *view, struct pwrt_diag *d)
{
	struct out *o = calloc(1, sizeof(*o));
	const struct pcap_expr_insn *c;
	size_t nr, without_l2;
	int ret;

	if (!o)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	o->view = view;
	o->calls = view && uses(e, is_computed);
	if (!view)
		jump(o, BPF_JMP | BPF_JEQ | BPF_K, ARG_CAPLEN, 0, 0, TO_REJECT);
	begin(o, e);
	without_l2 = o->nr;
	emit(o, BPF_JMP | BPF_JEQ | BPF_K, ARG_L3OFF, 0, 0, 0);
	c = pcap_expr_insns(e, true, &nr);
	ret = translate(o, c, nr, d);
	o->insns[without_l2].off = (int16_t)(o->nr - without_l2 - 1);
	c = pcap_expr_insns(e, false, &nr);
	if (ret == 0)
		ret = translate(o, c, nr, d);
	if (ret == 0)
		finish(o, slot);
	free(o);
	return ret;
}

void packet_filter_build_all(struct bpf_insn slot[FILTER_SLOT_LEN], bool match)
{
	pad_out(slot, FILTER_SLOT_LEN - 1);
	slot[FILTER_SLOT_LEN - 1] = (struct bpf_insn){ .code = MOV32 | BPF_K, .imm = match };
}

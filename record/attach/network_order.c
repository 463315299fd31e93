/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "network_order.h"

#include <linux/filter.h>
#include <stdlib.h>

#include "classic_flow.h"

/* Instead of the number of a load: A has no value from a load; no instruction leads here so far. */
#define NO_LOAD (-1)
#define UNREACHED (-2)

struct search {
	uint8_t *bytes;
	const struct pcap_expr_insn *classic;
	size_t nr;
	long *load; /* for each instruction, the number of the load whose value A has there */
};

static bool is_class(const struct pcap_expr_insn *c, unsigned int class)
{
	return BPF_CLASS(c->code) == class;
}

static bool is_misc(const struct pcap_expr_insn *c, unsigned int op)
{
	return is_class(c, BPF_MISC) && BPF_MISCOP(c->code) == op;
}

static bool sets_a(const struct pcap_expr_insn *c)
{
	return is_class(c, BPF_LD) || is_misc(c, BPF_TXA);
}

static bool compares_with_constant(const struct pcap_expr_insn *c)
{
	return is_class(c, BPF_JMP) && BPF_OP(c->code) == BPF_JEQ && BPF_SRC(c->code) == BPF_K;
}

/* Returns whether an instruction needs the number in A. */
static bool needs_number(const struct pcap_expr_insn *c)
{
	switch (BPF_CLASS(c->code)) {
	case BPF_ALU:
	case BPF_ST:
		return true;
	case BPF_JMP:
		return BPF_OP(c->code) != BPF_JA && !compares_with_constant(c);
	case BPF_RET:
		return BPF_RVAL(c->code) == BPF_A;
	}
	return is_misc(c, BPF_TAX);
}

/* Returns the bytes that a load turns from network to host order, or 0. */
static uint8_t bytes_to_turn(const struct pcap_expr_insn *c)
{
	if (!is_class(c, BPF_LD) || BPF_MODE(c->code) != BPF_ABS)
		return 0;
	return BPF_SIZE(c->code) == BPF_W ? 4 : BPF_SIZE(c->code) == BPF_H ? 2 : 0;
}

static void turn(struct search *s, long load)
{
	if (load >= 0)
		s->bytes[load] = 0;
}

/* Passes the value in A on to an instruction. Where the values of two loads meet, both are turned. */
static void lead_to(struct search *s, size_t to, long load)
{
	/* Loads need no value, and many instructions lead to the same return. */
	if (to >= s->nr || sets_a(&s->classic[to]) ||
	    (is_class(&s->classic[to], BPF_RET) && !needs_number(&s->classic[to])))
		return;
	if (s->load[to] == UNREACHED) {
		s->load[to] = load;
	} else if (s->load[to] != load) {
		turn(s, s->load[to]);
		turn(s, load);
	}
}

static void follow(struct search *s, size_t at)
{
	const struct pcap_expr_insn *c = &s->classic[at];
	size_t next[2], nr, i;
	long load = s->load[at];

	if (sets_a(c))
		load = is_class(c, BPF_LD) ? (long)at : NO_LOAD;
	else if (needs_number(c) ||
		 (load >= 0 && compares_with_constant(c) && s->bytes[load] == 2 && c->k > 0xffff))
		turn(s, load);
	nr = classic_flow_next(s->classic, at, next);
	for (i = 0; i < nr; i++)
		lead_to(s, next[i], load);
}

int network_order_find(uint8_t *bytes, const struct pcap_expr_insn *c, size_t nr,
		       struct pwrt_diag *d)
{
	struct search s = { bytes, c, nr, calloc(nr, sizeof(*s.load)) };
	size_t i;

	if (!s.load)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	for (i = 0; i < nr; i++) {
		bytes[i] = bytes_to_turn(&c[i]);
		s.load[i] = i ? UNREACHED : NO_LOAD;
	}
	for (i = 0; i < nr; i++)
		follow(&s, i);
	for (i = 0; i < nr; i++)
		if (compares_with_constant(&c[i]) && s.load[i] >= 0)
			bytes[i] = bytes[s.load[i]];
	free(s.load);
	return 0;
}

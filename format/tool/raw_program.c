/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "raw_program.h"

#include <net/ethernet.h>
#include <stddef.h>
#include <stdlib.h>

#define TYPE_AT offsetof(struct ether_header, ether_type)

#define LOAD_CONSTANT(value) BPF_STMT(BPF_LD | BPF_IMM, value)
#define JUMP_BY(n) BPF_STMT(BPF_JMP | BPF_JA, n)

/* A = the EtherType that belongs to the version of IP; an ARP packet begins with a zero. */
static const struct bpf_insn ether_type[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
	BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4, 0, 2),
	LOAD_CONSTANT(ETHERTYPE_IP),
	JUMP_BY(7),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 6, 0, 2),
	LOAD_CONSTANT(ETHERTYPE_IPV6),
	JUMP_BY(4),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2),
	LOAD_CONSTANT(ETHERTYPE_ARP),
	JUMP_BY(1),
	LOAD_CONSTANT(0),
};

#define TYPE_LEN (sizeof(ether_type) / sizeof(ether_type[0]))

static bool is_load(const struct bpf_insn *c)
{
	return BPF_CLASS(c->code) == BPF_LD || BPF_CLASS(c->code) == BPF_LDX;
}

/* Returns whether it loads from a place in the packet. */
static bool is_packet_load(const struct bpf_insn *c)
{
	unsigned int mode = BPF_MODE(c->code);

	return is_load(c) && (mode == BPF_ABS || mode == BPF_IND || mode == BPF_MSH);
}

static bool is_ether_type(const struct bpf_insn *c)
{
	return c->code == (BPF_LD | BPF_H | BPF_ABS) && c->k == TYPE_AT;
}

static unsigned int load_bytes(const struct bpf_insn *c)
{
	return BPF_SIZE(c->code) == BPF_W ? 4 : BPF_SIZE(c->code) == BPF_H ? 2 : 1;
}

/* Returns how many instructions replace this one; 0: there is no replacement. */
static unsigned int new_length(const struct bpf_insn *c)
{
	if (!is_packet_load(c) || c->k >= ETHER_HDR_LEN)
		return 1;
	if (is_ether_type(c))
		return TYPE_LEN;
	return BPF_MODE(c->code) == BPF_ABS && c->k + load_bytes(c) <= TYPE_AT;
}

/* Sets at[i] to the new position of each instruction, and of the end. Returns false as above. */
static bool find_positions(unsigned int *at, const struct bpf_program *ether)
{
	unsigned int i, n;

	for (i = 0, at[0] = 0; i < ether->bf_len; i++) {
		n = new_length(&ether->bf_insns[i]);
		if (!n)
			return false;
		at[i + 1] = at[i] + n;
	}
	return true;
}

/* Sets the distances of a jump, the instruction of this old number. False: too long. */
static bool move_jump(struct bpf_insn *c, unsigned int i, const unsigned int *at,
		      const struct bpf_program *ether)
{
	const uint64_t next = (uint64_t)i + 1, len = ether->bf_len;
	uint64_t yes = next + c->jt, no = next + c->jf;

	if (BPF_OP(c->code) == BPF_JA) {
		if (next + c->k >= len)
			return false;
		c->k = at[next + c->k] - at[next];
		return true;
	}
	if (yes >= len || no >= len || at[yes] - at[next] > 255 || at[no] - at[next] > 255)
		return false;
	c->jt = (u_char)(at[yes] - at[next]);
	c->jf = (u_char)(at[no] - at[next]);
	return true;
}

/* Writes the replacement of the instruction of this old number. */
static bool translate(struct bpf_insn *to, unsigned int i, const unsigned int *at,
		      const struct bpf_program *ether)
{
	const struct bpf_insn *c = &ether->bf_insns[i];
	unsigned int k;

	*to = *c;
	if (BPF_CLASS(c->code) == BPF_JMP)
		return move_jump(to, i, at, ether);
	if (!is_packet_load(c))
		return true;
	if (is_ether_type(c))
		for (k = 0; k < TYPE_LEN; k++)
			to[k] = ether_type[k];
	else if (c->k < ETHER_HDR_LEN)
		*to = (struct bpf_insn)LOAD_CONSTANT(0);
	else
		to->k -= ETHER_HDR_LEN;
	return true;
}

bool raw_program_build(struct bpf_program *out, const struct bpf_program *ether)
{
	unsigned int *at = calloc(ether->bf_len + 1, sizeof(*at)), i;
	bool good = at && find_positions(at, ether);

	*out = (struct bpf_program){ 0 };
	if (good)
		out->bf_insns = calloc(at[ether->bf_len], sizeof(*out->bf_insns));
	good = out->bf_insns;
	for (i = 0; i < ether->bf_len && good; i++)
		good = translate(&out->bf_insns[at[i]], i, at, ether);
	if (good)
		out->bf_len = at[ether->bf_len];
	else
		pcap_freecode(out);
	free(at);
	return good;
}

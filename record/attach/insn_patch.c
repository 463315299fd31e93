/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "insn_patch.h"

#include <string.h>

/* The instructions of an object file lie at multiples of their size, like its sections. */
static struct bpf_insn *insns_of(void *object)
{
	return object;
}

unsigned int insn_patch_filter(void *object, size_t len, int mark,
			       const struct bpf_insn slot[FILTER_SLOT_LEN])
{
	struct bpf_insn *insns = insns_of(object);
	const struct bpf_insn want = { .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = mark };
	size_t i, nr = len / sizeof(*insns), run = 0;
	unsigned int places = 0;

	for (i = 0; i < nr; i++) {
		run = memcmp(&insns[i], &want, sizeof(want)) ? 0 : run + 1;
		if (run < FILTER_SLOT_LEN)
			continue;
		memcpy(&insns[i + 1 - run], slot, FILTER_SLOT_LEN * sizeof(*slot));
		run = 0;
		places++;
	}
	return places;
}

void insn_patch_calls(void *object, size_t len, int mark, unsigned int btf_id)
{
	struct bpf_insn *insns = insns_of(object);
	const struct bpf_insn want = { .code = BPF_JMP | BPF_CALL, .imm = mark };
	size_t i, nr = len / sizeof(*insns);

	for (i = 0; i < nr; i++) {
		if (memcmp(&insns[i], &want, sizeof(want)))
			continue;
		insns[i].src_reg = BPF_PSEUDO_KFUNC_CALL;
		insns[i].imm = (int)btf_id;
	}
}

void insn_patch_settings(void *object, size_t len, const bool values[NR_SETTINGS])
{
	struct bpf_insn *insns = insns_of(object);
	size_t i, nr = len / sizeof(*insns);

	for (i = 0; i < nr; i++) {
		const int setting = insns[i].imm - SETTING_MARK;

		if (insns[i].code == (BPF_ALU64 | BPF_MOV | BPF_K) && setting >= 0 &&
		    setting < NR_SETTINGS)
			insns[i].imm = values[setting];
	}
}

void insn_patch_program(struct bpf_insn *insns, size_t n, int number)
{
	const struct bpf_insn want = { .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = PROGRAM_MARK };
	size_t i;

	for (i = 0; i < n; i++)
		if (insns[i].code == want.code && insns[i].imm == want.imm)
			insns[i].imm = number;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Replaces the marked instructions of bpf/patch.h in the object file of the programs. */
#ifndef INSN_PATCH_H
#define INSN_PATCH_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>

#include "bpf/patch.h"

/* Puts the slot's instructions where these marks are; returns in how many places. */
unsigned int insn_patch_filter(void *object, size_t len, int mark,
			       const struct bpf_insn slot[FILTER_SLOT_LEN]);
/* Makes calls of a function of the kernel, whose BTF id is given, of the marks for it. */
void insn_patch_calls(void *object, size_t len, int mark, unsigned int btf_id);

/* Puts the values of all settings where the marks for them are. */
void insn_patch_settings(void *object, size_t len, const bool values[NR_SETTINGS]);

/* Puts this number where n loaded instructions have PROGRAM_MARK. */
void insn_patch_program(struct bpf_insn *insns, size_t n, int number);

#endif

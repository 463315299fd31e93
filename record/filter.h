/* A packet filter as eBPF, in the place that bpf/filter_slot.h reserves for it. */
#ifndef FILTER_H
#define FILTER_H

#include <linux/bpf.h>

#include "bpf/filter_slot.h"
#include "format/expr.h"

/* Fills exactly FILTER_SLOT_LEN instructions. PWRT_EARG when the expression does not fit. */
int filter_build(struct bpf_insn slot[FILTER_SLOT_LEN], const struct expr *e, struct pwrt_diag *d);
/* The same for "every packet". */
void filter_build_all(struct bpf_insn slot[FILTER_SLOT_LEN]);
/* Puts the slot's instructions in the place of its marks; false when there is no such place. */
bool filter_place(struct bpf_insn *insns, size_t nr, const struct bpf_insn slot[FILTER_SLOT_LEN]);

#endif

/* A packet filter as eBPF, in the place that bpf/patch.h reserves for it. */
#ifndef FILTER_H
#define FILTER_H

#include <linux/bpf.h>

#include "bpf/patch.h"
#include "format/expr.h"

/* The way to a packet's bytes without a copy: BTF ids of this kernel. */
struct filter_view {
	uint32_t cast; /* of bpf_rdonly_cast() */
	uint32_t type; /* of struct FILTER_VIEW */
};

/*
 * Fills exactly FILTER_SLOT_LEN instructions: the exact filter, or with a view the quick one, which
 * must not ask for the length. PWRT_EARG when the expression does not fit.
 */
int filter_build(struct bpf_insn slot[FILTER_SLOT_LEN], const struct expr *e,
		 const struct filter_view *view, struct pwrt_diag *d);
/* Does it ask for the length of the packet on the wire? */
bool filter_uses_length(const struct expr *e);
/* The same for every packet, or for none. */
void filter_build_all(struct bpf_insn slot[FILTER_SLOT_LEN], bool match);
#endif

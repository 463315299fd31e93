/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Translates a packet filter to eBPF, for the room that bpf/patch.h reserves. */
#ifndef PACKET_FILTER_H
#define PACKET_FILTER_H

#include <linux/bpf.h>

#include "bpf/patch.h"
#include "format/tool/pcap_expr.h"

/* BTF ids of this kernel for reading a packet's bytes without a copy. */
struct rdonly_cast_ids {
	uint32_t cast; /* of bpf_rdonly_cast() */
	uint32_t type; /* of struct FILTER_VIEW */
};

/*
 * Fills exactly FILTER_SLOT_LEN instructions: the exact filter, or with a view the quick one, which
 * must not use the length. PWRT_EINVAL when the expression does not fit.
 */
int packet_filter_build(struct bpf_insn slot[FILTER_SLOT_LEN], const struct pcap_expr *e,
			const struct rdonly_cast_ids *view, struct pwrt_diag *d);
/* Returns whether the expression uses the packet's length on the wire. */
bool packet_filter_uses_length(const struct pcap_expr *e);
/* The same for every packet, or for none. */
void packet_filter_build_all(struct bpf_insn slot[FILTER_SLOT_LEN], bool match);
#endif

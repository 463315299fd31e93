/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The drop reasons of subsystems, from the types of the kernel and its modules. */
#ifndef RECORD_DROP_REASONS_H
#define RECORD_DROP_REASONS_H

#include <bpf/btf.h>
#include <stdint.h>

/* A drop reason of a subsystem: its number has the subsystem in the upper half. */
struct drop_reason {
	char *name;
	int64_t value;
};

struct drop_reasons {
	struct drop_reason *reason;
	size_t nr;
};

/*
 * Adds the drop reasons of the subsystems in one BTF, whose own types begin at first: of a module,
 * or of the kernel with what is built in. Their enumerations are called SUBSYSTEM_drop_reason, as
 * those that drop_reasons_register_subsys() is given (net/openvswitch/drop.h, net/mac80211/drop.h,
 * include/net/dropreason-qdisc.h). Returns 0 or PWRT_ENOMEM.
 */
int drop_reasons_add(struct drop_reasons *to, const struct btf *btf, uint32_t first);
void drop_reasons_free(struct drop_reasons *r);

/* The drop reasons of the kernel itself, and behind them those of subsystems. */
struct all_drop_reasons {
	const struct btf *btf;
	const struct btf_type *own; /* enum skb_drop_reason; NULL: the kernel has none */
	const struct drop_reasons *more;
};

/* Finds the kernel's own reasons, which takes a look at all of its types. Borrows the arguments. */
struct all_drop_reasons all_drop_reasons_find(const struct btf *btf,
					      const struct drop_reasons *more);
/* Returns the name of reason i and sets *value; NULL past the last one. Borrowed. */
const char *all_drop_reasons_at(const struct all_drop_reasons *r, size_t i, uint32_t *value);

#endif

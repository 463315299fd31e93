/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* All members of a kernel structure: of struct sk_buff, for --dump-skb. */
#ifndef SKB_MEMBERS_H
#define SKB_MEMBERS_H

#include <bpf/btf.h>

#include "format/pwrt.h"

/* A number of up to 64 bits, or an array, which is no more than its bytes. */
struct skb_member {
	char *name; /* as in C, from the root on: "skb->cb" */
	uint32_t bit;
	uint32_t bytes; /* of an array, else 0 */
	uint8_t bits;
	bool is_signed;
};

struct skb_members {
	struct skb_member *m;
	uint32_t nr;
	uint32_t bytes; /* of the structure, rounded up to 8; 0: --dump-skb is not given */
};

/*
 * Finds those of a structure: where members share memory, as in a union, the first of them. A
 * pointer is a number. PWRT_EINVAL when there is no such structure, or one of more than max bytes.
 */
int skb_members_find(struct skb_members *to, const char *type, const char *root, uint32_t max,
		     const struct btf *btf, struct pwrt_diag *d);
/* Leaves out the one of this name, if there is one. */
void skb_members_drop(struct skb_members *m, const char *name);
void skb_members_free(struct skb_members *m);
/*
 * Appends the members whose bytes differ from last, with keys from first on, and copies these bytes
 * to last. Members that do not fit keep their old bytes there: the next call appends them. now may
 * be unaligned.
 */
void skb_members_changed(const struct skb_members *m, const uint8_t *now, uint8_t *last,
			 uint32_t first, struct pwrt_values *to);

#endif

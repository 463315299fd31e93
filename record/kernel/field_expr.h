/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Field expressions of --field and --filter-field: "skb->hash", "skb->dev->mtu",
 * "shinfo->gso_size". */
#ifndef FIELD_EXPR_H
#define FIELD_EXPR_H

#include <bpf/btf.h>

#include "bpf/event.h"
#include "format/pwrt.h"
#include "skb_members.h"

struct field_expr {
	const char *text;   /* as it was given; the caller's */
	struct pw_field at; /* for the program */
	bool is_signed;
	uint8_t shift, bits; /* of a bit field in what is read; bits 0: all of it */
};

struct field_exprs {
	struct field_expr f[NR_FIELDS_MAX];
	unsigned int nr;
	struct skb_members skb; /* with --dump-skb: all members of struct sk_buff */
};

struct field_tests {
	struct pw_test t[NR_TESTS_MAX];
	unsigned int nr;
};

/*
 * Adds one: members with "->" and ".", elements with "[N]", from "skb" or from "shinfo", its
 * skb_shared_info; a number, a pointer or an enumeration at the end. PWRT_EINVAL with what is wrong.
 */
int field_expr_add(struct field_exprs *to, const char *text, const struct btf *btf,
		   struct pwrt_diag *d);
/*
 * Adds conditions, "FIELD OPERATOR NUMBER" with "&&" between them: a field as above, or from "xdp",
 * a frame's xdp_buff; and ==, !=, <, <=, >, >= or & (has one of these bits). PWRT_EINVAL with what
 * is wrong.
 */
int field_test_add(struct field_tests *to, const char *text, const struct btf *btf,
		   struct pwrt_diag *d);
/* Sets *v to the value of the field whose bytes the program has read. */
void field_expr_value(const struct field_expr *f, uint64_t raw, struct pwrt_value *v);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the user asks for by name: to be shown, and to be compared. */
#ifndef PWRU_FIELDS_H
#define PWRU_FIELDS_H

#include "event.h"
#include "kern.h"

/* What the recorder knows before the programs are loaded. */
const volatile __u32 nr_fields = 0;
const volatile struct pw_field fields[NR_FIELDS_MAX] = {};
const volatile __u32 skb_bytes = 0; /* of the skb itself, a multiple of 8 */
const volatile __u32 nr_tests = 0;
const volatile struct pw_test tests[NR_TESTS_MAX] = {};

/* The bytes of a field of an skb or a frame, 0 where a pointer leads nowhere. */
static __always_inline __u64 read_field(const volatile struct pw_field *f, __u64 from)
{
	const struct sk_buff *view = (const void *)from;
	__u64 at = from, value = 0;
	__u32 i;

	if (f->root == FIELD_OF_SHINFO)
		at = (__u64)BPF_CORE_READ(view, head) + BPF_CORE_READ(view, end);
	for (i = 0; i < FIELD_LOADS_MAX && i < f->nr_loads; i++)
		if (bpf_probe_read_kernel(&at, sizeof(at), (const void *)(at + f->off[i])))
			return 0;
	bpf_probe_read_kernel(&value, f->size & 15, (const void *)(at + f->last));
	return value;
}

static __always_inline bool field_compare(const volatile struct pw_test *t, __u64 raw)
{
	__u64 v = raw << (t->left & 63), with = t->value;
	bool less;

	if (t->is_signed) {
		v = (__s64)v >> (t->right & 63);
		less = (__s64)v < (__s64)with;
	} else {
		v >>= t->right & 63;
		less = v < with;
	}
	switch (t->op) {
	case TEST_EQ:
		return v == with;
	case TEST_NE:
		return v != with;
	case TEST_LT:
		return less;
	case TEST_LE:
		return less || v == with;
	case TEST_GT:
		return !less && v != with;
	case TEST_GE:
		return !less;
	case TEST_ANY:
		return v & with;
	}
	return false;
}

/*
 * Are the fields as they should be, all of them? What must be so for an skb says nothing of a
 * frame, and the other way round; a frame of which nothing is said is none that is looked for.
 */
static __always_inline bool fields_match(__u64 from, const bool is_frame)
{
	bool is_tested = false;
	__u32 i;

	for (i = 0; i < NR_TESTS_MAX && i < nr_tests; i++) {
		if ((tests[i].field.root == FIELD_OF_XDP) != is_frame)
			continue;
		if (!field_compare(&tests[i], read_field(&tests[i].field, from)))
			return false;
		is_tested = true;
	}
	return is_tested || !is_frame;
}

#endif

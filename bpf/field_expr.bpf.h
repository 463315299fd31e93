/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Field expressions: reads the fields of --field, and compares those of --filter-field. */
#ifndef PWRU_FIELD_EXPR_BPF_H
#define PWRU_FIELD_EXPR_BPF_H

#include "event.h"
#include "kernel_types.bpf.h"

/* The recorder sets these before it loads the programs. */
const volatile __u32 nr_fields = 0;
const volatile struct pw_field fields[NR_FIELDS_MAX] = {};
const volatile __u32 skb_bytes = 0; /* bytes of the skb itself (--skb), a multiple of 8 */
const volatile __u32 nr_tests = 0;
const volatile struct pw_test tests[NR_TESTS_MAX] = {};

/* Returns the bytes of a field of an skb or an XDP frame; 0 if a pointer cannot be followed. */
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
 * Returns whether all tests hold. Tests of skb fields do not concern XDP frames, and the other way
 * round. A frame matches only if there is a test for frames.
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

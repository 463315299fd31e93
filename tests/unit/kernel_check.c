/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The check that a kernel is new enough, by the prototype of its tracepoint of drops. */
#include "unit.h"

#include <bpf/btf.h>
#include <string.h>

#include "record/kernel/kernel_check.h"

static int pointer_to(struct btf *b, const char *name)
{
	return btf__add_ptr(b, btf__add_struct(b, name, 8));
}

/*
 * typedef void (*btf_trace_kfree_skb)(void *, struct sk_buff *, void *[, enum]): nr arguments in
 * all, the fourth one an enumeration of this name, the fifth a pointer.
 */
static struct btf *types(int nr, const char *enumeration)
{
	struct btf *b = btf__new_empty();
	int any = btf__add_ptr(b, 0), skb = pointer_to(b, "sk_buff"), reason, proto;

	reason = btf__add_enum(b, enumeration, 4);
	btf__add_enum_value(b, "SKB_NOT_DROPPED_YET", 0);
	proto = btf__add_func_proto(b, 0);
	btf__add_func_param(b, NULL, any);
	btf__add_func_param(b, NULL, skb);
	btf__add_func_param(b, NULL, any);
	if (nr > 3)
		btf__add_func_param(b, NULL, reason);
	if (nr > 4)
		btf__add_func_param(b, NULL, any);
	btf__add_typedef(b, "btf_trace_kfree_skb", btf__add_ptr(b, proto));
	return b;
}

static const struct {
	int nr;
	const char *enumeration, *words;
} cases[] = {
	{ 4, "skb_drop_reason", NULL }, /* 5.17 */
	{ 5, "skb_drop_reason", NULL }, /* 6.10: and the socket */
	{ 3, "skb_drop_reason",
	  "Linux 5.10.0-40-cloud-amd64 is too old: pwru-record needs 5.17 or newer "
	  "(skb:kfree_skb has no drop reason here)" },
	{ 4, "something_else", "5.17 or newer" },
};
#define NR_CASES (int)(sizeof(cases) / sizeof(cases[0]))

START_TEST(by_prototype)
{
	struct btf *b = types(cases[_i].nr, cases[_i].enumeration);
	struct pwrt_diag d = { 0 };
	int ret = kernel_check(b, "5.10.0-40-cloud-amd64", &d);

	btf__free(b);
	ck_assert_int_eq(ret, cases[_i].words ? PWRT_EINVAL : 0);
	ck_assert_msg(!cases[_i].words || strstr(d.text, cases[_i].words), "%s", d.text);
}
END_TEST

START_TEST(no_tracepoint)
{
	struct btf *b = btf__new_empty();
	struct pwrt_diag d = { 0 };
	int ret = kernel_check(b, "6.12.0", &d);

	btf__free(b);
	ck_assert_int_eq(ret, PWRT_EINVAL);
	ck_assert_msg(strstr(d.text, "no tracepoint skb:kfree_skb"), "%s", d.text);
}
END_TEST

Suite *suite_kernel_check(void)
{
	Suite *s = suite_create("kernel_check");
	TCase *t = tcase_create("kernel_check");

	tcase_add_loop_test(t, by_prototype, 0, NR_CASES);
	tcase_add_test(t, no_tracepoint);
	suite_add_tcase(s, t);
	return s;
}

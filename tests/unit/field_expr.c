/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Expressions for fields, and which functions decide: on types made by hand. */
#include "unit.h"

#include <bpf/btf.h>
#include <stdio.h>
#include <string.h>

#include "record/kernel/field_expr.h"
#include "record/kernel/return_targets.h"
#include "record/kernel/skb_members.h"
#include "small_btf.h"

static struct small_btf types;
static struct btf *btf;

static void make_types(void)
{
	types = small_btf_new();
	btf = types.btf;
	ck_assert_str_eq(
		btf__name_by_offset(btf, btf__type_by_id(btf, (__u32)types.t_skb)->name_off),
		"sk_buff");
}

static void free_types(void)
{
	btf__free(btf);
}

START_TEST(expressions)
{
	static const struct {
		const char *text;
		unsigned int loads, off[2], last, size;
		uint64_t raw, want; /* what is read, and what it means */
	} cases[] = {
		{ "skb->len", 0, { 0 }, 0, 4, 7, 7 },
		{ "skb->dev->mtu", 1, { 8 }, 0, 4, 1500, 1500 },
		{ "skb->dev", 0, { 0 }, 8, 8, UINT64_MAX, UINT64_MAX },
		{ "skb->dev->label[15]", 1, { 8 }, 31, 1, 'x', 'x' },
		{ "skb->cb[3]", 0, { 0 }, 36, 4, 9, 9 },
		{ "skb->next->next->dev->mtu", 3, { 40, 40 }, 0, 4, 1, 1 },
		{ "skb->a", 0, { 0 }, 16, 1, 0xff, 3 },
		{ "skb->b", 0, { 0 }, 16, 1, 5 << 2 | 3, 5 },
		{ "skb->delta", 0, { 0 }, 16, 2, 0xf << 5, (uint64_t)-1 },
	};
	struct field_exprs fields = { .nr = 0 };
	struct pwrt_diag d;
	struct pwrt_value v;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct field_expr *f = &fields.f[0];

		fields.nr = 0;
		ck_assert_msg(!field_expr_add(&fields, cases[i].text, btf, &d), "%s: %s",
			      cases[i].text, d.text);
		ck_assert_uint_eq(f->at.nr_loads, cases[i].loads);
		ck_assert_uint_eq(f->at.off[0], cases[i].off[0]);
		ck_assert_uint_eq(f->at.last, cases[i].last);
		ck_assert_uint_eq(f->at.size, cases[i].size);
		field_expr_value(f, cases[i].raw, &v);
		ck_assert_uint_eq(v.num, cases[i].want);
	}
}
END_TEST

START_TEST(nonsense)
{
	static const char *const cases[] = {
		"",
		"skb",
		"skb->",
		"skb.len",
		"skb->nothing",
		"skb->len->mtu",
		"skb->dev.mtu",
		"skb->dev->name->x", /* void */
		"skb->cb",	     /* all of it */
		"skb->cb[4]",
		"skb->cb[-1]",
		"skb->cb[99999999999999999999]",
		"skb->cb[",
		"skb->cb[1",
		"skb->cb[]",
		"skb->cb[1]x",
		"skb->len[0]",
		"skb->len ",
		"shinfo->nr_frags", /* these types have no skb_shared_info */
		"dev->mtu",
		"skb->next->next->next->next->next->len", /* more loads than there is room for */
	};
	struct field_exprs fields = { .nr = 0 };
	struct pwrt_diag d;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_msg(field_expr_add(&fields, cases[i], btf, &d) == PWRT_EINVAL, "%s",
			      cases[i]);
		ck_assert(!strchr(d.text, '\n'));
		ck_assert_uint_eq(fields.nr, 0);
	}
	for (i = 0; i < NR_FIELDS_MAX; i++)
		ck_assert_int_eq(field_expr_add(&fields, "skb->len", btf, &d), 0);
	ck_assert_int_eq(field_expr_add(&fields, "skb->len", btf, &d), PWRT_EINVAL);
}
END_TEST

/* The value, and the shifts that leave a bit field. */
static const struct {
	const char *text;
	unsigned int op, last, left, right;
	uint64_t value;
} conditions_right[] = {
	{ "skb->len==7", TEST_EQ, 0, 32, 32, 7 },
	{ "skb->len != 0x10", TEST_NE, 0, 32, 32, 16 },
	{ "skb->len < 4294967295", TEST_LT, 0, 32, 32, UINT32_MAX },
	{ "skb->dev->mtu<=1500", TEST_LE, 0, 32, 32, 1500 },
	{ "skb->dev->mtu>1500 ", TEST_GT, 0, 32, 32, 1500 },
	{ "skb->next->len >= 1", TEST_GE, 0, 32, 32, 1 },
	{ "skb->dev->label[15] & 6", TEST_ANY, 31, 56, 56, 6 },
	{ "skb->b == 7", TEST_EQ, 16, 59, 61, 7 },
	{ "skb->delta == -8", TEST_EQ, 16, 55, 60, (uint64_t)-8 },
	{ " skb->delta < 7", TEST_LT, 16, 55, 60, 7 },
	{ "skb->dev != 0", TEST_NE, 8, 0, 0, 0 },
};
static const char *const conditions_wrong[] = {
	"",
	"skb->len",
	"skb->len =7",
	"skb->len == ",
	"skb->len == 7 7",
	"skb->len == seven",
	"skb->len == -1",
	"skb->len == 4294967296",
	"skb->b == 8",
	"skb->delta == 8",
	"skb->delta == -9",
	"skb->dev == 18446744073709551616",
	"skb->nothing == 1",
	"== 1",
	"skb->len == 1 &&",
	"skb->len == 1 || skb->len == 2",
	"skb->cb > 1",
};

START_TEST(conditions)
{
	struct field_tests tests = { .nr = 0 };
	struct pwrt_diag d;
	size_t i;

	for (i = 0; i < sizeof(conditions_right) / sizeof(conditions_right[0]); i++) {
		const struct pw_test *t = &tests.t[0];

		tests.nr = 0;
		ck_assert_msg(!field_test_add(&tests, conditions_right[i].text, btf, &d), "%s: %s",
			      conditions_right[i].text, d.text);
		ck_assert_uint_eq(t->op, conditions_right[i].op);
		ck_assert_uint_eq(t->field.last, conditions_right[i].last);
		ck_assert_uint_eq(t->left, conditions_right[i].left);
		ck_assert_uint_eq(t->right, conditions_right[i].right);
		ck_assert_uint_eq(t->value, conditions_right[i].value);
	}
	tests.nr = 0;
	ck_assert_int_eq(
		field_test_add(&tests, "skb->len > 1 && skb->len < 5&&skb->a == 3", btf, &d), 0);
	ck_assert_uint_eq(tests.nr, 3);
	ck_assert_uint_eq(tests.t[1].op, TEST_LT);
	for (i = 0; i < sizeof(conditions_wrong) / sizeof(conditions_wrong[0]); i++) {
		tests.nr = 0;
		ck_assert_msg(field_test_add(&tests, conditions_wrong[i], btf, &d) == PWRT_EINVAL,
			      "%s", conditions_wrong[i]);
		ck_assert(!strchr(d.text, '\n'));
	}
	for (tests.nr = 0, i = 0; i < NR_TESTS_MAX; i++)
		ck_assert_int_eq(field_test_add(&tests, "skb->len == 1", btf, &d), 0);
	ck_assert_int_eq(field_test_add(&tests, "skb->len == 1", btf, &d), PWRT_EINVAL);
}
END_TEST

/* A prototype: what it returns, then its arguments, ended by -1. */
static const struct btf_type *prototype(int ret, const int *args)
{
	int id = btf__add_func_proto(btf, ret);

	for (; *args >= 0; args++)
		btf__add_func_param(btf, "", *args);
	return btf__type_by_id(btf, (__u32)id);
}

/* The names of the members whose values are here, with the numbers among them. */
static const char *said_of(const struct skb_members *m, const struct pwrt_values *values)
{
	static char text[512];
	struct pwrt_value v;
	size_t at = 0, n = 0;

	text[0] = '\0';
	while (pwrt_value_next(values->bytes, values->len, &at, &v))
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      v.type == PWRT_VALUE_BYTES ? "%s " : "%s=%lld ",
				      m->m[v.key - 7].name, (long long)v.num);
	return text;
}

/* All of an skb: its members, and those that have changed. */
START_TEST(all_members)
{
	uint8_t now[64] = { 0 }, last[64] = { 0 };
	struct pwrt_values values = { .len = 0 };
	struct pwrt_diag d;
	struct skb_members m;

	ck_assert_int_eq(skb_members_find(&m, "sk_buff", "skb", 63, btf, &d), PWRT_EINVAL);
	ck_assert_int_eq(skb_members_find(&m, "sk_buff", "skb", 64, btf, &d), 0);
	ck_assert_uint_eq(m.bytes, 64);
	ck_assert_uint_eq(m.nr, 7);
	ck_assert_str_eq(m.m[1].name, "skb->dev");

	now[0] = 5;	/* len */
	now[16] = 0xe5; /* a 1, b 1, delta -1, whose bits go on in the next byte */
	now[17] = 1;
	now[24] = 1;	    /* cb */
	now[40 + 7] = 0x80; /* next */
	skb_members_changed(&m, now, last, 7, &values);
	ck_assert_str_eq(
		said_of(&m, &values),
		"skb->len=5 skb->a=1 skb->b=1 skb->delta=-1 skb->cb skb->next=-9223372036854775808 ");
	values.len = 0;
	skb_members_changed(&m, now, last, 7, &values);
	ck_assert_uint_eq(values.len, 0);
	now[16] = 0x05; /* delta is 8: of four bits, so -8 */
	now[0] = 0;
	skb_members_changed(&m, now, last, 7, &values);
	ck_assert_str_eq(said_of(&m, &values), "skb->len=0 skb->delta=-8 ");

	/* Members without room are written later. Members that change each time are left out. */
	now[0] = 9;
	now[40] = 1;
	values.len = PWRT_VALUES_MAX;
	skb_members_changed(&m, now, last, 7, &values);
	ck_assert_uint_eq(values.len, PWRT_VALUES_MAX);
	values.len = 0;
	skb_members_drop(&m, "skb->next");
	skb_members_drop(&m, "skb->nothing");
	skb_members_changed(&m, now, last, 7, &values);
	ck_assert_str_eq(said_of(&m, &values), "skb->len=9 ");
	skb_members_free(&m);
}
END_TEST

START_TEST(deciders)
{
	const int hook[] = { types.t_void_ptr, types.t_skb_ptr, types.t_state_ptr, -1 },
		  filter[] = { types.t_sock_ptr, types.t_skb_ptr, types.t_u32, -1 },
		  skb[] = { types.t_skb_ptr, -1 };
	const struct {
		const char *name;
		int ret;
		const int *args;
		uint32_t want; /* without COOKIE_WANTS_RETURN; 0: none */
	} cases[] = {
		{ "ipt_do_table", types.t_u32, hook,
		  COOKIE_VERDICT | COOKIE_CT | COOKIE_RET | COOKIE_XT | 3u << COOKIE_STATE_SHIFT },
		{ "nft_do_chain_inet", types.t_u32, hook,
		  COOKIE_VERDICT | COOKIE_CT | COOKIE_RET | COOKIE_NFT | 3u << COOKIE_STATE_SHIFT },
		{ "some_module_hook", types.t_u32, hook,
		  COOKIE_VERDICT | COOKIE_CT | COOKIE_RET | 3u << COOKIE_STATE_SHIFT },
		{ "apparmor_ip_postroute", types.t_u32, hook, 0 },
		{ "not_a_hook", 0, hook, 0 },
		{ "sk_filter_trim_cap", types.t_int, filter, COOKIE_RET | 1u << COOKIE_SOCK_SHIFT },
		{ "ip_route_input_noref", types.t_int, skb, COOKIE_RET | COOKIE_ROUTE },
		{ "ip6_route_input", 0, skb,
		  COOKIE_ROUTE }, /* void: there is the route to look at */
		{ "ip_rcv", types.t_int, skb, 0 },
		{ "ip_rcv_more", types.t_int, skb, COOKIE_RET }, /* requested */
	};
	regex_t more;
	size_t i;

	ck_assert_int_eq(regcomp(&more, "^(ip_rcv_m.*)$", REG_EXTENDED | REG_NOSUB), 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct target t = { .name = cases[i].name, .module = "", .arg = 1 };

		return_target_look(&t, btf, prototype(cases[i].ret, cases[i].args), &more);
		ck_assert_msg((t.ret_cookie & ~(uint32_t)COOKIE_WANTS_RETURN) == cases[i].want &&
				      !t.ret_cookie == !cases[i].want,
			      "%s: %x", cases[i].name, t.ret_cookie);
	}
	regfree(&more);
}
END_TEST

/* The enumeration behind a typedef is found. An integer or an unnamed enumeration has no name. */
START_TEST(returned_enumeration)
{
	const int skb[] = { types.t_skb_ptr, -1 },
		  reason = btf__add_enum(btf, "skb_drop_reason", 4);
	int alias, unnamed;
	struct target t = { .name = "ip_route_input_noref", .module = "", .arg = 1 };

	ck_assert_int_eq(btf__add_enum_value(btf, "SKB_DROP_REASON_IP_RPFILTER", 16), 0);
	alias = btf__add_typedef(btf, "reason_t", reason);
	unnamed = btf__add_enum(btf, NULL, 4);
	ck_assert_int_eq(btf__add_enum_value(btf, "SOMETHING", 1), 0);

	return_target_look(&t, btf, prototype(alias, skb), NULL);
	ck_assert_uint_eq(t.ret_enum, (uint32_t)reason);
	ck_assert_int_eq(t.ret, 4);
	return_target_look(&t, btf, prototype(unnamed, skb), NULL);
	ck_assert_uint_eq(t.ret_enum, 0);
	return_target_look(&t, btf, prototype(types.t_int, skb), NULL);
	ck_assert_uint_eq(t.ret_enum, 0);
}
END_TEST

Suite *suite_field_expr(void)
{
	Suite *s = suite_create("field_expr");
	TCase *t = tcase_create("field_expr");

	tcase_add_checked_fixture(t, make_types, free_types);
	tcase_add_test(t, expressions);
	tcase_add_test(t, nonsense);
	tcase_add_test(t, conditions);
	tcase_add_test(t, all_members);
	tcase_add_test(t, deciders);
	tcase_add_test(t, returned_enumeration);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The values of an event, and what the recorder makes of an auxiliary record. */
#include "unit.h"

#include <netinet/in.h>
#include <string.h>

#include "format/pwrt.h"
#include "record/file/values.h"

START_TEST(put_and_next)
{
	static const struct pwrt_value in[] = {
		{ .key = 0, .type = PWRT_VALUE_NUMBER, .num = UINT64_MAX },
		{ .key = UINT32_MAX, .type = PWRT_VALUE_SIGNED, .num = (uint64_t)INT64_MIN },
		{ .key = 7, .type = PWRT_VALUE_TEXT, .bytes = (const uint8_t *)"", .len = 0 },
		{ .key = 8, .type = PWRT_VALUE_TEXT, .bytes = (const uint8_t *)"raw", .len = 3 },
	};
	struct pwrt_values values = { .len = 0 };
	struct pwrt_value out;
	size_t i, at = 0;

	for (i = 0; i < 4; i++)
		ck_assert(pwrt_value_put(&values, &in[i]));
	for (i = 0; i < 4; i++) {
		ck_assert(pwrt_value_next(values.bytes, values.len, &at, &out));
		ck_assert_uint_eq(out.key, in[i].key);
		ck_assert_uint_eq(out.type, in[i].type);
		ck_assert_uint_eq(out.num, in[i].num);
		ck_assert_uint_eq(out.len, in[i].len);
		ck_assert(!out.len || !memcmp(out.bytes, in[i].bytes, out.len));
	}
	ck_assert(!pwrt_value_next(values.bytes, values.len, &at, &out));
	ck_assert_uint_eq(at, values.len);
}
END_TEST

/* A value without room leaves the others as they are. */
START_TEST(no_room)
{
	static const uint8_t bytes[PWRT_VALUES_MAX];
	struct pwrt_value v = { .type = PWRT_VALUE_TEXT, .bytes = bytes, .len = 200 };
	struct pwrt_values values = { .len = 0 };
	uint16_t len;

	ck_assert(pwrt_value_put(&values, &v));
	ck_assert(pwrt_value_put(&values, &v));
	len = values.len;
	ck_assert(!pwrt_value_put(&values, &v));
	v.len = SIZE_MAX - 4;
	ck_assert(!pwrt_value_put(&values, &v));
	ck_assert_uint_eq(values.len, len);
}
END_TEST

/* Returns whether the record becomes a value of this name. */
static bool find(const struct aux_event *s, const char *text, struct pwrt_value *v)
{
	static struct pwrt_values values;
	size_t at = 0;

	values_put(&values, s);
	while (pwrt_value_next(values.bytes, values.len, &at, v))
		if (!strcmp(values_key(v->key), text))
			return true;
	return false;
}

/* Registers hold more than what is returned; a drop with a reason looks stolen. */
START_TEST(returned)
{
	static const struct {
		uint64_t ret;
		int8_t size;
		uint64_t want, verdict;
	} cases[] = {
		{ 0xdead00000001, 4, 1, 1 },
		{ 0xdead00000000, 4, 0, 0 },
		{ 0xdeadffffffea, -4, (uint64_t)-22, 0xea },
		{ 0xdead01, 1, 1, 1 },
		{ UINT64_MAX, 8, UINT64_MAX, 0xff },
		{ 2, 4, 2, 2 },
		{ 0x10002, 4, 0x10002, 0 }, /* NF_DROP_REASON(..., EPERM) */
		{ 0x50003, 4, 0x50003, 3 }, /* queue 5 */
	};
	struct pw_aux aux = { .contents = AUX_RET };
	struct target func = { .ret_cookie = COOKIE_WANTS_RETURN | COOKIE_RET | COOKIE_VERDICT };
	struct aux_event s = { .aux = &aux, .func = &func, .owner = "" };
	struct pwrt_value v;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		aux.ret = cases[i].ret;
		func.ret = cases[i].size;
		ck_assert(find(&s, "ret", &v));
		ck_assert_uint_eq(v.num, cases[i].want);
		ck_assert_int_eq(v.type == PWRT_VALUE_SIGNED, cases[i].size < 0);
		ck_assert(find(&s, "nf.verdict", &v));
		ck_assert_uint_eq(v.num, cases[i].verdict);
	}
	func.ret_cookie &= ~(uint32_t)COOKIE_VERDICT;
	ck_assert(!find(&s, "nf.verdict", &v));
	ck_assert(!find(&s, "ct.state", &v));
}
END_TEST

/* An auxiliary record with all that there is, and names as long as they get, has room for its
 * values. */
START_TEST(all_fit)
{
	struct pw_nf_info det = { .ct_l3 = AF_INET6,
				  .ct_proto = IPPROTO_TCP,
				  .ct_parent_proto = IPPROTO_TCP,
				  .ct_mark = UINT32_MAX,
				  .ct_zone = UINT16_MAX,
				  .ct_labels = { UINT64_MAX, UINT64_MAX },
				  .ct_status = UINT32_MAX };
	struct pw_hook_info brief = { .pf = 2, .gw_family = AF_INET6, .ino = UINT32_MAX };
	struct pw_aux aux = { .contents = UINT32_MAX & ~(uint32_t)AUX_OVS, .ret = UINT64_MAX };
	struct target func = { .ret_cookie = COOKIE_WANTS_RETURN | COOKIE_RET | COOKIE_VERDICT,
			       .ret = 8 };
	struct pw_decider decider = { .what = DECIDER_QDISC,
				      .id = UINT32_MAX - 1,
				      .parent = UINT32_MAX - 1 };
	char owner[65];
	struct aux_event s = { .aux = &aux,
			       .hook_info = &brief,
			       .nf_info = &det,
			       .decider = &decider,
			       .func = &func,
			       .owner = owner };
	struct pwrt_values values;
	struct pwrt_value v;
	unsigned int all = 0, left;
	size_t at = 0;

	memset(owner, 'o', sizeof(owner) - 1);
	owner[sizeof(owner) - 1] = '\0';
	memset(det.table, 't', sizeof(det.table));
	memset(det.chain, 'c', sizeof(det.chain));
	memset(brief.ifname, 'i', sizeof(brief.ifname));
	memset(decider.kind, 'd', sizeof(decider.kind));
	values_name_qdisc(&s);
	left = values_put(&values, &s);
	while (pwrt_value_next(values.bytes, values.len, &at, &v))
		all++;
	ck_assert_uint_eq(left, 0);
	ck_assert_uint_eq(all, 38);
}
END_TEST

/* Members of a record that are not filled in become no values. */
START_TEST(details)
{
	struct pw_nf_info d = { .ct_l3 = AF_INET,
				.ct_proto = IPPROTO_ICMP,
				.tuple[0] = { .src = { 10, 0, 0, 1 }, .sport = htons(77) },
				.table = "filter" };
	struct pw_hook_info b = {
		.gw = { 0xfe, 0x80 }, .gw_family = AF_INET6, .hook = 2, .pf = 2, .ino = 5
	};
	struct pw_aux aux = { .contents = AUX_CT | AUX_ROUTE | AUX_SOCK | AUX_HOOK | AUX_TABLE };
	struct target func = { .ret_cookie = COOKIE_WANTS_RETURN };
	struct aux_event s = {
		.aux = &aux, .hook_info = &b, .nf_info = &d, .func = &func, .owner = "nc:7"
	};
	struct pwrt_value v;

	ck_assert(find(&s, "ct.orig.src", &v));
	ck_assert_uint_eq(v.len, 4);
	ck_assert_uint_eq(v.bytes[0], 10);
	ck_assert(find(&s, "ct.orig.ident", &v));
	ck_assert_uint_eq(v.num, 77);
	ck_assert(!find(&s, "ct.orig.sport", &v));
	ck_assert(!find(&s, "ct.mark", &v));
	ck_assert(find(&s, "route.nexthop", &v));
	ck_assert_uint_eq(v.len, 16);
	ck_assert(find(&s, "nf.hook", &v));
	ck_assert(find(&s, "nf.table", &v));
	ck_assert_uint_eq(v.len, 6);
	ck_assert(!find(&s, "nf.chain", &v));
	ck_assert(find(&s, "sk.owner", &v));
	b.gw_family = 0;
	b.pf = 3; /* ARP has hooks of its own */
	d.ct_proto = IPPROTO_TCP;
	s.owner = "";
	ck_assert(!find(&s, "route.nexthop", &v));
	ck_assert(!find(&s, "nf.hook", &v));
	ck_assert(find(&s, "nf.other_hook", &v));
	ck_assert(find(&s, "ct.orig.sport", &v));
	ck_assert(!find(&s, "sk.owner", &v));
	aux.contents = 0;
	ck_assert(!find(&s, "ct.orig.src", &v) && !find(&s, "sk.inode", &v));
}
END_TEST

/* The MTU that a size is compared with: where a route is found, and where a packet is dropped. */
START_TEST(sizes)
{
	struct pw_hook_info b = { .sizes = { .mtu = 1400, .is_route = 1 } };
	struct pw_origin origin = {
		.sizes = { .mtu = 1500, .gso_size = 1448, .vlan_tci = 0x6007, .vlan_proto = 0x8100 }
	};
	struct pw_aux route = { .contents = AUX_ROUTE }, drop = { .contents = AUX_DROP };
	struct aux_event found = { .aux = &route, .hook_info = &b, .owner = "" },
			 dropped = { .aux = &drop, .origin = &origin, .owner = "" };
	struct pwrt_value v;

	ck_assert(find(&found, "route.mtu", &v));
	ck_assert_uint_eq(v.num, 1400);
	ck_assert(!find(&found, "dev.mtu", &v) && !find(&found, "skb.gso_size", &v));
	ck_assert(!find(&found, "skb.vlan_id", &v) && !find(&found, "skb.vlan_proto", &v));
	ck_assert(find(&dropped, "dev.mtu", &v) && !find(&dropped, "route.mtu", &v));
	ck_assert(find(&dropped, "skb.gso_size", &v));
	ck_assert_uint_eq(v.num, 1448);
	ck_assert(find(&dropped, "skb.vlan_id", &v));
	ck_assert_uint_eq(v.num, 7); /* without the priority */
	drop.contents = 0;
	ck_assert(!find(&dropped, "dev.mtu", &v));
}
END_TEST

/* An error has a name; a verdict, or a number without a sign, is not an error. */
START_TEST(error_numbers)
{
	static const struct {
		uint64_t ret;
		int8_t size;
		uint32_t ret_cookie;
		uint64_t expected; /* 0: none */
		bool is_reason;
	} returns[] = {
		{ 0xffffffee, -4, 0, 18, false }, /* -EXDEV, of an int */
		{ 0xffffffffffffffee, -8, 0, 18, false },
		{ 0xffffffee, 4, 0, 0, false },
		{ 0xffffffff, -4, COOKIE_VERDICT, 0, false },
		{ 0, -4, 0, 0, false },
		{ 18, -4, 0, 0, false },
		{ 0xffffe000, -4, 0, 0, false }, /* below -MAX_ERRNO */
		{ 0xffffffee, 0, 0, 0, false },
		{ 0xfffffff0, -4, 0, 0, true }, /* -SKB_DROP_REASON_IP_RPFILTER */
	};
	size_t i;

	for (i = 0; i < sizeof(returns) / sizeof(returns[0]); i++) {
		struct pw_aux aux = { .contents = AUX_RET, .ret = returns[i].ret };
		struct target func = { .ret_cookie = COOKIE_WANTS_RETURN | returns[i].ret_cookie,
				       .ret_is_reason = returns[i].is_reason,
				       .ret = returns[i].size };
		struct aux_event s = { .aux = &aux, .func = &func, .owner = "" };
		struct pwrt_value v = { .num = 0 };

		ck_assert_int_eq(find(&s, "ret.errno", &v), returns[i].expected != 0);
		ck_assert_uint_eq(returns[i].expected ? v.num : 0, returns[i].expected);
	}
}
END_TEST

/* A tag in struct sk_buff, and its end. */
START_TEST(vlan)
{
	struct pwrt_values values = { .len = 0 };
	struct pwrt_value v;
	size_t at = 0;

	ck_assert_uint_eq(values_put_vlan(&values, 0x88a8, 0x2064), 0);
	ck_assert(pwrt_value_next(values.bytes, values.len, &at, &v));
	ck_assert_str_eq(values_key(v.key), "skb.vlan_proto");
	ck_assert_uint_eq(v.num, 0x88a8);
	ck_assert(pwrt_value_next(values.bytes, values.len, &at, &v));
	ck_assert_str_eq(values_key(v.key), "skb.vlan_id");
	ck_assert_uint_eq(v.num, 100);
	values.len = at = 0;
	ck_assert_uint_eq(values_put_vlan(&values, 0, 0x2064), 0);
	ck_assert(pwrt_value_next(values.bytes, values.len, &at, &v) && v.num == 0);
	ck_assert(!pwrt_value_next(values.bytes, values.len, &at, &v));
}
END_TEST

/* An expected connection has one that let it be expected, of a protocol of its own. */
START_TEST(parent)
{
	struct pw_nf_info d = { .ct_l3 = AF_INET,
				.ct_proto = IPPROTO_GRE,
				.ct_parent_proto = IPPROTO_TCP,
				.parent = { .src = { 10, 0, 0, 1 }, .dport = htons(1723) } };
	struct pw_aux aux = { .contents = AUX_CT };
	struct aux_event s = { .aux = &aux, .nf_info = &d, .owner = "" };
	struct pwrt_value v;

	ck_assert(find(&s, "ct.parent.src", &v));
	ck_assert_uint_eq(v.len, 4);
	ck_assert(find(&s, "ct.parent.dport", &v));
	ck_assert_uint_eq(v.num, 1723);
	ck_assert(!find(&s, "ct.orig.dport", &v));
	d.ct_parent_proto = 0;
	ck_assert(!find(&s, "ct.parent.src", &v) && !find(&s, "ct.parent.dport", &v));
}
END_TEST

/* The values of Open vSwitch depend on its tracepoint. */
START_TEST(ovs)
{
	struct pw_nf_info d = { .ovs = { .ufid_len = 16, .what = 1, .value = 2, .has_value = 1 } };
	struct pw_aux aux = { .contents = AUX_OVS, .func = FUNC_OVS_ACTION };
	struct aux_event s = { .aux = &aux, .nf_info = &d, .owner = "" };
	struct pwrt_value v;

	ck_assert(find(&s, "ovs.action", &v));
	ck_assert_uint_eq(v.num, 1);
	ck_assert(find(&s, "ovs.port", &v));
	ck_assert_uint_eq(v.num, 2);
	ck_assert(!find(&s, "ovs.recirc_id", &v) && !find(&s, "ovs.ufid", &v));
	d.ovs.has_value = 0; /* such as a list of actions */
	ck_assert(!find(&s, "ovs.port", &v));
	aux.func = FUNC_OVS_FLOW;
	ck_assert(find(&s, "ovs.ufid", &v));
	ck_assert_uint_eq(v.len, 16);
	ck_assert(!find(&s, "ovs.action", &v));
	d.ovs.ufid_len = 0;
	ck_assert(!find(&s, "ovs.ufid", &v));
	d.ovs.ufid_len = 17;
	ck_assert(!find(&s, "ovs.ufid", &v));
	aux.func = FUNC_OVS_UPCALL;
	ck_assert(find(&s, "ovs.upcall", &v) && find(&s, "ovs.portid", &v));
}
END_TEST

static bool is_text(const struct aux_event *s, const char *key, const char *want)
{
	struct pwrt_value v;

	return find(s, key, &v) && v.type == PWRT_VALUE_TEXT && v.len == strlen(want) &&
	       !memcmp(v.bytes, want, v.len);
}

/* Handles are written as tc(8) writes them. */
START_TEST(qdisc)
{
	static const struct {
		uint32_t handle;
		const char *want;
	} cases[] = {
		{ 0x80010000, "8001:" }, { 0, "0:" },	{ 0xffffffff, "root" },
		{ 0x10010, "1:10" },	 { 0x3, ":3" }, { 0xfffefffe, "fffe:fffe" },
	};
	struct pw_aux aux = { .contents = AUX_DROP | AUX_DECIDER, .func = FUNC_DROPPED };
	struct pw_decider d = { .what = DECIDER_QDISC, .unsure = 1, .kind = "htb" };
	struct aux_event s = { .aux = &aux, .decider = &d };
	struct pwrt_value v;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		d.id = d.parent = cases[i].handle;
		values_name_qdisc(&s);
		ck_assert(is_text(&s, "qdisc.handle", cases[i].want));
		ck_assert(is_text(&s, "qdisc.parent", cases[i].want));
	}
	ck_assert(is_text(&s, "qdisc.kind", "htb"));
	ck_assert(find(&s, "qdisc.children", &v) && v.num == 1);
	d.what = DECIDER_NONE;
	values_name_qdisc(&s);
	ck_assert(!find(&s, "qdisc.kind", &v) && !find(&s, "qdisc.handle", &v));
}
END_TEST

/* A program, and the program of a filter of tc. */
START_TEST(programs)
{
	struct pw_aux aux = { .contents = AUX_DROP | AUX_DECIDER, .func = FUNC_DROPPED };
	struct pw_decider d = { .what = DECIDER_CGROUP_EGRESS, .id = 12, .name = "guard" };
	struct aux_event s = { .aux = &aux, .decider = &d };
	struct pwrt_value v;

	ck_assert(find(&s, "bpf.hook", &v) && v.num == DECIDER_CGROUP_EGRESS);
	ck_assert(find(&s, "bpf.certain", &v) && v.num == 1);
	ck_assert(find(&s, "bpf.id", &v) && v.num == 12);
	ck_assert(is_text(&s, "bpf.name", "guard"));
	ck_assert(!find(&s, "qdisc.kind", &v) && !find(&s, "tc.kind", &v));
	d = (struct pw_decider){ .what = DECIDER_SOCKET_FILTER, .unsure = 1 };
	ck_assert(find(&s, "bpf.certain", &v) && v.num == 0);
	ck_assert(!find(&s, "bpf.id", &v) && !find(&s, "bpf.name", &v)); /* classic BPF */
	d = (struct pw_decider){ .what = DECIDER_TC_INGRESS, .kind = "bpf", .pref = 10, .id = 3 };
	ck_assert(find(&s, "tc.hook", &v) && v.num == DECIDER_TC_INGRESS);
	ck_assert(is_text(&s, "tc.kind", "bpf"));
	ck_assert(find(&s, "tc.pref", &v) && v.num == 10);
	ck_assert(find(&s, "bpf.id", &v) && v.num == 3);
	ck_assert(!find(&s, "bpf.hook", &v));
}
END_TEST

Suite *suite_values(void)
{
	Suite *s = suite_create("values");
	TCase *tc = tcase_create("values");

	tcase_add_test(tc, put_and_next);
	tcase_add_test(tc, no_room);
	tcase_add_test(tc, returned);
	tcase_add_test(tc, details);
	tcase_add_test(tc, all_fit);
	tcase_add_test(tc, qdisc);
	tcase_add_test(tc, programs);
	tcase_add_test(tc, parent);
	tcase_add_test(tc, sizes);
	tcase_add_test(tc, error_numbers);
	tcase_add_test(tc, vlan);
	tcase_add_test(tc, ovs);
	suite_add_tcase(s, tc);
	return s;
}

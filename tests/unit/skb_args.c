/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The arguments in which functions take an skb and a drop reason. The prototypes with a name are
 * those of Linux 6.12, as its BTF has them.
 */
#include "unit.h"

#include "bpf/event.h"
#include "record/kernel/return_targets.h"
#include "record/kernel/skb_args.h"
#include "record/kernel/targets.h"

/* Types of arguments. */
enum {
	END, /* of the arguments */
	PTR, /* to a structure without a meaning here */
	VOID_PTR,
	SKB,	    /* struct sk_buff * */
	CONST_SKB,  /* const struct sk_buff * */
	MY_SKB,	    /* a typedef of struct sk_buff *volatile */
	SKB_PTR,    /* struct sk_buff ** */
	SKB_PTR_3,  /* struct sk_buff *** */
	QUEUE,	    /* struct sk_buff_head * */
	REASON,	    /* enum skb_drop_reason */
	REASON_PTR, /* enum skb_drop_reason * */
	OTHER_ENUM,
	U8,
	U16,
	INT,
	LONG,
	KUID,  /* a structure of 4 bytes, by value */
	TWO,   /* of 16 bytes: two words */
	THREE, /* of 24 bytes */
	NR_TYPES
};

#define ARGS_MAX 20

/*
 * arg is the number of the skb among the arguments, from 1; 0: there is none. place and reason are
 * where the calling convention puts them: registers, then words of the stack; [0] on x86-64, [1] on
 * arm64.
 */
static const struct {
	const char *name;
	uint8_t args[ARGS_MAX];
	unsigned int arg, place[2], reason[2];
	bool indirect;
} protos[] = {
	{ "tcp_v4_rcv", { SKB }, .arg = 1, .place = { 1, 1 } },
	{ "ip_rcv", { SKB, PTR, PTR, PTR }, .arg = 1, .place = { 1, 1 } },
	{ "nf_hook_slow", { SKB, PTR, PTR, INT }, .arg = 1, .place = { 1, 1 } },
	{ "ip_route_input_noref", { SKB, INT, INT, U8, PTR }, .arg = 1, .place = { 1, 1 } },
	{ "dev_hard_start_xmit", { SKB, PTR, PTR, PTR }, .arg = 1, .place = { 1, 1 } },
	{ "kfree_skb_partial", { SKB, U8 }, .arg = 1, .place = { 1, 1 } },
	{ "skb_unlink", { SKB, QUEUE }, .arg = 1, .place = { 1, 1 } },
	{ "tcp_rcv_established", { PTR, SKB }, .arg = 2, .place = { 2, 2 } },
	{ "sk_filter_trim_cap", { PTR, SKB, INT }, .arg = 2, .place = { 2, 2 } },
	{ "skb_queue_tail", { QUEUE, SKB }, .arg = 2, .place = { 2, 2 } },
	{ "ip_output", { PTR, PTR, SKB }, .arg = 3, .place = { 3, 3 } },
	{ "ip_do_fragment", { PTR, PTR, SKB, PTR }, .arg = 3, .place = { 3, 3 } },
	{ "__skb_wait_for_more_packets",
	  { PTR, QUEUE, PTR, PTR, CONST_SKB },
	  .arg = 5,
	  .place = { 5, 5 } },
	{ "tc_chain_fill_node",
	  { PTR, VOID_PTR, INT, PTR, SKB, PTR, INT, INT, U16, INT, PTR },
	  .arg = 5,
	  .place = { 5, 5 } },
	{ "ctrl_fill_info", { PTR, INT, INT, INT, SKB, U8 }, .arg = 5, .place = { 5, 5 } },
	{ "ip6_pol_route", { PTR, PTR, INT, PTR, CONST_SKB, INT }, .arg = 5, .place = { 5, 5 } },
	{ "ip_generic_getfrag", { VOID_PTR, PTR, INT, INT, INT, SKB }, .arg = 6, .place = { 6, 6 } },
	{ "fib6_select_path",
	  { PTR, PTR, PTR, INT, U8, CONST_SKB, INT },
	  .arg = 6,
	  .place = { 6, 6 } },
	{ "tcp_make_synack", { PTR, PTR, PTR, PTR, OTHER_ENUM, SKB }, .arg = 6, .place = { 6, 6 } },
	/* On the stack of x86-64, in the last registers of arm64. */
	{ "tcp_v4_send_synack",
	  { PTR, PTR, PTR, PTR, PTR, OTHER_ENUM, SKB },
	  .arg = 7,
	  .place = { 7, 7 } },
	{ "rt_fill_info",
	  { PTR, INT, INT, PTR, INT, U8, PTR, SKB, INT, INT, INT },
	  .arg = 8,
	  .place = { 8, 8 } },
	{ "__udp4_lib_lookup",
	  { PTR, INT, U16, INT, U16, INT, INT, PTR, SKB },
	  .arg = 9,
	  .place = { 9, 9 } },
	/* Structures by value that fit into one register. */
	{ "ip6_redirect", { SKB, PTR, INT, INT, KUID }, .arg = 1, .place = { 1, 1 } },
	{ "ip6_update_pmtu", { SKB, PTR, INT, INT, INT, KUID }, .arg = 1, .place = { 1, 1 } },
	/* The first of two. */
	{ "skb_try_coalesce", { SKB, SKB, PTR, PTR }, .arg = 1, .place = { 1, 1 } },
	{ "__copy_skb_header", { SKB, CONST_SKB }, .arg = 1, .place = { 1, 1 } },
	{ "__skb_tstamp_tx", { SKB, CONST_SKB, PTR, PTR, INT }, .arg = 1, .place = { 1, 1 } },
	/* A drop reason, not a pointer to one. */
	{ "kfree_skb_list_reason",
	  { SKB, REASON },
	  .arg = 1,
	  .place = { 1, 1 },
	  .reason = { 2, 2 } },
	{ "sk_skb_reason_drop",
	  { PTR, SKB, REASON },
	  .arg = 2,
	  .place = { 2, 2 },
	  .reason = { 3, 3 } },
	{ "__traceiter_kfree_skb",
	  { VOID_PTR, SKB, VOID_PTR, REASON, PTR },
	  .arg = 2,
	  .place = { 2, 2 },
	  .reason = { 4, 4 } },
	{ "icmpv6_param_prob_reason",
	  { SKB, U8, INT, REASON },
	  .arg = 1,
	  .place = { 1, 1 },
	  .reason = { 4, 4 } },
	{ "sock_queue_rcv_skb_reason", { PTR, SKB, REASON_PTR }, .arg = 2, .place = { 2, 2 } },
	{ "tc_run", { PTR, SKB, REASON_PTR }, .arg = 2, .place = { 2, 2 } },
	/* A pointer to the skb, where there is no skb. */
	{ "vlan_do_receive", { SKB_PTR }, .arg = 1, .place = { 1, 1 }, .indirect = true },
	{ "do_xdp_generic", { PTR, SKB_PTR }, .arg = 2, .place = { 2, 2 }, .indirect = true },
	{ "prepare_reply",
	  { PTR, U8, SKB_PTR, LONG },
	  .arg = 3,
	  .place = { 3, 3 },
	  .indirect = true },
	{ "__skb_try_recv_datagram",
	  { PTR, QUEUE, INT, PTR, PTR, SKB_PTR },
	  .arg = 6,
	  .place = { 6, 6 },
	  .indirect = true },
	{ "skb_cow_data", { SKB, INT, SKB_PTR }, .arg = 1, .place = { 1, 1 } },
	{ "tcf_qevent_handle", { PTR, PTR, SKB, SKB_PTR, PTR }, .arg = 3, .place = { 3, 3 } },
	/* None. */
	{ "skb_queue_purge_reason", { QUEUE, REASON }, .arg = 0, .reason = { 2, 2 } },
	{ "dev_close", { PTR }, .arg = 0 },
	{ "no arguments", { END }, .arg = 0 },
	{ "three pointers to an skb", { SKB_PTR_3 }, .arg = 0 },
	/* Prototypes that these kernels do not have. */
	{ "a pointer to an skb first", { SKB_PTR, SKB }, .arg = 2, .place = { 2, 2 } },
	{ "through a typedef", { PTR, MY_SKB }, .arg = 2, .place = { 2, 2 } },
	{ "two words in registers", { PTR, TWO, SKB }, .arg = 3, .place = { 4, 4 } },
	{ "two words of which one register is left",
	  { PTR, PTR, PTR, PTR, PTR, TWO, SKB },
	  .arg = 7,
	  .place = { 6, 8 } },
	{ "three words by value or by reference", { THREE, SKB }, .arg = 2, .place = { 1, 2 } },
	{ "behind three words on the stack",
	  { THREE, INT, INT, INT, INT, INT, INT, SKB },
	  .arg = 8,
	  .place = { 10, 8 } },
	{ "a reason on the stack",
	  { SKB, INT, INT, INT, INT, INT, REASON },
	  .arg = 1,
	  .place = { 1, 1 },
	  .reason = { 7, 7 } },
	{ "too far down the stack",
	  { INT, INT, INT, INT, INT, INT, INT, INT, INT, INT, INT, INT, INT, INT, INT, SKB },
	  .arg = 16,
	  .place = { 0, 0 } },
};

#define NR_PROTOS ((int)(sizeof(protos) / sizeof(protos[0])))

static int type[NR_TYPES];

static int add_enum(struct btf *b, const char *name)
{
	int id = btf__add_enum(b, name, 4);

	btf__add_enum_value(b, "FIRST", 0);
	return id;
}

/* A structure of so many words of so many bytes. */
static int add_words(struct btf *b, const char *name, int word, uint32_t nr, uint32_t bytes)
{
	int id = btf__add_struct(b, name, nr * bytes);
	uint32_t i;

	for (i = 0; i < nr; i++)
		btf__add_field(b, "word", word, i * bytes * 8, 0);
	return id;
}

static struct btf *types_new(void)
{
	struct btf *b = btf__new_empty();
	int skb;

	ck_assert_ptr_nonnull(b);
	type[U8] = btf__add_int(b, "unsigned char", 1, 0);
	type[U16] = btf__add_int(b, "unsigned short", 2, 0);
	type[INT] = btf__add_int(b, "int", 4, BTF_INT_SIGNED);
	type[LONG] = btf__add_int(b, "unsigned long", 8, 0);
	type[KUID] = btf__add_typedef(b, "kuid_t", add_words(b, NULL, type[INT], 1, 4));
	type[TWO] = add_words(b, "two", type[LONG], 2, 8);
	type[THREE] = add_words(b, "three", type[LONG], 3, 8);
	type[VOID_PTR] = btf__add_ptr(b, 0);
	type[PTR] = btf__add_ptr(b, type[TWO]);
	type[QUEUE] = btf__add_ptr(b, add_words(b, "sk_buff_head", type[LONG], 3, 8));
	skb = add_words(b, "sk_buff", type[LONG], 29, 8);
	type[SKB] = btf__add_ptr(b, skb);
	type[CONST_SKB] = btf__add_ptr(b, btf__add_const(b, skb));
	type[MY_SKB] = btf__add_typedef(b, "my_skb", btf__add_volatile(b, type[SKB]));
	type[SKB_PTR] = btf__add_ptr(b, type[SKB]);
	type[SKB_PTR_3] = btf__add_ptr(b, type[SKB_PTR]);
	type[REASON] = add_enum(b, "skb_drop_reason");
	type[REASON_PTR] = btf__add_ptr(b, type[REASON]);
	type[OTHER_ENUM] = add_enum(b, "tcp_synack_type");
	return b;
}

START_TEST(places_of_arguments)
{
#if defined(__x86_64__)
	const int machine = 0;
#else
	const int machine = 1;
#endif
	struct target t = { .arg = 77, .cookie = ~0u };
	struct btf *b = types_new();
	int proto = btf__add_func_proto(b, type[INT]);
	const uint8_t *arg;

	for (arg = protos[_i].args; *arg; arg++)
		ck_assert_int_eq(btf__add_func_param(b, "arg", type[*arg]), 0);
	ck_assert_msg(skb_args_find(&t.arg, &t.cookie, b, btf__type_by_id(b, (uint32_t)proto)) ==
			      (protos[_i].arg != 0),
		      "%s", protos[_i].name);
	ck_assert_msg(t.arg == protos[_i].arg, "%s: argument %u", protos[_i].name, t.arg);
	ck_assert_msg(COOKIE_ARG(t.cookie) == protos[_i].place[machine], "%s: place %u",
		      protos[_i].name, COOKIE_ARG(t.cookie));
	ck_assert_msg(COOKIE_REASON_ARG(t.cookie) == protos[_i].reason[machine], "%s: reason %u",
		      protos[_i].name, COOKIE_REASON_ARG(t.cookie));
	ck_assert_msg(!(t.cookie & COOKIE_INDIRECT) == !protos[_i].indirect, "%s: indirect",
		      protos[_i].name);
	btf__free(b);
}
END_TEST

/* Since 6.14 the source of a packet is refused with a drop reason as a negative number. */
static const struct {
	const char *name;
	int input; /* the type that ip_route_input_noref() returns */
	bool is_reason;
} refusals[] = {
	{ "fib_validate_source", REASON, true },
	{ "fib_validate_source", INT, false },
	{ "fib_validate_source_helper", REASON, false },
};

START_TEST(negative_reasons)
{
	struct target t = { .name = refusals[_i].name, .arg = 1 };
	struct btf *b = types_new();
	int proto = btf__add_func_proto(b, type[INT]);
	regex_t all;

	ck_assert_int_eq(regcomp(&all, ".", REG_EXTENDED | REG_NOSUB), 0);
	btf__add_func(b, "ip_route_input_noref", BTF_FUNC_GLOBAL,
		      btf__add_func_proto(b, type[refusals[_i].input]));
	return_target_look(&t, b, btf__type_by_id(b, (uint32_t)proto), &all);
	ck_assert_int_eq(t.ret, -4);
	ck_assert_int_eq(t.ret_is_reason, refusals[_i].is_reason);
	regfree(&all);
	btf__free(b);
}
END_TEST

Suite *suite_skb_args(void)
{
	Suite *s = suite_create("skb_args");
	TCase *t = tcase_create("skb_args");

	tcase_add_loop_test(t, places_of_arguments, 0, NR_PROTOS);
	tcase_add_loop_test(t, negative_reasons, 0, sizeof(refusals) / sizeof(refusals[0]));
	suite_add_tcase(s, t);
	return s;
}

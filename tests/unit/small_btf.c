/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "small_btf.h"

/* struct device { u32 mtu; const char *name; char label[16]; }; */
static int add_device(const struct small_btf *s)
{
	int label = btf__add_array(s->btf, s->t_int, s->t_char, 16);
	int dev = btf__add_struct(s->btf, "device", 32);

	btf__add_field(s->btf, "mtu", s->t_u32, 0, 0);
	btf__add_field(s->btf, "name", s->t_void_ptr, 64, 0);
	btf__add_field(s->btf, "label", label, 128, 0);
	return btf__add_ptr(s->btf, dev);
}

/*
 * struct sk_buff { u32 len; union { struct { struct device *dev; }; };
 *                  u8 a:2, b:3; int delta:4; u32 cb[4]; struct sk_buff *next; };
 */
static void add_skb(struct small_btf *s)
{
	int dev_ptr = add_device(s), array, inner, outer;

	inner = btf__add_struct(s->btf, NULL, 8);
	btf__add_field(s->btf, "dev", dev_ptr, 0, 0);
	outer = btf__add_union(s->btf, NULL, 8);
	btf__add_field(s->btf, "", inner, 0, 0);
	array = btf__add_array(s->btf, s->t_int, s->t_u32, 4);
	s->t_skb_ptr = btf__add_ptr(s->btf, (int)btf__type_cnt(s->btf) + 1);
	s->t_skb = btf__add_struct(s->btf, "sk_buff", 64);
	btf__add_field(s->btf, "len", s->t_u32, 0, 0);
	btf__add_field(s->btf, "", outer, 64, 0);
	btf__add_field(s->btf, "a", s->t_u32, 128, 2);
	btf__add_field(s->btf, "b", s->t_u32, 130, 3);
	btf__add_field(s->btf, "delta", s->t_int, 133, 4);
	btf__add_field(s->btf, "cb", array, 192, 0);
	btf__add_field(s->btf, "next", s->t_skb_ptr, 320, 0);
}

struct small_btf small_btf_new(void)
{
	struct small_btf s = { .btf = btf__new_empty() };
	int state, sock;

	if (!s.btf)
		return s;
	s.t_int = btf__add_int(s.btf, "int", 4, BTF_INT_SIGNED);
	s.t_u32 = btf__add_int(s.btf, "unsigned int", 4, 0);
	s.t_char = btf__add_int(s.btf, "char", 1, BTF_INT_CHAR);
	s.t_void_ptr = btf__add_ptr(s.btf, 0);
	add_skb(&s);
	state = btf__add_struct(s.btf, "nf_hook_state", 8);
	btf__add_field(s.btf, "hook", s.t_char, 0, 0);
	s.t_state_ptr = btf__add_ptr(s.btf, btf__add_const(s.btf, state));
	sock = btf__add_struct(s.btf, "sock", 8);
	btf__add_field(s.btf, "port", s.t_int, 0, 0);
	s.t_sock_ptr = btf__add_ptr(s.btf, sock);
	return s;
}

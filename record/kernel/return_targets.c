/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "return_targets.h"

#include <string.h>

#include "bpf/event.h"
#include "btf_util.h"

#define DECIDER_SOCKET 1 /* of details: the socket that it is given is where the packet goes */

/*
 * One line each. A return costs as much as six calls, whether the packet is followed or not
 * (docs/performance.md), so there is no function here whose answer another one passes on:
 * fib_validate_source()'s -EXDEV is ip_route_input_noref()'s, an LSM's is
 * security_sock_rcv_skb()'s, and which LSM it was is the last that was called.
 */
static const struct decider {
	const char *name;
	uint32_t details;
} return_targets[] = {
	/* net/ipv4/route.c, ip_output.c: may it come from there, and where does it go */
	{ "ip_route_input_noref", COOKIE_ROUTE },
	{ "__ip_local_out", COOKIE_ROUTE },
	/* net/ipv6/route.c, output_core.c */
	{ "ip6_route_input", COOKIE_ROUTE },
	{ "__ip6_local_out", COOKIE_ROUTE },
	/* net/core/filter.c: an LSM, or the socket's own filter; each delivery passes here */
	{ "sk_filter_trim_cap", DECIDER_SOCKET },
	/* security/security.c: AppArmor, SELinux, BPF */
	{ "security_sock_rcv_skb", 0 },
	{ "security_inet_conn_request", 0 },
	/* net/core/sock.c, net/ipv4/tcp_ipv4.c: is there room in the socket? */
	{ "__sock_queue_rcv_skb", DECIDER_SOCKET },
	{ "tcp_add_backlog", DECIDER_SOCKET },
	{ "tcp_inbound_md5_hash", 0 },
	/* net/openvswitch/conntrack.c, datapath.c: an upcall, or no process listens */
	{ "ovs_ct_execute", COOKIE_CT },
	{ "ovs_dp_upcall", 0 },
	/* net/xfrm/xfrm_policy.c */
	{ "__xfrm_policy_check", 0 },
};

/* Hooks that accept all packets that labels allow; they exist without any rule. */
static const char *const labels[] = { "apparmor_", "selinux_", "smack_" };

/* Owners of netfilter hooks, by the name of the hook function, or its beginning. */
static const struct decider owners[] = {
	{ "ipt_do_table", COOKIE_XT },	       { "ip6t_do_table", COOKIE_XT },
	{ "arpt_do_table", COOKIE_XT },	       { "iptable_mangle_hook", COOKIE_XT },
	{ "ip6table_mangle_hook", COOKIE_XT }, { "nft_do_chain_", COOKIE_NFT },
	{ "nft_nat_do_chain", COOKIE_NFT },    { "nf_route_table_", COOKIE_NFT },
};

static bool is_pointer_to(const struct btf *btf, uint32_t id, const char *name)
{
	const struct btf_type *t = btf_plain(btf, id);

	t = t && btf_is_ptr(t) ? btf_plain(btf, t->type) : NULL;
	return t && (btf_is_struct(t) || btf_is_fwd(t)) &&
	       !strcmp(btf__name_by_offset(btf, t->name_off), name);
}

/* The argument of this type, from 1; 0: there is none, among those that are remembered. */
static unsigned int argument_of(const struct btf *btf, const struct btf_type *proto,
				const char *name)
{
	unsigned int i;

	for (i = 0; i < btf_vlen(proto) && i < CALL_ARGS_MAX; i++)
		if (is_pointer_to(btf, btf_params(proto)[i].type, name))
			return i + 1;
	return 0;
}

/* Returns the bytes of the returned number, negative if signed; 0: the function returns none. */
static int8_t return_size(const struct btf *btf, const struct btf_type *proto)
{
	const struct btf_type *t = proto->type ? btf_plain(btf, proto->type) : NULL;

	if (!t || !(btf_is_int(t) || btf_is_any_enum(t)) || t->size > 8)
		return 0;
	if (btf_is_int(t) ? btf_int_encoding(t) & BTF_INT_SIGNED : btf_kflag(t))
		return (int8_t) - (int8_t)t->size;
	return (int8_t)t->size;
}

/* Return the BTF id of the enumeration that a function returns; 0: it returns none with a name. */
static uint32_t return_enum(const struct btf *btf, const struct btf_type *proto)
{
	uint32_t id = proto->type;
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t))) {
		id = t->type;
		t = btf__type_by_id(btf, id);
	}
	return t && btf_is_enum(t) && btf_vlen(t) && *btf__name_by_offset(btf, t->name_off) ? id :
											      0;
}

/*
 * Do these functions return drop reasons as negative numbers? Since 6.14 (net/ipv4/fib_frontend.c,
 * route.c), as ip_route_input_noref() has then an enumeration for its type.
 */
static bool returns_reason(const char *name, const struct btf *btf)
{
	static const char *const functions[] = { "fib_validate_source", "__fib_validate_source",
						 "ip_mc_validate_source" };
	int id = btf__find_by_name_kind(btf, "ip_route_input_noref", BTF_KIND_FUNC);
	const struct btf_type *f = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
	size_t i;

	if (!f || !return_enum(btf, btf__type_by_id(btf, f->type)))
		return false;
	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (!strcmp(name, functions[i]))
			return true;
	return false;
}

/* nf_hookfn, include/linux/netfilter.h: private data, skb, state, and a verdict. */
static bool is_hook(const char *name, const struct btf *btf, const struct btf_type *proto)
{
	const struct btf_param *p = btf_params(proto);
	const struct btf_type *t;
	size_t i;

	for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (!strncmp(name, labels[i], strlen(labels[i])))
			return false;

	if (btf_vlen(proto) != 3 || return_size(btf, proto) != 4)
		return false;
	t = btf_plain(btf, p[0].type);
	return t && btf_is_ptr(t) && !t->type && is_pointer_to(btf, p[1].type, "sk_buff") &&
	       is_pointer_to(btf, p[2].type, "nf_hook_state");
}

static uint32_t details_of(const char *name, const struct decider *d, size_t nr)
{
	for (; nr; nr--, d++)
		if (!strncmp(name, d->name, strlen(d->name)) &&
		    (d->name[strlen(d->name) - 1] == '_' || !name[strlen(d->name)]))
			return d->details;
	return 0;
}

static const struct decider *find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(return_targets) / sizeof(return_targets[0]); i++)
		if (!strcmp(return_targets[i].name, name))
			return &return_targets[i];
	return NULL;
}

void return_target_look(struct target *t, const struct btf *btf, const struct btf_type *proto,
			const regex_t *more)
{
	const struct decider *d = find(t->name);
	uint32_t leave;

	t->ret_cookie = 0;
	t->ret = return_size(btf, proto);
	t->ret_enum = return_enum(btf, proto);
	t->ret_is_reason = false;
	if (t->cookie & (COOKIE_INDIRECT | COOKIE_COPY))
		return;
	if (is_hook(t->name, btf, proto))
		leave = COOKIE_VERDICT | COOKIE_CT |
			details_of(t->name, owners, sizeof(owners) / sizeof(owners[0]));
	else if (d)
		leave = d->details & ~(uint32_t)DECIDER_SOCKET;
	else if (more && !regexec(more, t->name, 0, NULL, 0))
		leave = 0;
	else
		return;
	if (d && d->details & DECIDER_SOCKET)
		leave |= argument_of(btf, proto, "sock") << COOKIE_SOCK_SHIFT;
	leave |= argument_of(btf, proto, "nf_hook_state") << COOKIE_STATE_SHIFT;
	leave |= t->ret ? COOKIE_RET : 0;
	t->ret_cookie = leave ? leave | COOKIE_WANTS_RETURN : 0;
	t->ret_is_reason = t->ret_cookie && t->ret < 0 && returns_reason(t->name, btf);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "drop_stack.h"

#include <string.h>

#include "append.h"
#include "func_words.h"
#include "name.h"

/*
 * Functions that call the hooks, by the nearest one on the stack behind nf_hook_slow(): the users
 * of NF_HOOK(), NF_HOOK_COND() and nf_hook() in net/ipv4, net/ipv6, net/bridge, net/xfrm, and those
 * of include/linux/netfilter_netdev.h. __ip_local_out() ends in a jump, which leaves its caller.
 * __br_forward() is left out: it calls FORWARD, or OUTPUT for packets of this host.
 */
static const struct {
	const char *func, *hook;
} hooks[] = {
	{ "ip_rcv", "PREROUTING" },
	{ "ip_sublist_rcv", "PREROUTING" },
	{ "ip_list_rcv", "PREROUTING" },
	{ "ipv6_rcv", "PREROUTING" },
	{ "ip6_sublist_rcv", "PREROUTING" },
	{ "ipv6_list_rcv", "PREROUTING" },
	{ "br_nf_pre_routing", "PREROUTING" },
	{ "br_nf_pre_routing_ipv6", "PREROUTING" },
	{ "br_handle_frame", "PREROUTING" },
	{ "xfrm4_transport_finish", "PREROUTING" },
	{ "xfrm6_transport_finish", "PREROUTING" },
	{ "ip_local_deliver", "INPUT" },
	{ "ip6_input", "INPUT" },
	{ "ip6_mc_input", "INPUT" },
	{ "br_pass_frame_up", "INPUT" },
	{ "arp_rcv", "INPUT" },
	{ "ip_forward", "FORWARD" },
	{ "ip6_forward", "FORWARD" },
	{ "ipmr_queue_xmit", "FORWARD" },
	{ "ip6mr_forward2", "FORWARD" },
	{ "br_nf_forward", "FORWARD" },
	{ "br_nf_forward_ip", "FORWARD" },
	{ "__ip_local_out", "OUTPUT" },
	{ "ip_local_out", "OUTPUT" },
	{ "ip_send_skb", "OUTPUT" },
	{ "ip_push_pending_frames", "OUTPUT" },
	{ "ip_build_and_send_pkt", "OUTPUT" },
	{ "__ip_queue_xmit", "OUTPUT" },
	{ "ip_queue_xmit", "OUTPUT" },
	{ "raw_sendmsg", "OUTPUT" },
	{ "raw_send_hdrinc", "OUTPUT" },
	{ "igmp_send_report", "OUTPUT" },
	{ "igmpv3_sendpack", "OUTPUT" },
	{ "__ip6_local_out", "OUTPUT" },
	{ "ip6_local_out", "OUTPUT" },
	{ "ip6_send_skb", "OUTPUT" },
	{ "ip6_push_pending_frames", "OUTPUT" },
	{ "ip6_xmit", "OUTPUT" },
	{ "rawv6_sendmsg", "OUTPUT" },
	{ "ndisc_send_skb", "OUTPUT" },
	{ "mld_sendpack", "OUTPUT" },
	{ "arp_xmit", "OUTPUT" },
	{ "ip_output", "POSTROUTING" },
	{ "ip_mc_output", "POSTROUTING" },
	{ "ip6_output", "POSTROUTING" },
	{ "xfrm4_output", "POSTROUTING" },
	{ "xfrm6_output", "POSTROUTING" },
	{ "xfrm_output_resume", "POSTROUTING" },
	{ "br_nf_post_routing", "POSTROUTING" },
	{ "br_forward_finish", "POSTROUTING" },
	{ "__netif_receive_skb_core", "INGRESS" },
	{ "__dev_queue_xmit", "EGRESS" },
};

static const char *hook_of(const char *func)
{
	size_t i;

	for (i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
		if (!strcmp(hooks[i].func, func))
			return hooks[i].hook;
	return NULL;
}

#define FRAMES \
	8 /* at most between a drop and its hook: a jump leads from chain to chain in one call */

/* The hook and the decider that the first frames of a stack show. */
struct hook_frames {
	bool nft, in_hook;
	const char *hook; /* NULL: unknown */
};

static void find_hook(struct hook_frames *to, const struct pwrt_reader *r, uint32_t stack)
{
	const struct pwrt_stack *s = pwrt_reader_stack(r, stack);
	const struct pwrt_caller *c;
	const char *func;
	uint32_t i;

	*to = (struct hook_frames){ .hook = NULL };
	for (i = 0; s && i < s->callers.nr && i < FRAMES; i++) {
		c = pwrt_reader_caller(r, s->callers.v[i]);
		func = c ? plain_name(c->name, NAME_BUF) : "";
		if (to->in_hook && strncmp(func, "nf_hook", 7)) {
			to->hook = hook_of(func);
			return;
		}
		to->nft |= !strncmp(func, "nft_do_chain", 12);
		to->in_hook |= !strcmp(func, "nf_hook_slow");
		if (!to->in_hook && strncmp(func, "nft_", 4) && !func_only_frees(func))
			return;
	}
}

const char *drop_stack_hook(const struct pwrt_reader *r, uint32_t stack)
{
	struct hook_frames f;

	find_hook(&f, r, stack);
	return f.hook;
}

void drop_stack_hook_words(const struct pwrt_reader *r, uint32_t stack, char *to, size_t size)
{
	struct hook_frames f;
	size_t n;

	*to = '\0';
	find_hook(&f, r, stack);
	if (!f.in_hook && !f.nft)
		return;
	n = append_text(to, size, 0, "%s", f.nft ? "an nft rule" : "netfilter");
	if (f.hook)
		append_text(to, size, n, ", hook %s", f.hook);
}

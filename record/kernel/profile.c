/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "profile.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/array.h"

#define LINE_MAX_BYTES 256
#define PATTERNS_MAX 65535

/*
 * The functions in which a packet begins, is handed over, and ends: with them pwru-show finds hops,
 * fates, translations and latencies (replay/landmarks.c). Functions that decide, and functions that
 * make, copy and free skbs, are traced in each profile.
 */
static const char *const milestones[] = {
	/* a device, in and out */
	"__netif_receive_skb_core",
	"napi_gro_receive",
	"gro_receive_skb",
	"gro_cells_receive",
	"__dev_queue_xmit",
	"dev_hard_start_xmit",
	/* bridge, tc, generic XDP */
	"br_handle_frame",
	"__br_forward",
	"br_flood",
	"br_multicast_flood",
	"macvlan_handle_frame",
	"tcf_classify",
	"cls_bpf_classify",
	"tcf_police_act",
	"tcf_gact_act",
	"*_enqueue",
	"kfree_skb_list_reason", /* 6.1 takes it, and not its caller, for what drops */
	"vlan_do_receive",
	"veth_xdp_rcv_skb",
	"tun_net_xmit",
	"tap_handle_frame",
	"tap_do_read",
	"vrf_l3_rcv",
	"do_xdp_generic",
	/* IP: receive, forward, deliver, fragment */
	"ip_rcv",
	"ipv6_rcv",
	"ip_forward",
	"ip6_forward",
	"ip_local_deliver",
	"ip6_input",
	"ip_error",
	"ip6_pkt_drop",
	"ip6_pkt_prohibit",
	"neigh_resolve_output",
	"arp_error_report",
	"ndisc_error_report",
	"ip_do_fragment",
	"ip6_fragment",
	/* errors: drops of one reason and function differ in whether one is sent */
	"__icmp_send",
	"icmp6_send",
	/* translation, by rules */
	"masquerade_tg*",
	"nf_nat_masquerade_ipv?",
	"nf_nat_redirect_ipv?",
	"xt_dnat_target_v2",
	"xt_snat_target_v2",
	"mark_tg",
	"connmark_tg",
	"ip_vs_nat_xmit",
	/* tunnels */
	"vxlan_rcv",
	"vxlan_xmit",
	"geneve_udp_encap_recv",
	"geneve_xmit",
	"ip_tunnel_rcv",
	"ip_tunnel_xmit",
	"ip6_tnl_rcv",
	"ip6_tnl_xmit",
	"ipip6_rcv",
	"wg_receive",
	"wg_xmit",
	"xfrm_input",
	"xfrm_output",
	/* protocols and sockets */
	"icmp_rcv",
	"icmp_echo",
	"icmpv6_rcv",
	"icmpv6_echo_reply",
	"icmpv6_notify",
	"ndisc_rcv",
	"arp_rcv",
	"arp_process",
	"igmp_rcv",
	"sctp_rcv",
	"raw_rcv",
	"rawv6_rcv",
	"packet_rcv",
	"tpacket_rcv",
	"tcp_v4_rcv",
	"tcp_v6_rcv",
	"tcp_v4_do_rcv",
	"tcp_v6_do_rcv",
	"tcp_rcv_established",
	"tcp_rcv_state_process",
	"tcp_timewait_state_process",
	"tcp_ack",
	"tcp_data_queue",
	"tcp_queue_rcv",
	"tcp_conn_request",
	"tcp_parse_options",
	"icmp_reply",
	"skb_copy_and_csum_bits",
	"udp_rcv",
	"udpv6_rcv",
	"__udp_enqueue_schedule_skb",
	"__cgroup_bpf_run_filter_skb",
	"sock_queue_rcv_skb_reason",
	"skb_consume_udp",
	"unix_*_sendmsg",
	"netlink_unicast",
	"netlink_broadcast*",
};

struct profile {
	char *name;
	char **pattern;
	size_t nr;
};

/* The profiles that are built in. */
static const struct {
	const char *name;
	const char *const *patterns;
	size_t nr;
} built_in[] = {
	{ "milestones", milestones, sizeof(milestones) / sizeof(milestones[0]) },
	{ "drops", NULL, 0 },
};

static int out_of_memory(struct pwrt_diag *d)
{
	return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
}

static int add_pattern(struct profile *p, const char *text, struct pwrt_diag *d)
{
	char **more = array_grow(p->pattern, p->nr, sizeof(*more));

	if (!more)
		return out_of_memory(d);
	p->pattern = more;
	p->pattern[p->nr] = strdup(text);
	return p->pattern[p->nr++] ? 0 : out_of_memory(d);
}

/* Removes a comment, and white space at both ends. Returns where the text begins. */
static char *strip(char *line)
{
	char *end;

	line[strcspn(line, "#")] = '\0';
	while (isspace((unsigned char)*line))
		line++;
	for (end = line + strlen(line); end > line && isspace((unsigned char)end[-1]); end--)
		end[-1] = '\0';
	return line;
}

/* Returns whether text can be a function's name, or a pattern of names. */
static bool is_pattern(const char *text)
{
	return text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 "_.*?[]-")] == '\0';
}

static int read_lines(struct profile *p, FILE *f, struct pwrt_diag *d)
{
	char line[LINE_MAX_BYTES];
	unsigned int nr = 0;
	int ret = 0;

	while (ret == 0 && fgets(line, sizeof(line), f)) {
		bool whole = strchr(line, '\n') || feof(f);
		const char *text = strip(line);

		nr++;
		if (!whole || !is_pattern(text) || p->nr == PATTERNS_MAX)
			return pwrt_fail(d, PWRT_EINVAL, 0,
					 "--profile: %s, line %u: give one function name, or a "
					 "pattern such as tcp_*, in each line",
					 p->name, nr);
		if (*text)
			ret = add_pattern(p, text, d);
	}
	if (ret == 0 && ferror(f))
		return pwrt_fail(d, PWRT_ESYS, 0, "--profile: cannot read %s", p->name);
	if (ret == 0 && !p->nr)
		return pwrt_fail(d, PWRT_EINVAL, 0, "--profile: %s names no function", p->name);
	return ret;
}

static int read_file(struct profile *p, struct pwrt_diag *d)
{
	FILE *f = fopen(p->name, "re");
	int ret;

	if (!f && errno == ENOENT && !strchr(p->name, '/'))
		return pwrt_fail(d, PWRT_EINVAL, 0,
				 "--profile: '%s' is not full, milestones or drops, nor a file",
				 p->name);
	if (!f)
		return pwrt_fail(d, PWRT_ESYS, 0, "--profile: cannot open %s", p->name);
	ret = read_lines(p, f, d);
	fclose(f);
	return ret;
}

static int fill(struct profile *p, struct pwrt_diag *d)
{
	size_t i, k;
	int ret = 0;

	for (i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++) {
		if (strcmp(built_in[i].name, p->name))
			continue;
		for (k = 0; k < built_in[i].nr && ret == 0; k++)
			ret = add_pattern(p, built_in[i].patterns[k], d);
		return ret;
	}
	return read_file(p, d);
}

int profile_open(struct profile **out, const char *name, struct pwrt_diag *d)
{
	struct profile *p;
	int ret;

	*out = NULL;
	if (!name || !strcmp(name, "full"))
		return 0;
	p = calloc(1, sizeof(*p));
	if (!p)
		return out_of_memory(d);
	p->name = strdup(name);
	ret = p->name ? fill(p, d) : out_of_memory(d);
	if (ret == 0)
		*out = p;
	else
		profile_free(p);
	return ret;
}

const char *profile_name(const struct profile *p)
{
	return p ? p->name : "full";
}

bool profile_is_drops(const struct profile *p)
{
	return p && !p->nr;
}

bool profile_has(const struct profile *p, const char *func)
{
	size_t i;

	if (!p)
		return true;
	for (i = 0; i < p->nr; i++)
		if (!fnmatch(p->pattern[i], func, 0))
			return true;
	return false;
}

void profile_free(struct profile *p)
{
	size_t i;

	if (!p)
		return;
	for (i = 0; i < p->nr; i++)
		free(p->pattern[i]);
	free(p->pattern);
	free(p->name);
	free(p);
}

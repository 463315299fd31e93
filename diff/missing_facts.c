/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "missing_facts.h"

#include <netinet/in.h>
#include <string.h>

#include "blind_spots.h"
#include "diff/pair/pairing.h"
#include "hook_match.h"
#include "replay/drop_reasons.h"
#include "replay/func_state.h"
#include "replay/shed.h"

/* The facts that the lines of the table read. */
struct situation {
	const struct comparison *c;
	const struct pwrt_reader *r;	/* of bad */
	const struct pwrt_reader *good; /* NULL where good has no packet to compare */
	const struct path *path;	/* the packet of bad that the verdict is about, or NULL */
	const char *reason, *func;	/* of its drop; "" for none */
	const struct headers *headers;	/* of path; NULL where there are none */
};

static bool has_value(const struct path *p, const char *key)
{
	struct value v;
	size_t i;

	for (i = 0; p && i < p->nr; i++)
		if (step_named(&p->steps[i], key, &v))
			return true;
	return false;
}

/* ---- conditions: the fact is missing ---- */

static bool lacks_returns(const struct pwrt_reader *r)
{
	/* The second name is the old one. */
	return recorded_with(r, "--no-return-values", "--no-r") ||
	       recorded_with(r, "--no-returns", "--no-r");
}

static bool no_returns(const struct situation *s)
{
	return lacks_returns(s->r);
}

static bool good_no_returns(const struct situation *s)
{
	return s->good && !no_returns(s) && lacks_returns(s->good);
}

static bool no_tc_program(const struct situation *s)
{
	return !has_value(s->path, "tc.verdict");
}

static bool no_xdp_program(const struct situation *s)
{
	return !has_value(s->path, "xdp.verdict");
}

static bool no_helpers(const struct situation *s)
{
	return !recorded_with(s->r, "--bpf-helpers", "--bp");
}

static bool no_payload(const struct situation *s)
{
	return !recorded_with(s->r, "--snaplen", "--sn");
}

/* Rules of nf_tables have handles: net/netfilter/nf_tables_trace.c has them traced. */
static bool no_rule(const struct situation *s)
{
	const struct ending *e = &s->c->end;

	return e->decider != NO_STEP && !has_value(e->path, "nf.handle") &&
	       !strncmp(step_func(&e->path->steps[e->decider], NAME_BUF), "nft_", 4);
}

/* A recorder that was to see one namespace did not see packets that began in others. */
static bool other_namespaces(const struct situation *s)
{
	const struct path *good = s->c->main ? s->c->main->good : NULL;

	return good && !s->c->main->bad && recorded_with(s->r, "--filter-netns", "--filter-n");
}

static bool other_devices(const struct situation *s)
{
	const struct path *good = s->c->main ? s->c->main->good : NULL;

	return good && !s->c->main->bad && recorded_with(s->r, "--filter-ifname", "--filter-i");
}

static bool no_track(const struct situation *s)
{
	return recorded_with(s->r, "--no-track", "--no-t");
}

static bool returns_shed(const struct situation *s)
{
	return shed_has(s->r, "returns");
}

/* Returns whether good's recording does not show if good met the decision that ended bad. */
static bool good_hides(const struct situation *s)
{
	const struct ending *e = &s->c->end;

	return s->good && e->path && e->decider != NO_STEP && !s->c->cause && !good_passed(s->c) &&
	       !good_shows(s->c, &e->path->steps[e->decider]);
}

/* Where one file has both, bad's own line is enough. */
static bool good_returns_shed(const struct situation *s)
{
	return good_hides(s) && !returns_shed(s) && shed_has(s->good, "returns");
}

static bool good_unseen(const struct situation *s)
{
	return good_hides(s) && !lacks_returns(s->good) && !shed_has(s->good, "returns");
}

static bool functions_shed(const struct situation *s)
{
	return shed_has(s->r, "functions");
}

static bool flows_shed(const struct situation *s)
{
	return shed_has(s->r, "flows");
}

static bool at_entry(const struct situation *s)
{
	return pwrt_reader_get(s->r, "filter.at");
}

/*
 * Returns whether an option made the recorder leave functions out: of the kernel itself, or of
 * modules.
 */
static bool any_filtered(const struct situation *s, bool of_module)
{
	const struct pwrt_func *f;
	uint32_t i;

	for (i = 0; (f = pwrt_reader_func(s->r, i)); i++)
		if (f->status == PWRT_FUNC_FILTERED && (*f->module != '\0') == of_module)
			return true;
	return false;
}

/* The other functions of a profile count as left out, too. */
static bool not_in_profile(const struct situation *s)
{
	const char *profile = pwrt_reader_get(s->r, "profile");

	return profile && strcmp(profile, "full");
}

/*
 * Each host receives or sends in these. Without one of them a profile is short: what a decision
 * reads may change unseen between its functions.
 */
static const char *const of_each_host[] = { "ip_rcv", "ipv6_rcv", "__dev_queue_xmit" };

/* The profile left out one of them. */
static bool is_short_profile(const struct situation *s)
{
	size_t i;

	if (!not_in_profile(s))
		return false;
	for (i = 0; i < sizeof(of_each_host) / sizeof(of_each_host[0]); i++)
		if (func_state(s->r, of_each_host[i]) == FUNC_LEFT_OUT)
			return true;
	return false;
}

/* The profile left out steps alone, between functions that decide or begin a hop. */
static bool is_long_profile(const struct situation *s)
{
	return not_in_profile(s) && !is_short_profile(s);
}

/* The words for the end are general: a function that was left out may have more exact ones. */
static bool no_evidence(const struct situation *s)
{
	const struct drop_knowledge *k = s->c->end.knowledge;
	const char *func;
	size_t i = 0;

	if (!not_in_profile(s) || !s->c->end.path || (k && k->after))
		return false;
	while ((func = drop_reason_after(s->reason, s->func, &i)))
		if (func_state(s->r, func) == FUNC_LEFT_OUT)
			return true;
	return false;
}

/* security/security.c: security_X() calls each module. Full recordings have the modules. */
static bool no_security_module(const struct situation *s)
{
	const struct ending *e = &s->c->end;

	return not_in_profile(s) && e->path && e->decider != NO_STEP &&
	       !strncmp(step_func(&e->path->steps[e->decider], NAME_BUF), "security_", 9);
}

/* Returns whether one of the compared recordings has a fact. */
static bool either_has(const struct situation *s, const char *fact)
{
	return pwrt_reader_get(s->r, fact) || (s->good && pwrt_reader_get(s->good, fact));
}

static bool other_funcs_cut(const struct situation *s)
{
	return either_has(s, "excerpt.func");
}

static bool other_netns_cut(const struct situation *s)
{
	return either_has(s, "excerpt.netns");
}

static bool other_devs_cut(const struct situation *s)
{
	return either_has(s, "excerpt.ifname");
}

static bool other_tasks_cut(const struct situation *s)
{
	return either_has(s, "excerpt.task");
}

static bool other_packets_cut(const struct situation *s)
{
	return either_has(s, "excerpt.packets");
}

/* Returns whether an option left packets out of one of the compared recordings. */
static bool left_out_by(const struct situation *s, const char *option)
{
	const char *by = packets_left_out_by(s->r),
		   *of_good = s->good ? packets_left_out_by(s->good) : NULL;

	return (by && !strcmp(by, option)) || (of_good && !strcmp(of_good, option));
}

static bool packets_let_go(const struct situation *s)
{
	return left_out_by(s, "--keep");
}

static bool packets_not_sampled(const struct situation *s)
{
	return left_out_by(s, "--sample");
}

static bool functions_filtered(const struct situation *s)
{
	return recorded_with(s->r, "--filter-func", "--filter-fu") ||
	       (!not_in_profile(s) && !pwrt_reader_get(s->r, "excerpt.func") &&
		any_filtered(s, false));
}

static bool no_modules(const struct situation *s)
{
	return recorded_with(s->r, "--no-kmods", "--no-k") ||
	       recorded_with(s->r, "--kmods", "--km") ||
	       (!not_in_profile(s) && !pwrt_reader_get(s->r, "excerpt.func") &&
		any_filtered(s, true) && !any_filtered(s, false));
}

/* Modules with classifiers and actions of tc that were loaded after the recording had begun. */
static bool tc_module_loaded(const struct situation *s)
{
	const char *loaded = pwrt_reader_get(s->r, "modules.loaded");

	return loaded && (strstr(loaded, "cls_") || strstr(loaded, "act_"));
}

static bool qdisc_module_loaded(const struct situation *s)
{
	const char *loaded = pwrt_reader_get(s->r, "modules.loaded");

	return loaded && strstr(loaded, "sch_");
}

static bool netfilter_module_loaded(const struct situation *s)
{
	const char *loaded = pwrt_reader_get(s->r, "modules.loaded");

	return loaded && (strstr(loaded, "nf") || strstr(loaded, "xt_") || strstr(loaded, "ip_"));
}

/*
 * Packets that a recorder's filter may leave out, by the words of pcap-filter(7): those that narrow
 * the filter to other packets, and those that let these pass. The filter is not compiled here: the
 * text comes from a file, and libpcap looks host names up.
 */
struct helper {
	const char *narrow, *takes;
};

#define L4_WORDS " tcp udp sctp port portrange "

static const struct helper icmp_error = { L4_WORDS, " icmp " };
static const struct helper icmp6_error = { L4_WORDS, " icmp6 " };
static const struct helper arp = { L4_WORDS " icmp icmp6 ip ip6 ", " arp " };
static const struct helper solicitation = { L4_WORDS " icmp arp ip ", " icmp6 ip6 " };

/* Returns whether a word of n bytes is in a list of words with spaces around each. */
static bool is_in(const char *list, const char *word, size_t n)
{
	const char *at;

	for (at = list; (at = strchr(at, ' ')); at++)
		if (!strncmp(at + 1, word, n) && at[n + 1] == ' ')
			return true;
	return false;
}

/*
 * Returns whether functions recorded such packets after a trigger whatever the filter is:
 * bpf/aim.bpf.h. Files from before the fact aim.control have the sentence of a trigger.
 */
static bool has_control(const struct pwrt_reader *r)
{
	const struct pwrt_info *info;
	uint32_t i;

	if (pwrt_reader_get(r, "aim.control"))
		return true;
	for (i = 0; (info = pwrt_reader_info(r, i)); i++)
		if (!strncmp(info->key, "aim.", 4) && strstr(info->value, ", recording after "))
			return true;
	return false;
}

static bool filter_leaves_out(const struct situation *s, const struct helper *h)
{
	static const char between[] = " \t()[]!&|=<>:";
	const char *word = pwrt_reader_get(s->r, "filter");
	bool narrow = false;
	size_t n;

	if (has_control(s->r))
		return false;
	for (; word && *word; word += n) {
		word += strspn(word, between);
		n = strcspn(word, between);
		if (n && is_in(h->takes, word, n))
			return false;
		narrow |= n && is_in(h->narrow, word, n);
	}
	return narrow;
}

static bool is_ip(const struct situation *s, uint8_t version)
{
	return s->headers && s->headers->ip_version == version;
}

static bool no_icmp_error(const struct situation *s)
{
	return is_ip(s, 4) && filter_leaves_out(s, &icmp_error);
}

static bool no_icmp6_error(const struct situation *s)
{
	return is_ip(s, 6) && filter_leaves_out(s, &icmp6_error);
}

static bool no_arp(const struct situation *s)
{
	return is_ip(s, 4) && filter_leaves_out(s, &arp);
}

/* The destination MAC address was wrong: the neighbour's entry came of an ARP exchange. */
static bool no_resolution(const struct situation *s)
{
	const struct drop_knowledge *k = s->c->end.knowledge;

	return no_arp(s) && k && strstr(k->words, "MAC address");
}

static bool no_solicitation(const struct situation *s)
{
	return is_ip(s, 6) && filter_leaves_out(s, &solicitation);
}

/* Of a TCP connection that had begun before: its options (MSS, window scale) are in the SYN. */
static bool no_handshake(const struct situation *s)
{
	const struct step *first = s->c->nr_bad ? first_with_headers(&s->c->bad[0]) : NULL;

	return first && first->h->proto == IPPROTO_TCP && first->h->l4_len >= 14 &&
	       !(first->h->l4[13] & 2);
}

/* ---- the table ---- */

/* Facts that several drops need. */
#define XDP_PROGRAM                                                                        \
	no_xdp_program, "the name and the verdict of the XDP program", "with --trace-xdp", \
		MISSING_INPUT
#define ICMP_ANSWER                                                                              \
	no_icmp_error, "the ICMP error that answers the packet", "with 'or icmp' in the filter", \
		MISSING_INPUT
#define ICMP6_ANSWER                                                \
	no_icmp6_error, "the ICMPv6 error that answers the packet", \
		"with 'or icmp6' in the filter", MISSING_INPUT
#define ARP_REQUEST \
	no_arp, "the ARP request for the next hop", "with 'or arp' in the filter", MISSING_INPUT
#define SOLICITATION_SENT                                               \
	no_solicitation, "the neighbour solicitation for the next hop", \
		"with 'or icmp6' in the filter", MISSING_INPUT
#define PLANNED "with the profile that pwru-diff --probe-plan prints"
#define PAYLOAD \
	no_payload, "the payload that the checksum covers", "with --snaplen 384", MISSING_INPUT

/*
 * A fact, the drops that need it, and the option. A reason ends with '*' where it stands for many;
 * "" is an end without a drop, "*" is any. The first lines are the most telling.
 */
static const struct {
	const char *reason, *func; /* func: of the drop; NULL for any */
	bool (*is_missing)(const struct situation *s);
	const char *fact, *option;
	enum missing_kind kind; /* as in struct missing */
} table[] = {
	{ "*", NULL, no_returns, "the decisions of functions: verdicts, routes and sockets",
	  "without --no-return-values", MISSING_INPUT },
	{ "*", NULL, returns_shed, "decisions of functions that the recorder gave up meanwhile",
	  "with a larger --max-overhead", MISSING_INPUT },
	{ "*", NULL, good_no_returns, "the decisions about good: verdicts, routes and sockets",
	  "good without --no-return-values", MISSING_INPUT },
	{ "*", NULL, good_returns_shed, "decisions about good that its recorder gave up before",
	  "good with a larger --max-overhead", MISSING_INPUT },
	{ "*", NULL, functions_shed, "functions that the recorder gave up meanwhile",
	  "with a larger --max-overhead", MISSING_INPUT },
	{ "*", NULL, no_evidence, "the function that shows which of these causes it was", PLANNED,
	  MISSING_INPUT },
	{ "*", NULL, no_security_module, "the security module that decided", PLANNED,
	  MISSING_INPUT },
	{ "*", NULL, good_unseen, "whether good met the decision that ended bad",
	  "good with all functions and their return values", MISSING_INPUT },
	{ "TC_*", NULL, tc_module_loaded, "functions of tc modules that were loaded meanwhile",
	  "again, now that the modules are loaded", MISSING_INPUT },
	{ "QDISC_*", NULL, qdisc_module_loaded,
	  "functions of queueing disciplines that were loaded meanwhile",
	  "again, now that the modules are loaded", MISSING_INPUT },
	{ "TC_*", NULL, no_tc_program,
	  "the name and the verdict of the BPF program, if the filter is one", "with --trace-tc",
	  MISSING_INPUT },
	{ "XDP", NULL, XDP_PROGRAM },
	{ "NOT_SPECIFIED", "veth_xdp_rcv_skb", XDP_PROGRAM },
	{ "NOT_SPECIFIED", "veth_xdp_rcv_one", XDP_PROGRAM },
	{ "NOT_SPECIFIED", "do_xdp_generic", XDP_PROGRAM },
	{ "BPF_CGROUP_EGRESS", NULL, no_helpers,
	  "the name of the BPF program, if it calls a helper function", "with --bpf-helpers",
	  MISSING_INPUT },
	{ "SOCKET_FILTER", NULL, no_helpers,
	  "the name of the BPF program, if there is one and it calls a helper function",
	  "with --bpf-helpers", MISSING_INPUT },
	{ "NETFILTER_DROP", NULL, no_rule, "the rule of the chain",
	  "with a rule 'meta nftrace set 1' (iptables: -j TRACE)", MISSING_INPUT },
	{ "NETFILTER_DROP", NULL, netfilter_module_loaded,
	  "functions of netfilter modules that were loaded meanwhile",
	  "again, now that the modules are loaded", MISSING_INPUT },
	/* net/ipv4/ip_forward.c, net/ipv6/ip6_output.c, net/ipv4/route.c: icmp_send(),
	   icmpv6_send() */
	{ "PKT_TOO_BIG", NULL, ICMP_ANSWER },
	{ "PKT_TOO_BIG", NULL, ICMP6_ANSWER },
	{ "PKT_TOO_BIG", NULL, no_handshake, "the handshake, whose MSS limits the segments",
	  "from before the connection begins", MISSING_INPUT },
	{ "IP_IN*", NULL, ICMP_ANSWER },
	{ "IP_IN*", NULL, ICMP6_ANSWER },
	{ "NO_SOCKET", "__udp4_lib_rcv", ICMP_ANSWER },
	{ "NO_SOCKET", "__udp6_lib_rcv", ICMP6_ANSWER },
	/* Linux 7.3 merged them with __udp4_lib_rcv() and __udp6_lib_rcv() */
	{ "NO_SOCKET", "udp_rcv", ICMP_ANSWER },
	{ "NO_SOCKET", "udpv6_rcv", ICMP6_ANSWER },
	/* net/ipv4/arp.c, net/ipv6/ndisc.c */
	{ "NEIGH_*", NULL, ARP_REQUEST },
	{ "NEIGH_*", NULL, SOLICITATION_SENT },
	{ "NOT_SPECIFIED", "neigh_invalidate", ARP_REQUEST },
	{ "NOT_SPECIFIED", "neigh_invalidate", SOLICITATION_SENT },
	{ "OTHERHOST", NULL, no_resolution,
	  "the ARP exchange that gave the destination MAC address", "with 'or arp' in the filter",
	  MISSING_INPUT },
	/* net/ipv4/tcp_ipv4.c, udp.c, icmp.c: checksums cover the payload */
	{ "TCP_CSUM", NULL, PAYLOAD },
	{ "UDP_CSUM", NULL, PAYLOAD },
	{ "ICMP_CSUM", NULL, PAYLOAD },
	{ "TCP_*", NULL, no_handshake, "the handshake, with its TCP options",
	  "from before the connection begins", MISSING_INPUT },
	{ "", NULL, other_namespaces, "packets that begin in other network namespaces",
	  "without --filter-netns", MISSING_INPUT },
	{ "", NULL, other_devices, "packets that are first seen on other devices",
	  "without --filter-ifname", MISSING_INPUT },
	{ "", NULL, no_icmp_error, "an ICMP error that may answer the packet",
	  "with 'or icmp' in the filter", MISSING_INPUT },
	{ "", NULL, no_icmp6_error, "an ICMPv6 error that may answer the packet",
	  "with 'or icmp6' in the filter", MISSING_INPUT },
	{ "", NULL, flows_shed, "flows that the recorder gave up meanwhile",
	  "with a larger --max-overhead", MISSING_INPUT },
	{ "", NULL, packets_let_go, "packets that --keep let go", "without --keep", MISSING_INPUT },
	{ "", NULL, packets_not_sampled,
	  "packets that --sample left out, such as answers after NAT", "without --sample",
	  MISSING_INPUT },
	{ "", NULL, other_packets_cut, "packets that were not selected", "of whole flows (--flow)",
	  MISSING_EXCERPT },
	{ "", NULL, at_entry, "packets that match only between two functions that apply the filter",
	  "without --filter-at entry", MISSING_INPUT },
	{ "", NULL, no_track, "the packet after its headers changed", "without --no-track",
	  MISSING_INPUT },
	/* replay/show/excerpt.c: the conditions of pwru-show -o on single events */
	{ "*", NULL, other_funcs_cut, "events of other functions", "without --func",
	  MISSING_EXCERPT },
	{ "*", NULL, other_netns_cut, "events in other network namespaces", "without --netns",
	  MISSING_EXCERPT },
	{ "*", NULL, other_devs_cut, "events at other devices", "without --ifname",
	  MISSING_EXCERPT },
	{ "*", NULL, other_tasks_cut, "events in other tasks", "without --task", MISSING_EXCERPT },
	/* record/kernel/return_targets.c: functions that decide are in each profile */
	{ "*", NULL, is_long_profile, "functions that the profile left out", "with --profile full",
	  MISSING_STEPS },
	{ "*", NULL, is_short_profile, "functions that the profile left out", "with --profile full",
	  MISSING_INPUT },
	{ "*", NULL, functions_filtered, "functions that --filter-func left out",
	  "without --filter-func", MISSING_INPUT },
	{ "*", NULL, no_modules, "functions of modules that were left out",
	  "without --kmods and --no-kmods", MISSING_INPUT },
};

static bool is_about(const char *pattern, const char *reason)
{
	size_t n = strcspn(pattern, "*");

	return pattern[n] ? !strncmp(pattern, reason, n) : !strcmp(pattern, reason);
}

size_t missing_find(struct missing m[MISSING_MAX], const struct comparison *c,
		    const struct pwrt_reader *bad)
{
	struct situation s = { .c = c, .r = bad, .reason = "", .func = "" };
	const struct step *first;
	size_t i, nr = 0;

	if (c->end.path) {
		s.path = c->end.path;
		s.reason = c->end.reason;
		s.func = c->end.func;
	} else if (c->main) {
		s.path = c->main->bad;
	}
	if (c->main && c->main->good)
		s.good = c->main->good->steps[0].r;
	if (!s.path && c->nr_bad)
		s.path = &c->bad[0];
	first = s.path ? first_with_headers(s.path) : NULL;
	s.headers = first ? first->h : NULL;
	for (i = 0; i < sizeof(table) / sizeof(table[0]) && nr < MISSING_MAX; i++)
		if (is_about(table[i].reason, s.reason) &&
		    (!table[i].func || !strcmp(table[i].func, s.func)) && table[i].is_missing(&s))
			m[nr++] = (struct missing){ table[i].fact, table[i].option, table[i].kind };
	return nr;
}

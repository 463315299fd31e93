#include "explain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "format/cli.h"
#include "replay/view.h"

/* What the reasons of include/net/dropreason-core.h mean to an administrator. */
static const struct {
	const char *reason, *words;
} reasons[] = {
	{ "IP_RPFILTER", "the reverse path filter" },
	{ "NETFILTER_DROP", "a netfilter rule" },
	{ "NO_SOCKET", "the lack of a listening socket" },
	{ "SOCKET_FILTER", "a socket filter" },
	{ "SOCKET_RCVBUFF", "a full socket receive buffer" },
	{ "SOCKET_BACKLOG", "a full socket backlog" },
	{ "IP_INNOROUTES", "the lack of a route" },
	{ "IP_OUTNOROUTES", "the lack of a route" },
	{ "IP_LOCAL_SOURCE", "a check of the source address: it is one of this host's own" },
	{ "IP_INVALID_SOURCE", "a check of the source address" },
	{ "IP_LOCALNET",
	  "a check of the source address: loopback addresses do not come from outside" },
	{ "IP_INVALID_DEST", "a check of the destination address" },
	{ "IP_CSUM", "a wrong IP checksum" },
	{ "IP_INHDR", "a malformed IP header" },
	{ "TCP_CSUM", "a wrong TCP checksum" },
	{ "UDP_CSUM", "a wrong UDP checksum" },
	{ "ICMP_CSUM", "a wrong ICMP checksum" },
	{ "OTHERHOST", "its link-layer address: it was for another host" },
	{ "UNICAST_IN_L2_MULTICAST", "its link-layer address: unicast sent as multicast" },
	{ "XFRM_POLICY", "an IPsec policy" },
	{ "PROTO_MEM", "the limit on protocol memory" },
	{ "NEIGH_FAILED", "failed neighbour resolution" },
	{ "NEIGH_QUEUEFULL", "a full neighbour resolution queue" },
	{ "NEIGH_DEAD", "a dead neighbour entry" },
	{ "QDISC_DROP", "the queueing discipline" },
	{ "TC_INGRESS", "a tc filter on ingress" },
	{ "TC_EGRESS", "a tc filter on egress" },
	{ "CPU_BACKLOG", "a full CPU backlog" },
	{ "XDP", "an XDP program" },
	{ "BPF_CGROUP_EGRESS", "a cgroup BPF program" },
	{ "PKT_TOO_BIG", "its size: larger than the MTU" },
	{ "PKT_TOO_SMALL", "its size: too short" },
	{ "TCP_INVALID_SEQUENCE", "a TCP sequence number outside of the window" },
	{ "TCP_RFC7323_PAWS", "an old TCP timestamp" },
	{ "TCP_RESET", "a TCP reset" },
	{ "IPV6DISABLED", "IPv6 being disabled" },
	{ "UNHANDLED_PROTO", "the lack of a protocol handler" },
	{ "DEV_READY", "its device: not ready" },
	{ "FULL_RING", "a full transmit ring" },
	{ "NOT_SPECIFIED", "the kernel, which gives no reason" },
};

/* What a call means when a packet changed in it or right after it; the first line that fits counts.
 */
static const struct {
	const char *func, *words;
} steps[] = {
	{ "nf_nat_masquerade_ipv4", "masquerading" },
	{ "nf_nat_masquerade_ipv6", "masquerading" },
	{ "masquerade_tg", "masquerading" },
	{ "nf_nat_redirect_ipv4", "a REDIRECT rule" },
	{ "nf_nat_redirect_ipv6", "a REDIRECT rule" },
	{ "xt_dnat_target_v2", "a DNAT rule" },
	{ "xt_snat_target_v2", "an SNAT rule" },
	{ "nf_nat_manip_pkt", "address translation" },
	{ "nf_nat_ipv4_manip_pkt", "address translation" },
	{ "l4proto_manip_pkt", "address translation" },
	{ "inet_proto_csum_replace4", "address translation" },
	{ "ip_decrease_ttl", "forwarding" },
	{ "mark_tg", "a MARK rule" },
	{ "connmark_tg", "a CONNMARK rule" },
	{ "ip_vs_nat_xmit", "IPVS" },
	{ "vxlan_xmit", "VXLAN" },
	{ "geneve_xmit", "Geneve" },
	{ "tcf_classify", "a tc filter" },
	{ "cls_bpf_classify", "a tc BPF program" },
};

static const struct {
	const char *field, *words;
} field_words[] = {
	{ "ip.src", "wrong source address" },
	{ "ipv6.src", "wrong source address" },
	{ "ip.dst", "wrong destination address" },
	{ "ipv6.dst", "wrong destination address" },
	{ "skb.mark", "different packet mark" },
	{ "dev.name", "different interface" },
	{ "net.netns", "different network namespace" },
	{ "nf.verdict", "different verdict" },
	{ "tc.verdict", "different verdict of a tc program" },
	{ "xdp.verdict", "different verdict of an XDP program" },
	{ "route.nexthop", "different next hop" },
	{ "route.dev", "different route" },
	{ "route.type", "different route" },
	{ "ret", "different decision" },
	{ "ct.state", "different conntrack state" },
	{ "ct.status", "different conntrack state" },
};

const char *explain_reason(const char *reason)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (!strcmp(reasons[i].reason, reason))
			return reasons[i].words;
	return NULL;
}

/* Words for what went on between the cause's hook and the step at which it was seen. */
static const char *step_words(const struct path *p, size_t seen, size_t at)
{
	unsigned int depth = p->steps[at].depth;
	size_t from = at, i, k;

	/* Decided in an earlier call of the same hook: go back to where that began. */
	while (from && p->steps[from].depth + 2 > depth && seen - from < 64)
		from--;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		for (k = from; k < seen; k++)
			if (!strcmp(plain_name(step_func(&p->steps[k])), steps[i].func))
				return steps[i].words;
	return NULL;
}

/* Where a decision was made: by which table, chain and hook of netfilter; "" for any other. */
static void place_words(const struct step *s, char *buf, size_t len)
{
	static const struct {
		const char *key, *word;
	} places[] = { { "nf.table", "table" }, { "nf.chain", "chain" }, { "nf.hook", "hook" } };
	size_t i, at, n = 0;
	const char *name;
	struct value v;

	buf[0] = '\0';
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		for (at = 0; n < len && step_value(s, &at, &name, &v);)
			if (!strcmp(name, places[i].key))
				n += (size_t)snprintf(buf + n, len - n, "%s%s %s", n ? ", " : "",
						      places[i].word, cli_safe(v.text));
}

static const char *keep(char buf[128], const char *s)
{
	snprintf(buf, 128, "%s", s);
	return buf;
}

static size_t append(char *buf, size_t len, size_t at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static size_t append(char *buf, size_t len, size_t at, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (at >= len)
		return at;
	va_start(ap, fmt);
	n = vsnprintf(buf + at, len - at, fmt, ap);
	va_end(ap);
	return n < 0 ? at : at + (size_t)n;
}

static size_t say_cause(struct verdict *v, const struct comparison *c, size_t n)
{
	const struct difference *d = c->cause;
	const char *words = "state differs";
	size_t i;

	for (i = 0; i < sizeof(field_words) / sizeof(field_words[0]); i++)
		if (!strcmp(field_words[i].field, d->field->name))
			words = field_words[i].words;
	return append(v->summary, sizeof(v->summary), n, "%s: %s is %s (good: %s) since %s%s%s%s%s",
		      words, d->field->name, cli_safe(d->bad_value.text),
		      cli_safe(d->good_value.text), cli_safe(v->cause_function),
		      v->cause_words ? " (" : "", v->cause_words ? v->cause_words : "",
		      v->cause_words ? ")" : "", *v->cause_netns ? ", netns " : "");
}

static size_t say_drop(struct verdict *v, size_t n)
{
	const char *words = explain_reason(v->drop_reason);

	return append(v->summary, sizeof(v->summary), n, "dropped by %s (%s in %s) in netns %s",
		      words ? words : "the kernel", cli_safe(v->drop_reason),
		      cli_safe(v->drop_function), cli_safe(*v->drop_netns ? v->drop_netns : "?"));
}

/* Where the paths part, for when there is nothing better to say. */
static size_t say_parting(struct verdict *v, const struct pair *p, size_t n)
{
	const struct hunk *h = pair_divergence(p);
	const char *good, *bad;

	if (!h)
		return append(v->summary, sizeof(v->summary), n,
			      "the paths are the same, the packets differ");
	good = h->a < p->good->nr ? step_label(&p->good->steps[h->a]) : "its end";
	n = append(v->summary, sizeof(v->summary), n, "the paths part after %s: good goes to %s, ",
		   h->a ? cli_safe(step_label(&p->good->steps[h->a - 1])) : "their start",
		   cli_safe(good));
	bad = h->b < p->bad->nr ? step_label(&p->bad->steps[h->b]) : "its end";
	return append(v->summary, sizeof(v->summary), n, "bad to %s", cli_safe(bad));
}

static void say_pair(struct verdict *v, const struct comparison *c, const struct pair *p)
{
	size_t n = 0;

	if (c->cause) {
		n = say_cause(v, c, n);
		n = append(v->summary, sizeof(v->summary), n, "%s; ", cli_safe(v->cause_netns));
	}
	if (v->drop_reason && strcmp(v->fate_good, v->fate_bad))
		n = say_drop(v, n);
	else if (strcmp(v->fate_good, v->fate_bad))
		n = append(v->summary, sizeof(v->summary), n, "good was %s, bad was %s",
			   v->fate_good, v->fate_bad);
	else
		n = append(v->summary, sizeof(v->summary), n, "both were %s", v->fate_bad);
	if (!c->cause) {
		n = append(v->summary, sizeof(v->summary), n, "; ");
		say_parting(v, p, n);
	}
}

void explain(struct verdict *v, const struct comparison *c, const struct trace *bad)
{
	const struct pair *p = c->main;

	*v = (struct verdict){ .fate_good = "unknown", .fate_bad = "unknown" };
	if (p && p->good)
		v->fate_good = fate_names[model_fate(p->good->packet)];
	if (p && p->bad)
		v->fate_bad = fate_names[model_fate(p->bad->packet)];
	if (p && p->bad && model_fate(p->bad->packet) == FATE_DROPPED) {
		v->drop_reason = keep(v->names[0], reason_text(bad->first, p->bad->packet->reason));
		v->drop_function = keep(v->names[1], drop_function(bad->first, p->bad->packet));
		v->drop_netns = keep(v->names[2], drop_netns(bad->first, p->bad->packet));
	}
	if (c->cause) {
		v->cause_function =
			keep(v->names[3], plain_name(step_func(&p->bad->steps[c->cause_step])));
		v->cause_netns = keep(v->names[4], step_netns(&p->bad->steps[c->cause_step]));
		v->cause_words = step_words(p->bad, c->cause->bad, c->cause_step);
		place_words(&p->bad->steps[c->cause_step], v->names[5], sizeof(v->names[5]));
		if (field_is_decision(c->cause->field) && *v->names[5])
			v->cause_words = v->names[5];
	}
	if (!c->diverged)
		append(v->summary, sizeof(v->summary), 0,
		       "no difference: %zu packet%s, the same paths and fates", c->nr_pairs,
		       c->nr_pairs == 1 ? "" : "s");
	else if (p->good && p->bad)
		say_pair(v, c, p);
	else if (p->good)
		append(v->summary, sizeof(v->summary), 0, "bad lacks a packet that good has: %s",
		       cli_safe(p->good->packet->text));
	else
		append(v->summary, sizeof(v->summary), 0, "bad has a packet that good lacks: %s",
		       cli_safe(p->bad->packet->text));
}

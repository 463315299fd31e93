/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "columns.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "replay/append.h"
#include "replay/decision.h"

static const char *text_or_null(const char *s)
{
	return *s ? s : NULL;
}

/* ---- texts of both tables ---- */

static const char *drop_reason(struct row *r)
{
	return r->dropped ? reason_text(r->t->first, r->packet.drop.reason, r->text) : NULL;
}

static const char *drop_in(struct row *r)
{
	return r->dropped ? drop_function(r->t->first, &r->packet, r->text) : NULL;
}

static const char *drop_where(struct row *r)
{
	return r->dropped ? drop_netns(r->t->first, &r->packet, r->text) : NULL;
}

static const char *drop_by(struct row *r)
{
	if (!r->dropped)
		return NULL;
	decision_words(r->t->first, &r->packet, r->text);
	return text_or_null(r->text);
}

/* ---- texts of packets ---- */

static const char *what(struct row *r)
{
	return text_or_null(r->packet.text);
}

static const char *host(struct row *r)
{
	return pwrt_reader_host(r->t->first, r->packet.id, NULL);
}

static const char *fate(struct row *r)
{
	return fate_names[r->packet.fate];
}

static const char *first_time(struct row *r)
{
	return time_rfc3339(&r->of_day, r->packet.first_ns);
}

static const char *last_time(struct row *r)
{
	return time_rfc3339(&r->of_day, r->packet.last_ns);
}

static const char *addr(struct row *r, const struct endpoints *e, bool source)
{
	if (!e)
		return NULL;
	headers_addr(r->text, sizeof(r->text), source ? e->src : e->dst, e->addr_len);
	return r->text;
}

static const char *src(struct row *r)
{
	return addr(r, r->facts.first, true);
}

static const char *dst(struct row *r)
{
	return addr(r, r->facts.first, false);
}

static bool sport(const struct row *r, uint64_t *n)
{
	*n = r->facts.first ? r->facts.first->sport : 0;
	return r->facts.first && r->facts.first->has_ports;
}

static bool dport(const struct row *r, uint64_t *n)
{
	*n = r->facts.first ? r->facts.first->dport : 0;
	return r->facts.first && r->facts.first->has_ports;
}

static const char *proto(struct row *r)
{
	return r->facts.first ? proto_words(r->facts.first, r->text) : NULL;
}

static const char *nat(struct row *r)
{
	nat_words(&r->facts, r->text);
	return text_or_null(r->text);
}

static const char *places(struct row *r)
{
	places_words(r->t->facts, r->t->first, r->facts.places, r->text);
	return text_or_null(r->text);
}

static const char *nexthop(struct row *r)
{
	nexthop_words(r->t->facts, r->t->first, r->facts.routes, r->text);
	return text_or_null(r->text);
}

static const char *rule(struct row *r)
{
	last_rule_words(r->t->facts, r->t->first, r->facts.rules, r->text);
	return text_or_null(r->text);
}

static const char *owner(struct row *r)
{
	owner_words(r->t->facts, r->t->first, r->facts.owners, r->text);
	return text_or_null(r->text);
}

static bool tcp_seq(const struct row *r, uint64_t *n)
{
	*n = r->facts.seq;
	return r->facts.has_segment;
}

static bool tcp_len(const struct row *r, uint64_t *n)
{
	*n = r->facts.payload;
	return r->facts.has_segment;
}

static const char *tcp_flags(struct row *r)
{
	headers_tcp_flags(r->facts.tcp_flags, r->text);
	return r->facts.has_segment ? r->text : NULL;
}

static bool lasted(const struct row *r, uint64_t *n)
{
	*n = r->packet.last_ns - r->packet.first_ns;
	return true;
}

/* ---- texts and numbers of flows ---- */

static const char *client(struct row *r)
{
	endpoint_words(&r->flow.first, true, r->text);
	return r->text;
}

static const char *server(struct row *r)
{
	endpoint_words(&r->flow.first, false, r->text);
	return r->text;
}

static const char *flow_src(struct row *r)
{
	return addr(r, &r->flow.first, true);
}

static const char *flow_dst(struct row *r)
{
	return addr(r, &r->flow.first, false);
}

static bool flow_sport(const struct row *r, uint64_t *n)
{
	*n = r->flow.first.sport;
	return r->flow.first.has_ports;
}

static bool flow_dport(const struct row *r, uint64_t *n)
{
	*n = r->flow.first.dport;
	return r->flow.first.has_ports;
}

static const char *flow_proto(struct row *r)
{
	return proto_words(&r->flow.first, r->text);
}

static const char *flow_nat(struct row *r)
{
	const struct packet_facts ends = { .first = &r->flow.first, .last = &r->flow.last };

	nat_words(&ends, r->text);
	return text_or_null(r->text);
}

static const char *flow_first_time(struct row *r)
{
	return time_rfc3339(&r->of_day, r->flow.first_ns);
}

static const char *flow_last_time(struct row *r)
{
	return time_rfc3339(&r->of_day, r->flow.last_ns);
}

static bool flow_lasted(const struct row *r, uint64_t *n)
{
	*n = r->flow.last_ns - r->flow.first_ns;
	return true;
}

static bool client_again(const struct row *r, uint64_t *n)
{
	*n = r->flow.sent[FLOW_CLIENT].retransmissions;
	return r->flow.has_segments;
}

static bool server_again(const struct row *r, uint64_t *n)
{
	*n = r->flow.sent[FLOW_SERVER].retransmissions;
	return r->flow.has_segments;
}

static bool packets(const struct row *r, uint64_t *n)
{
	*n = r->flow.sent[FLOW_CLIENT].packets + r->flow.sent[FLOW_SERVER].packets;
	return true;
}

static bool bytes(const struct row *r, uint64_t *n)
{
	*n = r->flow.sent[FLOW_CLIENT].bytes + r->flow.sent[FLOW_SERVER].bytes;
	return true;
}

static bool again(const struct row *r, uint64_t *n)
{
	*n = r->flow.sent[FLOW_CLIENT].retransmissions + r->flow.sent[FLOW_SERVER].retransmissions;
	return r->flow.has_segments;
}

static const char *fates(struct row *r)
{
	size_t n = 0;
	int i, k;

	r->text[0] = '\0';
	for (k = 1; k <= FATE_NR; k++) {
		i = k % FATE_NR; /* FATE_UNKNOWN comes last */
		if (r->flow.fates[i])
			n = append_text(r->text, sizeof(r->text), n, "%s%u %s", n ? ", " : "",
					r->flow.fates[i], fate_names[i]);
	}
	return r->text;
}

/* ---- texts of kinds of drops ---- */

static const char *kind_text(const struct row *r, uint32_t id)
{
	return text_or_null(drop_kinds_text(r->kinds, id));
}

static bool per_second(const struct row *r, uint64_t *n)
{
	*n = r->kind.rate;
	return r->kind.has_rate;
}

static const char *kind_reason(struct row *r)
{
	return kind_text(r, r->kind.reason);
}

static const char *kind_function(struct row *r)
{
	return kind_text(r, r->kind.function);
}

static const char *kind_netns(struct row *r)
{
	return kind_text(r, r->kind.netns);
}

static const char *kind_ifname(struct row *r)
{
	return kind_text(r, r->kind.ifname);
}

static const char *kind_words(struct row *r)
{
	return kind_text(r, r->kind.words);
}

static const char *kind_short(struct row *r)
{
	const char *words = kind_words(r);

	if (words)
		return words;
	snprintf(r->text, sizeof(r->text), "%s in %s", drop_kinds_text(r->kinds, r->kind.reason),
		 drop_kinds_text(r->kinds, r->kind.function));
	return r->text;
}

static const char *kind_what(struct row *r)
{
	return text_or_null(r->kind.what);
}

static const char *kind_first_time(struct row *r)
{
	return time_rfc3339(&r->of_day, r->kind.first_ns);
}

static const char *kind_last_time(struct row *r)
{
	return time_rfc3339(&r->of_day, r->kind.last_ns);
}

/* ---- the tables ---- */

#define AT(member) .at = offsetof(struct row, member), .size = sizeof(((struct row *)NULL)->member)
/* clang-format off */
#define DROP_COLUMNS(of) \
	{ "drop_reason", "the kernel's reason for the drop" of, COLUMN_TEXT, .text = drop_reason }, \
	{ "drop_function", "the function that dropped it" of, COLUMN_TEXT, .text = drop_in }, \
	{ "drop_netns", "the network namespace of the drop" of, COLUMN_TEXT, .text = drop_where }, \
	{ "drop_words", "completes \"dropped by\"" of, COLUMN_TEXT, .text = drop_by, .cut = true }

static const struct column of_packets[] = {
	{ "packet", "number of the packet", COLUMN_NUMBER, AT(packet.id) },
	{ "host", "the host that recorded it, where files are of several", COLUMN_TEXT, .text = host },
	{ "flow", "number of its flow", COLUMN_NUMBER, AT(packet.flow), .zero_unknown = true },
	{ "parent", "the packet that it is a copy of", COLUMN_NUMBER, AT(packet.parent), .zero_unknown = true },
	{ "first", "time of the first event", COLUMN_TIME, AT(packet.first_ns) },
	{ "first_time", "the same in UTC, as RFC 3339 has it", COLUMN_TEXT, .text = first_time },
	{ "last", "time of the last event", COLUMN_TIME, AT(packet.last_ns) },
	{ "last_time", "the same in UTC, as RFC 3339 has it", COLUMN_TEXT, .text = last_time },
	{ "duration_ns", "from the first event to the last", COLUMN_DURATION, .number = lasted },
	{ "events", "number of events", COLUMN_NUMBER, AT(packet.events) },
	{ "what", "headers as text", COLUMN_TEXT, .text = what, .cut = true },
	{ "fate", "delivered, transmitted, dropped, consumed, stolen or unknown", COLUMN_TEXT, .text = fate },
	DROP_COLUMNS(""),
	{ "src", "source address, as first seen", COLUMN_TEXT, .text = src },
	{ "dst", "destination address, as first seen", COLUMN_TEXT, .text = dst },
	{ "sport", "source port, as first seen", COLUMN_NUMBER, .number = sport },
	{ "dport", "destination port, as first seen", COLUMN_NUMBER, .number = dport },
	{ "proto", "tcp, udp, icmp, ..., or a number", COLUMN_TEXT, .text = proto },
	{ "length", "bytes of the IP packet", COLUMN_NUMBER, AT(facts.length), .zero_unknown = true },
	{ "nat", "addresses and ports that were rewritten", COLUMN_TEXT, .text = nat, .cut = true },
	{ "places", "network namespaces and devices, in order", COLUMN_TEXT, .text = places, .cut = true },
	{ "nexthop", "next hops of its routes", COLUMN_TEXT, .text = nexthop, .cut = true },
	{ "rule", "the last netfilter rule that is known", COLUMN_TEXT, .text = rule, .cut = true },
	{ "owner", "processes of the sockets", COLUMN_TEXT, .text = owner, .cut = true },
	{ "tcp.seq", "sequence number of the TCP segment", COLUMN_NUMBER, .number = tcp_seq },
	{ "tcp.len", "bytes of its payload", COLUMN_NUMBER, .number = tcp_len },
	{ "tcp.flags", "its flags as letters: SA", COLUMN_TEXT, .text = tcp_flags },
	{ "skb.mark", "mark at the last event", COLUMN_NUMBER, AT(facts.mark) },
};

static const struct column of_flows[] = {
	{ "flow", "number of the flow", COLUMN_NUMBER, AT(flow.flow) },
	{ "proto", "tcp, udp, icmp, ..., or a number", COLUMN_TEXT, .text = flow_proto },
	{ "client", "address and port of the client, as first seen", COLUMN_TEXT, .text = client },
	{ "server", "address and port of the server, as first seen", COLUMN_TEXT, .text = server },
	{ "src", "address of the client", COLUMN_TEXT, .text = flow_src },
	{ "dst", "address of the server", COLUMN_TEXT, .text = flow_dst },
	{ "sport", "port of the client", COLUMN_NUMBER, .number = flow_sport },
	{ "dport", "port of the server", COLUMN_NUMBER, .number = flow_dport },
	{ "nat", "addresses and ports that were rewritten", COLUMN_TEXT, .text = flow_nat, .cut = true },
	{ "packets", "packets of both", COLUMN_NUMBER, .number = packets },
	{ "bytes", "bytes of their IP packets", COLUMN_NUMBER, .number = bytes },
	{ "retransmissions", "TCP segments that both sent again", COLUMN_NUMBER, .number = again },
	{ "client_packets", "packets of the client", COLUMN_NUMBER, AT(flow.sent[FLOW_CLIENT].packets) },
	{ "client_bytes", "bytes of its IP packets", COLUMN_NUMBER, AT(flow.sent[FLOW_CLIENT].bytes) },
	{ "client_retransmissions", "TCP segments that it sent again", COLUMN_NUMBER, .number = client_again },
	{ "server_packets", "packets of the server", COLUMN_NUMBER, AT(flow.sent[FLOW_SERVER].packets) },
	{ "server_bytes", "bytes of its IP packets", COLUMN_NUMBER, AT(flow.sent[FLOW_SERVER].bytes) },
	{ "server_retransmissions", "TCP segments that it sent again", COLUMN_NUMBER, .number = server_again },
	{ "first", "time of the first event", COLUMN_TIME, AT(flow.first_ns) },
	{ "first_time", "the same in UTC, as RFC 3339 has it", COLUMN_TEXT, .text = flow_first_time },
	{ "last", "time of the last event", COLUMN_TIME, AT(flow.last_ns) },
	{ "last_time", "the same in UTC, as RFC 3339 has it", COLUMN_TEXT, .text = flow_last_time },
	{ "duration_ns", "from the first event to the last", COLUMN_DURATION, .number = flow_lasted },
	{ "rtt_ns", "from the first packet to the first answer", COLUMN_DURATION, AT(flow.rtt_ns), .zero_unknown = true },
	{ "fates", "how many packets had each fate", COLUMN_TEXT, .text = fates, .cut = true },
	{ "delivered", "packets that were delivered", COLUMN_NUMBER, AT(flow.fates[FATE_DELIVERED]) },
	{ "transmitted", "packets that were transmitted", COLUMN_NUMBER, AT(flow.fates[FATE_TRANSMITTED]) },
	{ "dropped", "packets that were dropped", COLUMN_NUMBER, AT(flow.fates[FATE_DROPPED]) },
	{ "consumed", "packets that were consumed", COLUMN_NUMBER, AT(flow.fates[FATE_CONSUMED]) },
	{ "stolen", "packets that were stolen", COLUMN_NUMBER, AT(flow.fates[FATE_STOLEN]) },
	{ "unknown", "packets without a known end", COLUMN_NUMBER, AT(flow.fates[FATE_UNKNOWN]) },
	DROP_COLUMNS(": first drop"),
};

static const struct column of_drops[] = {
	{ "count", "number of drops of this kind", COLUMN_NUMBER, AT(kind.nr), .title = "DROPS" },
	{ "per_second", "drops in a second, of the selected time", COLUMN_RATE, .number = per_second, .title = "RATE/s" },
	{ "drop_netns", "the network namespace of the drops", COLUMN_TEXT, .text = kind_netns, .cut = true, .title = "NETNS" },
	{ "ifname", "the interface", COLUMN_TEXT, .text = kind_ifname, .cut = true, .title = "IFACE" },
	{ "drop_words", "completes \"dropped by\"", COLUMN_TEXT, .text = kind_words, .cut = true, .title = "DROPPED BY" },
	{ "drop_reason", "the kernel's reason for the drops", COLUMN_TEXT, .text = kind_reason, .cut = true, .title = "REASON" },
	{ "drop_function", "the function that dropped the packets", COLUMN_TEXT, .text = kind_function, .cut = true, .title = "FUNCTION" },
	{ "drop_short", "drop_words, or reason and function where these are unknown", COLUMN_TEXT, .text = kind_short, .cut = true, .title = "DROPPED BY" },
	{ "first", "time of the first drop", COLUMN_TIME, AT(kind.first_ns) },
	{ "first_time", "the same in UTC, as RFC 3339 has it", COLUMN_TEXT, .text = kind_first_time },
	{ "last", "time of the last drop", COLUMN_TIME, AT(kind.last_ns) },
	{ "last_time", "the same in UTC, as RFC 3339 has it", COLUMN_TEXT, .text = kind_last_time },
	{ "packet", "number of the first packet", COLUMN_NUMBER, AT(kind.packet) },
	{ "last_packet", "number of the last packet", COLUMN_NUMBER, AT(kind.last_packet) },
	{ "what", "headers of the last packet as text", COLUMN_TEXT, .text = kind_what, .cut = true, .title = "LAST PACKET" },
};
/* clang-format on */

const struct column_table packet_columns = {
	of_packets,
	sizeof(of_packets) / sizeof(of_packets[0]),
	"packet,flow,parent,first,duration_ns,events,what,fate,drop_words",
};

const struct column_table flow_columns = {
	of_flows,
	sizeof(of_flows) / sizeof(of_flows[0]),
	"flow,proto,client,server,client_packets,client_bytes,server_packets,server_bytes,"
	"retransmissions,first,duration_ns,rtt_ns,fates,drop_words",
};

const struct column_table drop_columns = {
	of_drops,
	sizeof(of_drops) / sizeof(of_drops[0]),
	"count,per_second,last,drop_netns,ifname,drop_words,drop_reason,drop_function,what",
};

bool column_number(const struct column *c, const struct row *r, uint64_t *n)
{
	const uint8_t *at = (const uint8_t *)r + c->at;
	uint32_t small;

	if (c->number)
		return c->number(r, n);
	if (c->size == sizeof(small)) {
		memcpy(&small, at, sizeof(small));
		*n = small;
	} else {
		memcpy(n, at, sizeof(*n));
	}
	return *n || !c->zero_unknown;
}

const char *column_text(const struct column *c, struct row *r)
{
	return c->text(r);
}

/* Returns the column whose name has len bytes at name, in either case; or NULL. */
static const struct column *find(const struct column_table *t, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < t->nr; i++)
		if (!strncasecmp(t->columns[i].name, name, len) && !t->columns[i].name[len])
			return &t->columns[i];
	return NULL;
}

const char *columns_add(struct column_list *list, const struct column_table *t, const char *text)
{
	const struct column *c;
	const char *end;

	if (*text == '+') {
		columns_add(list, t, t->defaults);
		text++;
	}
	for (;; text = end + 1) {
		end = strchrnul(text, ',');
		c = find(t, text, (size_t)(end - text));
		if (!c || list->nr == COLUMNS_MAX)
			return text;
		list->shown[list->nr++] = c;
		if (!*end)
			return NULL;
	}
}

bool columns_sort(struct column_list *list, const struct column_table *t, const char *text)
{
	const char *order = strchrnul(text, ':');

	list->down = *text == '-';
	text += list->down;
	if (*order && strcmp(order, ":asc") && strcmp(order, ":desc"))
		return false;
	if (!strcmp(order, ":desc"))
		list->down = true;
	list->by = find(t, text, (size_t)(order - text));
	return list->by;
}

/* Returns whether the default list has a column. */
static bool is_default(const struct column_table *t, const struct column *c)
{
	struct column_list list = { .nr = 0 };
	size_t i;

	columns_add(&list, t, t->defaults);
	for (i = 0; i < list.nr; i++)
		if (list.shown[i] == c)
			return true;
	return false;
}

void columns_print_help(const struct column_table *t)
{
	static const char *const kinds[] = {
		[COLUMN_TEXT] = "",
		[COLUMN_NUMBER] = "",
		[COLUMN_DURATION] = "; nanoseconds, in a table milliseconds",
		[COLUMN_TIME] = "; nanoseconds, in a table as --time has it",
		[COLUMN_RATE] = "",
	};
	const struct column *c;

	for (c = t->columns; c < t->columns + t->nr; c++)
		printf("%c %-22s  %s%s\n", is_default(t, c) ? '*' : ' ', c->name, c->help,
		       kinds[c->kind]);
}

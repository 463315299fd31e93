/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The view of flows: one line, or one object, for each conversation. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "format/tool/cli.h"
#include "packet_json.h"
#include "replay/append.h"
#include "replay/flow_facts.h"
#include "replay/packet_text.h"
#include "time_text.h"
#include "views.h"

/* Writes milliseconds, or "-". */
static const char *milliseconds(char buf[32], bool known, uint64_t ns)
{
	snprintf(buf, 32, known ? "%.3f" : "-", (double)ns / 1e6);
	return buf;
}

/* Writes the segments that were sent again: by the client, and by the server. */
static const char *retransmissions(char buf[48], const struct flow_facts *f)
{
	snprintf(buf, 48, f->has_segments ? "%" PRIu64 "+%" PRIu64 : "-",
		 f->sent[FLOW_CLIENT].retransmissions, f->sent[FLOW_SERVER].retransmissions);
	return buf;
}

/* Prints "10.0.0.1:4000 -> 10.0.0.2:80 (10.0.0.1:4000 => 192.0.2.1:4000)". */
static void print_ends(const struct flow_facts *f)
{
	const struct packet_facts ends = { .first = &f->first, .last = &f->last };
	char client[FACT_WORDS], server[FACT_WORDS], nat[FACT_WORDS];

	endpoint_words(&f->first, true, client);
	endpoint_words(&f->first, false, server);
	printf("%s%s -> %s%s", cli_color_code(C_BOLD), client, server, cli_color_code(C_OFF));
	nat_words(&ends, nat);
	if (*nat)
		printf(" %s(%s)%s", cli_color_code(C_YELLOW), nat, cli_color_code(C_OFF));
}

/* Prints "3 delivered, 2 dropped, the first by ...": how many packets had each fate. */
static void print_fates(const struct trace *t, const struct flow_facts *f)
{
	const char *between = ": ";
	char words[LINE_LEN];
	struct packet p;
	int i, k;

	for (k = 1; k <= FATE_NR; k++) {
		i = k % FATE_NR; /* FATE_UNKNOWN comes last */
		if (!f->fates[i])
			continue;
		printf("%s%u %s%s%s", between, f->fates[i],
		       i == FATE_DROPPED ? cli_color_code(C_RED) : "", fate_names[i],
		       i == FATE_DROPPED ? cli_color_code(C_OFF) : "");
		between = ", ";
		if (i != FATE_DROPPED)
			continue;
		model_packet(t->m, f->dropped, &p);
		packet_drop_words(t, &p, words, sizeof(words));
		printf("%s%s", f->fates[i] > 1 ? ", the first" : "", words);
	}
}

static void print_flow(const struct trace *t, struct time_text *time, const struct flow_facts *f)
{
	const struct flow_sent *client = &f->sent[FLOW_CLIENT], *server = &f->sent[FLOW_SERVER];
	char proto[FACT_WORDS], again[48], rtt[32];

	printf("%6u %-5s %7" PRIu64 " %10" PRIu64 " %7" PRIu64 " %10" PRIu64 " %7s %*s %11.3f %9s ",
	       f->flow, proto_words(&f->first, proto), client->packets, client->bytes,
	       server->packets, server->bytes, retransmissions(again, f), time_text_width(),
	       time_text(time, f->first_ns), (double)(f->last_ns - f->first_ns) / 1e6,
	       milliseconds(rtt, f->rtt_ns, f->rtt_ns));
	print_ends(f);
	print_fates(t, f);
	putchar('\n');
}

int text_flows(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	const struct flow_facts *f;
	struct flow_list *list;
	struct time_text time;
	uint32_t at = 0;
	int ret = flow_list_new(&list, t, sel, d);

	if (ret < 0)
		return ret;
	time_text_begin(&time, t);
	printf("%s%6s %-5s %7s %10s %7s %10s %7s %*s %11s %9s %s%s\n", cli_color_code(C_BOLD),
	       "FLOW", "PROTO", "SENT", "BYTES", "BACK", "BYTES", "RETRANS", time_text_width(),
	       "TIME", "LASTED ms", "RTT ms", "CLIENT -> SERVER AND FATES", cli_color_code(C_OFF));
	while ((f = flow_list_next(list, &at)))
		print_flow(t, &time, f);
	flow_list_free(list);
	return 0;
}

/* Writes a time, and the same as time of day where the file has it. */
static void write_time(struct json_writer *w, struct time_text *time, const char *key,
		       const char *key_of_day, uint64_t ns)
{
	const char *text = time_rfc3339(time, ns);

	json_key_name(w, key);
	json_number(w, (int64_t)ns);
	json_key_name(w, key_of_day);
	json_text_or_null(w, text);
}

/* Writes what one end sent. */
static void write_sent(struct json_writer *w, const struct flow_facts *f, enum flow_end end)
{
	static const char *const keys[2][3] = {
		{ "client_packets", "client_bytes", "client_retransmissions" },
		{ "server_packets", "server_bytes", "server_retransmissions" },
	};
	const struct flow_sent *s = &f->sent[end];

	json_key_name(w, keys[end][0]);
	json_number(w, (int64_t)s->packets);
	json_key_name(w, keys[end][1]);
	json_number(w, (int64_t)s->bytes);
	json_key_name(w, keys[end][2]);
	json_number_or_null(w, f->has_segments, s->retransmissions);
}

/* Writes {"delivered":3,"dropped":2}. */
static void write_fates(struct json_writer *w, const struct flow_facts *f)
{
	const char *open = "{";
	int i;

	json_key(w, JSON_KEY("fates"));
	for (i = 0; i < FATE_NR; i++) {
		if (!f->fates[i])
			continue;
		json_raw(w, open, 1);
		json_text(w, fate_names[i]);
		json_raw(w, ":", 1);
		json_number(w, f->fates[i]);
		open = ",";
	}
	json_raw(w, "}", 1);
}

static void write_flow(struct json_writer *w, const struct trace *t, struct time_text *time,
		       const struct flow_facts *f)
{
	const struct packet_facts ends = { .first = &f->first, .last = &f->last };
	struct packet dropped;

	json_begin(w);
	json_key(w, JSON_KEY("flow"));
	json_number(w, f->flow);
	packet_json_endpoints(w, &f->first);
	packet_json_nat(w, &ends);
	write_sent(w, f, FLOW_CLIENT);
	write_sent(w, f, FLOW_SERVER);
	write_time(w, time, "first", "first_time", f->first_ns);
	write_time(w, time, "last", "last_time", f->last_ns);
	json_key(w, JSON_KEY("duration_ns"));
	json_number(w, (int64_t)(f->last_ns - f->first_ns));
	json_key(w, JSON_KEY("rtt_ns"));
	json_number_or_null(w, f->rtt_ns, f->rtt_ns);
	write_fates(w, f);
	if (f->dropped != MODEL_NONE)
		model_packet(t->m, f->dropped, &dropped);
	packet_json_drop(w, t->first, f->dropped != MODEL_NONE ? &dropped : NULL);
}

int json_flows(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct json_writer w = { 0 };
	const struct flow_facts *f;
	struct flow_list *list;
	struct time_text time;
	uint32_t at = 0;
	int ret = flow_list_new(&list, t, sel, d);

	if (ret < 0)
		return ret;
	time_text_begin(&time, t);
	while (ret == 0 && (f = flow_list_next(list, &at))) {
		write_flow(&w, t, &time, f);
		ret = json_print_line(&w, d);
	}
	json_writer_free(&w);
	flow_list_free(list);
	return ret;
}

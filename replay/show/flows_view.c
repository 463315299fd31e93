/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The view of flows: one line, or one object, for each conversation. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "format/tool/cli.h"
#include "flow_json.h"
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

/* A callback that prints a flow. It returns 0, or a negative enum pwrt_err that ends the view. */
typedef int (*flow_fn)(void *arg, struct time_text *time, const struct flow_facts *f);

/* Calls print with each flow. */
static int each_flow(struct trace *t, const struct selection *sel, flow_fn print, void *arg,
		     struct pwrt_diag *d)
{
	const struct flow_facts *f;
	struct flow_list *list;
	struct time_text time;
	uint32_t at = 0;
	int ret = flow_list_new(&list, t, sel, d);

	if (ret < 0)
		return ret;
	time_text_begin(&time, t);
	while (ret == 0 && (f = flow_list_next(list, &at)))
		ret = print(arg, &time, f);
	flow_list_free(list);
	return ret;
}

static int print_line(void *t, struct time_text *time, const struct flow_facts *f)
{
	print_flow(t, time, f);
	return 0;
}

int text_flows(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	printf("%s%6s %-5s %7s %10s %7s %10s %7s %*s %11s %9s %s%s\n", cli_color_code(C_BOLD),
	       "FLOW", "PROTO", "SENT", "BYTES", "BACK", "BYTES", "RETRANS", time_text_width(),
	       "TIME", "LASTED ms", "RTT ms", "CLIENT -> SERVER AND FATES", cli_color_code(C_OFF));
	return each_flow(t, sel, print_line, t, d);
}

struct flows_json {
	const struct trace *t;
	struct json_writer w;
	struct pwrt_diag *d;
};

static int print_object(void *arg, struct time_text *time, const struct flow_facts *f)
{
	struct flows_json *v = arg;

	flow_json_write(&v->w, v->t, time, f);
	return views_print_object(&v->w, v->d);
}

int json_flows(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct flows_json v = { .t = t, .d = d };
	int ret = each_flow(t, sel, print_object, &v, d);

	json_writer_free(&v.w);
	return ret;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Any bytes as a recording, in the lists and the statistics of pwru-show. Their numbers must add
 * up. For libFuzzer and for AFL++ (whose driver has the same entry).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu_limit.h"
#include "memory_file.h"
#include "replay/show/list.h"
#include "replay/show/views.h"
#include "replay/stats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECONDS_MAX 5 /* of processor time, with sanitizers, for one input */

static const struct pwrt_limits limits = { .mem_bytes = 64 << 20 };

static void check(bool good)
{
	if (!good)
		abort();
}

static void check_quantiles(const struct quantiles *q, uint64_t nr)
{
	const uint64_t at[] = { q->min, quantiles_get(q, 500), quantiles_get(q, 990), q->max };
	int i;

	check(q->nr <= nr);
	for (i = 0; i < 3; i++)
		check(at[i] <= at[i + 1]);
}

/* Checks that the parts of statistics are their whole. */
static void check_stats(const struct stats *s)
{
	uint64_t fates = 0, dropped = 0, began = 0, events = 0;
	const struct function_times *f;
	uint32_t i;

	for (i = 0; i < FATE_NR; i++)
		fates += s->fates[i];
	for (i = 0; i < s->drops.kinds.nr; i++)
		dropped += ((const struct drop_kind *)vec_at(&s->drops.kinds, i))->nr;
	for (i = 0; i < s->nr_bins; i++) {
		began += s->bins[i].packets;
		events += s->bins[i].events;
	}
	check(fates == s->packets && dropped == s->fates[FATE_DROPPED]);
	check(began <= s->packets && events == s->events);
	for (i = 0; i < s->times.functions.nr; i++) {
		f = vec_at(&s->times.functions, i);
		check(f->calls > 0);
		check_quantiles(&f->self, f->calls);
		check_quantiles(&f->total, f->calls);
		check(f->self.max <= f->total.max);
	}
	check_quantiles(&s->latency, s->packets);
}

/* Checks that flows count no packet twice. */
static void check_flows(const struct flow_list *l, const struct trace *t)
{
	const struct flow_facts *f;
	uint64_t packets = 0, fates = 0;
	uint32_t at = 0;
	int i;

	while ((f = flow_list_next(l, &at))) {
		for (i = 0; i < 2; i++) {
			packets += f->sent[i].packets;
			check(f->sent[i].retransmissions <= f->sent[i].packets);
		}
		for (i = 0; i < FATE_NR; i++)
			fates += f->fates[i];
		check(f->first_ns <= f->last_ns);
		check((f->dropped != MODEL_NONE) == (f->fates[FATE_DROPPED] > 0));
	}
	check(packets == fates && packets <= t->nr_packets);
}

static void gather(struct trace *t, const struct selection *sel)
{
	struct flow_list *flows;
	struct pwrt_diag d;
	struct stats s;

	if (flow_list_new(&flows, t, sel, &d) == 0) {
		check_flows(flows, t);
		flow_list_free(flows);
	}
	if (stats_gather(&s, t, sel, &d) == 0)
		check_stats(&s);
	stats_free(&s);
}

/* Prints lists with all columns in one format, sorted by one of them. */
static void print(struct trace *t, const struct selection *sel, enum sheet_format format,
		  const char *by)
{
	const struct column_table *const tables[] = { &packet_columns, &flow_columns };
	struct list_options o;
	struct pwrt_diag d;
	size_t i, k;

	for (i = 0; i < 2; i++) {
		o = (struct list_options){ .format = format };
		for (k = 0; k < tables[i]->nr; k++)
			check(!columns_add(&o.columns, tables[i], tables[i]->columns[k].name));
		check(columns_sort(&o.columns, tables[i], by));
		(i ? list_flows : list_packets)(t, sel, &o, &d);
	}
}

static void take(const char *path, const struct selection *sel)
{
	struct trace t = { .spool = -1 };
	struct pwrt_diag d;
	int ret = trace_open(&t, path, true, &limits, &d);

	t.wants_facts = true;
	if (ret == 0)
		ret = trace_scan(&t, sel, &d);
	if (ret == 0) {
		gather(&t, sel);
		print(&t, sel, SHEET_TABLE, "-drop_words");
		print(&t, sel, SHEET_CSV, "duration_ns");
		print(&t, sel, SHEET_TSV, "nat:desc");
		print(&t, sel, SHEET_JSON, "proto");
		text_flows(&t, sel, &d);
		json_flows(&t, sel, &d);
		text_stats(&t, sel, &d);
		json_stats(&t, sel, &d);
		text_timeline(&t, sel, &d);
		json_timeline(&t, sel, &d);
	}
	trace_close(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory_file file = memory_file(data, size);
	const struct selection all = { 0 }, some = { .since_ns = 1000, .until_ns = 1000000 };
	static FILE *out;

	if (!out)
		out = freopen("/dev/null", "w", stdout);
	check(out);
	cpu_limit(SECONDS_MAX);
	take(file.path, &all);
	take(file.path, &some);
	cpu_limit(0);
	memory_file_close(&file);
	return 0;
}

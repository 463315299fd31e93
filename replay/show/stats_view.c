/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The view of statistics. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "format/tool/cli.h"
#include "json_writer.h"
#include "replay/drop_ranks.h"
#include "replay/packet_facts.h"
#include "replay/stats.h"
#include "time_text.h"
#include "views.h"

#define TEXT_MAX 20   /* lines of a list in text */
#define JSON_MAX 1000 /* and elements in JSON */
#define RANKED_MAX 4  /* names of a ranking in text */

/* The quantiles that are shown. */
static const struct {
	const char *name, *key;
	unsigned int permille;
} shown[] = {
	{ "p50", ",\"p50\":", 500 },
	{ "p90", ",\"p90\":", 900 },
	{ "p99", ",\"p99\":", 990 },
	{ "max", ",\"max\":", 1000 },
};
#define NR_SHOWN (sizeof(shown) / sizeof(shown[0]))

/* Gathers the statistics and the rankings of drops. Both are to be freed, also after an error. */
static int gather(struct stats *s, struct drop_ranks *ranks, struct trace *t,
		  const struct selection *sel, struct pwrt_diag *d)
{
	int ret = stats_gather(s, t, sel, d);

	if (ret == 0 && !drop_ranks_make(ranks, &s->drops))
		ret = model_no_memory(t->first, "its drops", d);
	return ret;
}

/* ---- text ---- */

static void print_heading(const char *text)
{
	printf("\n%s%s%s\n", cli_color_code(C_BOLD), text, cli_color_code(C_OFF));
}

/* Prints how many lines of a list were left out. */
static void print_more(const struct vec *entries, uint32_t nr)
{
	if (entries->nr > nr)
		printf("%" PRIu32 " more: --json has up to %u\n", entries->nr - nr, JSON_MAX);
}

static void print_quantile_names(const char *prefix)
{
	char name[32];
	size_t i;

	for (i = 0; i < NR_SHOWN; i++) {
		snprintf(name, sizeof(name), "%s%s", prefix, shown[i].name);
		printf(" %10s", name);
	}
}

/* Prints quantiles of nanoseconds, in units of "unit" nanoseconds. */
static void print_quantiles(const struct quantiles *q, double unit)
{
	size_t i;

	for (i = 0; i < NR_SHOWN; i++) {
		if (q->nr)
			printf(" %10.3f", (double)quantiles_get(q, shown[i].permille) / unit);
		else
			printf(" %10s", "-");
	}
}

static double per_second(uint64_t n, uint64_t ns)
{
	return ns ? (double)n * 1e9 / (double)ns : 0;
}

static void print_totals(const struct trace *t, const struct stats *s)
{
	const uint64_t span = s->last_ns - s->first_ns;
	const char *between = "";
	int i, k;

	printf("packets  %" PRIu64 ", of which %" PRIu64 " are copies; %.1f a second\n", s->packets,
	       s->copies, per_second(s->packets, span));
	printf("events   %" PRIu64 "; %.1f a second\n", s->events, per_second(s->events, span));
	printf("time     %.6f s\n", (double)span / 1e9);
	printf("lost     %" PRIu64 " events of the file\n", t->lost);
	printf("fates    ");
	for (k = 1; k <= FATE_NR; k++) {
		i = k % FATE_NR; /* FATE_UNKNOWN comes last */
		if (!s->fates[i])
			continue;
		printf("%s%" PRIu64 " %s", between, s->fates[i], fate_names[i]);
		between = ", ";
	}
	puts(s->packets ? "" : "none");
}

static void print_drops(const struct stats *s)
{
	const struct drop_kinds *k = &s->drops;
	const struct drop_kind *drop;
	uint32_t top[TEXT_MAX], nr = stats_top(&k->kinds, stats_drop_nr, top, TEXT_MAX), i;

	if (!nr)
		return;
	print_heading(
		"  DROPS   SHARE REASON               FUNCTION                 NETNS        DROPPED BY");
	for (i = 0; i < nr; i++) {
		drop = vec_at(&k->kinds, top[i]);
		printf("%7" PRIu64 " %6.1f%% %-20s %-24s %-12s %s\n", drop->nr,
		       100.0 * (double)drop->nr / (double)s->fates[FATE_DROPPED],
		       cli_escape(drop_kinds_text(k, drop->reason)),
		       cli_escape(drop_kinds_text(k, drop->function)),
		       cli_escape(drop_kinds_text(k, drop->netns)),
		       cli_escape(drop_kinds_text(k, drop->words)));
	}
	print_more(&k->kinds, nr);
}

/* Prints "by netns     19 b, 4 r": the names that most drops have. */
static void print_ranking(const struct drop_ranks *r, enum drop_rank by)
{
	const uint32_t all = r->ids[by].nr;
	uint32_t top[RANKED_MAX], nr = drop_ranks_top(r, by, top, RANKED_MAX), i, packets;
	const char *name;

	if (!nr)
		return;
	printf("by %-9s", drop_rank_names[by]);
	for (i = 0; i < nr; i++) {
		name = drop_ranks_name(r, by, top[i], &packets);
		printf("%s %" PRIu32 " %s", i ? ";" : "", packets, cli_escape(name));
	}
	if (all > nr)
		printf("; %" PRIu32 " more", all - nr);
	putchar('\n');
}

/* Prints the rankings of drops. A single line of the list has them all. */
static void print_rankings(const struct stats *s, const struct drop_ranks *r)
{
	enum drop_rank by;

	if (s->drops.kinds.nr < 2)
		return;
	putchar('\n');
	for (by = 0; by < RANK_NR; by++)
		print_ranking(r, by);
}

static void print_hops(const struct trace *t, const struct stats *s)
{
	const struct stats_hop *hop;
	uint32_t top[TEXT_MAX], nr = stats_top(&s->hops, stats_hop_nr, top, TEXT_MAX), i;

	if (!nr)
		return;
	printf("\n%s%-12s %-10s %8s", cli_color_code(C_BOLD), "NETNS", "ROLE", "HOPS");
	print_quantile_names("");
	printf("  (ms)%s\n", cli_color_code(C_OFF));
	for (i = 0; i < nr; i++) {
		hop = vec_at(&s->hops, top[i]);
		printf("%-12s %-10s %8" PRIu64,
		       cli_escape(hop->netns ? netns_text(t->first, hop->netns, NAME_BUF) : "-"),
		       hop_role_names[hop->role], hop->spent.nr);
		print_quantiles(&hop->spent, 1e6);
		putchar('\n');
	}
	print_more(&s->hops, nr);
	printf("%-12s %-10s %8" PRIu64, "end to end", "", s->latency.nr);
	print_quantiles(&s->latency, 1e6);
	putchar('\n');
}

static void print_queues(const struct stats *s)
{
	const struct stats_queue *q;
	uint32_t top[TEXT_MAX], nr = stats_top(&s->queues, stats_queue_nr, top, TEXT_MAX), i;

	if (!nr)
		return;
	printf("\n%s%-23s %8s", cli_color_code(C_BOLD), "WAITED IN", "TIMES");
	print_quantile_names("");
	printf("  (ms)%s\n", cli_color_code(C_OFF));
	for (i = 0; i < nr; i++) {
		q = vec_at(&s->queues, top[i]);
		printf("%-23s %8" PRIu64, q->queue->words, q->waited.nr);
		print_quantiles(&q->waited, 1e6);
		putchar('\n');
	}
	print_more(&s->queues, nr);
}

static void print_functions(const struct trace *t, const struct stats *s)
{
	const struct function_times *f;
	uint32_t top[TEXT_MAX], i;
	uint32_t nr = stats_top(&s->times.functions, stats_function_self, top, TEXT_MAX);

	if (!nr)
		return;
	printf("\n%s%8s %10s", cli_color_code(C_BOLD), "CALLS", "SELF ms");
	print_quantile_names("self ");
	print_quantile_names("");
	printf("  (us)  FUNCTION%s\n", cli_color_code(C_OFF));
	for (i = 0; i < nr; i++) {
		f = vec_at(&s->times.functions, top[i]);
		printf("%8" PRIu64 " %10.3f", f->calls, (double)f->self_ns / 1e6);
		print_quantiles(&f->self, 1e3);
		print_quantiles(&f->total, 1e3);
		printf("        %s\n", cli_escape(pwrt_reader_func(t->first, f->func)->name));
	}
	print_more(&s->times.functions, nr);
}

static void print_talkers(const struct stats *s)
{
	const struct stats_talker *talker;
	uint32_t top[TEXT_MAX], nr = stats_top(&s->talkers, stats_talker_bytes, top, TEXT_MAX), i;
	char addr[64];

	if (!nr)
		return;
	print_heading("PACKETS        BYTES SOURCE");
	for (i = 0; i < nr; i++) {
		talker = vec_at(&s->talkers, top[i]);
		headers_addr(addr, sizeof(addr), talker->addr, talker->addr_len);
		printf("%7" PRIu64 " %12" PRIu64 " %s\n", talker->packets, talker->bytes, addr);
	}
	print_more(&s->talkers, nr);
}

static uint64_t talker_packets(const void *talker)
{
	return ((const struct stats_talker *)talker)->packets;
}

/* Prints the addresses that sent most packets, where these are not in that order in the list. */
static void print_talkers_by_packets(const struct stats *s)
{
	uint32_t by_bytes[RANKED_MAX], top[RANKED_MAX], i;
	const uint32_t nr = stats_top(&s->talkers, talker_packets, top, RANKED_MAX);
	const struct stats_talker *talker;
	char addr[64];

	stats_top(&s->talkers, stats_talker_bytes, by_bytes, RANKED_MAX);
	if (!memcmp(top, by_bytes, nr * sizeof(*top)))
		return;
	printf("by packets  ");
	for (i = 0; i < nr; i++) {
		talker = vec_at(&s->talkers, top[i]);
		headers_addr(addr, sizeof(addr), talker->addr, talker->addr_len);
		printf("%s %" PRIu64 " %s", i ? ";" : "", talker->packets, addr);
	}
	if (s->talkers.nr > nr)
		printf("; %" PRIu32 " more", s->talkers.nr - nr);
	putchar('\n');
}

/* Prints a bar of at most 40 characters. */
static void print_bar(uint64_t n, uint64_t most)
{
	uint64_t i, len = most ? (uint64_t)((unsigned __int128)n * 40 / most) : 0;

	if (len)
		putchar(' ');
	for (i = 0; i < len; i++)
		putchar('#');
	putchar('\n');
}

static void print_timeline(const struct trace *t, const struct stats *s)
{
	struct time_text time;
	uint64_t most = 0;
	uint32_t i;

	if (!s->nr_bins)
		return;
	for (i = 0; i < s->nr_bins; i++)
		most = s->bins[i].events > most ? s->bins[i].events : most;
	time_text_begin(&time, t);
	printf("\n%s%*s %8s %8s %8s %9s  (%g ms a line)%s\n", cli_color_code(C_BOLD),
	       time_text_width(), "FROM", "PACKETS", "DROPPED", "LOST", "EVENTS",
	       (double)s->bin_ns / 1e6, cli_color_code(C_OFF));
	for (i = 0; i < s->nr_bins; i++) {
		printf("%*s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %9" PRIu64, time_text_width(),
		       time_text(&time, s->first_ns + i * s->bin_ns), s->bins[i].packets,
		       s->bins[i].dropped, s->bins[i].lost, s->bins[i].events);
		print_bar(s->bins[i].events, most);
	}
}

int text_stats(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct drop_ranks ranks = { 0 };
	struct stats s;
	int ret = gather(&s, &ranks, t, sel, d);

	if (ret == 0) {
		print_totals(t, &s);
		print_drops(&s);
		print_rankings(&s, &ranks);
		print_hops(t, &s);
		print_queues(&s);
		print_functions(t, &s);
		print_talkers(&s);
		print_talkers_by_packets(&s);
		print_timeline(t, &s);
	}
	drop_ranks_free(&ranks);
	stats_free(&s);
	return ret;
}

/* ---- JSON ---- */

/* The arguments of json_raw() for a literal. */
#define RAW(text) text, sizeof(text) - 1

static void write_number(struct json_writer *w, const char *key, size_t len, uint64_t n)
{
	json_raw(w, key, len);
	json_number(w, (int64_t)n);
}

/* Writes {"count":3,"min":1,"p50":2,...}. */
static void write_quantiles(struct json_writer *w, const struct quantiles *q)
{
	size_t i;

	write_number(w, RAW("{\"count\":"), q->nr);
	json_raw(w, RAW(",\"min\":"));
	json_number_or_null(w, q->nr, q->min);
	for (i = 0; i < NR_SHOWN; i++) {
		json_raw(w, shown[i].key, strlen(shown[i].key));
		json_number_or_null(w, q->nr, quantiles_get(q, shown[i].permille));
	}
	json_raw(w, RAW("}"));
}

/* Writes a time, and the same as time of day where the file has it. */
static void write_time(struct json_writer *w, struct time_text *time, const char *key,
		       const char *key_of_day, bool known, uint64_t ns)
{
	json_key_name(w, key);
	json_number_or_null(w, known, ns);
	json_key_name(w, key_of_day);
	json_text_or_null(w, known ? time_rfc3339(time, ns) : NULL);
}

static void write_totals(struct json_writer *w, const struct trace *t, const struct stats *s)
{
	const char *open = "{";
	struct time_text time;
	int i;

	time_text_begin(&time, t);
	write_number(w, JSON_KEY("packets"), s->packets);
	write_number(w, JSON_KEY("copies"), s->copies);
	write_number(w, JSON_KEY("events"), s->events);
	write_number(w, JSON_KEY("lost"), t->lost);
	write_time(w, &time, "first", "first_time", s->packets, s->first_ns);
	write_time(w, &time, "last", "last_time", s->packets, s->last_ns);
	write_number(w, JSON_KEY("duration_ns"), s->last_ns - s->first_ns);
	json_key(w, JSON_KEY("fates"));
	for (i = 0; i < FATE_NR; i++) {
		if (!s->fates[i])
			continue;
		json_raw(w, open, 1);
		json_text(w, fate_names[i]);
		write_number(w, RAW(":"), s->fates[i]);
		open = ",";
	}
	json_raw(w, *open == ',' ? "}" : "{}", *open == ',' ? 1 : 2);
}

/* The source of the entries of a list. */
struct lists {
	const struct trace *t;
	const struct stats *s;
};

static void write_drop(struct json_writer *w, const struct lists *of, const void *entry)
{
	const struct drop_kinds *k = &of->s->drops;
	const struct drop_kind *drop = entry;
	const char *words = drop_kinds_text(k, drop->words);

	write_number(w, RAW("{\"count\":"), drop->nr);
	json_raw(w, RAW(",\"drop_reason\":"));
	json_text(w, drop_kinds_text(k, drop->reason));
	json_raw(w, RAW(",\"drop_function\":"));
	json_text(w, drop_kinds_text(k, drop->function));
	json_raw(w, RAW(",\"drop_netns\":"));
	json_text(w, drop_kinds_text(k, drop->netns));
	json_raw(w, RAW(",\"drop_words\":"));
	json_text_or_null(w, *words ? words : NULL);
	write_number(w, RAW(",\"packet\":"), drop->packet);
	json_raw(w, RAW("}"));
}

static void write_hop(struct json_writer *w, const struct lists *of, const void *entry)
{
	const struct stats_hop *hop = entry;

	json_raw(w, RAW("{\"netns\":"));
	json_text(w, hop->netns ? netns_text(of->t->first, hop->netns, NAME_BUF) : "");
	json_raw(w, RAW(",\"role\":"));
	json_text(w, hop_role_names[hop->role]);
	json_raw(w, RAW(",\"spent_ns\":"));
	write_quantiles(w, &hop->spent);
	json_raw(w, RAW("}"));
}

static void write_queue(struct json_writer *w, const struct lists *of, const void *entry)
{
	const struct stats_queue *q = entry;

	(void)of;
	json_raw(w, RAW("{\"queue\":"));
	json_text(w, q->queue->words);
	json_raw(w, RAW(",\"waited_ns\":"));
	write_quantiles(w, &q->waited);
	json_raw(w, RAW("}"));
}

static void write_function(struct json_writer *w, const struct lists *of, const void *entry)
{
	const struct function_times *f = entry;
	const struct pwrt_func *func = pwrt_reader_func(of->t->first, f->func);

	json_raw(w, RAW("{\"func\":"));
	json_text(w, func->name);
	if (*func->module) {
		json_raw(w, RAW(",\"module\":"));
		json_text(w, func->module);
	}
	write_number(w, RAW(",\"calls\":"), f->calls);
	write_number(w, RAW(",\"self_sum_ns\":"), f->self_ns);
	json_raw(w, RAW(",\"self_ns\":"));
	write_quantiles(w, &f->self);
	json_raw(w, RAW(",\"total_ns\":"));
	write_quantiles(w, &f->total);
	json_raw(w, RAW("}"));
}

static void write_talker(struct json_writer *w, const struct lists *of, const void *entry)
{
	const struct stats_talker *talker = entry;
	char addr[64];

	(void)of;
	headers_addr(addr, sizeof(addr), talker->addr, talker->addr_len);
	json_raw(w, RAW("{\"src\":"));
	json_text(w, addr);
	write_number(w, RAW(",\"packets\":"), talker->packets);
	write_number(w, RAW(",\"bytes\":"), talker->bytes);
	json_raw(w, RAW("}"));
}

/* Writes the first entries of a list. */
static void write_list(struct json_writer *w, const struct lists *of, const char *key,
		       const struct vec *entries, stats_measure measure,
		       void (*write)(struct json_writer *, const struct lists *, const void *))
{
	static uint32_t top[JSON_MAX];
	const uint32_t nr = stats_top(entries, measure, top, JSON_MAX);
	uint32_t i;

	json_key_name(w, key);
	json_raw(w, RAW("["));
	for (i = 0; i < nr; i++) {
		json_raw(w, ",", i ? 1 : 0);
		write(w, of, vec_at(entries, top[i]));
	}
	json_raw(w, RAW("]"));
}

/* Writes "drops_by": {"reason": [{"name": "NO_SOCKET", "count": 3}], ...}. */
static void write_rankings(struct json_writer *w, const struct drop_ranks *r)
{
	static uint32_t top[JSON_MAX];
	uint32_t i, nr, packets;
	enum drop_rank by;

	json_key(w, JSON_KEY("drops_by"));
	for (by = 0; by < RANK_NR; by++) {
		nr = drop_ranks_top(r, by, top, JSON_MAX);
		json_raw(w, by ? "," : "{", 1);
		json_text(w, drop_rank_names[by]);
		json_raw(w, RAW(":["));
		for (i = 0; i < nr; i++) {
			json_raw(w, ",", i ? 1 : 0);
			json_raw(w, RAW("{\"name\":"));
			json_text(w, drop_ranks_name(r, by, top[i], &packets));
			write_number(w, RAW(",\"count\":"), packets);
			json_raw(w, RAW("}"));
		}
		json_raw(w, RAW("]"));
	}
	json_raw(w, RAW("}"));
}

static void write_timeline(struct json_writer *w, const struct stats *s)
{
	uint32_t i;

	write_number(w, JSON_KEY("bin_ns"), s->bin_ns);
	json_key(w, JSON_KEY("timeline"));
	json_raw(w, RAW("["));
	for (i = 0; i < s->nr_bins; i++) {
		json_raw(w, ",", i ? 1 : 0);
		write_number(w, RAW("{\"from\":"), s->first_ns + i * s->bin_ns);
		write_number(w, RAW(",\"packets\":"), s->bins[i].packets);
		write_number(w, RAW(",\"dropped\":"), s->bins[i].dropped);
		write_number(w, RAW(",\"lost\":"), s->bins[i].lost);
		write_number(w, RAW(",\"events\":"), s->bins[i].events);
		json_raw(w, RAW("}"));
	}
	json_raw(w, RAW("]"));
}

int json_stats(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct json_writer w = { 0 };
	struct drop_ranks ranks = { 0 };
	struct stats s;
	const struct lists of = { t, &s };
	int ret = gather(&s, &ranks, t, sel, d);

	if (ret == 0) {
		json_begin(&w);
		write_totals(&w, t, &s);
		write_list(&w, &of, "drops", &s.drops.kinds, stats_drop_nr, write_drop);
		write_rankings(&w, &ranks);
		json_key(&w, JSON_KEY("latency_ns"));
		write_quantiles(&w, &s.latency);
		write_list(&w, &of, "hops", &s.hops, stats_hop_nr, write_hop);
		write_list(&w, &of, "queues", &s.queues, stats_queue_nr, write_queue);
		write_list(&w, &of, "functions", &s.times.functions, stats_function_self,
			   write_function);
		write_list(&w, &of, "talkers", &s.talkers, stats_talker_bytes, write_talker);
		write_timeline(&w, &s);
		ret = json_print_line(&w, d);
	}
	json_writer_free(&w);
	drop_ranks_free(&ranks);
	stats_free(&s);
	return ret;
}

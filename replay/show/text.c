/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The views of packets and of facts about the file, as text. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "format/tool/cli.h"
#include "replay/packet_text.h"
#include "time_text.h"
#include "inputs.h"
#include "views.h"
#include "replay/stream.h"

struct packets_view {
	const struct trace *t;
	struct time_text time;
};

static int print_packet(void *arg, const struct packet *p, const struct hops *h)
{
	struct packets_view *v = arg;
	char parent[24] = "-";

	(void)h;
	if (p->parent)
		snprintf(parent, sizeof(parent), "%" PRIu64, p->parent);
	printf("%6" PRIu64 " %5u %6s %*s %11.3f %6u %s\n", p->id, p->flow, parent,
	       time_text_width(), time_text(&v->time, p->first_ns),
	       (double)(p->last_ns - p->first_ns) / 1e6, p->events, packet_line(v->t, p, LINE_BUF));
	return 0;
}

int text_packets(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct packets_view v = { .t = t };

	time_text_begin(&v.time, t);
	printf("%s%6s %5s %6s %*s %11s %6s %s%s\n", cli_color_code(C_BOLD), "PACKET", "FLOW",
	       "PARENT", time_text_width(), "TIME", "LASTED ms", "EVENTS", "WHAT AND FATE",
	       cli_color_code(C_OFF));
	return stream_packets(t, sel, print_packet, NULL, &v, d);
}

static void print_row(const char *key, const char *value)
{
	printf("%-22s ", cli_escape(key));
	cli_print_escaped(value);
	putchar('\n');
}

static void print_number(const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	print_row(key, text);
}

static void print_functions(const struct pwrt_reader *r)
{
	static const char *const words[] = { "attached", "filtered out", "not attached" };
	uint64_t nr[3] = { 0 };
	const struct pwrt_func *f;
	char key[40];
	uint32_t i;

	for (i = 0; (f = pwrt_reader_func(r, i)); i++)
		nr[f->status < 3 ? f->status : 2]++;
	for (i = 0; i < 3; i++) {
		snprintf(key, sizeof(key), "functions %s", words[i]);
		print_number(key, nr[i]);
	}
}

/* Prints the size of each kind of block. */
static void print_sections(const struct pwrt_reader *r, uint64_t events)
{
	const struct pwrt_block_stats *s;
	char key[32], text[96];
	uint32_t i;

	for (i = 0; (s = pwrt_reader_block_stats(r, i)); i++) {
		if (!s->blocks)
			continue;
		snprintf(key, sizeof(key), "  %s", s->name);
		snprintf(text, sizeof(text),
			 "%" PRIu64 " bytes (%.1f %%), %" PRIu64 " blocks, %" PRIu64 " items",
			 s->bytes, 100.0 * (double)s->bytes / (double)pwrt_reader_bytes(r),
			 s->blocks, s->items);
		print_row(key, text);
		if (!strcmp(s->name, "events") && events) {
			snprintf(text, sizeof(text), "%.2f", (double)s->bytes / (double)events);
			print_row("  bytes per event", text);
		}
	}
}

/* Prints the file, or one line for each of several. */
static void print_files(const struct trace *t)
{
	const struct pwrt_set_result *result;
	const struct listed_file *f;
	char text[256], words[CLOCK_WORDS];
	uint32_t i;

	if (!t->files) {
		print_row("file", t->path);
		return;
	}
	for (i = 0; (f = file_list_at(t->files, i)); i++) {
		result = pwrt_set_result(file_list_set(t->files), i);
		if (f->missing)
			print_number("missing parts", f->missing);
		print_row("file", f->path);
		snprintf(text, sizeof(text),
			 "%" PRIu64 " events, %" PRIu64 " lost, %" PRIu64 " bytes%s%s",
			 result->events, result->lost, result->bytes,
			 result->integrity.complete ? "" : ": ", result->integrity.what);
		print_row("  has", text);
	}
	for (i = 1; file_list_host(t->files, i); i++)
		print_row("clock", inputs_clock_words(t->files, i, words));
}

int text_info(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	const struct pwrt_reader *r = t->first;
	const struct pwrt_clock *clock = pwrt_reader_clock(r, 0);
	const struct pwrt_integrity *h = &t->integrity;
	const struct pwrt_info *info;
	const struct pwrt_lost *lost;
	char text[128];
	uint32_t i;

	(void)sel;
	(void)d;
	print_files(t);
	for (i = 0; (info = pwrt_reader_info(r, i)); i++)
		print_row(info->key, info->value);
	if (clock) {
		time_t when = (time_t)(clock->real_ns / 1000000000u);
		struct tm tm;

		if (gmtime_r(&when, &tm) &&
		    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm))
			print_row("started", text);
	}
	print_number("events", t->nr_events);
	print_number("packets", t->nr_packets);
	print_functions(r);
	print_number("lost", t->lost);
	for (i = 0; (lost = pwrt_reader_lost(r, i)); i++) {
		if (lost->reason == PWRT_LOST_DETACHED) {
			snprintf(text, sizeof(text), "at %.3f s, for some time",
				 (double)(int64_t)(lost->from_ns - t->start_ns) / 1e9);
			print_row("functions detached", text);
			continue;
		}
		snprintf(text, sizeof(text), "%" PRIu64 " on CPU %u from %.3f to %.3f s: %s",
			 lost->count, lost->cpu,
			 (double)(int64_t)(lost->from_ns - t->start_ns) / 1e9,
			 (double)(int64_t)(lost->to_ns - t->start_ns) / 1e9,
			 pwrt_lost_text(lost->reason));
		print_row("  lost", text);
	}
	print_number("bytes", pwrt_reader_bytes(r));
	print_sections(r, t->nr_events);
	print_row("complete", h->complete ? "yes" : h->what);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The views as text, for people. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "format/tool/cli.h"
#include "replay/packet_text.h"
#include "time_text.h"
#include "views.h"
#include "replay/paths.h"

static bool show_all;

void views_init(bool all)
{
	show_all = all;
}

bool views_show_all(void)
{
	return show_all;
}

static void print_reason(const struct step *s)
{
	const char *name;

	if (s->ev.reason == PWRT_NONE)
		return;
	name = reason_text(s->r, s->ev.reason, NAME_BUF);
	printf(" %s(%s)%s", cli_color_code(C_RED), cli_escape(name), cli_color_code(C_OFF));
}

/* Prints the decision of a function, with the name of the error where it returned one. */
static void print_values(const struct step *s)
{
	const char *name, *error;
	struct value v;
	size_t at = 0;

	while (step_value(s, &at, &name, &v)) {
		printf(" %s%s=%s", cli_color_code(C_CYAN), cli_escape(name), cli_escape(v.text));
		error = v.number && (int64_t)v.num < 0 && !strcmp(name, "ret") ?
				strerrorname_np(-(int)v.num) :
				NULL;
		printf("%s%s%s%s", error ? "(" : "", error ? error : "", error ? ")" : "",
		       cli_color_code(C_OFF));
	}
}

/* Prints a function; that of a module as the kernel prints it in traces: "function [module]". */
static void print_func(const struct step *s)
{
	const struct pwrt_func *f = pwrt_reader_func(s->r, s->ev.func);

	printf("%s%s", step_is_return(s) ? "return " : "", cli_escape(step_func(s, NAME_BUF)));
	if (f && *f->module)
		printf(" %s[%s]%s", cli_color_code(C_DIM), cli_escape(f->module),
		       cli_color_code(C_OFF));
	print_reason(s);
	print_values(s);
}

struct event_view {
	struct time_text time;
	bool header;
};

static int print_event(void *arg, const struct step *s, uint32_t packet)
{
	struct event_view *v = arg;
	const struct pwrt_task *task = pwrt_reader_task(s->r, s->ev.task);
	char what[128], process[32];
	const char *frame;
	uint32_t i;

	(void)packet;
	if (!v->header)
		printf("%s%*s %3s %-20s %6s %-12s %-12s %5s %-48s %s%s\n", cli_color_code(C_BOLD),
		       time_text_width(), "TIME", "CPU", "PROCESS", "PACKET", "NETNS", "IFACE",
		       "LEN", "TUPLE", "FUNC", cli_color_code(C_OFF));
	v->header = true;
	headers_text(s->h, what, sizeof(what));
	snprintf(process, sizeof(process), "%.15s:%u", task ? task->comm : "?",
		 task ? task->pid : 0);
	printf("%*s %3u %-20s %6" PRIu64 " %-12s %-12s %5u %-48s ", time_text_width(),
	       time_text(&v->time, s->ev.ts_ns), s->ev.cpu, cli_escape(process), s->ev.packet,
	       cli_escape(step_netns(s, NAME_BUF)), cli_escape(step_ifname(s)), s->ev.len, what);
	print_func(s);
	putchar('\n');
	for (i = 0; (frame = step_frame(s, i, NAME_BUF)); i++)
		printf("%12s %s%s%s\n", "", cli_color_code(C_DIM), cli_escape(frame),
		       cli_color_code(C_OFF));
	return 0;
}

int text_events(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct event_view v = { .header = false };

	time_text_begin(&v.time, t);
	t->flowless = true;
	return trace_each(t, sel, print_event, &v, d);
}

static void packet_head(const struct trace *t, const struct packet *p)
{
	printf("packet %" PRIu64 ", flow %u: %s", p->id, p->flow, packet_line(t, p, LINE_BUF));
	if (p->parent)
		printf(", copy of %" PRIu64, p->parent);
	printf(", %u events in %.3f ms\n", p->events, (double)(p->last_ns - p->first_ns) / 1e6);
}

/* Prints the fields that differ from the last event that had them. */
static void print_changes(const struct step *s, struct value *last, bool *seen)
{
	struct value v;
	size_t i;

	for (i = 0; i < nr_fields; i++) {
		if (!fields[i].show_changes || !field_get(&fields[i], s, &v))
			continue;
		if (seen[i] && strcmp(v.text, last[i].text))
			printf("  %s%s %s -> %s%s", cli_color_code(C_YELLOW), fields[i].name,
			       last[i].text, v.text, cli_color_code(C_OFF));
		last[i] = v;
		seen[i] = true;
	}
}

struct tree_view {
	struct trace *t;
	struct time_text time;
	struct value *last; /* of each field, in the path at hand */
	bool *seen;
	bool more; /* a path was printed before this one */
};

static void print_step(struct tree_view *v, const struct step *s, char was[64])
{
	char place[64];

	snprintf(place, sizeof(place), "%.24s %.15s", step_netns(s, NAME_BUF), step_ifname(s));
	printf("%*s %2u  %-24s %*s", time_text_width() - 1, time_text(&v->time, s->ev.ts_ns),
	       s->ev.cpu, strcmp(place, was) ? cli_escape(place) : "", (int)(2 * s->depth), "");
	memcpy(was, place, sizeof(place));
	print_func(s);
	print_changes(s, v->last, v->seen);
	putchar('\n');
}

static int print_path(void *arg, struct path *path)
{
	struct tree_view *v = arg;
	char was[64] = "";
	size_t i;

	if (v->more)
		putchar('\n');
	v->more = true;
	memset(v->seen, 0, nr_fields * sizeof(*v->seen));
	packet_head(v->t, path->packet);
	for (i = 0; i < path->nr; i++)
		print_step(v, &path->steps[i], was);
	return 0;
}

int text_tree(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct tree_view v = { .t = t,
			       .last = calloc(nr_fields, sizeof(*v.last)),
			       .seen = calloc(nr_fields, sizeof(*v.seen)) };
	int ret;

	time_text_begin(&v.time, t);
	if (v.last && v.seen)
		ret = paths_each(t, sel, print_path, &v, d);
	else
		ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	free(v.last);
	free(v.seen);
	return ret;
}

int text_packets(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct time_text time;
	struct packet p;
	uint32_t at = 0;

	(void)d;
	time_text_begin(&time, t);
	printf("%s%6s %5s %6s %*s %11s %6s %s%s\n", cli_color_code(C_BOLD), "PACKET", "FLOW",
	       "PARENT", time_text_width(), "TIME", "LASTED ms", "EVENTS", "WHAT AND FATE",
	       cli_color_code(C_OFF));
	while (trace_packet(t, sel, &at, &p)) {
		char parent[24] = "-";

		if (p.parent)
			snprintf(parent, sizeof(parent), "%" PRIu64, p.parent);
		printf("%6" PRIu64 " %5u %6s %*s %11.3f %6u %s\n", p.id, p.flow, parent,
		       time_text_width(), time_text(&time, p.first_ns),
		       (double)(p.last_ns - p.first_ns) / 1e6, p.events,
		       packet_line(t, &p, LINE_BUF));
	}
	return 0;
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
	print_row("file", t->path);
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

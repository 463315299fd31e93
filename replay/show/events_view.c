/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The view of events: one line for each, in order of time. */
#include <stdio.h>
#include <string.h>

#include "replay/headers.h"
#include "step_line.h"
#include "time_text.h"
#include "views.h"

#define TUPLES 64 /* packets whose last headers are kept as text */

/* The headers of the last event of a packet, and their text. */
struct tuple {
	uint64_t packet; /* 0: none */
	uint8_t l3_off;
	uint16_t len;
	uint8_t bytes[256];
	char text[128];
};

struct events_view {
	struct time_text time;
	struct line line;
	bool header;
	struct tuple tuples[TUPLES]; /* by packet, modulo their number */
};

/* Returns the headers of an event as text. Most have those of the packet's event before. */
static const char *tuple_text(struct events_view *v, const struct step *s)
{
	const struct pwrt_event *ev = &s->ev;
	struct tuple *t = &v->tuples[ev->packet % TUPLES];

	if (t->packet == ev->packet && t->len == ev->hdr_len && t->l3_off == ev->l3_off &&
	    !memcmp(t->bytes, ev->hdr, ev->hdr_len))
		return t->text;
	headers_text(s->h, t->text, sizeof(t->text));
	t->packet = ev->hdr_len <= sizeof(t->bytes) ? ev->packet : 0;
	if (!t->packet)
		return t->text;
	t->len = ev->hdr_len;
	t->l3_off = ev->l3_off;
	if (ev->hdr_len)
		memcpy(t->bytes, ev->hdr, ev->hdr_len);
	return t->text;
}

/* Appends "ping:288", with at most 15 bytes of the name. */
static void put_process(struct line *l, const struct step *s)
{
	const struct pwrt_task *task = pwrt_reader_task(s->r, s->ev.task);
	const size_t start = l->len;
	char comm[16];

	snprintf(comm, sizeof(comm), "%s", task ? task->comm : "?");
	line_text(l, comm);
	line_put(l, ":");
	line_number(l, task ? task->pid : 0, 0);
	if (l->len >= start && l->len - start < 20)
		line_spaces(l, 20 - (l->len - start));
	line_put(l, " ");
}

static void print_header(void)
{
	printf("%s%*s %3s %-20s %6s %-12s %-12s %5s %-48s %s%s\n", cli_color_code(C_BOLD),
	       time_text_width(), "TIME", "CPU", "PROCESS", "PACKET", "NETNS", "IFACE", "LEN",
	       "TUPLE", "FUNC", cli_color_code(C_OFF));
}

static void print_stack(struct line *l, const struct step *s)
{
	const char *frame;
	uint32_t i;

	for (i = 0; (frame = step_frame(s, i, NAME_BUF)); i++) {
		line_spaces(l, 13);
		line_color(l, C_DIM);
		line_text(l, frame);
		line_color(l, C_OFF);
		line_end(l);
	}
}

static int print_event(void *arg, const struct step *s, uint32_t packet)
{
	struct events_view *v = arg;
	struct line *l = &v->line;

	(void)packet;
	if (!v->header)
		print_header();
	v->header = true;
	line_right(l, time_text(&v->time, s->ev.ts_ns), (size_t)time_text_width());
	line_put(l, " ");
	line_number(l, s->ev.cpu, 3);
	line_put(l, " ");
	put_process(l, s);
	line_number(l, s->ev.packet, 6);
	line_put(l, " ");
	line_column(l, step_netns(s, NAME_BUF), 12);
	line_put(l, " ");
	line_column(l, step_ifname(s), 12);
	line_put(l, " ");
	line_number(l, s->ev.len, 5);
	line_put(l, " ");
	line_column(l, tuple_text(v, s), 48);
	line_put(l, " ");
	step_line_func(l, s);
	step_line_values(l, s, false);
	line_end(l);
	print_stack(l, s);
	return 0;
}

int text_events(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	static struct events_view v; /* large */

	v = (struct events_view){ .header = false };
	time_text_begin(&v.time, t);
	t->flowless = t->plain = true;
	return trace_each(t, sel, print_event, &v, d);
}

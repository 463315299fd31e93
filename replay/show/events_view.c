/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The view of events: one line for each, in order of time. */
#include <stdio.h>
#include <string.h>

#include "replay/headers.h"
#include "step_line.h"
#include "time_text.h"
#include "views.h"

/* A piece of a line that most events have from the one before. */
struct piece {
	uint32_t id;
	size_t len; /* 0: none */
	char text[128];
};

#define TUPLES 64 /* packets whose last headers are kept as text */

/* The headers of the last event of a packet, and their column. */
struct tuple {
	uint64_t packet; /* 0: none */
	uint8_t l3_off;
	uint16_t len;
	uint8_t bytes[256];
	struct piece column;
};

struct events_view {
	struct time_text time;
	struct line line;
	bool header;
	struct piece process, place; /* of the last task and of the last device */
	struct tuple tuples[TUPLES]; /* by packet, modulo their number */
};

/* Keeps what was appended since the line had this length. */
static void keep(struct piece *to, uint32_t id, const struct line *l, size_t from)
{
	to->len = l->len >= from && l->len - from <= sizeof(to->text) ? l->len - from : 0;
	memcpy(to->text, l->text + from, to->len);
	to->id = id;
}

/* Appends a piece if it is that of this id. Returns false where it has to be made. */
static bool put_kept(struct line *l, const struct piece *p, uint32_t id)
{
	if (!p->len || p->id != id)
		return false;
	line_bytes(l, p->text, p->len);
	return true;
}

/* Appends the headers of an event. Most have those of the packet's event before. */
static void put_tuple(struct events_view *v, const struct step *s)
{
	const struct pwrt_event *ev = &s->ev;
	struct tuple *t = &v->tuples[ev->packet % TUPLES];
	struct line *l = &v->line;
	const size_t from = l->len;
	char text[128];

	if (t->packet == ev->packet && t->len == ev->hdr_len && t->l3_off == ev->l3_off &&
	    (!ev->hdr_len || !memcmp(t->bytes, ev->hdr, ev->hdr_len)) && put_kept(l, &t->column, 0))
		return;
	headers_text(s->h, text, sizeof(text));
	line_column(l, text, 48);
	line_put(l, " ");
	t->packet = ev->hdr_len <= sizeof(t->bytes) ? ev->packet : 0;
	if (!t->packet)
		return;
	keep(&t->column, 0, l, from);
	t->len = ev->hdr_len;
	t->l3_off = ev->l3_off;
	if (ev->hdr_len)
		memcpy(t->bytes, ev->hdr, ev->hdr_len);
}

/* Appends "ping:288", with at most 15 bytes of the name. */
static void put_process(struct events_view *v, const struct step *s)
{
	const struct pwrt_task *task = pwrt_reader_task(s->r, s->ev.task);
	struct line *l = &v->line;
	const size_t from = l->len;
	char comm[16];

	if (put_kept(l, &v->process, s->ev.task))
		return;
	snprintf(comm, sizeof(comm), "%s", task ? task->comm : "?");
	line_text(l, comm);
	line_put(l, ":");
	line_number(l, task ? task->pid : 0, 0);
	if (l->len >= from && l->len - from < 20)
		line_spaces(l, 20 - (l->len - from));
	line_put(l, " ");
	keep(&v->process, s->ev.task, l, from);
}

/* Appends the network namespace and the device. */
static void put_place(struct events_view *v, const struct step *s)
{
	struct line *l = &v->line;
	const size_t from = l->len;

	if (put_kept(l, &v->place, s->ev.dev))
		return;
	line_put(l, " ");
	line_column(l, step_netns(s, NAME_BUF), 12);
	line_put(l, " ");
	line_column(l, step_ifname(s), 12);
	line_put(l, " ");
	keep(&v->place, s->ev.dev, l, from);
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
	put_process(v, s);
	line_number(l, s->ev.packet, 6);
	put_place(v, s);
	line_number(l, s->ev.len, 5);
	line_put(l, " ");
	put_tuple(v, s);
	step_line_func(l, s);
	step_line_values(l, s, false);
	line_end(l);
	if (s->ev.stack != PWRT_NONE)
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

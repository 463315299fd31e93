/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The view of call trees. A packet's calls are indented below the name of the network namespace
 * where they run, so that a line fits a terminal. Lines that explain nothing are left out unless
 * views_show_all().
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/func_words.h"
#include "replay/packet_text.h"
#include "replay/paths.h"
#include "step_line.h"
#include "time_text.h"
#include "views.h"

#define INDENT_MAX 12 /* levels; beyond, a line has the number of its level */

/* A call, or another event, as it is drawn. */
struct drawn {
	uint64_t spent_ns; /* from its beginning to its end; UINT64_MAX: it has no end */
	unsigned int level;
	bool hidden;
};

/* A field that one call changed. */
struct change {
	size_t call; /* number in the path */
	const struct field *field;
	struct value from, to;
};

struct tree_view {
	struct trace *t;
	struct time_text time;
	struct line line;
	uint8_t *frees; /* by function, from 0: 1 if it only frees, 2 if not, 0: not known yet */
	uint32_t nr_frees;
	struct value *last; /* of each field, in the path at hand */
	bool *seen;
	struct drawn *drawn; /* of the path at hand */
	size_t *open;	     /* the calls that contain the step at hand, the outermost first */
	struct change *changes;
	uint32_t nr_changes, cap_changes;
	uint32_t dev; /* id of the device of the last step of a path that was printed */
	bool more;    /* a path was printed before this one */
};

static void packet_head(const struct trace *t, const struct packet *p)
{
	printf("packet %" PRIu64 ", flow %u: %s", p->id, p->flow, packet_line(t, p, LINE_BUF));
	if (p->parent)
		printf(", copy of %" PRIu64, p->parent);
	printf(", %u events in %.3f ms\n", p->events, (double)(p->last_ns - p->first_ns) / 1e6);
}

static bool only_frees(struct tree_view *v, const struct step *s)
{
	bool frees;

	if (s->ev.func < v->nr_frees && v->frees[s->ev.func])
		return v->frees[s->ev.func] == 1;
	frees = func_only_frees(plain_name(step_func(s, NAME_BUF), NAME_BUF));
	if (s->ev.func < v->nr_frees)
		v->frees[s->ev.func] = frees ? 1 : 2;
	return frees;
}

/* Returns whether an event explains nothing: it only frees, or returns as on the ordinary way. */
static bool is_folded(struct tree_view *v, const struct step *s)
{
	const char *reason;

	if (step_is_return(s))
		return !step_is_notable(s);
	if (!only_frees(v, s))
		return false;
	reason = s->ev.reason == PWRT_NONE ? "NOT_SPECIFIED" :
					     reason_text(s->r, s->ev.reason, NAME_BUF);
	return !strcmp(reason, "NOT_SPECIFIED") || !strcmp(reason, "CONSUMED");
}

/*
 * Ends the calls from number "from" of the stack on, by the event at. Another process or CPU took
 * the packet out of a queue: that does not show when they ended. Returns from.
 */
static size_t end_calls(struct tree_view *v, const struct path *p, size_t from, size_t nr,
			const struct pwrt_event *at)
{
	const struct pwrt_event *call;

	while (nr > from) {
		call = &p->steps[v->open[--nr]].ev;
		if (call->cpu == at->cpu && call->task == at->task)
			v->drawn[v->open[nr]].spent_ns = at->ts_ns - call->ts_ns;
	}
	return from;
}

/*
 * Measures the calls. A call ends where its return was recorded, else with the next event that is
 * not inside it.
 */
static void measure(struct tree_view *v, const struct path *p)
{
	const struct step *s;
	size_t i, nr = 0, from;

	for (i = 0; i < p->nr; i++) {
		s = &p->steps[i];
		v->drawn[i] = (struct drawn){ .spent_ns = UINT64_MAX, .hidden = is_folded(v, s) };
		for (from = nr; from && p->steps[v->open[from - 1]].depth >= s->depth;)
			from--;
		nr = end_calls(v, p, from, nr, &s->ev);
		if (!step_is_return(s) && !step_is_tracepoint(s))
			v->open[nr++] = i;
	}
	if (p->nr)
		end_calls(v, p, 0, nr, &p->steps[p->nr - 1].ev);
}

/* Returns the network namespace of a step; 0: unknown. */
static uint32_t netns_of(const struct step *s)
{
	const struct pwrt_dev *dev = step_dev(s);

	return dev ? dev->netns : 0;
}

/* Returns the end of the steps from "from" on that are in one network namespace. */
static size_t section_end(const struct path *p, size_t from)
{
	uint32_t netns = netns_of(&p->steps[from]), next;
	size_t i;

	for (i = from; i < p->nr; i++) {
		next = netns_of(&p->steps[i]);
		if (netns && next && next != netns)
			break;
		netns = netns ? netns : next;
	}
	return i;
}

/* Sets the levels of a section, whose shallowest call that is shown has level 0. */
static void indent(struct tree_view *v, const struct path *p, size_t from, size_t to)
{
	const bool all = views_show_all();
	unsigned int least = UINT_MAX;
	size_t i;

	for (i = from; i < to; i++)
		if ((all || !v->drawn[i].hidden) && p->steps[i].depth < least)
			least = p->steps[i].depth;
	for (i = from; i < to; i++)
		v->drawn[i].level = p->steps[i].depth > least ? p->steps[i].depth - least : 0;
}

/*
 * Returns the call that changed a field whose new value step i shows: the outermost call that ended
 * right before it, or the caller of step i.
 */
static size_t changer(const struct path *p, size_t i)
{
	const unsigned int depth = p->steps[i].depth;
	size_t k = i;

	while (k && (step_is_return(&p->steps[k - 1]) || p->steps[k - 1].depth > depth))
		k--;
	if (!k)
		return 0;
	/* The call before has the depth of step i, or is its caller. */
	return k - 1;
}

/* Returns false without memory. */
static bool add_change(struct tree_view *v, size_t call, const struct field *f,
		       const struct value *from, const struct value *to)
{
	struct change *all = counted_grow(pwrt_reader_memory(v->t->first), v->changes,
					  v->nr_changes, &v->cap_changes, sizeof(*all));

	if (!all)
		return false;
	v->changes = all;
	v->changes[v->nr_changes++] = (struct change){ call, f, *from, *to };
	return true;
}

/* Adds the fields of a step that differ from the last step that had them. */
static bool note_changes(struct tree_view *v, const struct path *p, size_t i)
{
	struct value now;
	size_t f;

	for (f = 0; f < nr_fields; f++) {
		if (!fields[f].show_changes || !field_get(&fields[f], &p->steps[i], &now))
			continue;
		if (v->seen[f] && strcmp(now.text, v->last[f].text) &&
		    !add_change(v, changer(p, i), &fields[f], &v->last[f], &now))
			return false;
		v->last[f] = now;
		v->seen[f] = true;
	}
	return true;
}

static int by_call(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	return x->call < y->call ? -1 : x->call > y->call;
}

/* Returns whether two steps have the same headers and mark, so that no field differs. */
static bool look_same(const struct step *a, const struct step *b)
{
	return a->ev.hdr_len == b->ev.hdr_len && a->ev.l3_off == b->ev.l3_off &&
	       a->ev.mark == b->ev.mark && !a->ev.values_len && !b->ev.values_len &&
	       (!a->ev.hdr_len || !memcmp(a->ev.hdr, b->ev.hdr, a->ev.hdr_len));
}

/* Finds the changes of a path, and shows the calls that made them. Returns false without memory. */
static bool find_changes(struct tree_view *v, const struct path *p)
{
	size_t i;

	memset(v->seen, 0, nr_fields * sizeof(*v->seen));
	v->nr_changes = 0;
	for (i = 0; i < p->nr; i++) {
		if (step_is_return(&p->steps[i]) ||
		    (i && look_same(&p->steps[i], &p->steps[i - 1])))
			continue;
		if (!note_changes(v, p, i))
			return false;
	}
	if (v->nr_changes)
		qsort(v->changes, v->nr_changes, sizeof(*v->changes), by_call);
	for (i = 0; i < v->nr_changes; i++)
		v->drawn[v->changes[i].call].hidden = false;
	return true;
}

static void put_changes(struct tree_view *v, size_t call, size_t *at)
{
	struct line *l = &v->line;

	for (; *at < v->nr_changes && v->changes[*at].call <= call; ++*at) {
		line_put(l, "  ");
		line_color(l, C_YELLOW);
		line_put(l, v->changes[*at].field->name);
		line_put(l, " ");
		line_text(l, v->changes[*at].from.text);
		line_put(l, " -> ");
		line_text(l, v->changes[*at].to.text);
		line_color(l, C_OFF);
	}
}

/* Appends microseconds with one place. */
static void put_spent(struct line *l, uint64_t ns)
{
	const uint64_t tenths = (ns + 50) / 100;

	if (ns == UINT64_MAX) {
		line_spaces(l, 11);
		return;
	}
	line_number(l, tenths / 10, 9);
	line_put(l, ".");
	line_number(l, tenths % 10, 1);
}

/* Prints the namespace and the device where the next calls run, if they are others than before. */
static void print_place(struct tree_view *v, const struct step *s, char was[64])
{
	struct line *l = &v->line;
	char place[64];

	if (s->ev.dev == v->dev || !*step_netns(s, NAME_BUF))
		return;
	v->dev = s->ev.dev;
	snprintf(place, sizeof(place), "%.24s%s%.15s", step_netns(s, NAME_BUF),
		 *step_ifname(s) ? " " : "", step_ifname(s));
	if (!strcmp(place, was))
		return;
	memcpy(was, place, sizeof(place));
	line_spaces(l, (size_t)time_text_width() + 5 + 11 + 2);
	line_color(l, C_BOLD);
	line_text(l, place);
	line_color(l, C_OFF);
	line_end(l);
}

static void print_step(struct tree_view *v, const struct path *p, size_t i, size_t *change)
{
	const struct step *s = &p->steps[i];
	const struct drawn *d = &v->drawn[i];
	struct line *l = &v->line;

	line_right(l, time_text(&v->time, s->ev.ts_ns), (size_t)time_text_width());
	line_put(l, " ");
	line_number(l, s->ev.cpu, 3);
	line_put(l, " ");
	put_spent(l, d->spent_ns);
	line_spaces(l, 2 + 2 * (size_t)(d->level < INDENT_MAX ? d->level : INDENT_MAX));
	if (d->level > INDENT_MAX) {
		line_put(l, ">");
		line_number(l, d->level, 0);
		line_put(l, " ");
	}
	step_line_func(l, s);
	step_line_values(l, s, !views_show_all());
	put_changes(v, i, change);
	line_end(l);
}

static void print_header(void)
{
	printf("%s%*s CPU    SPENT us  FUNCTION%s\n", cli_color_code(C_BOLD), time_text_width(),
	       "TIME", cli_color_code(C_OFF));
}

static void print_drawn(struct tree_view *v, const struct path *p)
{
	const bool all = views_show_all();
	size_t i, change = 0, hidden = 0;
	char was[64] = "";

	v->dev = PWRT_NONE;
	for (i = 0; i < p->nr; i++) {
		if (v->drawn[i].hidden && !all) {
			hidden++;
			continue;
		}
		if (!step_is_return(&p->steps[i]))
			print_place(v, &p->steps[i], was);
		print_step(v, p, i, &change);
	}
	if (!hidden)
		return;
	line_spaces(&v->line, (size_t)time_text_width() + 5 + 11 + 2);
	line_color(&v->line, C_DIM);
	line_put(&v->line, "(");
	line_number(&v->line, hidden, 0);
	line_put(&v->line, hidden == 1 ? " event" : " events");
	line_put(&v->line, " left out that only free or return: --all)");
	line_color(&v->line, C_OFF);
	line_end(&v->line);
}

static int no_memory(struct tree_view *v, struct pwrt_diag *d)
{
	return model_no_memory(v->t->first, "the changes of one packet", d);
}

struct printing {
	struct tree_view *v;
	struct pwrt_diag *d;
};

static int print_path(void *arg, struct path *path)
{
	const struct printing *printing = arg;
	struct tree_view *v = printing->v;
	const uint64_t bytes = path->nr * (sizeof(*v->drawn) + sizeof(*v->open));
	size_t from, to;
	void *memory = counted_realloc(path->memory, NULL, 0, bytes + 1);
	bool ok = memory;

	if (ok) {
		v->drawn = memory;
		v->open = (size_t *)(v->drawn + path->nr);
		measure(v, path);
		ok = find_changes(v, path);
	}
	if (ok) {
		for (from = 0; from < path->nr; from = to) {
			to = section_end(path, from);
			indent(v, path, from, to);
		}
		if (v->more)
			putchar('\n');
		else
			print_header();
		v->more = true;
		packet_head(v->t, path->packet);
		print_drawn(v, path);
	}
	counted_free(path->memory, memory, bytes + 1);
	return ok ? 0 : no_memory(v, printing->d);
}

int text_tree(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct tree_view v = { .t = t,
			       .last = calloc(nr_fields, sizeof(*v.last)),
			       .seen = calloc(nr_fields, sizeof(*v.seen)) };
	struct printing printing = { &v, d };
	int ret;

	while (pwrt_reader_func(t->first, v.nr_frees))
		v.nr_frees++;
	v.frees = calloc((size_t)v.nr_frees + 1, 1);
	time_text_begin(&v.time, t);
	if (v.last && v.seen && v.frees)
		ret = paths_each(t, sel, print_path, &printing, d);
	else
		ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	free(v.frees);
	counted_free(pwrt_reader_memory(t->first), v.changes, v.cap_changes * sizeof(*v.changes));
	free(v.last);
	free(v.seen);
	return ret;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow_json.h"
#include "packet_json.h"
#include "replay/intern.h"
#include "views.h"

/* The rows of a view. */
struct source {
	struct trace *t;
	const struct selection *sel;
	struct flow_list *flows;  /* NULL: rows are packets or kinds of drops */
	struct drop_kinds *kinds; /* sorted; NULL: rows are packets or flows */
};

/* Fills *r with row i of the source. */
static void load(const struct source *s, uint32_t i, struct row *r)
{
	const struct flow_facts *f;

	if (s->kinds) {
		r->kinds = s->kinds;
		r->kind = *(struct drop_kind *)vec_at(&s->kinds->kinds, s->kinds->order[i]);
		return;
	}
	if (s->flows) {
		f = flow_list_at(s->flows, i);
		r->flow = *f;
		r->dropped = f->dropped != MODEL_NONE;
		if (r->dropped)
			model_packet(s->t->m, f->dropped, &r->packet);
		return;
	}
	model_packet(s->t->m, i, &r->packet);
	facts_get(s->t->facts, i, &r->facts);
	r->dropped = r->packet.fate == FATE_DROPPED;
}

/* Sets *i to the next row from *at on, and *at behind it. Returns false behind the last one. */
static bool next(const struct source *s, uint32_t *at, uint32_t *i)
{
	struct packet p;
	bool more;

	if (s->kinds) {
		*i = (*at)++;
		return *i < s->kinds->kinds.nr;
	}
	more = s->flows ? flow_list_next(s->flows, at) != NULL : trace_packet(s->t, s->sel, at, &p);
	*i = *at - 1;
	return more;
}

/* ---- the order of rows ---- */

/* A row with its value of the column of --sort. */
struct keyed {
	uint64_t number; /* or the id of its text */
	uint32_t row;
	bool unknown;
};

struct order {
	struct pwrt_memory *memory;
	struct intern texts;
	bool of_text, down;
	struct keyed *block;	    /* with room for cap rows, twice */
	struct keyed *rows, *spare; /* in it */
	uint32_t nr, cap;
};

/* Makes room for one more row in both arrays. Returns false without memory. */
static bool grow(struct order *o)
{
	const uint32_t cap = o->cap ? o->cap * 2 : 1024;
	const uint64_t bytes = 2 * (uint64_t)cap * sizeof(*o->rows);
	struct keyed *more;

	if (o->nr < o->cap)
		return true;
	more = counted_realloc(o->memory, o->block, 2 * (uint64_t)o->cap * sizeof(*more), bytes);
	if (!more)
		return false;
	o->block = o->rows = more;
	o->spare = more + cap;
	o->cap = cap;
	return true;
}

/* Adds a row. Returns false without memory. */
static bool add(struct order *o, const struct column *by, struct row *r, uint32_t i)
{
	struct keyed k = { .row = i };
	char key[INTERN_MAX];
	const char *text;

	if (!grow(o))
		return false;
	if (o->of_text) {
		text = column_text(by, r);
		k.unknown = !text;
		snprintf(key, sizeof(key), "%s", text ? text : "");
		k.number = intern_put(&o->texts, key, strlen(key) + 1);
		if (!k.number)
			return false;
	} else {
		k.unknown = !column_number(by, r, &k.number);
	}
	o->rows[o->nr++] = k;
	return true;
}

/* Returns whether b comes before a. Unknown values come last in both directions. */
static bool is_swapped(const struct order *o, const struct keyed *a, const struct keyed *b)
{
	int c;

	if (a->unknown || b->unknown)
		return a->unknown && !b->unknown;
	if (o->of_text)
		c = a->number == b->number ? 0 :
					     strcmp(intern_get(&o->texts, (uint32_t)a->number),
						    intern_get(&o->texts, (uint32_t)b->number));
	else
		c = a->number < b->number ? -1 : a->number > b->number;
	return o->down ? c < 0 : c > 0;
}

/* Merges rows[from, middle) and rows[middle, to) into spare. */
static void merge(const struct order *o, uint32_t from, uint32_t middle, uint32_t to)
{
	uint32_t a = from, b = middle, i;

	for (i = from; i < to; i++) {
		if (b == to || (a < middle && !is_swapped(o, &o->rows[a], &o->rows[b])))
			o->spare[i] = o->rows[a++];
		else
			o->spare[i] = o->rows[b++];
	}
}

/* Sorts the rows. Those with equal values keep their order. */
static void sort(struct order *o)
{
	struct keyed *swap;
	uint64_t width, from;

	for (width = 1; width < o->nr; width *= 2) {
		for (from = 0; from < o->nr; from += 2 * width)
			merge(o, (uint32_t)from,
			      (uint32_t)(from + width < o->nr ? from + width : o->nr),
			      (uint32_t)(from + 2 * width < o->nr ? from + 2 * width : o->nr));
		swap = o->rows;
		o->rows = o->spare;
		o->spare = swap;
	}
}

static void order_free(struct order *o)
{
	counted_free(o->memory, o->block, 2 * (uint64_t)o->cap * sizeof(*o->block));
	intern_free(&o->texts);
}

/* ---- printing ---- */

struct list {
	struct source source;
	const struct list_options *o;
	struct sheet sheet;
	struct row row;
	struct pwrt_diag *d;
};

/* Prints the object of the view. */
static int print_object(struct list *l)
{
	struct json_writer *w = &l->sheet.json;

	if (l->source.flows)
		flow_json_write(w, l->source.t, &l->row.of_day, &l->row.flow);
	else
		packet_json_write(w, l->source.t, &l->row.of_day, &l->row.packet);
	return views_print_object(w, l->d);
}

static int print_row(struct list *l, uint32_t i)
{
	load(&l->source, i, &l->row);
	if (!l->o->columns.nr)
		return print_object(l);
	return sheet_row(&l->sheet, &l->row, l->d);
}

static int print_sorted(struct list *l)
{
	const struct column *by = l->o->columns.by;
	struct order order = { .memory = pwrt_reader_memory(l->source.t->first),
			       .of_text = by->kind == COLUMN_TEXT,
			       .down = l->o->columns.down };
	uint32_t at = 0, i;
	int ret = 0;

	order.texts.memory = order.memory;
	while (ret == 0 && next(&l->source, &at, &i)) {
		load(&l->source, i, &l->row);
		if (!add(&order, by, &l->row, i))
			ret = model_no_memory(l->source.t->first, "its sorted rows", l->d);
	}
	if (ret == 0)
		sort(&order);
	for (i = 0; ret == 0 && i < order.nr; i++)
		ret = print_row(l, order.rows[i].row);
	order_free(&order);
	return ret;
}

static int print_in_time(struct list *l)
{
	uint32_t at = 0, i;
	int ret = 0;

	while (ret == 0 && (!l->o->max || at < l->o->max) && next(&l->source, &at, &i))
		ret = print_row(l, i);
	return ret;
}

static int print(const struct source *source, const struct list_options *o, struct pwrt_diag *d)
{
	struct trace *t = source->t;
	struct list *l = calloc(1, sizeof(*l));
	int ret;

	if (!l)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	l->source = *source;
	l->o = o;
	l->d = d;
	l->row.t = t;
	time_text_begin(&l->row.of_day, t);
	ret = sheet_begin(&l->sheet, &o->columns, o->format, t);
	if (ret < 0)
		ret = pwrt_fail(d, ret, 0, "out of memory");
	if (ret == 0)
		ret = o->columns.by ? print_sorted(l) : print_in_time(l);
	if (ret == 0 && sheet_end(&l->sheet) < 0)
		ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	sheet_free(&l->sheet);
	free(l);
	return ret;
}

int list_packets(struct trace *t, const struct selection *sel, const struct list_options *o,
		 struct pwrt_diag *d)
{
	return print(&(struct source){ .t = t, .sel = sel }, o, d);
}

int list_drop_kinds(struct trace *t, struct drop_kinds *kinds, const struct list_options *o,
		    struct pwrt_diag *d)
{
	if (!drop_kinds_rank(kinds))
		return model_no_memory(t->first, "its kinds of drops", d);
	return print(&(struct source){ .t = t, .kinds = kinds }, o, d);
}

int list_flows(struct trace *t, const struct selection *sel, const struct list_options *o,
	       struct pwrt_diag *d)
{
	struct flow_list *flows;
	int ret = flow_list_new(&flows, t, sel, d);

	if (ret < 0)
		return ret;
	ret = print(&(struct source){ .t = t, .sel = sel, .flows = flows }, o, d);
	flow_list_free(flows);
	return ret;
}

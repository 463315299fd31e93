/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "hops_table.h"

#include <stdlib.h>
#include <string.h>

#include "format/tool/cli.h"
#include "replay/hop_json.h"
#include "replay/json_util.h"

#define CELL_LEN (2 * HOP_WORDS + 128)

/* The hops of both packets, aligned. */
struct table {
	const struct pwrt_reader *good_r, *bad_r;
	struct packet good_p, bad_p;
	struct hops good, bad;
	struct hunk *hunks;
	size_t nr_hunks;
};

static void table_free(struct table *t)
{
	if (t->good.memory)
		hops_free(&t->good);
	if (t->bad.memory)
		hops_free(&t->bad);
	free(t->hunks);
}

/* Cuts a path, which may be NULL, into hops. Returns false without memory. */
static bool cut(struct hops *h, const struct pwrt_reader **r, struct packet *p,
		const struct path *path)
{
	struct landmarks marks = { 0 };
	bool done;

	if (!path || !path->nr)
		return true;
	*r = path->steps[0].r;
	*p = *path->packet;
	h->memory = marks.memory = path->memory;
	done = hops_of_path(h, &marks, path);
	landmarks_free(&marks);
	return done;
}

/* Hops belong together by role, in their order. The numbers are the caller's to free. */
static uint32_t *roles(const struct hops *h)
{
	uint32_t *ids = calloc(h->nr + 1, sizeof(*ids));
	uint32_t i;

	for (i = 0; ids && i < h->nr; i++)
		ids[i] = h->v[i].role;
	return ids;
}

static bool align_hops(struct table *t)
{
	uint32_t *good = roles(&t->good), *bad = roles(&t->bad);
	bool done = good && bad &&
		    !align(&t->hunks, &t->nr_hunks, good, t->good.nr, bad, t->bad.nr);

	free(good);
	free(bad);
	return done;
}

/* Fills t; false without memory. Free it in any case. */
static bool table_make(struct table *t, const struct pair *p)
{
	*t = (struct table){ 0 };
	return cut(&t->good, &t->good_r, &t->good_p, p->good) &&
	       cut(&t->bad, &t->bad_r, &t->bad_p, p->bad) && align_hops(t);
}

/* "router lan0 -> up0: TTL 64 -> 63"; the last hop has how the packet ended. */
static void cell(char buf[CELL_LEN], const struct pwrt_reader *r, const struct packet *p,
		 const struct hops *h, uint32_t i)
{
	char devices[HOP_WORDS], changes[HOP_WORDS], end[HOP_WORDS] = "";
	const struct hop *hop = &h->v[i];

	hop_devices(r, hop, devices);
	hop_change_words(hop, LOOK_ALL, changes);
	if (i + 1 == h->nr)
		hop_end_words(r, p, h, i, end);
	snprintf(buf, CELL_LEN, "%.64s %.128s%s%s%s%s", hop_netns(r, hop, NAME_BUF), devices,
		 *changes || *end ? ": " : "", changes, *changes && *end ? "; " : "", end);
}

static void print_one(char mark, enum cli_color color, const struct hop *hop, const char *text)
{
	printf("%s%c %-10s %s%s\n", cli_color_code(color), mark, hop_role_names[hop->role],
	       cli_escape(text), cli_color_code(C_OFF));
}

/* One line of both, where they read the same, or two. */
static void print_both(const struct table *t, uint32_t good, uint32_t bad)
{
	char a[CELL_LEN], b[CELL_LEN];

	cell(a, t->good_r, &t->good_p, &t->good, good);
	cell(b, t->bad_r, &t->bad_p, &t->bad, bad);
	if (!strcmp(a, b)) {
		print_one(' ', C_OFF, &t->good.v[good], a);
		return;
	}
	print_one('-', C_GREEN, &t->good.v[good], a);
	print_one('+', C_RED, &t->bad.v[bad], b);
}

static void print_hunk(const struct table *t, const struct hunk *h)
{
	char text[CELL_LEN];
	size_t i;

	for (i = 0; h->op == ALIGN_EQUAL && i < h->a_end - h->a; i++)
		print_both(t, (uint32_t)(h->a + i), (uint32_t)(h->b + i));
	for (i = h->a; h->op == ALIGN_DELETE && i < h->a_end; i++) {
		cell(text, t->good_r, &t->good_p, &t->good, (uint32_t)i);
		print_one('-', C_GREEN, &t->good.v[i], text);
	}
	for (i = h->b; h->op == ALIGN_INSERT && i < h->b_end; i++) {
		cell(text, t->bad_r, &t->bad_p, &t->bad, (uint32_t)i);
		print_one('+', C_RED, &t->bad.v[i], text);
	}
}

/* The pair of the packet that the verdict's packet was copied from, as far up as there is one. */
static const struct pair *original(const struct comparison *c)
{
	const struct pair *p = c->main;
	size_t i = c->nr_pairs;

	/* A copy's pair comes behind that of its original. */
	while (i-- > 0) {
		const struct path *of = c->pairs[i].bad;

		if (of && p->bad && p->bad->packet->parent == of->packet->id)
			p = &c->pairs[i];
	}
	return p;
}

/* The tables to show: of the original, and of bad's copy alone, which is why bad ended. */
static size_t shown_pairs(const struct comparison *c, struct pair shown[2])
{
	shown[0] = *original(c);
	shown[1] = (struct pair){ .bad = c->main->bad };
	return shown[0].bad == c->main->bad ? 1 : 2;
}

int report_hops(const struct report *r, struct pwrt_diag *d)
{
	struct pair shown[2];
	struct table t;
	size_t i, k, nr;
	int ret = 0;

	if (!r->c->main || !r->c->diverged)
		return 0;
	printf("hops:\n");
	nr = shown_pairs(r->c, shown);
	for (k = 0; k < nr && ret == 0; k++) {
		if (!table_make(&t, &shown[k]))
			ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
		for (i = 0; i < t.nr_hunks && ret == 0; i++)
			print_hunk(&t, &t.hunks[i]);
		table_free(&t);
	}
	return ret;
}

static json_t *row(const struct table *t, size_t good, size_t bad)
{
	json_t *o = json_object();

	put(o, "good",
	    good == SIZE_MAX ? NULL : hop_object(t->good_r, &t->good_p, &t->good, (uint32_t)good));
	put(o, "bad",
	    bad == SIZE_MAX ? NULL : hop_object(t->bad_r, &t->bad_p, &t->bad, (uint32_t)bad));
	return o;
}

static void add_rows(json_t *list, const struct table *t, const struct hunk *h)
{
	size_t i, nr = h->op == ALIGN_INSERT ? h->b_end - h->b : h->a_end - h->a;

	for (i = 0; i < nr; i++)
		json_array_append_new(list, row(t, h->op == ALIGN_INSERT ? SIZE_MAX : h->a + i,
						h->op == ALIGN_DELETE ? SIZE_MAX : h->b + i));
}

json_t *hops_json(const struct report *r)
{
	json_t *list = json_array();
	struct pair shown[2];
	struct table t;
	size_t i, k, nr;

	if (!r->c->main)
		return list;
	nr = shown_pairs(r->c, shown);
	for (k = 0; k < nr; k++) {
		if (!table_make(&t, &shown[k]))
			json_note_no_memory();
		else
			for (i = 0; i < t.nr_hunks; i++)
				add_rows(list, &t, &t.hunks[i]);
		table_free(&t);
	}
	return list;
}

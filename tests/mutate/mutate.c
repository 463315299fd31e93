/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Edits good paths by program and checks that pwru-diff finds the place of each edit.
 *
 *   mutate EDITS FILE...
 *
 * The edits are the same in every run. A place is found where the comparison has a hunk or a
 * differing field there, or at a place where the same edit leads to the same path: to cut either of
 * two equal steps is one edit. Hunks that count as detours are found, too, and counted apart.
 * Prints a table and the edits that were missed. Exits with 1 where less than 99 % were found.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/compare.h"

enum edit { CUT, SWAP, REPEAT, RENAME, REWRITE, EDITS };

static const char *const edit_names[EDITS] = { "cut", "swap", "repeat", "rename", "rewrite" };

struct count {
	unsigned long edits, differences, detours;
};

static uint64_t seed = 20240607;

/* A number below n: xorshift64 (G. Marsaglia, "Xorshift RNGs", 2003). */
static size_t below(size_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (size_t)(seed % n);
}

static void *need(void *p)
{
	if (!p) {
		fprintf(stderr, "mutate: out of memory\n");
		exit(2);
	}
	return p;
}

/* A path of its own with room for more steps. Headers and values stay those of the original. */
static struct path *copy_path(const struct path *from, size_t more)
{
	struct path *p = need(calloc(1, sizeof(*p)));
	struct packet *packet = need(malloc(sizeof(*packet)));

	*packet = *from->packet;
	packet->parent = 0;
	p->packet = packet;
	p->cap = from->nr + more;
	p->steps = need(calloc(p->cap, sizeof(*p->steps)));
	p->nr = from->nr;
	memcpy(p->steps, from->steps, from->nr * sizeof(*p->steps));
	return p;
}

static bool same_name(const struct step *a, const struct step *b)
{
	return a->ev.func == b->ev.func && step_is_return(a) == step_is_return(b) &&
	       a->ev.dev == b->ev.dev;
}

/* Returns a function of the file that the path does not have, or PWRT_NONE. */
static uint32_t other_function(const struct path *p)
{
	uint32_t try, id;
	size_t i;

	for (try = 0; try < 100; try++) {
		const struct pwrt_func *f;

		id = (uint32_t)below(1000);
		f = pwrt_reader_func(p->steps[0].r, id);
		if (!f || !*f->name)
			continue;
		for (i = 0; i < p->nr && p->steps[i].ev.func != id; i++)
			;
		if (i == p->nr)
			return id;
	}
	return PWRT_NONE;
}

/* Edits len steps of b at a place. Returns false where that edit changes nothing. */
static bool edit_path(struct path *b, enum edit edit, size_t at, size_t len)
{
	struct step s;
	size_t i;
	uint32_t func;

	switch (edit) {
	case CUT:
		memmove(b->steps + at, b->steps + at + len, (b->nr - at - len) * sizeof(s));
		b->nr -= len;
		return true;
	case SWAP:
		if (same_name(&b->steps[at], &b->steps[at + 1]))
			return false;
		s = b->steps[at];
		b->steps[at] = b->steps[at + 1];
		b->steps[at + 1] = s;
		return true;
	case REPEAT:
		memmove(b->steps + at + len, b->steps + at, (b->nr - at) * sizeof(s));
		b->nr += len;
		return true;
	case RENAME:
		func = other_function(b);
		b->steps[at].ev.func = func;
		return func != PWRT_NONE;
	case REWRITE:
		for (i = at; i < b->nr; i++)
			b->steps[i].ev.mark ^= 0x5a;
		return true;
	case EDITS:
		break;
	}
	return false;
}

/* Returns whether an edit of len steps leads to the same path at two places. */
static bool is_same_cut(const struct path *p, size_t x, size_t y, size_t len)
{
	size_t lo = x < y ? x : y, hi = x < y ? y : x, i;

	if (hi + len > p->nr)
		return false;
	for (i = lo; i < hi; i++)
		if (!same_name(&p->steps[i], &p->steps[i + len]))
			return false;
	return true;
}

/* Returns whether a hunk of the pair is at the place of the edit. Sets *detour if it is a detour. */
static bool is_hunk_found(const struct pair *p, enum edit edit, size_t at, size_t len, bool *detour)
{
	size_t i;

	for (i = 0; i < p->nr_hunks; i++) {
		const struct hunk *h = &p->hunks[i];
		size_t n = h->a_end - h->a + h->b_end - h->b;

		if (h->op == ALIGN_EQUAL)
			continue;
		*detour = hunk_is_detour(p, h);
		if (h->a <= at + len && h->a_end + len >= at && h->a + len >= at)
			return true;
		/* The steps that free a packet are compared as a whole. */
		if (at + len >= p->good_alive && h->a <= at && at < h->a_end)
			return true;
		if ((edit == CUT || edit == REPEAT) && n == len &&
		    is_same_cut(p->good, h->a, at, len))
			return true;
		/* To repeat steps in front of them or behind them comes to the same. */
		if (edit == REPEAT && n == len && h->a >= len &&
		    is_same_cut(p->good, h->a - len, at, len))
			return true;
	}
	return false;
}

/* Returns whether the mark differs from the first call on that shows it. */
static bool is_field_found(const struct pair *p, size_t at)
{
	size_t i;

	while (at < p->good_alive && step_is_return(&p->good->steps[at]))
		at++;
	for (i = 0; i < p->nr_diffs; i++)
		if (!strcmp(p->diffs[i].field->name, "skb.mark") && p->diffs[i].bad == at &&
		    p->diffs[i].counts)
			return true;
	return false;
}

static void report_miss(const struct path *p, enum edit edit, size_t at, size_t len)
{
	printf("missed: %s of %zu at step %zu of %zu of packet %llu: %s\n", edit_names[edit], len,
	       at, p->nr, (unsigned long long)p->packet->id, step_func(&p->steps[at], NAME_BUF));
}

/* Compares a path with an edited copy of it. Returns false where the edit changed nothing. */
static bool try_edit(const struct path *path, struct count *counts, enum edit edit)
{
	/* Values at step 0 identify a conversation and may differ: step 0 is not edited. */
	size_t len = edit == CUT || edit == REPEAT ? 1 + below(4) : 1,
	       at = 1 + below(path->nr - len - 2);
	struct path *good = copy_path(path, 0), *bad = copy_path(path, len);
	struct comparison c;
	struct pwrt_diag d;
	bool found, detour = false;

	if (!edit_path(bad, edit, at, len)) {
		paths_free(good, 1);
		paths_free(bad, 1);
		return false;
	}
	if (compare(&c, good, 1, bad, 1, &d)) {
		fprintf(stderr, "mutate: %s\n", d.text);
		exit(2);
	}
	/* Marks are compared while the packet is alive. */
	if (edit == REWRITE && at >= c.pairs[0].good_alive - 1) {
		compare_free(&c);
		return false;
	}
	found = edit == REWRITE ? is_field_found(&c.pairs[0], at) :
				  is_hunk_found(&c.pairs[0], edit, at, len, &detour);
	counts[edit].edits++;
	counts[edit].differences += found && !detour && c.diverged;
	counts[edit].detours += found && (detour || !c.diverged);
	if (!found)
		report_miss(path, edit, at, len);
	compare_free(&c);
	return true;
}

static int print_table(const struct count *counts)
{
	struct count all = { 0 };
	int i;

	printf("%-8s %8s %12s %8s %7s\n", "edit", "edits", "differences", "detours", "missed");
	for (i = 0; i < EDITS; i++) {
		const struct count *k = &counts[i];

		printf("%-8s %8lu %12lu %8lu %7lu\n", edit_names[i], k->edits, k->differences,
		       k->detours, k->edits - k->differences - k->detours);
		all.edits += k->edits;
		all.differences += k->differences;
		all.detours += k->detours;
	}
	printf("%-8s %8lu %12lu %8lu %7lu\n", "all", all.edits, all.differences, all.detours,
	       all.edits - all.differences - all.detours);
	return (all.differences + all.detours) * 100 < all.edits * 99;
}

struct file {
	struct trace t;
	struct path *paths;
	size_t nr;
};

static void load(struct file *f, const char *name)
{
	static const struct selection all;
	struct pwrt_diag d;

	if (trace_open(&f->t, name, true, NULL, &d) < 0 || trace_scan(&f->t, &all, &d) < 0 ||
	    paths_load(&f->paths, &f->nr, &f->t, &all, &d) < 0) {
		fprintf(stderr, "mutate: %s: %s\n", name, d.text);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	unsigned long left = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
	struct count counts[EDITS] = { 0 };
	struct file *files;
	int i, nr = argc - 2;

	if (!left) {
		fprintf(stderr, "usage: mutate EDITS FILE...\n");
		return 2;
	}
	files = need(calloc((size_t)nr, sizeof(*files)));
	for (i = 0; i < nr; i++)
		load(&files[i], argv[i + 2]);
	while (left) {
		const struct file *f = &files[below((size_t)nr)];
		const struct path *p = f->nr ? &f->paths[below(f->nr)] : NULL;

		if (p && p->nr >= 20)
			left -= try_edit(p, counts, (enum edit)below(EDITS));
	}
	for (i = 0; i < nr; i++) {
		paths_free(files[i].paths, files[i].nr);
		trace_close(&files[i].t);
	}
	free(files);
	return print_table(counts);
}

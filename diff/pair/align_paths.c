/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "align_paths.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/array.h"

/*
 * The part of a packet's life that a step is in: how often the packet has come into another network
 * namespace. Steps of different parts are never one, even if their functions have one name.
 */
static void hops(uint32_t *hop, const struct path *p)
{
	uint32_t nr = 0, was = PWRT_NONE;
	size_t i;

	for (i = 0; i < p->nr; i++) {
		const struct pwrt_dev *dev = pwrt_reader_dev(p->steps[i].r, p->steps[i].ev.dev);
		uint32_t netns = dev && dev->netns ? dev->netns : was;

		nr += netns != was && was != PWRT_NONE;
		was = netns;
		hop[i] = nr;
	}
}

/* The function of a step. The name of a BPF program may be a pseudonym: anonymize_func(). */
static const char *function_name(const struct step *s, bool pseudonyms_differ, char buf[NAME_LEN])
{
	const struct pwrt_func *f = pwrt_reader_func(s->r, s->ev.func);

	if (pseudonyms_differ && f && !strcmp(f->module, "bpf"))
		return "BPF program";
	return detour_name(plain_name(step_func(s, buf), buf));
}

/* The number of a function in the hop in which it was last seen, so that a name is made once a hop.
 */
struct known_id {
	uint32_t hop, id;
};

#define NO_HOP UINT32_MAX

static size_t known_index(const struct step *s)
{
	return (size_t)s->ev.func * 2 + step_is_return(s);
}

/* Allocates a cache for the functions of a path, calls and returns. Returns NULL without memory. */
static struct known_id *known_new(const struct path *p, size_t *nr)
{
	struct known_id *known;
	size_t i;

	*nr = 0;
	for (i = 0; i < p->nr; i++)
		if (known_index(&p->steps[i]) >= *nr &&
		    pwrt_reader_func(p->steps[i].r, p->steps[i].ev.func))
			*nr = known_index(&p->steps[i]) + 1;
	known = malloc((*nr + 1) * sizeof(*known));
	for (i = 0; known && i < *nr; i++)
		known[i].hop = NO_HOP;
	return known;
}

static int step_id(uint32_t *id, const struct step *s, uint32_t hop, struct string_ids **names,
		   bool pseudonyms_differ)
{
	char name[192];

	snprintf(name, sizeof(name), "%u:%.128s%s", hop,
		 function_name(s, pseudonyms_differ, NAME_BUF), step_is_return(s) ? "()" : "");
	return string_id(names, name, id);
}

/* The text that is equal for two steps that are one: a return is not a call. */
static int step_ids(uint32_t *ids, const struct path *p, struct string_ids **names,
		    bool pseudonyms_differ)
{
	uint32_t *hop = calloc(p->nr + 1, sizeof(*hop));
	size_t i, at, nr_known;
	struct known_id *known = known_new(p, &nr_known);
	int ret = hop && known ? 0 : -1;

	if (ret == 0)
		hops(hop, p);
	for (i = 0; i < p->nr && ret == 0; i++) {
		at = known_index(&p->steps[i]);
		if (at < nr_known && known[at].hop == hop[i]) {
			ids[i] = known[at].id;
			continue;
		}
		ret = step_id(&ids[i], &p->steps[i], hop[i], names, pseudonyms_differ);
		if (at < nr_known)
			known[at] = (struct known_id){ hop[i], ids[i] };
	}
	free(hop);
	free(known);
	return ret;
}

static bool add_hunk(struct pair *p, enum align_op op, size_t a, size_t a_end, size_t b,
		     size_t b_end)
{
	struct hunk *more;

	if (a == a_end && b == b_end)
		return true;
	more = array_grow(p->hunks, p->nr_hunks, sizeof(*more));
	if (!more)
		return false;
	p->hunks = more;
	p->hunks[p->nr_hunks++] = (struct hunk){ op, a, a_end, b, b_end };
	return true;
}

/*
 * The steps that free the packets are aligned only where both were freed at the same place.
 * Elsewhere the same functions free them, which makes two ends look alike that are not.
 */
static int align_ends(struct pair *p, const uint32_t *a, const uint32_t *b)
{
	size_t ga = p->good_alive, ba = p->bad_alive, nr, i;
	struct hunk *ends;
	int ret = -1;

	if (p->nr_hunks && p->hunks[p->nr_hunks - 1].op != ALIGN_EQUAL)
		return add_hunk(p, ALIGN_DELETE, ga, p->good->nr, ba, ba) &&
				       add_hunk(p, ALIGN_INSERT, p->good->nr, p->good->nr, ba,
						p->bad->nr) ?
			       0 :
			       -1;
	if (align(&ends, &nr, a + ga, p->good->nr - ga, b + ba, p->bad->nr - ba))
		return -1;
	for (i = 0; i < nr; i++)
		if (!add_hunk(p, ends[i].op, ends[i].a + ga, ends[i].a_end + ga, ends[i].b + ba,
			      ends[i].b_end + ba))
			goto out;
	ret = 0;
out:
	free(ends);
	return ret;
}

int align_pair(struct pair *p, struct string_ids **names, bool pseudonyms_differ)
{
	uint32_t *a = calloc(p->good->nr + 1, sizeof(*a)), *b = calloc(p->bad->nr + 1, sizeof(*b));
	int ret = -1;

	p->good_alive = ending_alive(p->good);
	p->bad_alive = ending_alive(p->bad);
	if (a && b && !step_ids(a, p->good, names, pseudonyms_differ) &&
	    !step_ids(b, p->bad, names, pseudonyms_differ) &&
	    !align(&p->hunks, &p->nr_hunks, a, p->good_alive, b, p->bad_alive))
		ret = align_ends(p, a, b);
	free(a);
	free(b);
	return ret;
}

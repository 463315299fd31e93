/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "drop_kinds.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decision.h"

/* Drops that are known by their numbers. Beyond that they are forgotten, and found by their words. */
#define SEEN_MAX 16384

/* The numbers of a drop, cut behind its values. The words depend on nothing else. */
struct seen_drop {
	uint32_t reason, func, caller, dev, after, stack;
	uint32_t decided, by, rule;
	uint16_t has_rule, len;
	uint8_t values[PWRT_VALUES_MAX];
};

void drop_kinds_init(struct drop_kinds *k, struct pwrt_memory *memory, bool by_device)
{
	*k = (struct drop_kinds){
		.kinds = { .memory = memory, .size = sizeof(struct drop_kind) },
		.by_device = by_device,
		.texts = { .memory = memory, .seed = hash_seed() },
		.keys = { .memory = memory, .seed = hash_seed() },
		.seen = { .memory = memory, .seed = hash_seed() },
	};
}

/* Returns whether no more kinds are added, except the one of the others. */
static bool is_full(const struct drop_kinds *k)
{
	return k->by_device && k->kinds.nr >= DROP_KINDS_MAX;
}

/* Returns the id of a text, of which what is too long is cut; 0 without memory, or when full. */
static uint32_t put_text(struct drop_kinds *k, const char *text)
{
	char cut[INTERN_MAX];

	snprintf(cut, sizeof(cut), "%s", text);
	return is_full(k) ? intern_find(&k->texts, cut, strlen(cut) + 1) :
			    intern_put(&k->texts, cut, strlen(cut) + 1);
}

/* Returns the kind of drops whose own kinds have no room, as kind_by_words() does. */
static uint32_t others(struct drop_kinds *k, const struct packet *p)
{
	static const char words[] = "others";
	uint32_t none, id;
	struct drop_kind *kind;

	if (k->others)
		return k->others;
	none = intern_put(&k->texts, "", 1);
	id = intern_put(&k->texts, words, sizeof(words));
	kind = none && id ? vec_add(&k->kinds) : NULL;
	if (!kind)
		return 0;
	*kind = (struct drop_kind){ .packet = p->id,
				    .first_ns = p->last_ns,
				    .reason = none,
				    .function = none,
				    .netns = none,
				    .ifname = none,
				    .words = id };
	k->others = k->kinds.nr;
	return k->others;
}

/* Returns the kind of a drop by its words, which may be new; its index + 1, or 0 without memory. */
static uint32_t kind_by_words(struct drop_kinds *k, const struct pwrt_reader *r,
			      const struct packet *p)
{
	const struct pwrt_dev *dev = k->by_device ? pwrt_reader_dev(r, p->drop.dev) : NULL;
	char words[DECISION_WORDS];
	struct drop_kind *kind;
	uint32_t ids[5], key, *number;
	int i;

	decision_words(r, p, words);
	ids[0] = put_text(k, reason_text(r, p->drop.reason, NAME_BUF));
	ids[1] = put_text(k, drop_function(r, p, NAME_BUF));
	ids[2] = put_text(k, drop_netns(r, p, NAME_BUF));
	ids[3] = put_text(k, dev ? dev->name : "");
	ids[4] = put_text(k, words);
	for (i = 0; i < 5; i++)
		if (!ids[i])
			return is_full(k) ? others(k, p) : 0;
	key = is_full(k) ? intern_find(&k->keys, ids, sizeof(ids)) :
			   intern_put(&k->keys, ids, sizeof(ids));
	if (!key)
		return is_full(k) ? others(k, p) : 0;
	number = intern_number(&k->keys, key);
	if (*number)
		return *number;
	kind = vec_add(&k->kinds);
	if (!kind)
		return 0;
	*kind = (struct drop_kind){ .packet = p->id,
				    .first_ns = p->last_ns,
				    .reason = ids[0],
				    .function = ids[1],
				    .netns = ids[2],
				    .ifname = ids[3],
				    .words = ids[4] };
	*number = k->kinds.nr;
	return k->kinds.nr;
}

/* Returns where the kind of a drop is by its numbers: index + 1, or 0. NULL without memory. */
static uint32_t *kind_by_numbers(struct drop_kinds *k, const struct packet *p)
{
	struct seen_drop s = { .reason = p->drop.reason,
			       .func = p->drop.func,
			       .caller = p->drop.caller,
			       .dev = p->drop.dev,
			       .after = p->drop.after,
			       .stack = p->drop.stack,
			       .decided = p->decision.func,
			       .by = p->decision.by,
			       .rule = p->decision.rule,
			       .has_rule = p->decision.has_rule,
			       .len = p->decision.len };
	uint32_t id;

	if (s.len > sizeof(s.values))
		s.len = 0;
	if (s.len)
		memcpy(s.values, p->decision.values, s.len);
	if (k->seen.nr >= SEEN_MAX) {
		intern_free(&k->seen);
		k->seen.seed = hash_seed();
	}
	id = intern_put(&k->seen, &s, offsetof(struct seen_drop, values) + s.len);
	return id ? intern_number(&k->seen, id) : NULL;
}

bool drop_kinds_add(struct drop_kinds *k, const struct pwrt_reader *r, const struct packet *p)
{
	uint32_t *number = kind_by_numbers(k, p);
	struct drop_kind *kind;

	if (!number)
		return false;
	if (!*number)
		*number = kind_by_words(k, r, p);
	if (!*number)
		return false;
	kind = vec_at(&k->kinds, *number - 1);
	kind->nr++;
	kind->last_packet = p->id;
	kind->last_ns = p->last_ns;
	snprintf(kind->what, sizeof(kind->what), "%s", p->text);
	return true;
}

const char *drop_kinds_text(const struct drop_kinds *k, uint32_t id)
{
	return intern_get(&k->texts, id);
}

static void set_rate(struct drop_kind *kind, uint64_t nr, uint64_t ns)
{
	const unsigned __int128 rate = ns ? (unsigned __int128)nr * 1000000000000000u / ns : 0;

	kind->has_rate = ns;
	kind->rate = rate > UINT64_MAX ? UINT64_MAX : (uint64_t)rate;
}

void drop_kinds_rate(struct drop_kinds *k, uint64_t ns)
{
	struct drop_kind *kind;
	uint32_t i;

	for (i = 0; i < k->kinds.nr; i++) {
		kind = vec_at(&k->kinds, i);
		set_rate(kind, kind->nr - kind->nr_before, ns);
		kind->nr_before = kind->nr;
	}
}

void drop_kinds_mean(struct drop_kinds *k, uint64_t ns)
{
	struct drop_kind *kind;
	uint32_t i;

	for (i = 0; i < k->kinds.nr; i++) {
		kind = vec_at(&k->kinds, i);
		set_rate(kind, kind->nr, ns);
	}
}

static int by_rate(const void *a, const void *b, void *kinds)
{
	const uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const struct drop_kind *x = vec_at(kinds, i), *y = vec_at(kinds, j);

	if (x->rate != y->rate)
		return x->rate > y->rate ? -1 : 1;
	if (x->nr != y->nr)
		return x->nr > y->nr ? -1 : 1;
	return i < j ? -1 : i > j;
}

bool drop_kinds_rank(struct drop_kinds *k)
{
	const uint32_t nr = k->kinds.nr;
	uint32_t *more, i;

	if (nr > k->order_cap) {
		more = counted_realloc(k->kinds.memory, k->order, k->order_cap * sizeof(*more),
				       nr * sizeof(*more));
		if (!more)
			return false;
		k->order = more;
		k->order_cap = nr;
	}
	for (i = 0; i < nr; i++)
		k->order[i] = i;
	if (nr)
		qsort_r(k->order, nr, sizeof(*k->order), by_rate, &k->kinds);
	return true;
}

void drop_kinds_free(struct drop_kinds *k)
{
	counted_free(k->kinds.memory, k->order, k->order_cap * sizeof(*k->order));
	intern_free(&k->texts);
	intern_free(&k->keys);
	intern_free(&k->seen);
	vec_free(&k->kinds);
}

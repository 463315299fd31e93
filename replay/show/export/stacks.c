/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "stacks.h"

#include <stdlib.h>
#include <string.h>

#include "format/tool/cli.h"
#include "replay/append.h"
#include "replay/utf8.h"

/* The identity of a stack. */
struct key {
	uint32_t below, name, kind;
};

void stacks_init(struct stacks *s, struct pwrt_memory *memory)
{
	*s = (struct stacks){ .names.memory = memory,
			      .keys.memory = memory,
			      .all = { .memory = memory, .size = sizeof(struct stack) } };
}

uint32_t stacks_name(struct stacks *s, const char *prefix, const char *name)
{
	char escaped[CLI_ESCAPED_LEN], text[STACK_NAME];
	const char *from = cli_escape_to(escaped, name);
	size_t n = append_text(text, sizeof(text), 0, "%s", prefix), len;

	for (; *from && n + 5 < sizeof(text); from += len) {
		len = utf8_length((const uint8_t *)from);
		if (*from == ' ' || *from == ';')
			n = append_text(text, sizeof(text), n, "\\x%02x", (unsigned char)*from);
		else
			n = append_text(text, sizeof(text), n, "%.*s", (int)len, from);
	}
	return intern_put(&s->names, text, n + 1);
}

uint32_t stacks_push(struct stacks *s, uint32_t below, enum frame_kind kind, uint32_t name)
{
	const struct key key = { below, name, kind };
	const struct stack *under = below ? stacks_at(s, below) : NULL;
	const uint32_t id = intern_put(&s->keys, &key, sizeof(key));
	struct stack *new;

	if (!id)
		return STACK_NONE;
	if (*intern_number(&s->keys, id))
		return *intern_number(&s->keys, id);
	/* Number 0 is STACK_NONE: its entry holds the stacks of one frame for stacks_sort(). */
	if ((!s->all.nr && !vec_add(&s->all)) || (under && under->frames == STACK_FRAMES))
		return STACK_NONE;
	new = vec_add(&s->all);
	if (!new)
		return STACK_NONE;
	new->below = below;
	new->name = name;
	new->netns = kind == FRAME_NETNS ? name : under ? under->netns : 0;
	new->frames = under ? (uint8_t)(under->frames + 1) : 1;
	new->kind = (uint8_t)kind;
	*intern_number(&s->keys, id) = s->all.nr - 1;
	return s->all.nr - 1;
}

struct stack *stacks_at(const struct stacks *s, uint32_t number)
{
	return vec_at(&s->all, number);
}

static const char *name_of(const struct stacks *s, const struct stack *v)
{
	return intern_get(&s->names, v->name);
}

/* Compares two stacks by the one below, and then by their last frames. */
static int by_frames(const void *a, const void *b, void *arg)
{
	const struct stacks *s = arg;
	const struct stack *v = stacks_at(s, *(const uint32_t *)a),
			   *w = stacks_at(s, *(const uint32_t *)b);

	if (v->below != w->below)
		return v->below < w->below ? -1 : 1;
	return v->name == w->name ? 0 : strcmp(name_of(s, v), name_of(s, w));
}

bool stacks_sort(struct stacks *s)
{
	uint32_t nr = s->all.nr ? s->all.nr - 1 : 0, i;
	struct stack *below;

	if (!nr)
		return true;
	s->order = counted_realloc(s->all.memory, NULL, 0, nr * sizeof(*s->order));
	if (!s->order)
		return false;
	s->nr_sorted = nr;
	for (i = 0; i < nr; i++)
		s->order[i] = i + 1;
	qsort_r(s->order, nr, sizeof(*s->order), by_frames, s);
	for (i = 0; i < nr; i++) {
		below = stacks_at(s, stacks_at(s, s->order[i])->below);
		if (!below->nr++)
			below->first = i;
	}
	return true;
}

/* The frames up to the stack at hand. */
struct walk {
	const struct stacks *s;
	const char *names[STACK_FRAMES];
	stack_fn cb;
	void *arg;
};

/* Hands out the stacks that begin with the nr frames of a stack. */
static int each_above(struct walk *w, uint32_t number, size_t nr)
{
	const struct stack *at = stacks_at(w->s, number), *v;
	uint32_t i;
	int ret = 0;

	for (i = 0; i < at->nr && ret == 0; i++) {
		v = stacks_at(w->s, w->s->order[at->first + i]);
		w->names[nr] = name_of(w->s, v);
		if (v->self_ns)
			ret = w->cb(w->arg, w->names, nr + 1, v->self_ns);
		if (ret == 0)
			ret = each_above(w, w->s->order[at->first + i], nr + 1);
	}
	return ret;
}

int stacks_each(const struct stacks *s, stack_fn cb, void *arg)
{
	struct walk w = { .s = s, .cb = cb, .arg = arg };

	return s->nr_sorted ? each_above(&w, STACK_NONE, 0) : 0;
}

void stacks_free(struct stacks *s)
{
	struct pwrt_memory *memory = s->all.memory;

	counted_free(memory, s->order, s->nr_sorted * sizeof(*s->order));
	intern_free(&s->names);
	intern_free(&s->keys);
	vec_free(&s->all);
	stacks_init(s, memory);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "skb_members.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btf_util.h"
#include "format/array.h"

#define NAME_MAX_LEN 128
#define DEPTH_MAX 8

struct walk {
	struct skb_members *to;
	const struct btf *btf;
	uint32_t end; /* in bits: of the structure */
};

static int add(struct walk *w, const char *name, const struct skb_member *what)
{
	struct skb_members *to = w->to;
	struct skb_member *more;

	/* A member without bytes only marks an offset. */
	if ((!what->bits && !what->bytes) || what->bit + what->bits + what->bytes * 8 > w->end)
		return 0;
	more = array_grow(to->m, to->nr, sizeof(*more));
	if (!more)
		return PWRT_ENOMEM;
	to->m = more;
	to->m[to->nr] = *what;
	to->m[to->nr].name = strdup(name);
	return to->m[to->nr].name ? (to->nr++, 0) : PWRT_ENOMEM;
}

static int walk_members(struct walk *w, const struct btf_type *of, uint32_t bit, const char *name,
			unsigned int depth);

/* A member of this type, or what it consists of. bits: of a bit field, else 0. */
static int walk_one(struct walk *w, uint32_t type, uint32_t bit, uint32_t bits, const char *name,
		    unsigned int depth)
{
	const struct btf_type *t = btf_plain(w->btf, type);
	struct skb_member what = { .bit = bit };

	if (!t)
		return 0;
	if (btf_is_composite(t))
		return depth < DEPTH_MAX ? walk_members(w, t, bit, name, depth + 1) : 0;
	if (btf_is_array(t)) {
		int64_t bytes = btf__resolve_size(w->btf, type);

		what.bytes = bytes > 0 && bytes <= PWRT_VALUES_MAX / 2 ? (uint32_t)bytes : 0;
	} else {
		uint32_t bytes = btf_number(t, &what.is_signed);

		if (bytes <= 8)
			what.bits = (uint8_t)(bits ? bits : bytes * 8);
	}
	return add(w, name, &what);
}

static int walk_members(struct walk *w, const struct btf_type *of, uint32_t bit, const char *name,
			unsigned int depth)
{
	const struct btf_member *m = btf_members(of);
	unsigned int i, nr = btf_is_union(of) && btf_vlen(of) ? 1 : btf_vlen(of);
	char inner[NAME_MAX_LEN];
	int ret = 0;

	for (i = 0; i < nr && ret == 0; i++) {
		const char *text = btf__name_by_offset(w->btf, m[i].name_off);
		const char *between = !*text || name[strlen(name) - 1] == '>' ? "" : ".";

		if (snprintf(inner, sizeof(inner), "%s%s%s", name, between, text) >=
		    (int)sizeof(inner))
			continue;
		ret = walk_one(w, m[i].type, bit + btf_member_bit_offset(of, i),
			       btf_member_bitfield_size(of, i), inner, depth);
	}
	return ret;
}

int skb_members_find(struct skb_members *to, const char *type, const char *root, uint32_t max,
		     const struct btf *btf, struct pwrt_diag *d)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT), ret;
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);
	struct walk w = { .to = to, .btf = btf };
	char name[NAME_MAX_LEN];

	*to = (struct skb_members){ 0 };
	if (!t || t->size > max)
		return pwrt_fail(d, PWRT_EINVAL, 0,
				 "the kernel's BTF has no struct %s of up to %u bytes", type, max);
	to->bytes = (t->size + 7) & ~7u;
	w.end = t->size * 8;
	snprintf(name, sizeof(name), "%s->", root);
	ret = walk_members(&w, t, 0, name, 0);
	if (ret == 0)
		return 0;
	skb_members_free(to);
	return pwrt_fail(d, ret, 0, "out of memory");
}

void skb_members_drop(struct skb_members *m, const char *name)
{
	uint32_t i;

	for (i = 0; i < m->nr; i++) {
		if (strcmp(m->m[i].name, name))
			continue;
		free(m->m[i].name);
		m->nr--;
		memmove(&m->m[i], &m->m[i + 1], (m->nr - i) * sizeof(*m->m));
		return;
	}
}

void skb_members_free(struct skb_members *m)
{
	for (; m->nr; m->nr--)
		free(m->m[m->nr - 1].name);
	free(m->m);
	*m = (struct skb_members){ 0 };
}

/* Bits of memory, the lowest first, as little-endian machines number them. */
static uint64_t bits_at(const uint8_t *from, uint32_t bit, unsigned int bits)
{
	unsigned int shift = bit % 8, bytes = (shift + bits + 7) / 8;
	uint64_t low = 0;
	uint8_t high = 0;

	memcpy(&low, from + bit / 8, bytes > 8 ? 8 : bytes);
	if (bytes > 8)
		high = from[bit / 8 + 8];
	low >>= shift;
	if (shift)
		low |= (uint64_t)high << (64 - shift);
	return bits == 64 ? low : low & ((1ull << bits) - 1);
}

static void bits_take(uint8_t *to, const uint8_t *from, uint32_t bit, unsigned int bits)
{
	uint8_t mask;

	for (; bits; bit++, bits--) {
		mask = (uint8_t)(1u << bit % 8);
		to[bit / 8] = (uint8_t)((to[bit / 8] & ~mask) | (from[bit / 8] & mask));
	}
}

static bool array_changed(const struct skb_member *m, const uint8_t *now, const uint8_t *last,
			  struct pwrt_value *v)
{
	v->type = PWRT_VALUE_BYTES;
	v->bytes = now + m->bit / 8;
	v->len = m->bytes;
	return memcmp(v->bytes, last + m->bit / 8, m->bytes);
}

static bool number_changed(const struct skb_member *m, const uint8_t *now, const uint8_t *last,
			   struct pwrt_value *v)
{
	uint64_t n = bits_at(now, m->bit, m->bits);

	btf_number_value(v, n, m->bits, m->is_signed);
	return n != bits_at(last, m->bit, m->bits);
}

void skb_members_changed(const struct skb_members *m, const uint8_t *now, uint8_t *last,
			 uint32_t first, struct pwrt_values *to)
{
	uint32_t i;

	for (i = 0; i < m->nr; i++) {
		const struct skb_member *one = &m->m[i];
		struct pwrt_value v = { .key = first + i };

		if (one->bytes ? !array_changed(one, now, last, &v) :
				 !number_changed(one, now, last, &v))
			continue;
		if (!pwrt_value_put(to, &v))
			continue;
		if (one->bytes)
			memcpy(last + one->bit / 8, now + one->bit / 8, one->bytes);
		else
			bits_take(last, now, one->bit, one->bits);
	}
}

#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "member.h"

#define FIELD(column, enc, type, member)                                                       \
	{                                                                                      \
		column, enc, sizeof(((struct type *)0)->member), offsetof(struct type, member) \
	}
#define TABLE(block, type, fields)                                                       \
	{                                                                                \
		block, sizeof(struct type), sizeof(fields) / sizeof((fields)[0]), fields \
	}

static const struct table_field info_fields[] = {
	FIELD(0, ENC_STR, pwrt_info, key),
	FIELD(1, ENC_STR, pwrt_info, value),
};
static const struct table_field clock_fields[] = {
	FIELD(0, ENC_VAR, pwrt_clock, mono_ns),
	FIELD(1, ENC_VAR, pwrt_clock, real_ns),
};
static const struct table_field func_fields[] = {
	FIELD(0, ENC_DELTA, pwrt_func, addr), FIELD(1, ENC_STR, pwrt_func, name),
	FIELD(2, ENC_STR, pwrt_func, module), FIELD(3, ENC_STR, pwrt_func, why),
	FIELD(4, ENC_VAR, pwrt_func, arg),    FIELD(5, ENC_VAR, pwrt_func, status),
};
static const struct table_field caller_fields[] = {
	FIELD(0, ENC_DELTA, pwrt_caller, addr),
	FIELD(1, ENC_STR, pwrt_caller, name),
	FIELD(2, ENC_STR, pwrt_caller, module),
	FIELD(3, ENC_VAR, pwrt_caller, offset),
};
static const struct table_field task_fields[] = {
	FIELD(0, ENC_VAR, pwrt_task, pid),
	FIELD(1, ENC_VAR, pwrt_task, tgid),
	FIELD(2, ENC_STR, pwrt_task, comm),
};
static const struct table_field dev_fields[] = {
	FIELD(0, ENC_VAR, pwrt_dev, netns),
	FIELD(1, ENC_VAR, pwrt_dev, ifindex),
	FIELD(2, ENC_STR, pwrt_dev, name),
};
static const struct table_field netns_fields[] = {
	FIELD(0, ENC_VAR, pwrt_netns, inum),
	FIELD(1, ENC_STR, pwrt_netns, name),
};
static const struct table_field enum_fields[] = {
	FIELD(0, ENC_STR, pwrt_enum, type),
	FIELD(1, ENC_STR, pwrt_enum, name),
	FIELD(2, ENC_DELTA, pwrt_enum, value),
};
static const struct table_field lost_fields[] = {
	FIELD(0, ENC_VAR, pwrt_lost, from_ns), FIELD(1, ENC_VAR, pwrt_lost, to_ns),
	FIELD(2, ENC_VAR, pwrt_lost, count),   FIELD(3, ENC_VAR, pwrt_lost, cpu),
	FIELD(4, ENC_VAR, pwrt_lost, reason),
};

const struct table_desc table_descs[TABLE_NR] = {
	[TABLE_INFO] = TABLE(BLOCK_INFO, pwrt_info, info_fields),
	[TABLE_CLOCK] = TABLE(BLOCK_CLOCK, pwrt_clock, clock_fields),
	[TABLE_FUNCS] = TABLE(BLOCK_FUNCS, pwrt_func, func_fields),
	[TABLE_CALLERS] = TABLE(BLOCK_CALLERS, pwrt_caller, caller_fields),
	[TABLE_TASKS] = TABLE(BLOCK_TASKS, pwrt_task, task_fields),
	[TABLE_DEVS] = TABLE(BLOCK_DEVS, pwrt_dev, dev_fields),
	[TABLE_NETNS] = TABLE(BLOCK_NETNS, pwrt_netns, netns_fields),
	[TABLE_ENUMS] = TABLE(BLOCK_ENUMS, pwrt_enum, enum_fields),
	[TABLE_LOST] = TABLE(BLOCK_LOST, pwrt_lost, lost_fields),
};

enum table_id table_of_block(uint16_t type)
{
	int id = 0;

	while (id < TABLE_NR && table_descs[id].block_type != type)
		id++;
	return (enum table_id)id;
}

void table_put(const struct table_desc *t, struct columns_out *c, uint64_t *prev, const void *entry)
{
	unsigned int i;

	for (i = 0; i < t->nr_fields; i++) {
		const struct table_field *f = &t->fields[i];
		const uint8_t *p = (const uint8_t *)entry + f->offset;
		struct buf *out = &c->col[f->column];
		const char *s;
		uint64_t v;

		if (f->enc == ENC_STR) {
			memcpy(&s, p, sizeof(s));
			buf_str(out, s);
			continue;
		}
		v = member_get(p, f->size);
		buf_var(out, f->enc == ENC_DELTA ? zigzag(v - prev[i]) : v);
		prev[i] = v;
	}
}

static int field_get(const struct table_field *f, struct cur *c, uint64_t *prev, uint8_t *entry,
		     struct arena *a)
{
	const char *s = "";
	const uint8_t *p;
	uint64_t v;

	if (f->enc == ENC_STR) {
		if (c->p) {
			if (!cur_var(c, &v) || v > PWRT_STR_MAX)
				return PWRT_ECORRUPT;
			p = cur_take(c, (size_t)v);
			if (!p || memchr(p, 0, (size_t)v))
				return PWRT_ECORRUPT;
			s = arena_str(a, p, (size_t)v);
			if (!s)
				return PWRT_ENOMEM;
		}
		memcpy(entry + f->offset, &s, sizeof(s));
		return 0;
	}
	if (!c->p) /* the writer did not know this field */
		return 0;
	if (!cur_var(c, &v))
		return PWRT_ECORRUPT;
	if (f->enc == ENC_DELTA)
		v = *prev + unzigzag(v);
	*prev = v;
	return member_set(entry + f->offset, f->size, v) ? 0 : PWRT_ECORRUPT;
}

/* Grows the table by items entries, each at least a byte of payload, so items is honest. */
static int table_reserve(const struct table_desc *t, struct table *to, uint32_t items,
			 struct arena *a)
{
	uint32_t cap = to->cap ? to->cap : 16;
	uint8_t *p;

	if (items > PWRT_ENTRIES_MAX - to->nr)
		return PWRT_ECORRUPT;
	while (cap < to->nr + items)
		cap *= 2;
	if (cap == to->cap)
		return 0;
	if (!arena_charge(a, (uint64_t)(cap - to->cap) * t->entry_size))
		return PWRT_ENOMEM;
	p = realloc(to->entries, (size_t)cap * t->entry_size);
	if (!p)
		return PWRT_ENOMEM;
	to->entries = p;
	to->cap = cap;
	return 0;
}

int table_get(const struct table_desc *t, struct table *to, struct cur *payload, uint32_t items,
	      struct arena *a)
{
	uint64_t prev[COLUMNS_MAX] = { 0 };
	uint32_t first, i, was = to->nr;
	struct columns_in in;
	unsigned int k;
	int ret;

	/* A block before this one may be lost: its ids stay empty, the others keep their place. */
	if (!cur_var32(payload, &first) || first < to->nr || items > cur_left(payload) ||
	    first > PWRT_ENTRIES_MAX || !columns_get(&in, payload))
		return PWRT_ECORRUPT;
	ret = table_reserve(t, to, first - to->nr + items, a);
	if (ret < 0)
		return ret;
	memset(to->entries + (size_t)to->nr * t->entry_size, 0,
	       (size_t)(first - to->nr + items) * t->entry_size);
	for (i = was; i < first + items; i++) {
		uint8_t *entry = to->entries + (size_t)i * t->entry_size;
		struct cur none = { 0 };

		for (k = 0; k < t->nr_fields; k++) {
			const struct table_field *f = &t->fields[k];

			ret = field_get(f, i < first ? &none : &in.col[f->column], &prev[k], entry,
					a);
			if (ret < 0)
				return ret;
		}
	}
	for (k = 0; k < t->nr_fields; k++)
		if (cur_left(&in.col[t->fields[k].column]))
			return PWRT_ECORRUPT;
	to->nr = first + items;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "struct_field.h"

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
	FIELD(2, ENC_VAR, pwrt_clock, within_ns),
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
static const struct table_field stack_fields[] = {
	FIELD(0, ENC_LIST, pwrt_stack, callers),
};
static const struct table_field module_fields[] = {
	FIELD(0, ENC_STR, pwrt_module, name),
	FIELD(1, ENC_DELTA, pwrt_module, addr),
	FIELD(2, ENC_VAR, pwrt_module, size),
};
static const struct table_field btf_fields[] = {
	FIELD(0, ENC_STR, pwrt_btf, module),
	FIELD(1, ENC_BYTES, pwrt_btf, bytes),
};
static const struct table_field key_fields[] = {
	FIELD(0, ENC_STR, pwrt_key, name),
};
static const struct table_field lost_fields[] = {
	FIELD(0, ENC_VAR, pwrt_lost, from_ns), FIELD(1, ENC_VAR, pwrt_lost, to_ns),
	FIELD(2, ENC_VAR, pwrt_lost, count),   FIELD(3, ENC_VAR, pwrt_lost, cpu),
	FIELD(4, ENC_VAR, pwrt_lost, reason),
};

static const struct table_field cpu_fields[] = {
	FIELD(0, ENC_VAR, pwrt_cpu, cpu),
	FIELD(1, ENC_VAR, pwrt_cpu, entered),
	FIELD(2, ENC_VAR, pwrt_cpu, lost),
	FIELD(3, ENC_VAR, pwrt_cpu, untracked),
};
static const struct table_field index_fields[] = {
	FIELD(0, ENC_VAR, index_entry, type),	     FIELD(1, ENC_VAR, index_entry, items),
	FIELD(2, ENC_VAR, index_entry, len),	     FIELD(3, ENC_DELTA, index_entry, ts_min),
	FIELD(4, ENC_VAR, index_entry, ts_span),     FIELD(5, ENC_DELTA, index_entry, packet_min),
	FIELD(6, ENC_VAR, index_entry, packet_span),
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
	[TABLE_STACKS] = TABLE(BLOCK_STACKS, pwrt_stack, stack_fields),
	[TABLE_MODULES] = TABLE(BLOCK_MODULES, pwrt_module, module_fields),
	[TABLE_BTF] = TABLE(BLOCK_BTF, pwrt_btf, btf_fields),
	[TABLE_KEYS] = TABLE(BLOCK_KEYS, pwrt_key, key_fields),
	[TABLE_LOST] = TABLE(BLOCK_LOST, pwrt_lost, lost_fields),
	[TABLE_CPUS] = TABLE(BLOCK_CPUS, pwrt_cpu, cpu_fields),
	[TABLE_INDEX] = TABLE(BLOCK_INDEX, index_entry, index_fields),
};

enum table_id table_of_block(uint16_t type)
{
	int id = 0;

	while (id < TABLE_NR && table_descs[id].block_type != type)
		id++;
	return (enum table_id)id;
}

static void list_put(struct buf *out, const struct pwrt_list *l)
{
	uint32_t i;

	buf_var(out, l->nr);
	for (i = 0; i < l->nr; i++)
		buf_var(out, l->v[i]);
}

void table_put(const struct table_desc *t, struct columns_out *c, uint64_t *prev, const void *entry)
{
	unsigned int i;

	for (i = 0; i < t->nr_fields; i++) {
		const struct table_field *f = &t->fields[i];
		const uint8_t *p = (const uint8_t *)entry + f->offset;
		struct buf *out = &c->col[f->column];
		struct pwrt_bytes bytes;
		struct pwrt_list list;
		const char *s;
		uint64_t v;

		switch (f->enc) {
		case ENC_STR:
			memcpy(&s, p, sizeof(s));
			buf_str(out, s);
			break;
		case ENC_LIST:
			memcpy(&list, p, sizeof(list));
			list_put(out, &list);
			break;
		case ENC_BYTES:
			memcpy(&bytes, p, sizeof(bytes));
			buf_var(out, bytes.len);
			buf_bytes(out, bytes.p, bytes.len);
			break;
		default:
			v = struct_field_get(p, f->size);
			buf_var(out, f->enc == ENC_DELTA ? zigzag(v - prev[i]) : v);
			prev[i] = v;
		}
	}
}

/* The readers of single fields: a column that is not there reads as nothing. */

static int str_get(struct cursor *c, uint8_t *to, struct arena *a)
{
	const char *s = "";
	const uint8_t *p;
	uint64_t n;

	if (c->p) {
		if (!cursor_var(c, &n) || n > PWRT_STR_MAX)
			return PWRT_ECORRUPT;
		p = cursor_take(c, (size_t)n);
		if (!p || memchr(p, 0, (size_t)n))
			return PWRT_ECORRUPT;
		s = arena_str(a, p, (size_t)n);
		if (!s)
			return PWRT_ENOMEM;
	}
	memcpy(to, &s, sizeof(s));
	return 0;
}

static int list_get(struct cursor *c, uint8_t *to, struct arena *a)
{
	struct pwrt_list list = { 0 };
	uint32_t *v, i;
	uint64_t n = 0;

	if (c->p && (!cursor_var(c, &n) || n > PWRT_LIST_MAX || n > cursor_left(c)))
		return PWRT_ECORRUPT;
	if (n) {
		v = arena_alloc(a, (size_t)n * sizeof(*v));
		if (!v)
			return PWRT_ENOMEM;
		for (i = 0; i < n; i++)
			if (!cursor_var32(c, &v[i]))
				return PWRT_ECORRUPT;
		list = (struct pwrt_list){ v, (uint32_t)n };
	}
	memcpy(to, &list, sizeof(list));
	return 0;
}

static int bytes_get(struct cursor *c, uint8_t *to, struct arena *a)
{
	struct pwrt_bytes bytes = { 0 };
	const uint8_t *p;
	uint64_t n = 0;
	void *copy;

	if (c->p && (!cursor_var(c, &n) || n > cursor_left(c)))
		return PWRT_ECORRUPT;
	p = cursor_take(c, (size_t)n);
	if (n) {
		copy = arena_alloc(a, (size_t)n);
		if (!copy)
			return PWRT_ENOMEM;
		memcpy(copy, p, (size_t)n);
		bytes = (struct pwrt_bytes){ copy, (size_t)n };
	}
	memcpy(to, &bytes, sizeof(bytes));
	return 0;
}

static int field_get(const struct table_field *f, struct cursor *c, uint64_t *prev, uint8_t *entry,
		     struct arena *a)
{
	uint64_t v;

	switch (f->enc) {
	case ENC_STR:
		return str_get(c, entry + f->offset, a);
	case ENC_LIST:
		return list_get(c, entry + f->offset, a);
	case ENC_BYTES:
		return bytes_get(c, entry + f->offset, a);
	}
	if (!c->p) /* the writer did not know this field */
		return 0;
	if (!cursor_var(c, &v))
		return PWRT_ECORRUPT;
	if (f->enc == ENC_DELTA)
		v = *prev + unzigzag(v);
	*prev = v;
	return struct_field_set(entry + f->offset, f->size, v) ? 0 : PWRT_ECORRUPT;
}

/* Each entry is at least a byte of every column that is there, so that items is honest. */
static int table_check(const struct table_desc *t, const struct columns_in *in, uint32_t items)
{
	bool any = false;
	unsigned int k;

	for (k = 0; k < t->nr_fields; k++) {
		const struct cursor *c = &in->col[t->fields[k].column];

		if (c->p && cursor_left(c) < items)
			return PWRT_ECORRUPT;
		any |= c->p != NULL;
	}
	return any && items ? 0 : PWRT_ECORRUPT;
}

/* Grows the table by items entries. */
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

/* Reads entries from to up to the id end from the columns, or makes them empty where these are
 * NULL. */
static int entries_get(const struct table_desc *t, struct table *to, uint32_t from, uint32_t end,
		       struct columns_in *in, struct unpacker *u)
{
	uint64_t prev[COLUMNS_MAX] = { 0 };
	uint32_t i;
	unsigned int k;
	int ret;

	for (i = from; i < end; i++) {
		uint8_t *entry = to->entries + (size_t)i * t->entry_size;
		struct cursor none = { 0 };

		memset(entry, 0, t->entry_size);
		for (k = 0; k < t->nr_fields; k++) {
			const struct table_field *f = &t->fields[k];

			ret = field_get(f, in ? &in->col[f->column] : &none, &prev[k], entry,
					u->arena);
			if (ret < 0)
				return ret;
		}
	}
	return 0;
}

int table_get(const struct table_desc *t, struct table *to, struct cursor *payload, uint32_t items,
	      struct unpacker *u)
{
	struct columns_in in;
	uint32_t first;
	unsigned int k;
	int ret;

	/*
	 * Blocks before this one may be lost, any number of them: their ids stay empty, and the
	 * others keep their place. The memory limit pays for empty entries too: table_reserve().
	 */
	if (!cursor_var32(payload, &first) || first < to->nr || items > PWRT_ENTRIES_MAX ||
	    first > PWRT_ENTRIES_MAX - items)
		return PWRT_ECORRUPT;
	ret = columns_get(&in, payload, COLUMNS_ALL, u);
	if (ret == 0)
		ret = table_check(t, &in, items);
	if (ret == 0)
		ret = table_reserve(t, to, first - to->nr + items, u->arena);
	if (ret == 0)
		ret = entries_get(t, to, first, first + items, &in, u);
	if (ret < 0)
		return ret;
	for (k = 0; k < t->nr_fields; k++)
		if (cursor_left(&in.col[t->fields[k].column]))
			return PWRT_ECORRUPT;
	/* Only now: a file of bad blocks must not cost the time of a hole for each of them. */
	ret = entries_get(t, to, to->nr, first, NULL, u);
	if (ret == 0)
		to->nr = first + items;
	return ret;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "common.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "hash.h"
#include "struct_field.h"

/*
 * Entries that are looked at for one that is equal. A hostile file may have many entries with one
 * hash: behind this limit an entry is added once more, which costs nothing but its memory.
 */
#define PROBES_MAX 64

/* Returns the bytes of a field that is a text, a list or bytes, whose entry is given. */
static struct pwrt_bytes bytes_of(const struct table_field *f, const uint8_t *entry)
{
	struct pwrt_bytes bytes = { 0 };
	struct pwrt_list list;

	switch (f->enc) {
	case ENC_STR:
		memcpy(&bytes.p, entry + f->offset, sizeof(bytes.p));
		bytes.len = strlen(bytes.p);
		break;
	case ENC_LIST:
		memcpy(&list, entry + f->offset, sizeof(list));
		bytes = (struct pwrt_bytes){ list.v, list.nr * sizeof(*list.v) };
		break;
	case ENC_BYTES:
		memcpy(&bytes, entry + f->offset, sizeof(bytes));
		break;
	}
	return bytes;
}

/* The table and the fields of an index, by common_index. Those of a whole table are implied. */
static const struct {
	enum table_id table;
	unsigned int fields; /* bits */
} indexes[COMMON_INDEXES] = {
	[ENUM_BY_NAME] = { TABLE_ENUMS, 1 << 0 | 1 << 1 },
	[ENUM_BY_VALUE] = { TABLE_ENUMS, 1 << 0 | 1 << 2 },
	[FACT_BY_KEY] = { TABLE_INFO, 1 << 0 },
};

static enum table_id table_of(unsigned int index)
{
	return index < TABLE_NR ? (enum table_id)index : indexes[index].table;
}

/* Returns whether an index is by a field of its table. */
static bool has_field(unsigned int index, unsigned int field)
{
	return index < TABLE_NR || indexes[index].fields >> field & 1;
}

static bool is_number(const struct table_field *f)
{
	return f->enc == ENC_VAR || f->enc == ENC_DELTA;
}

static uint64_t hash_of(unsigned int index, const uint8_t *entry)
{
	const struct table_desc *t = &table_descs[table_of(index)];
	struct pwrt_bytes bytes;
	uint64_t h = 0;
	unsigned int i;

	for (i = 0; i < t->nr_fields; i++) {
		const struct table_field *f = &t->fields[i];

		if (!has_field(index, i))
			continue;
		if (is_number(f)) {
			h = hash_mix(h, struct_field_get(entry + f->offset, f->size));
			continue;
		}
		bytes = bytes_of(f, entry);
		h = hash_bytes(h, bytes.p, bytes.len);
	}
	return h;
}

static bool is_equal(unsigned int index, const uint8_t *a, const uint8_t *b)
{
	const struct table_desc *t = &table_descs[table_of(index)];
	struct pwrt_bytes x, y;
	unsigned int i;

	for (i = 0; i < t->nr_fields; i++) {
		const struct table_field *f = &t->fields[i];

		if (!has_field(index, i))
			continue;
		if (is_number(f)) {
			if (struct_field_get(a + f->offset, f->size) !=
			    struct_field_get(b + f->offset, f->size))
				return false;
			continue;
		}
		x = bytes_of(f, a);
		y = bytes_of(f, b);
		if (x.len != y.len || (x.len && memcmp(x.p, y.p, x.len)))
			return false;
	}
	return true;
}

/* Grows an array of numbers to nr of them, the new ones 0. Returns false without memory. */
static bool grow(struct common *c, struct id_map *m, uint32_t nr)
{
	uint32_t cap = m->cap ? m->cap : 16, *to;

	while (cap < nr)
		cap *= 2;
	if (cap == m->cap)
		return true;
	if (!arena_charge(&c->arena, (uint64_t)(cap - m->cap) * sizeof(*to)))
		return false;
	to = realloc(m->to, cap * sizeof(*to));
	if (!to) {
		arena_refund(&c->arena, (uint64_t)(cap - m->cap) * sizeof(*to));
		return false;
	}
	memset(to + m->cap, 0, (cap - m->cap) * sizeof(*to));
	m->to = to;
	m->cap = cap;
	return true;
}

static void free_map(struct common *c, struct id_map *m)
{
	arena_refund(&c->arena, m->cap * sizeof(*m->to));
	free(m->to);
	*m = (struct id_map){ 0 };
}

static uint8_t *entry_at(const struct common *c, enum table_id table, uint32_t id)
{
	return c->tables[table].entries + (size_t)id * table_descs[table].entry_size;
}

/* Returns the slot of an equal entry, or the free one where this entry belongs; NULL: neither. */
static uint32_t *slot_of(const struct common *c, unsigned int index, const uint8_t *entry)
{
	const uint64_t hash = hash_of(index, entry);
	const struct id_map *s = &c->slots[index];
	unsigned int i;

	for (i = 0; i < PROBES_MAX && i < s->cap; i++) {
		uint32_t *slot = &s->to[(hash + i) & (s->cap - 1)];

		if (!*slot || is_equal(index, entry_at(c, table_of(index), *slot - 1), entry))
			return slot;
	}
	return NULL;
}

/* Puts an entry of a table into an index. An index by some fields has the last of equal ones. */
static void put_slot(struct common *c, unsigned int index, uint32_t id)
{
	uint32_t *slot = slot_of(c, index, entry_at(c, table_of(index), id));

	if (!slot || (*slot && index < TABLE_NR))
		return;
	c->slots[index].nr += !*slot;
	*slot = id + 1;
}

/* Doubles a hash table that is half full. Returns false without memory. */
static bool reserve_slot(struct common *c, unsigned int index)
{
	struct id_map bigger = { 0 }, *s = &c->slots[index];
	uint32_t i;

	if (s->nr < s->cap / 2)
		return true;
	if (!grow(c, &bigger, s->cap * 2))
		return false;
	free_map(c, s);
	*s = bigger;
	for (i = 0; i < c->tables[table_of(index)].nr; i++)
		put_slot(c, index, i);
	return true;
}

/* Puts the last entry of its table into an index by some fields. */
static int index_last(struct common *c, enum common_index index)
{
	if (!reserve_slot(c, index))
		return PWRT_ENOMEM;
	put_slot(c, index, c->tables[table_of(index)].nr - 1);
	return 0;
}

/* Returns the id of the last entry with equal fields, or PWRT_NONE. */
static uint32_t find(const struct common *c, enum common_index index, const void *entry)
{
	const uint32_t *slot = slot_of(c, index, entry);

	return slot && *slot ? *slot - 1 : PWRT_NONE;
}

/* Copies the texts, lists and bytes of an entry into the arena. Returns false without memory. */
static bool copy_fields(struct common *c, enum table_id table, uint8_t *entry)
{
	const struct table_desc *t = &table_descs[table];
	struct pwrt_bytes bytes;
	unsigned int i;
	void *copy;

	for (i = 0; i < t->nr_fields; i++) {
		const struct table_field *f = &t->fields[i];

		if (is_number(f))
			continue;
		bytes = bytes_of(f, entry);
		copy = f->enc == ENC_STR ? (void *)arena_str(&c->arena, bytes.p, bytes.len) :
		       bytes.len	 ? arena_alloc(&c->arena, bytes.len) :
					   NULL;
		if (!copy && (bytes.len || f->enc == ENC_STR))
			return false;
		if (f->enc != ENC_STR && bytes.len)
			memcpy(copy, bytes.p, bytes.len);
		memcpy(entry + f->offset, &copy,
		       sizeof(copy)); /* a pointer is their first member */
	}
	return true;
}

static int append(struct common *c, enum table_id table, const uint8_t *entry)
{
	const uint32_t size = table_descs[table].entry_size;
	struct table *t = &c->tables[table];
	const uint32_t cap = t->cap ? t->cap * 2 : 16;
	uint8_t *p;

	if (t->nr == PWRT_ENTRIES_MAX)
		return PWRT_ECORRUPT;
	if (t->nr == t->cap) {
		if (!arena_charge(&c->arena, (uint64_t)(cap - t->cap) * size))
			return PWRT_ENOMEM;
		p = realloc(t->entries, (size_t)cap * size);
		if (!p) {
			arena_refund(&c->arena, (uint64_t)(cap - t->cap) * size);
			return PWRT_ENOMEM;
		}
		t->entries = p;
		t->cap = cap;
	}
	memcpy(entry_at(c, table, t->nr), entry, size);
	if (!copy_fields(c, table, entry_at(c, table, t->nr)))
		return PWRT_ENOMEM;
	t->nr++;
	return 0;
}

/* Sets *id to that of an equal entry, or adds the entry. */
static int find_or_add(struct common *c, enum table_id table, const uint8_t *entry, uint32_t *id)
{
	uint32_t *slot;
	int ret;

	if (!reserve_slot(c, table))
		return PWRT_ENOMEM;
	slot = slot_of(c, table, entry);
	if (slot && *slot) {
		*id = *slot - 1;
		return 0;
	}
	*id = c->tables[table].nr;
	ret = append(c, table, entry);
	if (ret == 0 && slot) {
		*slot = *id + 1;
		c->slots[table].nr++;
	}
	return ret;
}

/* Adds a fact, unless the files before have it with the same value. */
static int append_fact(struct common *c, const struct pwrt_info *info)
{
	const struct pwrt_info *known = (const struct pwrt_info *)c->tables[TABLE_INFO].entries;
	const uint32_t i = find(c, FACT_BY_KEY, info);
	int ret;

	if (i != PWRT_NONE && !strcmp(known[i].value, info->value))
		return 0;
	ret = append(c, TABLE_INFO, (const uint8_t *)info);
	return ret == 0 ? index_last(c, FACT_BY_KEY) : ret;
}

#define MOVED_FROM 0x70000000u /* numbers from here on are free: no kernel has so many reasons */
#define MOVED_MAX 1024
#define ENUMS_MAX 8192 /* of several machines: kernels have some 400 */

/* Notes that a number of an enumeration is another one in the common tables. */
static int note_moved(struct common *c, struct common_file *f, const struct pwrt_enum *e,
		      uint64_t from)
{
	struct moved_number *m;

	if (f->nr_moved == MOVED_MAX)
		return PWRT_ECORRUPT;
	if (!(f->nr_moved & (f->nr_moved - 1)) &&
	    !arena_charge(&c->arena, (f->nr_moved ? f->nr_moved : 1) * sizeof(*m)))
		return PWRT_ENOMEM;
	m = array_grow(f->moved, f->nr_moved, sizeof(*m));
	if (!m)
		return PWRT_ENOMEM;
	f->moved = m;
	m[f->nr_moved++] = (struct moved_number){ e->type, from, (uint64_t)e->value };
	return 0;
}

uint64_t common_number(const struct common_file *f, const char *type, uint64_t number)
{
	uint32_t i;

	for (i = 0; i < f->nr_moved; i++)
		if (f->moved[i].from == number && !strcmp(f->moved[i].type, type))
			return f->moved[i].to;
	return number;
}

/* Adds an enumerator of one of several machines, whose number may be taken: it gets a new one. */
static int append_enum(struct common *c, struct common_file *f, struct pwrt_enum e, uint32_t *id)
{
	const uint64_t from = (uint64_t)e.value;
	const bool taken = find(c, ENUM_BY_VALUE, &e) != PWRT_NONE;
	const struct pwrt_enum *known;
	int ret;

	*id = c->tables[TABLE_ENUMS].nr;
	if (*id >= ENUMS_MAX)
		return PWRT_ECORRUPT;
	if (taken)
		e.value = (int64_t)(MOVED_FROM + *id);
	ret = append(c, TABLE_ENUMS, (const uint8_t *)&e);
	if (ret == 0)
		ret = index_last(c, ENUM_BY_NAME);
	if (ret == 0)
		ret = index_last(c, ENUM_BY_VALUE);
	known = (const struct pwrt_enum *)c->tables[TABLE_ENUMS].entries;
	return ret == 0 && taken ? note_moved(c, f, &known[*id], from) : ret;
}

/* Two kernels may have different numbers for a name. The first one's holds, or a new one. */
static int add_enum(struct common *c, struct common_file *f, const uint8_t *entry, uint32_t *id)
{
	const struct pwrt_enum *known = (const struct pwrt_enum *)c->tables[TABLE_ENUMS].entries;
	struct pwrt_enum e;

	memcpy(&e, entry, sizeof(e));
	if (!f->host)
		return find_or_add(c, TABLE_ENUMS, entry, id);
	*id = find(c, ENUM_BY_NAME, &e);
	if (*id == PWRT_NONE)
		return append_enum(c, f, e, id);
	return known[*id].value == e.value ? 0 : note_moved(c, f, &known[*id], (uint64_t)e.value);
}

/* Namespaces of machines have the same inode numbers. Each machine but the first gets its own. */
static uint32_t netns_number(const struct common_file *f, uint32_t inum)
{
	return inum ? inum + (f->host_nr << 20) : 0;
}

/* Adds a namespace of one of several machines: HOST/NAME, or HOST/INODE. */
static int add_netns(struct common *c, const struct common_file *f, const uint8_t *entry,
		     uint32_t *id)
{
	char name[PWRT_STR_MAX + 1], number[16];
	struct pwrt_netns ns;

	memcpy(&ns, entry, sizeof(ns));
	snprintf(number, sizeof(number), "%u", ns.inum);
	snprintf(name, sizeof(name), "%.64s/%.4000s", f->host, *ns.name ? ns.name : number);
	ns.inum = netns_number(f, ns.inum);
	ns.name = name;
	return find_or_add(c, TABLE_NETNS, (const uint8_t *)&ns, id);
}

/* Facts of machines behind the first one have its name in front, but for those of functions. */
static int add_fact(struct common *c, const struct common_file *f, const struct pwrt_info *info)
{
	char key[PWRT_STR_MAX + 1];
	struct pwrt_info named = *info;

	if (f->host_nr && strncmp(info->key, "ret.", 4)) {
		snprintf(key, sizeof(key), "%.64s:%.4000s", f->host, info->key);
		named.key = key;
	}
	return append_fact(c, &named);
}

/*
 * Adds an entry that refers to no other one, with its times on one clock. Files that were made of
 * parts of one recording repeat its losses and clocks.
 */
static int add_plain(struct common *c, const struct common_file *f, enum table_id table,
		     const uint8_t *entry, uint32_t *id)
{
	struct pwrt_clock clock;
	struct pwrt_lost lost;

	switch (table) {
	case TABLE_CLOCK:
		memcpy(&clock, entry, sizeof(clock));
		clock.mono_ns += f->shift_ns;
		return find_or_add(c, table, (const uint8_t *)&clock, id);
	case TABLE_LOST:
		memcpy(&lost, entry, sizeof(lost));
		lost.from_ns += f->shift_ns;
		lost.to_ns += f->shift_ns;
		return find_or_add(c, table, (const uint8_t *)&lost, id);
	default:
		return find_or_add(c, table, entry, id);
	}
}

/* A stack refers to callers. Sets *id to its number. */
static int add_stack(struct common *c, const struct common_file *f, const uint8_t *entry,
		     uint32_t *id)
{
	uint32_t callers[PWRT_LIST_MAX], i;
	struct pwrt_stack stack;

	memcpy(&stack, entry, sizeof(stack));
	for (i = 0; i < stack.callers.nr; i++)
		callers[i] = common_id(f, TABLE_CALLERS, stack.callers.v[i]);
	stack.callers.v = callers;
	return find_or_add(c, TABLE_STACKS, (const uint8_t *)&stack, id);
}

/* Adds an entry of one of several machines, without what differs on each of them. */
static int add_of_host(struct common *c, struct common_file *f, enum table_id table,
		       const uint8_t *entry, uint32_t *id)
{
	union {
		struct pwrt_func func;
		struct pwrt_caller caller;
		struct pwrt_module module;
		struct pwrt_dev dev;
		uint8_t bytes[64];
	} e;

	memcpy(&e, entry, table_descs[table].entry_size);
	switch (table) {
	case TABLE_FUNCS:
		e.func.addr = 0;
		break;
	case TABLE_CALLERS:
		e.caller.addr = *e.caller.name ? 0 : e.caller.addr;
		break;
	case TABLE_MODULES:
		e.module.addr = 0;
		break;
	case TABLE_DEVS:
		e.dev.netns = netns_number(f, e.dev.netns);
		break;
	case TABLE_NETNS:
		return add_netns(c, f, entry, id);
	case TABLE_CLOCK: /* the times of all are on the clock of the first machine */
		return f->host_nr ? 0 : add_plain(c, f, table, entry, id);
	default:
		return add_plain(c, f, table, entry, id);
	}
	return find_or_add(c, table, e.bytes, id);
}

static int add_entry(struct common *c, struct common_file *f, enum table_id table,
		     const uint8_t *entry, uint32_t *id)
{
	*id = c->tables[table].nr;
	if (table == TABLE_STACKS)
		return add_stack(c, f, entry, id);
	if (table == TABLE_ENUMS)
		return add_enum(c, f, entry, id);
	if (table == TABLE_INFO)
		return add_fact(c, f, (const struct pwrt_info *)entry);
	return f->host ? add_of_host(c, f, table, entry, id) : add_plain(c, f, table, entry, id);
}

static int add_table(struct common *c, struct common_file *f, enum table_id table,
		     const struct table *from)
{
	struct id_map *m = &f->maps[table];
	uint32_t i;
	int ret;

	if (!grow(c, m, from->nr))
		return PWRT_ENOMEM;
	for (i = m->nr; i < from->nr; i++) {
		ret = add_entry(c, f, table,
				from->entries + (size_t)i * table_descs[table].entry_size,
				&m->to[i]);
		if (ret < 0)
			return ret;
		m->nr = i + 1;
	}
	return 0;
}

int common_add(struct common *c, struct common_file *f, const struct table from[TABLE_NR])
{
	int id, ret = 0;

	for (id = 0; id < TABLE_NR && ret == 0; id++)
		if (id != TABLE_INDEX && from[id].nr > f->maps[id].nr)
			ret = add_table(c, f, (enum table_id)id, &from[id]);
	return ret;
}

void common_file_free(struct common *c, struct common_file *f)
{
	int id;

	for (id = 0; id < TABLE_NR; id++)
		free_map(c, &f->maps[id]);
	free(f->moved);
	f->moved = NULL;
}

void common_free(struct common *c)
{
	int id;

	for (id = 0; id < TABLE_NR; id++)
		free(c->tables[id].entries);
	for (id = 0; id < COMMON_INDEXES; id++)
		free_map(c, &c->slots[id]);
	arena_free(&c->arena);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Gives out the tables of a file, and the counts of its reader. */
#include <string.h>

#include "block_reader.h"

const struct pwrt_integrity *pwrt_reader_integrity(const struct pwrt_reader *r)
{
	return &r->integrity;
}

const struct pwrt_block_stats *pwrt_reader_block_stats(const struct pwrt_reader *r, uint32_t i)
{
	return i < NR_KINDS ? &r->block_stats[i] : NULL;
}

uint64_t pwrt_reader_events(const struct pwrt_reader *r)
{
	return r->events;
}

uint64_t pwrt_reader_packets(const struct pwrt_reader *r)
{
	return r->packets;
}

void pwrt_reader_span(const struct pwrt_reader *r, uint64_t *ts_min, uint64_t *ts_max)
{
	*ts_min = r->ts_min;
	*ts_max = r->ts_max;
}

static const void *entry(const struct pwrt_reader *r, enum table_id id, uint32_t i)
{
	const struct table *t = &r->tables[id];

	return i < t->nr ? t->entries + (size_t)i * table_descs[id].entry_size : NULL;
}

#define TABLE_GETTER(name, id)                                                                \
	const struct pwrt_##name *pwrt_reader_##name(const struct pwrt_reader *r, uint32_t i) \
	{                                                                                     \
		return entry(r, id, i);                                                       \
	}
TABLE_GETTER(info, TABLE_INFO)
TABLE_GETTER(clock, TABLE_CLOCK)
TABLE_GETTER(func, TABLE_FUNCS)
TABLE_GETTER(caller, TABLE_CALLERS)
TABLE_GETTER(task, TABLE_TASKS)
TABLE_GETTER(dev, TABLE_DEVS)
TABLE_GETTER(netns, TABLE_NETNS)
TABLE_GETTER(key, TABLE_KEYS)
TABLE_GETTER(enum, TABLE_ENUMS)
TABLE_GETTER(stack, TABLE_STACKS)
TABLE_GETTER(module, TABLE_MODULES)
TABLE_GETTER(btf, TABLE_BTF)
TABLE_GETTER(cpu, TABLE_CPUS)
TABLE_GETTER(lost, TABLE_LOST)

const char *pwrt_reader_get(const struct pwrt_reader *r, const char *key)
{
	uint32_t i = r->tables[TABLE_INFO].nr;

	while (i--) {
		const struct pwrt_info *info = pwrt_reader_info(r, i);

		if (!strcmp(info->key, key))
			return info->value;
	}
	return NULL;
}

const char *pwrt_reader_netns_name(const struct pwrt_reader *r, uint32_t inum)
{
	uint32_t i = r->tables[TABLE_NETNS].nr;

	while (i--) {
		const struct pwrt_netns *n = pwrt_reader_netns(r, i);

		if (n->inum == inum && n->name[0])
			return n->name;
	}
	return NULL;
}

const char *pwrt_reader_enum_name(const struct pwrt_reader *r, const char *type, int64_t value)
{
	uint32_t i;

	for (i = 0; i < r->tables[TABLE_ENUMS].nr; i++) {
		const struct pwrt_enum *e = pwrt_reader_enum(r, i);

		if (e->value == value && !strcmp(e->type, type))
			return e->name;
	}
	return NULL;
}

uint64_t pwrt_reader_lost_total(const struct pwrt_reader *r)
{
	uint64_t total = 0;
	uint32_t i;

	for (i = 0; i < r->tables[TABLE_LOST].nr; i++)
		total += pwrt_reader_lost(r, i)->count;
	return total;
}

uint64_t pwrt_reader_bytes(const struct pwrt_reader *r)
{
	return r->in.off;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "drop_reasons.h"

#include <stdlib.h>
#include <string.h>

#include "format/array.h"
#include "format/pwrt.h"

static bool has_reason(const struct drop_reasons *to, const char *name, int64_t value)
{
	size_t i;

	for (i = 0; i < to->nr; i++)
		if (to->reason[i].value == value && !strcmp(to->reason[i].name, name))
			return true;
	return false;
}

static int add_reason(struct drop_reasons *to, const char *name, int64_t value)
{
	struct drop_reason *more = array_grow(to->reason, to->nr, sizeof(*more));

	if (!more)
		return PWRT_ENOMEM;
	to->reason = more;
	more += to->nr;
	*more = (struct drop_reason){ strdup(name), value };
	if (!more->name)
		return PWRT_ENOMEM;
	to->nr++;
	return 0;
}

/* include/net/dropreason.h: SKB_DROP_REASON_SUBSYS_MASK; 0 is the core, whose reasons are its own. */
#define SUBSYSTEM(reason) ((uint32_t)(reason) >> 16)

/* Adds the values of one enumeration that name the reasons of a subsystem. */
static int add_enum(struct drop_reasons *to, const struct btf *btf, const struct btf_type *t)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < btf_vlen(t) && ret == 0; i++) {
		const struct btf_enum *v = btf_enum(t) + i;
		const char *name = btf__name_by_offset(btf, v->name_off);
		int64_t value = (uint32_t)v->val;

		if (SUBSYSTEM(value) && !has_reason(to, name, value))
			ret = add_reason(to, name, value);
	}
	return ret;
}

int drop_reasons_add(struct drop_reasons *to, const struct btf *btf, uint32_t first)
{
	static const char suffix[] = "_drop_reason";
	uint32_t id, end = btf__type_cnt(btf);
	int ret = 0;

	for (id = first; id < end && ret == 0; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const char *name = btf__name_by_offset(btf, t->name_off);
		size_t n = strlen(name), len = sizeof(suffix) - 1;

		if (btf_is_enum(t) && n >= len && !strcmp(name + n - len, suffix))
			ret = add_enum(to, btf, t);
	}
	return ret;
}

void drop_reasons_free(struct drop_reasons *r)
{
	size_t i;

	for (i = 0; i < r->nr; i++)
		free(r->reason[i].name);
	free(r->reason);
	*r = (struct drop_reasons){ 0 };
}

struct all_drop_reasons all_drop_reasons_find(const struct btf *btf,
					      const struct drop_reasons *more)
{
	int id = btf__find_by_name_kind(btf, "skb_drop_reason", BTF_KIND_ENUM);

	return (struct all_drop_reasons){ .btf = btf,
					  .own = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL,
					  .more = more };
}

const char *all_drop_reasons_at(const struct all_drop_reasons *r, size_t i, uint32_t *value)
{
	const size_t nr = r->own ? btf_vlen(r->own) : 0;

	if (i < nr) {
		*value = (uint32_t)btf_enum(r->own)[i].val;
		return btf__name_by_offset(r->btf, btf_enum(r->own)[i].name_off);
	}
	i -= nr;
	if (i >= r->more->nr)
		return NULL;
	*value = (uint32_t)r->more->reason[i].value;
	return r->more->reason[i].name;
}

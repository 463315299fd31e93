/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "skb_args.h"

#include <string.h>

#include "arg_places.h"
#include "bpf/event.h"
#include "btf_util.h"

/* Returns 1 for the type struct sk_buff * (of any constness), 2 for struct sk_buff **, else 0. */
static int skb_pointer(const struct btf *btf, uint32_t id)
{
	int depth = 0;
	const struct btf_type *t;

	for (t = btf_plain(btf, id); t && btf_is_ptr(t); t = btf_plain(btf, t->type))
		depth++;
	if (!t || depth > 2 || !btf_is_struct(t) ||
	    strcmp(btf__name_by_offset(btf, t->name_off), "sk_buff"))
		return 0;
	return depth;
}

static bool is_drop_reason(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf_plain(btf, id);

	return t && btf_is_any_enum(t) &&
	       !strcmp(btf__name_by_offset(btf, t->name_off), "skb_drop_reason");
}

bool skb_args_find(uint8_t *arg, uint32_t *cookie, const struct btf *btf,
		   const struct btf_type *proto)
{
	const struct btf_param *p = btf_params(proto);
	unsigned int i, place, indirect = 0, indirect_place = 0, skb_place = 0;
	struct arg_places at = { .convention = convention_here };

	*arg = 0;
	*cookie = 0;
	for (i = 0; i < btf_vlen(proto); i++) {
		int kind = skb_pointer(btf, p[i].type);
		int64_t bytes = btf__resolve_size(btf, p[i].type);

		place = arg_places_next(&at, bytes > 0 ? (size_t)bytes : 8);
		if (kind == 1 && !*arg) {
			*arg = (uint8_t)(i + 1);
			skb_place = place;
		} else if (kind == 2 && !indirect) {
			indirect = i + 1;
			indirect_place = place;
		} else if (place <= COOKIE_ARG_MAX && is_drop_reason(btf, p[i].type)) {
			*cookie = place << 4;
		}
	}
	if (!*arg && indirect) {
		*arg = (uint8_t)indirect;
		skb_place = indirect_place;
		*cookie |= COOKIE_INDIRECT;
	}
	if (skb_place <= COOKIE_ARG_MAX)
		*cookie |= skb_place;
	return *arg;
}

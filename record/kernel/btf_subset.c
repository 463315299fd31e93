/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "btf_subset.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The types that a file needs. Types that this kernel lacks are skipped. */
static const struct {
	const char *name;
	uint32_t kind;
} roots[] = {
	{ "skb_drop_reason", BTF_KIND_ENUM },
	{ "skb_drop_reason_subsys", BTF_KIND_ENUM },
	{ "sk_buff", BTF_KIND_STRUCT },
	{ "skb_shared_info", BTF_KIND_STRUCT },
	{ "net_device", BTF_KIND_STRUCT },
	{ "sock_common", BTF_KIND_STRUCT },
	{ "ethhdr", BTF_KIND_STRUCT },
	{ "iphdr", BTF_KIND_STRUCT },
	{ "ipv6hdr", BTF_KIND_STRUCT },
	{ "tcphdr", BTF_KIND_STRUCT },
	{ "udphdr", BTF_KIND_STRUCT },
	{ "icmphdr", BTF_KIND_STRUCT },
	{ "nf_conntrack_tuple", BTF_KIND_STRUCT },
	{ "nf_inet_hooks", BTF_KIND_ENUM },
	{ "ip_conntrack_status", BTF_KIND_ENUM },
};
#define NR_ROOTS (sizeof(roots) / sizeof(roots[0]))

/* A type is copied first and gets its references when its turn comes: no recursion. */
struct work {
	const struct btf *from;
	struct btf *to;
	uint32_t *map;	 /* id in from -> id in to, 0: not copied */
	uint32_t *queue; /* ids in from, copied and without references yet */
	uint32_t nr;
	uint32_t roots[NR_ROOTS];
	bool failed;
};

static uint32_t copy_type(struct work *w, uint32_t id)
{
	int to;

	if (!id || w->map[id])
		return id ? w->map[id] : 0;
	to = btf__add_type(w->to, w->from, btf__type_by_id(w->from, id));
	if (to < 0) {
		w->failed = true;
		return 0;
	}
	w->map[id] = (uint32_t)to;
	w->queue[w->nr++] = id;
	return (uint32_t)to;
}

static bool is_root(const struct work *w, uint32_t id)
{
	unsigned int i;

	for (i = 0; i < NR_ROOTS; i++)
		if (w->roots[i] == id)
			return true;
	return false;
}

/*
 * The target of a pointer: a name is enough for a struct, unless it is one of ours, whatever const
 * or typedef is between. Functions become void.
 */
static uint32_t copy_pointee(struct work *w, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(w->from, id);
	uint32_t end = id;
	const char *name;
	int to;

	while (t && (btf_is_mod(t) || btf_is_typedef(t) || btf_is_type_tag(t))) {
		end = t->type;
		t = btf__type_by_id(w->from, end);
	}
	if (!end || !t || btf_is_func_proto(t))
		return 0;
	if (!btf_is_composite(t) || is_root(w, end))
		return copy_type(w, id);
	name = btf__name_by_offset(w->from, t->name_off);
	if (!*name)
		return 0;
	to = btf__add_fwd(w->to, name, btf_is_union(t) ? BTF_FWD_UNION : BTF_FWD_STRUCT);
	w->failed |= to < 0;
	return to < 0 ? 0 : (uint32_t)to;
}

/* A type of ours that is being made; it moves with every type that is added. */
static struct btf_type *mine(struct work *w, uint32_t id)
{
	return (struct btf_type *)(uintptr_t)btf__type_by_id(w->to, id);
}

static void set_references(struct work *w, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(w->from, id);
	uint32_t to = w->map[id], ref, i;

	switch (btf_kind(t)) {
	case BTF_KIND_PTR:
		ref = copy_pointee(w, t->type);
		mine(w, to)->type = ref;
		break;
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
	case BTF_KIND_TYPEDEF:
		ref = copy_type(w, t->type);
		mine(w, to)->type = ref;
		break;
	case BTF_KIND_ARRAY:
		ref = copy_type(w, btf_array(t)->type);
		btf_array(mine(w, to))->type = ref;
		ref = copy_type(w, btf_array(t)->index_type);
		btf_array(mine(w, to))->index_type = ref;
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		for (i = 0; i < btf_vlen(t); i++) {
			ref = copy_type(w, btf_members(t)[i].type);
			btf_members(mine(w, to))[i].type = ref;
		}
		break;
	}
}

struct btf *btf_subset(const struct btf *kernel)
{
	uint32_t nr = btf__type_cnt(kernel), i;
	struct work w = { .from = kernel, .to = btf__new_empty() };

	w.map = calloc(nr, sizeof(*w.map));
	w.queue = calloc(nr, sizeof(*w.queue));
	w.failed = !w.to || !w.map || !w.queue;
	for (i = 0; i < NR_ROOTS && !w.failed; i++) {
		int id = btf__find_by_name_kind(kernel, roots[i].name, roots[i].kind);

		if (id > 0) {
			w.roots[i] = (uint32_t)id;
			copy_type(&w, (uint32_t)id);
		}
	}
	for (i = 0; i < w.nr && !w.failed; i++)
		set_references(&w, w.queue[i]);
	free(w.map);
	free(w.queue);
	/* Every pointer made a declaration of its own: one of a name is enough. */
	if (!w.failed)
		w.failed = btf__dedup(w.to, NULL) < 0;
	if (!w.failed)
		return w.to;
	btf__free(w.to);
	return NULL;
}

/* What is behind the names of types in BTF. */
#ifndef TYPES_H
#define TYPES_H

#include <bpf/btf.h>

/* A type without const, volatile and the like, and without typedefs; NULL: there is none. */
static inline const struct btf_type *btf_plain(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t)))
		t = btf__type_by_id(btf, t->type);
	return t;
}

#endif

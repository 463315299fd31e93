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

/*
 * How many bytes a number of this type takes, and whether it has a sign: an integer, an enumeration
 * or a pointer. 0: it is none.
 */
static inline uint32_t btf_number(const struct btf_type *t, bool *is_signed)
{
	*is_signed = t && btf_is_int(t) && btf_int_encoding(t) & BTF_INT_SIGNED;
	if (!t || !(btf_is_int(t) || btf_is_any_enum(t) || btf_is_ptr(t)))
		return 0;
	return btf_is_ptr(t) ? 8 : t->size;
}

#endif

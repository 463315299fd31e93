/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "btf_util.h"

#include <string.h>

const struct btf_type *btf_plain(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t)))
		t = btf__type_by_id(btf, t->type);
	return t;
}

uint32_t btf_number(const struct btf_type *t, bool *is_signed)
{
	*is_signed = t && btf_is_int(t) && btf_int_encoding(t) & BTF_INT_SIGNED;
	if (!t || !(btf_is_int(t) || btf_is_any_enum(t) || btf_is_ptr(t)))
		return 0;
	return btf_is_ptr(t) ? 8 : t->size;
}

void btf_number_value(struct pwrt_value *v, uint64_t raw, unsigned int bits, bool is_signed)
{
	unsigned int unused = 64 - bits;

	raw <<= unused;
	v->type = is_signed ? PWRT_VALUE_SIGNED : PWRT_VALUE_NUMBER;
	v->num = is_signed ? (uint64_t)((int64_t)raw >> unused) : raw >> unused;
}

uint32_t btf_enum_value(const struct btf *btf, const char *type, const char *name, uint32_t none)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_ENUM);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
	unsigned int i;

	for (i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_enum(t)[i].name_off), name))
			return (uint32_t)btf_enum(t)[i].val;
	return none;
}

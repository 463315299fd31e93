#include "btf_enum.h"

#include <string.h>

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

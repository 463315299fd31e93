/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Types, numbers and enumerators of BTF. */
#ifndef BTF_UTIL_H
#define BTF_UTIL_H

#include <bpf/btf.h>
#include <stdbool.h>
#include <stdint.h>

#include "format/pwrt.h"

/* Return a type without const, volatile and typedefs; NULL: BTF has no type of this number. */
const struct btf_type *btf_plain(const struct btf *btf, uint32_t id);
/*
 * Return the size in bytes of an integer, an enumeration or a pointer, and set *is_signed. 0: the
 * type is none of these.
 */
uint32_t btf_number(const struct btf_type *t, bool *is_signed);
/* Set *v to the number in the low bits of raw, 1 to 64 of them; the bits above may be anything. */
void btf_number_value(struct pwrt_value *v, uint64_t raw, unsigned int bits, bool is_signed);
/* Return the value of a member of an enum of 32 bits; none: the kernel has no such member. */
uint32_t btf_enum_value(const struct btf *btf, const char *type, const char *name, uint32_t none);

#endif

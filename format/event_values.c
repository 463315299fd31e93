/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The values of an event: docs/pwrt-format.md, "Values". */
#include "buf.h"
#include "cursor.h"
#include "pwrt.h"

#define TYPE_BITS 3
#define TYPE_MASK ((1u << TYPE_BITS) - 1)

static bool is_number(uint32_t type)
{
	return type == PWRT_VALUE_NUMBER || type == PWRT_VALUE_SIGNED;
}

bool pwrt_value_put(struct pwrt_values *to, const struct pwrt_value *v)
{
	struct buf b = { .p = to->bytes, .len = to->len, .cap = sizeof(to->bytes) };

	/* Two varints, and the bytes: more than it can be. */
	if (v->type > TYPE_MASK || v->len > PWRT_VALUES_MAX || b.cap - b.len < v->len + 20)
		return false;
	buf_var(&b, (uint64_t)v->key << TYPE_BITS | v->type);
	if (v->type == PWRT_VALUE_SIGNED)
		buf_var(&b, zigzag(v->num));
	else
		buf_var(&b, is_number(v->type) ? v->num : v->len);
	if (!is_number(v->type))
		buf_bytes(&b, v->bytes, v->len);
	to->len = (uint16_t)b.len;
	return true;
}

bool pwrt_value_next(const uint8_t *values, size_t len, size_t *at, struct pwrt_value *v)
{
	uint64_t tag, n;
	struct cursor c;

	if (*at == len) /* there may be no values at all */
		return false;
	c = cursor_on(values + *at, len - *at);
	if (!cursor_var(&c, &tag) || tag >> TYPE_BITS > UINT32_MAX || !cursor_var(&c, &n))
		return false;
	*v = (struct pwrt_value){ .key = (uint32_t)(tag >> TYPE_BITS), .type = tag & TYPE_MASK };
	if (is_number(v->type)) {
		v->num = v->type == PWRT_VALUE_SIGNED ? unzigzag(n) : n;
	} else {
		v->len = n <= PWRT_VALUES_MAX ? (size_t)n : SIZE_MAX;
		v->bytes = cursor_take(&c, v->len);
		if (!v->bytes)
			return false;
	}
	*at = (size_t)(c.p - values);
	return true;
}

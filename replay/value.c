/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "value.h"

#include <stdio.h>
#include <string.h>

#include "digits.h"

bool value_set_number(struct value *v, uint64_t n)
{
	v->number = true;
	v->num = n;
	v->text[digits_decimal(v->text, n)] = '\0';
	return true;
}

bool value_set_hex(struct value *v, uint64_t n)
{
	v->number = true;
	v->num = n;
	v->text[digits_hex(v->text, n)] = '\0';
	return true;
}

bool value_set_text(struct value *v, const char *s)
{
	const size_t n = strnlen(s, sizeof(v->text) - 1);

	v->number = false;
	memcpy(v->text, s, n);
	v->text[n] = '\0';
	return n;
}

/*
 * Compares first letters before the rest, for speed: an event has many values, and a file hundreds
 * of enumerators.
 */
static bool is_type(const struct pwrt_enum *e, const char *key)
{
	return *e->type == *key && !strcmp(e->type, key);
}

/* Returns whether the file has names for numbers of this key, and each number is one bit. */
static bool are_bits(const struct pwrt_reader *r, const char *key)
{
	const struct pwrt_enum *e;
	uint32_t i, nr = 0;

	for (i = 0; (e = pwrt_reader_enum(r, i)); i++) {
		if (!is_type(e, key))
			continue;
		if (e->value <= 0 || e->value & (e->value - 1))
			return false;
		nr++;
	}
	return nr;
}

/* Writes the names of bits, and the other bits as a number: "A|B|0x10". */
static void bits(struct value *v, const struct pwrt_reader *r, const char *key, uint64_t n)
{
	const struct pwrt_enum *e;
	size_t len = 0;
	uint32_t i;

	v->number = false;
	v->text[0] = '\0';
	for (i = 0; (e = pwrt_reader_enum(r, i)) && len < sizeof(v->text); i++) {
		if (!is_type(e, key) || !(n & (uint64_t)e->value))
			continue;
		n &= ~(uint64_t)e->value;
		len += (size_t)snprintf(v->text + len, sizeof(v->text) - len, "%s%s",
					len ? "|" : "", e->name);
	}
	if (n && len < sizeof(v->text))
		snprintf(v->text + len, sizeof(v->text) - len, "%s0x%llx", len ? "|" : "",
			 (unsigned long long)n);
}

/* Writes a number by its name in the file, if it has one. */
static void named_number(struct value *v, const struct pwrt_reader *r, const char *key,
			 const struct pwrt_value *from)
{
	const char *name = pwrt_reader_enum_name(r, key, (int64_t)from->num);

	if (name) {
		value_set_text(v, name);
	} else if (from->num && are_bits(r, key)) {
		bits(v, r, key, from->num);
	} else if (from->type == PWRT_VALUE_NUMBER && from->num > INT64_MAX) {
		/* An address is printed in hexadecimal, and JSON has no integers of that size. */
		snprintf(v->text, sizeof(v->text), "0x%llx", (unsigned long long)from->num);
	} else {
		value_set_number(v, from->num);
		if (from->type == PWRT_VALUE_SIGNED)
			snprintf(v->text, sizeof(v->text), "%lld", (long long)from->num);
	}
}

/* Writes the first bytes, and the number of all. */
static void bytes_text(struct value *v)
{
	size_t i, n = 0;

	for (i = 0; i < v->len && i < 20; i++)
		n += (size_t)snprintf(v->text + n, sizeof(v->text) - n, "%02x", v->bytes[i]);
	snprintf(v->text + n, sizeof(v->text) - n, "%s (%zu bytes)", i < v->len ? "..." : "",
		 v->len);
}

static void value_text(struct value *v, const struct pwrt_reader *r, const char *key,
		       const struct pwrt_value *from)
{
	v->number = false;
	v->text[0] = '\0';
	v->bytes = NULL;
	switch (from->type) {
	case PWRT_VALUE_NUMBER:
	case PWRT_VALUE_SIGNED:
		named_number(v, r, key, from);
		return;
	case PWRT_VALUE_TEXT:
		snprintf(v->text, sizeof(v->text), "%.*s", (int)from->len,
			 (const char *)from->bytes);
		return;
	case PWRT_VALUE_ADDRESS:
		headers_addr(v->text, sizeof(v->text), from->bytes, from->len);
		return;
	case PWRT_VALUE_BYTES:
		v->bytes = from->bytes;
		v->len = from->len;
		bytes_text(v);
		return;
	}
}

/* Returns the enumeration that the step's function returns (fact "ret.FUNCTION"), or NULL. */
static const char *returned_type(const struct step *s)
{
	const struct pwrt_func *f = pwrt_reader_func(s->r, s->ev.func);
	char key[256];

	if (!f)
		return NULL;
	snprintf(key, sizeof(key), "ret.%s", f->name);
	return pwrt_reader_get(s->r, key);
}

bool step_returns_reason(const struct step *s)
{
	const char *type = returned_type(s);

	return type && !strcmp(type, "skb_drop_reason");
}

/*
 * Writes the name of a return value, if the file has the enumeration that the function returns
 * and this member of it. Else returns false, and leaves v as it is.
 */
static bool returned_name(struct value *v, const struct step *s, const struct pwrt_value *from)
{
	const char *type = from->type > PWRT_VALUE_SIGNED ? NULL : returned_type(s), *name;
	char buf[NAME_LEN];

	if (!type)
		return false;
	if (!strcmp(type, "skb_drop_reason"))
		name = reason_text(s->r, (uint32_t)from->num, buf);
	else
		name = pwrt_reader_enum_name(s->r, type, (int64_t)from->num);
	if (!name)
		return false;
	*v = (struct value){ 0 };
	return value_set_text(v, name);
}

bool step_raw_value(const struct step *s, size_t *at, const char **name, struct pwrt_value *from)
{
	const struct pwrt_key *key;

	while (pwrt_value_next(s->ev.values, s->ev.values_len, at, from)) {
		key = pwrt_reader_key(s->r, from->key);
		if (!key || !*key->name)
			continue;
		*name = key->name;
		return true;
	}
	return false;
}

void value_set_raw(struct value *v, const struct step *s, const char *name,
		   const struct pwrt_value *from)
{
	if (strcmp(name, "ret") || !returned_name(v, s, from))
		value_text(v, s->r, name, from);
}

bool step_value(const struct step *s, size_t *at, const char **name, struct value *v)
{
	struct pwrt_value from;

	if (!step_raw_value(s, at, name, &from))
		return false;
	value_set_raw(v, s, *name, &from);
	return true;
}

bool step_named(const struct step *s, const char *name, struct value *v)
{
	struct pwrt_value from;
	const char *key;
	size_t at = 0;

	while (step_raw_value(s, &at, &key, &from)) {
		if (strcmp(key, name))
			continue;
		value_set_raw(v, s, name, &from);
		return true;
	}
	return false;
}

const char *error_name(int64_t ret)
{
	return ret < 0 && ret > -4096 ? strerrorname_np((int)-ret) : NULL;
}

/* The small change of JSON, for what prints it. */
#ifndef TOJSON_H
#define TOJSON_H

#include <jansson.h>

#include "fields.h"
#include "format/cli.h"

/* Names come from a file: what is not UTF-8, or would drive a terminal, is escaped. NULL: null. */
static inline json_t *str(const char *s)
{
	return s ? json_string(cli_safe(s)) : json_null();
}

static inline void put(json_t *o, const char *key, json_t *value)
{
	json_object_set_new(o, key, value ? value : json_null());
}

static inline json_t *value(const struct value *v)
{
	return v->number ? json_integer((json_int_t)v->num) : str(v->text);
}

#endif

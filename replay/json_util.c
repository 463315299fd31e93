/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "json_util.h"

#include <stdlib.h>
#include <string.h>

#include "utf8.h"

static bool lacks_memory;

static void *allocate(size_t n)
{
	void *p = malloc(n);

	lacks_memory = lacks_memory || !p;
	return p;
}

/* Watches the allocations of jansson, which leaves out a member for which it has no memory. */
static __attribute__((constructor)) void watch_memory(void)
{
	json_set_alloc_funcs(allocate, free);
}

bool json_lacks_memory(void)
{
	return lacks_memory;
}

void json_note_no_memory(void)
{
	lacks_memory = true;
}

/* Returns a copy in well-formed UTF-8, which the caller frees; NULL without memory. */
static char *mend(const char *s)
{
	size_t len = strlen(s), n = 0, step;
	char *out = allocate(3 * len + 1); /* a byte becomes at most three */

	if (!out)
		return NULL;
	for (; *s; s += step ? step : 1) {
		step = utf8_length((const uint8_t *)s);
		memcpy(out + n, step ? s : UTF8_REPLACEMENT, step ? step : 3);
		n += step ? step : 3;
	}
	out[n] = '\0';
	return out;
}

json_t *str(const char *s)
{
	json_t *o = s ? json_string(s) : json_null();
	char *mended;

	/* jansson takes UTF-8 only. */
	if (o)
		return o;
	mended = mend(s);
	o = mended ? json_string(mended) : NULL;
	free(mended);
	return o;
}

void put(json_t *o, const char *key, json_t *value)
{
	json_object_set_new(o, key, value ? value : json_null());
}

void put_named(json_t *o, const char *key, json_t *value)
{
	char *mended = mend(key);

	if (mended)
		put(o, mended, value);
	else
		json_decref(value);
	free(mended);
}

json_t *get_named(const json_t *o, const char *key)
{
	char *mended = mend(key);
	json_t *member = mended ? json_object_get(o, mended) : NULL;

	free(mended);
	return member;
}

json_t *value(const struct value *v)
{
	return v->number ? json_integer((json_int_t)v->num) : str(v->text);
}

int json_print(json_t *o, size_t flags, struct pwrt_diag *d)
{
	int bad = !o || lacks_memory || json_dumpf(o, stdout, flags);

	json_decref(o);
	if (lacks_memory)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	return bad ? pwrt_fail(d, PWRT_ESYS, 0, "cannot write JSON") : 0;
}

int json_line(json_t *o, struct pwrt_diag *d)
{
	int ret = json_print(o, JSON_UTIL_FLAGS, d);

	if (ret == 0)
		putchar('\n');
	return ret;
}

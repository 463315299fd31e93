/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "template.h"

#include <stdio.h>
#include <string.h>

#include "format/tool/cli.h"

static const struct field *find_field(const char *name)
{
	size_t f;

	for (f = 0; f < nr_fields; f++)
		if (!strcmp(fields[f].name, name))
			return &fields[f];
	return NULL;
}

bool last_value(const struct path *p, size_t end, const char *field, struct value *v)
{
	const struct field *f = find_field(field);
	size_t i;

	for (i = end < p->nr ? end + 1 : p->nr; f && i-- > 0;)
		if (field_get(f, &p->steps[i], v))
			return true;
	return false;
}

#define FREEING 8 /* functions that free a packet one after the other */

bool value_at_end(const struct path *p, size_t end, const char *name, struct value *v)
{
	size_t i;

	for (i = end; i < p->nr && i - end < FREEING; i++)
		if (step_named(&p->steps[i], name, v))
			return true;
	return false;
}

/* Appends the words up to one of the characters in stop. Returns false where a value is not known. */
static bool fill_part(char *buf, size_t len, size_t *n, const char **words, const char *stop,
		      const struct path *p, size_t end)
{
	bool known = true;
	struct value v;
	char name[64];
	size_t k;

	while (**words && !strchr(stop, **words)) {
		if (**words != '{') {
			if (*n + 1 < len)
				buf[(*n)++] = **words;
			(*words)++;
			continue;
		}
		k = strcspn(*words, "}");
		snprintf(name, sizeof(name), "%.*s", (int)(k - 1), *words + 1);
		*words += k + ((*words)[k] == '}');
		known &= value_at_end(p, end, name, &v) || last_value(p, end, name, &v);
		if (known)
			*n += (size_t)snprintf(buf + *n, len - *n, "%s", cli_escape(v.text));
		if (*n >= len)
			*n = len - 1;
	}
	return known;
}

void fill_words(char *buf, size_t len, const char *words, const struct path *p, size_t end)
{
	size_t n = 0, before;

	while (*words) {
		fill_part(buf, len, &n, &words, "[", p, end);
		before = n;
		if (*words == '[') {
			words++;
			if (!fill_part(buf, len, &n, &words, "]", p, end))
				n = before;
			words += *words == ']';
		}
	}
	buf[n] = '\0';
}

/* Words that stand for values in commands, and the fields that have them. */
static const struct {
	const char *word, *fields[2];
} stands[] = {
	{ "DEVICE", { "dev.name", "route.dev" } },
	{ "SOURCE", { "ip.src", "ipv6.src" } },
	{ "DESTINATION", { "ip.dst", "ipv6.dst" } },
};

/* Fills v with what a word of n bytes stands for. Returns false where it stands for nothing. */
static bool stands_for(struct value *v, const char *word, size_t n, const struct path *p,
		       size_t end)
{
	size_t i;

	for (i = 0; i < sizeof(stands) / sizeof(stands[0]); i++)
		if (n == strlen(stands[i].word) && !strncmp(word, stands[i].word, n))
			return last_value(p, end, stands[i].fields[0], v) ||
			       last_value(p, end, stands[i].fields[1], v);
	return false;
}

void fill_commands(char *buf, size_t len, const char *look, const struct path *p, size_t end)
{
	static const char between[] = " ;.=";
	struct value v;
	size_t n = 0, k;

	for (; *look && n + 1 < len; look += k) {
		k = strcspn(look, between);
		if (!k) {
			buf[n++] = *look;
			k = 1;
			continue;
		}
		if (stands_for(&v, look, k, p, end))
			n += (size_t)snprintf(buf + n, len - n, "%s", cli_escape(v.text));
		else
			n += (size_t)snprintf(buf + n, len - n, "%.*s", (int)k, look);
	}
	buf[n < len ? n : len - 1] = '\0';
}

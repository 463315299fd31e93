/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "modules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/array.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct module *)a)->name, ((const struct module *)b)->name);
}

/*
 * "NAME SIZE USERS BY STATE 0xADDRESS[ TAINTS]" (m_show(), kernel/module/procfs.c). Cuts the line
 * in place. A module that is being loaded or removed is not there yet, or not any more: it has no
 * symbols that stay.
 */
static bool parse_line(char *line, struct module *m)
{
	enum { NAME, SIZE, USERS, BY, STATE, ADDRESS, NR_WORDS };
	char *word[NR_WORDS], *save = NULL, *end;
	int i;

	for (i = 0; i < NR_WORDS; i++) {
		word[i] = strtok_r(i ? NULL : line, " ", &save);
		if (!word[i])
			return false;
	}
	errno = 0;
	m->name = word[NAME];
	m->size = strtoull(word[SIZE], &end, 10);
	if (*end || errno)
		return false;
	m->addr = strtoull(word[ADDRESS], &end, 16);
	return !*end && !errno && !strcmp(word[STATE], "Live");
}

static int add(struct modules *m, const struct module *one)
{
	struct module *more = array_grow(m->m, m->nr, sizeof(*more));

	if (!more)
		return PWRT_ENOMEM;
	m->m = more;
	m->m[m->nr++] = *one;
	return 0;
}

/*
 * Reads the whole file into m->text. getdelim() returns -1 at the end of an empty file, too, and
 * sets the stream's error flag only when a read failed, not when it has no memory.
 */
static int read_text(struct modules *m, FILE *f, struct pwrt_diag *d)
{
	size_t cap = 0;
	ssize_t n;

	rewind(f);
	errno = 0;
	/* There is no NUL in it: that is the whole file. */
	n = getdelim(&m->text, &cap, '\0', f);
	if (n < 0 && ferror(f))
		return pwrt_fail(d, PWRT_ESYS, 0, "/proc/modules");
	if (n < 0 && !feof(f))
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	if (n < 0 && m->text)
		*m->text = '\0';
	return 0;
}

int modules_read(struct modules *m, FILE *f, struct pwrt_diag *d)
{
	char *line, *save = NULL;
	struct module one;
	int ret = 0;

	*m = (struct modules){ 0 };
	if (!f)
		return 0;
	ret = read_text(m, f, d);
	for (line = m->text ? strtok_r(m->text, "\n", &save) : NULL; line && ret == 0;
	     line = strtok_r(NULL, "\n", &save))
		if (parse_line(line, &one) && add(m, &one) < 0)
			ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	if (m->nr)
		qsort(m->m, m->nr, sizeof(*m->m), by_name);
	if (ret < 0)
		modules_free(m);
	return ret;
}

const struct module *modules_find(const struct modules *m, const char *name)
{
	const struct module key = { .name = name };

	return m->nr ? bsearch(&key, m->m, m->nr, sizeof(key), by_name) : NULL;
}

void modules_free(struct modules *m)
{
	free(m->m);
	free(m->text);
	*m = (struct modules){ 0 };
}

/* Calls f for each module of one list that is not in the other one at the same address. */
static int only_in(const struct modules *these, const struct modules *others,
		   int (*f)(void *, const struct module *), void *arg)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < these->nr && ret == 0; i++) {
		const struct module *same = modules_find(others, these->m[i].name);

		if (!same || same->addr != these->m[i].addr)
			ret = f(arg, &these->m[i]);
	}
	return ret;
}

int modules_compare(const struct modules *before, const struct modules *now,
		    const struct modules_changes *c)
{
	int ret = only_in(before, now, c->went, c->arg);

	return ret == 0 ? only_in(now, before, c->came, c->arg) : ret;
}

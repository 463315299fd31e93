/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Lines of /proc/kallsyms and of /proc/modules (record/kernel/ksyms.c, record/kernel/modules.c)
 * from any text: a form feed lies between the two files.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_limit.h"
#include "memory_file.h"
#include "record/kernel/ksyms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECONDS_MAX 1 /* of processor time, with sanitizers, for one input */

static void check(bool good)
{
	if (!good)
		abort();
}

/* A symbol that was found by its address is found by its name, too. */
static void look_up(const struct ksyms *k, uint64_t addr)
{
	const struct ksym *s = ksyms_at(k, addr), *found;

	if (!s)
		return;
	check(s->addr <= addr);
	ksyms_end(k, s);
	check(ksyms_find(k, s->name, s->module, &found) > 0 && found);
	check(!strcmp(found->name, s->name) && !strcmp(found->module, s->module));
	ksyms_variants(k, s->name, s->module, &found);
}

static void symbols(struct ksyms *k)
{
	size_t i;

	look_up(k, 0);
	look_up(k, UINT64_MAX);
	for (i = 0; i < 64; i++) {
		look_up(k, 1ull << i);
		look_up(k, UINT64_MAX << i);
	}
	ksyms_data(k, "page_offset_base");
}

static int unexpected(void *arg, const struct module *m)
{
	(void)arg;
	(void)m;
	abort();
}

/* The same file read twice has the same modules; each of them is found. */
static void modules(const struct ksyms *k)
{
	const struct modules_changes none = { .went = unexpected, .came = unexpected };
	struct modules m, again;
	struct pwrt_diag d;
	size_t i;

	check(modules_read(&m, ksyms_modules_file(k), &d) == 0);
	check(modules_read(&again, ksyms_modules_file(k), &d) == 0);
	for (i = 0; i < m.nr; i++)
		check(*m.m[i].name && !strpbrk(m.m[i].name, " \n") &&
		      modules_find(&m, m.m[i].name));
	/* A kernel has one module of a name. */
	for (i = 1; i < m.nr && strcmp(m.m[i].name, m.m[i - 1].name); i++)
		;
	if (i >= m.nr)
		modules_compare(&m, &again, &none);
	modules_free(&m);
	modules_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *feed = size ? memchr(data, '\f', size) : NULL;
	size_t len = feed ? (size_t)(feed - data) : size;
	struct memory_file syms = memory_file(data, len),
			   mods = memory_file(feed ? feed + 1 : data, feed ? size - len - 1 : 0);
	struct ksyms *k = NULL;
	struct pwrt_diag d;

	cpu_limit(SECONDS_MAX);
	if (ksyms_open(&k, syms.path, mods.path, &d) == 0) {
		symbols(k);
		modules(k);
		check(ksyms_reload(k, &d) == 0);
		symbols(k);
		ksyms_free(k);
	}
	memory_file_close(&syms);
	memory_file_close(&mods);
	cpu_limit(0);
	return 0;
}

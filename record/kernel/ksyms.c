/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "ksyms.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Variables for ksyms_data(). */
static const char *const data_names[] = { "page_offset_base", "vmemmap_base" };
#define NR_DATA (sizeof(data_names) / sizeof(data_names[0]))

/* The maximum length of a function whose end is unknown: more than that of BPF programs. */
#define OPEN_END 65536

struct ksyms {
	struct ksym *by_addr, **by_name;
	size_t nr;
	char *text;		/* the file; names and modules point into it */
	uint64_t data[NR_DATA]; /* addresses, by data_names */
	/* Open from the start: the kernel looks at the rights of who opened them. */
	FILE *kallsyms, *modules_file;
	struct modules modules;
};

/* Reads a file of /proc, which has no size, from its beginning to its end. NULL: errno has the
 * reason. */
static char *read_all(FILE *f, size_t *len)
{
	char *buf = NULL, *more;
	size_t cap = 0, n = 0, got;

	rewind(f);
	do {
		if (n + 65536 + 1 > cap) {
			cap = cap ? cap * 2 : 1 << 20;
			more = realloc(buf, cap);
			if (!more)
				goto fail;
			buf = more;
		}
		got = fread(buf + n, 1, 65536, f);
		n += got;
	} while (got);
	if (ferror(f))
		goto fail;
	buf[n] = '\0';
	*len = n;
	return buf;
fail:
	free(buf);
	return NULL;
}

static int cmp_addr(const void *a, const void *b)
{
	const struct ksym *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static int cmp_name(const void *a, const void *b)
{
	const struct ksym *x = *(struct ksym *const *)a, *y = *(struct ksym *const *)b;
	int c = strcmp(x->name, y->name);

	return c ? c : cmp_addr(x, y);
}

/* "ADDR TYPE NAME[\t[MODULE]]": cuts the line in place; false for what is no text symbol. */
static bool parse_line(char *line, struct ksym *s)
{
	char *type = strchr(line, ' '), *name, *module, *end;

	if (!type || !type[1] || type[2] != ' ')
		return false;
	s->addr = strtoull(line, &end, 16);
	if (end != type || !strchr("tTwW", type[1]))
		return false;
	name = type + 3;
	/* Padding in front of functions (CONFIG_CALL_PADDING) is never a caller nor called. */
	if (!strncmp(name, "__pfx_", 6))
		return false;
	s->name = name;
	s->module = "";
	module = strchr(name, '\t');
	if (module) {
		*module = '\0';
		s->module = module[1] == '[' ? module + 2 : module + 1;
		module = strchr(s->module, ']');
		if (module)
			*module = '\0';
	}
	return true;
}

/* A line of something else than text. */
static void note_data(struct ksyms *k, const char *line)
{
	const char *name = strchr(line, ' ');
	size_t i;

	for (i = 0; i < NR_DATA && name && strlen(name) > 3; i++)
		if (!strcmp(name + 3, data_names[i]))
			k->data[i] = strtoull(line, NULL, 16);
}

uint64_t ksyms_data(const struct ksyms *k, const char *name)
{
	size_t i;

	for (i = 0; i < NR_DATA; i++)
		if (!strcmp(data_names[i], name))
			return k->data[i];
	return 0;
}

/* Splits k->text into symbols. */
static int parse(struct ksyms *k, size_t len, struct pwrt_diag *d)
{
	size_t lines = 0, i;
	char *p, *next;

	for (i = 0; i < len; i++)
		lines += k->text[i] == '\n';
	k->by_addr = calloc(lines + 1, sizeof(*k->by_addr));
	k->by_name = calloc(lines + 1, sizeof(struct ksym *));
	if (!k->by_addr || !k->by_name)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	for (p = k->text; p && *p; p = next) {
		next = strchr(p, '\n');
		if (next)
			*next++ = '\0';
		if (parse_line(p, &k->by_addr[k->nr]))
			k->nr++;
		else
			note_data(k, p);
	}
	if (!k->nr || !k->by_addr[k->nr / 2].addr)
		return pwrt_fail(d, PWRT_EINVAL, 0,
				 "the kernel hides its addresses in /proc/kallsyms: run as root, "
				 "and sysctl kernel.kptr_restrict=1");
	qsort(k->by_addr, k->nr, sizeof(*k->by_addr), cmp_addr);
	for (i = 0; i < k->nr; i++)
		k->by_name[i] = &k->by_addr[i];
	qsort(k->by_name, k->nr, sizeof(*k->by_name), cmp_name);
	return 0;
}

/* Frees the symbols, and leaves the files open. */
static void clear(struct ksyms *k)
{
	free(k->by_addr);
	free(k->by_name);
	free(k->text);
	modules_free(&k->modules);
	k->by_addr = NULL;
	k->by_name = NULL;
	k->text = NULL;
	k->nr = 0;
}

/* Modules first: the symbols of one that comes in between have an open end, and no wrong one. */
static int fill(struct ksyms *k, struct pwrt_diag *d)
{
	size_t len = 0;
	int ret = modules_read(&k->modules, k->modules_file, d);

	if (ret < 0)
		return ret;
	k->text = read_all(k->kallsyms, &len);
	return k->text ? parse(k, len, d) : pwrt_fail(d, PWRT_ESYS, 0, "/proc/kallsyms");
}

int ksyms_open(struct ksyms **out, const char *kallsyms, const char *modules, struct pwrt_diag *d)
{
	struct ksyms *k = calloc(1, sizeof(*k));
	int ret = 0;

	if (!k)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	k->kallsyms = fopen(kallsyms, "re");
	if (!k->kallsyms)
		ret = pwrt_fail(d, PWRT_ESYS, 0, "%s", kallsyms);
	/* A kernel without modules has no such file. */
	k->modules_file = fopen(modules, "re");
	if (ret == 0)
		ret = fill(k, d);
	if (ret < 0)
		ksyms_free(k);
	else
		*out = k;
	return ret;
}

int ksyms_load(struct ksyms **out, struct pwrt_diag *d)
{
	return ksyms_open(out, "/proc/kallsyms", "/proc/modules", d);
}

int ksyms_reload(struct ksyms *k, struct pwrt_diag *d)
{
	struct ksyms new = { .kallsyms = k->kallsyms, .modules_file = k->modules_file };
	int ret = fill(&new, d);

	clear(ret < 0 ? &new : k);
	if (ret == 0)
		*k = new;
	return ret;
}

void ksyms_free(struct ksyms *k)
{
	if (!k)
		return;
	clear(k);
	if (k->kallsyms)
		fclose(k->kallsyms);
	if (k->modules_file)
		fclose(k->modules_file);
	free(k);
}

const struct modules *ksyms_modules(const struct ksyms *k)
{
	return &k->modules;
}

FILE *ksyms_modules_file(const struct ksyms *k)
{
	return k->modules_file;
}

const struct ksym *ksyms_at(const struct ksyms *k, uint64_t addr)
{
	size_t lo = 0, hi = k->nr;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (k->by_addr[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && addr < ksyms_end(k, &k->by_addr[lo - 1]) ? &k->by_addr[lo - 1] : NULL;
}

/*
 * The address that sym does not reach, whatever the next symbol is: the end of its module. Within
 * the kernel itself there is no such limit but behind the last one. BPF programs and trampolines
 * have names like modules' ("bpf"), but no entry in /proc/modules.
 */
static uint64_t end_of_section(const struct ksyms *k, const struct ksym *sym)
{
	const struct module *m = *sym->module ? modules_find(&k->modules, sym->module) : NULL;
	bool is_inside = !*sym->module && sym < k->by_addr + k->nr - 1 && !*sym[1].module;

	if (is_inside)
		return UINT64_MAX;
	return m && m->addr + m->size > sym->addr ? m->addr + m->size : sym->addr + OPEN_END;
}

uint64_t ksyms_end(const struct ksyms *k, const struct ksym *sym)
{
	const struct ksym *last = k->by_addr + k->nr - 1;
	uint64_t end;

	/* Several symbols may have one address. */
	while (sym < last && sym[1].addr == sym->addr)
		sym++;
	end = end_of_section(k, sym);
	return sym < last && sym[1].addr < end ? sym[1].addr : end;
}

/* Returns the index in by_name of the first symbol whose name begins with name. */
static size_t first_with(const struct ksyms *k, const char *name)
{
	size_t lo = 0, hi = k->nr;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(k->by_name[mid]->name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

unsigned int ksyms_find(const struct ksyms *k, const char *name, const char *module,
			const struct ksym **sym)
{
	size_t i, n = strlen(name);
	unsigned int found = 0;

	*sym = NULL;
	for (i = first_with(k, name); i < k->nr && !strncmp(k->by_name[i]->name, name, n); i++) {
		const struct ksym *s = k->by_name[i];

		if (strcmp(s->module, module) || s->name[n])
			continue;
		*sym = s;
		found++;
	}
	return found;
}

/* The whole function under another name, or only a piece of it (".part.0", ".cold")? */
static bool is_variant(const char *suffix)
{
	return (!strncmp(suffix, ".isra.", 6) || !strncmp(suffix, ".constprop.", 11)) &&
	       !strstr(suffix, ".part") && !strstr(suffix, ".cold");
}

unsigned int ksyms_variants(const struct ksyms *k, const char *name, const char *module,
			    const struct ksym **sym)
{
	size_t i, n = strlen(name);
	unsigned int found = 0;

	*sym = NULL;
	for (i = first_with(k, name); i < k->nr && !strncmp(k->by_name[i]->name, name, n); i++) {
		const struct ksym *s = k->by_name[i];

		if (strcmp(s->module, module) || !is_variant(s->name + n))
			continue;
		*sym = s;
		found++;
	}
	return found;
}

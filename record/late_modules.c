/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "late_modules.h"

#include <string.h>

/*
 * Each one that comes costs memory until the end: its types, and its functions. Those beyond this
 * number are named in the file, but not traced.
 */
#define LATE_MAX 1000

int late_modules_begin(struct late_modules *l, struct ksyms *k, struct pwrt_diag *d)
{
	l->ksyms = k;
	return modules_read(&l->known, ksyms_modules_file(k), d);
}

/* The module is gone: its functions are not what lies at their addresses from now on. */
static int went(void *arg, const struct module *m)
{
	struct late_modules *l = arg;
	size_t i;

	file_set_module(&l->files->went, m->name);
	for (i = 0; i < l->targets->nr; i++)
		if (!strcmp(l->targets->t[i].module, m->name))
			l->targets->t[i].gone = true;
	return 0;
}

/* Returns whether it has targets already: a module can be loaded while these are collected. */
static bool is_known(const struct targets *ts, const struct module *m)
{
	size_t i;

	for (i = 0; i < ts->nr; i++)
		if (!ts->t[i].gone && !strcmp(ts->t[i].module, m->name))
			return true;
	return false;
}

static int came(void *arg, const struct module *m)
{
	struct late_modules *l = arg;
	const size_t target = l->targets->nr, reason = l->targets->reasons.nr;
	struct pwrt_diag ignored;

	file_set_module(&l->files->came, m->name);
	if (!is_known(l->targets, m) && l->nr < LATE_MAX) {
		l->nr++;
		targets_add_module(l->targets, m->name, l->options, l->ksyms, &ignored);
		capture_attach_more(l->capture, l->targets, target);
	}
	return file_set_add(l->files, m, target, reason, l->d);
}

/* For a comparison that stops at the first change. */
static int is_change(void *arg, const struct module *m)
{
	(void)arg;
	(void)m;
	return 1;
}

int late_modules_look(struct late_modules *l, struct pwrt_diag *d)
{
	const struct modules_changes any = { is_change, is_change, NULL }, all = { went, came, l };
	struct pwrt_diag ignored;
	struct modules now;
	int ret = 0;

	l->d = d;
	/* An unreadable list is read again later. */
	if (modules_read(&now, ksyms_modules_file(l->ksyms), &ignored) < 0)
		return 0;
	if (modules_compare(&l->known, &now, &any)) {
		ksyms_reload(l->ksyms, &ignored);
		ret = modules_compare(&l->known, &now, &all);
	}
	modules_free(&l->known);
	l->known = now;
	return ret;
}

void late_modules_end(struct late_modules *l)
{
	modules_free(&l->known);
}

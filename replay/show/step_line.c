/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "step_line.h"

#include <string.h>

#include "replay/decision.h"
#include "replay/rejection.h"

void step_line_func(struct line *l, const struct step *s)
{
	const struct pwrt_func *f = pwrt_reader_func(s->r, s->ev.func);

	if (step_is_return(s))
		line_put(l, "return ");
	line_text(l, step_func(s, NAME_BUF));
	if (f && *f->module) {
		line_color(l, C_DIM);
		line_put(l, " [");
		line_text(l, f->module);
		line_put(l, "]");
		line_color(l, C_OFF);
	}
	if (s->ev.reason == PWRT_NONE)
		return;
	line_color(l, C_RED);
	line_put(l, " (");
	line_text(l, reason_text(s->r, s->ev.reason, NAME_BUF));
	line_put(l, ")");
	line_color(l, C_OFF);
}

/*
 * Values on the ordinary way of a packet. A key that ends in "." stands for all that begin with it.
 * NULL: each value is ordinary, because it explains nothing without the others.
 */
static const struct {
	const char *key, *usual;
} ordinary[] = {
	{ "nf.family", NULL },
	{ "ct.state", "ESTABLISHED" },
	{ "ct.state", "ESTABLISHED_REPLY" },
	{ "ct.mark", "0" },
	{ "ct.zone", "0" },
	{ "ct.proto", NULL },
	{ "ct.status", NULL },
	{ "ct.orig.", NULL },
	{ "ct.reply.", NULL },
	{ "route.type", "unicast" },
	{ "route.ifindex", NULL },
	{ "route.mtu", NULL },
	{ "sk.inode", NULL },
	{ "sk.uid", NULL },
	{ "sk.protocol", NULL },
	{ "sk.state", NULL },
	{ "ret", "NOT_DROPPED_YET" },
};

static bool fits(const char *key, const char *name)
{
	const size_t len = strlen(key);

	return key[len - 1] == '.' ? !strncmp(name, key, len) : !strcmp(name, key);
}

static bool is_ordinary(const char *name, const struct value *v)
{
	size_t i;

	if (!strcmp(name, "ret") && v->number)
		return (int64_t)v->num >= 0;
	if (fits("nf.verdict", name) || fits("tc.verdict", name) || fits("xdp.verdict", name))
		return verdict_is_ordinary(v->text);
	for (i = 0; i < sizeof(ordinary) / sizeof(ordinary[0]); i++)
		if (fits(ordinary[i].key, name) &&
		    (!ordinary[i].usual || !strcmp(ordinary[i].usual, v->text)))
			return true;
	return false;
}

/* Returns whether the event is the return of a hook that accepted: its place explains nothing. */
static bool hook_accepted(const struct step *s)
{
	struct value v;

	return step_is_return(s) && step_named(s, "nf.verdict", &v) &&
	       is_ordinary("nf.verdict", &v);
}

/* Moves on to the next value to be shown. Returns false after the last one. */
static bool next_value(const struct step *s, bool notable, bool accepted, size_t *at,
		       const char **name, struct value *v)
{
	while (step_value(s, at, name, v)) {
		if (!notable)
			return true;
		if (!is_ordinary(*name, v) && !(accepted && !strncmp(*name, "nf.", strlen("nf."))))
			return true;
	}
	return false;
}

bool step_is_notable(const struct step *s)
{
	const char *name;
	struct value v;
	size_t at = 0;

	return next_value(s, true, hook_accepted(s), &at, &name, &v);
}

void step_line_values(struct line *l, const struct step *s, bool notable)
{
	const bool accepted = notable && hook_accepted(s);
	const enum cli_color color = notable && step_rejects(s) ? C_RED : C_CYAN;
	const char *name, *error;
	struct value v;
	size_t at = 0;

	if (!s->ev.values_len)
		return;
	while (next_value(s, notable, accepted, &at, &name, &v)) {
		line_put(l, " ");
		line_color(l, color);
		line_text(l, name);
		line_put(l, "=");
		line_text(l, v.text);
		error = v.number && !strcmp(name, "ret") ? error_name((int64_t)v.num) : NULL;
		if (error) {
			line_put(l, "(");
			line_put(l, error);
			line_put(l, ")");
		}
		line_color(l, C_OFF);
	}
}

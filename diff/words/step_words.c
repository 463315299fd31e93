/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "step_words.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "format/tool/cli.h"
#include "replay/append.h"
#include "replay/func_words.h"

static const struct {
	const char *field, *words;
} field_words[] = {
	{ "ip.src", "wrong source address" },
	{ "ipv6.src", "wrong source address" },
	{ "ip.dst", "wrong destination address" },
	{ "ipv6.dst", "wrong destination address" },
	{ "skb.mark", "different packet mark" },
	{ "dev.name", "different interface" },
	{ "net.netns", "different network namespace" },
	{ "nf.verdict", "different verdict" },
	{ "tc.verdict", "different verdict of a tc program" },
	{ "xdp.verdict", "different verdict of an XDP program" },
	{ "route.nexthop", "different next hop" },
	{ "route.dev", "different route" },
	{ "route.type", "different route" },
	{ "ret", "different decision" },
	{ "ct.state", "different conntrack state" },
	{ "ct.status", "different conntrack state" },
};

const char *describe_step(const struct path *p, size_t seen, size_t at)
{
	unsigned int depth = p->steps[at].depth, rank, best = UINT_MAX;
	const char *words = NULL, *found;
	size_t from = at, k;

	/* Decided in an earlier call of the same hook: go back to where that began. */
	while (from && p->steps[from].depth + 2 > depth && seen - from < 64)
		from--;
	for (k = from; k < seen; k++) {
		found = func_words_of_change(
			plain_name(step_func(&p->steps[k], NAME_BUF), NAME_BUF), CHANGE_ANY, &rank);
		if (!found || rank >= best)
			continue;
		words = found;
		best = rank;
	}
	return words;
}

void describe_hook(const struct step *s, bool with_hook, char *buf, size_t len)
{
	static const struct {
		const char *key, *word;
	} places[] = { { "nf.table", "table" }, { "nf.chain", "chain" }, { "nf.hook", "hook" } };
	size_t i, at, n = 0, nr = sizeof(places) / sizeof(places[0]) - !with_hook;
	const char *name;
	struct value v;

	buf[0] = '\0';
	for (i = 0; i < nr; i++)
		for (at = 0; n < len && step_value(s, &at, &name, &v);)
			if (!strcmp(name, places[i].key))
				n += (size_t)snprintf(buf + n, len - n, "%s%s %s", n ? ", " : "",
						      places[i].word, cli_escape(v.text));
}

const char *describe_field(const struct difference *d)
{
	size_t i;

	for (i = 0; i < sizeof(field_words) / sizeof(field_words[0]); i++)
		if (!strcmp(field_words[i].field, d->field->name))
			return field_words[i].words;
	return NULL;
}

/* Appends a value as packets are listed: TCP flags as letters. */
static size_t append_value(struct verdict *v, size_t n, const struct field *f,
			   const struct value *value)
{
	char letters[10];

	if (!strcmp(f->name, "tcp.flags") && value->number) {
		headers_tcp_flags((uint16_t)value->num, letters);
		return append_text(v->summary, sizeof(v->summary), n, "%s", letters);
	}
	return append_text(v->summary, sizeof(v->summary), n, "%s", cli_escape(value->text));
}

size_t append_difference(struct verdict *v, const struct comparison *c, size_t n)
{
	const struct difference *d = c->cause;

	n = append_text(v->summary, sizeof(v->summary), n, "%s is ", d->field->name);
	n = append_value(v, n, d->field, &d->bad_value);
	n = append_text(v->summary, sizeof(v->summary), n, " (good: ");
	n = append_value(v, n, d->field, &d->good_value);
	n = append_text(v->summary, sizeof(v->summary), n, ")");
	if (c->cause_at_start)
		return append_text(v->summary, sizeof(v->summary), n, " from the start");
	n = append_text(v->summary, sizeof(v->summary), n, " since %s",
			cli_escape(v->cause_function));
	if (*v->cause_words)
		n = append_text(v->summary, sizeof(v->summary), n, " (%s)", v->cause_words);
	if (*v->cause_netns)
		n = append_text(v->summary, sizeof(v->summary), n, " in %s",
				cli_escape(v->cause_netns));
	return n;
}

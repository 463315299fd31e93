/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "named.h"

#include <stdio.h>
#include <string.h>

#include "value.h"

static struct named only_name(const char *name)
{
	return (struct named){ .name = { name }, .number = { NO_NUMBER, NO_NUMBER } };
}

void named_fate(struct named *n, enum fate fate)
{
	*n = only_name(fate_names[fate]);
}

void named_reason(struct named *n, const struct pwrt_reader *r, uint32_t reason, char buf[NAME_LEN])
{
	*n = only_name("");
	if (reason == PWRT_NONE)
		return;
	n->name[0] = reason_text(r, reason, buf);
	n->name[1] = pwrt_reader_enum_name(r, "skb_drop_reason", reason);
	n->number[0] = reason;
}

void named_func(struct named *n, const struct pwrt_reader *r, uint32_t func, char buf[NAME_LEN])
{
	const struct step s = { .r = r, .ev.func = func };

	*n = only_name(step_func(&s, buf));
}

void named_netns(struct named *n, const struct pwrt_reader *r, uint32_t dev, char buf[NAME_LEN])
{
	const struct pwrt_dev *v = pwrt_reader_dev(r, dev);

	const char *name;

	*n = only_name(v ? netns_text(r, v->netns, buf) : "");
	if (v && v->netns)
		n->number[0] = v->netns;
	/* HOST/NAME */
	name = strrchr(n->name[0], '/');
	if (name && pwrt_reader_host(r, UINT64_MAX, NULL))
		n->name[1] = name + 1;
}

void named_ifname(struct named *n, const struct pwrt_reader *r, uint32_t dev)
{
	const struct pwrt_dev *v = pwrt_reader_dev(r, dev);

	*n = only_name(v ? v->name : "");
}

void named_task(struct named *n, const struct pwrt_reader *r, uint32_t task, char buf[NAME_LEN])
{
	const struct pwrt_task *v = pwrt_reader_task(r, task);

	*n = only_name("");
	if (!v)
		return;
	snprintf(buf, NAME_LEN, "%.512s:%u", v->comm, v->pid);
	n->name[0] = buf;
	n->name[1] = v->comm;
	n->number[0] = v->pid;
	n->number[1] = v->tgid;
}

/* Returns the number of the rule as text, and what it counts; "" where no rule was traced. */
static const char *rule_number(const struct step *s, struct value *v)
{
	if (step_named(s, "nf.handle", v))
		return "handle";
	if (step_named(s, "nf.rule", v))
		return "rule";
	v->text[0] = '\0';
	return "";
}

/* Writes one way to write a rule behind the others in buf. Returns it, or NULL without room. */
static const char *way(char buf[NAME_LEN], size_t *at, const char *table, const char *chain,
		       const char *between, const char *number)
{
	const size_t room = NAME_LEN - *at;
	char *text = buf + *at;
	int n = snprintf(text, room, "%s%s%s%s%s", table, *chain ? "/" : "", chain,
			 *number ? between : "", number);

	if (n < 0 || (size_t)n >= room)
		return NULL;
	*at += (size_t)n + 1;
	return text;
}

void named_rule(struct named *n, const struct step *s, char buf[NAME_LEN])
{
	struct value table, chain, number;
	char between[10];
	size_t at = 0;
	int i = 0;

	*n = only_name("");
	if (!step_named(s, "nf.table", &table))
		return;
	if (!step_named(s, "nf.chain", &chain) && !step_named(s, "nf.hook", &chain))
		chain.text[0] = '\0';
	snprintf(between, sizeof(between), " %s ", rule_number(s, &number));
	if (*number.text) {
		n->name[i++] = way(buf, &at, table.text, chain.text, between, number.text);
		n->name[i++] = way(buf, &at, table.text, chain.text, "/", number.text);
	}
	n->name[i++] = way(buf, &at, table.text, chain.text, "", "");
	n->name[i++] = way(buf, &at, table.text, "", "", "");
	if (*chain.text)
		n->name[i] = way(buf, &at, chain.text, "", "", "");
}

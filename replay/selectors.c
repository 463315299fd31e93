/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "selectors.h"

#include <stddef.h>
#include <string.h>

#include "format/tool/cli.h"
#include "format/tool/pcap_expr.h"

/* Adds the argument of a condition to its list in the selection. */
typedef int (*add_fn)(void *list, const char *text, struct pwrt_diag *d);

static int add_ids(void *list, const char *text, struct pwrt_diag *d)
{
	return select_add_ids(list, text) ?
		       0 :
		       pwrt_fail(d, PWRT_EINVAL, 0, "'%s' is not a list as 1,2,5-9", text);
}

static int add_patterns(void *list, const char *text, struct pwrt_diag *d)
{
	return names_add_pattern(list, text, d);
}

static int add_names(void *list, const char *text, struct pwrt_diag *d)
{
	struct pwrt_diag why;

	return names_add(list, text, &why) == 0 ?
		       0 :
		       pwrt_fail(d, PWRT_EINVAL, 0, "'%s': %s", text, why.text);
}

static int add_fates(void *list, const char *text, struct pwrt_diag *d)
{
	return select_add_fates(list, text, d);
}

static int set_time(void *ns, const char *text, struct pwrt_diag *d)
{
	return cli_duration(text, ns) ?
		       0 :
		       pwrt_fail(d, PWRT_EINVAL, 0, "'%s' is not a time (500us, 5ms)", text);
}

static const struct {
	const char *name;
	add_fn add;
	size_t at; /* offset in struct selection */
} selectors[] = {
	{ "packet", add_ids, offsetof(struct selection, packets) },
	{ "flow", add_ids, offsetof(struct selection, flows) },
	{ "func", add_patterns, offsetof(struct selection, func) },
	{ "netns", add_names, offsetof(struct selection, netns) },
	{ "ifname", add_names, offsetof(struct selection, ifname) },
	{ "task", add_names, offsetof(struct selection, task) },
	{ "fate", add_fates, offsetof(struct selection, fate) },
	{ "reason", add_names, offsetof(struct selection, reason) },
	{ "rule", add_names, offsetof(struct selection, rule) },
	{ "longer-than", set_time, offsetof(struct selection, longer_ns) },
};
#define NR_SELECTORS (sizeof(selectors) / sizeof(selectors[0]))

int selector_add(struct selection *s, const char *name, const char *text, struct pwrt_diag *d)
{
	size_t i;

	for (i = 0; i < NR_SELECTORS; i++)
		if (!strcmp(selectors[i].name, name))
			return selectors[i].add((char *)s + selectors[i].at, text, d);
	return pwrt_fail(d, PWRT_EINVAL, 0, "no selector '%s'", name);
}

/* Returns the argument of a word as "flow:3", and ends the name before it; NULL for other words. */
static char *split(char *word)
{
	size_t i, len;

	for (i = 0; i < NR_SELECTORS; i++) {
		len = strlen(selectors[i].name);
		if (strncmp(word, selectors[i].name, len) || word[len] != ':')
			continue;
		word[len] = '\0';
		return word + len + 1;
	}
	return NULL;
}

int selectors_parse(struct selection *s, char *text, struct pwrt_diag *d)
{
	struct pwrt_diag why;
	char *argument, *next;
	int ret;

	for (;; text = next) {
		text += strspn(text, " \t");
		argument = split(text);
		if (!argument)
			break;
		next = argument + strcspn(argument, " \t");
		if (*next)
			*next++ = '\0';
		ret = selector_add(s, text, argument, &why);
		if (ret < 0)
			return pwrt_fail(d, ret, 0, "%s: %s", text, why.text);
	}
	return *text ? pcap_expr_compile(&s->filter, text, d) : 0;
}

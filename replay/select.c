/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "select.h"

#include <stdlib.h>
#include <string.h>

#include "format/tool/cli.h"

/* Adds "7" or "5-9". Returns false for other text. Numbers begin at 1. */
static bool add_range(struct id_list *list, char *text)
{
	char *to = strchr(text, '-');
	uint64_t first, last;

	if (to)
		*to++ = '\0';
	if (!cli_u64(text, &first) || !cli_u64(to ? to : text, &last))
		return false;
	if (!first || last < first || list->nr == SELECT_MAX)
		return false;
	list->v[list->nr].from = first;
	list->v[list->nr++].to = last;
	return true;
}

bool select_add_ids(struct id_list *list, const char *text)
{
	char *copy = strdup(text), *rest = copy, *one;
	bool good = copy;

	while (good && (one = strsep(&rest, ",")))
		good = add_range(list, one);
	free(copy);
	return good;
}

bool select_add_name(struct name_list *list, const char *name)
{
	if (list->nr == SELECT_MAX)
		return false;
	list->v[list->nr++] = name;
	return true;
}

int select_add_func(struct selection *s, const char *regex, struct pwrt_diag *d)
{
	int ret;

	if (s->func.nr == SELECT_MAX)
		return pwrt_fail(d, PWRT_EINVAL, 0, "more than %u expressions", SELECT_MAX);
	ret = pattern_new(&s->pattern[s->func.nr], regex, d);
	if (ret == 0)
		select_add_name(&s->func, regex);
	return ret;
}

static bool has_id(const struct id_list *list, uint64_t id)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++)
		if (id >= list->v[i].from && id <= list->v[i].to)
			return true;
	return !list->nr;
}

static bool has_name(const struct name_list *list, const char *name)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++)
		if (!strcmp(list->v[i], name))
			return true;
	return !list->nr;
}

static bool has_func(const struct selection *s, const char *func)
{
	unsigned int i;

	for (i = 0; i < s->func.nr; i++)
		if (pattern_matches(s->pattern[i], func))
			return true;
	return !s->func.nr;
}

bool select_is_about_events(const struct selection *s)
{
	return s->func.nr || s->netns.nr || s->ifname.nr || s->since_ns || s->until_ns;
}

bool select_event(const struct selection *s, const struct step *step, uint64_t from_start_ns)
{
	if (!has_id(&s->packets, step->ev.packet))
		return false;
	if (s->since_ns && from_start_ns < s->since_ns)
		return false;
	if (s->until_ns && from_start_ns > s->until_ns)
		return false;
	if (s->netns.nr && !has_name(&s->netns, step_netns(step, NAME_BUF)))
		return false;
	if (s->ifname.nr && !has_name(&s->ifname, step_ifname(step)))
		return false;
	return !s->func.nr || has_func(s, step_func(step, NAME_BUF));
}

bool select_packet(const struct selection *s, const struct packet *p, bool matched)
{
	if (!has_id(&s->packets, p->id) || !has_id(&s->flows, p->flow))
		return false;
	if (s->dropped && p->fate != FATE_DROPPED)
		return false;
	return !s->filter || matched;
}

void select_packet_range(const struct selection *s, uint64_t *min, uint64_t *max)
{
	unsigned int i;

	if (!s->packets.nr)
		return;
	*min = UINT64_MAX;
	*max = 0;
	for (i = 0; i < s->packets.nr; i++) {
		*min = s->packets.v[i].from < *min ? s->packets.v[i].from : *min;
		*max = s->packets.v[i].to > *max ? s->packets.v[i].to : *max;
	}
}

int select_check(const struct selection *s, struct pwrt_diag *d)
{
	unsigned int i;

	for (i = 0; i < s->func.nr; i++)
		if (pattern_gave_up(s->pattern[i]))
			return pwrt_fail(d, PWRT_EINVAL, 0,
					 "regular expression '%.60s' has too many ways to match: "
					 "remove repetitions inside of repetitions",
					 s->func.v[i]);
	return 0;
}

void select_free(struct selection *s)
{
	unsigned int i;

	pcap_expr_free(s->filter);
	for (i = 0; i < s->func.nr; i++)
		pattern_free(s->pattern[i]);
	s->func.nr = 0;
}

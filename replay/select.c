/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "select.h"

#include <stdlib.h>
#include <string.h>

#include "append.h"
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

static bool is_fate(const struct name_entry *e)
{
	struct named n;
	int i;

	for (i = 0; i < FATE_NR; i++) {
		named_fate(&n, (enum fate)i);
		if (name_fits(e, &n))
			return true;
	}
	return false;
}

static int fail_fate(const struct name_entry *e, struct pwrt_diag *d)
{
	char known[128] = "";
	size_t n = 0;
	int i;

	for (i = 0; i < FATE_NR; i++)
		n = append_text(known, sizeof(known), n, "%s%s", i ? ", " : "", fate_names[i]);
	return pwrt_fail(d, PWRT_EINVAL, 0, "'%.*s' is none of %s", (int)e->len, e->text, known);
}

int select_add_fates(struct name_list *list, const char *text, struct pwrt_diag *d)
{
	unsigned int i = list->nr;
	int ret = names_add(list, text, d);

	for (; ret == 0 && i < list->nr; i++)
		if (!list->v[i].whole && !is_fate(&list->v[i]))
			ret = fail_fate(&list->v[i], d);
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

static bool has_names(const struct selection *s)
{
	return s->func.nr || s->netns.nr || s->ifname.nr || s->task.nr;
}

bool select_func(const struct selection *s, const struct pwrt_reader *r, uint32_t func)
{
	char buf[NAME_LEN];
	struct named n;

	if (!s->func.nr)
		return true;
	named_func(&n, r, func, buf);
	return names_select(&s->func, &n);
}

/* Compares the lists of names with an event. */
static bool fits_names(const struct selection *s, const struct step *step)
{
	const struct pwrt_event *ev = &step->ev;
	char buf[NAME_LEN];
	struct named n;

	if (s->netns.nr) {
		named_netns(&n, step->r, ev->dev, buf);
		if (!names_select(&s->netns, &n))
			return false;
	}
	if (s->ifname.nr) {
		named_ifname(&n, step->r, ev->dev);
		if (!names_select(&s->ifname, &n))
			return false;
	}
	if (s->task.nr) {
		named_task(&n, step->r, ev->task, buf);
		if (!names_select(&s->task, &n))
			return false;
	}
	return select_func(s, step->r, ev->func);
}

bool select_also(const struct selection *s, uint64_t packet)
{
	return s->also.nr && has_id(&s->also, packet);
}

bool select_id(const struct selection *s, uint64_t packet)
{
	return has_id(&s->packets, packet);
}

bool select_is_about_events(const struct selection *s)
{
	return has_names(s) || s->since_ns || s->until_ns || s->since_mono_ns || s->until_mono_ns;
}

/* Returns whether a time lies in a range. A bound of 0 is none. */
static bool is_between(uint64_t since, uint64_t until, uint64_t ns)
{
	return ns >= since && (!until || ns <= until);
}

bool select_event(const struct selection *s, const struct step *step, uint64_t from_start_ns)
{
	if (!has_id(&s->packets, step->ev.packet))
		return false;
	if (!is_between(s->since_ns, s->until_ns, from_start_ns) ||
	    !is_between(s->since_mono_ns, s->until_mono_ns, step->ev.ts_ns))
		return false;
	return !has_names(s) || fits_names(s, step);
}

/* Compares the list of drop reasons with a packet. One that was not dropped has no reason. */
static bool fits_reason(const struct selection *s, const struct pwrt_reader *r,
			const struct packet *p)
{
	char buf[NAME_LEN];
	struct named n;

	named_reason(&n, r, p->fate == FATE_DROPPED ? p->drop.reason : PWRT_NONE, buf);
	return names_select(&s->reason, &n);
}

static bool fits_fate(const struct selection *s, const struct packet *p)
{
	struct named n;

	named_fate(&n, p->fate);
	return names_select(&s->fate, &n);
}

bool select_is_about_packets(const struct selection *s)
{
	return s->filter || s->flows.nr || s->fate.nr || s->reason.nr || s->rule.nr || s->longer_ns;
}

bool select_needs_tags(const struct selection *s)
{
	return s->filter && pcap_expr_reads_tags(s->filter);
}

#define MOST_TUNNELS 4 /* that are opened, one inside the other */

/* Returns whether the headers inside a tunnel match. */
static bool matches_inner(const struct selection *s, const struct step *step)
{
	const struct pwrt_event *ev = &step->ev;
	struct headers outer = *step->h, inner;
	size_t before, len;
	int i;

	for (i = 0; i < MOST_TUNNELS && headers_inner(&inner, &outer); i++, outer = inner) {
		before = (size_t)(outer.inner - ev->hdr);
		len = ev->len > before ? ev->len - before : 0;
		if (len < outer.inner_len)
			len = outer.inner_len;
		if (pcap_expr_match(s->filter, outer.inner, outer.inner_len, len,
				    outer.inner_l3_off))
			return true;
	}
	return false;
}

/* Returns whether the headers are complete up to the transport layer, as far as there is one. */
static bool has_all_headers(const struct headers *h)
{
	if (h->ip_version)
		return h->l4 || h->frag_off;
	return h->eth_type && h->eth_type != ETH_IP && h->eth_type != ETH_IPV6;
}

/* Compares the filter with the next event, for FILTER_ON_FIRST and FILTER_ON_LAST. */
static uint8_t note_one_event(const struct selection *s, const struct step *step,
			      const struct kept_tag *tag, bool freeing, uint8_t found)
{
	const bool all = has_all_headers(step->h);

	if (!step->ev.hdr_len || step_is_return(step))
		return found;
	if (found & FOUND_HEADERS && (s->filter_on == FILTER_ON_FIRST || freeing || !all))
		return found;
	found &= (uint8_t)~FOUND_MATCH;
	found |= kept_tag_match(tag, s->filter, step) ? FOUND_MATCH : 0;
	return found | (all ? FOUND_HEADERS : 0);
}

static uint8_t note_filter(const struct selection *s, const struct step *step,
			   const struct kept_tag *tag, bool freeing, uint8_t found)
{
	if (s->filter_on == FILTER_ON_FIRST || s->filter_on == FILTER_ON_LAST)
		return note_one_event(s, step, tag, freeing, found);
	if (found & FOUND_MATCH)
		return found;
	if (s->filter_on == FILTER_ON_INNER)
		return found | (matches_inner(s, step) ? FOUND_MATCH : 0);
	return found | (kept_tag_match(tag, s->filter, step) ? FOUND_MATCH : 0);
}

static uint8_t note_rule(const struct selection *s, const struct step *step)
{
	char buf[NAME_LEN];
	struct named n;

	named_rule(&n, step, buf);
	return (names_fit(&s->rule, false, &n) ? FOUND_RULE : 0) |
	       (names_fit(&s->rule, true, &n) ? FOUND_OTHER_RULE : 0);
}

uint8_t select_note(const struct selection *s, const struct step *step, const struct kept_tag *tag,
		    bool freeing, uint8_t found)
{
	if (s->filter)
		found = note_filter(s, step, tag, freeing, found);
	if (s->rule.nr && step->ev.values_len)
		found |= note_rule(s, step);
	return found;
}

bool select_packet(const struct selection *s, const struct pwrt_reader *r, const struct packet *p,
		   uint8_t found)
{
	if (select_also(s, p->id))
		return true;
	if (!has_id(&s->packets, p->id) || !has_id(&s->flows, p->flow))
		return false;
	if (s->fate.nr && !fits_fate(s, p))
		return false;
	if (s->reason.nr && !fits_reason(s, r, p))
		return false;
	if (s->longer_ns && p->last_ns - p->first_ns <= s->longer_ns)
		return false;
	if (!names_decide(&s->rule, found & FOUND_RULE, found & FOUND_OTHER_RULE))
		return false;
	return !s->filter || found & FOUND_MATCH;
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
	return names_check(&s->func, d);
}

void select_free(struct selection *s)
{
	pcap_expr_free(s->filter);
	s->filter = NULL;
	names_free(&s->func);
}

#include "select.h"

#include <string.h>

bool select_event(const struct selection *s, const struct step *step, uint64_t from_start_ns)
{
	const struct pwrt_event *ev = &step->ev;

	if (s->packet && ev->packet != s->packet)
		return false;
	if (s->since_ns && from_start_ns < s->since_ns)
		return false;
	if (s->until_ns && from_start_ns > s->until_ns)
		return false;
	if (s->netns && strcmp(s->netns, step_netns(step)))
		return false;
	if (s->ifname && strcmp(s->ifname, step_ifname(step)))
		return false;
	if (s->has_func && regexec(&s->func, step_func(step), 0, NULL, 0))
		return false;
	return true;
}

bool select_packet(const struct selection *s, const struct packet *p, bool matched)
{
	if (s->packet && p->id != s->packet)
		return false;
	if (s->flow && model_flow(p) != s->flow)
		return false;
	if (s->dropped && model_fate(p) != FATE_DROPPED)
		return false;
	return !s->filter || matched;
}

void select_free(struct selection *s)
{
	expr_free(s->filter);
	if (s->has_func)
		regfree(&s->func);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "step.h"

#include <stdio.h>
#include <string.h>

const struct pwrt_dev *step_dev(const struct step *s)
{
	return pwrt_reader_dev(s->r, s->ev.dev);
}

void step_set(struct step *s, struct headers *h, const struct pwrt_reader *r,
	      const struct pwrt_event *ev)
{
	*s = (struct step){ .r = r, .ev = *ev, .h = h };
	headers_parse(h, ev->hdr, ev->hdr_len, ev->l3_off);
}

void step_parse(struct step *s, struct parsed_headers *p)
{
	const struct pwrt_event *ev = &s->ev;
	const uint32_t at = ev->hdr_id % PARSED_MAX;

	if (!ev->hdr_id || p->v[at].id != ev->hdr_id) {
		headers_parse(&p->v[at].h, ev->hdr, ev->hdr_len, ev->l3_off);
		p->v[at].id = ev->hdr_id;
	}
	s->h = &p->v[at].h;
}

void step_set_return(struct step *s, const struct pwrt_reader *r, uint32_t func, uint32_t dev,
		     const uint8_t *values, size_t len)
{
	*s = (struct step){ .r = r,
			    .ev = { .func = func,
				    .dev = dev,
				    .caller = PWRT_NONE,
				    .stack = PWRT_NONE,
				    .task = PWRT_NONE,
				    .reason = PWRT_NONE,
				    .flags = PWRT_EV_RETURN,
				    .values = values,
				    .values_len = (uint16_t)len } };
}

const char *step_func(const struct step *s, char buf[NAME_LEN])
{
	const struct pwrt_func *f = pwrt_reader_func(s->r, s->ev.func);

	if (f && *f->name)
		return f->name;
	snprintf(buf, NAME_LEN, "func#%u", s->ev.func);
	return buf;
}

const char *step_netns(const struct step *s, char buf[NAME_LEN])
{
	const struct pwrt_dev *v = step_dev(s);

	return v ? netns_text(s->r, v->netns, buf) : "";
}

const char *step_ifname(const struct step *s)
{
	const struct pwrt_dev *v = step_dev(s);

	return v ? v->name : "";
}

bool step_is_return(const struct step *s)
{
	return s->ev.flags & PWRT_EV_RETURN;
}

bool step_is_tracepoint(const struct step *s)
{
	const struct pwrt_func *f = pwrt_reader_func(s->r, s->ev.func);

	return f && strchr(f->name, ':');
}

const char *step_label(const struct step *s, char buf[NAME_LEN])
{
	if (!step_is_return(s))
		return step_func(s, buf);
	snprintf(buf, NAME_LEN, "the return of %.512s", step_func(s, NAME_BUF));
	return buf;
}

const char *step_frame(const struct step *s, uint32_t i, char buf[NAME_LEN])
{
	const struct pwrt_stack *stack = pwrt_reader_stack(s->r, s->ev.stack);
	const struct pwrt_caller *c;

	if (!stack || i >= stack->callers.nr)
		return NULL;
	c = pwrt_reader_caller(s->r, stack->callers.v[i]);
	if (!c || !*c->name)
		snprintf(buf, NAME_LEN, "0x%llx", c ? (unsigned long long)c->addr : 0);
	else
		snprintf(buf, NAME_LEN, "%.512s+0x%x", c->name, c->offset);
	return buf;
}

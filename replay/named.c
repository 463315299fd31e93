/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "named.h"

#include <stdio.h>

#include "step.h"

static struct named only_name(const char *name)
{
	return (struct named){ .name = name, .number = NO_NUMBER, .second = NO_NUMBER };
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
	n->name = reason_text(r, reason, buf);
	n->alias = pwrt_reader_enum_name(r, "skb_drop_reason", reason);
	n->number = reason;
}

void named_func(struct named *n, const struct pwrt_reader *r, uint32_t func, char buf[NAME_LEN])
{
	const struct step s = { .r = r, .ev.func = func };

	*n = only_name(step_func(&s, buf));
}

void named_netns(struct named *n, const struct pwrt_reader *r, uint32_t dev, char buf[NAME_LEN])
{
	const struct pwrt_dev *v = pwrt_reader_dev(r, dev);

	*n = only_name(v ? netns_text(r, v->netns, buf) : "");
	if (v && v->netns)
		n->number = v->netns;
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
	n->name = buf;
	n->alias = v->comm;
	n->number = v->pid;
	n->second = v->tgid;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "trace_names.h"

#include <string.h>

bool trace_ifname(const struct trace *t, uint32_t i, struct named *n, char buf[NAME_LEN])
{
	(void)buf;
	named_ifname(n, trace_reader(t), i);
	return pwrt_reader_dev(trace_reader(t), i);
}

bool trace_netns(const struct trace *t, uint32_t i, struct named *n, char buf[NAME_LEN])
{
	named_netns(n, trace_reader(t), i, buf);
	return pwrt_reader_dev(trace_reader(t), i);
}

bool trace_fate(const struct trace *t, uint32_t i, struct named *n, char buf[NAME_LEN])
{
	struct packet p;

	(void)buf;
	if (!t->m || i >= model_nr_packets(t->m))
		return false;
	model_packet(t->m, i, &p);
	named_fate(n, p.fate);
	return true;
}

bool trace_reason(const struct trace *t, uint32_t i, struct named *n, char buf[NAME_LEN])
{
	struct packet p;

	if (!t->m || i >= model_nr_packets(t->m))
		return false;
	model_packet(t->m, i, &p);
	named_reason(n, trace_reader(t), p.fate == FATE_DROPPED ? p.drop.reason : PWRT_NONE, buf);
	return true;
}

bool trace_rule(const struct trace *t, uint32_t i, struct named *n, char buf[NAME_LEN])
{
	const char *name;
	int k;

	(void)buf;
	if (i >= t->rule_ids.nr)
		return false;
	*n = (struct named){ .number = { NO_NUMBER, NO_NUMBER } };
	name = intern_get(&t->rules, *(const uint32_t *)vec_at(&t->rule_ids, i));
	for (k = 0; k < NAMED_MAX && *name; k++, name += strlen(name) + 1)
		n->name[k] = name;
	return true;
}

bool trace_task(const struct trace *t, uint32_t i, struct named *n, char buf[NAME_LEN])
{
	named_task(n, trace_reader(t), i, buf);
	return pwrt_reader_task(trace_reader(t), i);
}

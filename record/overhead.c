/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "overhead.h"

#include <stdio.h>

void overhead_begin(struct overhead *o, uint64_t now_ns, uint64_t run_ns)
{
	o->at_ns = now_ns;
	o->run_ns = run_ns;
}

double overhead_measure(struct overhead *o, uint64_t now_ns, uint64_t run_ns)
{
	const double time = (double)(now_ns - o->at_ns) * o->nr_cpus,
		     run = run_ns > o->run_ns ? (double)(run_ns - o->run_ns) : 0;

	overhead_begin(o, now_ns, run_ns);
	return time > 0 ? run * 100 / time : 0;
}

static enum overhead_step first_left(struct overhead *o)
{
	if (o->has_returns) {
		o->has_returns = false;
		return OVERHEAD_RETURNS;
	}
	if (o->has_functions) {
		o->has_functions = false;
		return OVERHEAD_FUNCTIONS;
	}
	if (o->flows >= OVERHEAD_FLOWS_MAX)
		return OVERHEAD_END;
	o->flows *= 2;
	return OVERHEAD_FLOWS;
}

enum overhead_step overhead_next(struct overhead *o, double percent)
{
	enum overhead_step step = percent > o->limit ? first_left(o) : OVERHEAD_NOTHING;

	o->nr_steps += step != OVERHEAD_NOTHING && step != OVERHEAD_END;
	return step;
}

void overhead_words(const struct overhead *o, enum overhead_step step, char *text, size_t len)
{
	*text = '\0';
	if (step == OVERHEAD_RETURNS)
		snprintf(text, len, "returns");
	else if (step == OVERHEAD_FUNCTIONS)
		snprintf(text, len, "functions");
	else if (step == OVERHEAD_FLOWS)
		snprintf(text, len, "flows 1/%u", o->flows);
}

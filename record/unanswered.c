/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "unanswered.h"

#include <netinet/in.h>
#include <stdio.h>

#define LOOK_MIN_NS 50000000ull
#define LOOK_MAX_NS 1000000000ull
#define BATCHES_MAX (2 * NR_REQUESTS / UNANSWERED_BATCH) /* requests come meanwhile */

/* Returns the time between two looks. */
static uint64_t interval(const struct unanswered *u)
{
	uint64_t ns = u->after_ns / 4;

	return ns < LOOK_MIN_NS ? LOOK_MIN_NS : ns > LOOK_MAX_NS ? LOOK_MAX_NS : ns;
}

bool unanswered_look(struct unanswered *u, const struct request_table *t, uint64_t now_ns,
		     unanswered_found found, void *arg)
{
	struct requests some;
	bool changed = false;
	size_t batch, i;

	if (now_ns - u->looked_ns < interval(u))
		return false;
	u->looked_ns = now_ns;
	for (batch = 0; batch < BATCHES_MAX; batch++) {
		t->read(t->arg, batch == 0, &some);
		if (!some.nr)
			break;
		for (i = 0; i < some.nr; i++) {
			/* A request may be newer than now_ns. */
			if (some.since_ns[i] + u->after_ns > now_ns)
				continue;
			t->forget(t->arg, &some.r[i]);
			if (t->unread(t->arg, &some.r[i]) >= some.since_ns[i]) {
				u->nr_unread++;
				continue;
			}
			u->nr++;
			changed |= found(arg, &some.r[i]);
		}
	}
	return changed;
}

void unanswered_text(const struct unanswered *u, const struct pw_request *r, char *text, size_t len)
{
	const char *kind = r->end[0].proto == IPPROTO_TCP ? "a SYN" :
			   r->end[0].proto == IPPROTO_UDP ? "a DNS question" :
							    "an echo request";

	snprintf(text, len, "no answer to %s for %g s", kind, (double)u->after_ns / 1e9);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "martian.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/*
 * The checks of ip_route_input_slow() and ip_route_input_mc() (net/ipv4/route.c), in their order.
 * The first byte of an address decides.
 */
static const struct {
	bool source;
	uint8_t first, last; /* range of the first byte */
	const char *words;
} checks[] = {
	/* ip_route_input_rcu(): no member of the group */
	{ false, 224, 239, "is a multicast group that no socket here has joined" },
	{ true, 224, 239, "is a multicast address and cannot be a source" },
	{ true, 255, 255, "cannot be a source" },
	{ true, 0, 0, "cannot be a source" },
	{ false, 0, 0, "cannot be a destination" },
	{ false, 127, 127, "is a loopback address, and route_localnet is off" },
	{ true, 127, 127, "is a loopback address, and route_localnet is off" },
	{ false, 255, 255, "cannot be a destination" },
	/* __fib_validate_source() (net/ipv4/fib_frontend.c): the source is local or broadcast */
	{ true, 0, 255,
	  "cannot be a source here: it is an address of this host or of a broadcast" },
};

/* Reasons that those functions give since 6.14; earlier ones return -EINVAL and give none. */
static bool is_refusal(const char *reason)
{
	static const char *const reasons[] = { "IP_LOCAL_SOURCE", "IP_INVALID_SOURCE",
					       "IP_LOCALNET", "IP_INVALID_DEST" };
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (!strcmp(reasons[i], reason))
			return true;
	return false;
}

static bool returned_einval(const struct ending *e)
{
	struct value ret;

	return e->decider != NO_STEP && step_named(&e->path->steps[e->decider], "ret", &ret) &&
	       (int)-(int64_t)ret.num == EINVAL;
}

/* Returns whether routing gave the reason that stands for all without a name. */
static bool returned_no_reason(const struct ending *e)
{
	struct value ret;

	return e->decider != NO_STEP && step_named(&e->path->steps[e->decider], "ret", &ret) &&
	       !strcmp(ret.text, "NOT_SPECIFIED");
}

/*
 * Returns whether the addresses were refused. *sure: routing did it; else the function may have
 * dropped the packet for its IP options too, where the file has no returns.
 */
static bool was_refused(const struct ending *e, bool *sure)
{
	*sure = is_refusal(e->reason) || returned_einval(e);
	return !strcmp(e->func, "ip_rcv_finish_core") &&
	       (*sure || ((e->decider == NO_STEP || returned_no_reason(e)) &&
			  !strcmp(e->reason, "NOT_SPECIFIED")));
}

static const struct headers *last_ipv4(const struct path *p, size_t end)
{
	size_t i;

	for (i = end < p->nr ? end + 1 : p->nr; i-- > 0;)
		if (p->steps[i].h->ip_version == 4)
			return p->steps[i].h;
	return NULL;
}

void martian_words(const struct ending *e, char *buf, size_t len)
{
	const struct headers *h = last_ipv4(e->path, e->step);
	char addr[46];
	size_t i;
	bool sure;

	buf[0] = '\0';
	if (!h || !was_refused(e, &sure))
		return;
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		const uint8_t *a = checks[i].source ? h->src : h->dst;

		if (!a || a[0] < checks[i].first || a[0] > checks[i].last ||
		    (!sure && checks[i].last - checks[i].first == 255))
			continue;
		headers_addr(addr, sizeof(addr), a, h->addr_len);
		snprintf(buf, len, "%s %s", addr, checks[i].words);
		return;
	}
}

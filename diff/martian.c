#include "martian.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "replay/view.h"

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
	{ true, 240, 255, "cannot be a source" },
	{ true, 0, 0, "cannot be a source" },
	{ false, 0, 0, "cannot be a destination" },
	{ false, 127, 127, "is a loopback address, and route_localnet is off" },
	{ true, 127, 127, "is a loopback address, and route_localnet is off" },
	{ false, 240, 255, "cannot be a destination" },
	/* __fib_validate_source() (net/ipv4/fib_frontend.c): the source is local or broadcast */
	{ true, 0, 255,
	  "cannot be a source here: it is an address of this host or of a broadcast" },
};

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
	struct value ret;
	size_t i;

	buf[0] = '\0';
	if (!h || e->decider == NO_STEP || strcmp(e->func, "ip_rcv_finish_core") ||
	    !step_named(&e->path->steps[e->decider], "ret", &ret) ||
	    (int)-(int64_t)ret.num != EINVAL)
		return;
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		const uint8_t *a = checks[i].source ? h->src : h->dst;

		if (!a || a[0] < checks[i].first || a[0] > checks[i].last)
			continue;
		headers_addr(addr, sizeof(addr), a, h->addr_len);
		snprintf(buf, len, "%s %s", addr, checks[i].words);
		return;
	}
}

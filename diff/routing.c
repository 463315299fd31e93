#include "routing.h"

#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "fill.h"
#include "replay/view.h"

/* Whether the host called its function that sends ICMP errors, and which one is in the recording. */
enum icmp {
	ICMP_ANY,
	ICMP_NONE,  /* the function was not called */
	ICMP_OTHER, /* it was called; none of the texts below, or no error was recorded */
};

/*
 * net/ipv4/route.c: ip_error() sends an ICMP error that depends on the error of the route:
 * -EHOSTUNREACH, -EACCES, or none for -EINVAL. net/ipv4/fib_semantics.c: fib_props[] has the error
 * of each type. net/ipv6/route.c: ip6_pkt_drop(). The first line that fits counts.
 */
static const struct {
	const char *reason, *func;
	enum icmp icmp;
	const char *answer; /* part of the words for the ICMP error, or NULL */
	const char *words;
} kinds[] = {
	{ "NOT_SPECIFIED", "ip_error", ICMP_ANY, "host unreachable",
	  "the route to {ip.dst} is of type unreachable" },
	{ "NOT_SPECIFIED", "ip_error", ICMP_ANY, "prohibited",
	  "the route to {ip.dst}, or a rule, is of type prohibit" },
	{ "NOT_SPECIFIED", "ip_error", ICMP_OTHER, NULL,
	  "the route to {ip.dst} is of type unreachable or prohibit" },
	{ "NOT_SPECIFIED", "ip_error", ICMP_NONE, NULL,
	  "the route to {ip.dst}, or a rule, is of type blackhole" },
	{ "IP_INNOROUTES", "ip6_pkt_drop", ICMP_ANY, "prohibited",
	  "the route to {ipv6.dst}, or a rule, is of type prohibit" },
	{ "IP_INNOROUTES", "ip6_pkt_drop", ICMP_ANY, NULL,
	  "there is no route to {ipv6.dst}, or one of type unreachable" },
};

/* Whether the packet passed the function that sends ICMP errors shortly before its end. */
static bool called_icmp(const struct ending *e)
{
	size_t i;

	for (i = e->step; i-- > 0 && e->path->steps[i].depth >= e->path->steps[e->step].depth;)
		if (!strcmp(plain_name(step_func(&e->path->steps[i], NAME_BUF), NAME_BUF),
			    "__icmp_send"))
			return true;
	return false;
}

void routing_words(const struct comparison *c, const struct ending *e, char *buf, size_t len)
{
	const enum icmp icmp = called_icmp(e) ? ICMP_OTHER : ICMP_NONE;
	const struct path *answer = find_answer(c);
	char text[64] = "";
	size_t i;

	buf[0] = '\0';
	if (answer)
		answer_words(answer, text, sizeof(text));
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].reason, e->reason) || strcmp(kinds[i].func, e->func) ||
		    (kinds[i].icmp != ICMP_ANY && kinds[i].icmp != icmp) ||
		    (kinds[i].answer && !strstr(text, kinds[i].answer)))
			continue;
		fill_words(buf, len, kinds[i].words, e->path, e->step);
		return;
	}
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "segment.h"

#include <netinet/in.h>

#include "diff/comparison.h"

bool segment_is(const struct path *p)
{
	const struct step *s = p ? first_with_headers(p) : NULL;

	return s && s->h->proto == IPPROTO_TCP && s->h->l4_len >= 14 &&
	       !(s->h->l4[13] & (TCP_SYN | TCP_RST));
}

bool segment_last(struct tcp_segment *s, const struct path *p)
{
	size_t i = p->nr;

	while (i--)
		if (headers_segment(s, p->steps[i].h))
			return true;
	return false;
}

bool segment_has_data(const struct path *p)
{
	struct tcp_segment s;

	return segment_last(&s, p) && s.data;
}

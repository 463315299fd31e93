/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "kept_tag.h"

#include <string.h>

#include "value.h"

void kept_tag_event(struct kept_tag *tag, const struct step *s)
{
	struct pwrt_value v;
	const char *name;
	size_t at = 0;

	if (!s->ev.values_len || step_is_return(s))
		return;
	while (step_raw_value(s, &at, &name, &v)) {
		if (v.type != PWRT_VALUE_NUMBER)
			continue;
		if (!strcmp(name, "skb.vlan_proto"))
			tag->proto = (uint16_t)v.num;
		else if (!strcmp(name, "skb.vlan_id"))
			tag->id = (uint16_t)v.num;
	}
}

bool kept_tag_match(const struct kept_tag *tag, const struct pcap_expr *e, const struct step *s)
{
	const struct pwrt_event *ev = &s->ev;

	if (!ev->hdr_len)
		return false;
	if (!tag || !tag->proto)
		return pcap_expr_match(e, ev->hdr, ev->hdr_len, ev->len, ev->l3_off);
	return pcap_expr_match_tagged(e, ev->hdr, ev->hdr_len, ev->len, ev->l3_off, tag->proto,
				      tag->id);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "name.h"

#include <stdio.h>
#include <string.h>

const char *reason_text(const struct pwrt_reader *r, uint32_t reason, char buf[NAME_LEN])
{
	static const char *const prefixes[] = { "SKB_DROP_REASON_", "SKB_" };
	const char *name = pwrt_reader_enum_name(r, "skb_drop_reason", reason);
	size_t i;

	if (!name) {
		snprintf(buf, NAME_LEN, "%u", reason);
		return buf;
	}
	for (i = 0; i < 2; i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return name + strlen(prefixes[i]);
	return name;
}

const char *netns_text(const struct pwrt_reader *r, uint32_t netns, char buf[NAME_LEN])
{
	const char *name = netns ? pwrt_reader_netns_name(r, netns) : "";

	if (name)
		return name;
	snprintf(buf, NAME_LEN, "%u", netns);
	return buf;
}

const char *plain_name(const char *name, char buf[NAME_LEN])
{
	size_t n = strcspn(name, ".");

	if (!name[n] || n >= NAME_LEN)
		return name;
	memcpy(buf, name, n);
	buf[n] = '\0';
	return buf;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "refresh.h"

bool refresh_is_due(struct refresh *r, uint64_t now_ns, bool waits, uint64_t *since_ns)
{
	const bool first = !r->last_ns;

	if (!r->began_ns)
		r->began_ns = now_ns;
	if (!(first && waits) && now_ns - (first ? r->began_ns : r->last_ns) < REFRESH_NS)
		return false;
	*since_ns = first ? 0 : now_ns - r->last_ns;
	r->last_ns = now_ns;
	return true;
}

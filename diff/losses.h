/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Events that the recorder lost while the packets of a comparison were under way. */
#ifndef DIFF_LOSSES_H
#define DIFF_LOSSES_H

#include "comparison.h"

struct loss {
	uint64_t events;
	uint32_t cpu;	    /* of the first loss; PWRT_NONE where it is not known */
	const char *why;    /* "ring buffer full"; static */
	const char *option; /* of pwru-record, which helps: "with a larger --ring-size"; static */
};

/*
 * Sums up the losses of a recording that was read to its end, as far as they may have been between
 * two times of its clock. Returns false, with zero events, where there are none.
 */
bool losses_between(struct loss *l, const struct pwrt_reader *r, uint64_t from_ns, uint64_t to_ns);
/* The same for the time from the first to the last event of some paths. */
bool losses_during(struct loss *l, const struct pwrt_reader *r, const struct path *paths,
		   size_t nr);
/*
 * Returns whether losses of the recording of bad may hide how its packet ended: nothing in the
 * recording shows an end, and events were lost right after what was last seen. *last becomes that
 * packet.
 */
bool loss_hides_end(struct loss *l, const struct path **last, const struct comparison *c,
		    const struct pwrt_reader *bad);

#endif

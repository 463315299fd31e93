/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tracked_packets.h"

#include <stdlib.h>
#include <sys/mman.h>

#define TRACKS_LEN (NR_SLOTS * sizeof(struct pw_track))

struct tracked_packets {
	struct tracked_packets_index index;
	struct pw_track *tracks;
};

int tracked_packets_open(struct tracked_packets **out, const struct tracked_packets_index *index,
			 int tracks_fd, struct pwrt_diag *d)
{
	struct tracked_packets *f = calloc(1, sizeof(*f));
	void *p;

	if (!f)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	f->index = *index;
	p = mmap(NULL, TRACKS_LEN, PROT_READ | PROT_WRITE, MAP_SHARED, tracks_fd, 0);
	if (p == MAP_FAILED) {
		free(f);
		return pwrt_fail(d, PWRT_ESYS, 0, "cannot map the table of packets");
	}
	f->tracks = p;
	*out = f;
	return 0;
}

/*
 * Gives one slot back. A probe may have begun another packet there in the meantime, at the same
 * address: then it gets its slot again.
 */
static void give_back(struct tracked_packets *f, uint32_t slot, uint64_t skb, uint64_t packet)
{
	const volatile struct pw_track *t = &f->tracks[slot];
	uint64_t *key = (uint64_t *)&f->index.keys[slot], was = skb, none = 0;

	if (!__atomic_compare_exchange_n(key, &was, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return;
	if (t->packet != packet &&
	    __atomic_compare_exchange_n(key, &none, skb, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return;
	__atomic_fetch_sub(&f->index.occupied[slot / SLOTS_PER_BUCKET], 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_sub(&f->index.tracked[TRACKED_AT(skb)], 1, __ATOMIC_SEQ_CST);
}

unsigned int tracked_packets_sweep(struct tracked_packets *f, uint64_t before_ns)
{
	unsigned int nr = 0;
	uint32_t slot;

	for (slot = 0; slot < NR_SLOTS; slot++) {
		uint64_t skb = __atomic_load_n(&f->index.keys[slot], __ATOMIC_ACQUIRE);
		const volatile struct pw_track *t = &f->tracks[slot];
		uint64_t packet = __atomic_load_n(&t->packet, __ATOMIC_ACQUIRE);

		if (!skb)
			continue;
		/* A slot with a tentative key is about to get its packet: its end is the one
		 * before. */
		if (!(skb & KEY_TENTATIVE) && t->end_sp && t->end_ts < before_ns)
			give_back(f, slot, skb, packet);
		else
			nr++;
	}
	return nr;
}

void tracked_packets_forget(struct tracked_packets *f)
{
	uint32_t slot;

	for (slot = 0; slot < NR_SLOTS; slot++) {
		uint64_t skb = __atomic_load_n(&f->index.keys[slot], __ATOMIC_ACQUIRE);
		const volatile struct pw_track *t = &f->tracks[slot];

		if (skb && !(skb & KEY_TENTATIVE))
			give_back(f, slot, skb, t->packet);
	}
}

void tracked_packets_close(struct tracked_packets *f)
{
	if (!f)
		return;
	munmap(f->tracks, TRACKS_LEN);
	free(f);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "rings.h"

#include <stdlib.h>
#include <sys/mman.h>

#define CHUNK_STRIDE (RING_CHUNK + RING_SLACK)
#define LEFT_MAX (16u << 20) /* bytes */

/* One CPU's ring while it is being emptied. */
struct ring {
	struct pw_ring *shared;
	const uint8_t *chunks;
	uint64_t at, end; /* positions: the next record, behind the last one that is whole */
	unsigned int cpu;
};

struct rings {
	unsigned int nr;
	uint32_t chunks; /* of each ring */
	struct ring *ring;
	struct ring **heap; /* those with a record, the oldest first */
	unsigned int nr_heap;
	struct pw_ring *shared;
	uint8_t *bytes;
	size_t shared_len, bytes_len;
};

static void *map_fd(int fd, size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

/*
 * Returns the bytes in a ring at which the recorder is woken up. Three quarters are free then, or
 * as many as takes a busy CPU half a second to fill.
 */
static uint64_t wake_at(uint64_t bytes)
{
	uint64_t left = bytes / 4 * 3;

	return bytes - (left < LEFT_MAX ? left : LEFT_MAX);
}

uint32_t rings_fit(uint64_t bytes, unsigned int nr_cpus)
{
	uint64_t each = bytes / nr_cpus, chunks = 1;

	while (chunks * 2 * RING_CHUNK <= each)
		chunks *= 2;
	return (uint32_t)chunks;
}

int rings_open(struct rings **out, int rings_fd, int chunks_fd, unsigned int nr_cpus,
	       uint32_t chunks, struct pwrt_diag *d)
{
	struct rings *r = calloc(1, sizeof(*r));
	unsigned int i;

	if (!r)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	r->nr = nr_cpus;
	r->chunks = chunks;
	r->ring = calloc(nr_cpus, sizeof(*r->ring));
	r->heap = calloc(nr_cpus, sizeof(struct ring *));
	r->shared_len = nr_cpus * sizeof(*r->shared);
	r->bytes_len = (size_t)nr_cpus * chunks * CHUNK_STRIDE;
	r->shared = map_fd(rings_fd, r->shared_len);
	r->bytes = map_fd(chunks_fd, r->bytes_len);
	if (!r->ring || !r->heap || !r->shared || !r->bytes) {
		rings_close(r);
		return pwrt_fail(d, PWRT_ESYS, 0, "cannot map the ring buffers");
	}
	for (i = 0; i < nr_cpus; i++) {
		r->ring[i] = (struct ring){ .shared = &r->shared[i],
					    .chunks = r->bytes + (size_t)i * chunks * CHUNK_STRIDE,
					    .cpu = i };
		r->shared[i].chunk = i * chunks;
		r->shared[i].chunk_mask = chunks - 1;
		r->shared[i].bytes_max = (uint64_t)chunks * RING_CHUNK - RING_SLACK;
		r->shared[i].wake_at = wake_at((uint64_t)chunks * RING_CHUNK);
	}
	*out = r;
	return 0;
}

static const struct pw_entry *entry_at(const struct rings *r, const struct ring *g)
{
	uint64_t chunk = g->at / RING_CHUNK & (r->chunks - 1);

	return (const struct pw_entry *)(g->chunks + chunk * CHUNK_STRIDE +
					 (g->at & (RING_CHUNK - 1)));
}

static bool is_older(const struct rings *r, const struct ring *a, const struct ring *b)
{
	return entry_at(r, a)->ts < entry_at(r, b)->ts;
}

/* Lets the ring at the top of the heap sink to its place. */
static void sink(struct rings *r, unsigned int i)
{
	for (;;) {
		unsigned int kid = 2 * i + 1;
		struct ring *g = r->heap[i];

		if (kid >= r->nr_heap)
			return;
		if (kid + 1 < r->nr_heap && is_older(r, r->heap[kid + 1], r->heap[kid]))
			kid++;
		if (!is_older(r, r->heap[kid], g))
			return;
		r->heap[i] = r->heap[kid];
		r->heap[kid] = g;
		i = kid;
	}
}

static void gather(struct rings *r)
{
	unsigned int i;

	r->nr_heap = 0;
	for (i = 0; i < r->nr; i++) {
		struct ring *g = &r->ring[i];

		g->shared->wakeup_sent = 0;
		g->end = __atomic_load_n(&g->shared->head, __ATOMIC_ACQUIRE);
		if (g->at != g->end)
			r->heap[r->nr_heap++] = g;
	}
	for (i = r->nr_heap / 2; i-- > 0;)
		sink(r, i);
}

/* Hands over one record, and passes over it. */
static int take_one(struct ring *g, const struct pw_entry *entry, entry_cb cb, void *arg,
		    struct pwrt_diag *d)
{
	size_t len = entry->bytes8 * 8u;
	int ret;

	if (len < sizeof(*entry) || len > g->end - g->at || len > RING_SLACK)
		return pwrt_fail(d, PWRT_ECORRUPT, 0, "CPU %u: malformed ring buffer record",
				 g->cpu);
	ret = cb(arg, g->cpu, entry);
	if (ret == 0)
		g->at += len;
	return ret;
}

/* The kernel may write where everything before g->at was. */
static void give_back(struct ring *g)
{
	__atomic_store_n(&g->shared->tail, g->at, __ATOMIC_RELEASE);
}

int rings_take(struct rings *r, uint64_t until_ns, entry_cb cb, void *arg, struct pwrt_diag *d)
{
	unsigned int i;
	int ret = 0;

	gather(r);
	while (r->nr_heap && ret == 0) {
		struct ring *g = r->heap[0];
		const struct pw_entry *entry = entry_at(r, g);
		uint64_t chunk = g->at / RING_CHUNK;

		if (entry->ts > until_ns)
			break;
		ret = take_one(g, entry, cb, arg, d);
		if (g->at / RING_CHUNK != chunk)
			give_back(g);
		if (g->at == g->end)
			r->heap[0] = r->heap[--r->nr_heap];
		sink(r, 0);
	}
	for (i = 0; i < r->nr; i++)
		give_back(&r->ring[i]);
	return ret;
}

const volatile struct pw_ring *rings_of(const struct rings *r, unsigned int cpu)
{
	return &r->shared[cpu];
}

static uint64_t used(const struct rings *r, unsigned int cpu)
{
	return __atomic_load_n(&r->shared[cpu].head, __ATOMIC_RELAXED) -
	       __atomic_load_n(&r->shared[cpu].tail, __ATOMIC_RELAXED);
}

unsigned int rings_fill(const struct rings *r)
{
	uint64_t most = 0;
	unsigned int i;

	for (i = 0; i < r->nr; i++)
		most = used(r, i) > most ? used(r, i) : most;
	return (unsigned int)(most * 100 / ((uint64_t)r->chunks * RING_CHUNK));
}

bool rings_are_due(const struct rings *r)
{
	unsigned int i;

	for (i = 0; i < r->nr; i++)
		if (used(r, i) > r->shared[i].wake_at)
			return true;
	return false;
}

void rings_close(struct rings *r)
{
	if (!r)
		return;
	if (r->shared)
		munmap(r->shared, r->shared_len);
	if (r->bytes)
		munmap(r->bytes, r->bytes_len);
	free(r->ring);
	free(r->heap);
	free(r);
}

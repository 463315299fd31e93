/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "aux_ring.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* One that was gathered: where it is among the bytes. */
struct gathered {
	uint64_t ts;
	uint32_t at, len;
};

struct aux_ring {
	struct ring_buffer *ring;
	uint8_t *bytes;
	size_t len, cap; /* bytes */
	struct gathered *g;
	size_t nr, max;
	size_t next;	   /* the first one that was not handed over */
	uint64_t gathered; /* bytes, as they lay in the buffer: also the consumer's position */
	size_t ring_bytes;
	const uint64_t *produced; /* the position behind the last record that was reserved */
	struct mark {
		uint64_t produced, ns; /* that position, and a time before it was read */
	} mark;			       /* behind what was gathered, or where known_ns comes from */
	uint64_t known_ns;
};

/* Makes room; what there was is kept. */
static int reserve(struct aux_ring *n, size_t bytes, size_t nr)
{
	uint8_t *more_bytes = bytes > n->cap ? realloc(n->bytes, bytes) : n->bytes;
	struct gathered *more;

	if (!more_bytes)
		return -ENOMEM;
	n->bytes = more_bytes;
	n->cap = bytes > n->cap ? bytes : n->cap;
	more = nr > n->max ? realloc(n->g, nr * sizeof(*more)) : n->g;
	if (!more)
		return -ENOMEM;
	n->g = more;
	n->max = nr > n->max ? nr : n->max;
	return 0;
}

static int on_aux(void *arg, void *data, size_t len)
{
	const struct pw_aux *aux = data;
	struct aux_ring *n = arg;

	if (len < sizeof(*aux) || len != aux_record_bytes(aux->contents))
		return -EBADMSG;
	if ((n->len + len > n->cap || n->nr == n->max) && reserve(n, 2 * n->cap, 2 * n->max))
		return -ENOMEM;
	n->g[n->nr++] = (struct gathered){ aux->ts, (uint32_t)n->len, (uint32_t)len };
	memcpy(n->bytes + n->len, data, len);
	n->len += len;
	__atomic_store_n(&n->gathered, n->gathered + len + BPF_RINGBUF_HDR_SZ, __ATOMIC_RELAXED);
	return 0;
}

/*
 * Map the page that begins with the producer's position: struct bpf_ringbuf and
 * ringbuf_map_mmap_kern(), kernel/bpf/ringbuf.c. libbpf 1.1 maps it too and does not show it.
 */
static const uint64_t *map_produced(int fd)
{
	long page = sysconf(_SC_PAGESIZE);
	void *p = mmap(NULL, (size_t)page, PROT_READ, MAP_SHARED, fd, page);

	return p == MAP_FAILED ? NULL : p;
}

/* Auxiliary records are larger than entries, but fewer. */
#define RINGS_PER_AUX_RING 8

uint32_t aux_ring_fit(uint64_t rings_bytes)
{
	/* The kernel requires a power of two of pages (kernel/bpf/ringbuf.c, ringbuf_map_alloc()). */
	uint32_t bytes = (uint32_t)sysconf(_SC_PAGESIZE);

	while (bytes * 2 <= rings_bytes / RINGS_PER_AUX_RING)
		bytes *= 2;
	return bytes;
}

int aux_ring_open(struct aux_ring **out, int fd, size_t ring_bytes, struct pwrt_diag *d)
{
	struct aux_ring *n = calloc(1, sizeof(*n));

	if (!n)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	n->ring = ring_buffer__new(fd, on_aux, n, NULL);
	n->produced = map_produced(fd);
	/* As much as the ring holds, and touched: what it takes at the start is what it takes. */
	if (!n->ring || !n->produced ||
	    reserve(n, ring_bytes, ring_bytes / sizeof(struct pw_aux) + 1)) {
		aux_ring_close(n);
		return pwrt_fail(d, PWRT_ESYS, 0, "cannot map the ring of auxiliary records");
	}
	n->ring_bytes = ring_bytes;
	memset(n->bytes, 0xff, n->cap);
	memset(n->g, 0xff, n->max * sizeof(*n->g));
	*out = n;
	return 0;
}

/* Auxiliary records of one time stay in the order in which they lie in the buffer. */
static int by_time(const void *a, const void *b)
{
	const struct gathered *x = a, *y = b;

	if (x->ts != y->ts)
		return x->ts < y->ts ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static int by_place(const void *a, const void *b)
{
	const struct gathered *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

/*
 * Moves the remaining records to the front, when they are no more than those handed over: an
 * auxiliary record is moved once or twice in its life, however long the others wait. Returns how
 * many are in order of time still.
 */
static size_t make_room(struct aux_ring *n)
{
	size_t i;

	if (n->nr - n->next > n->next)
		return n->nr;
	n->nr -= n->next;
	memmove(n->g, n->g + n->next, n->nr * sizeof(*n->g));
	n->next = 0;
	n->len = 0;
	if (n->nr)
		qsort(n->g, n->nr, sizeof(*n->g), by_place);
	for (i = 0; i < n->nr; i++) {
		memmove(n->bytes + n->len, n->bytes + n->g[i].at, n->g[i].len);
		n->g[i].at = (uint32_t)n->len;
		n->len += n->g[i].len;
	}
	return 0;
}

/* Puts those from sorted on in their places: nearly all of them are behind those that were there. */
static void sort_new(struct aux_ring *n, size_t sorted)
{
	uint64_t oldest = UINT64_MAX;
	size_t i;

	for (i = sorted; i < n->nr; i++)
		oldest = n->g[i].ts < oldest ? n->g[i].ts : oldest;
	while (sorted > n->next && n->g[sorted - 1].ts > oldest)
		sorted--;
	if (sorted < n->nr)
		qsort(n->g + sorted, n->nr - sorted, sizeof(*n->g), by_time);
}

/*
 * A program reads the clock after it has reserved its record. So an auxiliary record behind a mark
 * is not older than the mark's time, and once all before the mark are gathered, all older ones are.
 */
static void move_known(struct aux_ring *n, struct mark now)
{
	bool is_all = n->gathered >= now.produced, is_past = n->gathered >= n->mark.produced;

	if (is_all)
		n->known_ns = now.ns;
	else if (is_past)
		n->known_ns = n->mark.ns;
	if (is_all || is_past)
		n->mark = now;
}

int aux_ring_gather(struct aux_ring *n, uint64_t now_ns, struct pwrt_diag *d)
{
	const struct mark now = { __atomic_load_n(n->produced, __ATOMIC_ACQUIRE), now_ns };
	size_t sorted = make_room(n);
	int ret = ring_buffer__consume(n->ring);

	if (ret == -ENOMEM)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	if (ret < 0)
		return pwrt_fail(d, PWRT_ECORRUPT, 0,
				 "malformed auxiliary record in the ring buffer");
	sort_new(n, sorted);
	move_known(n, now);
	return 0;
}

uint64_t aux_ring_known(const struct aux_ring *n)
{
	return n->known_ns;
}

int aux_ring_take(struct aux_ring *n, uint64_t until_ns, aux_cb cb, void *arg)
{
	int ret = 0;

	while (n->next < n->nr && n->g[n->next].ts <= until_ns && ret == 0) {
		const struct pw_aux *aux = (const void *)(n->bytes + n->g[n->next].at);

		ret = cb(arg, aux, aux + 1);
		n->next += ret == 0;
	}
	return ret;
}

unsigned int aux_ring_fill(const struct aux_ring *n, uint64_t written)
{
	uint64_t gathered = __atomic_load_n(&n->gathered, __ATOMIC_RELAXED);

	return written > gathered ? (unsigned int)((written - gathered) * 100 / n->ring_bytes) : 0;
}

void aux_ring_close(struct aux_ring *n)
{
	if (!n)
		return;
	ring_buffer__free(n->ring);
	if (n->produced)
		munmap((void *)n->produced, (size_t)sysconf(_SC_PAGESIZE));
	free(n->bytes);
	free(n->g);
	free(n);
}

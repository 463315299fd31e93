/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "fake_ring.h"

#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RING_BYTES (64 << 10)

/* In front of each sample. */
struct head {
	size_t len;
	bool is_written;
};

struct ring_buffer {
	ring_buffer_sample_fn on_sample;
	void *arg;
	size_t read, len;
	uint64_t produced;
	uint8_t bytes[RING_BYTES];
};

static struct ring_buffer ring;
static uint64_t *position; /* in the map */

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

int fake_ring_open(void)
{
	int fd = memfd_create("aux", 0);
	void *p = MAP_FAILED;

	/* Fault injection fails the library's functions: these calls are the test's own. */
	if (fd >= 0 && syscall(SYS_ftruncate, fd, 2 * page_size()) == 0)
		p = (void *)syscall(SYS_mmap, NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED,
				    fd, page_size());
	if (p == MAP_FAILED)
		abort();
	position = p;
	ring.read = ring.len = 0;
	ring.produced = 0;
	return fd;
}

void fake_ring_close(int fd)
{
	munmap(position, page_size());
	close(fd);
}

size_t fake_ring_reserve(const void *sample, size_t len)
{
	const struct head head = { .len = len };
	size_t nr = ring.len;

	if (RING_BYTES - ring.len < sizeof(head) + len)
		abort();
	memcpy(ring.bytes + nr, &head, sizeof(head));
	memcpy(ring.bytes + nr + sizeof(head), sample, len);
	ring.len += sizeof(head) + len;
	ring.produced += len + BPF_RINGBUF_HDR_SZ;
	*position = ring.produced;
	return nr;
}

void fake_ring_write(size_t nr)
{
	struct head head;

	memcpy(&head, ring.bytes + nr, sizeof(head));
	head.is_written = true;
	memcpy(ring.bytes + nr, &head, sizeof(head));
}

void fake_ring_put(const void *sample, size_t len)
{
	fake_ring_write(fake_ring_reserve(sample, len));
}

struct ring_buffer *ring_buffer__new(int fd, ring_buffer_sample_fn on_sample, void *arg,
				     const struct ring_buffer_opts *opts)
{
	(void)fd;
	(void)opts;
	ring.on_sample = on_sample;
	ring.arg = arg;
	return &ring;
}

/* As ringbuf_process_ring() of libbpf: up to the first sample that is not written, or an error. */
int ring_buffer__consume(struct ring_buffer *r)
{
	struct head head;
	int ret = 0;

	while (r->read < r->len && ret >= 0) {
		memcpy(&head, r->bytes + r->read, sizeof(head));
		if (!head.is_written)
			return ret;
		ret = r->on_sample(r->arg, r->bytes + r->read + sizeof(head), head.len);
		r->read += sizeof(head) + head.len;
	}
	if (r->read == r->len)
		r->read = r->len = 0;
	return ret;
}

void ring_buffer__free(struct ring_buffer *r)
{
	(void)r;
}

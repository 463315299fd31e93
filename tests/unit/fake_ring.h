/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libbpf's ring buffer, replaced by one that a test fills as programs do: they reserve samples in
 * one order and write them in another. Link it in front of libbpf.
 */
#ifndef FAKE_RING_H
#define FAKE_RING_H

#include <stddef.h>

/*
 * Empty the ring, which has room for 64 KiB. Return the descriptor of a map that has the producer's
 * position where the kernel's has it. Aborts on failure.
 */
int fake_ring_open(void);
void fake_ring_close(int fd);
/*
 * Reserve a sample that ring_buffer__consume() hands over once it and all before it are written.
 * Return its number for fake_ring_write(). Aborts where it does not fit.
 */
size_t fake_ring_reserve(const void *sample, size_t len);
void fake_ring_write(size_t nr);
/* Both: the next ring_buffer__consume() hands it over. */
void fake_ring_put(const void *sample, size_t len);

#endif

/* libbpf's ring buffer, replaced by one that a test fills. Link it in front of libbpf. */
#ifndef NOTE_RING_H
#define NOTE_RING_H

#include <stddef.h>

/*
 * Appends a sample to the ring, which has room for 64 KiB. The next ring_buffer__consume() hands
 * all samples over and empties the ring. Aborts where the sample does not fit.
 */
void note_ring_put(const void *sample, size_t len);

#endif

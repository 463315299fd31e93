/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The auxiliary records that programs write (bpf/aux_record.bpf.h), out of one BPF ring buffer for
 * all CPUs, sorted by time here.
 */
#ifndef AUX_RING_H
#define AUX_RING_H

#include "bpf/event.h"
#include "format/pwrt.h"

struct aux_ring;

/*
 * Called for each record. more is the part that aux->contents describes: bpf/event.h. A negative
 * value stops aux_ring_take(), which returns it; the next call begins with this record.
 */
typedef int (*aux_cb)(void *arg, const struct pw_aux *aux, const void *more);

/* Returns the size of the auxiliary ring that goes with rings of these bytes in all. */
uint32_t aux_ring_fit(uint64_t rings_bytes);
/* The descriptor of the map stays the caller's; ring_bytes: the size of the map. */
int aux_ring_open(struct aux_ring **out, int fd, size_t ring_bytes, struct pwrt_diag *d);
/*
 * Copy the auxiliary records out of the buffer, up to the first one that a program has reserved and
 * not written. now_ns is the time, read before the call (CLOCK_MONOTONIC). Return 0, PWRT_ENOMEM or
 * PWRT_ECORRUPT.
 */
int aux_ring_gather(struct aux_ring *n, uint64_t now_ns, struct pwrt_diag *d);
/*
 * Return the time up to which every auxiliary record has been gathered: now_ns of the last
 * aux_ring_gather(), or of an earlier one while a program writes. It never goes back.
 */
uint64_t aux_ring_known(const struct aux_ring *n);
/* Hands over what was gathered and is from before until_ns. 0, or the callback's negative value. */
int aux_ring_take(struct aux_ring *n, uint64_t until_ns, aux_cb cb, void *arg);
/* Returns the fill level of the ring in percent, if programs have written that many bytes. */
unsigned int aux_ring_fill(const struct aux_ring *n, uint64_t written);
void aux_ring_close(struct aux_ring *n);

#endif

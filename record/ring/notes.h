/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The notes that programs write (bpf/leave.h), out of one BPF ring buffer for all CPUs, sorted by
 * time here.
 */
#ifndef NOTES_H
#define NOTES_H

#include "bpf/event.h"
#include "format/pwrt.h"

struct notes;

/*
 * Negative stops notes_take() with that value, and the note will come again. more is what
 * note->parts says: bpf/event.h.
 */
typedef int (*notes_cb)(void *arg, const struct pw_note *note, const void *more);

/* Returns the size of the ring buffer of notes that goes with rings of these bytes in all. */
uint32_t notes_fit(uint64_t rings_bytes);
/* fd of the map, of so many bytes, stays the caller's. */
int notes_open(struct notes **out, int fd, size_t ring_bytes, struct pwrt_diag *d);
/*
 * Copy the notes out of the buffer, up to the first one that a program has reserved and not
 * written. now_ns is the time, read before the call (CLOCK_MONOTONIC). Return 0, PWRT_ENOMEM or
 * PWRT_ECORRUPT.
 */
int notes_gather(struct notes *n, uint64_t now_ns, struct pwrt_diag *d);
/*
 * Return the time up to which every note has been gathered: now_ns of the last notes_gather(), or
 * of an earlier one while a program writes. It never goes back.
 */
uint64_t notes_known(const struct notes *n);
/* Hands over what was gathered and is from before until_ns. 0, or the callback's negative value. */
int notes_take(struct notes *n, uint64_t until_ns, notes_cb cb, void *arg);
/* How full the buffer is, in percent, if that many bytes were written into it. */
unsigned int notes_fill(const struct notes *n, uint64_t written);
void notes_close(struct notes *n);

#endif

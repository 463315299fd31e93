/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * --on-drop, --on-retransmission, --on-reset, --on-signal, --on-failure, --on-unanswered: a
 * recording of drops alone that attaches to the functions after a trigger, and records the flows of
 * the same service for some time. This module decides when and which; session.c attaches.
 */
#ifndef AIMING_H
#define AIMING_H

#include <stddef.h>

#include "bpf/event.h"
#include "format/pwrt.h"

struct aiming_options {
	/* Triggers: drop reasons or patterns, with commas, "" for every loss, NULL for none; TCP;
	 * the user. */
	const char *reasons;
	bool on_retransmission, on_reset, on_signal, on_failure;
	uint64_t unanswered_ns; /* a request without an answer for so long; 0: no trigger */
	uint64_t hold_ns;	/* how long the functions stay attached after a trigger */
	uint64_t rest_ns;	/* how long they stay detached then */
	uint64_t max_events;	/* or until so many events were recorded */
};

#define AIMING_DESCRIBED_MAX 1000 /* windows that a file describes */

enum aiming_state { AIMING_WAITS, AIMING_TRIGGERED, AIMING_RECORDS, AIMING_RESTS };

struct aiming {
	const struct aiming_options *o;
	enum aiming_state state;
	struct pw_aim aims[NR_AIMS];
	uint32_t nr_aims;
	uint64_t packet;       /* whose drop triggered; 0: something else did */
	char trigger[80];      /* the trigger, in words */
	uint64_t triggered_ns; /* CLOCK_MONOTONIC: the time of the trigger */
	uint64_t until_ns;     /* the end of recording, or of rest */
	uint64_t events;       /* in the file when recording began */
	uint64_t nr_windows, nr_ignored;
	uint32_t file, nr_described;	   /* windows that the file of this number describes */
	uint64_t attach_ns, attach_max_ns; /* from the trigger to the functions recording */
};

/*
 * Checks the drop reasons of the options against those of a kernel: next(arg, i) returns the name
 * of reason i, NULL past the last one. Returns 0, or PWRT_EINVAL for one that the kernel does not
 * have.
 */
int aiming_check_reasons(const struct aiming_options *o,
			 const char *(*next)(const void *arg, size_t i), const void *arg,
			 struct pwrt_diag *d);
/* Returns whether there is a trigger. */
bool aiming_is_wanted(const struct aiming_options *o);
/*
 * Takes a drop that is a loss: its reason as named in the kernel, its record, and the conntrack
 * entry's tuples or NULL. It triggers if the state is AIMING_WAITS, the reason is wanted, and the
 * packet has an IP header. Acknowledgements and FINs that come late only trigger where their reason
 * is named. While the functions record, it may add an aim. Returns true if the aims changed.
 */
bool aiming_drop(struct aiming *a, const char *reason, const struct pw_aux *aux,
		 const struct pw_frame *frame, const struct pw_nf_info *ct);
/* The same for a TCP event: the ends of a connection. */
bool aiming_connection(struct aiming *a, const struct pw_aux *aux, const struct pw_trigger *t);
/* The same for a request without an answer, at this time. words: "no answer to a SYN for 1 s". */
bool aiming_unanswered(struct aiming *a, uint64_t now_ns, const struct pw_request *r,
		       const char *words);
/*
 * The same for a trigger without a flow at this time, CLOCK_MONOTONIC: every packet is recorded.
 * words: "command ended with status 7".
 */
bool aiming_every_packet(struct aiming *a, uint64_t now_ns, const char *words);
/*
 * The same for a request of the user, which ends a rest. While the functions record, it begins a
 * window of its own, with all of its time and events. Returns true then: the aims changed, and
 * aiming_attached() was called. events: in the file so far.
 */
bool aiming_by_hand(struct aiming *a, uint64_t now_ns, uint64_t events, const char *words);
/* Enters AIMING_RECORDS: the functions are attached now. events: in the file so far. */
void aiming_attached(struct aiming *a, uint64_t now_ns, uint64_t events);
/* Returns whether recording, or the rest, is over now. */
bool aiming_is_due(const struct aiming *a, uint64_t now_ns, uint64_t events);
/* Enters AIMING_RESTS after AIMING_RECORDS, AIMING_WAITS after AIMING_RESTS. */
void aiming_next(struct aiming *a, uint64_t now_ns);
/*
 * Returns whether the file of this number is to describe the window that begins, and counts that: a
 * file describes its first AIMING_DESCRIBED_MAX windows.
 */
bool aiming_describes(struct aiming *a, uint32_t file);
/* Writes the first aim as text, "203.0.113.10:80(tcp)"; "every packet". */
void aiming_text(const struct aiming *a, char *text, size_t len);
/* Writes the trigger: "packet 3", "TCP", "signal", "command ended with status 7". */
void aiming_trigger_text(const struct aiming *a, char *text, size_t len);
/*
 * Writes the trigger, the service, and how long it took to attach: "signal, every packet, recording
 * after 312 ms". why: the functions could not be attached; NULL: they were.
 */
void aiming_window_text(const struct aiming *a, const char *why, char *text, size_t len);

#endif

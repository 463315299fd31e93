/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The decision that dropped a packet: its function, its place, and words for the decider. */
#ifndef DECISION_H
#define DECISION_H

#include "fields.h"
#include "drop_reasons.h"
#include "model.h"

/*
 * Returns the name of the function that dropped a packet: the caller of the function that freed it.
 * Returns "" for a packet that was not dropped. The name is in buf, or borrowed from the reader.
 */
const char *drop_function(const struct pwrt_reader *r, const struct packet *p, char buf[NAME_LEN]);
/*
 * Returns the name of the network namespace where a packet was dropped, or "". The name is in buf,
 * or borrowed from the reader.
 */
const char *drop_netns(const struct pwrt_reader *r, const struct packet *p, char buf[NAME_LEN]);

#define DECISION_WORDS 512 /* bytes of a buffer for decision_words() */

/*
 * Returns the line of the table in drop_reasons.c about the end of a dropped packet, or NULL. The
 * line is static. r is the reader of the packet's file.
 */
const struct drop_knowledge *decision_knowledge(const struct pwrt_reader *r,
						const struct packet *p);
/*
 * Writes words that complete "dropped by": "nft table guard, chain gate, rule handle 3, hook
 * FORWARD", "XDP program NAME", "routing: a prohibit route"; "netfilter, hook FORWARD" by the call
 * stack; or the words of drop_reasons.c for the reason. Writes "" where the file does not show the
 * decider.
 */
void decision_words(const struct pwrt_reader *r, const struct packet *p, char buf[DECISION_WORDS]);
/*
 * Writes the hook or program that gave the verdict of a return: "nft table guard, chain gate, rule
 * handle 3, hook FORWARD", "XDP program NAME". rule is the handle of its rule, or NULL. Returns
 * false for other returns.
 */
bool decider_words(const struct step *s, const uint32_t *rule, char buf[DECISION_WORDS]);
/*
 * Returns whether a packet goes its ordinary way with this verdict of a hook or a program:
 * include/uapi/linux/netfilter.h, netfilter/nf_tables.h, pkt_cls.h, bpf.h.
 */
bool verdict_is_ordinary(const char *verdict);
/*
 * Returns whether decision_words() names more than the words for the reason do: the security module
 * or the filter of a socket that rejected a packet, or the queueing discipline, program or filter.
 */
bool decision_has_guard(const struct pwrt_reader *r, const struct packet *p);
/*
 * Fills *s with the return that rejected a packet, as a step without headers. *s borrows from r and
 * *p. Returns false where no such return was recorded.
 */
bool decision_step(const struct pwrt_reader *r, const struct packet *p, struct step *s);

#endif

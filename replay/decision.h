/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Decisions about packets: which returns reject one, and who decided that a packet was dropped, in
 * words. Nothing is printed here.
 */
#ifndef DECISION_H
#define DECISION_H

#include "fields.h"
#include "drop_reasons.h"
#include "model.h"

/*
 * Returns the name of the function that dropped a packet: the caller of the function that freed it.
 * "" for a packet that was not dropped. The name is in buf, or borrowed from the reader.
 */
const char *drop_function(const struct pwrt_reader *r, const struct packet *p, char buf[NAME_LEN]);
/* Returns the network namespace where a packet was dropped, or ""; in buf, or borrowed. */
const char *drop_netns(const struct pwrt_reader *r, const struct packet *p, char buf[NAME_LEN]);

#define DECISION_WORDS 512

/*
 * The line of drop_reasons.h about the end of a packet that was dropped, or NULL. Static. r is the
 * reader of the packet's file.
 */
const struct drop_knowledge *decision_knowledge(const struct pwrt_reader *r,
						const struct packet *p);
/*
 * Completes "dropped by": "nft table guard, chain gate, rule handle 3, hook FORWARD", "XDP program
 * NAME", "routing: no route (unreachable)", or what drop_reasons.c has for the reason; "" where the
 * file does not show who decided.
 */
void decision_words(const struct pwrt_reader *r, const struct packet *p, char buf[DECISION_WORDS]);
/*
 * Returns whether a security module or a socket's filter rejected a packet, which decision_words()
 * names.
 */
bool decision_has_guard(const struct pwrt_reader *r, const struct packet *p);
/* The return that rejected a packet, as a step without headers; false: none was recorded. */
bool decision_step(const struct pwrt_reader *r, const struct packet *p, struct step *s);

#endif

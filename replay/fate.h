/* How a packet ends: which functions tell. Adding one is adding a line to the table in fate.c. */
#ifndef FATE_H
#define FATE_H

#include "model.h"

/* Where a packet is that enters this function (name without suffix): a number for fate_event(). */
uint8_t fate_place(const char *func);
/* The same, for a frame that an XDP program has given this verdict. */
uint8_t fate_verdict(const char *verdict);
/* Is what is freed by this function, for whatever reason, part of a packet that is freed? */
bool fate_is_shared(const char *func);
/* Takes one event into account. reason_name: the drop reason with its prefix, or NULL. */
void fate_event(struct packet *p, const struct pwrt_event *ev, uint8_t place,
		const char *reason_name);
/* What is known once there are no more events: sets own_fate. */
void fate_settle(struct packet *p);

#endif

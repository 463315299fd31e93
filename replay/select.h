/* Which packets and events a user asked for. */
#ifndef SELECT_H
#define SELECT_H

#include <regex.h>

#include "fields.h"
#include "format/expr.h"
#include "model.h"

struct selection {
	struct expr *filter; /* on the recorded headers; NULL: all */
	regex_t func;
	bool has_func;
	const char *netns, *ifname;  /* NULL: all */
	uint64_t packet, flow;	     /* 0: all */
	uint64_t since_ns, until_ns; /* from the first event of the file; 0: no bound */
	bool dropped;
};

/* Does this one event pass? The marks that hold for a whole packet are in select_packet(). */
bool select_event(const struct selection *s, const struct step *step, uint64_t from_start_ns);
/* Does the packet, at the end? matched: one of its events had headers that the filter matches. */
bool select_packet(const struct selection *s, const struct packet *p, bool matched);
/* A tool's own compiled parts are freed here; the strings stay the caller's. */
void select_free(struct selection *s);

#endif

/*
 * A file as its users go through it: once to know the packets, then again for the events of those
 * that were chosen. What comes from a pipe is kept in an unnamed temporary file for the second time.
 */
#ifndef TRACE_H
#define TRACE_H

#include "fields.h"
#include "model.h"
#include "select.h"

struct trace {
	const char *path;
	const struct pwrt_limits *limits;
	int spool;		   /* -1, or what was read from standard input */
	struct pwrt_reader *r;	   /* of the pass under way, or of the last one */
	struct pwrt_reader *first; /* of the first pass, whose tables the model uses */
	struct model *m;	   /* complete after trace_scan() */
	bool flowless;		   /* without a scan: nobody asks to what flow a packet belongs */
	struct pwrt_health health; /* after a whole pass */
	uint64_t start_ns;	   /* of the first event */
	uint64_t nr_events, nr_packets, lost;
};

/* Called for each event of a pass, with its packet; negative stops the pass and is returned. */
typedef int (*trace_event)(void *arg, const struct step *s, struct packet *p);

/* again: there will be more than one pass. limits must outlive the trace. */
int trace_open(struct trace *t, const char *path, bool again, const struct pwrt_limits *limits,
	       struct pwrt_diag *d);
/* The same file once more, also where that is standard input, which other has read. other must be
 * open. */
int trace_open_again(struct trace *t, const struct trace *other, struct pwrt_diag *d);
/* The first pass: after it t->m knows all packets, and which of them the selection's filter
 * matches. */
int trace_scan(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
/* Instead of a scan, when the events themselves are of no interest: what the file says about them. */
int trace_finish(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
/*
 * Goes through the events that the selection lets pass; before a trace_scan() packets are not
 * judged. The step is borrowed.
 */
int trace_each(struct trace *t, const struct selection *sel, trace_event cb, void *arg,
	       struct pwrt_diag *d);
/* After a scan: the same for chosen packets and all their relatives, whole families. */
int trace_family(struct trace *t, const struct selection *sel, trace_event cb, void *arg,
		 struct pwrt_diag *d);
void trace_close(struct trace *t);

/* The events of one packet. */
struct path {
	const struct packet *packet;
	struct step *steps; /* in order of time; their headers and values are owned here */
	size_t nr, cap;
};

/* Collects the paths of the packets that the selection chooses, in the order of their first events.
 */
int paths_load(struct path **paths, size_t *nr, struct trace *t, const struct selection *sel,
	       struct pwrt_diag *d);
void paths_free(struct path *paths, size_t nr);

#endif

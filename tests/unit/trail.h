/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Small recordings for comparisons: a table of events, and the paths that a trace makes of it. */
#ifndef TRAIL_H
#define TRAIL_H

#include "diff/compare.h"
#include "diff/words/verdict.h"
#include "test_file.h"
#include "replay/trace.h"
#include "replay/paths.h"

/* One event; what is 0 has the value in brackets. */
struct trail_event {
	uint64_t packet, parent; /* [1], [none] */
	const char *func;	 /* NULL: an id that the file has no name for */
	unsigned int depth;
	bool is_return, is_entry; /* is_entry: also with values */
	int ret;		  /* value of the key "ret"; not 0 makes it a return */
	const char *key, *text;	  /* another value, of text; makes it a return */
	const char *key2, *text2; /* one more, where key is set */
	uint8_t src, dst;	  /* last byte of 10.0.0.x [1, 9] */
	uint16_t sport, dport;	  /* [4000, 53] */
	uint8_t tcp_flags;	  /* makes it a TCP segment [UDP] */
	bool is_icmp_cut;	  /* ICMP, recorded without its header */
	uint8_t icmp_type;	  /* ICMP with this type [UDP] */
	bool in_tunnel;		  /* inside IPIP from 10.0.0.100 to 10.0.0.200 */
	uint8_t data;		  /* bytes that the segment carries [0] */
	uint32_t seq;		  /* its sequence number [0] */
	uint8_t ttl;		  /* [64] */
	uint32_t mark, len;	  /* [0, 28] */
	const char *netns;	  /* [none] */
	const char *reason;   /* of a drop [none]; the function's caller is the dropping function */
	const char *caller;   /* [none] */
	const char *stack[6]; /* callers, the nearest first [none] */
	bool freed;
	uint32_t cpu;	   /* [0] */
	uint64_t after_ns; /* later than without it, as are the next events [0] */
};

struct trail {
	struct test_file m;
	struct trace t;
	struct path *paths;
	size_t nr;
};

/* Facts and losses of the next files. Borrowed until the next call. */
struct trail_extra {
	struct pwrt_info facts[8]; /* up to one without a key */
	const char *left_out[2];   /* functions that the recorder did not attach */
	struct pwrt_lost lost;	   /* event N is at 1000 + N ns; none where from_ns is 0 */
	uint64_t recorded_ns;	   /* the recording goes on for that after the last event [10 s] */
};
void trail_with(const struct trail_extra *extra);
/* Writes the events to a file in memory and loads the paths of all of its packets. */
void trail_load(struct trail *t, const struct trail_event *events, size_t nr);
/* Writes the events to a new file and sets name to its path; the caller unlinks it. */
void trail_save(char name[32], const struct trail_event *events, size_t nr);
/* Does that, and opens and scans the file with facts about its packets. t has spool -1. */
void trail_scan(struct trace *t, char name[32], const struct trail_event *events, size_t nr,
		const struct selection *sel);
/* Frees all but the paths, which compare() takes over. */
void trail_free(struct trail *t);

/* Two small recordings, compared. */
struct trail_pair {
	struct trail good, bad;
	struct comparison c;
	struct verdict v;
};

/* Loads two tables of events, compares them, and explains. trail_pair_free() frees *p. */
void trail_compare(struct trail_pair *p, const struct trail_event *good, size_t nr_good,
		   const struct trail_event *bad, size_t nr_bad);
/* The same; the files also have what good_extra and bad_extra hold, which may be NULL. */
void trail_compare_with(struct trail_pair *p, const struct trail_extra *good_extra,
			const struct trail_event *good, size_t nr_good,
			const struct trail_extra *bad_extra, const struct trail_event *bad,
			size_t nr_bad);
void trail_pair_free(struct trail_pair *p);
/* Compares two tables of events, and fills *v with the verdict. */
void trail_explain(struct verdict *v, const struct trail_event *good, size_t nr_good,
		   const struct trail_event *bad, size_t nr_bad);

#endif

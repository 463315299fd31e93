/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The views of pwru-show, as text and as JSON. The table in views.c has a line for each view.
 */
#ifndef VIEWS_H
#define VIEWS_H

#include "json_writer.h"
#include "list.h"
#include "replay/trace.h"

/* The first one stands for the view that fits the output: main.c. */
enum view {
	VIEW_DEFAULT,
	VIEW_EVENTS,
	VIEW_TREE,
	VIEW_PACKETS,
	VIEW_FLOWS,
	VIEW_HOPS,
	VIEW_TIMELINE,
	VIEW_STATS,
	VIEW_DROP_TABLE,
	VIEW_INFO,
	VIEW_NR
};

/*
 * Makes views show what they leave out by default: what explains nothing (--all). list is the
 * one of views_fields(), which they borrow.
 */
void views_init(bool all, const char *list);
/* Returns whether they do. */
bool views_show_all(void);
/* Returns the list of keys that objects have (--fields), or NULL for all. Borrowed. */
const char *views_fields(void);
/* Ends the object, and prints it as a line, with these keys. Returns as json_print_line() does. */
int views_print_object(struct json_writer *w, struct pwrt_diag *d);

/*
 * Print to standard output. Return 0 or a negative enum pwrt_err. The trace is open. For a view
 * that needs all packets first, it was scanned: view_kinds.
 */
int text_events(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int text_tree(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int text_packets(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int text_flows(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int text_hops(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int text_timeline(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int text_stats(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int text_drop_table(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int text_info(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int json_events(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int json_tree(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int json_packets(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int json_flows(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int json_hops(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int json_timeline(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int json_stats(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int json_drop_table(struct trace *t, const struct selection *sel, struct pwrt_diag *d);
int json_info(struct trace *t, const struct selection *sel, struct pwrt_diag *d);

/* Prints the rows of --drop-table with --columns, --sort or --format. */
int list_drop_table(struct trace *t, const struct selection *sel, const struct list_options *o,
		    struct pwrt_diag *d);

typedef int (*view_fn)(struct trace *, const struct selection *, struct pwrt_diag *);
typedef int (*list_fn)(struct trace *, const struct selection *, const struct list_options *,
		       struct pwrt_diag *);

/* The pass that a view needs before it begins. */
enum need { NEED_NOTHING, NEED_PACKETS, NEED_END };

/* A view. */
struct view_kind {
	const char *name; /* of its option */
	enum need need;
	view_fn text, json;
	bool facts;	 /* it needs the facts about packets */
	bool facts_json; /* its JSON needs them */
	list_fn list;	 /* with --columns, --sort or --format; NULL: without these */
	bool streams;	 /* it can print packets while the file is read: stream.h */
	/* The keys of its objects, for --fields; NULL: those of events, or --fields does not apply.
	 */
	const char *keys;
};

/* By enum view. That of VIEW_DEFAULT is empty. */
extern const struct view_kind view_kinds[VIEW_NR];

#endif

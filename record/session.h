/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One recording, from the first look at the kernel to the last block of the file. Prints nothing. */
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "capture.h"
#include "format/pwrt.h"
#include "record/file/output_file.h"
#include "record/kernel/targets.h"
#include "record/kernel/traced_progs.h"

struct session_options {
	const char *path; /* NULL: a default name */
	bool force;
	const char *filter;    /* pcap expression, "" for everything */
	const char *tunnel;    /* the same for what is inside a tunnel, or NULL */
	char *const *command;  /* NULL-terminated, or NULL */
	const char *arguments; /* the command line used, for the file */
	struct targets_options targets;
	struct traced_progs_options programs;
	enum backend backend;
	struct meta_filter meta;
	const char *kernel_btf; /* a file instead of /sys/kernel/btf/vmlinux, or NULL */
	char *const *fields;	/* NULL-terminated: --field, or NULL */
	const char *tests;	/* what fields must be, or NULL */
	bool skb;		/* all of it, whatever changes */
	bool stack;
	uint32_t snaplen;    /* bytes of each packet; 0: headers only */
	uint64_t ring_bytes; /* 0: 64 MiB, or less where memory is short */
	int nice;	     /* while there is no backlog; 0: the nice value does not change */
	/* 0: no such limit */
	uint64_t duration_ns, max_events, max_bytes;
	uint32_t rotate; /* at max_bytes go on in another file and keep so many; 0: end there */
};

/* How it goes: since the last time, and right now. */
struct session_second {
	uint64_t elapsed_ns; /* since the start */
	uint64_t events, packets, lost, bytes;
	unsigned int fill;     /* of the fullest ring, in percent */
	unsigned int followed; /* packets */
	uint64_t runs, run_ns; /* of the probes, where the kernel counts them */
};

/* Told to the caller while it runs. */
struct session_ui {
	void (*attaching)(size_t done, size_t total);
	void (*recording)(size_t functions, size_t refused, double seconds, const char *backend,
			  const char *path);
	/* Once a second; NULL: not wanted. */
	void (*second)(const struct session_second *now);
	/* The rings have these bytes, fewer than by default, since what (memory.max) leaves so
	 * many. */
	void (*small_rings)(uint64_t bytes, const char *what, uint64_t room);
	/* Once, if the recording is over and the output takes no data. NULL: not wanted. */
	void (*blocked)(void);
};

struct session_result {
	uint64_t events, packets, lost, untracked, bytes;
	uint32_t files;	    /* written, the removed ones included */
	size_t probes_left; /* a child removes these */
	const char *end;    /* the fact "end" of the file; NULL: it did not get that far */
	bool command_ended; /* before the file was finished */
	int command_status; /* then: as from waitpid(2) */
	bool saved;	    /* there is a file worth reading, even if the call failed */
	char path[PATH_MAX];
};

/*
 * Ends a running session soon; safe in a signal handler. A second call, half a second later or
 * more, gives up what the output did not take yet: the file ends with its last whole block.
 */
void session_stop(void);
/* What would be attached: fills *ts and *ps, which the caller frees. */
int session_plan(const struct session_options *o, struct targets *ts, struct traced_progs *ps,
		 struct pwrt_diag *d);
int session_run(const struct session_options *o, const struct session_ui *ui,
		struct session_result *res, struct pwrt_diag *d);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One recording, from reading the kernel to the last block of the file. Prints nothing. */
#ifndef SESSION_H
#define SESSION_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "options.h"
#include "overhead.h"
#include "plan.h"

/* Values of the fact "end": these limits may be defaults. */
#define END_TIME "time limit"
#define END_SIZE "size limit"

/* Counters since the last report; fill and tracked are of now. */
struct session_stats {
	uint64_t elapsed_ns; /* since the start */
	uint64_t events, packets, lost, bytes;
	unsigned int fill;     /* of the fullest ring, in percent */
	unsigned int tracked;  /* packets */
	uint64_t runs, run_ns; /* of the probes, where the kernel counts them */
};

/* Callbacks while the session runs. */
struct session_ui {
	void (*attaching)(size_t done, size_t total);
	/* waits: the functions were attached as a test only, until a trigger comes. */
	void (*recording)(size_t functions, size_t refused, double seconds, const char *backend,
			  const char *path, bool waits);
	/* Once a second; NULL: not called. */
	void (*stats)(const struct session_stats *s);
	plan_small_rings small_rings;
	/* After each trigger: its number, and what the fact "aim.N" of the file has. */
	void (*triggered)(uint64_t nr, const char *text);
	/* --max-overhead gave up a part, or ends the recording; percent was measured. */
	void (*shed)(enum overhead_step step, const struct overhead *o, double percent);
	/* The default limit of the time of the probes does not hold, since the kernel does not
	 * count it. */
	void (*uncounted)(const char *why);
	/* Once, if the recording is over and the output takes no data; NULL: not called. */
	void (*blocked)(void);
	/* The default limit of bytes ended the recording: the file is complete, and COMMAND goes
	 * on. */
	void (*outlasted)(void);
	/* A request of the user to attach (--on-signal) came too late: the recording was over. */
	void (*late_request)(void);
};

struct session_result {
	uint64_t events, packets, lost, untracked, bytes;
	uint64_t skipped;	   /* probe hits inside another probe, where they are counted */
	uint32_t files;		   /* written, the removed ones included */
	size_t probes_left;	   /* a child removes these */
	const char *end;	   /* the fact "end" of the file; NULL: it did not get that far */
	bool command_ended;	   /* before the recorder would have ended it */
	int command_status;	   /* then: as from waitpid(2) */
	uint64_t checks, failures; /* --on-failure: runs of the command; those that failed */
	bool outlasted; /* COMMAND went on behind the end, until its own or that of the recorder */
	bool saved;	/* there is a file worth reading, even if the call failed */
	char path[PATH_MAX];
};

/*
 * Makes the plan of a recording and loads its programs, without attaching. *p is the caller's, who
 * calls plan_free(), also after an error. Returns 0, PWRT_EINVAL, PWRT_ESYS or PWRT_ENOMEM.
 */
int session_dry_run(const struct record_options *o, struct plan *p, struct pwrt_diag *d);
/*
 * Records until a limit, the end of COMMAND, or stop_request(). Returns when COMMAND has ended,
 * too: the default limit of bytes lets it go on, and all else ends it. *res is filled in also after
 * an error. Returns 0 or a negative code of pwrt.h.
 */
int session_run(const struct record_options *o, const struct session_ui *ui,
		struct session_result *res, struct pwrt_diag *d);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writes a part of a recording to a new file: the selected packets, compressed well, and with
 * pseudonyms if the user wants them.
 */
#ifndef EXCERPT_H
#define EXCERPT_H

#include "format/tool/outfile.h"
#include "pseudonym.h"
#include "replay/trace.h"

struct excerpt_options {
	const char *path;      /* "-": standard output */
	bool force;	       /* write over an existing file */
	uint32_t level;	       /* of zstd; 0: the default, for a small file */
	const char *arguments; /* the command line, which becomes a fact of the file */
	const uint8_t *key;    /* PSEUDONYM_KEY_LEN bytes, to anonymize with; NULL: do not */
};

struct excerpt_result {
	uint64_t events, bytes;
	uint64_t values_lost; /* pseudonyms that did not fit in their event */
};

/*
 * Writes the selected events of a trace, after trace_scan(). The original and the copies of a
 * selected packet go with it, because its fate depends on them. Fills *res. Removes a file that
 * could not be finished. Returns 0; PWRT_EINVAL if the file exists, or is the one that is read; or
 * another error.
 */
int excerpt_write(const struct excerpt_options *o, struct trace *t, const struct selection *sel,
		  struct excerpt_result *res, struct pwrt_diag *d);

#endif

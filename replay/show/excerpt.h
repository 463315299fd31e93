/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A new file with some of the events of another: cut down to what a ticket is about, packed as
 * small as it gets, and without what strangers need not know.
 */
#ifndef EXCERPT_H
#define EXCERPT_H

#include "format/tool/outfile.h"
#include "pseudonym.h"
#include "replay/trace.h"

struct excerpt_options {
	const char *path;      /* "-": standard output */
	bool force;	       /* write over an existing file */
	int level;	       /* of zstd; 0: the default, small rather than fast */
	const char *arguments; /* the command line, for the file */
	const uint8_t *key;    /* ANONYMIZE_KEY_LEN bytes: anonymize with it; or NULL */
};

struct excerpt_result {
	uint64_t events, bytes;
	uint64_t values_lost; /* pseudonyms that found no room in their event */
};

/*
 * Writes the events that the selection chooses of a trace that was scanned. What a chosen packet was
 * copied from, and its own copies, go with it: else its fate would be another one. PWRT_EINVAL when
 * there is a file already, or it is the one that is read. What could not be finished is removed.
 */
int excerpt_write(const struct excerpt_options *o, struct trace *t, const struct selection *sel,
		  struct excerpt_result *res, struct pwrt_diag *d);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The file that an export writes, through a buffer. */
#ifndef EXPORT_OUTPUT_H
#define EXPORT_OUTPUT_H

#include "exports.h"
#include "format/tool/outfile.h"

struct output {
	struct outfile file;
	struct pwrt_diag *d;
	uint64_t bytes; /* written, or in buf */
	size_t used;
	uint8_t buf[1 << 16];
};

/*
 * Opens the file of an export; source is the file that is read. *d is borrowed until
 * output_close(), and takes errors of all calls. Returns 0 or an error: outfile_open().
 */
int output_open(struct output *o, const struct export_options *to, const char *source,
		struct pwrt_diag *d);
/* Writes bytes. arg is the struct output: a record_fn. Returns 0 or PWRT_ESYS. */
int output_write(void *arg, const void *bytes, size_t len);
/*
 * Closes the file, which is kept if ret is 0 and all of it could be written, and else removed.
 * Returns ret, or PWRT_ESYS where ret is 0 and writing failed.
 */
int output_close(struct output *o, int ret);

#endif

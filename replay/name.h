/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names for print. The caller gives the memory in which a function may make one. */
#ifndef NAME_H
#define NAME_H

#include "format/pwrt.h"

/* The longest function name of a kernel (KSYM_NAME_LEN, include/linux/kallsyms.h) and some words. */
#define NAME_LEN 544
/* Memory for one name, good to the end of the block that it is in. */
#define NAME_BUF ((char[NAME_LEN]){ "" })

/*
 * Returns a drop reason without its prefix, "IP_RPFILTER", borrowed from the reader. Where the file
 * has no name for it: its number as text, in buf.
 */
const char *reason_text(const struct pwrt_reader *r, uint32_t reason, char buf[NAME_LEN]);
/* Returns a function's name without the compiler's suffix (".isra.0"): in buf, or name itself. */
const char *plain_name(const char *name, char buf[NAME_LEN]);

#endif

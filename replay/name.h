/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names for output. The caller provides a buffer in which a function may write a name. */
#ifndef NAME_H
#define NAME_H

#include "format/pwrt.h"

/* The longest name of a function (KSYM_NAME_LEN, include/linux/kallsyms.h), with some words. */
#define NAME_LEN 544
/* A buffer for one name, which lives to the end of its block. */
#define NAME_BUF ((char[NAME_LEN]){ "" })

/*
 * Returns a drop reason without its prefix, "IP_RPFILTER", borrowed from the reader. Where the file
 * has no name for it, returns its number as text, in buf.
 */
const char *reason_text(const struct pwrt_reader *r, uint32_t reason, char buf[NAME_LEN]);
/*
 * Returns the name of a network namespace, borrowed from the reader, else its inode number, in buf.
 * Returns "" for 0.
 */
const char *netns_text(const struct pwrt_reader *r, uint32_t netns, char buf[NAME_LEN]);
/* Returns a function's name without the compiler's suffix (".isra.0"): in buf, or name itself. */
const char *plain_name(const char *name, char buf[NAME_LEN]);

#endif

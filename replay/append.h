/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Puts text together piece by piece in a buffer of fixed size. */
#ifndef APPEND_H
#define APPEND_H

#include <stddef.h>

/*
 * Writes a piece at buf[at], as snprintf(3) does. len is the size of buf. Returns the offset of the
 * next piece; len or more means that the text did not fit and is cut.
 */
size_t append_text(char *buf, size_t len, size_t at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif

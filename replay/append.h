/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Text that is put together piece by piece in a buffer of fixed size. */
#ifndef APPEND_H
#define APPEND_H

#include <stddef.h>

/*
 * Writes at buf[at], as snprintf() does. Returns where the next piece begins: at len or behind it
 * once the text does not fit, and the text is cut.
 */
size_t append_text(char *buf, size_t len, size_t at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif

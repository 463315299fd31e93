/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "append.h"

#include <stdarg.h>
#include <stdio.h>

size_t append_text(char *buf, size_t len, size_t at, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (at >= len)
		return at;
	va_start(ap, fmt);
	n = vsnprintf(buf + at, len - at, fmt, ap);
	va_end(ap);
	return n < 0 ? at : at + (size_t)n;
}

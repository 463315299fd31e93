/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "pwrt.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int pwrt_fail(struct pwrt_diag *d, int code, uint64_t off, const char *fmt, ...)
{
	int sys = code == PWRT_ESYS ? errno : 0;
	va_list ap;
	int n;

	if (!d)
		return code;
	d->code = code;
	d->sys = sys;
	d->off = off;
	va_start(ap, fmt);
	n = vsnprintf(d->text, sizeof(d->text), fmt, ap);
	va_end(ap);
	if (sys && n >= 0 && (size_t)n < sizeof(d->text))
		snprintf(d->text + n, sizeof(d->text) - (size_t)n, ": %s", strerror(sys));
	return code;
}

int pwrt_fail_in(struct pwrt_diag *d, int code, const char *path)
{
	char text[sizeof(d->text)];

	if (!d)
		return code;
	memcpy(text, d->text, sizeof(text));
	snprintf(d->text, sizeof(d->text), "%.80s: %.100s", path, text);
	return code;
}

const char *pwrt_lost_text(uint32_t reason)
{
	static const char *const text[PWRT_LOST_NR] = {
		[PWRT_LOST_RING] = "ring buffer full",
		[PWRT_LOST_TRACK] = "table of tracked packets full",
		[PWRT_LOST_RECURSE] = "probe hit inside a probe",
		[PWRT_LOST_RETURN] = "return of a call not seen",
		[PWRT_LOST_EARLY] = "drop or decision before the packet's first event",
		[PWRT_LOST_DETACHED] = "functions detached",
	};

	return reason < PWRT_LOST_NR ? text[reason] : "unknown";
}

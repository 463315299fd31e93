/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Included before each file by `make tidy`: the analyzer cannot see that a failure is negative. */
#include "format/pwrt.h"

void tidy_use(const char *fmt, ...);

#define pwrt_fail(d, code, off, ...) ((void)(d), tidy_use(__VA_ARGS__), (code))

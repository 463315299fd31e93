/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Prints the aligned paths of a pair as text. */
#ifndef LAYOUT_H
#define LAYOUT_H

#include "report.h"
#include "rows.h"

/* Prints the rows of a pair that has both paths. width: columns of the terminal. */
void layout_print(enum layout layout, const struct pair *p, const struct row *rows, size_t nr,
		  size_t width);

#endif

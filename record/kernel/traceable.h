/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The functions that the kernel allows to probe: available_filter_functions of tracefs. */
#ifndef TRACEABLE_H
#define TRACEABLE_H

#include <stdbool.h>

#include "format/pwrt.h"

struct traceable;

/*
 * Adds all functions to *set, or those of one module (module not NULL). *set is NULL at first. The
 * caller frees it with traceable_free(), also after an error. Returns 0, PWRT_ENOMEM, or the error
 * of tracefs_open().
 */
int traceable_load(struct traceable **set, const char *module, struct pwrt_diag *d);
/* Returns whether the set has a function; module is "" for the kernel itself. */
bool traceable_has(struct traceable *set, const char *name, const char *module);
void traceable_free(struct traceable *set);

#endif

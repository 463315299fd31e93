/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Profiles: the functions that a recording traces, as a list of names. The profile "full" is no
 * list, "milestones" and "drops" are built in, others are files.
 */
#ifndef PROFILE_H
#define PROFILE_H

#include <stdbool.h>

#include "format/pwrt.h"

struct profile;

/*
 * Opens a profile by its name, or reads it from a file. NULL and "full" give NULL: every function.
 * A file has one function a line, or a pattern as in the shell; '#' begins a comment. Returns 0,
 * PWRT_EINVAL for a file that is no such list, PWRT_ESYS, PWRT_ENOMEM.
 */
int profile_open(struct profile **out, const char *name, struct pwrt_diag *d);
/* Returns the name, or the path of the file. NULL is "full". Borrowed. */
const char *profile_name(const struct profile *p);
/* Returns whether the recording has drops only, and no function is traced. */
bool profile_is_drops(const struct profile *p);
/* Returns whether the function is in the profile; every one is in NULL. */
bool profile_has(const struct profile *p, const char *func);
/* NULL does nothing. */
void profile_free(struct profile *p);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The message for an option that getopt_long(3) refused: what is wrong with it, and the nearest
 * name. */
#ifndef PWRT_USAGE_H
#define PWRT_USAGE_H

#include <argp.h>
#include <stddef.h>

/*
 * Writes the message for the option at argv[next - 1], or at argv[next] where several letters share
 * one argument, into buf of len bytes. argp has all options, also those of its children.
 */
void usage_refused(const struct argp *argp, char *const *argv, int next, char *buf, size_t len);

#endif

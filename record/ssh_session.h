/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The filter that leaves out the ssh session that the recorder runs in: --exclude-ssh. */
#ifndef SSH_SESSION_H
#define SSH_SESSION_H

#include <stddef.h>

#include "format/pwrt.h"

/*
 * Writes a pcap expression that matches all packets but those of the session. SSH_CONNECTION of
 * this process names it, or of an ancestor, since sudo removes the variable. PWRT_EINVAL: neither
 * has it.
 */
int ssh_exclude(char *buf, size_t len, struct pwrt_diag *d);

/* The same by the value of SSH_CONNECTION; a zone of an address is left out. */
int ssh_filter(char *buf, size_t len, const char *value, struct pwrt_diag *d);

#endif

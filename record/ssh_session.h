/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ssh session that a recording is started from. */
#ifndef SSH_SESSION_H
#define SSH_SESSION_H

#include <stddef.h>

#include "format/pwrt.h"

/*
 * Writes a pcap expression that matches everything but the packets of that session: by
 * SSH_CONNECTION, of this process or of one that it comes from, since sudo takes it away. PWRT_EARG
 * when there is none.
 */
int ssh_exclude(char *buf, size_t len, struct pwrt_diag *d);

/* The same by the value of SSH_CONNECTION; a zone of an address is left out. */
int ssh_filter(char *buf, size_t len, const char *value, struct pwrt_diag *d);

#endif

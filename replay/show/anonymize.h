/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packet headers without what identifies hosts, networks and users. docs/sharing.md lists what
 * stays, what becomes a pseudonym, and what goes.
 */
#ifndef ANONYMIZE_H
#define ANONYMIZE_H

#include "pseudonym.h"

/*
 * Rewrites the len bytes of headers with the network header at l3_off. Return how many bytes are
 * left, from the first on. Checksums are zero afterwards: they would give away 16 bits of what they
 * summed up. What headers_parse() finds in the rest is the same as before: versions, protocols,
 * ports, and whether there is a transport header.
 */
size_t anonymize_headers(const struct anonymizer *a, uint8_t *hdr, size_t len, size_t l3_off);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Removes from packet headers the parts that identify hosts, networks and users. docs/sharing.md
 * lists the parts that stay, those that become pseudonyms, and those that go.
 */
#ifndef ANONYMIZE_HEADERS_H
#define ANONYMIZE_HEADERS_H

#include "pseudonym.h"

/*
 * Rewrites len bytes of headers, with the network header at l3_off. Returns the number of bytes
 * that are left, from the first on. Checksums become zero, because a checksum gives away 16 bits of
 * the original. headers_parse() finds the same versions, protocols and ports as before, and a
 * transport header where there was one.
 */
size_t anonymize_headers(const struct anonymizer *a, uint8_t *hdr, size_t len, size_t l3_off);

#endif

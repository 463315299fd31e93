/*
 * Headers without what tells who was talking: addresses become pseudonyms that keep common prefixes
 * (Crypto-PAn: Xu, Fan, Ammar, Moon, "Prefix-Preserving IP Address Anonymization", 2002),
 * link-layer addresses and everything behind the transport header are gone. The same key gives the
 * same pseudonyms, so that files made with it can be compared.
 */
#ifndef ANONYMIZE_H
#define ANONYMIZE_H

#include <stddef.h>
#include <stdint.h>

#include "format/pwrt.h"

#define ANONYMIZE_KEY_LEN 32

struct anonymizer;

/*
 * A key from what is in a file (its SHA-256), or with path NULL one that nobody knows. PWRT_EARG
 * for an empty file.
 */
int anonymize_key(uint8_t key[ANONYMIZE_KEY_LEN], const char *path, struct pwrt_diag *d);

/* key: 16 bytes for the cipher and 16 for its padding. NULL when there is no memory. */
struct anonymizer *anonymizer_new(const uint8_t key[ANONYMIZE_KEY_LEN]);
void anonymizer_free(struct anonymizer *a);
/* Replaces one address of len bytes, 4 or 16; what names no host (RFC 6890) stays as it is. */
void anonymize_addr(struct anonymizer *a, uint8_t *addr, size_t len);
/*
 * Rewrites the len bytes of headers with the network header at l3_off; returns how many are left.
 * Checksums are zero afterwards: they would tell 16 bits of what they summed up.
 */
size_t anonymize_headers(struct anonymizer *a, uint8_t *hdr, size_t len, size_t l3_off);

#endif

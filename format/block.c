/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "block.h"

#include <isa-l/crc.h> /* crc32_iscsi: CRC-32C by the best instruction of this CPU */
#include <string.h>

#include "cursor.h"

uint32_t crc32c(uint32_t seed, const void *p, size_t n)
{
	/* ISA-L takes an int; payloads are far smaller, and it does not write through the pointer. */
	return ~crc32_iscsi((unsigned char *)(uintptr_t)p, (int)n, ~seed);
}

void block_hdr_put(uint8_t b[BLOCK_HDR_LEN], const struct block_hdr *h)
{
	memcpy(b, BLOCK_MAGIC, 4);
	put_le(b + 4, h->type, 2);
	b[6] = h->flags;
	b[7] = 0;
	put_le(b + 8, h->len, 4);
	put_le(b + 12, h->items, 4);
	put_le(b + 16, h->seq, 4);
	put_le(b + 20, h->tag, 4);
	put_le(b + 24, h->payload_crc, 4);
	put_le(b + 28, crc32c(0, b, 28), 4);
}

bool block_hdr_get(const uint8_t b[BLOCK_HDR_LEN], struct block_hdr *h)
{
	if (memcmp(b, BLOCK_MAGIC, 4) || !crc32c_is((uint32_t)get_le(b + 28, 4), b, 28))
		return false;
	h->type = (uint16_t)get_le(b + 4, 2);
	h->flags = b[6];
	h->len = (uint32_t)get_le(b + 8, 4);
	h->items = (uint32_t)get_le(b + 12, 4);
	h->seq = (uint32_t)get_le(b + 16, 4);
	h->tag = (uint32_t)get_le(b + 20, 4);
	h->payload_crc = (uint32_t)get_le(b + 24, 4);
	return h->len <= PWRT_BLOCK_MAX;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "pcapng.h"

#include <string.h>

#include "format/tool/cli.h"

enum { BLOCK_INTERFACE = 1, BLOCK_PACKET = 6, BLOCK_SECTION = 0x0a0d0d0a };
#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define NO_SECTION_LENGTH UINT64_MAX

/* Codes of options: sections 3.5, 4.1, 4.2 and 4.3. Each kind of block has its own. */
enum {
	OPT_END = 0,
	OPT_COMMENT = 1,
	SHB_HARDWARE = 2,
	SHB_OS = 3,
	SHB_APPLICATION = 4,
	IF_NAME = 2,
	IF_TSRESOL = 9,
	EPB_FLAGS = 2,
	EPB_PACKETID = 5,
};

#define TEXT_MAX CLI_ESCAPED_LEN /* bytes of one text: six of them fit in a block */

static void put(struct pcapng_block *b, uint64_t n, size_t bytes)
{
	while (bytes--) {
		b->bytes[b->len++] = (uint8_t)n;
		n >>= 8;
	}
}

/* Appends bytes, and zeros up to the next multiple of 4. */
static void put_padded(struct pcapng_block *b, const void *bytes, size_t len)
{
	memcpy(b->bytes + b->len, bytes, len);
	b->len += len;
	while (b->len % 4)
		b->bytes[b->len++] = 0;
}

static void option(struct pcapng_block *b, unsigned int code, const void *bytes, size_t len)
{
	put(b, code, 2);
	put(b, len, 2);
	put_padded(b, bytes, len);
}

static void option_text(struct pcapng_block *b, unsigned int code, const char *text)
{
	const size_t len = strnlen(text, TEXT_MAX);

	if (len)
		option(b, code, text, len);
}

static void option_number(struct pcapng_block *b, unsigned int code, uint64_t n, size_t bytes)
{
	put(b, code, 2);
	put(b, bytes, 2);
	put(b, n, bytes);
	put_padded(b, "", 0);
}

static void begin(struct pcapng_block *b, uint32_t type)
{
	b->len = 0;
	put(b, type, 4);
	put(b, 0, 4); /* end() writes the length */
}

static void end(struct pcapng_block *b)
{
	const size_t len = b->len + 8;

	put(b, OPT_END, 4);
	put(b, len, 4);
	b->len = 4;
	put(b, len, 4);
	b->len = len;
}

void pcapng_section(struct pcapng_block *b, const struct pcapng_section *s)
{
	begin(b, BLOCK_SECTION);
	put(b, BYTE_ORDER_MAGIC, 4);
	put(b, 1, 2); /* version 1.0 */
	put(b, 0, 2);
	put(b, NO_SECTION_LENGTH, 8);
	option_text(b, OPT_COMMENT, s->comment);
	option_text(b, SHB_HARDWARE, s->hardware);
	option_text(b, SHB_OS, s->os);
	option_text(b, SHB_APPLICATION, s->application);
	end(b);
}

void pcapng_interface(struct pcapng_block *b, enum pcapng_link link, const char *name)
{
	begin(b, BLOCK_INTERFACE);
	put(b, link, 2);
	put(b, 0, 2); /* reserved */
	put(b, 0, 4); /* no limit of captured bytes */
	option_text(b, IF_NAME, name);
	option_number(b, IF_TSRESOL, 9, 1); /* 10^-9 s */
	end(b);
}

void pcapng_packet(struct pcapng_block *b, const struct pcapng_packet *p)
{
	const size_t len = p->len < TEXT_MAX ? p->len : TEXT_MAX;

	begin(b, BLOCK_PACKET);
	put(b, p->interface, 4);
	put(b, p->ns >> 32, 4);
	put(b, p->ns & UINT32_MAX, 4);
	put(b, len, 4);
	put(b, p->original_len, 4);
	put_padded(b, p->bytes, len);
	option_text(b, OPT_COMMENT, p->comment);
	if (p->direction != PCAPNG_NO_DIRECTION)
		option_number(b, EPB_FLAGS, p->direction, 4);
	option_number(b, EPB_PACKETID, p->id, 8);
	end(b);
}

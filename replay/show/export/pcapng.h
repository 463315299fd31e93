/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writes blocks of a pcapng file: draft-ietf-opsawg-pcapng, sections 3 and 4. Numbers are
 * little-endian, and the byte-order magic of the section header shows that.
 */
#ifndef EXPORT_PCAPNG_H
#define EXPORT_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Link types: https://www.tcpdump.org/linktypes.html. */
enum pcapng_link { PCAPNG_ETHERNET = 1, PCAPNG_RAW_IP = 101 };

/* Directions of a packet: epb_flags, section 4.3.1. */
enum pcapng_direction { PCAPNG_NO_DIRECTION, PCAPNG_INBOUND, PCAPNG_OUTBOUND };

#define PCAPNG_BLOCK_MAX 16384 /* bytes of the largest block that this writer makes */

/* A block. Each function below that makes one replaces what it held. */
struct pcapng_block {
	size_t len;
	uint8_t bytes[PCAPNG_BLOCK_MAX];
};

/* Texts of a section, "" for none. They must be UTF-8. */
struct pcapng_section {
	const char *hardware, *os, *application, *comment;
};

/* One packet. */
struct pcapng_packet {
	uint32_t interface; /* from 0, in the order of their blocks */
	uint64_t ns;	    /* since 1970 */
	const uint8_t *bytes;
	size_t len;
	uint32_t original_len;
	enum pcapng_direction direction;
	uint64_t id; /* the same in all records of one packet: epb_packetid */
	const char *comment;
};

/* Makes a Section Header Block. Texts that do not fit are cut: section 4.1. */
void pcapng_section(struct pcapng_block *b, const struct pcapng_section *s);
/* Makes an Interface Description Block with times in nanoseconds: section 4.2. */
void pcapng_interface(struct pcapng_block *b, enum pcapng_link link, const char *name);
/* Makes an Enhanced Packet Block: section 4.3. */
void pcapng_packet(struct pcapng_block *b, const struct pcapng_packet *p);

#endif

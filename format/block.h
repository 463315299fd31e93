/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Blocks: the frame around everything in a .pwrt file. docs/pwrt-format.md, "Blocks". */
#ifndef PWRT_BLOCK_H
#define PWRT_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOCK_MAGIC "\x89PWB"
#define BLOCK_HDR_LEN 32
#define BLOCK_ALIGN 8
#define SECTION_MAGIC "PWRT\r\n\x1a\n"
#define SECTION_LEN 48
#define END_LEN 24 /* so that the END block is the last 56 bytes of a file */
#define FORMAT_MAJOR 1
#define FORMAT_MINOR 0

/* Limits of the format: a file that goes past one was not made by a correct writer. */
#define PWRT_BLOCK_MAX (16u << 20) /* bytes of a payload */
#define PWRT_RAW_MAX (64u << 20)   /* bytes of all its columns after their codecs */
#define PWRT_STR_MAX 4096
#define PWRT_LIST_MAX 1024	    /* frames of a stack */
#define PWRT_EVENTS_MAX 131072	    /* in one block */
#define PWRT_ENTRIES_MAX (1u << 22) /* in one table */

/* The kinds of blocks, the name a reader shows for each, and their number in the file. */
#define BLOCK_TYPES(X)                \
	X(SECTION, "section", 0x01)   \
	X(INFO, "facts", 0x02)        \
	X(CLOCK, "clocks", 0x03)      \
	X(FUNCS, "functions", 0x10)   \
	X(CALLERS, "callers", 0x11)   \
	X(TASKS, "tasks", 0x12)       \
	X(DEVS, "devices", 0x13)      \
	X(NETNS, "namespaces", 0x14)  \
	X(ENUMS, "enumerators", 0x15) \
	X(STACKS, "stacks", 0x16)     \
	X(MODULES, "modules", 0x17)   \
	X(BTF, "btf", 0x18)           \
	X(KEYS, "keys", 0x19)         \
	X(EVENTS, "events", 0x20)     \
	X(LOST, "losses", 0x22)       \
	X(CPUS, "cpus", 0x23)         \
	X(INDEX, "index", 0x70)       \
	X(END, "end", 0x7f)

enum block_type {
#define X(name, text, number) BLOCK_##name = number,
	BLOCK_TYPES(X)
#undef X
};

enum block_flags {
	BLOCK_REQUIRED = 1, /* a reader that does not know the type must refuse the file */
};

struct block_hdr {
	uint16_t type;
	uint8_t flags;
	uint32_t len;	/* payload bytes that follow */
	uint32_t items; /* events or entries inside */
	uint32_t seq;	/* 0, 1, 2... in the file */
	uint32_t tag;	/* the file's: stale or embedded blocks have another */
	uint32_t payload_crc;
};

/* CRC-32C (Castagnoli, RFC 3720 appendix B.4) of n bytes; seed 0, or the result so far. */
uint32_t crc32c(uint32_t seed, const void *p, size_t n);

/* Returns whether sum is the CRC-32C of n bytes. A build for fuzzing accepts each sum. */
static inline bool crc32c_is(uint32_t sum, const void *p, size_t n)
{
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
	return sum || n || p;
#else
	return crc32c(0, p, n) == sum;
#endif
}

/* Bytes of a block with its header and the padding behind the payload. */
static inline size_t block_size_on_disk(uint32_t len)
{
	return BLOCK_HDR_LEN + (size_t)len + (-(size_t)len % BLOCK_ALIGN);
}

void block_hdr_put(uint8_t bytes[BLOCK_HDR_LEN], const struct block_hdr *h);
/* False when the bytes are no block header: wrong magic, wrong checksum, or over a limit. */
bool block_hdr_get(const uint8_t bytes[BLOCK_HDR_LEN], struct block_hdr *h);

#endif

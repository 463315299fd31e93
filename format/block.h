/* Blocks: the frame around everything in a .pwrt file. docs/pwrt-format.md, "Blocks". */
#ifndef PWRT_BLOCK_H
#define PWRT_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOCK_MAGIC "\x89PWB"
#define BLOCK_HDR_LEN 40
#define BLOCK_ALIGN 8
#define SECTION_MAGIC "PWRT\r\n\x1a\n"
#define SECTION_LEN 48
#define FORMAT_MAJOR 1
#define FORMAT_MINOR 0

/* Limits of the format: a file that goes past one was not made by a correct writer. */
#define PWRT_STORED_MAX (16u << 20)
#define PWRT_RAW_MAX (64u << 20)
#define PWRT_STR_MAX 4096
#define PWRT_EVENTS_MAX 131072	    /* in one block */
#define PWRT_ENTRIES_MAX (1u << 22) /* in one table */

enum block_type {
	BLOCK_SECTION = 0x01,
	BLOCK_INFO = 0x02,
	BLOCK_CLOCK = 0x03,
	BLOCK_FUNCS = 0x10,
	BLOCK_CALLERS = 0x11,
	BLOCK_TASKS = 0x12,
	BLOCK_DEVS = 0x13,
	BLOCK_NETNS = 0x14,
	BLOCK_ENUMS = 0x15,
	BLOCK_EVENTS = 0x20,
	BLOCK_LOST = 0x22,
	BLOCK_END = 0x7f,
};

enum block_flags {
	BLOCK_REQUIRED = 1, /* a reader that does not know the type must refuse the file */
};

enum block_codec {
	CODEC_NONE,
	CODEC_ZSTD, /* one frame, its content size in the frame header */
};

struct block_hdr {
	uint16_t type;
	uint8_t flags;
	uint8_t codec;
	uint32_t stored_len; /* payload bytes in the file */
	uint32_t raw_len;    /* payload bytes after the codec */
	uint64_t seq;	     /* 0, 1, 2... in the file */
	uint32_t tag;	     /* the file's: stale or embedded blocks have another */
	uint32_t items;	     /* events or entries inside */
	uint32_t payload_crc;
};

/* CRC-32C (Castagnoli, RFC 3720 appendix B.4) of n bytes; seed 0, or the result so far. */
uint32_t crc32c(uint32_t seed, const void *p, size_t n);

/* Bytes of padding after a payload. */
static inline size_t block_pad(uint32_t stored_len)
{
	return -(size_t)stored_len % BLOCK_ALIGN;
}

void block_hdr_put(uint8_t bytes[BLOCK_HDR_LEN], const struct block_hdr *h);
/* False when the bytes are no block header: wrong magic, wrong checksum, or over a limit. */
bool block_hdr_get(const uint8_t bytes[BLOCK_HDR_LEN], struct block_hdr *h);

#endif

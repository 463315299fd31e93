/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "utf8.h"

/* Well-formed byte sequences: Unicode 15.0, table 3-7. The bytes after the second are 80 to BF. */
static const struct {
	uint8_t first, last; /* of the first byte */
	uint8_t second[2];   /* of the second byte */
	uint8_t len;
} sequences[] = {
	{ 0x01, 0x7f, { 0, 0 }, 1 },	   { 0xc2, 0xdf, { 0x80, 0xbf }, 2 },
	{ 0xe0, 0xe0, { 0xa0, 0xbf }, 3 }, { 0xe1, 0xec, { 0x80, 0xbf }, 3 },
	{ 0xed, 0xed, { 0x80, 0x9f }, 3 }, { 0xee, 0xef, { 0x80, 0xbf }, 3 },
	{ 0xf0, 0xf0, { 0x90, 0xbf }, 4 }, { 0xf1, 0xf3, { 0x80, 0xbf }, 4 },
	{ 0xf4, 0xf4, { 0x80, 0x8f }, 4 },
};

size_t utf8_length(const uint8_t *s)
{
	size_t i, k;

	for (i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
		if (*s < sequences[i].first || *s > sequences[i].last)
			continue;
		if (sequences[i].len > 1 &&
		    (s[1] < sequences[i].second[0] || s[1] > sequences[i].second[1]))
			return 0;
		for (k = 2; k < sequences[i].len; k++)
			if ((s[k] & 0xc0) != 0x80)
				return 0;
		return sequences[i].len;
	}
	return 0;
}

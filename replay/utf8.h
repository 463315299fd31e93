/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Characters of UTF-8. */
#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * Returns the number of bytes of the character at s, in text that ends with a NUL. Returns 0 where
 * they are not well formed (Unicode 15.0, table 3-7), and for a NUL.
 */
size_t utf8_length(const uint8_t *s);

/* Replaces a byte that is not part of a character: U+FFFD (Unicode 15.0, section 3.9). */
#define UTF8_REPLACEMENT "\xef\xbf\xbd"

#endif

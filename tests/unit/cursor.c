/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Varints, bounds, CRC. */
#include "unit.h"

#include "format/block.h"
#include "format/buf.h"
#include "format/cursor.h"

START_TEST(varint_round_trip)
{
	static const uint64_t values[] = { 0,	  1,	      127,	  128,	     16383,
					   16384, UINT32_MAX, 1ull << 63, UINT64_MAX };
	struct buf b = { 0 };
	struct cursor c;
	uint64_t v;
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		buf_var(&b, values[i]);
	c = cursor_on(b.p, b.len);
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		ck_assert(cursor_var(&c, &v));
		ck_assert_uint_eq(v, values[i]);
		ck_assert_uint_eq(unzigzag(zigzag(values[i])), values[i]);
	}
	ck_assert_uint_eq(cursor_left(&c), 0);
	ck_assert(!cursor_var(&c, &v));
	buf_free(&b);
}
END_TEST

START_TEST(varint_refuses)
{
	/* cut; longer than need be; more than 64 bits; never ending */
	static const uint8_t cut[] = { 0x80 }, overlong[] = { 0x80, 0x00 };
	static const uint8_t big[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02 };
	static const uint8_t endless[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					   0xff, 0xff, 0xff, 0xff, 0xff };
	struct cursor c;
	uint64_t v;

	c = cursor_on(cut, sizeof(cut));
	ck_assert(!cursor_var(&c, &v));
	c = cursor_on(overlong, sizeof(overlong));
	ck_assert(!cursor_var(&c, &v));
	c = cursor_on(big, sizeof(big));
	ck_assert(!cursor_var(&c, &v));
	c = cursor_on(endless, sizeof(endless));
	ck_assert(!cursor_var(&c, &v));
}
END_TEST

START_TEST(take_stays_inside)
{
	static const uint8_t bytes[4] = { 1, 2, 3, 4 };
	struct cursor c = cursor_on(bytes, sizeof(bytes));
	uint64_t v;

	ck_assert(cursor_le(&c, 2, &v));
	ck_assert_uint_eq(v, 0x0201);
	ck_assert_ptr_null(cursor_take(&c, 3));
	ck_assert_ptr_null(cursor_take(&c, SIZE_MAX));
	ck_assert_ptr_nonnull(cursor_take(&c, 2));
	ck_assert_ptr_null(cursor_take(&c, 1));
}
END_TEST

/* RFC 3720 appendix B.4, and the usual check value. */
START_TEST(crc_vectors)
{
	uint8_t zeros[32] = { 0 }, ones[32];

	memset(ones, 0xff, sizeof(ones));
	ck_assert_uint_eq(crc32c(0, "123456789", 9), 0xe3069283);
	ck_assert_uint_eq(crc32c(0, zeros, 32), 0x8a9136aa);
	ck_assert_uint_eq(crc32c(0, ones, 32), 0x62a8ab43);
	ck_assert_uint_eq(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
}
END_TEST

Suite *suite_cursor(void)
{
	Suite *s = suite_create("cursor");
	TCase *t = tcase_create("cursor");

	tcase_add_test(t, varint_round_trip);
	tcase_add_test(t, varint_refuses);
	tcase_add_test(t, take_stays_inside);
	tcase_add_test(t, crc_vectors);
	suite_add_tcase(s, t);
	return s;
}

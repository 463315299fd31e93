/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Pointers by packet. */
#include "unit.h"

#include "replay/packet_map.h"

/* Packets of one page and far away, in any order. */
static const uint32_t packets[] = { 3, 70000000, 0, MAP_PAGE - 1, MAP_PAGE, 4, 5000 };
#define NR (sizeof(packets) / sizeof(packets[0]))

START_TEST(put_and_remove)
{
	static const uint32_t in_order[] = { 0, 3, 4, MAP_PAGE - 1, MAP_PAGE, 5000, 70000000 };
	struct pwrt_memory memory = { .limit = 8u << 20 };
	struct packet_map m = { .memory = &memory };
	const uint32_t *p;
	uint32_t at = 0;
	size_t i;

	ck_assert_ptr_null(packet_map_get(&m, 3));
	ck_assert_ptr_null(packet_map_next(&m, &at));
	for (i = 0; i < NR; i++)
		ck_assert(packet_map_put(&m, packets[i], (void *)(uintptr_t)&packets[i]));
	for (i = 0; i < NR; i++)
		ck_assert_ptr_eq(packet_map_get(&m, packets[i]), &packets[i]);
	ck_assert_ptr_null(packet_map_get(&m, 1));
	ck_assert_ptr_null(packet_map_get(&m, 6000));
	ck_assert_uint_eq(m.nr, NR);
	for (i = 0, at = 0; (p = packet_map_next(&m, &at)); i++) {
		ck_assert_uint_eq(*p, in_order[i]);
		packet_map_remove(&m, *p);
		ck_assert_ptr_null(packet_map_get(&m, *p));
	}
	ck_assert_uint_eq(i, NR);
	ck_assert_uint_eq(m.nr, 0);
	ck_assert_uint_eq(memory.used, m.nr_pages * sizeof(struct map_page *));
	packet_map_free(&m);
	ck_assert_uint_eq(memory.used, 0);
}
END_TEST

/* The pages count in the account. */
START_TEST(memory_of_pages)
{
	struct pwrt_memory memory = { .limit = 2 * sizeof(struct map_page) };
	struct packet_map m = { .memory = &memory };
	int v;

	ck_assert(packet_map_put(&m, 1, &v));
	ck_assert(!packet_map_put(&m, MAP_PAGE, &v));
	ck_assert(packet_map_put(&m, 2, &v));
	packet_map_free(&m);
	ck_assert_uint_eq(memory.used, 0);
}
END_TEST

Suite *suite_packet_map(void)
{
	Suite *s = suite_create("packet_map");
	TCase *t = tcase_create("packet_map");

	tcase_add_test(t, put_and_remove);
	tcase_add_test(t, memory_of_pages);
	suite_add_tcase(s, t);
	return s;
}

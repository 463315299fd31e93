/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The table of landmarks: in the order of the layers, each name once, and found by name or by id. */
#include "unit.h"

#include <string.h>

#include "test_file.h"
#include "replay/landmarks.h"

START_TEST(table_in_order)
{
	const struct landmark *l, *other;
	enum layer last = LAYER_NONE;
	size_t i, k;

	for (i = 0; (l = landmark_at(i)); i++) {
		ck_assert_msg(l->layer == LAYER_NONE || l->layer >= last, "%s", l->func);
		last = l->layer > last ? l->layer : last;
		ck_assert_msg(*l->func && !strchr(l->func, '.'), "%s", l->func);
		ck_assert_msg(strchr(l->source, '/') && *l->meaning, "%s", l->func);
		for (k = 0; k < i; k++) {
			other = landmark_at(k);
			ck_assert_msg(strcmp(l->func, other->func), "%s is there twice", l->func);
		}
		ck_assert_ptr_eq(landmark_find(l->func), l);
	}
	ck_assert_uint_ge(i, 80);
	for (i = 0; i < LAYER_NR; i++)
		ck_assert_ptr_nonnull(layer_names[i]);
	ck_assert_ptr_null(landmark_find("ip_rcv_"));
}
END_TEST

START_TEST(queues_by_caller)
{
	static const struct {
		const char *caller, *words;
	} want[] = {
		{ "process_backlog", "the CPU's backlog" },
		{ "veth_poll", "a NAPI poll" },
		{ "gro_cell_poll", "a tunnel's queue" },
		{ "__release_sock", "the socket's backlog" },
	};
	static const char *const none[] = { "", "poll", "_pol", "veth_poll_", "ip_rcv" };
	size_t i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		const struct queue *q = landmark_queue(want[i].caller);

		ck_assert_msg(q && !strcmp(q->words, want[i].words), "%s", want[i].caller);
	}
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		ck_assert_msg(!landmark_queue(none[i]), "'%s'", none[i]);
	for (i = 0; landmark_queue_at(i); i++)
		ck_assert_msg(strchr(landmark_queue_at(i)->source, '/'), "%s",
			      landmark_queue_at(i)->caller);
}
END_TEST

/* A file that names a landmark with a compiler's suffix, far behind other functions. */
static void write_names(struct pwrt_writer *w, uint32_t nr)
{
	struct pwrt_diag d;
	uint32_t i;

	for (i = 0; i < nr; i++) {
		const char *name = i == nr - 1 ? "ip_forward.isra.0" : "f";
		struct pwrt_func f = { i, name, "", "", 1, PWRT_FUNC_ATTACHED };
		struct pwrt_caller c = { i, i ? "g" : "process_backlog.cold", "", 1 };

		ck_assert_int_eq(pwrt_writer_func(w, &f, &d), 0);
		ck_assert_int_eq(pwrt_writer_caller(w, &c, &d), 0);
	}
}

START_TEST(found_by_id)
{
	struct pwrt_memory memory = { .limit = 1 << 20 };
	struct landmarks l = { .memory = &memory };
	struct pwrt_writer *w = test_file_begin();
	const struct landmark *landmark;
	struct pwrt_reader *r = NULL;
	const struct queue *queue;
	struct pwrt_diag d;
	struct test_file m;
	int again;

	write_names(w, 3000);
	test_file_end(w, &m);
	ck_assert_int_eq(pwrt_open_mem(&r, m.p, m.len, NULL, &d), 0);
	ck_assert_int_eq(pwrt_reader_finish(r, &d), 0);
	for (again = 0; again < 2; again++) {
		ck_assert(landmarks_func(&l, r, 2999, &landmark));
		ck_assert_ptr_eq(landmark, landmark_find("ip_forward"));
		ck_assert(landmarks_func(&l, r, 0, &landmark));
		ck_assert_ptr_null(landmark);
		ck_assert(landmarks_func(&l, r, 3000, &landmark)); /* the file has no such id */
		ck_assert_ptr_null(landmark);
		ck_assert(landmarks_caller(&l, r, 0, &queue));
		ck_assert_ptr_eq(queue, landmark_queue("process_backlog"));
		ck_assert(landmarks_caller(&l, r, PWRT_NONE, &queue));
		ck_assert_ptr_null(queue);
	}
	landmarks_free(&l);
	ck_assert_uint_eq(memory.used, 0);
	memory.limit = 16;
	ck_assert(!landmarks_func(&l, r, 2999, &landmark));
	ck_assert(!landmarks_caller(&l, r, 0, &queue));
	landmarks_free(&l);
	pwrt_close(r);
	test_file_free(&m);
}
END_TEST

Suite *suite_landmarks(void)
{
	Suite *s = suite_create("landmarks");
	TCase *t = tcase_create("landmarks");

	tcase_add_test(t, table_in_order);
	tcase_add_test(t, queues_by_caller);
	tcase_add_test(t, found_by_id);
	suite_add_tcase(s, t);
	return s;
}

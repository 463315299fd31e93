/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Files made in memory for tests. */
#ifndef TEST_FILE_H
#define TEST_FILE_H

#include "format/pwrt.h"

struct test_file {
	uint8_t *p;
	size_t len;
};

/* Begin and end a file. test_file_end() frees the writer and fills *m: test_file_free() frees it. */
struct pwrt_writer *test_file_new(void);
struct pwrt_writer *test_file_begin(void); /* with a clock already */
void test_file_end(struct pwrt_writer *w, struct test_file *m);
void test_file_free(struct test_file *m);
/*
 * Ends a file without its last bytes, and sets path to where this process can open it, until it
 * ends.
 */
void test_file_end_at(struct pwrt_writer *w, size_t without, char path[32]);
/* Returns the offset of the index of a whole file. */
size_t test_file_index(const struct test_file *m);
/* Makes a file with several event blocks and every table. test_file_event() fills in its event i. */
void test_file_make(struct test_file *m, unsigned int nr_events);
void test_file_event(unsigned int i, struct pwrt_event *ev);
/* Sets the options of the next files. */
void test_file_with(const struct pwrt_writer_options *o);
/* Returns whether two events are the same, headers included. */
bool test_file_same_event(const struct pwrt_event *a, const struct pwrt_event *b);

#endif

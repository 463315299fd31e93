/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Any bytes as two files that are read as one: as parts of one recording, and as those of two
 * hosts. The second file begins at the last head of a file in them. With one head, both are the
 * same file. Each pass gives out the same events with the same ids, and all memory comes back. For
 * libFuzzer and for AFL++ (whose driver has the same entry).
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_limit.h"
#include "format/block.h"
#include "memory_file.h"
#include "replay/host_clocks.h"
#include "replay/step.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECONDS_MAX 5 /* of processor time, with sanitizers, for one input */

static void check(bool good)
{
	if (!good)
		abort();
}

/* Reads what an event refers to. Returns a sum of it. */
static uint64_t sum_of(const struct pwrt_reader *r, const struct pwrt_event *ev)
{
	const struct step s = { .r = r, .ev = *ev };
	const struct pwrt_caller *caller = pwrt_reader_caller(r, ev->caller);
	const struct pwrt_task *task = pwrt_reader_task(r, ev->task);
	uint64_t sum = ev->ts_ns + ev->packet + ev->func + ev->caller + ev->dev + ev->stack;
	struct pwrt_value v;
	uint32_t host;
	size_t at = 0;

	sum += strlen(step_func(&s, NAME_BUF)) + strlen(step_netns(&s, NAME_BUF));
	sum += strlen(reason_text(r, ev->reason, NAME_BUF)) + (caller ? strlen(caller->name) : 0) +
	       (task ? strlen(task->comm) : 0);
	while (pwrt_value_next(ev->values, ev->values_len, &at, &v)) {
		check(pwrt_reader_key(r, v.key));
		sum += v.num + v.len;
	}
	check(at == ev->values_len);
	return sum + (pwrt_reader_host(r, ev->packet, &host) ? host : 0);
}

/* Reads all events in a range. Returns a sum of them, or 0 where that fails. */
static uint64_t read_all(struct pwrt_set *set, const struct pwrt_range *range)
{
	struct pwrt_reader *r;
	struct pwrt_event ev;
	struct pwrt_diag d;
	uint64_t sum = 1, nr = 0;
	int ret = pwrt_open_set(&r, set, &d);

	if (ret < 0)
		return 0;
	pwrt_reader_range(r, range);
	while ((ret = pwrt_reader_next(r, &ev, &d)) == 1) {
		check(ev.packet >= range->packet_min && ev.packet <= range->packet_max);
		sum = sum * 31 + sum_of(r, &ev);
		nr++;
	}
	check(ret < 0 || nr <= pwrt_reader_events(r));
	pwrt_close(r);
	return ret < 0 ? 0 : sum;
}

static void read_set(const char *const paths[2], bool hosts)
{
	const uint64_t before = hosts ? HOST_PACKETS(1) : 0;
	const struct pwrt_set_file files[] = {
		{ .path = paths[0], .host = hosts ? "a" : NULL },
		{ .path = paths[1],
		  .shift_ns = hosts ? (uint64_t)-5 : 7,
		  .packets_before = before,
		  .host = hosts ? "b" : NULL,
		  .host_nr = hosts },
	};
	struct pwrt_memory memory = { .limit = 64 << 20 };
	const struct pwrt_limits limits = { .memory = &memory };
	const struct pwrt_range all = PWRT_RANGE_ALL, some = { 0, UINT64_MAX, 2, before + 3 };
	struct host_clock clocks[2];
	struct pwrt_set *set;
	struct pwrt_diag d;
	uint64_t sum;

	check(pwrt_set_new(&set, files, 2, &limits, &d) == 0);
	sum = read_all(set, &all);
	check(sum == read_all(set, &all) || memory.refused);
	read_all(set, &some);
	if (hosts)
		host_clocks_measure(clocks, 2, set, &d);
	pwrt_set_free(set);
	check(!memory.used);
}

/* Returns where the last block with the head of a file begins, or 0. */
static size_t last_section(const uint8_t *data, size_t size)
{
	const size_t head = BLOCK_HDR_LEN + sizeof(SECTION_MAGIC) - 1;
	size_t i;

	for (i = size < head ? 0 : size - head; i; i--)
		if (!memcmp(data + i, BLOCK_MAGIC, 4) &&
		    !memcmp(data + i + BLOCK_HDR_LEN, SECTION_MAGIC, sizeof(SECTION_MAGIC) - 1))
			break;
	return i;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t at = last_section(data, size);
	struct memory_file first = memory_file(data, at ? at : size);
	struct memory_file second = memory_file(data + at, size - at);
	const char *const paths[2] = { first.path, second.path };

	cpu_limit(SECONDS_MAX);
	read_set(paths, false);
	read_set(paths, true);
	cpu_limit(0);
	memory_file_close(&first);
	memory_file_close(&second);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Files with many packets, for the memory that a reader needs of them.
 *
 *   bench-many hostile N FILE   N packets of one event each, in few bytes
 *   bench-many listed N FILE    N packets of a thousand conversations, with a drop now and then
 *   bench-many paths N FILE     N events: packets of 100 events, some 50 at once
 *   bench-many flows N FILE     N conversations of one packet of 20 events
 *   bench-many one N FILE       one packet of N events
 *   bench-many edited N FILE    the same packet with another function at one event in a hundred
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/pwrt.h"

static const char *const functions[] = { "ip_rcv",	 "ip_rcv_core",	     "ip_forward",
					 "ip_output",	 "__dev_queue_xmit", "dev_hard_start_xmit",
					 "kfree_skbmem", "kfree_skb_reason" };
enum { FREE = 6, DROP };

static struct pwrt_writer *w;
static struct pwrt_diag d;

static void check(int ret)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "bench-many: %s\n", d.text);
	exit(2);
}

static void put(uint64_t ts_ns, uint64_t packet, uint32_t func, unsigned int depth,
		uint32_t conversation)
{
	uint8_t hdr[28] = { 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0 };
	const struct pwrt_event ev = { .ts_ns = ts_ns,
				       .packet = packet,
				       .func = func,
				       .sp = 0xffffc90000003f00u - depth * 64ull,
				       .caller = PWRT_NONE,
				       .task = PWRT_NONE,
				       .dev = PWRT_NONE,
				       .reason = func == DROP ? 5 : PWRT_NONE,
				       .flags = func == FREE ? PWRT_EV_FREED : 0,
				       .len = 28,
				       .hdr = hdr,
				       .hdr_len = conversation ? sizeof(hdr) : 0 };

	hdr[14] = (uint8_t)(conversation >> 8);
	hdr[15] = (uint8_t)conversation;
	hdr[21] = 53;
	check(pwrt_writer_event(w, &ev, &d));
}

static void hostile(uint64_t n)
{
	uint64_t i;

	for (i = 1; i <= n; i++)
		put(i, i, 0, 0, 0);
}

static void listed(uint64_t n)
{
	uint64_t i;

	for (i = 1; i <= n; i++) {
		put(i * 2, i, 0, 0, 1 + (uint32_t)(i % 1000));
		put(i * 2 + 1, i, i % 7 ? FREE : DROP, 1, 1 + (uint32_t)(i % 1000));
	}
}

static void paths(uint64_t n)
{
	uint64_t i, turn;

	for (i = 0; i < n; i++) {
		turn = i / 50 % 100;
		put(i, 1 + i / 5000 * 50 + i % 50, turn == 99 ? FREE : (uint32_t)(turn % 6),
		    (unsigned int)(turn % 20), 1 + (uint32_t)(i % 50));
	}
}

static void flows(uint64_t n)
{
	uint64_t i, turn;

	for (i = 0; i < n; i++)
		for (turn = 0; turn < 20; turn++)
			put(i * 20 + turn, 1 + i, turn == 19 ? FREE : (uint32_t)(turn % 6),
			    (unsigned int)turn, 1 + (uint32_t)i);
}

/* Pseudo-random numbers that are the same in every run. */
static uint32_t next(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 16;
}

static void long_path(uint64_t n, bool edited)
{
	uint32_t state = 1, edits = 2;
	uint64_t i;

	for (i = 0; i < n; i++) {
		uint32_t func = next(&state) % 6;

		if (next(&edits) % 100 == 0 && edited)
			func = (func + 1) % 6;
		put(i, 1, func, 0, 1);
	}
}

static void one(uint64_t n)
{
	long_path(n, false);
}

static void edited(uint64_t n)
{
	long_path(n, true);
}

static const struct {
	const char *name;
	void (*write)(uint64_t n);
	int level;
} kinds[] = { { "hostile", hostile, 19 }, { "listed", listed, 1 }, { "paths", paths, 1 },
	      { "flows", flows, 1 },	  { "one", one, 1 },	   { "edited", edited, 1 } };
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

int main(int argc, char **argv)
{
	const struct pwrt_clock clock = { 0, 0, 0 };
	struct pwrt_writer_options o = { .block_events = 65536 };
	size_t i, k;
	int fd;

	for (k = 0; k < KINDS && (argc != 4 || strcmp(argv[1], kinds[k].name)); k++)
		;
	fd = k < KINDS ? open(argv[3], O_CREAT | O_TRUNC | O_WRONLY, 0600) : -1;
	if (fd < 0) {
		fprintf(stderr, "usage: bench-many hostile|listed|paths|flows|one|edited N FILE\n");
		return 2;
	}
	o.level = kinds[k].level;
	check(pwrt_writer_new(&w, fd, &o, &d));
	check(pwrt_writer_clock(w, &clock, &d));
	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		check(pwrt_writer_func(
			w,
			&(struct pwrt_func){
				.addr = i, .name = functions[i], .module = "", .why = "" },
			&d));
	kinds[k].write(strtoull(argv[2], NULL, 10));
	check(pwrt_writer_finish(w, &d));
	pwrt_writer_free(w);
	return close(fd) ? 2 : 0;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whatever reads a file, fed with anything: the events with all that is made of them, the runs, a
 * range, the tables alone. For libFuzzer and for AFL++ (whose driver has the same entry).
 *
 * Built with FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION, under which checksums are not looked at
 * (format/block.c): else nothing would get past them.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_limit.h"
#include "format/tool/cli.h"
#include "replay/show/anonymize_headers.h"
#include "replay/decision.h"
#include "replay/fields.h"
#include "replay/hops.h"
#include "replay/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECONDS_MAX 1 /* of processor time, with sanitizers, for one input */

static const struct pwrt_limits limits = { .mem_bytes = 64 << 20 };

static void check(bool good)
{
	if (!good)
		abort();
}

/*
 * The hops of all packets as if they were one: more crossings than a file can have. Bounded by the
 * account.
 */
static void cut(struct hops *h, struct landmarks *marks, const struct pwrt_reader *r,
		const struct step *s)
{
	static const struct packet p = { .drop = { .reason = PWRT_NONE, .func = PWRT_NONE } };
	char words[HOP_WORDS];
	uint32_t i;

	if (hops_step(h, marks, s, true) && h->nr < 64)
		return;
	hops_finish(h, &p);
	for (i = 0; i < h->nr; i++) {
		check(h->v[i].from <= h->v[i].to);
		hop_change_words(&h->v[i], LOOK_ALL, words);
		hop_end_words(r, &p, h, i, words);
		hop_devices(r, &h->v[i], words);
	}
	hops_free(h);
}

/* Uses a file as pwru-show does. */
static void show(struct pwrt_reader *r, struct anonymizer *a)
{
	struct landmarks marks = { .memory = pwrt_reader_memory(r) };
	struct hops h = { .memory = pwrt_reader_memory(r) };
	struct model *m = NULL;
	struct packet packet;
	char words[DECISION_WORDS];
	struct pwrt_event ev;
	struct pwrt_diag d;
	uint8_t hdr[PWRT_HDR_MAX];
	struct value v;
	struct headers parsed;
	struct step s;
	uint32_t i;
	size_t k;
	int ret;

	check(model_new(&m, r, &d) == 0);
	while (pwrt_reader_next(r, &ev, &d) == 1) {
		check(ev.hdr_len <= PWRT_HDR_MAX && ev.l3_off <= ev.hdr_len);
		step_set(&s, &parsed, r, &ev);
		ret = model_event(m, &ev, &parsed, &i, &s.depth, &d);
		check(ret == 0 || ret == PWRT_ENOMEM);
		if (ret < 0)
			goto out;
		cut(&h, &marks, r, &s);
		for (k = 0; k < nr_fields; k++)
			if (field_get(&fields[k], &s, &v))
				cli_escape(v.text);
		if (ev.hdr_len) {
			memcpy(hdr, ev.hdr, ev.hdr_len);
			check(anonymize_headers(a, hdr, ev.hdr_len, ev.l3_off) <= ev.hdr_len);
		}
	}
	ret = model_finish(m, &d);
	check(ret == 0 || ret == PWRT_ENOMEM);
	for (i = 0; i < model_nr_packets(m); i++) {
		model_packet(m, i, &packet);
		decision_words(r, &packet, words);
	}
out:
	hops_free(&h);
	landmarks_free(&marks);
	model_free(m);
}

/* Looks up each function of each packet, as a tool would. */
static void packet_funcs(struct pwrt_reader *r)
{
	struct pwrt_packet_funcs funcs;
	const struct pwrt_func *f;
	struct pwrt_diag d;
	uint32_t i;

	while (pwrt_reader_next_packet_funcs(r, &funcs, &d) == 1) {
		for (i = 0; i < funcs.nr; i++) {
			f = pwrt_reader_func(r, funcs.func[i]);
			check(!f || f->name);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[PSEUDONYM_KEY_LEN];
	struct anonymizer *a = anonymizer_new(key);
	struct pwrt_range range = PWRT_RANGE_ALL;
	struct pwrt_reader *r = NULL;
	struct pwrt_event ev;
	struct pwrt_diag d;
	uint32_t i;

	cpu_limit(SECONDS_MAX);
	if (pwrt_open_mem(&r, data, size, &limits, &d) < 0)
		goto out;
	show(r, a);
	for (i = 0; pwrt_reader_stack(r, i) || pwrt_reader_btf(r, i); i++)
		;
	pwrt_close(r);
	if (pwrt_open_mem(&r, data, size, &limits, &d) == 0) {
		range.packet_max = 16;
		pwrt_reader_range(r, &range);
		while (pwrt_reader_next(r, &ev, &d) == 1)
			check(ev.packet <= 16);
		pwrt_close(r);
	}
	if (pwrt_open_mem(&r, data, size, &limits, &d) == 0) {
		packet_funcs(r);
		pwrt_close(r);
	}
	if (pwrt_open_mem(&r, data, size, &limits, &d) == 0) {
		pwrt_reader_finish(r, &d);
		pwrt_close(r);
	}
out:
	anonymizer_free(a);
	cpu_limit(0);
	return 0;
}

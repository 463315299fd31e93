/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "blind_spots.h"

#include <string.h>

#include "format/tool/cli.h"
#include "replay/func_state.h"
#include "replay/shed.h"

/* Words for the end, by the fact "end" of pwru-record. */
static const char *end_words(const struct pwrt_reader *r)
{
	const char *end = pwrt_reader_get(r, "end");

	return end && !strcmp(end, "rotated") ? "this part of the recording ended" :
						"the recording ended";
}

/*
 * Returns the time of the end. The last entry of CLOCK is of the end: docs/pwrt-format.md. The
 * clocks of several hosts are not one.
 */
static uint64_t end_ns(const struct pwrt_reader *r)
{
	const struct pwrt_clock *clock;
	uint64_t first, last = 0, event = 0;
	uint32_t nr;

	if (pwrt_reader_host(r, 0, NULL))
		return UINT64_MAX;
	for (nr = 0; (clock = pwrt_reader_clock(r, nr)); nr++)
		if (clock->mono_ns > last)
			last = clock->mono_ns;
	pwrt_reader_span(r, &first, &event);
	if (nr < 2)
		return event ? event : UINT64_MAX;
	return event > last ? event : last;
}

void recorded_until(struct recorded_until *u, const struct pwrt_reader *r, uint64_t at_ns)
{
	const char *until = pwrt_reader_get(r, "excerpt.until");
	const struct pwrt_lost *lost;
	uint64_t ns;
	uint32_t i;

	*u = (struct recorded_until){ end_ns(r), end_words(r) };
	if (u->ns < at_ns)
		u->ns = at_ns;
	/* Behind it come the events of other files, where several are read as one. */
	if (until && cli_u64(until, &ns) && ns >= at_ns && ns < u->ns)
		*u = (struct recorded_until){ ns, "the excerpt ended" };
	for (i = 0; (lost = pwrt_reader_lost(r, i)); i++) {
		if (lost->reason != PWRT_LOST_DETACHED || lost->from_ns < at_ns ||
		    lost->from_ns >= u->ns)
			continue;
		*u = (struct recorded_until){ lost->from_ns, "the functions were detached" };
	}
}

bool recorded_with(const struct pwrt_reader *r, const char *option, const char *shortest)
{
	const char *word = pwrt_reader_get(r, "arguments");
	size_t n;

	while (word && *word) {
		n = strcspn(word, " =");
		/* The words after "--" are the command that was recorded: its options are not the
		 * recorder's. */
		if (n == 2 && !strncmp(word, "--", 2))
			return false;
		if (n >= strlen(shortest) && n <= strlen(option) && !strncmp(word, option, n))
			return true;
		word += strcspn(word, " ");
		word += strspn(word, " ");
	}
	return false;
}

/* An expression with "unanswered" keeps a request because the recorder saw no answer. */
static bool has_let_go(const struct pwrt_reader *r)
{
	const char *keep = pwrt_reader_get(r, "arguments");

	keep = keep && recorded_with(r, "--keep", "--keep") ? strstr(keep, "--keep") : NULL;
	return keep && !strstr(keep, "unanswered");
}

static bool has_sample(const struct pwrt_reader *r)
{
	return recorded_with(r, "--sample", "--sa");
}

static bool has_shed_flows(const struct pwrt_reader *r)
{
	return shed_has(r, "flows");
}

static bool has_selection(const struct pwrt_reader *r)
{
	return pwrt_reader_get(r, "excerpt.packets");
}

const char *packets_left_out_by(const struct pwrt_reader *r)
{
	static const struct {
		bool (*has)(const struct pwrt_reader *r);
		const char *option;
	} options[] = {
		{ has_let_go, "--keep" },
		{ has_sample, "--sample" },
		{ has_shed_flows, "--max-overhead" },
		{ has_selection, "pwru-show -o" },
	};
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].has(r))
			return options[i].option;
	return NULL;
}

bool excerpt_hides_events(const struct pwrt_reader *r)
{
	static const char *const conditions[] = { "excerpt.netns", "excerpt.ifname",
						  "excerpt.task" };
	size_t i;

	for (i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
		if (pwrt_reader_get(r, conditions[i]))
			return true;
	/* A packet ends in this function: record/kernel/targets.c. A recorder always traces it. */
	return pwrt_reader_get(r, "excerpt.func") && func_state(r, "kfree_skbmem") == FUNC_LEFT_OUT;
}

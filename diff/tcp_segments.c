/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tcp_segments.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static uint64_t mix(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3; /* FNV-1a */
	return (hash ^ '/') * 0x100000001b3;
}

/* Adds the decisions that a return shows to the hash of a way. */
static uint64_t mix_decisions(uint64_t hash, const struct step *s, bool pseudonyms_differ)
{
	static const char *const keys[] = { "nf.verdict", "tc.verdict", "xdp.verdict",
					    "nf.hook",	  "nf.table",	"nf.chain" };
	struct value v;
	size_t k;

	for (k = 0; k < (pseudonyms_differ ? 4 : sizeof(keys) / sizeof(keys[0])); k++)
		if (step_named(s, keys[k], &v))
			hash = mix(mix(hash, keys[k]), v.text);
	return hash;
}

/*
 * A way: the hosts, and the decisions of hooks and programs, from the end of a path to its
 * beginning. Each step of the walk back is the way of a packet whose beginning was not recorded: an
 * interrupt that comes while a probe runs has no probes itself (trace_call_bpf(),
 * kprobe_multi_link_prog_run() of kernel/trace/bpf_trace.c).
 */
struct way {
	uint64_t hash;
	uint32_t netns;
	size_t at; /* steps that are left */
};

#define WAY_BEGIN(p) ((struct way){ 0xcbf29ce484222325, PWRT_NONE, (p)->nr })

/* Goes back to the next step that changes the hash. Returns false at the beginning of the path. */
static bool way_back(struct way *w, const struct path *p, bool pseudonyms_differ)
{
	const uint64_t was = w->hash;

	while (w->at && w->hash == was) {
		const struct step *s = &p->steps[--w->at];
		const struct pwrt_dev *dev = pwrt_reader_dev(s->r, s->ev.dev);

		if (step_is_return(s))
			w->hash = mix_decisions(w->hash, s, pseudonyms_differ);
		if (dev && dev->netns && dev->netns != w->netns) {
			w->hash = mix(w->hash, "hop");
			w->netns = dev->netns;
		}
	}
	return w->hash != was;
}

/* The name under which a direction is known to carry data. */
const char *segment_data_role(const struct path_tree *t, const struct path *p)
{
	return path_is_forward(t, p) ? "data forward" : "data back";
}

static bool ends_direction(const struct path *p)
{
	return first_with_headers(p)->h->l4[13] & TCP_FIN;
}

/*
 * Writes "forward", whether it is a copy, and whether it ends the direction. The end may be in one
 * of the segments into which the kernel cut a larger one.
 */
int segment_role(const struct path_tree *t, const struct path *p, char *buf, size_t len)
{
	const bool end = ends_direction(p);

	return snprintf(buf, len, "%d%d%d", path_is_forward(t, p), p->packet->parent && !end, end);
}

/* The last segment of a direction goes the way of all others. */
static void way_text(const struct path_tree *t, const struct path *p, const struct way *w,
		     char *buf, size_t len)
{
	snprintf(buf, len, "%d%d-/%llx", path_is_forward(t, p), p->packet->parent != 0,
		 (unsigned long long)w->hash);
}

void segment_way(bool pseudonyms_differ, const struct path_tree *t, const struct path *p, char *buf,
		 size_t len)
{
	struct way w = WAY_BEGIN(p);

	while (way_back(&w, p, pseudonyms_differ))
		;
	way_text(t, p, &w, buf, len);
}

/* Adds the way of a segment, and its ways without a beginning. */
static int collect_ways(bool pseudonyms_differ, struct string_ids **ways, const struct path_tree *t,
			const struct path *p)
{
	struct way w = WAY_BEGIN(p);
	char text[64];
	uint32_t id;

	do {
		way_text(t, p, &w, text, sizeof(text));
		if (string_id(ways, text, &id))
			return -1;
	} while (way_back(&w, p, pseudonyms_differ));
	return 0;
}

int segments_collect(bool pseudonyms_differ, struct string_ids **ways, const struct path_tree *t)
{
	char text[64];
	uint32_t id;
	size_t i;

	for (i = 0; i < t->nr; i++) {
		if (!segment_is(&t->paths[i]))
			continue;
		segment_role(t, &t->paths[i], text, sizeof(text));
		if (string_id(ways, text, &id))
			return -1;
		if (segment_has_data(&t->paths[i]) &&
		    string_id(ways, segment_data_role(t, &t->paths[i]), &id))
			return -1;
		if (collect_ways(pseudonyms_differ, ways, t, &t->paths[i]))
			return -1;
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tracks.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "replay/append.h"
#include "replay/model.h"

#define NO_CPU UINT64_MAX

/* A namespace, or a CPU in one. */
struct track_key {
	uint64_t host, netns, cpu; /* NO_CPU: the namespace itself */
};

struct track_entry {
	UT_hash_handle hh;
	struct track_key key;
	struct track track;
};

/* Returns a new entry with the next number as tid; NULL without memory. */
static struct track_entry *add(struct tracks *t, const struct track_key *key)
{
	struct track_entry *e = counted_realloc(t->memory, NULL, 0, sizeof(*e));

	if (!e)
		return NULL;
	*e = (struct track_entry){ .key = *key, .track.tid = t->nr + 1 };
	HASH_ADD(hh, t->all, key, sizeof(e->key), e);
	if (e->hh.tbl) {
		t->nr++;
		return e;
	}
	counted_free(t->memory, e, sizeof(*e));
	return NULL;
}

static struct track_entry *find(struct tracks *t, const struct track_key *key)
{
	struct track_entry *e;

	HASH_FIND(hh, t->all, key, sizeof(*key), e);
	return e;
}

/* Sets *pid to the number of a namespace, which it names in the file the first time. */
static int find_netns(struct tracks *t, struct trace_events *out, struct pwrt_reader *r,
		      uint64_t packet, uint32_t netns, uint32_t *pid)
{
	uint32_t nr;
	const char *host = pwrt_reader_host(r, packet, &nr);
	const struct track_key key = { nr, netns, NO_CPU };
	struct track_entry *e = find(t, &key);
	char text[NAME_LEN + 16];

	if (e) {
		*pid = e->track.pid;
		return 0;
	}
	e = add(t, &key);
	if (!e)
		return model_no_memory(r, "its tracks", out->out.d);
	*pid = e->track.pid = e->track.tid;
	append_text(text, sizeof(text), 0, "netns %s%s%s", netns || !host ? "" : host,
		    netns || !host ? "" : "/", netns ? netns_text(r, netns, NAME_BUF) : "unknown");
	return trace_events_name(out, "process_name", &e->track, text);
}

int tracks_find(struct tracks *t, struct trace_events *out, struct pwrt_reader *r, uint64_t packet,
		uint32_t netns, uint32_t cpu, const struct track **to)
{
	struct track_key key = { 0, netns, cpu };
	struct track_entry *e;
	char text[32];
	uint32_t pid, host;
	int ret;

	pwrt_reader_host(r, packet, &host);
	key.host = host;
	e = find(t, &key);
	if (e) {
		*to = &e->track;
		return 0;
	}
	ret = find_netns(t, out, r, packet, netns, &pid);
	if (ret < 0)
		return ret;
	e = add(t, &key);
	if (!e)
		return model_no_memory(r, "its tracks", out->out.d);
	e->track.pid = pid;
	*to = &e->track;
	append_text(text, sizeof(text), 0, "CPU %u", cpu);
	return trace_events_name(out, "thread_name", &e->track, text);
}

void tracks_free(struct tracks *t)
{
	struct track_entry *e, *tmp;

	HASH_ITER(hh, t->all, e, tmp) {
		HASH_DEL(t->all, e);
		counted_free(t->memory, e, sizeof(*e));
	}
	*t = (struct tracks){ .memory = t->memory };
}

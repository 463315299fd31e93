/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "stats.h"

#include <string.h>

#include "flow_facts.h"
#include "intern.h"
#include "live.h"

/* The state of a packet whose events still come. */
struct open_packet {
	uint32_t left;	 /* events that still come */
	uint32_t unused; /* the next one that is free, or 0 */
	struct frames frames;
	struct open_calls calls;
	struct hops hops;
};

struct gathering {
	struct stats *s;
	struct trace *t;
	const struct selection *sel;
	bool by_event; /* single events are selected */
	struct pwrt_memory *memory;
	struct intern hops, queues, talkers; /* each with its index + 1 in the list of stats */
	struct landmarks marks;		     /* for hops */
	struct vec open;		     /* struct open_packet */
	struct vec by_packet;		     /* by index of a packet: its index + 1 in open, or 0 */
	uint32_t unused;		     /* index + 1 in open, or 0 */
	struct stats_bin *bin; /* of the last event that was inside the bins, or NULL */
	uint64_t bin_from_ns;  /* where that begins */
	struct pwrt_diag *d;
};

static int no_memory(struct gathering *g)
{
	return model_no_memory(g->t->first, "its statistics", g->d);
}

/* Returns the entry of a list for a key, which may be new and zeroed; NULL without memory. */
static void *entry_of(struct intern *keys, struct vec *entries, const void *key, size_t len)
{
	const uint32_t id = intern_put(keys, key, len);
	uint32_t *number;
	void *entry;

	if (!id)
		return NULL;
	number = intern_number(keys, id);
	if (*number)
		return vec_at(entries, *number - 1);
	entry = vec_add(entries);
	if (entry)
		*number = entries->nr;
	return entry;
}

/* ---- the list of packets ---- */

static bool count_talker(struct gathering *g, const struct packet_facts *f)
{
	struct stats_talker *talker =
		entry_of(&g->talkers, &g->s->talkers, f->first->src, f->first->addr_len);

	if (!talker)
		return false;
	memcpy(talker->addr, f->first->src, sizeof(talker->addr));
	talker->addr_len = f->first->addr_len;
	talker->packets++;
	talker->bytes += f->length;
	return true;
}

/* Counts the selected packets. Returns 0 or PWRT_ENOMEM. */
static int count_packets(struct gathering *g)
{
	struct stats *s = g->s;
	struct packet_facts f;
	struct packet p;
	uint32_t at = 0;

	s->first_ns = UINT64_MAX;
	while (trace_packet(g->t, g->sel, &at, &p)) {
		s->packets++;
		s->copies += p.parent != 0;
		s->fates[p.fate]++;
		s->first_ns = p.first_ns < s->first_ns ? p.first_ns : s->first_ns;
		s->last_ns = p.last_ns > s->last_ns ? p.last_ns : s->last_ns;
		if ((p.fate == FATE_DROPPED && !drop_kinds_add(&s->drops, g->t->first, &p)) ||
		    (flow_packet_counts(g->t, &p, &f) && !count_talker(g, &f)))
			return no_memory(g);
	}
	if (!s->packets)
		s->first_ns = 0;
	return 0;
}

/* ---- the time ---- */

/* Divides the time into at most STATS_BINS parts. */
static void begin_bins(struct stats *s)
{
	static const uint64_t factors[] = { 2, 5, 10 };
	const uint64_t span = s->last_ns - s->first_ns;
	uint64_t power = 1;
	int i = 0;

	/* The largest span has 20 digits. */
	s->bin_ns = 1;
	while (span / s->bin_ns >= STATS_BINS) {
		s->bin_ns = power * factors[i];
		i = (i + 1) % 3;
		power *= i ? 1 : 10;
	}
	s->nr_bins = s->packets ? (uint32_t)(span / s->bin_ns) + 1 : 0;
}

/* Returns the bin of a time between first_ns and last_ns; the nearest one of another time. */
static struct stats_bin *bin_at(struct stats *s, uint64_t ns)
{
	const uint64_t i = ns < s->first_ns ? 0 : (ns - s->first_ns) / s->bin_ns;

	return &s->bins[i < s->nr_bins ? i : s->nr_bins - 1];
}

/* Returns the bin of an event. Most events are in that of the event before. */
static struct stats_bin *bin_of_event(struct gathering *g, uint64_t ns)
{
	struct stats *s = g->s;

	if (g->bin && ns - g->bin_from_ns < s->bin_ns)
		return g->bin;
	if (ns < s->first_ns || ns > s->last_ns)
		return bin_at(s, ns);
	g->bin = bin_at(s, ns);
	g->bin_from_ns = s->first_ns + (uint64_t)(g->bin - s->bins) * s->bin_ns;
	return g->bin;
}

/* Returns how many of the lost events count as lost up to a time, in even distribution. */
static uint64_t lost_before(const struct pwrt_lost *lost, unsigned __int128 ns)
{
	const unsigned __int128 length = (unsigned __int128)lost->to_ns - lost->from_ns + 1;

	if (ns <= lost->from_ns)
		return 0;
	if (ns > lost->to_ns)
		return lost->count;
	return (uint64_t)(lost->count * (ns - lost->from_ns) / length);
}

/* Adds events that were lost in a time, as far as it is inside the bins. */
static void count_lost(struct stats *s, const struct pwrt_lost *lost)
{
	unsigned __int128 from = s->first_ns;
	uint32_t i;

	for (i = 0; i < s->nr_bins && lost->from_ns <= lost->to_ns; i++, from += s->bin_ns)
		s->bins[i].lost += lost_before(lost, from + s->bin_ns) - lost_before(lost, from);
}

/* ---- events ---- */

/* Notes at the first event of a copy that its original has been copied. */
static void note_copy(struct gathering *g, const struct step *s)
{
	const uint32_t parent = s->ev.parent ? model_find(g->t->m, s->ev.parent) : MODEL_NONE;
	const uint32_t *index;

	if (parent >= g->by_packet.nr)
		return; /* none, or one whose events come later */
	index = vec_at(&g->by_packet, parent);
	if (*index)
		call_times_copied(&((struct open_packet *)vec_at(&g->open, *index - 1))->calls,
				  s->ev.ts_ns);
}

/* Returns the state of a packet, at its first event a new one; NULL without memory. */
static struct open_packet *packet_of(struct gathering *g, const struct step *s, uint32_t packet)
{
	struct open_packet *p;
	struct packet facts;
	uint32_t *index;

	while (g->by_packet.nr <= packet)
		if (!vec_add(&g->by_packet))
			return NULL;
	index = vec_at(&g->by_packet, packet);
	if (*index)
		return vec_at(&g->open, *index - 1);
	if (g->unused) {
		*index = g->unused;
		p = vec_at(&g->open, g->unused - 1);
		g->unused = p->unused;
	} else {
		p = vec_add(&g->open);
		if (!p)
			return NULL;
		*index = g->open.nr;
	}
	note_copy(g, s);
	model_packet(g->t->m, packet, &facts);
	*p = (struct open_packet){ .left = facts.events, .hops.memory = g->memory };
	bin_at(g->s, facts.first_ns)->packets++;
	return p;
}

static uint64_t between(uint64_t from_ns, uint64_t to_ns)
{
	return to_ns > from_ns ? to_ns - from_ns : 0;
}

static bool count_hop(struct gathering *g, const struct hop *h)
{
	const struct {
		uint32_t netns, role;
	} key = { h->netns, h->role };
	struct stats_hop *to = entry_of(&g->hops, &g->s->hops, &key, sizeof(key));

	if (!to)
		return false;
	to->netns = h->netns;
	to->role = h->role;
	to->spent.memory = g->memory;
	return quantiles_add(&to->spent, between(h->start_ns, h->end_ns));
}

static bool count_waits(struct gathering *g, const struct hop *h)
{
	const struct hop_stage *stage;
	struct stats_queue *to;
	const char *words;
	uint32_t i;

	for (i = 0; i < h->nr_stages && i < HOP_STAGES; i++) {
		stage = &h->stages[i];
		words = stage->queue->words; /* several functions empty some of the queues */
		to = entry_of(&g->queues, &g->s->queues, words, strlen(words) + 1);
		if (!to)
			return false;
		to->queue = stage->queue;
		to->waited.memory = g->memory;
		if (!quantiles_add(&to->waited, stage->waited_ns))
			return false;
	}
	return true;
}

/* Counts the hops and the latency of a packet after its last event. */
static bool count_hops(struct gathering *g, const struct hops *h, const struct packet *p)
{
	const bool arrived = p->fate == FATE_DELIVERED || p->fate == FATE_TRANSMITTED;
	struct packet_facts f;
	const bool counts = flow_packet_counts(g->t, p, &f);
	uint32_t i;

	/* TCP keeps the original of a segment. It has no headers, and is nowhere. */
	for (i = 0; i < h->nr; i++)
		if (h->v[i].shown && (f.first || h->v[i].netns) &&
		    !(count_hop(g, &h->v[i]) && count_waits(g, &h->v[i])))
			return false;
	if (!arrived || !h->nr || !counts)
		return true;
	return quantiles_add(&g->s->latency, between(p->first_ns, h->v[h->nr - 1].end_ns));
}

/* Ends a packet after its last event. Returns false without memory. */
static bool end_packet(struct gathering *g, struct open_packet *open, uint32_t packet)
{
	uint32_t *index = vec_at(&g->by_packet, packet);
	struct packet p;
	bool good;

	model_packet(g->t->m, packet, &p);
	hops_finish(&open->hops, &p);
	good = call_times_end(&g->s->times, &open->calls) && count_hops(g, &open->hops, &p);
	hops_free(&open->hops);
	frames_free(g->memory, &open->frames);
	bin_at(g->s, p.last_ns)->dropped += p.fate == FATE_DROPPED;
	open->unused = g->unused;
	g->unused = *index;
	*index = 0;
	return good;
}

/* Takes an event of a selected packet. A trace_event. */
static int add_event(void *arg, const struct step *s, uint32_t packet)
{
	struct gathering *g = arg;
	const bool shown = !g->by_event || select_event(g->sel, s, s->ev.ts_ns - g->t->start_ns);
	struct open_packet *p = packet_of(g, s, packet);
	const int depth = p ? frames_event(g->memory, &p->frames, &s->ev) : PWRT_ENOMEM;

	if (depth < 0 ||
	    !call_times_event(&g->s->times, &p->calls, s, (unsigned int)depth, shown) ||
	    !hops_step(&p->hops, &g->marks, s, shown))
		return no_memory(g);
	if (shown) {
		g->s->events++;
		bin_of_event(g, s->ev.ts_ns)->events++;
	}
	if (p->left)
		p->left--;
	if (!p->left && !end_packet(g, p, packet))
		return no_memory(g);
	return 0;
}

/* Frees what only gathering needs. */
static void end_gathering(struct gathering *g)
{
	struct open_packet *p;
	uint32_t i;

	for (i = 0; i < g->open.nr; i++) {
		p = vec_at(&g->open, i);
		open_calls_free(&g->s->times, &p->calls);
		frames_free(g->memory, &p->frames);
		if (p->hops.memory)
			hops_free(&p->hops);
	}
	vec_free(&g->open);
	vec_free(&g->by_packet);
	intern_free(&g->hops);
	intern_free(&g->queues);
	intern_free(&g->talkers);
	landmarks_free(&g->marks);
}

static void begin(struct gathering *g)
{
	struct pwrt_memory *m = g->memory;

	*g->s = (struct stats){
		.latency.memory = m,
		.hops = { .memory = m, .size = sizeof(struct stats_hop) },
		.queues = { .memory = m, .size = sizeof(struct stats_queue) },
		.talkers = { .memory = m, .size = sizeof(struct stats_talker) },
	};
	drop_kinds_init(&g->s->drops, m, false);
	call_times_init(&g->s->times, m);
	g->hops.memory = g->queues.memory = g->talkers.memory = m;
	g->marks.memory = m;
	g->open = (struct vec){ .memory = m, .size = sizeof(struct open_packet) };
	g->by_packet = (struct vec){ .memory = m, .size = sizeof(uint32_t) };
}

int stats_gather(struct stats *s, struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	static const struct selection every;
	struct gathering g = { .s = s,
			       .t = t,
			       .sel = sel,
			       .by_event = select_is_about_events(sel),
			       .memory = pwrt_reader_memory(t->first),
			       .d = d };
	const struct pwrt_lost *lost;
	uint32_t i;
	int ret;

	begin(&g);
	ret = count_packets(&g);
	begin_bins(s);
	if (ret == 0 && s->packets) {
		trace_mark_selected(t, sel);
		t->no_depth = true;
		ret = trace_second_pass(t, &every, 0, add_event, &g, d);
		t->no_depth = false;
	}
	for (i = 0; ret == 0 && (lost = pwrt_reader_lost(t->first, i)); i++)
		if (lost->count)
			count_lost(s, lost);
	end_gathering(&g);
	return ret;
}

void stats_free(struct stats *s)
{
	uint32_t i;

	for (i = 0; i < s->hops.nr; i++)
		quantiles_free(&((struct stats_hop *)vec_at(&s->hops, i))->spent);
	for (i = 0; i < s->queues.nr; i++)
		quantiles_free(&((struct stats_queue *)vec_at(&s->queues, i))->waited);
	quantiles_free(&s->latency);
	drop_kinds_free(&s->drops);
	vec_free(&s->hops);
	vec_free(&s->queues);
	vec_free(&s->talkers);
	call_times_free(&s->times);
}

/* ---- ranking ---- */

uint64_t stats_drop_nr(const void *drop)
{
	return ((const struct drop_kind *)drop)->nr;
}

uint64_t stats_hop_nr(const void *hop)
{
	return ((const struct stats_hop *)hop)->spent.nr;
}

uint64_t stats_queue_nr(const void *queue)
{
	return ((const struct stats_queue *)queue)->waited.nr;
}

uint64_t stats_talker_bytes(const void *talker)
{
	return ((const struct stats_talker *)talker)->bytes;
}

uint64_t stats_function_self(const void *function)
{
	return ((const struct function_times *)function)->self_ns;
}

uint32_t stats_top(const struct vec *entries, stats_measure measure, uint32_t *top, uint32_t max)
{
	uint32_t nr = 0, i, k;
	uint64_t n;

	for (i = 0; i < entries->nr; i++) {
		n = measure(vec_at(entries, i));
		for (k = nr; k && measure(vec_at(entries, top[k - 1])) < n; k--)
			if (k < max)
				top[k] = top[k - 1];
		if (k == max)
			continue;
		top[k] = i;
		nr += nr < max;
	}
	return nr;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "stream.h"

#include <string.h>

#include <utlist.h>

#include "packet_map.h"

/*
 * Functions return after they have freed a packet, and the return may name the decider of a drop.
 * This long after the last one was freed, packets are handed out. Where no event comes, they are
 * handed out when the reader has called back so many times: pwrt_reader_on_wait().
 */
#define GRACE_NS 10000000u
#define GRACE_CALLS 3

/* In model_marks(), besides those of trace.c: the packet was handed out. */
#define MARK_STREAMED 0x20

_Static_assert(!(FOUND_ALL & MARK_STREAMED), "the marks are different bits");

/* A packet that is not complete, or whose relatives are not. */
struct waiting {
	uint32_t packet; /* its index in the model */
	struct family *family;
	struct waiting *before, *next; /* in the family */
	struct hops hops;
	bool ended;
};

/* Not all members of a family have ended; all have; it is over. */
enum state { OPEN, ENDED, OVER, STATES };

/* A packet, its copies, and theirs. They are handed out together. */
struct family {
	struct family *before, *after; /* in the order of their first events */
	struct family *prev, *next;    /* in the list of its state */
	enum state state;
	uint64_t number;		  /* in the order of first events */
	struct waiting *members, *newest; /* in the order of their first events */
	uint32_t open;			  /* members that have not ended */
	uint64_t last_ns;		  /* of its last event */
};

struct stream {
	struct trace *t;
	const struct selection *sel;
	struct landmarks marks;
	unsigned int with;
	hops_fn cb;
	stream_idle idle; /* or NULL */
	void *arg;
	struct pwrt_diag *d;
	struct packet_map all; /* struct waiting */
	struct family *first, *last;
	struct family *by_state[STATES]; /* in the order of last events */
	uint64_t nr_families;		 /* so far */
	uint32_t nr_open;		 /* packets that have not ended */
	uint64_t now_ns;		 /* of the last event */
	uint64_t held;			 /* bytes of the account that the families take */
	uint64_t most;	    /* bytes that they may take before packets are handed out early */
	uint64_t full;	    /* bytes of the whole account at which the model may begin anew */
	uint64_t fullest;   /* and at which it must */
	unsigned int calls; /* of on_wait() since the last event */
	int ret;	    /* of a callback that was called while the reader waits */
};

static struct pwrt_memory *memory_of(const struct stream *s)
{
	return pwrt_reader_memory(s->t->first);
}

static int too_much(struct stream *s)
{
	return model_no_memory(s->t->first, "packets that are not complete", s->d);
}

static struct waiting *find(const struct stream *s, uint32_t packet)
{
	return packet_map_get(&s->all, packet);
}

static void set_state(struct stream *s, struct family *f, enum state state)
{
	DL_DELETE(s->by_state[f->state], f);
	f->state = state;
	DL_APPEND(s->by_state[f->state], f);
}

/* Adds a family without members at the end. Returns NULL without memory. */
static struct family *add_family(struct stream *s)
{
	struct family *f = counted_realloc(memory_of(s), NULL, 0, sizeof(*f));

	if (!f)
		return NULL;
	*f = (struct family){ .before = s->last, .number = s->nr_families++ };
	*(s->last ? &s->last->after : &s->first) = f;
	s->last = f;
	DL_APPEND(s->by_state[f->state], f);
	return f;
}

/* Frees a family and its members. */
static void remove_family(struct stream *s, struct family *f)
{
	const uint64_t used = memory_of(s)->used;
	struct waiting *w, *next;

	for (w = f->members; w; w = next) {
		next = w->next;
		packet_map_remove(&s->all, w->packet);
		hops_free(&w->hops);
		counted_free(memory_of(s), w, sizeof(*w));
	}
	DL_DELETE(s->by_state[f->state], f);
	s->nr_open -= f->open;
	*(f->before ? &f->before->after : &s->first) = f->after;
	*(f->after ? &f->after->before : &s->last) = f->before;
	counted_free(memory_of(s), f, sizeof(*f));
	s->held -= used - memory_of(s)->used;
}

/* Returns the family of a new packet: that of its original, if that one waits. NULL: no memory. */
static struct family *family_for(struct stream *s, uint64_t parent)
{
	const uint32_t at = parent ? model_find(s->t->m, parent) : MODEL_NONE;
	const struct waiting *original = at == MODEL_NONE ? NULL : find(s, at);

	return original ? original->family : add_family(s);
}

/* Returns what waits for a packet, which is added at its first event. NULL: no memory. */
static struct waiting *waiting_for(struct stream *s, uint32_t packet, const struct step *step)
{
	struct waiting *w = find(s, packet);

	if (w)
		return w;
	w = counted_realloc(memory_of(s), NULL, 0, sizeof(*w));
	if (!w)
		return NULL;
	*w = (struct waiting){ .packet = packet,
			       .family = family_for(s, step->ev.parent),
			       .hops = { .memory = memory_of(s), .with = s->with } };
	if (!w->family || !packet_map_put(&s->all, packet, w)) {
		counted_free(memory_of(s), w, sizeof(*w));
		return NULL;
	}
	w->before = w->family->newest;
	*(w->before ? &w->before->next : &w->family->members) = w;
	w->family->newest = w;
	w->family->open++;
	s->nr_open++;
	return w;
}

/* Hands out a family and frees it. */
static int hand_out(struct stream *s, struct family *f)
{
	struct waiting *w;
	struct packet p;
	int ret = 0;

	/* A copy gives its fate to its original. */
	for (w = f->newest; w; w = w->before)
		model_settle(s->t->m, w->packet);
	for (w = f->members; w && ret == 0; w = w->next) {
		*model_marks(s->t->m, w->packet) |= MARK_STREAMED;
		if (!trace_take(s->t, s->sel, w->packet, &p))
			continue;
		hops_finish(&w->hops, &p);
		ret = s->cb(s->arg, &p, &w->hops);
	}
	remove_family(s, f);
	return ret;
}

static bool is_over(const struct stream *s, const struct family *f, bool waits)
{
	if (!f->open)
		return (waits && s->calls >= GRACE_CALLS) || s->now_ns - f->last_ns > GRACE_NS;
	return s->now_ns - f->last_ns > STREAM_EXPIRY_NS;
}

static int by_number(const struct family *a, const struct family *b)
{
	return a->number < b->number ? -1 : a->number > b->number;
}

/* Hands out the families that are over. waits: no more events are there at this time. */
static int hand_out_over(struct stream *s, bool waits)
{
	struct family *f;
	int state, ret = 0;

	/* Of each state, the one whose last event came first is over first. */
	for (state = OPEN; state <= ENDED; state++)
		while ((f = s->by_state[state]) && is_over(s, f, waits))
			set_state(s, f, OVER);
	DL_SORT(s->by_state[OVER], by_number);
	while (ret == 0 && s->by_state[OVER])
		ret = hand_out(s, s->by_state[OVER]);
	return ret;
}

/*
 * Sets the limits for packets by the memory that is free now: the callback may have taken some for
 * good, which a new model does not give back.
 */
static void set_limits(struct stream *s)
{
	const struct pwrt_memory *memory = pwrt_reader_memory(s->t->first ? s->t->first : s->t->r);

	s->most = (memory->limit - memory->used) / 3;
	s->full = memory->used + s->most / 2 * 3;
	s->fullest = memory->used + s->most * 2;
}

/*
 * The model keeps all packets, so it grows as long as the recording goes on. When it takes most of
 * the memory, all packets are handed out, and a new model begins: at the next moment without an
 * open packet, if there is one in time. The next flows number on.
 */
static int begin_anew(struct stream *s)
{
	const uint64_t used = memory_of(s)->used;
	int ret = 0;

	if (used <= s->full || (used <= s->fullest && s->nr_open))
		return 0;
	while (ret == 0 && s->first)
		ret = hand_out(s, s->first);
	if (ret == 0)
		ret = trace_begin_anew(s->t, s->sel, s->d);
	if (ret == 0)
		set_limits(s);
	return ret;
}

#define LOOK_EVENTS 1024 /* events between two looks at the families */

static int step(void *arg, const struct step *step, uint32_t packet)
{
	struct stream *s = arg;
	const bool shown = select_event(s->sel, step, step->ev.ts_ns - s->t->start_ns);
	uint64_t used;
	struct waiting *w;
	int ret = s->ret;

	s->now_ns = step->ev.ts_ns;
	s->calls = 0;
	while (ret == 0 && s->held > s->most && s->first)
		ret = hand_out(s, s->first);
	if (ret)
		return ret;
	/* Events after a packet was handed out, because memory was short or its end was not
	 * recorded. */
	if (*model_marks(s->t->m, packet) & MARK_STREAMED)
		return begin_anew(s);
	used = memory_of(s)->used;
	w = waiting_for(s, packet, step);
	if (!w || !hops_step(&w->hops, &s->marks, step, shown))
		return too_much(s);
	s->held += memory_of(s)->used - used;
	if (step->ev.flags & PWRT_EV_FREED && !w->ended) {
		w->ended = true;
		w->family->open--;
		s->nr_open--;
	}
	w->family->last_ns = s->now_ns;
	set_state(s, w->family, w->family->open ? OPEN : ENDED);
	if (s->t->nr_events % LOOK_EVENTS == 0)
		ret = hand_out_over(s, false);
	return ret ? ret : begin_anew(s);
}

/* Called by the reader before it waits for a writer. */
static bool on_wait(void *arg)
{
	struct stream *s = arg;

	s->calls++;
	if (s->ret == 0)
		s->ret = hand_out_over(s, true);
	if (s->ret == 0 && s->idle)
		s->ret = s->idle(s->arg);
	return s->ret == 0;
}

int stream_each(struct trace *t, const struct selection *sel, unsigned int with, hops_fn cb,
		stream_idle idle, void *arg, struct pwrt_diag *d)
{
	struct stream s = {
		.t = t, .sel = sel, .with = with, .cb = cb, .idle = idle, .arg = arg, .d = d
	};
	struct pwrt_memory *memory = pwrt_reader_memory(t->r);
	int ret;

	s.marks.memory = s.all.memory = memory;
	set_limits(&s);
	pwrt_reader_on_wait(t->r, on_wait, &s);
	ret = trace_stream(t, sel, step, &s, d);
	pwrt_reader_on_wait(t->first, NULL, NULL);
	if (ret == 0)
		ret = s.ret;
	while (s.first && ret == 0)
		ret = hand_out(&s, s.first);
	while (s.first)
		remove_family(&s, s.first);
	packet_map_free(&s.all);
	landmarks_free(&s.marks);
	return ret;
}

int stream_packets(struct trace *t, const struct selection *sel, hops_fn cb, stream_idle idle,
		   void *arg, struct pwrt_diag *d)
{
	struct packet p;
	uint32_t at = 0;
	int ret = 0;

	if (t->live)
		return stream_each(t, sel, 0, cb, idle, arg, d);
	while (ret == 0 && trace_packet(t, sel, &at, &p))
		ret = cb(arg, &p, NULL);
	return ret;
}

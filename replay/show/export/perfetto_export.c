/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Trace events for Perfetto. Calls are written when they begin and when they end, in order of time,
 * so that only open calls are in memory. Calls of a CPU are a stack, whatever their packets are: a
 * call that ends also ends those that began later. So the calls of each track nest.
 */
#include "open_packets.h"
#include "replay/append.h"
#include "replay/decision.h"
#include "replay/live.h"
#include "replay/vec.h"
#include "tracks.h"

#define CALLS_MAX 512 /* open calls of a CPU: more than fit on the stacks of a kernel */

/* An open call. */
struct call {
	uint32_t packet, func;
	const struct track *track;
	bool over; /* it ends when the calls on top of it have ended */
};

/* Each host has CPUs of its own. */
struct cpu_key {
	uint32_t host, number;
};

/* A CPU and its open calls, the outermost first. */
struct cpu {
	UT_hash_handle hh;
	struct cpu_key key;
	unsigned int nr;
	struct frame frames[CALLS_MAX];
	struct call calls[CALLS_MAX];
};

/* A packet whose events still come. */
struct traced_packet {
	struct open_packet open;
	uint32_t shown_left; /* those of them that are selected */
	uint32_t netns;	     /* the last one, or 0 */
	struct cpu *cpu;     /* of its last call, or NULL */
	const struct track *track;
	unsigned int calls; /* that are open on that CPU */
	bool flowing;	    /* an arrow began at one of its calls */
	bool away;	    /* an arrow waits for its next call */
	bool leaving;	    /* its next call is on another track */
	bool dropped;	    /* its drop is not written yet */
	struct drop drop;
};

struct perfetto {
	struct trace *t;
	const struct selection *sel;
	struct pwrt_memory *memory;
	struct trace_events events;
	struct tracks tracks;
	struct cpu *cpus;
	struct open_packets open;
};

static int no_memory(struct perfetto *x)
{
	return model_no_memory(x->t->first, "its open calls", x->events.out.d);
}

/* Returns the state of a packet, at its first event a new one; NULL without memory. */
static struct traced_packet *packet_of(struct perfetto *x, uint32_t packet)
{
	struct traced_packet *p = open_packets_find(&x->open, packet);
	struct packet facts;

	if (p)
		return p;
	model_packet(x->t->m, packet, &facts);
	p = open_packets_add(&x->open, &facts);
	if (!p)
		return NULL;
	p->shown_left = trace_events_of(x->t, packet);
	p->dropped = facts.fate == FATE_DROPPED;
	p->drop = facts.drop;
	return p;
}

/* Returns a CPU, at its first event a new one; NULL without memory. */
static struct cpu *cpu_of(struct perfetto *x, const struct pwrt_event *ev)
{
	struct cpu_key key = { .number = ev->cpu };
	struct cpu *c;

	pwrt_reader_host(x->t->first, ev->packet, &key.host);
	HASH_FIND(hh, x->cpus, &key, sizeof(key), c);
	if (c)
		return c;
	c = counted_realloc(x->memory, NULL, 0, sizeof(*c));
	if (!c)
		return NULL;
	c->key = key;
	c->nr = 0;
	HASH_ADD(hh, x->cpus, key, sizeof(c->key), c);
	if (c->hh.tbl)
		return c;
	counted_free(x->memory, c, sizeof(*c));
	return NULL;
}

/* ---- arrows: one chain for each packet, whose parts go from track to track ---- */

/* Begins an arrow at the innermost call of a track, which is one of the packet. */
static int arrow_out(struct perfetto *x, struct traced_packet *p, const struct track *track)
{
	const enum phase phase = p->flowing ? PHASE_FLOW_STEP : PHASE_FLOW_START;

	p->flowing = true;
	p->away = true;
	return trace_events_flow(&x->events, phase, track, p->open.packet + 1);
}

/* Ends the arrow that waits for the innermost call of a track. */
static int arrow_in(struct perfetto *x, struct traced_packet *p, const struct track *track)
{
	if (!p->flowing || (!p->away && p->shown_left))
		return 0;
	p->away = false;
	if (p->shown_left)
		return trace_events_flow(&x->events, PHASE_FLOW_STEP, track, p->open.packet + 1);
	p->flowing = false;
	return trace_events_flow(&x->events, PHASE_FLOW_END, track, p->open.packet + 1);
}

/* ---- calls ---- */

/*
 * Ends the innermost call of a CPU. stays goes on with a call on the same track, so that no arrow
 * leaves this one; it may be NULL.
 */
static int end_call(struct perfetto *x, struct cpu *c, const struct traced_packet *stays)
{
	const struct call *call = &c->calls[c->nr - 1];
	struct traced_packet *p = call->over ? NULL : open_packets_find(&x->open, call->packet);
	int ret = 0;

	if (p && p != stays && !p->away &&
	    (p->leaving || (p->calls == 1 && p->shown_left && p->cpu == c)))
		ret = arrow_out(x, p, call->track);
	if (p && p->cpu == c)
		p->calls--;
	c->nr--;
	return ret == 0 ? trace_events_put(&x->events, PHASE_END, call->track, NULL, NULL) : ret;
}

/* Ends the calls of a CPU until keep are left, and those below that are over. */
static int end_calls(struct perfetto *x, struct cpu *c, unsigned int keep,
		     const struct traced_packet *stays)
{
	int ret = 0;

	while (ret == 0 && c->nr && (c->nr > keep || c->calls[c->nr - 1].over))
		ret = end_call(x, c, stays);
	return ret;
}

/*
 * Ends the calls of a packet on its CPU, which it left, or where it ended. Those under calls of
 * other packets end together with these.
 */
static int end_calls_of(struct perfetto *x, struct traced_packet *p)
{
	struct cpu *c = p->cpu;
	unsigned int i;
	int ret = 0;

	if (!c || !p->calls)
		return 0;
	while (ret == 0 && c->nr && c->calls[c->nr - 1].packet == p->open.packet)
		ret = end_call(x, c, NULL);
	for (i = c->nr; i-- && p->calls;) {
		if (c->calls[i].packet != p->open.packet || c->calls[i].over)
			continue;
		c->calls[i].over = true;
		p->calls--;
	}
	p->calls = 0;
	return ret == 0 ? end_calls(x, c, c->nr, NULL) : ret;
}

/* Adds the arguments of an event: its packet, its place and its values. */
static void put_args(struct perfetto *x, const struct step *s)
{
	const struct pwrt_task *task = pwrt_reader_task(s->r, s->ev.task);
	char text[128];

	trace_events_number(&x->events, "packet", s->ev.packet);
	if (s->packet_flow)
		trace_events_number(&x->events, "flow", s->packet_flow);
	headers_text(s->h, text, sizeof(text));
	if (*text)
		trace_events_text(&x->events, "tuple", text);
	if (*step_ifname(s))
		trace_events_text(&x->events, "ifname", step_ifname(s));
	if (task) {
		append_text(text, sizeof(text), 0, "%s:%u", task->comm, task->pid);
		trace_events_text(&x->events, "process", text);
	}
	if (s->ev.reason != PWRT_NONE)
		trace_events_text(&x->events, "reason", reason_text(s->r, s->ev.reason, NAME_BUF));
	trace_events_values(&x->events, s);
}

/* Begins a call on top of those of its CPU. */
static int begin_call(struct perfetto *x, struct traced_packet *p, const struct step *s,
		      struct cpu *c, const struct track *track)
{
	int ret;

	c->frames[c->nr] = (struct frame){ s->ev.sp, s->ev.task };
	c->calls[c->nr++] = (struct call){ p->open.packet, s->ev.func, track, false };
	p->cpu = c;
	p->track = track;
	p->calls++;
	put_args(x, s);
	ret = trace_events_put(&x->events, PHASE_BEGIN, track, "call", step_func(s, NAME_BUF));
	return ret == 0 ? arrow_in(x, p, track) : ret;
}

/* Writes an event without a time of its own: of a tracepoint, or the return of an unknown call. */
static int put_moment(struct perfetto *x, struct traced_packet *p, const struct step *s,
		      const struct track *track)
{
	const bool is_return = step_is_return(s);
	int ret;

	put_args(x, s);
	ret = trace_events_put(&x->events, PHASE_BEGIN, track, is_return ? "return" : "tracepoint",
			       step_label(s, NAME_BUF));
	if (ret == 0 && !p->shown_left)
		ret = arrow_in(x, p, track);
	return ret == 0 ? trace_events_put(&x->events, PHASE_END, track, NULL, NULL) : ret;
}

/* Sets *to to the track of an event that becomes a part of the file. Leaves it NULL for others. */
static int track_of(struct perfetto *x, const struct traced_packet *p, const struct step *s,
		    bool shown, const struct track **to)
{
	*to = NULL;
	return shown ? tracks_find(&x->tracks, &x->events, x->t->first, s->ev.packet, p->netns,
				   s->ev.cpu, to) :
		       0;
}

/* Takes the entry of a function. */
static int take_entry(struct perfetto *x, struct traced_packet *p, const struct step *s,
		      struct cpu *c, bool shown)
{
	unsigned int keep = frames_open(c->frames, c->nr, &s->ev);
	const struct track *track;
	int ret = track_of(x, p, s, shown, &track);

	if (ret < 0)
		return ret;
	p->leaving = shown && p->track && track != p->track;
	if (p->cpu != c)
		ret = end_calls_of(x, p);
	if (keep == CALLS_MAX)
		keep = 0;
	if (ret == 0)
		ret = end_calls(x, c, keep, shown && !p->leaving ? p : NULL);
	if (ret == 0 && p->leaving && !p->away && c->nr && p->cpu == c &&
	    c->calls[c->nr - 1].packet == p->open.packet)
		ret = arrow_out(x, p, c->calls[c->nr - 1].track);
	p->leaving = false;
	return ret == 0 && track ? begin_call(x, p, s, c, track) : ret;
}

/* Returns whether a call is that of a return. */
static bool is_call_of(const struct call *call, const struct traced_packet *p, const struct step *s)
{
	return call->packet == p->open.packet && call->func == s->ev.func && !call->over;
}

/* Takes a return: it ends its call, with its values as arguments. */
static int take_return(struct perfetto *x, struct traced_packet *p, const struct step *s,
		       struct cpu *c, bool shown)
{
	const unsigned int keep = frames_open(c->frames, c->nr, &s->ev);
	const bool known = keep < c->nr && is_call_of(&c->calls[keep], p, s);
	const struct track *track;
	int ret = end_calls(x, c, keep + known, p);

	if (ret == 0 && (!known || c->nr != keep + 1)) {
		ret = track_of(x, p, s, shown, &track);
		return ret == 0 && track ? put_moment(x, p, s, track) : ret;
	}
	if (ret < 0)
		return ret;
	if (!p->shown_left)
		ret = arrow_in(x, p, c->calls[keep].track);
	trace_events_values(&x->events, s);
	return ret == 0 ? end_calls(x, c, keep, NULL) : ret;
}

/* Takes the event of a tracepoint, which does not show which calls have ended. */
static int take_moment(struct perfetto *x, struct traced_packet *p, const struct step *s,
		       struct cpu *c, bool shown)
{
	const unsigned int keep = c->nr && c->frames[c->nr - 1].task == s->ev.task ? c->nr : 0;
	const struct track *track;
	int ret = track_of(x, p, s, shown, &track);

	if (ret == 0)
		ret = end_calls(x, c, keep, NULL);
	return ret == 0 && track ? put_moment(x, p, s, track) : ret;
}

/* ---- drops ---- */

/* Writes the drop of a packet, with the words of the verdict. */
static int put_drop(struct perfetto *x, struct traced_packet *p, const struct step *s)
{
	const struct pwrt_reader *r = x->t->first;
	const struct track *track;
	char decider[DECISION_WORDS], name[DECISION_WORDS + 2 * NAME_LEN];
	const char *reason, *func;
	struct packet facts;
	int ret = tracks_find(&x->tracks, &x->events, x->t->first, s->ev.packet, p->netns,
			      s->ev.cpu, &track);

	if (ret < 0)
		return ret;
	p->dropped = false;
	model_packet(x->t->m, p->open.packet, &facts);
	decision_words(r, &facts, decider);
	reason = reason_text(r, facts.drop.reason, NAME_BUF);
	func = drop_function(r, &facts, NAME_BUF);
	append_text(name, sizeof(name), 0, "dropped%s%s (%s in %s)", *decider ? " by " : "",
		    decider, reason, func);
	trace_events_number(&x->events, "packet", facts.id);
	if (facts.flow)
		trace_events_number(&x->events, "flow", facts.flow);
	trace_events_text(&x->events, "tuple", facts.text);
	trace_events_text(&x->events, "reason", reason);
	trace_events_text(&x->events, "function", func);
	trace_events_text(&x->events, "netns", drop_netns(r, &facts, NAME_BUF));
	if (*decider)
		trace_events_text(&x->events, "decider", decider);
	return trace_events_put(&x->events, PHASE_INSTANT, track, "drop", name);
}

/* Returns whether an event is that from which model_packet() has the drop of its packet. */
static bool is_drop(const struct traced_packet *p, const struct step *s)
{
	return p->dropped && s->ev.reason != PWRT_NONE && s->ev.func == p->drop.func &&
	       s->ev.caller == p->drop.caller && s->ev.dev == p->drop.dev;
}

/* ---- events ---- */

static void set_time(struct perfetto *x, const struct step *s)
{
	const uint64_t now = s->ev.ts_ns > x->t->start_ns ? s->ev.ts_ns - x->t->start_ns : 0;

	/* Blocks of a damaged file may be out of order. */
	if (now > x->events.now_ns)
		x->events.now_ns = now;
}

/* Takes an event. A trace_event. */
static int take_event(void *arg, const struct step *s, uint32_t packet)
{
	struct perfetto *x = arg;
	const bool shown = select_event(x->sel, s, s->ev.ts_ns - x->t->start_ns);
	struct traced_packet *p = packet_of(x, packet);
	struct cpu *c = cpu_of(x, &s->ev);
	const struct pwrt_dev *dev = step_dev(s);
	int ret;

	if (!p || !c)
		return no_memory(x);
	set_time(x, s);
	if (dev && dev->netns)
		p->netns = dev->netns;
	p->open.left--;
	p->shown_left -= shown;
	if (step_is_return(s))
		ret = take_return(x, p, s, c, shown);
	else if (step_is_tracepoint(s))
		ret = take_moment(x, p, s, c, shown);
	else
		ret = take_entry(x, p, s, c, shown);
	if (ret == 0 && shown && is_drop(p, s))
		ret = put_drop(x, p, s);
	if (ret == 0 && !p->open.left) {
		ret = end_calls_of(x, p);
		open_packets_drop(&x->open, &p->open);
	}
	return ret;
}

static int write_all(struct perfetto *x)
{
	const struct selection every = { 0 };
	struct cpu *c;
	int ret = trace_events_begin(&x->events, x->t->first);

	trace_mark_selected(x->t, x->sel);
	if (ret == 0)
		ret = trace_second_pass(x->t, &every, 0, take_event, x, x->events.out.d);
	for (c = x->cpus; c && ret == 0; c = c->hh.next)
		ret = end_calls(x, c, 0, NULL);
	return ret == 0 ? trace_events_end(&x->events) : ret;
}

static void free_all(struct perfetto *x)
{
	struct cpu *c, *next_c;

	open_packets_free(&x->open);
	HASH_ITER(hh, x->cpus, c, next_c) {
		HASH_DEL(x->cpus, c);
		counted_free(x->memory, c, sizeof(*c));
	}
	tracks_free(&x->tracks);
	trace_events_free(&x->events);
}

int export_perfetto(const struct export_options *o, struct trace *t, const struct selection *sel,
		    struct export_result *res, struct pwrt_diag *d)
{
	struct perfetto x = { .t = t, .sel = sel, .memory = pwrt_reader_memory(t->first) };
	int ret;

	*res = (struct export_result){ 0 };
	x.tracks.memory = x.memory;
	x.open = (struct open_packets){ .memory = x.memory, .size = sizeof(struct traced_packet) };
	ret = output_open(&x.events.out, o, trace_source(t, o->path), d);
	if (ret < 0)
		return ret;
	ret = output_close(&x.events.out, write_all(&x));
	res->items = x.events.nr;
	res->bytes = x.events.out.bytes;
	free_all(&x);
	return ret;
}

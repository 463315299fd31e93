/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Folded stacks: adds up the time that packets spent in each distinct stack of calls. */
#include <string.h>

#include "exports.h"
#include "open_packets.h"
#include "output.h"
#include "replay/append.h"
#include "replay/landmarks.h"
#include "replay/live.h"
#include "stacks.h"

_Static_assert(FRAMES_MAX <= 64, "a bit for each depth");
_Static_assert(2 * FRAMES_MAX + 3 <= STACK_FRAMES, "each call may have a namespace before it");

/* The numbers of names by the ids of a table of the file; 0: not known yet. */
struct name_cache {
	uint32_t *v;
	uint32_t nr;
};

/* A packet whose events still come. */
struct folded_packet {
	struct open_packet open;
	uint32_t stack;	       /* where the packet is since its last event */
	uint64_t last_ns;      /* of that event */
	uint64_t calls;	       /* a bit for each depth that has an open call */
	uint64_t counted;      /* and whether the call was selected */
	uint32_t netns;	       /* name of the last namespace, or 0 */
	const struct queue *q; /* that gave it out last in this namespace */
};

struct folded {
	struct trace *t;
	const struct selection *sel;
	struct pwrt_memory *memory;
	struct stacks stacks;
	struct name_cache funcs, devs, tasks;
	struct landmarks marks;
	struct open_packets open;
	bool by_events; /* time outside of selected calls does not count */
	struct output out;
	struct export_result *res;
};

/* Returns where the number of a name is kept; NULL without memory. */
static uint32_t *cached(struct folded *x, struct name_cache *c, uint32_t id)
{
	uint32_t nr = c->nr ? c->nr : 256, *more;

	while (nr <= id && nr < 1u << 31)
		nr *= 2;
	if (nr > c->nr) {
		more = counted_realloc(x->memory, c->v, c->nr * sizeof(*more), nr * sizeof(*more));
		if (!more)
			return NULL;
		memset(more + c->nr, 0, (nr - c->nr) * sizeof(*more));
		c->v = more;
		c->nr = nr;
	}
	return &c->v[id];
}

/* Returns the number of the name of a call; 0 without memory. */
static uint32_t func_name(struct folded *x, const struct step *s)
{
	uint32_t *name;

	/* An id that the file lacks has a name of its own, and the table no place for it. */
	if (!pwrt_reader_func(s->r, s->ev.func))
		return stacks_name(&x->stacks, "", step_func(s, NAME_BUF));
	name = cached(x, &x->funcs, s->ev.func);
	if (name && !*name)
		*name = stacks_name(&x->stacks, "", step_func(s, NAME_BUF));
	return name ? *name : 0;
}

/* Returns the number of the name of the process; 0 without memory. */
static uint32_t process_name(struct folded *x, const struct step *s)
{
	const struct pwrt_task *task = pwrt_reader_task(s->r, s->ev.task);
	uint32_t *name;

	if (!task)
		return stacks_name(&x->stacks, "", "?");
	name = cached(x, &x->tasks, s->ev.task);
	if (name && !*name)
		*name = stacks_name(&x->stacks, "", *task->comm ? task->comm : "?");
	return name ? *name : 0;
}

/* Sets the namespace of a packet, where the event shows one. Returns false without memory. */
static bool set_netns(struct folded *x, struct folded_packet *p, const struct step *s)
{
	const struct pwrt_dev *dev = step_dev(s);
	uint32_t *name;

	if (!dev || !dev->netns)
		return true;
	name = cached(x, &x->devs, s->ev.dev);
	if (name && !*name)
		*name = stacks_name(&x->stacks, "netns:", step_netns(s, NAME_BUF));
	if (!name || !*name)
		return false;
	if (*name != p->netns)
		p->q = NULL;
	p->netns = *name;
	return true;
}

/*
 * Sets *to to the queue that gave the packet out at this event, or to NULL. Further calls by the
 * same function do not take it out of a queue again: hops.c. Returns false without memory.
 */
static bool took_from(struct folded *x, struct folded_packet *p, const struct step *s,
		      const struct queue **to)
{
	*to = NULL;
	if (step_is_return(s))
		return true;
	if (!landmarks_caller(&x->marks, s->r, s->ev.caller, to))
		return false;
	if (*to == p->q)
		*to = NULL;
	else if (*to)
		p->q = *to;
	return true;
}

/* Returns whether the time since the last event of a packet counts. */
static bool is_counted(const struct folded *x, const struct folded_packet *p)
{
	if (!p->calls)
		return !x->by_events;
	return p->counted >> (63 - __builtin_clzll(p->calls)) & 1;
}

/* Adds the time since the last event, which the packet spent in its stack or in a queue. */
static bool add_time(struct folded *x, const struct folded_packet *p, const struct step *s,
		     const struct queue *q)
{
	const struct pwrt_caller *by = pwrt_reader_caller(s->r, s->ev.caller);
	uint32_t stack = p->stack, name;

	if (!is_counted(x, p))
		return true;
	if (q && by) {
		name = stacks_name(&x->stacks, "wait:", plain_name(by->name, NAME_BUF));
		stack = name ? stacks_push(&x->stacks, stack, FRAME_WAIT, name) : STACK_NONE;
	}
	if (!stack)
		return false;
	stacks_at(&x->stacks, stack)->self_ns += s->ev.ts_ns - p->last_ns;
	return true;
}

/* Ends the open calls of a packet from a depth on. */
static void end_calls(struct folded *x, struct folded_packet *p, unsigned int depth)
{
	const uint64_t ended = p->calls >> depth << depth;
	unsigned int nr = (unsigned int)__builtin_popcountll(ended);
	const struct stack *v;

	p->calls &= ~ended;
	while (nr) {
		v = stacks_at(&x->stacks, p->stack);
		nr -= v->kind == FRAME_CALL;
		p->stack = v->below;
	}
	/* Below the outermost call, its namespace stays. A change of namespace came for a call. */
	if (p->calls && stacks_at(&x->stacks, p->stack)->kind == FRAME_NETNS)
		p->stack = stacks_at(&x->stacks, p->stack)->below;
}

/* Adds a frame to the stack of a packet. Returns false without memory. */
static bool push(struct folded *x, struct folded_packet *p, enum frame_kind kind, uint32_t name)
{
	p->stack = name ? stacks_push(&x->stacks, p->stack, kind, name) : STACK_NONE;
	return p->stack;
}

/* Begins a stack: the process, and the namespace where it is known. Returns false without memory. */
static bool begin_stack(struct folded *x, struct folded_packet *p, const struct step *s)
{
	p->stack = STACK_NONE;
	return push(x, p, FRAME_PROCESS, process_name(x, s)) &&
	       (!p->netns || push(x, p, FRAME_NETNS, p->netns));
}

/* Begins a call. Returns false without memory. */
static bool begin_call(struct folded *x, struct folded_packet *p, const struct step *s)
{
	const uint64_t bit = 1ull << s->depth;

	end_calls(x, p, s->depth);
	if (!p->calls && !begin_stack(x, p, s))
		return false;
	if (p->netns != stacks_at(&x->stacks, p->stack)->netns &&
	    !push(x, p, FRAME_NETNS, p->netns))
		return false;
	p->calls |= bit;
	p->counted &= ~bit;
	if (select_event(x->sel, s, s->ev.ts_ns - x->t->start_ns))
		p->counted |= bit;
	return push(x, p, FRAME_CALL, func_name(x, s));
}

/* Returns the state of a packet, at its first event a new one; NULL without memory. */
static struct folded_packet *packet_of(struct folded *x, const struct step *s, uint32_t packet)
{
	struct folded_packet *p = open_packets_find(&x->open, packet);
	struct packet facts;

	if (p)
		return p;
	model_packet(x->t->m, packet, &facts);
	p = open_packets_add(&x->open, &facts);
	if (p)
		p->last_ns = s->ev.ts_ns;
	return p;
}

static int no_memory(struct folded *x)
{
	return model_no_memory(x->t->first, "its stacks", x->out.d);
}

/* Moves a packet to the stack in which it is after an event. Returns false without memory. */
static bool move(struct folded *x, struct folded_packet *p, const struct step *s)
{
	if (!p->stack && (step_is_return(s) || step_is_tracepoint(s)))
		return begin_stack(x, p, s);
	if (step_is_return(s))
		end_calls(x, p, s->depth);
	else if (!step_is_tracepoint(s))
		return begin_call(x, p, s);
	return true;
}

/* Takes an event. A trace_event. */
static int add_event(void *arg, const struct step *s, uint32_t packet)
{
	struct folded *x = arg;
	struct folded_packet *p = packet_of(x, s, packet);
	const struct queue *q;

	if (!p || !set_netns(x, p, s) || !took_from(x, p, s, &q) ||
	    (p->stack && !add_time(x, p, s, q)) || !move(x, p, s))
		return no_memory(x);
	p->last_ns = s->ev.ts_ns;
	if (--p->open.left == 0)
		open_packets_drop(&x->open, &p->open);
	return 0;
}

/* Writes a line. A stack_fn. */
static int write_stack(void *arg, const char *const *names, size_t nr, uint64_t self_ns)
{
	struct folded *x = arg;
	char number[32];
	size_t i;
	int ret = 0;

	for (i = 0; i < nr && ret == 0; i++) {
		if (i)
			ret = output_write(&x->out, ";", 1);
		if (ret == 0)
			ret = output_write(&x->out, names[i], strlen(names[i]));
	}
	if (ret < 0)
		return ret;
	x->res->items++;
	return output_write(
		&x->out, number,
		append_text(number, sizeof(number), 0, " %llu\n", (unsigned long long)self_ns));
}

static int write_all(struct folded *x)
{
	const struct selection every = { 0 };
	int ret;

	trace_mark_selected(x->t, x->sel);
	ret = trace_second_pass(x->t, &every, 0, add_event, x, x->out.d);
	if (ret == 0 && !stacks_sort(&x->stacks))
		ret = no_memory(x);
	return ret == 0 ? stacks_each(&x->stacks, write_stack, x) : ret;
}

static void free_cache(struct folded *x, struct name_cache *c)
{
	counted_free(x->memory, c->v, c->nr * sizeof(*c->v));
}

static void free_all(struct folded *x)
{
	open_packets_free(&x->open);
	free_cache(x, &x->funcs);
	free_cache(x, &x->devs);
	free_cache(x, &x->tasks);
	landmarks_free(&x->marks);
	stacks_free(&x->stacks);
}

int export_folded(const struct export_options *o, struct trace *t, const struct selection *sel,
		  struct export_result *res, struct pwrt_diag *d)
{
	struct folded x = { .t = t,
			    .sel = sel,
			    .memory = pwrt_reader_memory(t->first),
			    .by_events = select_is_about_events(sel),
			    .res = res };
	int ret;

	*res = (struct export_result){ 0 };
	x.marks.memory = x.memory;
	x.open = (struct open_packets){ .memory = x.memory, .size = sizeof(struct folded_packet) };
	stacks_init(&x.stacks, x.memory);
	ret = output_open(&x.out, o, trace_source(t, o->path), d);
	if (ret < 0)
		return ret;
	ret = output_close(&x.out, write_all(&x));
	res->bytes = x.out.bytes;
	free_all(&x);
	return ret;
}

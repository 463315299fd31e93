/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "call_times.h"

#define FUNCS_MAX (1u << 24) /* ids that are counted */
#define STACK_BYTES 16384    /* of a task or an interrupt: THREAD_SIZE of x86-64 and arm64 */

struct open_call {
	uint64_t entered_ns;
	uint64_t self_ns;
	uint32_t function; /* index + 1 in call_times.functions; 0: not selected */
	uint32_t func;	   /* id */
	uint32_t depth;	   /* in the call tree: tracepoints have places there, too */
	bool timed;	   /* some of its time is known */
};

/* The facts about a function, by its id. */
struct known_func {
	uint32_t function; /* index + 1 in call_times.functions, or 0 */
	enum { FUNC_NEW, FUNC_CALL, FUNC_MOMENT } kind;
};

void call_times_init(struct call_times *c, struct pwrt_memory *memory)
{
	*c = (struct call_times){
		.memory = memory,
		.marks.memory = memory,
		.functions = { .memory = memory, .size = sizeof(struct function_times) },
		.by_func = { .memory = memory, .size = sizeof(struct known_func) },
	};
}

static struct function_times *function_at(const struct call_times *c, uint32_t index)
{
	return vec_at(&c->functions, index);
}

/* Returns what is known of the function of an event; NULL without memory. */
static struct known_func *known_func(struct call_times *c, const struct step *s)
{
	struct known_func *f;

	while (c->by_func.nr <= s->ev.func)
		if (!vec_add(&c->by_func))
			return NULL;
	f = vec_at(&c->by_func, s->ev.func);
	/* The event of a tracepoint is a moment inside a call. */
	if (f->kind == FUNC_NEW)
		f->kind = step_is_tracepoint(s) ? FUNC_MOMENT : FUNC_CALL;
	return f;
}

/* Counts a selected call. Returns false without memory. */
static bool count_call(struct call_times *c, struct known_func *known, uint32_t func)
{
	struct function_times *f;

	if (!known->function) {
		f = vec_add(&c->functions);
		if (!f)
			return false;
		f->func = func;
		f->self.memory = f->total.memory = c->memory;
		known->function = c->functions.nr;
	}
	function_at(c, known->function - 1)->calls++;
	return true;
}

/* Ends the innermost call at a time. Returns false without memory. */
static bool end_call(struct call_times *c, struct open_calls *open, uint64_t end_ns)
{
	const struct open_call *call = &open->v[--open->nr];
	struct function_times *f;

	if (!call->function || !call->timed)
		return true;
	f = function_at(c, call->function - 1);
	f->self_ns += call->self_ns;
	return quantiles_add(&f->self, call->self_ns) &&
	       quantiles_add(&f->total, end_ns - call->entered_ns);
}

/* Forgets the queue in which a packet was where it comes into another namespace. */
static void pass_netns(struct open_calls *open, const struct step *s)
{
	const struct pwrt_dev *dev = step_dev(s);

	if (!dev || !dev->netns || dev->netns == open->netns)
		return;
	open->netns = dev->netns;
	open->queue = NULL;
}

/*
 * Sets *waited where a queue gave the packet out at this event. Further calls by the same function
 * do not take it out again: hops.c. Returns false without memory.
 */
static bool took_from(struct call_times *c, struct open_calls *open, const struct step *s,
		      bool *waited)
{
	const struct queue *q;

	*waited = false;
	pass_netns(open, s);
	if (step_is_return(s))
		return true;
	if (!landmarks_caller(&c->marks, s->r, s->ev.caller, &q))
		return false;
	*waited = q && q != open->queue;
	if (*waited)
		open->queue = q;
	return true;
}

/* Returns whether an event is the return of an open call. */
static bool is_return_of(const struct open_calls *open, const struct step *s, uint32_t depth)
{
	uint32_t i = open->nr;

	if (!step_is_return(s))
		return false;
	while (i && open->v[i - 1].depth > depth)
		i--;
	return i && open->v[i - 1].depth == depth && open->v[i - 1].func == s->ev.func;
}

/* Begins a call. Returns false without memory. */
static bool begin_call(struct call_times *c, struct open_calls *open, const struct step *s,
		       uint32_t depth, uint32_t function)
{
	struct open_call *v = counted_grow(c->memory, open->v, open->nr, &open->cap, sizeof(*v));

	if (!v)
		return false;
	open->v = v;
	open->v[open->nr++] = (struct open_call){ .entered_ns = open->last_ns,
						  .function = function,
						  .func = s->ev.func,
						  .depth = depth };
	if (open->nr > 1)
		open->v[open->nr - 2].timed = true;
	return true;
}

/* Returns a time, or that of the last event, which is later where a file is damaged. */
static uint64_t not_before(const struct open_calls *open, uint64_t ts_ns)
{
	return ts_ns > open->last_ns ? ts_ns : open->last_ns;
}

/* Returns whether two events of a packet are on one stack of the kernel. */
static bool on_one_stack(uint64_t sp, uint64_t other)
{
	return (sp > other ? sp - other : other - sp) < STACK_BYTES;
}

/* Adds the time since the last event, and ends the calls from a depth on. */
static bool pass_time(struct call_times *c, struct open_calls *open, const struct step *s,
		      uint32_t depth)
{
	const uint64_t now_ns = not_before(open, s->ev.ts_ns);
	bool waited, known;

	if (!took_from(c, open, s, &waited))
		return false;
	/* Without a caller in common, the time since the last event may be that of anything. */
	known = !waited && open->nr && (open->v[0].depth < depth || is_return_of(open, s, depth)) &&
		on_one_stack(open->last_sp, s->ev.sp);
	if (known && !open->copied) {
		open->v[open->nr - 1].self_ns += now_ns - open->last_ns;
		open->v[open->nr - 1].timed = true;
	}
	/* The innermost call may have ended when the copy began. */
	if (known && open->copied && open->v[open->nr - 1].depth >= depth &&
	    !end_call(c, open, open->last_ns))
		return false;
	while (open->nr && open->v[open->nr - 1].depth >= depth)
		if (!end_call(c, open, known ? now_ns : open->last_ns))
			return false;
	open->copied = false;
	open->last_ns = now_ns;
	open->last_sp = s->ev.sp;
	return true;
}

void call_times_copied(struct open_calls *open, uint64_t ts_ns)
{
	if (open->copied || !open->nr)
		return;
	ts_ns = not_before(open, ts_ns);
	open->v[open->nr - 1].self_ns += ts_ns - open->last_ns;
	open->v[open->nr - 1].timed = true;
	open->last_ns = ts_ns;
	open->copied = true;
}

bool call_times_event(struct call_times *c, struct open_calls *open, const struct step *s,
		      uint32_t depth, bool shown)
{
	/* An id that the file lacks has no times, but it has a place in the call tree. */
	const bool has_name = s->ev.func < FUNCS_MAX && pwrt_reader_func(s->r, s->ev.func);
	struct known_func unknown = { .kind = FUNC_CALL },
			  *f = has_name ? known_func(c, s) : &unknown;

	if (!f || !pass_time(c, open, s, f->kind == FUNC_MOMENT ? UINT32_MAX : depth))
		return false;
	if (step_is_return(s))
		return true;
	shown = shown && has_name;
	if (shown && !count_call(c, f, s->ev.func))
		return false;
	return f->kind == FUNC_MOMENT || begin_call(c, open, s, depth, shown ? f->function : 0);
}

bool call_times_end(struct call_times *c, struct open_calls *open)
{
	bool good = true;

	while (good && open->nr)
		good = end_call(c, open, open->last_ns);
	open_calls_free(c, open);
	return good;
}

void open_calls_free(struct call_times *c, struct open_calls *open)
{
	counted_free(c->memory, open->v, open->cap * sizeof(*open->v));
	*open = (struct open_calls){ 0 };
}

void call_times_free(struct call_times *c)
{
	uint32_t i;

	for (i = 0; i < c->functions.nr; i++) {
		quantiles_free(&function_at(c, i)->self);
		quantiles_free(&function_at(c, i)->total);
	}
	vec_free(&c->functions);
	vec_free(&c->by_func);
	landmarks_free(&c->marks);
}

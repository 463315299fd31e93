/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "convert.h"

#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "addr_map.h"
#include "entry_parser.h"
#include "format/tool/no_loss.h"
#include "intern.h"
#include "packet_ends.h"
#include "record/kernel/btf_util.h"
#include "values.h"

/*
 * The most things in the recorder's memory (tasks: 6 MB, stacks: 24 MB, callers: 8 MB), and
 * the most entries in a file: a reader keeps them all, in less than half of its default limit.
 */
#define TASKS ((struct intern){ .known_max = 1 << 16, .entries_max = 1 << 20 })
#define DEVS ((struct intern){ .known_max = 1 << 14, .entries_max = 1 << 18 })
#define NETNS ((struct intern){ .known_max = 1 << 14, .entries_max = 1 << 18 })
#define STACKS ((struct intern){ .known_max = 1 << 16, .entries_max = 1 << 18 })
#define CALLERS_MAX (1 << 18)

struct convert {
	struct pwrt_writer *w;
	uint32_t file; /* counts them, from 1 */
	const struct ksyms *ksyms;
	const struct targets *targets;
	const struct traced_progs *programs;
	const struct field_exprs *fields;
	uint32_t snaplen;
	bool losses_only;
	uint64_t no_loss; /* drops that were left out */
	struct all_drop_reasons reasons;
	struct convert_names names;
	struct intern tasks, devs, netns, stacks;
	struct addr_map funcs, callers;
	struct addr_map dev_ids; /* the number of a device with its name of now, by dev_key() */
	uint32_t nr_callers;
	uint64_t text_high; /* of the kernel's text: the probes send it where a caller has another */
	uint64_t packets;
	uint64_t values_lost; /* found no room in their events */
	uint64_t unnamed;     /* references to things that the tables of a file had no room for */
	bool full;	      /* it happened in this file */
	uint32_t xdp_reason;  /* for what an XDP program does not let pass; PWRT_NONE before 5.18 */
	struct packet *slot;  /* NR_SLOTS */
	uint8_t *skbs;	      /* last bytes of the skb in each slot, with --dump-skb */
};

/*
 * The key of a function in funcs: the probes send the low half of its address. The kernel and its
 * modules lie within 2 GiB, so that it is the only one with that half. On arm64 they may lie in two
 * areas of 4 GiB (module_init_limits(), arch/arm64/kernel/module.c). addr_map has no key of 0.
 */
static uint64_t func_key(uint64_t addr)
{
	return 1ull << 32 | (uint32_t)addr;
}

uint32_t convert_func(const struct convert *c, size_t target)
{
	if (target < c->targets->nr_early)
		return (uint32_t)target;
	return (uint32_t)(target + NR_FUNC_SPECIAL + c->programs->nr);
}

int convert_add_targets(struct convert *c, size_t first, struct pwrt_diag *d)
{
	size_t i;
	bool ok = true;

	addr_map_free(&c->callers);
	for (i = first; i < c->targets->nr && ok; i++) {
		const struct target *t = &c->targets->t[i];

		/* A probe may be there although the kernel refused another one of its link. */
		if (t->status == PWRT_FUNC_ATTACHED ||
		    (t->status == PWRT_FUNC_REFUSED && t->addr &&
		     !addr_map_find(&c->funcs, func_key(t->addr))))
			ok = addr_map_set(&c->funcs, func_key(t->addr), (uint32_t)i);
	}
	return ok ? 0 : pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
}

/* For each slot, all of it at once: what the recorder takes at its start is what it takes. */
static void *slots_new(size_t each)
{
	void *p = mmap(NULL, NR_SLOTS * each, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

int convert_new(struct convert **out, const struct targets *ts, const struct traced_progs *ps,
		const struct ksyms *k, const struct convert_names *names,
		const struct field_exprs *fields, uint32_t snaplen, bool losses_only,
		struct pwrt_diag *d)
{
	struct convert *c = calloc(1, sizeof(*c));
	bool ok = c;
	size_t i;

	if (ok) {
		c->fields = fields; /* convert_free() needs it */
		c->tasks = TASKS;
		c->devs = DEVS;
		c->netns = NETNS;
		c->stacks = STACKS;
	}
	if (ok)
		c->slot = slots_new(sizeof(*c->slot));
	if (ok && fields->skb.bytes)
		c->skbs = slots_new(fields->skb.bytes);
	ok = ok && c->slot && (c->skbs || !fields->skb.bytes);
	for (i = 0; i < ts->nr && ok; i++) {
		if (ts->t[i].status != PWRT_FUNC_ATTACHED ||
		    addr_map_find(&c->funcs, func_key(ts->t[i].addr)))
			continue;
		if (!c->text_high) /* as targets_text(), which the probes compare with */
			c->text_high = ts->t[i].addr >> 32 << 32;
		ok = addr_map_add(&c->funcs, func_key(ts->t[i].addr), (uint32_t)i);
	}
	if (!ok) {
		convert_free(c);
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	}
	c->ksyms = k;
	c->targets = ts;
	c->programs = ps;
	c->xdp_reason =
		btf_enum_value(ts->btf, "skb_drop_reason", "SKB_DROP_REASON_XDP", PWRT_NONE);
	c->snaplen = snaplen;
	c->losses_only = losses_only;
	c->reasons = all_drop_reasons_find(ts->btf, &ts->reasons);
	c->names = *names;
	*out = c;
	return 0;
}

static void reset_ids(struct convert *c)
{
	intern_reset(&c->tasks);
	intern_reset(&c->devs);
	intern_reset(&c->netns);
	intern_reset(&c->stacks);
	addr_map_free(&c->callers);
	addr_map_free(&c->dev_ids);
	c->nr_callers = 0;
	c->full = false;
}

void convert_set_output(struct convert *c, struct pwrt_writer *w)
{
	reset_ids(c);
	if (c->skbs)
		memset(c->skbs, 0, (size_t)NR_SLOTS * c->fields->skb.bytes);
	c->w = w;
	c->file++;
}

static void note_full(struct convert *c)
{
	c->full = true;
	c->unnamed++;
}

/*
 * The number of a thing in its table. 1: it is new, and the caller writes its entry. 0: it is
 * known, or the table is full, and *id is PWRT_NONE. Negative on failure.
 */
static int number_of(struct convert *c, struct intern *t, const void *key, size_t len, uint32_t *id,
		     struct pwrt_diag *d)
{
	int ret = intern(t, key, len, id);

	if (ret == INTERN_FULL)
		note_full(c);
	if (ret < 0)
		return pwrt_fail(d, ret, 0, "out of memory");
	return ret == INTERN_NEW;
}

static int caller_id(struct convert *c, uint64_t addr, uint32_t *id, struct pwrt_diag *d)
{
	struct pwrt_caller caller = { .addr = addr, .name = "", .module = "" };
	const uint32_t *known = addr_map_find(&c->callers, addr);
	const struct ksym *sym;

	*id = known ? *known : PWRT_NONE;
	if (known || !addr)
		return 0;
	if (c->nr_callers == CALLERS_MAX) {
		note_full(c);
		return 0;
	}
	*id = c->nr_callers++;
	if (!addr_map_add(&c->callers, addr, *id))
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	/* A return address may lie behind the end of a function that ends in a call. */
	sym = ksyms_at(c->ksyms, addr - 1);
	if (sym && addr - sym->addr < UINT32_MAX) {
		caller.name = sym->name;
		caller.module = sym->module;
		caller.offset = (uint32_t)(addr - sym->addr);
	}
	return pwrt_writer_caller(c->w, &caller, d);
}

static int task_id(struct convert *c, const struct pw_task *t, uint32_t *id, struct pwrt_diag *d)
{
	struct pw_task key = *t;
	struct pwrt_task task = { .pid = t->pid, .tgid = t->tgid, .comm = key.comm };
	int ret;

	key.comm[sizeof(key.comm) - 1] = '\0';
	ret = number_of(c, &c->tasks, &key, sizeof(key), id, d);
	return ret <= 0 ? ret : pwrt_writer_task(c->w, &task, d);
}

/*
 * Writes the network namespace that had an inode number at a time, unless the file has it, and sets
 * *number. The look at the names may find that the number is that of another namespace now.
 */
static int netns_number(struct convert *c, uint32_t inum, uint64_t ts_ns, uint32_t *number,
			struct pwrt_diag *d)
{
	struct netns_id ns;
	uint32_t id;
	int ret;

	*number = c->names.netns_number(c->names.arg, inum, ts_ns);
	if (intern_has(&c->netns, number, sizeof(*number)))
		return 0;
	ns = c->names.netns(c->names.arg, inum, ts_ns);
	*number = ns.number;
	ret = number_of(c, &c->netns, number, sizeof(*number), &id, d);
	if (ret <= 0)
		return ret;
	return pwrt_writer_netns(c->w, &(struct pwrt_netns){ ns.number, ns.name }, d);
}

/* addr_map has no key of 0: dev_id() returns before that. */
static uint64_t dev_key(uint32_t netns, uint32_t ifindex)
{
	return (uint64_t)netns << 32 | ifindex;
}

/* Looks up the name of a device, and gives it the number of the device of that name. */
static int name_dev(struct convert *c, uint32_t inum, const struct pw_dev *p, uint32_t *id,
		    struct pwrt_diag *d)
{
	struct {
		struct pw_dev dev;
		char name[16];
	} key = { .dev = *p };
	const struct pwrt_dev dev = { .netns = p->netns, .ifindex = p->ifindex, .name = key.name };
	int ret;

	/* Bytes behind a name in the kernel may be those of an earlier name. */
	if (p->ifindex && !c->names.dev(c->names.arg, inum, p->ifindex, key.name))
		*key.name = '\0';
	memset(key.name + strlen(key.name), 0, sizeof(key.name) - strlen(key.name));
	ret = number_of(c, &c->devs, &key, sizeof(key), id, d);
	return ret <= 0 ? ret : pwrt_writer_dev(c->w, &dev, d);
}

/* Sets *id to the number of the device that had this namespace and ifindex at a time. */
static int dev_id(struct convert *c, const struct pw_dev *p, uint64_t ts_ns, uint32_t *id,
		  struct pwrt_diag *d)
{
	struct pw_dev numbered = *p;
	const uint32_t *known;
	int ret;

	*id = PWRT_NONE;
	if (!p->netns)
		return 0;
	ret = netns_number(c, p->netns, ts_ns, &numbered.netns, d);
	if (ret < 0)
		return ret;
	known = addr_map_find(&c->dev_ids, dev_key(numbered.netns, p->ifindex));
	if (known) {
		*id = *known;
		return 0;
	}
	ret = name_dev(c, p->netns, &numbered, id, d);
	if (ret < 0 || *id == PWRT_NONE)
		return ret;
	if (c->dev_ids.nr >= DEVS.known_max)
		addr_map_free(&c->dev_ids);
	if (!addr_map_add(&c->dev_ids, dev_key(numbered.netns, p->ifindex), *id))
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	return 0;
}

void convert_devs_changed(struct convert *c)
{
	addr_map_free(&c->dev_ids);
}

static int stack_id(struct convert *c, const uint64_t *frames, size_t nr, uint32_t *id,
		    struct pwrt_diag *d)
{
	uint32_t callers[STACK_FRAMES_MAX];
	struct pwrt_stack stack = { .callers = { callers, (uint32_t)nr } };
	size_t i;
	int ret;

	*id = PWRT_NONE;
	if (!nr)
		return 0;
	ret = number_of(c, &c->stacks, frames, nr * sizeof(*frames), id, d);
	if (ret <= 0)
		return ret;
	for (i = 0, ret = 0; i < nr && ret == 0; i++)
		ret = caller_id(c, frames[i], &callers[i], d);
	return ret == 0 ? pwrt_writer_stack(c->w, &stack, d) : ret;
}

static void put_extras(struct convert *c, const struct packet *p, const struct event_extras *x,
		       const struct pw_entry *entry, struct pwrt_values *to)
{
	const struct skb_members *skb = &c->fields->skb;
	uint8_t *last_skb;
	unsigned int i;

	to->len = 0;
	if (x->vlan_changed)
		c->values_lost += values_put_vlan(to, p->vlan_proto, p->vlan_tci);
	for (i = 0; i < c->fields->nr; i++) {
		struct pwrt_value v = { .key = values_nr_keys() + i };

		/* It lies in the packet's data, which have been given back before the skb. */
		if (entry->flags & EV_FREED && c->fields->f[i].at.root == FIELD_OF_SHINFO)
			continue;
		field_expr_value(&c->fields->f[i], x->fields[i], &v);
		c->values_lost += !pwrt_value_put(to, &v);
	}
	if (x->nr_bytes)
		c->values_lost +=
			!pwrt_value_put(to, &(struct pwrt_value){ .key = values_bytes_key(),
								  .type = PWRT_VALUE_BYTES,
								  .bytes = x->bytes,
								  .len = x->nr_bytes });
	if (!skb->bytes)
		return;
	last_skb = c->skbs + (size_t)entry->slot * skb->bytes;
	if (entry->flags & EV_FIRST)
		memset(last_skb, 0, skb->bytes);
	skb_members_changed(skb, x->skb, last_skb, values_nr_keys() + c->fields->nr, to);
}

/* Gives the packet's task and device their numbers in the current file. */
static int refresh(struct convert *c, struct packet *p, uint64_t ts_ns, struct pwrt_diag *d)
{
	int ret;

	if (p->file == c->file)
		return 0;
	p->file = c->file;
	ret = task_id(c, &p->task, &p->ev.task, d);
	return ret == 0 ? dev_id(c, &p->dev, ts_ns, &p->ev.dev, d) : ret;
}

int convert_entry(struct convert *c, unsigned int cpu, const struct pw_entry *entry,
		  struct pwrt_diag *d)
{
	const uint32_t *func = addr_map_find(&c->funcs, func_key(entry->func));
	struct packet *p = &c->slot[entry->slot % NR_SLOTS];
	struct event_extras x = { .caller_high = c->text_high,
				  .reason = entry->reason == EV_NO_REASON ? PWRT_NONE :
									    entry->reason };
	struct pwrt_event *ev = &p->ev;
	struct pwrt_values values;
	int ret;

	if (entry->slot >= NR_SLOTS || !func || !entry_parse(p, &x, entry, c->fields, c->snaplen) ||
	    !ev->packet)
		return pwrt_fail(d, PWRT_ECORRUPT, 0, "CPU %u: malformed ring buffer record", cpu);
	ret = refresh(c, p, entry->ts, d);
	ev->ts_ns = entry->ts;
	ev->cpu = cpu;
	ev->func = convert_func(c, *func);
	ev->sp = (uint64_t)p->sp_high << 32 | entry->sp;
	ev->len = entry->len;
	ev->reason = x.reason;
	ev->flags = (uint8_t)((entry->flags & EV_FIRST ? PWRT_EV_FIRST : 0) |
			      (entry->flags & EV_FREED ? PWRT_EV_FREED : 0) |
			      (entry->flags & EV_END ? PWRT_EV_END : 0));
	if (ret == 0)
		ret = caller_id(c, x.caller_high | entry->caller, &ev->caller, d);
	if (ret == 0)
		ret = stack_id(c, x.frames, x.nr_frames, &ev->stack, d);
	if (ret < 0)
		return ret;
	put_extras(c, p, &x, entry, &values);
	ev->values = values.bytes;
	ev->values_len = values.len;
	c->packets += (ev->flags & PWRT_EV_FIRST) != 0;
	ret = pwrt_writer_event(c->w, ev, d);
	ev->parent = 0; /* it is named once */
	ev->values_len = 0;
	return ret;
}

/*
 * Sets *ev to the packet of a record, as its last entry left it. A function may return after its
 * packet has gone and another one lives in the slot: then only the number of the packet is known.
 */
static int event_of_slot(struct convert *c, const struct pw_aux *aux, struct pwrt_event *ev,
			 struct pwrt_diag *d)
{
	struct packet *p = &c->slot[aux->slot];
	int ret = 0;

	if (p->ev.packet == aux->packet) {
		ret = refresh(c, p, aux->ts, d);
		*ev = p->ev;
	} else {
		*ev = (struct pwrt_event){ .packet = aux->packet,
					   .stack = PWRT_NONE,
					   .task = PWRT_NONE,
					   .dev = PWRT_NONE };
	}
	ev->parent = 0;
	ev->flags = 0;
	return ret;
}

bool convert_aux_ends(const struct pw_aux *aux)
{
	if (!(aux->contents & AUX_FRAME))
		return false;
	return aux->contents & AUX_DROP ? aux->func == FUNC_DROPPED : !(aux->contents & AUX_CALL);
}

/*
 * Sets *ev to a frame, or to a dropped packet; the record has all of it. The program's verdict ends
 * a frame, whatever follows; a frame that the program passes goes on as another packet. A dropped
 * packet ends at the tracepoint where the kernel frees it.
 */
static int event_of_frame(struct convert *c, const struct pw_aux *aux, const struct pw_frame *f,
			  struct pwrt_event *ev, struct pwrt_diag *d)
{
	uint16_t len = f->headers.len <= EV_HDR_MAX ? f->headers.len : 0;
	bool begins = aux->contents & AUX_CALL;

	*ev = (struct pwrt_event){
		.packet = aux->packet,
		.parent = begins ? f->parent : 0,
		.skb = f->start,
		.ct = f->ct,
		.len = f->len,
		.mark = f->mark,
		.stack = PWRT_NONE,
		.hdr = f->headers.bytes,
		.hdr_len = len,
		.l3_off = f->headers.l3_off <= len ? f->headers.l3_off : 0,
		.flags = (uint8_t)((begins ? PWRT_EV_FIRST : 0) |
				   (convert_aux_ends(aux) ? PWRT_EV_FREED : 0)),
	};
	c->packets += begins;
	return dev_id(c, &f->dev, aux->ts, &ev->dev, d);
}

/* Sets *id to the number of the task in *origin. */
static int task_of(struct convert *c, const struct pw_origin *origin, uint32_t *id,
		   struct pwrt_diag *d)
{
	struct pw_task task = { .pid = (uint32_t)origin->task, .tgid = origin->task >> 32 };

	memcpy(task.comm, origin->comm, sizeof(task.comm));
	return task_id(c, &task, id, d);
}

/* Returns the drop reason of a record that ends its packet, else PWRT_NONE. */
static uint32_t reason_of(const struct convert *c, const struct pw_aux *aux)
{
	bool passes = aux->ret >= XDP_PASS && aux->ret <= XDP_REDIRECT;

	if (aux->contents & AUX_DROP)
		return (uint32_t)aux->ret;
	return aux->contents & AUX_FRAME && aux->contents & AUX_RET && !passes ? c->xdp_reason :
										 PWRT_NONE;
}

/* Returns the name of a drop reason; "": it has none. */
static const char *reason_name(const struct convert *c, uint64_t reason)
{
	const char *name;
	uint32_t value;
	size_t i;

	for (i = 0; (name = all_drop_reasons_at(&c->reasons, i, &value)); i++)
		if (value == reason)
			return name;
	return "";
}

/* Returns whether a record is a drop that no entry describes. */
static bool is_whole_drop(const struct pw_aux *aux)
{
	return aux->contents & AUX_DROP && convert_aux_ends(aux);
}

/* Returns the part of a dropped packet in a TCP connection; PART_OTHER where a record lacks
 * headers. */
static enum no_loss_part part_of(const struct aux_event *e)
{
	struct packet_ends ends;

	if (!e->frame || !packet_ends_read(&ends, &e->frame->headers))
		return PART_OTHER;
	if (ends.closes)
		return PART_CLOSES;
	return (ends.tcp_flags & (TCP_FLAG_SYN | TCP_FLAG_ACK)) == TCP_FLAG_SYN ? PART_OPENS :
										  PART_OTHER;
}

static bool is_loss(const struct convert *c, const struct aux_event *e)
{
	const struct ksym *sym = ksyms_at(c->ksyms, e->origin->caller - 1);

	return !no_loss(sym ? sym->name : "", reason_name(c, e->aux->ret), part_of(e));
}

/* Returns whether a record of a drop is left out, and counts it. */
static bool is_left_out(struct convert *c, const struct aux_event *e)
{
	if (!c->losses_only || !is_whole_drop(e->aux) || is_loss(c, e))
		return false;
	c->no_loss++;
	return true;
}

/*
 * Sets *id to the stack of a drop, from the place that freed the skb on. The tracepoint itself is
 * before that.
 */
static int drop_stack_id(struct convert *c, const struct pw_stack *stack, uint64_t caller,
			 uint32_t *id, struct pwrt_diag *d)
{
	const size_t max = sizeof(stack->ip) / sizeof(stack->ip[0]);
	size_t nr = stack->nr < max ? stack->nr : max, i;
	uint64_t frames[STACK_FRAMES_MAX];

	memcpy(frames, stack->ip, sizeof(frames));
	for (i = 0; i < nr && frames[i] != caller; i++)
		;
	i = i < nr ? i : 0;
	return stack_id(c, frames + i, nr - i, id, d);
}

static int write_aux(struct convert *c, const struct aux_event *e, uint32_t func,
		     struct pwrt_diag *d)
{
	const struct pw_aux *aux = e->aux;
	struct pwrt_event ev;
	struct pwrt_values values;
	int ret = e->frame ? event_of_frame(c, aux, e->frame, &ev, d) :
			     event_of_slot(c, aux, &ev, d);

	ev.ts_ns = aux->ts;
	ev.cpu = aux->cpu;
	ev.func = func;
	ev.sp = aux->sp;
	ev.caller = ev.stack = PWRT_NONE;
	ev.reason = reason_of(c, aux);
	if (ret == 0 && e->origin)
		ret = task_of(c, e->origin, &ev.task, d);
	if (ret == 0 && aux->contents & AUX_DROP)
		ret = caller_id(c, e->origin->caller, &ev.caller, d);
	if (ret == 0 && e->stack && e->origin)
		ret = drop_stack_id(c, e->stack, e->origin->caller, &ev.stack, d);
	/* Tracepoints and beginning programs are not returns. */
	if (!(aux->contents & (AUX_DROP | AUX_CALL | AUX_RULE | AUX_OVS)))
		ev.flags |= PWRT_EV_RETURN;
	c->values_lost += values_put(&values, e);
	ev.values = values.bytes;
	ev.values_len = values.len;
	return ret == 0 ? pwrt_writer_event(c->w, &ev, d) : ret;
}

/* Finds the structures behind the record, in the order of bpf/event.h. */
static void find_contents(struct aux_event *s, const void *at)
{
	const uint32_t contents = s->aux->contents;

	if (contents & AUX_ORIGIN) {
		s->origin = at;
		at = s->origin + 1;
	}
	if (contents & AUX_FRAME) {
		s->frame = at;
		at = s->frame + 1;
	}
	if (contents & AUX_HOOK_INFO) {
		s->hook_info = at;
		at = s->hook_info + 1;
	}
	if (contents & AUX_NF_INFO) {
		s->nf_info = at;
		at = s->nf_info + 1;
	}
	if (contents & AUX_STACK) {
		s->stack = at;
		at = s->stack + 1;
	}
	if (contents & AUX_DECIDER) {
		s->decider = at;
		values_name_qdisc(s);
	}
}

int convert_aux(struct convert *c, const struct pw_aux *aux, const void *more, struct pwrt_diag *d)
{
	struct aux_event e = { .aux = aux, .owner = "" };
	/* Tracepoints and BPF programs have small numbers of their own; functions have addresses. */
	const bool is_special = aux->func < NR_FUNC_SPECIAL + c->programs->nr;
	const uint32_t *target = is_special ? NULL : addr_map_find(&c->funcs, func_key(aux->func));

	find_contents(&e, more);
	if ((!is_special && !target) || (!e.frame && aux->slot >= NR_SLOTS))
		return pwrt_fail(d, PWRT_ECORRUPT, 0,
				 "malformed auxiliary record in the ring buffer");
	if (is_left_out(c, &e))
		return 0;
	if (target)
		e.func = &c->targets->t[*target];
	else if (aux->func >= NR_FUNC_SPECIAL)
		e.program = &c->programs->p[aux->func - NR_FUNC_SPECIAL];
	if (aux->contents & AUX_SOCK && e.hook_info->ino)
		e.owner = c->names.owner(c->names.arg, e.hook_info->ino);
	return write_aux(
		c, &e,
		target ? convert_func(c, *target) : (uint32_t)c->targets->nr_early + aux->func, d);
}

const char *convert_loss(const struct convert *c, const struct pw_aux *aux, const void *more,
			 const struct pw_frame **frame, const struct pw_nf_info **ct)
{
	struct aux_event e = { .aux = aux };

	if (!is_whole_drop(aux))
		return NULL;
	find_contents(&e, more);
	if (!is_loss(c, &e))
		return NULL;
	*frame = e.frame;
	*ct = aux->contents & AUX_CT ? e.nf_info : NULL;
	return reason_name(c, aux->ret);
}

const char *convert_drop(const struct convert *c, const struct pw_aux *aux, const void *more)
{
	struct aux_event e = { .aux = aux };
	const struct ksym *sym;

	if (reason_of(c, aux) == PWRT_NONE)
		return NULL;
	if (!(aux->contents & AUX_DROP)) /* the verdict of an XDP program */
		return reason_name(c, c->xdp_reason);
	find_contents(&e, more);
	sym = ksyms_at(c->ksyms, e.origin->caller - 1);
	if ((sym && !strcmp(sym->name, "skb_release_data")) || !is_loss(c, &e))
		return NULL;
	return reason_name(c, aux->ret);
}

bool convert_rule(const struct pw_aux *aux, const void *more, char table[33], char chain[33],
		  char number[24])
{
	struct aux_event e = { .aux = aux };

	if (!(aux->contents & AUX_TABLE))
		return false;
	find_contents(&e, more);
	values_rule(&e, table, chain, number);
	return true;
}

uint64_t convert_values_lost(const struct convert *c)
{
	return c->values_lost;
}

uint64_t convert_packets(const struct convert *c)
{
	return c->packets;
}

bool convert_is_full(const struct convert *c)
{
	return c->full;
}

uint64_t convert_unnamed(const struct convert *c)
{
	return c->unnamed;
}

uint64_t convert_no_loss(const struct convert *c)
{
	return c->no_loss;
}

void convert_free(struct convert *c)
{
	if (!c)
		return;
	reset_ids(c);
	addr_map_free(&c->funcs);
	if (c->slot)
		munmap(c->slot, NR_SLOTS * sizeof(*c->slot));
	if (c->skbs)
		munmap(c->skbs, (size_t)NR_SLOTS * c->fields->skb.bytes);
	free(c);
}

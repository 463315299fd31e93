#include "convert.h"

#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <uthash.h>

#include "addrs.h"
#include "btf_enum.h"
#include "values.h"

#define KEY_MAX 24

/* One thing that already has a number in the file. */
struct known {
	UT_hash_handle hh;
	uint32_t id;
	uint8_t key[KEY_MAX];
};

/* The things of one table. */
struct kind {
	struct known *set;
	uint32_t nr;
};

/* A row of callers that already has a number in the file. */
struct known_stack {
	UT_hash_handle hh;
	uint32_t id;
	uint64_t frames[STACK_FRAMES_MAX];
};

/* What is known of the packet in a slot: its last event, and what is in the file only by number. */
struct packet {
	struct pwrt_event ev;
	uint32_t file; /* which the numbers in ev belong to */
	struct pw_dev place;
	struct pw_task task;
	uint32_t sp_high;
	uint8_t hdr[EV_HDR_MAX];
};

struct convert {
	struct pwrt_writer *w;
	uint32_t file; /* counts them, from 1 */
	const struct ksyms *ksyms;
	const struct targets *targets;
	const struct programs *programs;
	const struct asked_fields *fields;
	uint32_t snaplen;
	struct convert_names names;
	struct kind tasks, devs, netns;
	struct known_stack *stacks;
	struct addrs funcs, callers;
	uint32_t nr_callers;
	uint64_t text_high; /* of functions */
	uint64_t packets;
	uint32_t xdp_reason; /* for what an XDP program does not let pass; PWRT_NONE before 5.18 */
	struct packet *slot; /* NR_SLOTS */
	uint8_t *skbs;	     /* what was said of the skb in each, if that is asked for */
};

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

	addrs_free(&c->callers);
	for (i = first; i < c->targets->nr && ok; i++) {
		const struct target *t = &c->targets->t[i];

		/* A probe may be there although the kernel refused another one of its link. */
		if (t->status == PWRT_FUNC_ATTACHED ||
		    (t->status == PWRT_FUNC_REFUSED && t->addr && !addrs_find(&c->funcs, t->addr)))
			ok = addrs_set(&c->funcs, t->addr, (uint32_t)i);
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

int convert_new(struct convert **out, const struct targets *ts, const struct programs *ps,
		const struct ksyms *k, const struct convert_names *names,
		const struct asked_fields *fields, uint32_t snaplen, struct pwrt_diag *d)
{
	struct convert *c = calloc(1, sizeof(*c));
	bool ok = c;
	size_t i;

	if (ok)
		c->slot = slots_new(sizeof(*c->slot));
	if (ok && fields->skb.bytes)
		c->skbs = slots_new(fields->skb.bytes);
	ok = ok && c->slot && (c->skbs || !fields->skb.bytes);
	for (i = 0; i < ts->nr && ok; i++) {
		if (ts->t[i].status != PWRT_FUNC_ATTACHED || addrs_find(&c->funcs, ts->t[i].addr))
			continue;
		c->text_high = ts->t[i].addr >> 32 << 32;
		ok = addrs_add(&c->funcs, ts->t[i].addr, (uint32_t)i);
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
	c->fields = fields;
	c->snaplen = snaplen;
	c->names = *names;
	*out = c;
	return 0;
}

static void kind_clear(struct kind *kind)
{
	struct known *k, *tmp;

	HASH_ITER(hh, kind->set, k, tmp) {
		HASH_DEL(kind->set, k);
		free(k);
	}
	kind->nr = 0;
}

static void forget_numbers(struct convert *c)
{
	struct known_stack *s, *tmp;

	kind_clear(&c->tasks);
	kind_clear(&c->devs);
	kind_clear(&c->netns);
	HASH_ITER(hh, c->stacks, s, tmp) {
		HASH_DEL(c->stacks, s);
		free(s);
	}
	addrs_free(&c->callers);
	c->nr_callers = 0;
}

void convert_into(struct convert *c, struct pwrt_writer *w)
{
	forget_numbers(c);
	if (c->skbs)
		memset(c->skbs, 0, (size_t)NR_SLOTS * c->fields->skb.bytes);
	c->w = w;
	c->file++;
}

/* The number of a thing: 1 with the next free number when it is new, 0 when known, negative on
 * failure. */
static int intern(struct kind *kind, const void *key, size_t len, uint32_t *id, struct pwrt_diag *d)
{
	struct known *k;

	HASH_FIND(hh, kind->set, key, len, k);
	if (k) {
		*id = k->id;
		return 0;
	}
	k = calloc(1, sizeof(*k));
	if (!k)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	memcpy(k->key, key, len);
	k->id = *id = kind->nr++;
	HASH_ADD(hh, kind->set, key, len, k);
	return 1;
}

static int caller_id(struct convert *c, uint64_t addr, uint32_t *id, struct pwrt_diag *d)
{
	struct pwrt_caller caller = { .addr = addr, .name = "", .module = "" };
	const uint32_t *known = addrs_find(&c->callers, addr);
	const struct ksym *sym;

	*id = known ? *known : PWRT_NONE;
	if (known || !addr)
		return 0;
	*id = c->nr_callers++;
	if (!addrs_add(&c->callers, addr, *id))
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
	ret = intern(&c->tasks, &key, sizeof(key), id, d);
	return ret <= 0 ? ret : pwrt_writer_task(c->w, &task, d);
}

static int netns_id(struct convert *c, uint32_t inum, struct pwrt_diag *d)
{
	struct pwrt_netns ns = { .inum = inum };
	uint32_t id;
	int ret = intern(&c->netns, &inum, sizeof(inum), &id, d);

	if (ret <= 0)
		return ret;
	ns.name = c->names.netns(c->names.arg, inum);
	return pwrt_writer_netns(c->w, &ns, d);
}

static int dev_id(struct convert *c, const struct pw_dev *p, uint32_t *id, struct pwrt_diag *d)
{
	char name[16] = "";
	struct pwrt_dev dev = { .netns = p->netns, .ifindex = p->ifindex, .name = name };
	int ret;

	*id = PWRT_NONE;
	if (!p->netns)
		return 0;
	ret = intern(&c->devs, p, sizeof(*p), id, d);
	if (ret <= 0)
		return ret;
	ret = netns_id(c, p->netns, d);
	if (ret < 0)
		return ret;
	if (p->ifindex)
		c->names.dev(c->names.arg, p->netns, p->ifindex, name);
	return pwrt_writer_dev(c->w, &dev, d);
}

static int stack_id(struct convert *c, const uint64_t *frames, size_t nr, uint32_t *id,
		    struct pwrt_diag *d)
{
	uint32_t callers[STACK_FRAMES_MAX];
	struct pwrt_stack stack = { .callers = { callers, (uint32_t)nr } };
	struct known_stack *s;
	size_t i;
	int ret = 0;

	*id = PWRT_NONE;
	if (!nr)
		return 0;
	HASH_FIND(hh, c->stacks, frames, nr * sizeof(*frames), s);
	if (s) {
		*id = s->id;
		return 0;
	}
	for (i = 0; i < nr && ret == 0; i++)
		ret = caller_id(c, frames[i], &callers[i], d);
	s = ret == 0 ? calloc(1, sizeof(*s)) : NULL;
	if (!s)
		return ret < 0 ? ret : pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	memcpy(s->frames, frames, nr * sizeof(*frames));
	s->id = *id = HASH_COUNT(c->stacks);
	HASH_ADD_KEYPTR(hh, c->stacks, s->frames, nr * sizeof(*frames), s);
	return pwrt_writer_stack(c->w, &stack, d);
}

/* What is said for one event only. */
struct once {
	uint64_t caller_high;
	uint32_t reason;
	const uint8_t *bytes; /* of the packet; NULL: none with this event */
	size_t nr_bytes;
	const uint64_t *fields;
	const uint8_t *skb;
	const uint64_t *frames;
	size_t nr_frames;
};

static void take_id(struct packet *p, const struct pw_id *id)
{
	p->ev = (struct pwrt_event){ .packet = id->packet,
				     .parent = id->parent,
				     .skb = id->skb,
				     .stack = PWRT_NONE,
				     .hdr = p->hdr };
}

static void take_more(struct packet *p, struct once *once, const struct pw_more *more)
{
	p->ev.ct = more->ct;
	p->ev.mark = more->mark;
	p->sp_high = more->sp_high;
	once->caller_high = (uint64_t)more->caller_high << 32;
	if (more->reason)
		once->reason = more->reason;
}

static bool take_headers(struct packet *p, const struct pw_headers *h)
{
	if (h->len > EV_HDR_MAX)
		return false;
	p->ev.hdr_len = h->len;
	p->ev.l3_off = h->l3_off <= h->len ? h->l3_off : 0;
	memcpy(p->hdr, h->bytes, h->len);
	return true;
}

/* Takes what follows the step; false when it is not what the flags say. */
static bool take_news(const struct convert *c, struct packet *p, struct once *once,
		      const struct pw_step *step)
{
	const uint8_t *at = (const uint8_t *)(step + 1),
		      *end = (const uint8_t *)step + step->bytes8 * 8;
	const struct pw_headers *h;

	if (step->flags & EV_ID) {
		take_id(p, (const void *)at);
		at += sizeof(struct pw_id);
	}
	if (step->flags & EV_MORE) {
		take_more(p, once, (const void *)at);
		at += sizeof(struct pw_more);
	}
	if (step->flags & EV_PLACE) {
		p->place = *(const struct pw_dev *)at;
		at += sizeof(struct pw_dev);
		p->file = 0;
	}
	if (step->flags & EV_TASK) {
		p->task = *(const struct pw_task *)at;
		at += sizeof(struct pw_task);
		p->file = 0;
	}
	if (step->flags & EV_HEADERS) {
		h = (const void *)at;
		if (!take_headers(p, h))
			return false;
		at = h->bytes + (h->len + 7u) / 8 * 8;
	}
	if (step->flags & EV_HEADERS && c->snaplen) {
		once->bytes = at + 8;
		once->nr_bytes = *(const uint64_t *)(const void *)at;
		if (once->nr_bytes > SNAPLEN_MAX)
			return false;
		at = once->bytes + (once->nr_bytes + 7) / 8 * 8;
	}
	once->fields = (const void *)at;
	at += c->fields->nr * 8u;
	once->skb = at;
	at += c->fields->skb.bytes;
	once->frames = (const void *)at;
	once->nr_frames = at <= end ? (size_t)(end - at) / 8 : 0;
	/* The first one is the function itself, and the second its caller. */
	if (once->nr_frames) {
		once->frames++;
		once->nr_frames--;
	}
	return at <= end && once->nr_frames < STACK_FRAMES_MAX;
}

static void put_fields(const struct convert *c, const struct once *once, const struct pw_step *step,
		       struct pwrt_values *to)
{
	const struct members *skb = &c->fields->skb;
	uint8_t *said;
	unsigned int i;

	to->len = 0;
	for (i = 0; i < c->fields->nr; i++) {
		struct pwrt_value v = { .key = values_nr_keys() + i };

		/* It lies in the packet's data, which have been given back before the skb. */
		if (step->flags & EV_FREED && c->fields->f[i].at.root == FIELD_OF_SHINFO)
			continue;
		asked_value(&c->fields->f[i], once->fields[i], &v);
		pwrt_value_put(to, &v);
	}
	if (once->nr_bytes)
		pwrt_value_put(to, &(struct pwrt_value){ .key = values_bytes_key(),
							 .type = PWRT_VALUE_BYTES,
							 .bytes = once->bytes,
							 .len = once->nr_bytes });
	if (!skb->bytes)
		return;
	said = c->skbs + (size_t)step->slot * skb->bytes;
	if (step->flags & EV_FIRST)
		memset(said, 0, skb->bytes);
	members_changed(skb, once->skb, said, values_nr_keys() + c->fields->nr, to);
}

/* What the packet's event refers to by number, in the file under way. */
static int refresh(struct convert *c, struct packet *p, struct pwrt_diag *d)
{
	int ret;

	if (p->file == c->file)
		return 0;
	p->file = c->file;
	ret = task_id(c, &p->task, &p->ev.task, d);
	return ret == 0 ? dev_id(c, &p->place, &p->ev.dev, d) : ret;
}

int convert_event(struct convert *c, unsigned int cpu, const struct pw_step *step,
		  struct pwrt_diag *d)
{
	const uint32_t *func = addrs_find(&c->funcs, c->text_high | step->func);
	struct packet *p = &c->slot[step->slot % NR_SLOTS];
	struct once once = { .caller_high = c->text_high,
			     .reason = step->reason == EV_NO_REASON ? PWRT_NONE : step->reason };
	struct pwrt_event *ev = &p->ev;
	struct pwrt_values values;
	int ret;

	if (step->slot >= NR_SLOTS || !func || !take_news(c, p, &once, step) || !ev->packet)
		return pwrt_fail(d, PWRT_ECORRUPT, 0, "the ring of CPU %u holds what is no event",
				 cpu);
	ret = refresh(c, p, d);
	ev->ts_ns = step->ts;
	ev->cpu = cpu;
	ev->func = convert_func(c, *func);
	ev->sp = (uint64_t)p->sp_high << 32 | step->sp;
	ev->len = step->len;
	ev->reason = once.reason;
	ev->flags = (uint8_t)((step->flags & EV_FIRST ? PWRT_EV_FIRST : 0) |
			      (step->flags & EV_FREED ? PWRT_EV_FREED : 0) |
			      (step->flags & EV_END ? PWRT_EV_END : 0));
	if (ret == 0)
		ret = caller_id(c, once.caller_high | step->caller, &ev->caller, d);
	if (ret == 0)
		ret = stack_id(c, once.frames, once.nr_frames, &ev->stack, d);
	if (ret < 0)
		return ret;
	put_fields(c, &once, step, &values);
	ev->values = values.bytes;
	ev->values_len = values.len;
	c->packets += (ev->flags & PWRT_EV_FIRST) != 0;
	ret = pwrt_writer_event(c->w, ev, d);
	ev->parent = 0; /* it is named once */
	ev->values_len = 0;
	return ret;
}

/*
 * What is known of the packet that a note is about: as its last step left it. A function may return
 * when the packet has gone and another one lives in its slot; then nothing is.
 */
static int packet_of(struct convert *c, const struct pw_note *note, struct pwrt_event *ev,
		     struct pwrt_diag *d)
{
	struct packet *p = &c->slot[note->slot];
	int ret = 0;

	if (p->ev.packet == note->packet) {
		ret = refresh(c, p, d);
		*ev = p->ev;
	} else {
		*ev = (struct pwrt_event){ .packet = note->packet,
					   .stack = PWRT_NONE,
					   .task = PWRT_NONE,
					   .dev = PWRT_NONE };
	}
	ev->parent = 0;
	ev->flags = 0;
	return ret;
}

/*
 * What is known of a frame: the note has it all. Its end is the verdict of the program, whatever
 * comes after it; what is let pass goes on as another packet.
 */
static int packet_of_frame(struct convert *c, const struct pw_note *note, const struct pw_frame *f,
			   struct pwrt_event *ev, struct pwrt_diag *d)
{
	uint16_t len = f->headers.len <= EV_HDR_MAX ? f->headers.len : 0;
	bool begins = note->parts & NOTE_CALL;

	*ev = (struct pwrt_event){
		.packet = note->packet,
		.parent = begins ? f->parent : 0,
		.skb = f->start,
		.len = f->len,
		.stack = PWRT_NONE,
		.hdr = f->headers.bytes,
		.hdr_len = len,
		.l3_off = f->headers.l3_off <= len ? f->headers.l3_off : 0,
		.flags = begins ? PWRT_EV_FIRST : PWRT_EV_FREED,
	};
	c->packets += begins;
	return dev_id(c, &f->place, &ev->dev, d);
}

/* Who ran when it was noted. */
static int task_of(struct convert *c, const struct pw_who *who, uint32_t *id, struct pwrt_diag *d)
{
	struct pw_task task = { .pid = (uint32_t)who->task, .tgid = who->task >> 32 };

	memcpy(task.comm, who->comm, sizeof(task.comm));
	return task_id(c, &task, id, d);
}

/* Does the file say by itself that the packet is gone now, and why? */
static uint32_t reason_of(const struct convert *c, const struct pw_note *note)
{
	bool passes = note->ret >= XDP_PASS && note->ret <= XDP_REDIRECT;

	if (note->parts & NOTE_DROP)
		return (uint32_t)note->ret;
	return note->parts & NOTE_FRAME && note->parts & NOTE_RET && !passes ? c->xdp_reason :
									       PWRT_NONE;
}

static int write_note(struct convert *c, const struct said *said, uint32_t func,
		      struct pwrt_diag *d)
{
	const struct pw_note *note = said->note;
	struct pwrt_event ev;
	struct pwrt_values values;
	int ret = said->frame ? packet_of_frame(c, note, said->frame, &ev, d) :
				packet_of(c, note, &ev, d);

	ev.ts_ns = note->ts;
	ev.cpu = note->cpu;
	ev.func = func;
	ev.sp = note->sp;
	ev.caller = ev.stack = PWRT_NONE;
	ev.reason = reason_of(c, note);
	if (ret == 0 && said->who)
		ret = task_of(c, said->who, &ev.task, d);
	if (ret == 0 && note->parts & NOTE_DROP)
		ret = caller_id(c, said->who->caller, &ev.caller, d);
	/* What the kernel tells of by itself is none that returns. */
	if (!(note->parts & (NOTE_DROP | NOTE_CALL | NOTE_RULE | NOTE_OVS)))
		ev.flags |= PWRT_EV_RETURN;
	values_put(&values, said);
	ev.values = values.bytes;
	ev.values_len = values.len;
	return ret == 0 ? pwrt_writer_event(c->w, &ev, d) : ret;
}

/* What follows the note, in the order of bpf/event.h. */
static void find_parts(struct said *s, const void *at)
{
	const uint32_t parts = s->note->parts;

	if (parts & NOTE_WHO) {
		s->who = at;
		at = s->who + 1;
	}
	if (parts & NOTE_FRAME) {
		s->frame = at;
		at = s->frame + 1;
	}
	if (parts & NOTE_BRIEF) {
		s->brief = at;
		at = s->brief + 1;
	}
	if (parts & NOTE_LONG)
		s->details = at;
}

int convert_note(struct convert *c, const struct pw_note *note, const void *more,
		 struct pwrt_diag *d)
{
	struct said said = { .note = note, .owner = "" };
	/* Tracepoints and BPF programs have small numbers of their own; functions have addresses. */
	const bool is_special = note->func < NR_FUNC_SPECIAL + c->programs->nr;
	const uint32_t *target = is_special ? NULL :
					      addrs_find(&c->funcs, c->text_high | note->func);

	find_parts(&said, more);
	if ((!is_special && !target) || (!said.frame && note->slot >= NR_SLOTS))
		return pwrt_fail(d, PWRT_ECORRUPT, 0, "the buffer of notes holds what is no note");
	if (target)
		said.func = &c->targets->t[*target];
	else if (note->func >= NR_FUNC_SPECIAL)
		said.program = &c->programs->p[note->func - NR_FUNC_SPECIAL];
	if (note->parts & NOTE_SOCK && said.brief->ino)
		said.owner = c->names.owner(c->names.arg, said.brief->ino);
	return write_note(
		c, &said,
		target ? convert_func(c, *target) : (uint32_t)c->targets->nr_early + note->func, d);
}

uint64_t convert_packets(const struct convert *c)
{
	return c->packets;
}

void convert_free(struct convert *c)
{
	if (!c)
		return;
	forget_numbers(c);
	addrs_free(&c->funcs);
	if (c->slot)
		munmap(c->slot, NR_SLOTS * sizeof(*c->slot));
	if (c->skbs)
		munmap(c->skbs, (size_t)NR_SLOTS * c->fields->skb.bytes);
	free(c);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "excerpt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anonymize_headers.h"
#include "format/tool/cli.h"
#include "ranks.h"
#include "anonymize_policy.h"

#define LEVEL_DEFAULT 12
#define BLOCK_EVENTS 65536
#define FACT_UNTIL "excerpt.until"
#define STACK_BITS 14	    /* live.c takes stack pointers with the same other bits for one stack */
#define FIRST_NS 1000000000 /* start of an anonymized recording, on its clock */

/* Maps ids of one table of the old file to ids of the new file. */
struct id_map {
	uint32_t *to; /* + 1; 0: not written yet */
	uint32_t cap, nr;
};

struct excerpt {
	const struct pwrt_reader *r;
	const struct pwrt_integrity *integrity; /* of the trace */
	const struct selection *sel;
	struct pwrt_writer *w;
	struct anonymizer *anonymizer; /* NULL: events and tables stay as they are */
	struct ranks sps;	       /* the stacks of all events that are written */
	uint64_t until_ns;	       /* CLOCK_MONOTONIC: the selection ends; UINT64_MAX: never */
	uint64_t shift_ns;	       /* subtracted from each time of CLOCK_MONOTONIC */
	uint64_t values_lost;
	struct id_map callers, stacks, tasks, devs, netns;
	struct outfile file;
	struct pwrt_diag *d; /* of the call under way */
};

/*
 * Sets *to to the id in the new file. Returns 0 where the entry was written already, 1 where the
 * caller must write it, or PWRT_ENOMEM.
 */
static int new_id(struct id_map *ids, uint32_t id, uint32_t *to, struct pwrt_diag *d)
{
	if (id >= ids->cap) {
		uint32_t cap = id < UINT32_MAX / 2 ? (id + 1) * 2 : UINT32_MAX, *p;

		p = realloc(ids->to, (size_t)cap * sizeof(*p));
		if (!p)
			return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
		memset(p + ids->cap, 0, (size_t)(cap - ids->cap) * sizeof(*p));
		ids->to = p;
		ids->cap = cap;
	}
	if (ids->to[id]) {
		*to = ids->to[id] - 1;
		return 0;
	}
	*to = ids->nr++;
	ids->to[id] = ids->nr;
	return 1;
}

/*
 * Changes *id to that of the new file, and writes the caller there once. A caller that the old file
 * lacks becomes PWRT_NONE. The same holds for stacks, tasks and devices below.
 */
static int caller_id(struct excerpt *x, uint32_t *id, struct pwrt_diag *d)
{
	const struct pwrt_caller *c = pwrt_reader_caller(x->r, *id);
	struct pwrt_caller copy;
	struct policy_name name;
	int ret;

	if (!c) {
		*id = PWRT_NONE;
		return 0;
	}
	ret = new_id(&x->callers, *id, id, d);
	if (ret != 1)
		return ret;
	copy = x->anonymizer ? anonymize_caller(x->anonymizer, c, &name) : *c;
	return pwrt_writer_caller(x->w, &copy, d);
}

static int stack_id(struct excerpt *x, uint32_t *id, struct pwrt_diag *d)
{
	const struct pwrt_stack *s = pwrt_reader_stack(x->r, *id);
	struct pwrt_stack copy;
	uint32_t *v, i;
	int ret;

	if (!s) {
		*id = PWRT_NONE;
		return 0;
	}
	ret = new_id(&x->stacks, *id, id, d);
	if (ret != 1)
		return ret;
	v = malloc((s->callers.nr + 1) * sizeof(*v));
	if (!v)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	for (i = 0, ret = 0; i < s->callers.nr && ret == 0; i++) {
		v[i] = s->callers.v[i];
		ret = caller_id(x, &v[i], d);
	}
	copy.callers = (struct pwrt_list){ v, s->callers.nr };
	if (ret == 0)
		ret = pwrt_writer_stack(x->w, &copy, d);
	free(v);
	return ret;
}

static int task_id(struct excerpt *x, uint32_t *id, struct pwrt_diag *d)
{
	const struct pwrt_task *t = pwrt_reader_task(x->r, *id);
	struct pwrt_task copy;
	struct policy_name name;
	int ret;

	if (!t) {
		*id = PWRT_NONE;
		return 0;
	}
	ret = new_id(&x->tasks, *id, id, d);
	if (ret != 1)
		return ret;
	copy = x->anonymizer ? anonymize_task(x->anonymizer, t, &name) : *t;
	return pwrt_writer_task(x->w, &copy, d);
}

/* Writes the name of a namespace once. Of several names, the reader gives the last one. */
static int netns_named(struct excerpt *x, uint32_t inum, struct pwrt_diag *d)
{
	const char *name = pwrt_reader_netns_name(x->r, inum);
	struct pwrt_netns copy = { inum, name ? name : "" };
	const struct pwrt_netns *n;
	struct policy_name room;
	uint32_t i, to;
	int ret;

	for (i = 0; (n = pwrt_reader_netns(x->r, i)); i++)
		if (n->inum == inum)
			break;
	if (!n)
		return 0;
	ret = new_id(&x->netns, i, &to, d);
	if (ret != 1)
		return ret;
	if (x->anonymizer)
		copy = anonymize_netns(x->anonymizer, &copy, &room);
	return pwrt_writer_netns(x->w, &copy, d);
}

static int dev_id(struct excerpt *x, uint32_t *id, struct pwrt_diag *d)
{
	const struct pwrt_dev *v = pwrt_reader_dev(x->r, *id);
	struct pwrt_dev copy;
	struct policy_name name;
	int ret;

	if (!v) {
		*id = PWRT_NONE;
		return 0;
	}
	ret = new_id(&x->devs, *id, id, d);
	if (ret != 1)
		return ret;
	copy = x->anonymizer ? anonymize_dev(x->anonymizer, v, &name) : *v;
	ret = netns_named(x, v->netns, d);
	return ret == 0 ? pwrt_writer_dev(x->w, &copy, d) : ret;
}

/* Adds the path to an error of the library, which has only the descriptor. Returns ret. */
static int add_path_to_diag(const struct excerpt *x, int ret)
{
	struct pwrt_diag *d = x->d;
	char text[sizeof(d->text)];

	if (ret == PWRT_ESYS) {
		memcpy(text, d->text, sizeof(text));
		snprintf(d->text, sizeof(d->text), "%.80s: %.100s", x->file.path, text);
	}
	return ret;
}

/* Copies those values of ev that may be shared. Counts a value that no longer fits. */
static void copy_values(struct excerpt *x, struct pwrt_values *to, const struct pwrt_event *ev)
{
	const struct pwrt_key *key;
	struct policy_room room;
	struct pwrt_value v;
	size_t at = 0;

	to->len = 0;
	while (pwrt_value_next(ev->values, ev->values_len, &at, &v)) {
		key = pwrt_reader_key(x->r, v.key);
		if (key && anonymize_value(x->anonymizer, key->name, &v, &room) &&
		    !pwrt_value_put(to, &v))
			x->values_lost++;
	}
}

static uint64_t shifted(const struct excerpt *x, uint64_t ns)
{
	return ns > x->shift_ns ? ns - x->shift_ns : 0;
}

/*
 * Replaces a stack pointer. The facts that give the depth of calls stay: the order of all stack
 * pointers, and the distances within one stack.
 */
static uint64_t copy_sp(const struct excerpt *x, uint64_t sp)
{
	uint64_t rank = 1 + ranks_of(&x->sps, sp >> STACK_BITS);

	return rank << STACK_BITS | (sp & ((1u << STACK_BITS) - 1));
}

/*
 * Anonymizes the fields of an event. *out borrows hdr and *values, which get its headers and its
 * values.
 */
static void copy_event(struct excerpt *x, struct pwrt_event *out, const struct pwrt_event *ev,
		       uint8_t hdr[PWRT_HDR_MAX], struct pwrt_values *values)
{
	out->ts_ns = shifted(x, ev->ts_ns);
	out->sp = copy_sp(x, ev->sp);
	out->skb = pseudonym_kernel_addr(x->anonymizer, ev->skb);
	out->ct = anonymize_ct(x->anonymizer, ev->ct);
	if (ev->hdr_len) {
		memcpy(hdr, ev->hdr, ev->hdr_len);
		out->hdr = hdr;
		out->hdr_len =
			(uint16_t)anonymize_headers(x->anonymizer, hdr, ev->hdr_len, ev->l3_off);
		if (out->l3_off > out->hdr_len)
			out->l3_off = (uint8_t)out->hdr_len;
	}
	copy_values(x, values, ev);
	out->values = values->bytes;
	out->values_len = values->len;
}

/* Writes an event, after the entries of tables that it refers to. */
static int write_event(void *arg, const struct step *s, uint32_t packet)
{
	struct excerpt *x = arg;
	struct pwrt_diag *d = x->d;
	struct pwrt_event out = s->ev;
	struct pwrt_values values;
	uint8_t hdr[PWRT_HDR_MAX];
	int ret = caller_id(x, &out.caller, d);

	(void)packet;
	if (ret == 0)
		ret = stack_id(x, &out.stack, d);
	if (ret == 0)
		ret = task_id(x, &out.task, d);
	if (ret == 0)
		ret = dev_id(x, &out.dev, d);
	if (ret == 0 && x->anonymizer)
		copy_event(x, &out, &s->ev, hdr, &values);
	return add_path_to_diag(x, ret == 0 ? pwrt_writer_event(x->w, &out, d) : ret);
}

/* Notes the stack of an event, before any event is written. */
static int note_stack(void *arg, const struct step *s, uint32_t packet)
{
	struct excerpt *x = arg;

	(void)packet;
	return ranks_add(&x->sps, s->ev.sp >> STACK_BITS) ?
		       pwrt_fail(x->d, PWRT_ENOMEM, 0, "out of memory, or more than %u stacks",
				 RANKS_MAX) :
		       0;
}

static int fact(struct excerpt *x, const char *key, const char *value, struct pwrt_diag *d)
{
	return pwrt_writer_info(x->w, &(struct pwrt_info){ key, value }, 1, d);
}

/*
 * Writes which conditions leave out events of the selected packets, or other packets of their
 * flows. A reader must not take what is absent for what did not happen.
 */
static int write_conditions(struct excerpt *x, struct pwrt_diag *d)
{
	const struct selection *s = x->sel;
	const struct {
		const char *key;
		bool is_given;
	} conditions[] = {
		{ "excerpt.func", s->func.nr },
		{ "excerpt.netns", s->netns.nr },
		{ "excerpt.ifname", s->ifname.nr },
		{ "excerpt.task", s->task.nr },
		{ "excerpt.packets",
		  s->packets.nr || s->fate.nr || s->reason.nr || s->rule.nr || s->longer_ns },
	};
	size_t i;
	int ret = 0;

	for (i = 0; i < sizeof(conditions) / sizeof(conditions[0]) && ret == 0; i++)
		if (conditions[i].is_given && !pwrt_reader_get(x->r, conditions[i].key))
			ret = fact(x, conditions[i].key, "some", d);
	return ret;
}

/* Writes the time at which the selection ends, or that of the old file where it ended before. */
static int write_until(struct excerpt *x, struct pwrt_diag *d)
{
	const char *old = pwrt_reader_get(x->r, FACT_UNTIL);
	uint64_t ns, until = x->until_ns;
	char text[24];

	if (old && cli_u64(old, &ns) && ns < until)
		until = ns;
	if (until == UINT64_MAX)
		return 0;
	snprintf(text, sizeof(text), "%" PRIu64, shifted(x, until));
	return fact(x, FACT_UNTIL, text, d);
}

/* Writes the facts of the old file, and facts about the new one. */
static int write_facts(struct excerpt *x, const struct excerpt_options *o, struct pwrt_diag *d)
{
	const struct pwrt_integrity *h = x->integrity;
	const struct pwrt_info *info;
	char check[KEY_CHECK_LEN];
	uint32_t i;
	int ret = 0;

	for (i = 0; (info = pwrt_reader_info(x->r, i)) && ret == 0; i++)
		if (strcmp(info->key, FACT_UNTIL) && (!o->key || anonymize_keeps_fact(info)))
			ret = fact(x, info->key, info->value, d);
	if (ret == 0 && !o->key)
		ret = fact(x, "excerpt", o->arguments, d);
	if (ret == 0)
		ret = write_conditions(x, d);
	if (ret == 0)
		ret = write_until(x, d);
	if (ret == 0 && o->key)
		ret = fact(x, "anonymized", "Crypto-PAn", d);
	if (ret == 0 && o->key) {
		pseudonym_key_check(check, o->key, pwrt_reader_get(x->r, "anonymized.key"));
		ret = fact(x, "anonymized.key", check, d);
	}
	if (ret == 0 && !h->complete)
		ret = fact(x, "source", h->what, d);
	return ret;
}

/* Writes functions. Those whose events are not selected become ones that the user left out. */
static int write_funcs(struct excerpt *x, struct pwrt_diag *d)
{
	const struct pwrt_func *f;
	struct policy_name name;
	struct pwrt_func copy;
	uint32_t i;
	int ret = 0;

	for (i = 0; (f = pwrt_reader_func(x->r, i)) && ret == 0; i++) {
		copy = x->anonymizer ? anonymize_func(x->anonymizer, f, &name) : *f;
		if (f->status == PWRT_FUNC_ATTACHED && !select_func(x->sel, x->r, i))
			copy.status = PWRT_FUNC_FILTERED;
		ret = pwrt_writer_func(x->w, &copy, d);
	}
	return ret;
}

/* Writes functions, names of numbers, keys, modules and types. Their ids stay the same. */
static int write_kernel(struct excerpt *x, struct pwrt_diag *d)
{
	static const struct pwrt_key hidden = { "" };
	const struct anonymizer *a = x->anonymizer;
	const void *p;
	uint32_t i;
	int ret = write_funcs(x, d);

	for (i = 0; (p = pwrt_reader_enum(x->r, i)) && ret == 0; i++)
		if (!a || anonymize_keeps_enum(x->r, ((const struct pwrt_enum *)p)->type))
			ret = pwrt_writer_enum(x->w, p, d);
	for (i = 0; (p = pwrt_reader_key(x->r, i)) && ret == 0; i++) {
		const struct pwrt_key *key = p;

		ret = pwrt_writer_key(x->w, a && !anonymize_keeps_key(key->name) ? &hidden : key,
				      d);
	}
	/* An anonymized file lacks addresses of modules, and the types that --dump-skb added. */
	for (i = 0; !a && (p = pwrt_reader_module(x->r, i)) && ret == 0; i++)
		ret = pwrt_writer_module(x->w, p, d);
	for (i = 0; !a && (p = pwrt_reader_btf(x->r, i)) && ret == 0; i++)
		ret = pwrt_writer_btf(x->w, p, d);
	return ret;
}

/* Writes the parts that do not depend on the selected events. */
static int write_tables(struct excerpt *x, const struct excerpt_options *o, struct pwrt_diag *d)
{
	const void *p;
	uint32_t i;
	int ret = 0;

	for (i = 0; (p = pwrt_reader_clock(x->r, i)) && ret == 0; i++) {
		struct pwrt_clock clock = *(const struct pwrt_clock *)p;

		clock.mono_ns = shifted(x, clock.mono_ns);
		ret = pwrt_writer_clock(x->w, &clock, d);
	}
	if (ret == 0)
		ret = write_facts(x, o, d);
	if (ret == 0)
		ret = write_kernel(x, d);
	for (i = 0; (p = pwrt_reader_lost(x->r, i)) && ret == 0; i++) {
		struct pwrt_lost lost = *(const struct pwrt_lost *)p;

		lost.from_ns = shifted(x, lost.from_ns);
		lost.to_ns = shifted(x, lost.to_ns);
		ret = pwrt_writer_lost(x->w, &lost, d);
	}
	for (i = 0; (p = pwrt_reader_cpu(x->r, i)) && ret == 0; i++)
		ret = pwrt_writer_cpu(x->w, p, d);
	return ret;
}

/*
 * Returns the time to subtract from CLOCK_MONOTONIC. That clock, together with the time of day,
 * gives away when the machine was started, which identifies it.
 */
static uint64_t find_shift(const struct trace *t)
{
	const struct pwrt_clock *clock = pwrt_reader_clock(t->first, 0);
	uint64_t first = t->start_ns;

	if (clock && clock->mono_ns < first)
		first = clock->mono_ns;
	return first > FIRST_NS ? first - FIRST_NS : 0;
}

/* Prepares to anonymize: the key, the shift of the clock, and the order of the stacks. */
static int prepare(struct excerpt *x, const uint8_t *key, struct trace *t,
		   const struct selection *sel, struct pwrt_diag *d)
{
	int ret;

	if (!key)
		return 0;
	x->anonymizer = anonymizer_new(key);
	if (!x->anonymizer)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	x->shift_ns = find_shift(t);
	ret = trace_family(t, sel, note_stack, x, d);
	ranks_seal(&x->sps);
	pwrt_close(t->r);
	t->r = NULL;
	return ret;
}

static void excerpt_free(struct excerpt *x)
{
	pwrt_writer_free(x->w);
	anonymizer_free(x->anonymizer);
	ranks_free(&x->sps);
	free(x->callers.to);
	free(x->stacks.to);
	free(x->tasks.to);
	free(x->devs.to);
	free(x->netns.to);
}

int excerpt_write(const struct excerpt_options *o, struct trace *t, const struct selection *sel,
		  struct excerpt_result *res, struct pwrt_diag *d)
{
	const struct pwrt_writer_options wo = { .level = o->level ? (int)o->level : LEVEL_DEFAULT,
						.block_events = BLOCK_EVENTS };
	struct excerpt x = {
		.r = t->first, .integrity = &t->integrity, .sel = sel, .file.fd = -1, .d = d
	};
	struct pwrt_diag late;
	int ret = 0;

	if (t->files && file_list_host(t->files, 0))
		return pwrt_fail(
			d, PWRT_EINVAL, 0,
			"a .pwrt file is of one host: write one for each (-o), and show them together");
	x.until_ns = trace_until_ns(t, sel);
	ret = prepare(&x, o->key, t, sel, d);

	if (ret == 0)
		ret = outfile_open(&x.file, o->path, o->force, trace_source(t, o->path), d);
	if (ret == 0)
		ret = add_path_to_diag(&x, pwrt_writer_new(&x.w, x.file.fd, &wo, d));
	if (ret == 0)
		ret = add_path_to_diag(&x, write_tables(&x, o, d));
	if (ret == 0)
		ret = trace_family(t, sel, write_event, &x, d);
	if (ret == 0)
		ret = add_path_to_diag(&x, pwrt_writer_finish(x.w, d));
	if (outfile_close(&x.file, ret == 0, &late) < 0 && ret == 0) {
		*d = late;
		ret = late.code;
	}
	if (ret == 0)
		*res = (struct excerpt_result){ pwrt_writer_events(x.w), pwrt_writer_bytes(x.w),
						x.values_lost };
	excerpt_free(&x);
	return ret;
}

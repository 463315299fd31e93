/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "block_reader.h"
#include "common.h"

#define MEM_DEFAULT (256ull << 20)

struct set_file {
	struct pwrt_set_file as_given;
	struct common_file common;
	struct pwrt_set_result result; /* of the last whole pass */
};

struct pwrt_set {
	struct pwrt_memory memory; /* the account, unless the caller has one */
	struct common common;
	struct set_file *files;
	uint32_t nr;
	const struct pwrt_set_file **hosts; /* the first file of each machine */
	uint32_t nr_hosts;		    /* 0: all files are of one */
};

/* A file in a pass. */
struct open_file {
	struct pwrt_reader *r; /* NULL: not open yet, or at its end */
	uint32_t seq;	       /* of its next block when its tables were added last */
	bool at_end, has_event;
	struct pwrt_event ev; /* the next one, with the ids and the time of the set */
	struct pwrt_values values;
};

struct set_pass {
	struct pwrt_set *set;
	uint32_t nr_opened; /* files of the set that were opened so far, in their order */
	uint32_t last;	    /* the file of the event that was given out last, or PWRT_NONE */
	uint32_t *due;	    /* files with a next event: a heap, the earliest one first */
	uint32_t nr_due;
	struct open_file files[];
};

/* Notes the machine of a file, which may be known. */
static void note_host(struct pwrt_set *set, const struct pwrt_set_file *f)
{
	uint32_t i;

	for (i = 0; i < set->nr_hosts; i++)
		if (set->hosts[i]->host_nr == f->host_nr)
			return;
	set->hosts[set->nr_hosts++] = f;
}

int pwrt_set_new(struct pwrt_set **out, const struct pwrt_set_file *files, uint32_t nr,
		 const struct pwrt_limits *limits, struct pwrt_diag *d)
{
	struct pwrt_set *set = calloc(1, sizeof(*set));
	uint32_t i;

	if (set) {
		set->files = calloc(nr, sizeof(*set->files));
		set->hosts = calloc(nr, sizeof(*set->hosts));
	}
	if (!set || !set->files || !set->hosts) {
		if (set) {
			free(set->files);
			free(set->hosts);
		}
		free(set);
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	}
	set->memory.limit = limits && limits->mem_bytes ? limits->mem_bytes : MEM_DEFAULT;
	set->common.arena.memory = limits && limits->memory ? limits->memory : &set->memory;
	set->nr = nr;
	for (i = 0; i < nr; i++) {
		set->files[i].as_given = files[i];
		set->files[i].common.shift_ns = files[i].shift_ns;
		set->files[i].common.host = files[i].host;
		set->files[i].common.host_nr = files[i].host_nr;
		if (files[i].host)
			note_host(set, &set->files[i].as_given);
	}
	*out = set;
	return 0;
}

const char *pwrt_reader_host(const struct pwrt_reader *r, uint64_t packet, uint32_t *nr)
{
	const struct pwrt_set_file *f, *best = NULL;
	uint32_t i;

	for (i = 0; r->pass && i < r->pass->set->nr_hosts; i++) {
		f = r->pass->set->hosts[i];
		if (f->packets_before < packet &&
		    (!best || f->packets_before > best->packets_before))
			best = f;
	}
	if (nr)
		*nr = best ? best->host_nr : 0;
	return best ? best->host : NULL;
}

const struct pwrt_set_result *pwrt_set_result(const struct pwrt_set *set, uint32_t i)
{
	return i < set->nr ? &set->files[i].result : NULL;
}

void pwrt_set_free(struct pwrt_set *set)
{
	uint32_t i;

	if (!set)
		return;
	for (i = 0; i < set->nr; i++)
		common_file_free(&set->common, &set->files[i].common);
	common_free(&set->common);
	free(set->files);
	free(set->hosts);
	free(set);
}

/* Returns a time of the set on the clock of a file; 0 and UINT64_MAX stay. */
static uint64_t unshifted(uint64_t ns, uint64_t shift)
{
	if (!ns || ns == UINT64_MAX)
		return ns;
	if (shift >> 63)
		return ns > UINT64_MAX + shift ? UINT64_MAX : ns - shift;
	return ns > shift ? ns - shift : 0;
}

/* Returns the number of a packet in its file; 0 for one of the files before. */
static uint64_t unnumbered(uint64_t packet, uint64_t before)
{
	if (packet == UINT64_MAX)
		return packet;
	return packet > before ? packet - before : 0;
}

/* Returns the range of the reader in the numbers of a file. */
static struct pwrt_range range_in(const struct pwrt_reader *r, const struct pwrt_set_file *f)
{
	return (struct pwrt_range){ unshifted(r->range.ts_min, f->shift_ns),
				    unshifted(r->range.ts_max, f->shift_ns),
				    unnumbered(r->range.packet_min, f->packets_before),
				    unnumbered(r->range.packet_max, f->packets_before) };
}

static int no_room(const struct set_file *f, int ret, struct pwrt_diag *d)
{
	if (ret == PWRT_ECORRUPT)
		return pwrt_fail(
			d, ret, 0,
			"%.80s: its names or numbers do not fit those of the files before: show it alone",
			f->as_given.path);
	return pwrt_fail(d, PWRT_ENOMEM, 0,
			 "the files need more than the memory they may have (--max-memory)");
}

/* Adds the new entries of a file's tables to the common ones. */
static int add_tables(struct pwrt_reader *r, uint32_t i, struct pwrt_diag *d)
{
	struct pwrt_set *set = r->pass->set;
	struct open_file *o = &r->pass->files[i];
	int ret;

	if (o->seq == o->r->seq)
		return 0;
	o->seq = o->r->seq;
	ret = common_add(&set->common, &set->files[i].common, o->r->tables);
	return ret < 0 ? no_room(&set->files[i], ret, d) : 0;
}

/* Adds the counts of a file that was read to those of the reader of the set, and closes it. */
static int end_file(struct pwrt_reader *r, uint32_t i, struct pwrt_diag *d)
{
	struct set_file *f = &r->pass->set->files[i];
	struct open_file *o = &r->pass->files[i];
	struct pwrt_integrity *all = &r->integrity;
	const struct pwrt_integrity *one = &o->r->integrity;
	int k, ret = add_tables(r, i, d);

	f->result = (struct pwrt_set_result){ *one, o->r->events, o->r->packets,
					      pwrt_reader_lost_total(o->r), o->r->in.off };
	r->events += o->r->events;
	r->packets += o->r->packets;
	r->in.off += o->r->in.off;
	for (k = 0; k < NR_KINDS; k++) {
		r->block_stats[k].blocks += o->r->block_stats[k].blocks;
		r->block_stats[k].items += o->r->block_stats[k].items;
		r->block_stats[k].bytes += o->r->block_stats[k].bytes;
	}
	all->cut |= one->cut;
	all->blocks_bad += one->blocks_bad;
	all->blocks_gone += one->blocks_gone;
	all->events_bad += one->events_bad;
	if (!one->complete && !*all->what)
		memcpy(all->what, one->what, sizeof(all->what));
	pwrt_close(o->r);
	o->r = NULL;
	o->at_end = true;
	return ret;
}

/* Returns whether a file has nothing in the range. Its tables are in the common ones already. */
static bool is_out_of_range(const struct pwrt_reader *r, const struct set_file *f)
{
	const struct pwrt_range in = range_in(r, &f->as_given);

	return f->result.bytes && f->as_given.end_ns &&
	       (f->as_given.end_ns < in.ts_min || f->as_given.begin_ns > in.ts_max);
}

/* Opens the next file of the set. */
static int open_next(struct pwrt_reader *r, struct pwrt_diag *d)
{
	const struct pwrt_limits shared = { .memory = r->arena.memory };
	struct set_pass *pass = r->pass;
	const uint32_t i = pass->nr_opened++;
	struct open_file *o = &pass->files[i];
	int ret = pwrt_open(&o->r, pass->set->files[i].as_given.path, &shared, d);

	return ret < 0 ? pwrt_fail_in(d, ret, pass->set->files[i].as_given.path) :
			 add_tables(r, i, d);
}

/* Returns the enumeration that a value of an event is of: that of its function, or of its key. */
static const char *enum_of(const struct pwrt_reader *r, const struct pwrt_event *ev, uint32_t key)
{
	const struct pwrt_func *func = pwrt_reader_func(r, ev->func);
	const char *name = pwrt_reader_key(r, key)->name, *type;
	char fact[256];

	if (!func || strcmp(name, "ret"))
		return name;
	snprintf(fact, sizeof(fact), "ret.%.240s", func->name);
	type = pwrt_reader_get(r, fact);
	return type ? type : name;
}

/* Replaces the ids of keys, and the numbers of enumerations, in the values of an event. */
static void translate_values(const struct pwrt_reader *r, struct open_file *o,
			     const struct common_file *c)
{
	struct pwrt_values *to = &o->values;
	struct pwrt_value v;
	size_t at = 0;

	to->len = 0;
	while (pwrt_value_next(o->ev.values, o->ev.values_len, &at, &v)) {
		v.key = common_id(c, TABLE_KEYS, v.key);
		if (v.key == PWRT_NONE)
			continue;
		if (c->nr_moved && v.type <= PWRT_VALUE_SIGNED)
			v.num = common_number(c, enum_of(r, &o->ev, v.key), v.num);
		pwrt_value_put(to, &v);
	}
	o->ev.values = to->bytes;
	o->ev.values_len = to->len;
}

/* Replaces the numbers of file i in its next event by those of the set. */
static void translate(struct pwrt_reader *r, uint32_t i)
{
	struct set_pass *pass = r->pass;
	const struct set_file *f = &pass->set->files[i];
	const struct common_file *c = &f->common;
	struct open_file *o = &pass->files[i];
	struct pwrt_event *ev = &o->ev;

	/* Each file numbers its headers by itself. */
	if (ev->hdr_id)
		ev->hdr_id = ev->hdr_id * pass->set->nr + i;
	ev->ts_ns += f->as_given.shift_ns;
	ev->packet += f->as_given.packets_before;
	ev->parent += ev->parent ? f->as_given.packets_before : 0;
	ev->func = common_id(c, TABLE_FUNCS, ev->func);
	ev->caller = common_id(c, TABLE_CALLERS, ev->caller);
	ev->stack = common_id(c, TABLE_STACKS, ev->stack);
	ev->task = common_id(c, TABLE_TASKS, ev->task);
	ev->dev = common_id(c, TABLE_DEVS, ev->dev);
	if (c->nr_moved && ev->reason != PWRT_NONE)
		ev->reason = (uint32_t)common_number(c, "skb_drop_reason", ev->reason);
	if (ev->values_len)
		translate_values(r, o, c);
}

/* Refuses a packet whose number could be that of another machine. */
static int check_number(const struct pwrt_reader *r, uint32_t i, struct pwrt_diag *d)
{
	const struct pwrt_set_file *f = &r->pass->set->files[i].as_given;
	const uint64_t packet = r->pass->files[i].ev.packet;

	if (!f->host || (packet && packet < PWRT_HOST_PACKETS))
		return 0;
	return pwrt_fail(d, PWRT_ECORRUPT, 0,
			 "%.80s: a packet has the number %llu, which none has: show the file alone",
			 f->path, (unsigned long long)packet);
}

/* Reads the next event of an open file, or closes it at its end. */
static int fetch(struct pwrt_reader *r, uint32_t i, struct pwrt_diag *d)
{
	struct open_file *o = &r->pass->files[i];
	int ret = pwrt_reader_next(o->r, &o->ev, d);

	o->has_event = ret == 1;
	if (ret < 0)
		return pwrt_fail_in(d, ret, r->pass->set->files[i].as_given.path);
	if (ret == 0)
		return end_file(r, i, d);
	ret = check_number(r, i, d);
	if (ret == 0)
		ret = add_tables(r, i, d);
	if (ret == 0)
		translate(r, i);
	return ret;
}

/* Returns whether the next event of file a comes before that of file b. */
static bool is_before(const struct set_pass *pass, uint32_t a, uint32_t b)
{
	const uint64_t x = pass->files[a].ev.ts_ns, y = pass->files[b].ev.ts_ns;

	return x != y ? x < y : a < b;
}

/* Moves the file at the top of the heap to where its next event belongs, or takes it out. */
static void sink(struct set_pass *pass)
{
	uint32_t *v = pass->due, i = 0, k, at;

	if (!pass->files[v[0]].has_event)
		v[0] = v[--pass->nr_due];
	for (at = v[0]; (k = 2 * i + 1) < pass->nr_due; i = k) {
		k += k + 1 < pass->nr_due && is_before(pass, v[k + 1], v[k]);
		if (!is_before(pass, v[k], at))
			break;
		v[i] = v[k];
	}
	v[i] = at;
}

/* Puts a file that was opened into the heap, if it has an event. */
static void rise(struct set_pass *pass, uint32_t file)
{
	uint32_t *v = pass->due, i = pass->nr_due;

	if (!pass->files[file].has_event)
		return;
	for (pass->nr_due++; i && is_before(pass, file, v[(i - 1) / 2]); i = (i - 1) / 2)
		v[i] = v[(i - 1) / 2];
	v[i] = file;
}

/* Reads the first event of a file, in the range of the reader. */
static int fetch_first(struct pwrt_reader *r, uint32_t i, struct pwrt_diag *d)
{
	const struct pwrt_range range = range_in(r, &r->pass->set->files[i].as_given);
	int ret;

	pwrt_reader_range(r->pass->files[i].r, &range);
	ret = fetch(r, i, d);
	if (ret == 0)
		rise(r->pass, i);
	return ret;
}

/* Opens the next file at the time of its first event, and reads that. */
static int begin_next(struct pwrt_reader *r, struct pwrt_diag *d)
{
	const uint32_t i = r->pass->nr_opened;
	int ret;

	if (is_out_of_range(r, &r->pass->set->files[i])) {
		r->pass->nr_opened++;
		return 0;
	}
	ret = open_next(r, d);
	return ret < 0 ? ret : fetch_first(r, i, d);
}

/* Returns whether the next file may have an event that is earlier than that of a file. */
static bool is_due(const struct set_pass *pass, uint32_t best)
{
	const struct set_file *next = &pass->set->files[pass->nr_opened];

	if (pass->nr_opened == pass->set->nr)
		return false;
	return best == PWRT_NONE || !next->as_given.end_ns ||
	       next->as_given.begin_ns + next->as_given.shift_ns <= pass->files[best].ev.ts_ns;
}

/* The first file was opened for its tables, before the range was known. */
static int begin(struct pwrt_reader *r, struct pwrt_diag *d)
{
	r->ready = true;
	return fetch_first(r, 0, d);
}

/* Replaces the event that was given out last by the next one of its file. */
static int replace_last(struct pwrt_reader *r, struct pwrt_diag *d)
{
	int ret = fetch(r, r->pass->last, d);

	sink(r->pass);
	return ret;
}

int set_next(struct pwrt_reader *r, struct pwrt_event *ev, struct pwrt_diag *d)
{
	struct set_pass *pass = r->pass;
	uint32_t best = PWRT_NONE;
	int ret = 0;

	if (r->at_end)
		return 0;
	if (!r->ready)
		ret = begin(r, d);
	else if (pass->last != PWRT_NONE)
		ret = replace_last(r, d);
	for (; ret == 0; ret = begin_next(r, d)) {
		best = pass->nr_due ? pass->due[0] : PWRT_NONE;
		if (!is_due(pass, best))
			break;
	}
	pass->last = best;
	if (ret < 0)
		return ret;
	if (best == PWRT_NONE) {
		r->integrity.complete = !*r->integrity.what;
		r->at_end = true;
		return 0;
	}
	*ev = pass->files[best].ev;
	return 1;
}

int set_finish(struct pwrt_reader *r, struct pwrt_diag *d)
{
	struct set_pass *pass = r->pass;
	uint32_t i;
	int ret = 0;

	for (i = 0; i < pass->set->nr && ret == 0; i++) {
		if (pass->nr_opened == i)
			ret = open_next(r, d);
		if (ret == 0 && pass->files[i].r) {
			ret = pwrt_reader_finish(pass->files[i].r, d);
			if (ret == 0)
				ret = end_file(r, i, d);
		}
	}
	r->integrity.complete = ret == 0 && !*r->integrity.what;
	r->at_end = true;
	return ret;
}

/* Sets the times of the first and the last event, where all files have an index. */
static void set_span(struct pwrt_reader *r)
{
	const struct pwrt_set *set = r->pass->set;
	uint64_t begin, end;
	uint32_t i;

	for (i = 0; i < set->nr; i++) {
		begin = set->files[i].as_given.begin_ns + set->files[i].as_given.shift_ns;
		end = set->files[i].as_given.end_ns + set->files[i].as_given.shift_ns;
		if (!set->files[i].as_given.end_ns) {
			r->ts_min = r->ts_max = 0;
			return;
		}
		r->ts_min = i && r->ts_min < begin ? r->ts_min : begin;
		r->ts_max = i && r->ts_max > end ? r->ts_max : end;
	}
}

int pwrt_open_set(struct pwrt_reader **out, struct pwrt_set *set, struct pwrt_diag *d)
{
	struct pwrt_reader *r = calloc(1, sizeof(*r));
	struct set_pass *pass =
		calloc(1, sizeof(*pass) + set->nr * (sizeof(pass->files[0]) + sizeof(*pass->due)));
	int ret;

	if (!r || !pass) {
		free(r);
		free(pass);
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	}
	pass->set = set;
	pass->due = (uint32_t *)&pass->files[set->nr];
	pass->last = PWRT_NONE;
	r->in.fd = -1;
	r->arena.memory = set->common.arena.memory;
	r->range = PWRT_RANGE_ALL;
	r->tables = set->common.tables;
	r->pass = pass;
	block_reader_name_stats(r);
	*out = r;
	set_span(r);
	/* The facts, the functions and the clock of the start. */
	ret = open_next(r, d);
	if (ret < 0) {
		set_close(r);
		*out = NULL;
	}
	return ret;
}

void set_close_files(struct pwrt_reader *r)
{
	uint32_t i;

	for (i = 0; i < r->pass->nr_opened; i++) {
		pwrt_close(r->pass->files[i].r);
		r->pass->files[i].r = NULL;
	}
	r->at_end = true;
}

void set_close(struct pwrt_reader *r)
{
	set_close_files(r);
	free(r->pass);
	free(r);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "block_writer.h"
#include "pwrt.h"
#include "worker.h"

#define LEVEL_DEFAULT 1

struct pwrt_writer {
	struct block_writer out; /* the worker thread's, while it has a job */
	uint8_t uuid[16];
	struct batch batches[2], *current;
	struct batch *in_flight; /* of the worker's job */
	struct worker *worker;	 /* NULL: the calling thread encodes and writes blocks */
	bool stopped;
	uint64_t events, packets;
};

static int write_section(void *arg, struct pwrt_diag *d)
{
	struct pwrt_writer *w = arg;

	return block_writer_section(&w->out, w->uuid, d);
}

/* The worker thread writes the first block too: a pipe can be full before it. */
static int start_worker(struct pwrt_writer *w, const struct pwrt_writer_options *o,
			struct pwrt_diag *d)
{
	const struct worker_options wo = { o->thread, o->waiting, o->waiting_arg };
	int ret = worker_new(&w->worker, &wo, d);

	if (ret == 0)
		worker_submit(w->worker, write_section, w);
	return ret;
}

static int start(struct pwrt_writer *w, int fd, const struct pwrt_writer_options *o,
		 struct pwrt_diag *d)
{
	uint32_t max = o->block_events ? o->block_events : EVENTS_PER_BLOCK;
	int ret, i;

	ret = block_writer_init(&w->out, fd, o->thread, o->level ? o->level : LEVEL_DEFAULT, max,
				d);
	if (ret == 0 && max > SHAPES_MAX)
		ret = pwrt_fail(d, PWRT_EINVAL, 0, "at most %u events in a block", SHAPES_MAX);
	for (i = 0; i < (o->thread ? 2 : 1) && ret == 0; i++)
		if (events_batch_init(&w->batches[i].events, max) < 0)
			ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	if (o->uuid)
		memcpy(w->uuid, o->uuid, sizeof(w->uuid));
	else if (ret == 0 && getrandom(w->uuid, sizeof(w->uuid), 0) != (ssize_t)sizeof(w->uuid))
		ret = pwrt_fail(d, PWRT_ESYS, 0, "getrandom");
	if (ret < 0)
		return ret;
	return o->thread ? start_worker(w, o, d) : write_section(w, d);
}

int pwrt_writer_new(struct pwrt_writer **out, int fd, const struct pwrt_writer_options *o,
		    struct pwrt_diag *d)
{
	static const struct pwrt_writer_options none;
	struct pwrt_writer *w = calloc(1, sizeof(*w));
	int ret;

	if (!w)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	w->current = &w->batches[0];
	ret = start(w, fd, o ? o : &none, d);
	if (ret == 0)
		*out = w;
	else
		pwrt_writer_free(w);
	return ret;
}

static int write_batch(void *arg, struct pwrt_diag *d)
{
	struct pwrt_writer *w = arg;

	return block_writer_batch(&w->out, w->in_flight, d);
}

/*
 * Writes the current batch, or has the worker thread write it, and makes the other one current.
 */
static int submit_batch(struct pwrt_writer *w, struct pwrt_diag *d)
{
	struct batch *was = w->current,
		     *next = was == &w->batches[0] ? &w->batches[1] : &w->batches[0];
	int id, ret;

	if (w->stopped)
		return pwrt_fail(d, PWRT_EINVAL, pwrt_writer_bytes(w), "the writer was stopped");
	if (!w->worker)
		return block_writer_batch(&w->out, was, d);
	ret = worker_wait(w->worker, d);
	if (ret < 0)
		return ret;
	for (id = 0; id < TABLE_INDEX; id++)
		next->tables[id].first = was->tables[id].first + was->tables[id].nr;
	w->in_flight = was;
	w->current = next;
	worker_submit(w->worker, write_batch, w);
	return 0;
}

static int add_entry(struct pwrt_writer *w, enum table_id id, const void *entry,
		     struct pwrt_diag *d)
{
	struct pending_entries *p = &w->current->tables[id];

	if (p->first + p->nr >= PWRT_ENTRIES_MAX)
		return pwrt_fail(d, PWRT_EINVAL, pwrt_writer_bytes(w),
				 "a table of the file is full");
	table_put(&table_descs[id], &p->columns, p->prev, entry);
	return ++p->nr < TABLE_FLUSH ? 0 : submit_batch(w, d);
}

int pwrt_writer_info(struct pwrt_writer *w, const struct pwrt_info *info, size_t nr,
		     struct pwrt_diag *d)
{
	int ret = 0;

	for (; nr && ret == 0; nr--)
		ret = add_entry(w, TABLE_INFO, info++, d);
	return ret;
}

#define TABLE_PUTTER(name, id)                                                     \
	int pwrt_writer_##name(struct pwrt_writer *w, const struct pwrt_##name *e, \
			       struct pwrt_diag *d)                                \
	{                                                                          \
		return add_entry(w, id, e, d);                                     \
	}
TABLE_PUTTER(clock, TABLE_CLOCK)
TABLE_PUTTER(func, TABLE_FUNCS)
TABLE_PUTTER(caller, TABLE_CALLERS)
TABLE_PUTTER(task, TABLE_TASKS)
TABLE_PUTTER(dev, TABLE_DEVS)
TABLE_PUTTER(netns, TABLE_NETNS)
TABLE_PUTTER(key, TABLE_KEYS)
TABLE_PUTTER(enum, TABLE_ENUMS)
TABLE_PUTTER(module, TABLE_MODULES)
TABLE_PUTTER(btf, TABLE_BTF)
TABLE_PUTTER(lost, TABLE_LOST)
TABLE_PUTTER(cpu, TABLE_CPUS)

int pwrt_writer_stack(struct pwrt_writer *w, const struct pwrt_stack *s, struct pwrt_diag *d)
{
	if (s->callers.nr > PWRT_LIST_MAX)
		return pwrt_fail(d, PWRT_EINVAL, pwrt_writer_bytes(w), "a stack of %u frames",
				 s->callers.nr);
	return add_entry(w, TABLE_STACKS, s, d);
}

int pwrt_writer_flush(struct pwrt_writer *w, struct pwrt_diag *d)
{
	int ret = submit_batch(w, d);

	return ret == 0 && w->worker ? worker_wait(w->worker, d) : ret;
}

int pwrt_writer_event(struct pwrt_writer *w, const struct pwrt_event *ev, struct pwrt_diag *d)
{
	if (ev->hdr_len > PWRT_HDR_MAX || ev->l3_off > ev->hdr_len)
		return pwrt_fail(d, PWRT_EINVAL, pwrt_writer_bytes(w), "event with %u header bytes",
				 ev->hdr_len);
	if (ev->values_len > PWRT_VALUES_MAX)
		return pwrt_fail(d, PWRT_EINVAL, pwrt_writer_bytes(w),
				 "event with %u bytes of values", ev->values_len);
	if (!events_batch_add(&w->current->events, ev))
		return pwrt_fail(d, PWRT_ENOMEM, pwrt_writer_bytes(w), "out of memory");
	w->events++;
	w->packets += (ev->flags & PWRT_EV_FIRST) != 0;
	return w->current->events.nr < w->current->events.max ? 0 : submit_batch(w, d);
}

static int write_end(void *arg, struct pwrt_diag *d)
{
	struct pwrt_writer *w = arg;

	return block_writer_end(&w->out, w->events, w->packets, d);
}

int pwrt_writer_finish(struct pwrt_writer *w, struct pwrt_diag *d)
{
	int ret = pwrt_writer_flush(w, d);

	if (ret < 0 || !w->worker)
		return ret < 0 ? ret : write_end(w, d);
	worker_submit(w->worker, write_end, w);
	return worker_wait(w->worker, d);
}

uint64_t pwrt_writer_bytes(const struct pwrt_writer *w)
{
	return __atomic_load_n(&w->out.bytes, __ATOMIC_RELAXED);
}

uint64_t pwrt_writer_events(const struct pwrt_writer *w)
{
	return w->events;
}

uint64_t pwrt_writer_committed_bytes(const struct pwrt_writer *w)
{
	return __atomic_load_n(&w->out.committed_bytes, __ATOMIC_ACQUIRE);
}

uint64_t pwrt_writer_committed_events(const struct pwrt_writer *w)
{
	return __atomic_load_n(&w->out.committed_events, __ATOMIC_ACQUIRE);
}

void pwrt_writer_cancel(struct pwrt_writer *w)
{
	sink_cancel(&w->out.sink);
}

void pwrt_writer_stop(struct pwrt_writer *w)
{
	worker_free(w->worker);
	w->worker = NULL;
	w->stopped = true;
}

void pwrt_writer_free(struct pwrt_writer *w)
{
	int i, id;

	if (!w)
		return;
	pwrt_writer_stop(w);
	for (i = 0; i < 2; i++) {
		for (id = 0; id < TABLE_INDEX; id++)
			columns_free(&w->batches[i].tables[id].columns);
		events_batch_free(&w->batches[i].events);
	}
	block_writer_free(&w->out);
	free(w);
}

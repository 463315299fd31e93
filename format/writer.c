#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "block.h"
#include "buf.h"
#include "cur.h"
#include "events.h"
#include "pwrt.h"
#include "table.h"

#define LEVEL_DEFAULT 1
#define INDEX_MAX (1u << 20) /* blocks: more than 16 thousand million events */

/* Entries of one table waiting to be written. */
struct pending {
	struct columns_out columns;
	uint64_t prev[COLUMNS_MAX];
	uint32_t first, nr;
};

struct pwrt_writer {
	int fd;
	uint32_t tag;
	uint32_t seq;
	uint64_t bytes, whole, events, packets;
	struct pending tables[TABLE_NR];
	struct events_out out;
	struct packer packer;
	struct buf block; /* being made: room for the header, then the payload */
};

static int write_all(struct pwrt_writer *w, const uint8_t *p, size_t n, struct pwrt_diag *d)
{
	while (n) {
		ssize_t did = write(w->fd, p, n);

		if (did < 0 && errno == EINTR)
			continue;
		if (did < 0)
			return pwrt_fail(d, PWRT_EOS, w->bytes, "cannot write");
		p += did;
		n -= (size_t)did;
		w->bytes += (uint64_t)did;
	}
	w->whole = w->bytes;
	return 0;
}

static void begin_block(struct pwrt_writer *w)
{
	w->block.len = 0;
	buf_room(&w->block, BLOCK_HDR_LEN);
}

/* Every block is a line of the index, for readers that want to pass over it. */
static void index_block(struct pwrt_writer *w, const struct block_hdr *h,
			const struct events_head *head)
{
	struct pending *p = &w->tables[TABLE_INDEX];
	struct index_entry e = { .type = h->type, .items = h->items, .len = h->len };

	if (head) {
		e.ts_min = head->ts_min;
		e.ts_span = head->ts_max - head->ts_min;
		e.packet_min = head->packet_min;
		e.packet_span = head->packet_max - head->packet_min;
	}
	table_put(&table_descs[TABLE_INDEX], &p->columns, p->prev, &e);
	p->nr++;
}

/* Writes w->block under a header; head is for blocks of events. */
static int write_block(struct pwrt_writer *w, uint16_t type, uint8_t flags, uint32_t items,
		       const struct events_head *head, struct pwrt_diag *d)
{
	struct block_hdr h = {
		.type = type, .flags = flags, .seq = w->seq, .tag = w->tag, .items = items
	};
	size_t len = w->block.len - BLOCK_HDR_LEN;

	if (w->block.failed)
		return pwrt_fail(d, PWRT_ENOMEM, w->bytes, "out of memory");
	if (len > PWRT_BLOCK_MAX)
		return pwrt_fail(d, PWRT_EARG, w->bytes, "a block of %zu bytes is too large", len);
	h.len = (uint32_t)len;
	h.payload_crc = crc32c(0, w->block.p + BLOCK_HDR_LEN, len);
	block_hdr_put(w->block.p, &h);
	while (w->block.len < block_whole(h.len))
		buf_le(&w->block, 0, 1);
	if (w->block.failed)
		return pwrt_fail(d, PWRT_ENOMEM, w->bytes, "out of memory");
	index_block(w, &h, head);
	w->seq++;
	return write_all(w, w->block.p, w->block.len, d);
}

static int write_section(struct pwrt_writer *w, const uint8_t uuid[16], struct pwrt_diag *d)
{
	w->tag = (uint32_t)get_le(uuid, 4);
	begin_block(w);
	buf_bytes(&w->block, SECTION_MAGIC, 8);
	buf_le(&w->block, FORMAT_MAJOR, 2);
	buf_le(&w->block, FORMAT_MINOR, 2);
	buf_le(&w->block, SECTION_LEN, 4);
	buf_le(&w->block, 0, 8); /* incompatible features */
	buf_le(&w->block, 0, 8); /* compatible features */
	buf_bytes(&w->block, uuid, 16);
	return write_block(w, BLOCK_SECTION, BLOCK_REQUIRED, 0, NULL, d);
}

int pwrt_writer_new(struct pwrt_writer **out, int fd, const struct pwrt_writer_options *o,
		    struct pwrt_diag *d)
{
	static const struct pwrt_writer_options none;
	struct pwrt_writer *w = calloc(1, sizeof(*w));
	uint8_t uuid[16];
	uint32_t max;
	int ret;

	o = o ? o : &none;
	max = o->block_events ? o->block_events : EVENTS_PER_BLOCK;
	if (!w)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	w->fd = fd;
	if (max > SHAPES_MAX)
		ret = pwrt_fail(d, PWRT_EARG, 0, "at most %u events in a block", SHAPES_MAX);
	else if (packer_init(&w->packer, o->level ? o->level : LEVEL_DEFAULT) < 0 ||
		 events_out_init(&w->out, max) < 0)
		ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	else if (!o->uuid && getrandom(uuid, sizeof(uuid), 0) != (ssize_t)sizeof(uuid))
		ret = pwrt_fail(d, PWRT_EOS, 0, "getrandom");
	else
		ret = write_section(w, o->uuid ? o->uuid : uuid, d);
	if (ret == 0) {
		*out = w;
		w = NULL;
	}
	pwrt_writer_free(w);
	return ret;
}

static int flush_table(struct pwrt_writer *w, enum table_id id, struct pwrt_diag *d)
{
	struct pending *p = &w->tables[id];
	uint32_t nr = p->nr;

	if (!nr)
		return 0;
	begin_block(w);
	buf_var(&w->block, p->first);
	if (!columns_put(&w->block, &p->columns, &w->packer))
		return pwrt_fail(d, PWRT_ENOMEM, w->bytes, "out of memory");
	memset(p->prev, 0, sizeof(p->prev));
	p->first += nr;
	p->nr = 0;
	return write_block(w, table_descs[id].block_type, 0, nr, NULL, d);
}

static int flush_tables(struct pwrt_writer *w, struct pwrt_diag *d)
{
	int id, ret = 0;

	for (id = 0; id < TABLE_INDEX && ret == 0; id++)
		ret = flush_table(w, (enum table_id)id, d);
	return ret;
}

static int add_entry(struct pwrt_writer *w, enum table_id id, const void *entry,
		     struct pwrt_diag *d)
{
	struct pending *p = &w->tables[id];

	if (p->first + p->nr >= PWRT_ENTRIES_MAX)
		return pwrt_fail(d, PWRT_EARG, w->bytes, "a table of the file is full");
	table_put(&table_descs[id], &p->columns, p->prev, entry);
	return ++p->nr < TABLE_FLUSH ? 0 : flush_table(w, id, d);
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
		return pwrt_fail(d, PWRT_EARG, w->bytes, "a stack of %u frames", s->callers.nr);
	return add_entry(w, TABLE_STACKS, s, d);
}

int pwrt_writer_flush(struct pwrt_writer *w, struct pwrt_diag *d)
{
	uint32_t nr = w->out.nr;
	struct events_head head;
	int ret;

	/* Entries first: an event never refers to what a reader has not seen. */
	ret = flush_tables(w, d);
	if (ret < 0 || !nr)
		return ret;
	begin_block(w);
	if (!events_encode(&w->out, &w->block, &w->packer, &head))
		return pwrt_fail(d, PWRT_ENOMEM, w->bytes, "out of memory");
	return write_block(w, BLOCK_EVENTS, BLOCK_REQUIRED, nr, &head, d);
}

int pwrt_writer_event(struct pwrt_writer *w, const struct pwrt_event *ev, struct pwrt_diag *d)
{
	if (ev->hdr_len > PWRT_HDR_MAX || ev->l3_off > ev->hdr_len)
		return pwrt_fail(d, PWRT_EARG, w->bytes, "event with %u header bytes", ev->hdr_len);
	if (ev->values_len > PWRT_VALUES_MAX)
		return pwrt_fail(d, PWRT_EARG, w->bytes, "event with %u bytes of values",
				 ev->values_len);
	if (!events_out_add(&w->out, ev))
		return pwrt_fail(d, PWRT_ENOMEM, w->bytes, "out of memory");
	w->events++;
	w->packets += (ev->flags & PWRT_EV_FIRST) != 0;
	return w->out.nr < w->out.max ? 0 : pwrt_writer_flush(w, d);
}

/* The index of all blocks before it, unless there are too many; *at is where it is, or 0. */
static int write_index(struct pwrt_writer *w, uint64_t *at, struct pwrt_diag *d)
{
	struct pending *p = &w->tables[TABLE_INDEX];

	*at = 0;
	if (p->nr > INDEX_MAX)
		return 0;
	*at = w->bytes;
	return flush_table(w, TABLE_INDEX, d);
}

int pwrt_writer_finish(struct pwrt_writer *w, struct pwrt_diag *d)
{
	int ret = pwrt_writer_flush(w, d);
	uint64_t index_at = 0;

	if (ret == 0)
		ret = write_index(w, &index_at, d);
	if (ret < 0)
		return ret;
	begin_block(w);
	buf_le(&w->block, w->events, 8);
	buf_le(&w->block, w->packets, 8);
	buf_le(&w->block, index_at, 8);
	return write_block(w, BLOCK_END, BLOCK_REQUIRED, 0, NULL, d);
}

uint64_t pwrt_writer_bytes(const struct pwrt_writer *w)
{
	return w->bytes;
}

uint64_t pwrt_writer_events(const struct pwrt_writer *w)
{
	return w->events;
}

uint64_t pwrt_writer_whole(const struct pwrt_writer *w)
{
	return w->whole;
}

void pwrt_writer_free(struct pwrt_writer *w)
{
	int id;

	if (!w)
		return;
	for (id = 0; id < TABLE_NR; id++)
		columns_free(&w->tables[id].columns);
	events_out_free(&w->out);
	packer_free(&w->packer);
	buf_free(&w->block);
	free(w);
}

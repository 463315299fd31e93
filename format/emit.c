/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "emit.h"

#include <errno.h>
#include <string.h>

int emitter_init(struct emitter *e, int fd, bool cancellable, int level, uint32_t max,
		 struct pwrt_diag *d)
{
	int ret;

	*e = (struct emitter){ 0 };
	ret = sink_init(&e->sink, fd, cancellable, d);
	if (ret < 0)
		return ret;
	if (packer_init(&e->packer, level) < 0 || events_out_init(&e->out, max) < 0)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	return 0;
}

void emitter_free(struct emitter *e)
{
	columns_free(&e->index.columns);
	events_out_free(&e->out);
	packer_free(&e->packer);
	buf_free(&e->block);
	sink_free(&e->sink);
}

static int write_all(struct emitter *e, const uint8_t *p, size_t n, struct pwrt_diag *d)
{
	while (n) {
		ssize_t did = sink_write(&e->sink, p, n);

		if (did < 0 && errno == ECANCELED)
			return pwrt_fail(d, PWRT_EOS, e->bytes, "gave up writing");
		if (did < 0)
			return pwrt_fail(d, PWRT_EOS, e->bytes, "cannot write");
		p += did;
		n -= (size_t)did;
		__atomic_store_n(&e->bytes, e->bytes + (uint64_t)did, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&e->whole, e->bytes, __ATOMIC_RELEASE);
	return 0;
}

static void begin_block(struct emitter *e)
{
	e->block.len = 0;
	buf_room(&e->block, BLOCK_HDR_LEN);
}

/* Every block is a line of the index, for readers that want to pass over it. */
static void index_block(struct emitter *e, const struct block_hdr *h,
			const struct events_head *head)
{
	struct pending *p = &e->index;
	struct index_entry entry = { .type = h->type, .items = h->items, .len = h->len };

	if (e->seq >= INDEX_MAX) { /* a file that large has no index */
		columns_free(&p->columns);
		return;
	}
	if (head) {
		entry.ts_min = head->ts_min;
		entry.ts_span = head->ts_max - head->ts_min;
		entry.packet_min = head->packet_min;
		entry.packet_span = head->packet_max - head->packet_min;
	}
	table_put(&table_descs[TABLE_INDEX], &p->columns, p->prev, &entry);
	p->nr++;
}

/* Writes e->block under a header; head is for blocks of events. */
static int write_block(struct emitter *e, uint16_t type, uint8_t flags, uint32_t items,
		       const struct events_head *head, struct pwrt_diag *d)
{
	struct block_hdr h = {
		.type = type, .flags = flags, .seq = e->seq, .tag = e->tag, .items = items
	};
	size_t len = e->block.len - BLOCK_HDR_LEN;

	if (e->block.failed)
		return pwrt_fail(d, PWRT_ENOMEM, e->bytes, "out of memory");
	if (len > PWRT_BLOCK_MAX)
		return pwrt_fail(d, PWRT_EARG, e->bytes, "a block of %zu bytes is too large", len);
	h.len = (uint32_t)len;
	h.payload_crc = crc32c(0, e->block.p + BLOCK_HDR_LEN, len);
	block_hdr_put(e->block.p, &h);
	while (e->block.len < block_whole(h.len))
		buf_le(&e->block, 0, 1);
	if (e->block.failed)
		return pwrt_fail(d, PWRT_ENOMEM, e->bytes, "out of memory");
	index_block(e, &h, head);
	e->seq++;
	return write_all(e, e->block.p, e->block.len, d);
}

int emit_section(struct emitter *e, const uint8_t uuid[16], struct pwrt_diag *d)
{
	e->tag = (uint32_t)get_le(uuid, 4);
	begin_block(e);
	buf_bytes(&e->block, SECTION_MAGIC, 8);
	buf_le(&e->block, FORMAT_MAJOR, 2);
	buf_le(&e->block, FORMAT_MINOR, 2);
	buf_le(&e->block, SECTION_LEN, 4);
	buf_le(&e->block, 0, 8); /* incompatible features */
	buf_le(&e->block, 0, 8); /* compatible features */
	buf_bytes(&e->block, uuid, 16);
	return write_block(e, BLOCK_SECTION, BLOCK_REQUIRED, 0, NULL, d);
}

static int emit_table(struct emitter *e, enum table_id id, struct pending *p, struct pwrt_diag *d)
{
	uint32_t nr = p->nr;

	if (!nr)
		return 0;
	begin_block(e);
	buf_var(&e->block, p->first);
	if (!columns_put(&e->block, &p->columns, &e->packer))
		return pwrt_fail(d, PWRT_ENOMEM, e->bytes, "out of memory");
	memset(p->prev, 0, sizeof(p->prev));
	p->first += nr;
	p->nr = 0;
	return write_block(e, table_descs[id].block_type, 0, nr, NULL, d);
}

int emit_gathered(struct emitter *e, struct gathered *g, struct pwrt_diag *d)
{
	uint32_t nr = g->events.nr;
	struct events_head head;
	int id, ret = 0;

	/* Entries first: an event never refers to what a reader has not seen. */
	for (id = 0; id < TABLE_INDEX && ret == 0; id++)
		ret = emit_table(e, (enum table_id)id, &g->tables[id], d);
	if (ret < 0 || !nr)
		return ret;
	begin_block(e);
	if (!events_encode(&e->out, &g->events, &e->block, &e->packer, &head))
		return pwrt_fail(d, PWRT_ENOMEM, e->bytes, "out of memory");
	ret = write_block(e, BLOCK_EVENTS, BLOCK_REQUIRED, nr, &head, d);
	if (ret == 0)
		__atomic_store_n(&e->saved, e->saved + nr, __ATOMIC_RELEASE);
	return ret;
}

int emit_end(struct emitter *e, uint64_t events, uint64_t packets, struct pwrt_diag *d)
{
	uint64_t index_at = 0;
	int ret = 0;

	if (e->seq <= INDEX_MAX) {
		index_at = e->bytes;
		ret = emit_table(e, TABLE_INDEX, &e->index, d);
	}
	if (ret < 0)
		return ret;
	begin_block(e);
	buf_le(&e->block, events, 8);
	buf_le(&e->block, packets, 8);
	buf_le(&e->block, index_at, 8);
	return write_block(e, BLOCK_END, BLOCK_REQUIRED, 0, NULL, d);
}

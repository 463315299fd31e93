/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "block_writer.h"

#include <errno.h>
#include <string.h>

int block_writer_init(struct block_writer *b, int fd, bool cancellable, int level, uint32_t max,
		      struct pwrt_diag *d)
{
	int ret;

	*b = (struct block_writer){ 0 };
	ret = sink_init(&b->sink, fd, cancellable, d);
	if (ret < 0)
		return ret;
	if (packer_init(&b->packer, level) < 0 || events_out_init(&b->out, max) < 0)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	return 0;
}

void block_writer_free(struct block_writer *b)
{
	columns_free(&b->index.columns);
	events_out_free(&b->out);
	packer_free(&b->packer);
	buf_free(&b->block);
	sink_free(&b->sink);
}

static int write_all(struct block_writer *b, const uint8_t *p, size_t n, struct pwrt_diag *d)
{
	while (n) {
		ssize_t did = sink_write(&b->sink, p, n);

		if (did < 0 && errno == ECANCELED)
			return pwrt_fail(d, PWRT_ESYS, b->bytes, "gave up writing");
		if (did < 0)
			return pwrt_fail(d, PWRT_ESYS, b->bytes, "cannot write");
		p += did;
		n -= (size_t)did;
		__atomic_store_n(&b->bytes, b->bytes + (uint64_t)did, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&b->committed_bytes, b->bytes, __ATOMIC_RELEASE);
	return 0;
}

static void begin_block(struct block_writer *b)
{
	b->block.len = 0;
	buf_extend(&b->block, BLOCK_HDR_LEN);
}

/* Every block is a line of the index, for readers that want to pass over it. */
static void index_block(struct block_writer *b, const struct block_hdr *h,
			const struct events_head *head)
{
	struct pending_entries *p = &b->index;
	struct index_entry entry = { .type = h->type, .items = h->items, .len = h->len };

	if (b->seq >= INDEX_MAX) { /* a file that large has no index */
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

/* Writes b->block under a header; head is for blocks of events. */
static int write_block(struct block_writer *b, uint16_t type, uint8_t flags, uint32_t items,
		       const struct events_head *head, struct pwrt_diag *d)
{
	struct block_hdr h = {
		.type = type, .flags = flags, .seq = b->seq, .tag = b->tag, .items = items
	};
	size_t len = b->block.len - BLOCK_HDR_LEN;

	if (b->block.failed)
		return pwrt_fail(d, PWRT_ENOMEM, b->bytes, "out of memory");
	if (len > PWRT_BLOCK_MAX)
		return pwrt_fail(d, PWRT_EINVAL, b->bytes, "a block of %zu bytes is too large",
				 len);
	h.len = (uint32_t)len;
	h.payload_crc = crc32c(0, b->block.p + BLOCK_HDR_LEN, len);
	block_hdr_put(b->block.p, &h);
	while (b->block.len < block_size_on_disk(h.len))
		buf_le(&b->block, 0, 1);
	if (b->block.failed)
		return pwrt_fail(d, PWRT_ENOMEM, b->bytes, "out of memory");
	index_block(b, &h, head);
	b->seq++;
	return write_all(b, b->block.p, b->block.len, d);
}

int block_writer_section(struct block_writer *b, const uint8_t uuid[16], struct pwrt_diag *d)
{
	b->tag = (uint32_t)get_le(uuid, 4);
	begin_block(b);
	buf_bytes(&b->block, SECTION_MAGIC, 8);
	buf_le(&b->block, FORMAT_MAJOR, 2);
	buf_le(&b->block, FORMAT_MINOR, 2);
	buf_le(&b->block, SECTION_LEN, 4);
	buf_le(&b->block, 0, 8); /* incompatible features */
	buf_le(&b->block, 0, 8); /* compatible features */
	buf_bytes(&b->block, uuid, 16);
	return write_block(b, BLOCK_SECTION, BLOCK_REQUIRED, 0, NULL, d);
}

static int write_table(struct block_writer *b, enum table_id id, struct pending_entries *p,
		       struct pwrt_diag *d)
{
	uint32_t nr = p->nr;

	if (!nr)
		return 0;
	begin_block(b);
	buf_var(&b->block, p->first);
	if (!columns_put(&b->block, &p->columns, &b->packer))
		return pwrt_fail(d, PWRT_ENOMEM, b->bytes, "out of memory");
	memset(p->prev, 0, sizeof(p->prev));
	p->first += nr;
	p->nr = 0;
	return write_block(b, table_descs[id].block_type, 0, nr, NULL, d);
}

int block_writer_batch(struct block_writer *b, struct batch *g, struct pwrt_diag *d)
{
	uint32_t nr = g->events.nr;
	struct events_head head;
	int id, ret = 0;

	/* Entries first: an event never refers to what a reader has not seen. */
	for (id = 0; id < TABLE_INDEX && ret == 0; id++)
		ret = write_table(b, (enum table_id)id, &g->tables[id], d);
	if (ret < 0 || !nr)
		return ret;
	begin_block(b);
	if (!events_encode(&b->out, &g->events, &b->block, &b->packer, &head))
		return pwrt_fail(d, PWRT_ENOMEM, b->bytes, "out of memory");
	ret = write_block(b, BLOCK_EVENTS, BLOCK_REQUIRED, nr, &head, d);
	if (ret == 0)
		__atomic_store_n(&b->committed_events, b->committed_events + nr, __ATOMIC_RELEASE);
	return ret;
}

int block_writer_end(struct block_writer *b, uint64_t events, uint64_t packets, struct pwrt_diag *d)
{
	uint64_t index_at = 0;
	int ret = 0;

	if (b->seq <= INDEX_MAX) {
		index_at = b->bytes;
		ret = write_table(b, TABLE_INDEX, &b->index, d);
	}
	if (ret < 0)
		return ret;
	begin_block(b);
	buf_le(&b->block, events, 8);
	buf_le(&b->block, packets, 8);
	buf_le(&b->block, index_at, 8);
	return write_block(b, BLOCK_END, BLOCK_REQUIRED, 0, NULL, d);
}

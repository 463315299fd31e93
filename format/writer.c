#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include <zstd.h>

#include "block.h"
#include "buf.h"
#include "cur.h"
#include "events.h"
#include "pwrt.h"
#include "table.h"

#define ZSTD_LEVEL 1
#define TABLE_FLUSH 4096 /* entries buffered at most */
#define SMALL_RAW 96	 /* payloads below this are stored as they are */

/* Entries of one table waiting to be written. */
struct pending {
	struct columns_out columns;
	uint64_t prev[COLUMNS_MAX];
	uint32_t first, nr;
};

struct pwrt_writer {
	int fd;
	uint32_t tag;
	uint64_t seq, bytes, whole, events;
	struct pending tables[TABLE_NR];
	struct events_out out;
	struct buf raw, frame; /* one block before and after the codec */
	ZSTD_CCtx *zstd;
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

/* Compresses w->raw behind a header in w->frame; leaves the payload alone where that does not help.
 */
static int fill_frame(struct pwrt_writer *w, struct block_hdr *h, struct pwrt_diag *d)
{
	size_t bound = ZSTD_compressBound(w->raw.len), n = 0;
	uint8_t *p;

	w->frame.len = 0;
	p = buf_room(&w->frame, BLOCK_HDR_LEN + bound + BLOCK_ALIGN);
	if (w->raw.failed || !p)
		return pwrt_fail(d, PWRT_ENOMEM, w->bytes, "out of memory");
	if (w->raw.len >= SMALL_RAW) {
		n = ZSTD_compressCCtx(w->zstd, p + BLOCK_HDR_LEN, bound, w->raw.p, w->raw.len,
				      ZSTD_LEVEL);
		if (ZSTD_isError(n))
			return pwrt_fail(d, PWRT_ENOMEM, w->bytes, "zstd: %s",
					 ZSTD_getErrorName(n));
	}
	h->codec = n && n < w->raw.len ? CODEC_ZSTD : CODEC_NONE;
	if (h->codec == CODEC_NONE && w->raw.len) {
		n = w->raw.len;
		memcpy(p + BLOCK_HDR_LEN, w->raw.p, n);
	}
	h->stored_len = (uint32_t)n;
	h->raw_len = (uint32_t)w->raw.len;
	h->payload_crc = crc32c(0, p + BLOCK_HDR_LEN, n);
	block_hdr_put(p, h);
	memset(p + BLOCK_HDR_LEN + n, 0, block_pad(h->stored_len));
	w->frame.len = BLOCK_HDR_LEN + n + block_pad(h->stored_len);
	return 0;
}

/* Writes w->raw as one block. */
static int write_block(struct pwrt_writer *w, uint16_t type, uint8_t flags, uint32_t items,
		       struct pwrt_diag *d)
{
	struct block_hdr h = {
		.type = type, .flags = flags, .seq = w->seq, .tag = w->tag, .items = items
	};
	int ret;

	if (w->raw.len > PWRT_RAW_MAX)
		return pwrt_fail(d, PWRT_EARG, w->bytes, "block too large");
	ret = fill_frame(w, &h, d);
	if (ret < 0)
		return ret;
	w->seq++;
	return write_all(w, w->frame.p, w->frame.len, d);
}

int pwrt_writer_new(struct pwrt_writer **out, int fd, const struct pwrt_clock *start,
		    struct pwrt_diag *d)
{
	struct pwrt_writer *w = calloc(1, sizeof(*w));
	uint8_t uuid[16];
	int ret;

	if (!w)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	w->fd = fd;
	w->zstd = ZSTD_createCCtx();
	if (!w->zstd || events_out_init(&w->out) < 0) {
		ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
		goto out;
	}
	if (getrandom(uuid, sizeof(uuid), 0) != (ssize_t)sizeof(uuid)) {
		ret = pwrt_fail(d, PWRT_EOS, 0, "getrandom");
		goto out;
	}
	w->tag = (uint32_t)get_le(uuid, 4);
	buf_bytes(&w->raw, SECTION_MAGIC, 8);
	buf_le(&w->raw, FORMAT_MAJOR, 2);
	buf_le(&w->raw, FORMAT_MINOR, 2);
	buf_le(&w->raw, SECTION_LEN, 4);
	buf_le(&w->raw, 0, 8); /* incompatible features */
	buf_le(&w->raw, 0, 8); /* compatible features */
	buf_bytes(&w->raw, uuid, sizeof(uuid));
	ret = write_block(w, BLOCK_SECTION, BLOCK_REQUIRED, 0, d);
	if (ret == 0)
		ret = pwrt_writer_clock(w, start, d);
	if (ret < 0)
		goto out;
	*out = w;
	w = NULL;
out:
	pwrt_writer_free(w);
	return ret;
}

static int flush_table(struct pwrt_writer *w, enum table_id id, struct pwrt_diag *d)
{
	struct pending *p = &w->tables[id];
	uint32_t nr = p->nr;

	if (!nr)
		return 0;
	w->raw.len = 0;
	buf_var(&w->raw, p->first);
	columns_put(&w->raw, &p->columns);
	columns_reset(&p->columns);
	memset(p->prev, 0, sizeof(p->prev));
	p->first += nr;
	p->nr = 0;
	return write_block(w, table_descs[id].block_type, 0, nr, d);
}

static int flush_tables(struct pwrt_writer *w, struct pwrt_diag *d)
{
	int id, ret = 0;

	for (id = 0; id < TABLE_NR && ret == 0; id++)
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

int pwrt_writer_clock(struct pwrt_writer *w, const struct pwrt_clock *clock, struct pwrt_diag *d)
{
	return add_entry(w, TABLE_CLOCK, clock, d);
}

int pwrt_writer_lost(struct pwrt_writer *w, const struct pwrt_lost *lost, struct pwrt_diag *d)
{
	return add_entry(w, TABLE_LOST, lost, d);
}

int pwrt_writer_func(struct pwrt_writer *w, const struct pwrt_func *f, struct pwrt_diag *d)
{
	return add_entry(w, TABLE_FUNCS, f, d);
}

int pwrt_writer_caller(struct pwrt_writer *w, const struct pwrt_caller *c, struct pwrt_diag *d)
{
	return add_entry(w, TABLE_CALLERS, c, d);
}

int pwrt_writer_task(struct pwrt_writer *w, const struct pwrt_task *t, struct pwrt_diag *d)
{
	return add_entry(w, TABLE_TASKS, t, d);
}

int pwrt_writer_dev(struct pwrt_writer *w, const struct pwrt_dev *v, struct pwrt_diag *d)
{
	return add_entry(w, TABLE_DEVS, v, d);
}

int pwrt_writer_netns(struct pwrt_writer *w, const struct pwrt_netns *n, struct pwrt_diag *d)
{
	return add_entry(w, TABLE_NETNS, n, d);
}

int pwrt_writer_enum(struct pwrt_writer *w, const struct pwrt_enum *e, struct pwrt_diag *d)
{
	return add_entry(w, TABLE_ENUMS, e, d);
}

int pwrt_writer_flush(struct pwrt_writer *w, struct pwrt_diag *d)
{
	uint32_t nr = w->out.nr;
	int ret;

	/* Entries first: an event never refers to what a reader has not seen. */
	ret = flush_tables(w, d);
	if (ret < 0 || !nr)
		return ret;
	w->raw.len = 0;
	events_encode(&w->out, &w->raw);
	return write_block(w, BLOCK_EVENTS, BLOCK_REQUIRED, nr, d);
}

int pwrt_writer_event(struct pwrt_writer *w, const struct pwrt_event *ev, struct pwrt_diag *d)
{
	if (ev->hdr_len > PWRT_HDR_MAX || ev->l3_off > ev->hdr_len)
		return pwrt_fail(d, PWRT_EARG, w->bytes, "event with %u header bytes", ev->hdr_len);
	if (!events_out_add(&w->out, ev))
		return pwrt_fail(d, PWRT_ENOMEM, w->bytes, "out of memory");
	w->events++;
	return w->out.nr < EVENTS_PER_BLOCK ? 0 : pwrt_writer_flush(w, d);
}

int pwrt_writer_finish(struct pwrt_writer *w, struct pwrt_diag *d)
{
	int ret = pwrt_writer_flush(w, d);

	if (ret < 0)
		return ret;
	w->raw.len = 0;
	buf_le(&w->raw, w->events, 8);
	return write_block(w, BLOCK_END, BLOCK_REQUIRED, 0, d);
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
	buf_free(&w->raw);
	buf_free(&w->frame);
	ZSTD_freeCCtx(w->zstd);
	free(w);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "columns.h"

#include <stdlib.h>

#include "block.h"
#include "pwrt.h"

#define COLUMNS_DIR_MAX 1024 /* columns in one block, known or not */
#define SMALL 48	     /* columns below this are not worth a frame */

int packer_init(struct packer *p, int level)
{
	*p = (struct packer){ .level = level, .zstd = ZSTD_createCCtx() };
	return p->zstd ? 0 : PWRT_ENOMEM;
}

void packer_free(struct packer *p)
{
	ZSTD_freeCCtx(p->zstd);
	buf_free(&p->dir);
	buf_free(&p->body);
}

/* Appends a column behind its codec; leaves it alone where compressing does not help. */
static enum column_codec pack(struct packer *p, const struct buf *col)
{
	size_t bound = ZSTD_compressBound(col->len), n;

	if (col->len >= SMALL && p->level != PWRT_STORE && buf_reserve(&p->body, bound)) {
		n = ZSTD_compressCCtx(p->zstd, p->body.p + p->body.len, bound, col->p, col->len,
				      p->level);
		/* Less than one part in 64 is not worth the reader's time. */
		if (!ZSTD_isError(n) && n < col->len - col->len / 64) {
			p->body.len += n;
			return CODEC_ZSTD;
		}
	}
	buf_bytes(&p->body, col->p, col->len);
	return CODEC_NONE;
}

bool columns_put(struct buf *out, struct columns_out *c, struct packer *p)
{
	unsigned int id, nr = 0;
	bool failed = false;

	p->dir.len = 0;
	p->body.len = 0;
	for (id = 0; id < COLUMNS_MAX; id++) {
		struct buf *col = &c->col[id];
		size_t at = p->body.len;

		failed |= col->failed;
		if (!col->len)
			continue;
		nr++;
		buf_var(&p->dir, id);
		if (pack(p, col) == CODEC_ZSTD) {
			buf_var(&p->dir, CODEC_ZSTD);
			buf_var(&p->dir, p->body.len - at);
		} else {
			buf_var(&p->dir, CODEC_NONE);
		}
		buf_var(&p->dir, col->len);
		col->len = 0;
	}
	buf_var(out, nr);
	buf_bytes(out, p->dir.p, p->dir.len);
	buf_bytes(out, p->body.p, p->body.len);
	return !failed && !p->dir.failed && !p->body.failed && !out->failed;
}

void columns_free(struct columns_out *c)
{
	unsigned int id;

	for (id = 0; id < COLUMNS_MAX; id++)
		buf_free(&c->col[id]);
}

int unpacker_init(struct unpacker *u, struct arena *a)
{
	*u = (struct unpacker){ .arena = a, .zstd = ZSTD_createDCtx() };
	return u->zstd ? 0 : PWRT_ENOMEM;
}

void unpacker_free(struct unpacker *u)
{
	ZSTD_freeDCtx(u->zstd);
	free(u->out_buf);
}

/* One line of the directory. */
struct column_desc {
	uint64_t id, codec, stored, raw;
};

static bool desc_get(struct column_desc *d, struct cursor *c)
{
	if (!cursor_var(c, &d->id) || !cursor_var(c, &d->codec) || !cursor_var(c, &d->stored))
		return false;
	d->raw = d->stored;
	if (d->codec != CODEC_NONE && !cursor_var(c, &d->raw))
		return false;
	return d->stored <= PWRT_BLOCK_MAX && d->raw <= PWRT_RAW_MAX;
}

static bool is_wanted(const struct column_desc *d, uint64_t wanted)
{
	return d->id < COLUMNS_MAX && wanted >> d->id & 1;
}

/* Hands out the bytes of one column, unpacked to u->out_buf + *used where they are packed. */
static bool unpack(struct unpacker *u, const struct column_desc *d, const uint8_t *stored,
		   size_t *used, struct cursor *col)
{
	uint8_t *to;
	size_t n;

	if (d->codec == CODEC_NONE) {
		*col = cursor_on(stored, (size_t)d->stored);
		return true;
	}
	to = u->out_buf + *used;
	n = ZSTD_decompressDCtx(u->zstd, to, (size_t)d->raw, stored, (size_t)d->stored);
	if (ZSTD_isError(n) || n != d->raw)
		return false;
	*used += n;
	*col = cursor_on(to, n);
	return true;
}

int columns_get(struct columns_in *in, struct cursor *c, uint64_t wanted, struct unpacker *u)
{
	struct column_desc d;
	uint64_t nr, i, raw = 0, seen = 0;
	size_t used = 0;
	struct cursor dir;
	int ret;

	memset(in, 0, sizeof(*in));
	if (!cursor_var(c, &nr) || nr > COLUMNS_DIR_MAX)
		return PWRT_ECORRUPT;
	/* The directory is read twice: for what it will cost, and to hand the columns out. */
	dir = *c;
	for (i = 0; i < nr; i++) {
		if (!desc_get(&d, c))
			return PWRT_ECORRUPT;
		if (d.id < COLUMNS_MAX) {
			if (seen >> d.id & 1)
				return PWRT_ECORRUPT;
			seen |= 1ull << d.id;
		}
		if (is_wanted(&d, wanted)) {
			if (d.codec > CODEC_ZSTD)
				return PWRT_ECORRUPT;
			raw += d.codec == CODEC_ZSTD ? d.raw : 0;
		}
	}
	if (raw > PWRT_RAW_MAX)
		return PWRT_ECORRUPT;
	/* Never no room at all: a column may have no bytes. */
	u->out_buf = arena_buffer(u->arena, u->out_buf, &u->cap, (size_t)raw + 1);
	ret = u->out_buf ? 0 : PWRT_ENOMEM;
	for (i = 0; ret == 0 && i < nr; i++) {
		const uint8_t *p;

		desc_get(&d, &dir);
		p = cursor_take(c, (size_t)d.stored);
		if (!p || (is_wanted(&d, wanted) && !unpack(u, &d, p, &used, &in->col[d.id])))
			ret = PWRT_ECORRUPT;
	}
	return ret == 0 && cursor_left(c) ? PWRT_ECORRUPT : ret;
}

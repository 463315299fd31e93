#include "columns.h"

#define COLUMNS_DIR_MAX 1024 /* columns in one block, known or not */

void columns_put(struct buf *out, const struct columns_out *c)
{
	unsigned int id, nr = 0;

	for (id = 0; id < COLUMNS_MAX; id++) {
		nr += c->col[id].len > 0;
		out->failed |= c->col[id].failed;
	}
	buf_var(out, nr);
	for (id = 0; id < COLUMNS_MAX; id++) {
		if (c->col[id].len) {
			buf_var(out, id);
			buf_var(out, c->col[id].len);
		}
	}
	for (id = 0; id < COLUMNS_MAX; id++)
		buf_bytes(out, c->col[id].p, c->col[id].len);
}

void columns_reset(struct columns_out *c)
{
	unsigned int id;

	for (id = 0; id < COLUMNS_MAX; id++)
		c->col[id].len = 0;
}

void columns_free(struct columns_out *c)
{
	unsigned int id;

	for (id = 0; id < COLUMNS_MAX; id++)
		buf_free(&c->col[id]);
}

bool columns_get(struct columns_in *in, struct cur *c)
{
	struct cur dir;
	uint64_t nr, i, id, len;

	memset(in, 0, sizeof(*in));
	if (!cur_var(c, &nr) || nr > COLUMNS_DIR_MAX)
		return false;
	/* The directory is read twice: once to find where the bytes start, once to hand them out. */
	dir = *c;
	for (i = 0; i < nr; i++)
		if (!cur_var(c, &id) || !cur_var(c, &len))
			return false;
	for (i = 0; i < nr; i++) {
		const uint8_t *p;

		if (!cur_var(&dir, &id) || !cur_var(&dir, &len) || len > cur_left(c))
			return false;
		p = cur_take(c, (size_t)len);
		if (id >= COLUMNS_MAX)
			continue;
		if (in->col[id].p)
			return false;
		in->col[id] = cur_on(p, (size_t)len);
	}
	return !cur_left(c);
}

#include "notes.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One that was gathered. */
struct gathered {
	struct pw_note note;
	struct pw_details details;
};

struct notes {
	struct ring_buffer *ring;
	struct gathered *g;
	size_t nr, cap;
	size_t at; /* the next one */
};

static int on_note(void *arg, void *data, size_t len)
{
	struct notes *n = arg;
	struct gathered *g;

	if (n->nr == n->cap) {
		size_t cap = n->cap ? n->cap * 2 : 256;

		g = realloc(n->g, cap * sizeof(*g));
		if (!g)
			return -ENOMEM;
		n->g = g;
		n->cap = cap;
	}
	g = &n->g[n->nr];
	if (len < sizeof(g->note) || len > sizeof(*g))
		return -EBADMSG;
	memcpy(g, data, len);
	if (len < sizeof(*g))
		g->note.parts &= ~(uint32_t)NOTE_DETAILS;
	n->nr++;
	return 0;
}

int notes_open(struct notes **out, int fd, struct pwrt_diag *d)
{
	struct notes *n = calloc(1, sizeof(*n));

	if (!n)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	n->ring = ring_buffer__new(fd, on_note, n, NULL);
	if (!n->ring) {
		free(n);
		return pwrt_fail(d, PWRT_EOS, 0, "cannot map the buffer of notes");
	}
	*out = n;
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct gathered *x = a, *y = b;

	return (x->note.ts > y->note.ts) - (x->note.ts < y->note.ts);
}

int notes_gather(struct notes *n, struct pwrt_diag *d)
{
	size_t left = n->nr - n->at;
	int ret;

	memmove(n->g, n->g + n->at, left * sizeof(*n->g));
	n->nr = left;
	n->at = 0;
	ret = ring_buffer__consume(n->ring);
	if (ret == -ENOMEM)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	if (ret < 0)
		return pwrt_fail(d, PWRT_ECORRUPT, 0, "the buffer of notes holds what is no note");
	if (n->nr > left)
		qsort(n->g, n->nr, sizeof(*n->g), by_time);
	return 0;
}

int notes_take(struct notes *n, uint64_t until_ns, notes_cb cb, void *arg)
{
	int ret = 0;

	while (n->at < n->nr && n->g[n->at].note.ts <= until_ns && ret == 0) {
		ret = cb(arg, &n->g[n->at].note, &n->g[n->at].details);
		n->at += ret == 0;
	}
	return ret;
}

void notes_close(struct notes *n)
{
	if (!n)
		return;
	ring_buffer__free(n->ring);
	free(n->g);
	free(n);
}

#include "arena.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_LEN 65536

struct arena_chunk {
	struct arena_chunk *next;
	size_t len;
	char bytes[CHUNK_LEN];
};

bool arena_charge(struct arena *a, uint64_t n)
{
	if (n > a->limit - a->used)
		return false;
	a->used += n;
	return true;
}

const char *arena_str(struct arena *a, const uint8_t *p, size_t n)
{
	struct arena_chunk *c = a->chunks;
	char *s;

	if (!n)
		return "";
	if (n >= CHUNK_LEN)
		return NULL;
	if (!c || CHUNK_LEN - c->len < n + 1) {
		if (!arena_charge(a, sizeof(*c)))
			return NULL;
		c = malloc(sizeof(*c));
		if (!c)
			return NULL;
		c->next = a->chunks;
		c->len = 0;
		a->chunks = c;
	}
	s = c->bytes + c->len;
	memcpy(s, p, n);
	s[n] = '\0';
	c->len += n + 1;
	return s;
}

void arena_free(struct arena *a)
{
	while (a->chunks) {
		struct arena_chunk *c = a->chunks;

		a->chunks = c->next;
		free(c);
	}
	a->used = 0;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "intern.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "vec.h"

/* An id is the place of an entry: CHUNK_WORDS times its chunk, plus its first word there. */
#define CHUNK_WORDS 65536u
#define CHUNK_BYTES (CHUNK_WORDS * 4ull)

struct entry {
	uint32_t hash, number, len;
	uint8_t bytes[];
};

/* Multiplies and folds to 64 bits, as wyhash does. */
static uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 r = (unsigned __int128)a * b;

	return (uint64_t)r ^ (uint64_t)(r >> 64);
}

uint64_t hash_bytes(const void *bytes, size_t len, uint64_t seed)
{
	const uint8_t *p = bytes;
	uint64_t h = seed ^ len, word;

	for (; len >= 8; len -= 8, p += 8) {
		memcpy(&word, p, 8);
		h = fold(h ^ word, 0x9e3779b97f4a7c15u);
	}
	word = 0;
	memcpy(&word, p, len);
	return fold(fold(h ^ word, 0xd6e8feb86659fd93u) ^ seed, 0xa0761d6478bd642fu);
}

uint64_t hash_seed(void)
{
	uint64_t seed = 0;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uintptr_t)&seed;
	return seed;
}

static struct entry *entry_at(const struct intern *in, uint32_t id)
{
	return (struct entry *)(void *)(in->chunks[id / CHUNK_WORDS] +
					(size_t)(id % CHUNK_WORDS) * 4);
}

/*
 * Takes words from the last chunk or from a new one. Returns the id of the first; 0 without memory.
 * The very first word stays unused, because 0 is not an id.
 */
static uint32_t take_words(struct intern *in, uint32_t words)
{
	uint32_t cap = in->cap_chunks ? in->cap_chunks * 2 : 64, at;
	uint8_t **more;

	if (!in->nr_chunks || in->used + words > CHUNK_WORDS) {
		if (in->nr_chunks == UINT32_MAX / CHUNK_WORDS)
			return 0;
		if (in->nr_chunks == in->cap_chunks) {
			more = counted_realloc(in->memory, in->chunks,
					       in->cap_chunks * sizeof(*more), cap * sizeof(*more));
			if (!more)
				return 0;
			in->chunks = more;
			in->cap_chunks = cap;
		}
		in->chunks[in->nr_chunks] = counted_realloc(in->memory, NULL, 0, CHUNK_BYTES);
		if (!in->chunks[in->nr_chunks])
			return 0;
		in->used = in->nr_chunks++ ? 0 : 1;
	}
	at = (in->nr_chunks - 1) * CHUNK_WORDS + in->used;
	in->used += words;
	return at;
}

static bool grow_slots(struct intern *in)
{
	uint32_t cap = in->cap ? in->cap * 2 : 256, i, k;
	uint32_t *slots;

	if (in->nr < in->cap / 4 * 3)
		return true;
	if (!pwrt_memory_take(in->memory, cap * sizeof(*slots)))
		return false;
	slots = calloc(cap, sizeof(*slots));
	if (!slots) {
		pwrt_memory_give(in->memory, cap * sizeof(*slots));
		return false;
	}
	for (i = 0; i < in->cap; i++) {
		if (!in->slots[i])
			continue;
		for (k = entry_at(in, in->slots[i])->hash % cap; slots[k]; k = (k + 1) % cap)
			;
		slots[k] = in->slots[i];
	}
	counted_free(in->memory, in->slots, in->cap * sizeof(*slots));
	in->slots = slots;
	in->cap = cap;
	return true;
}

/* Returns the slot of a string, which may be empty. There is at least one empty slot. */
static uint32_t slot_of(const struct intern *in, uint32_t hash, const void *bytes, size_t len)
{
	const struct entry *e;
	uint32_t k;

	for (k = hash % in->cap; in->slots[k]; k = (k + 1) % in->cap) {
		e = entry_at(in, in->slots[k]);
		if (e->hash == hash && e->len == len && !memcmp(e->bytes, bytes, len))
			break;
	}
	return k;
}

uint32_t intern_find(const struct intern *in, const void *bytes, size_t len)
{
	if (!in->nr)
		return 0;
	return in->slots[slot_of(in, (uint32_t)hash_bytes(bytes, len, in->seed), bytes, len)];
}

uint32_t intern_put(struct intern *in, const void *bytes, size_t len)
{
	struct entry *e;
	uint32_t hash, k, id;

	if (!in->seed)
		in->seed = hash_seed() | 1;
	if (len > INTERN_MAX || !grow_slots(in))
		return 0;
	hash = (uint32_t)hash_bytes(bytes, len, in->seed);
	k = slot_of(in, hash, bytes, len);
	if (in->slots[k])
		return in->slots[k];
	id = take_words(in, (uint32_t)((sizeof(*e) + len + 3) / 4));
	if (!id)
		return 0;
	e = entry_at(in, id);
	e->hash = hash;
	e->number = 0;
	e->len = (uint32_t)len;
	memcpy(e->bytes, bytes, len);
	in->slots[k] = id;
	in->nr++;
	return id;
}

const void *intern_get(const struct intern *in, uint32_t id)
{
	return entry_at(in, id)->bytes;
}

uint32_t *intern_number(const struct intern *in, uint32_t id)
{
	return &entry_at(in, id)->number;
}

void intern_free(struct intern *in)
{
	uint32_t i;

	for (i = 0; i < in->nr_chunks; i++)
		counted_free(in->memory, in->chunks[i], CHUNK_BYTES);
	counted_free(in->memory, in->chunks, in->cap_chunks * sizeof(*in->chunks));
	counted_free(in->memory, in->slots, in->cap * sizeof(*in->slots));
	*in = (struct intern){ .memory = in->memory };
}

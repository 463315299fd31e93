/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "counterparts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* Without memory, uthash adds nothing and leaves hh.tbl NULL. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "string_ids.h"

#define KEY_LEN (2 * NAME_LEN + 4)

struct entry {
	UT_hash_handle hh; /* by key */
	struct counterpart pair;
	char *key, *netns; /* "NETNS" or "NETNS/DEVICE" of good; NETNS of bad */
	char good[NAME_LEN], bad[NAME_LEN];
};

struct counterparts {
	bool one_boot;
	struct string_ids *good, *bad; /* keys of all places in each recording */
	struct string_ids *taken;      /* keys of bad's places in the map */
	struct entry *map;
};

static int add_name(struct string_ids **names, const char *key)
{
	uint32_t id;

	return string_id(names, key, &id);
}

/* Numbers all namespaces and devices of a recording. */
static int add_all(struct string_ids **names, const struct pwrt_reader *r)
{
	const char *netns;
	char key[KEY_LEN];
	const struct pwrt_dev *dev;
	uint32_t i;

	for (i = 0; r && (dev = pwrt_reader_dev(r, i)); i++) {
		if (!dev->netns)
			continue;
		netns = netns_text(r, dev->netns, NAME_BUF);
		snprintf(key, sizeof(key), "%s/%s", netns, dev->name);
		/* An inode number is not a name: it is another one after each boot. */
		if ((pwrt_reader_netns_name(r, dev->netns) && add_name(names, netns)) ||
		    add_name(names, key))
			return -1;
	}
	return 0;
}

/* Returns whether a namespace of r, by its inode number, is in the recording of other, too. */
static bool share_namespace(const struct pwrt_reader *r, const struct pwrt_reader *other)
{
	const struct pwrt_dev *x, *y;
	uint32_t i, k;

	for (i = 0; i < 64 && (x = pwrt_reader_dev(r, i)); i++)
		for (k = 0; k < 64 && (y = pwrt_reader_dev(other, k)); k++)
			if (x->netns && x->netns == y->netns)
				return true;
	return false;
}

/* Anonymized recordings have no boot_id: without a namespace in common they are of two boots. */
static bool are_of_one_boot(const struct pwrt_reader *good, const struct pwrt_reader *bad)
{
	const char *x = pwrt_reader_get(good, "boot_id"), *y = pwrt_reader_get(bad, "boot_id");

	return x && y ? !strcmp(x, y) : share_namespace(good, bad);
}

struct counterparts *counterparts_new(const struct pwrt_reader *good, const struct pwrt_reader *bad)
{
	struct counterparts *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->one_boot = !good || !bad || good == bad || are_of_one_boot(good, bad);
	if (!p->one_boot && (add_all(&p->good, good) || add_all(&p->bad, bad))) {
		counterparts_free(p);
		return NULL;
	}
	return p;
}

static struct entry *find(const struct counterparts *p, const char *key)
{
	struct entry *e;

	HASH_FIND_STR(p->map, key, e);
	return e;
}

const char *counterparts_netns(const struct counterparts *p, const char *name)
{
	const struct entry *e = p ? find(p, name) : NULL;

	return e ? e->bad : name;
}

static void entry_free(struct entry *e)
{
	free(e->key);
	free(e->netns);
	free(e);
}

static struct entry *entry_new(enum counterpart_kind kind, const char *key, const char *netns,
			       const char *good, const char *bad)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->key = strdup(key);
	e->netns = strdup(netns);
	snprintf(e->good, sizeof(e->good), "%s", good);
	snprintf(e->bad, sizeof(e->bad), "%s", bad);
	e->pair = (struct counterpart){ kind, e->good, e->bad, e->netns };
	if (e->key && e->netns)
		return e;
	entry_free(e);
	return NULL;
}

/* The places by their keys; netns is that of bad. Neither may have another counterpart. */
static int same(struct counterparts *p, enum counterpart_kind kind, const char *good_key,
		const char *bad_key, const char *netns, const char *good, const char *bad)
{
	struct entry *e = find(p, good_key);

	if (e)
		return !strcmp(e->bad, bad) && !strcmp(e->netns, netns);
	if (string_ids_has(p->taken, bad_key))
		return 0;
	e = entry_new(kind, good_key, netns, good, bad);
	if (!e || add_name(&p->taken, bad_key)) {
		if (e)
			entry_free(e);
		return -1;
	}
	HASH_ADD_KEYPTR(hh, p->map, e->key, strlen(e->key), e);
	if (!e->hh.tbl) {
		entry_free(e);
		return -1;
	}
	return 1;
}

static int same_netns(struct counterparts *p, const char *good, const char *bad)
{
	if (!strcmp(good, bad))
		return 1;
	/* Namesakes are each other's counterpart. */
	if (string_ids_has(p->bad, good) || string_ids_has(p->good, bad))
		return 0;
	return same(p, COUNTERPART_NETNS, good, bad, bad, good, bad);
}

/*
 * The key of a device of good in the names of bad's recording, since namesakes of it are there:
 * "NETNS/DEVICE", where the namespaces play the same part.
 */
static int same_device(struct counterparts *p, const char *good_ns, const char *bad_ns,
		       const char *good, const char *bad)
{
	char good_key[KEY_LEN], bad_key[KEY_LEN], there[KEY_LEN];
	int ret = same_netns(p, good_ns, bad_ns);

	if (ret <= 0)
		return ret;
	snprintf(good_key, sizeof(good_key), "%.*s/%s", NAME_LEN, good_ns, good);
	snprintf(bad_key, sizeof(bad_key), "%.*s/%s", NAME_LEN, bad_ns, bad);
	snprintf(there, sizeof(there), "%.*s/%s", NAME_LEN, bad_ns, good);
	if (string_ids_has(p->bad, there))
		return 0;
	snprintf(there, sizeof(there), "%.*s/%s", NAME_LEN, good_ns, bad);
	if (string_ids_has(p->good, there))
		return 0;
	return same(p, COUNTERPART_DEVICE, good_key, bad_key, bad_ns, good, bad);
}

int counterparts_same(struct counterparts *p, const struct field *f, const struct step *good,
		      const struct step *bad, const struct value *good_value,
		      const struct value *bad_value)
{
	char ns[NAME_LEN];

	if (p->one_boot)
		return 0;
	if (!strcmp(f->name, "net.netns"))
		return same_netns(p, good_value->text, bad_value->text);
	if (strcmp(f->name, "dev.name") && strcmp(f->name, "route.dev"))
		return 0;
	snprintf(ns, sizeof(ns), "%s", step_netns(good, NAME_BUF));
	return same_device(p, ns, step_netns(bad, NAME_BUF), good_value->text, bad_value->text);
}

bool counterparts_at(const struct counterparts *p, size_t i, struct counterpart *pair)
{
	const struct entry *e = p ? p->map : NULL;

	while (e && i--)
		e = e->hh.next;
	if (e)
		*pair = e->pair;
	return e;
}

void counterparts_free(struct counterparts *p)
{
	struct entry *e, *tmp;

	if (!p)
		return;
	HASH_ITER(hh, p->map, e, tmp) {
		HASH_DEL(p->map, e);
		entry_free(e);
	}
	string_ids_free(p->good);
	string_ids_free(p->bad);
	string_ids_free(p->taken);
	free(p);
}

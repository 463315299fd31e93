#include "convert.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define KEY_MAX 24

/* One thing that already has a number in the file. */
struct known {
	UT_hash_handle hh;
	uint32_t id;
	uint8_t key[KEY_MAX];
};

/* The things of one table. */
struct kind {
	struct known *set;
	uint32_t nr;
};

struct convert {
	struct pwrt_writer *w;
	const struct ksyms *ksyms;
	struct convert_names names;
	struct kind callers, tasks, devs, netns;
	uint64_t packets;
};

int convert_new(struct convert **out, struct pwrt_writer *w, const struct ksyms *k,
		const struct convert_names *names, struct pwrt_diag *d)
{
	struct convert *c = calloc(1, sizeof(*c));

	if (!c)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	c->w = w;
	c->ksyms = k;
	c->names = *names;
	*out = c;
	return 0;
}

/* The number of a thing: 1 with the next free number when it is new, 0 when known, negative on
 * failure. */
static int intern(struct kind *kind, const void *key, size_t len, uint32_t *id, struct pwrt_diag *d)
{
	struct known *k;

	HASH_FIND(hh, kind->set, key, len, k);
	if (k) {
		*id = k->id;
		return 0;
	}
	k = calloc(1, sizeof(*k));
	if (!k)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	memcpy(k->key, key, len);
	k->id = *id = kind->nr++;
	HASH_ADD(hh, kind->set, key, len, k);
	return 1;
}

static int caller_id(struct convert *c, uint64_t addr, uint32_t *id, struct pwrt_diag *d)
{
	struct pwrt_caller caller = { .addr = addr, .name = "", .module = "" };
	const struct ksym *sym;
	int ret;

	if (!addr) {
		*id = PWRT_NONE;
		return 0;
	}
	ret = intern(&c->callers, &addr, sizeof(addr), id, d);
	if (ret <= 0)
		return ret;
	/* A return address may lie behind the end of a function that ends in a call. */
	sym = ksyms_at(c->ksyms, addr - 1);
	if (sym && addr - sym->addr < UINT32_MAX) {
		caller.name = sym->name;
		caller.module = sym->module;
		caller.offset = (uint32_t)(addr - sym->addr);
	}
	return pwrt_writer_caller(c->w, &caller, d);
}

static int task_id(struct convert *c, const struct pw_event *ev, uint32_t *id, struct pwrt_diag *d)
{
	struct {
		uint32_t pid, tgid;
		char comm[16];
	} key = { .pid = ev->pid, .tgid = ev->tgid };
	struct pwrt_task task = { .pid = ev->pid, .tgid = ev->tgid, .comm = key.comm };
	int ret;

	memcpy(key.comm, ev->comm, sizeof(key.comm) - 1);
	ret = intern(&c->tasks, &key, sizeof(key), id, d);
	return ret <= 0 ? ret : pwrt_writer_task(c->w, &task, d);
}

static int netns_id(struct convert *c, uint32_t inum, struct pwrt_diag *d)
{
	struct pwrt_netns ns = { .inum = inum };
	uint32_t id;
	int ret = intern(&c->netns, &inum, sizeof(inum), &id, d);

	if (ret <= 0)
		return ret;
	ns.name = c->names.netns(c->names.arg, inum);
	return pwrt_writer_netns(c->w, &ns, d);
}

static int dev_id(struct convert *c, const struct pw_event *ev, uint32_t *id, struct pwrt_diag *d)
{
	uint32_t key[2] = { ev->netns, ev->ifindex };
	char name[16] = "";
	struct pwrt_dev dev = { .netns = ev->netns, .ifindex = ev->ifindex, .name = name };
	int ret;

	*id = PWRT_NONE;
	if (!ev->netns)
		return 0;
	ret = intern(&c->devs, key, sizeof(key), id, d);
	if (ret <= 0)
		return ret;
	ret = netns_id(c, ev->netns, d);
	if (ret < 0)
		return ret;
	if (ev->ifindex)
		c->names.dev(c->names.arg, ev->netns, ev->ifindex, name);
	return pwrt_writer_dev(c->w, &dev, d);
}

int convert_event(struct convert *c, const struct pw_event *ev, size_t len, struct pwrt_diag *d)
{
	struct pwrt_event out;
	int ret;

	if (len < offsetof(struct pw_event, hdr) ||
	    ev->hdr_len > len - offsetof(struct pw_event, hdr) || ev->hdr_len > PWRT_HDR_MAX)
		return pwrt_fail(d, PWRT_ECORRUPT, 0,
				 "the ring buffer gave %zu bytes that are no event", len);
	out = (struct pwrt_event){
		.ts_ns = ev->ts,
		.packet = ev->packet,
		.parent = ev->parent,
		.skb = ev->skb,
		.sp = ev->sp,
		.ct = ev->ct,
		.func = ev->func,
		.stack = PWRT_NONE,
		.cpu = ev->cpu,
		.mark = ev->mark,
		.len = ev->len,
		.reason = ev->reason,
		.flags = (ev->flags & EV_FIRST ? PWRT_EV_FIRST : 0) |
			 (ev->flags & EV_FREED ? PWRT_EV_FREED : 0) |
			 (ev->flags & EV_END ? PWRT_EV_END : 0),
		.l3_off = ev->l3_off <= ev->hdr_len ? ev->l3_off : 0,
		.hdr_len = ev->hdr_len,
		.hdr = ev->hdr,
	};
	ret = caller_id(c, ev->caller, &out.caller, d);
	if (ret == 0)
		ret = task_id(c, ev, &out.task, d);
	if (ret == 0)
		ret = dev_id(c, ev, &out.dev, d);
	if (ret < 0)
		return ret;
	c->packets += (out.flags & PWRT_EV_FIRST) != 0;
	return pwrt_writer_event(c->w, &out, d);
}

uint64_t convert_packets(const struct convert *c)
{
	return c->packets;
}

static void kind_free(struct kind *kind)
{
	struct known *k, *tmp;

	HASH_ITER(hh, kind->set, k, tmp) {
		HASH_DEL(kind->set, k);
		free(k);
	}
}

void convert_free(struct convert *c)
{
	if (!c)
		return;
	kind_free(&c->callers);
	kind_free(&c->tasks);
	kind_free(&c->devs);
	kind_free(&c->netns);
	free(c);
}

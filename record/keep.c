/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "keep.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "families.h"
#include "record/file/convert.h"
#include "record/file/entry_parser.h"
#include "record/file/packet_ends.h"

/* Functions return after they have freed a packet: a family is over this long after its end. */
#define GRACE_NS 10000000u
/* A packet's first record takes about 200 bytes, and its way some thousands. */
#define BYTES_PER_PACKET 512
/* The numbers of packets that were kept last: records may follow when their family is forgotten. */
#define NR_KEPT 65536
#define NR_NETNS 256
/* TCP segments that were seen last, to find one that is sent again. */
#define NR_SEGMENTS 65536
/* A packet answers at most so many of its conversation. */
#define ANSWERED_MAX 256

/* A record that is held; its bytes follow. */
struct held {
	uint32_t bytes;	 /* with this */
	uint32_t family; /* NO_FAMILY: it is kept */
	uint32_t cpu;	 /* of an entry; IS_AUX: it is an auxiliary record */
	uint32_t pad;
	uint64_t ts;
};

#define IS_AUX UINT32_MAX

struct keep {
	const struct keep_options *o;
	struct keep_source from;
	struct merge_sink to;
	uint8_t *bytes; /* the records, in order of time, from head to tail */
	size_t size, head, tail;
	size_t enough; /* families are decided at once while more bytes than this are held */
	bool ending;   /* no more records come */
	uint64_t now_ns;
	struct families families;
	uint64_t *slots; /* NR_SLOTS: the packet of the last entry */
	uint64_t *kept;	 /* NR_KEPT numbers of packets, each at its place */
	struct segment {
		uint64_t hash, packet;
	} * segments; /* NR_SEGMENTS, each at its place */
	struct {
		uint32_t inum;
		bool is_wanted;
	} netns[NR_NETNS];
	uint64_t nr_others; /* families that no condition named */
	struct keep_counts counts;
};

static uint32_t nr_packets(uint64_t bytes)
{
	uint32_t nr = 1024;

	while (nr < bytes / BYTES_PER_PACKET)
		nr *= 2;
	return nr;
}

uint64_t keep_memory(uint64_t bytes)
{
	return bytes + nr_packets(bytes) * (sizeof(struct member) + sizeof(struct family) + 8ull) +
	       (NR_SLOTS + NR_KEPT) * 8ull + NR_SEGMENTS * sizeof(struct segment);
}

int keep_new(struct keep **out, const struct keep_options *o, const struct keep_source *from,
	     const struct merge_sink *to, struct pwrt_diag *d)
{
	struct keep *k = calloc(1, sizeof(*k));

	if (!k)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	*k = (struct keep){ .o = o, .from = *from, .to = *to, .size = o->bytes };
	k->enough = SIZE_MAX;
	k->bytes = mmap(NULL, k->size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	k->slots = calloc(NR_SLOTS, sizeof(*k->slots));
	k->kept = calloc(NR_KEPT, sizeof(*k->kept));
	k->segments = calloc(NR_SEGMENTS, sizeof(*k->segments));
	if (!families_begin(&k->families, nr_packets(o->bytes)) || k->bytes == MAP_FAILED ||
	    !k->slots || !k->kept || !k->segments) {
		keep_free(k);
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	}
	memset(k->slots, 0, NR_SLOTS * sizeof(*k->slots));
	memset(k->kept, 0, NR_KEPT * sizeof(*k->kept));
	memset(k->segments, 0, NR_SEGMENTS * sizeof(*k->segments));
	*out = k;
	return 0;
}

void keep_free(struct keep *k)
{
	if (!k)
		return;
	if (k->bytes != MAP_FAILED)
		munmap(k->bytes, k->size);
	families_end(&k->families);
	free(k->slots);
	free(k->kept);
	free(k->segments);
	free(k);
}

void keep_names_changed(struct keep *k)
{
	memset(k->netns, 0, sizeof(k->netns));
}

const struct keep_counts *keep_counts(const struct keep *k)
{
	return &k->counts;
}

/* ---- decisions ---- */

static struct family *family_at(const struct keep *k, uint32_t nr)
{
	return &k->families.family[nr];
}

static bool was_kept(const struct keep *k, uint64_t packet)
{
	return k->kept[packet % NR_KEPT] == packet;
}

static void note_kept(struct keep *k, uint64_t packet)
{
	k->kept[packet % NR_KEPT] = packet;
	k->counts.kept++;
}

static void set_kept(struct keep *k, struct family *f)
{
	uint32_t nr;

	f->state = FAMILY_KEPT;
	for (nr = f->members; nr != NO_FAMILY; nr = k->families.members[nr].sibling)
		note_kept(k, k->families.members[nr].packet);
}

/* Keeps the packets of the conversation before this family. */
static void keep_before(struct keep *k, uint32_t nr)
{
	uint32_t left;

	for (left = k->o->before; left && family_at(k, nr)->conversation; left--) {
		nr = families_older(&k->families, nr);
		if (nr == NO_FAMILY)
			return;
		if (family_at(k, nr)->state == FAMILY_WAITS)
			set_kept(k, family_at(k, nr));
	}
}

/* A condition holds for a family. */
static void name_family(struct keep *k, uint32_t nr)
{
	struct family *f = family_at(k, nr);

	if (f->is_named)
		return;
	f->is_named = true;
	if (f->state == FAMILY_LET_GO) {
		k->counts.missed++;
		return;
	}
	if (f->state == FAMILY_WAITS)
		set_kept(k, f);
	keep_before(k, nr);
}

/* Returns whether a packet that has not ended is slower than the condition says. */
static bool is_slow(const struct keep *k, const struct family *f)
{
	const struct member *m;
	uint32_t nr;

	if (!k->o->rules.slower_ns || !f->open)
		return false;
	for (nr = f->members; nr != NO_FAMILY; nr = m->sibling) {
		m = &k->families.members[nr];
		if (!m->ended && k->now_ns > m->first_ns &&
		    k->now_ns - m->first_ns > k->o->rules.slower_ns)
			return true;
	}
	return false;
}

static bool is_unanswered(const struct keep *k, const struct family *f)
{
	return k->o->rules.unanswered && f->asks && !f->is_answered;
}

/* Decides about a family that no condition has named. in_time: it waited for as long as it may. */
static void decide(struct keep *k, uint32_t nr, bool in_time)
{
	struct family *f = family_at(k, nr);

	if (!k->ending && (f->open || (!in_time && is_unanswered(k, f))))
		k->counts.forced += f->nr;
	if (is_slow(k, f) || (in_time && is_unanswered(k, f))) {
		name_family(k, nr);
	} else if (k->o->sample && ++k->nr_others % k->o->sample == 0) {
		k->counts.samples += f->nr;
		set_kept(k, f);
	} else {
		k->counts.let_go += f->nr;
		f->state = FAMILY_LET_GO;
	}
}

/*
 * Decides about a family if it is time. Returns whether its state is known. A family that is over
 * waits while a packet after it may want it (--keep-before), or may answer it.
 */
static bool settle(struct keep *k, uint32_t nr, bool at_once)
{
	struct family *f = family_at(k, nr);
	bool in_time = k->ending ||
		       (k->now_ns > f->first_ns && k->now_ns - f->first_ns >= KEEP_LIMIT_NS);
	bool is_over = !f->open && k->now_ns > f->last_ns && k->now_ns - f->last_ns >= GRACE_NS;

	if (f->state == FAMILY_WAITS &&
	    (at_once || in_time || (is_over && !k->o->before && !is_unanswered(k, f))))
		decide(k, nr, in_time);
	return f->state != FAMILY_WAITS;
}

/* ---- records in memory ---- */

/* One record less of a family is held. */
static void drop_record(struct keep *k, uint32_t nr)
{
	struct family *f = nr == NO_FAMILY ? NULL : family_at(k, nr);

	if (f && !--f->records && !f->open && f->state != FAMILY_WAITS)
		families_remove(&k->families, nr);
}

static bool is_let_go(const struct keep *k, const struct held *h)
{
	return h->family != NO_FAMILY && family_at(k, h->family)->state == FAMILY_LET_GO;
}

static int hand_over(const struct keep *k, const struct held *h)
{
	const void *record = h + 1;

	if (h->cpu == IS_AUX)
		return k->to.aux(k->to.arg, record, (const struct pw_aux *)record + 1);
	return k->to.entry(k->to.arg, h->cpu, record);
}

/* Hands over the oldest records, up to one of a packet that waits. */
static int flush(struct keep *k)
{
	while (k->head < k->tail) {
		const struct held *h = (const void *)(k->bytes + k->head);
		bool at_once = k->ending || k->tail - k->head > k->enough;
		int ret;

		if (h->family != NO_FAMILY && !settle(k, h->family, at_once))
			return 0;
		ret = is_let_go(k, h) ? 0 : hand_over(k, h);
		if (ret < 0)
			return ret;
		k->head += h->bytes;
		drop_record(k, h->family);
	}
	k->head = k->tail = 0;
	return 0;
}

/* Moves the records to the beginning, without those of packets that were let go. */
static void compact(struct keep *k)
{
	size_t at, bytes, to = 0;

	for (at = k->head; at < k->tail; at += bytes) {
		const struct held *h = (const void *)(k->bytes + at);

		bytes = h->bytes;
		if (h->family != NO_FAMILY)
			settle(k, h->family, false);
		if (is_let_go(k, h)) {
			drop_record(k, h->family);
			continue;
		}
		memmove(k->bytes + to, h, bytes);
		to += bytes;
	}
	k->head = 0;
	k->tail = to;
}

/* Forgets families that are decided and have no record in memory, although they have not ended. */
static void forget_families(struct keep *k)
{
	uint32_t nr;

	for (nr = 0; nr < k->families.size; nr++)
		if (family_at(k, nr)->is_used && !family_at(k, nr)->records &&
		    family_at(k, nr)->state != FAMILY_WAITS)
			families_remove(&k->families, nr);
}

static bool has_room(const struct keep *k, size_t bytes)
{
	return k->size - k->tail >= bytes && !k->families.is_full;
}

/*
 * Makes room for a record. Where the memory is full of packets that wait, the oldest are decided as
 * they are, until half of it is free.
 */
static int make_room(struct keep *k, size_t bytes)
{
	int ret = flush(k);

	for (k->enough = k->size / 2; ret == 0 && !has_room(k, bytes); k->enough /= 2) {
		compact(k);
		if (k->families.is_full)
			forget_families(k);
		if (!has_room(k, k->size / 4))
			ret = flush(k);
	}
	k->enough = SIZE_MAX;
	return ret;
}

/* Appends a record of two parts. */
static void append(struct keep *k, struct held h, const void *record, size_t len, const void *more,
		   size_t more_len)
{
	uint8_t *to = k->bytes + k->tail;

	h.bytes = (uint32_t)(sizeof(h) + len + more_len);
	memcpy(to, &h, sizeof(h));
	memcpy(to + sizeof(h), record, len);
	if (more_len)
		memcpy(to + sizeof(h) + len, more, more_len);
	k->tail += h.bytes;
	if (h.family != NO_FAMILY) {
		family_at(k, h.family)->records++;
		family_at(k, h.family)->last_ns = h.ts;
	}
}

/* ---- packets ---- */

static void end_packet(struct keep *k, struct member *m)
{
	struct family *f = family_at(k, m->family);

	if (m->ended)
		return;
	m->ended = true;
	if (!--f->open && !f->records && f->state != FAMILY_WAITS)
		families_remove(&k->families, m->family);
}

/*
 * Begins a packet. It joins the family of its parent, unless that was let go: what is written of
 * the copy is then a packet without the other.
 */
static struct member *begin_packet(struct keep *k, uint64_t packet, uint64_t parent, uint64_t ts)
{
	const struct member *of = parent && parent != packet ? families_find(&k->families, parent) :
							       NULL;
	struct member *m = families_find(&k->families, packet);
	uint32_t family = of ? of->family : NO_FAMILY;

	if (m) /* a damaged record: the number is there already */
		return m;
	if (family != NO_FAMILY && family_at(k, family)->state == FAMILY_LET_GO)
		family = NO_FAMILY;
	m = families_add(&k->families, packet, family, ts);
	if (of) { /* a copy goes on from where its original is */
		m->netns = of->netns;
		m->hops = of->hops;
	}
	if (family != NO_FAMILY && family_at(k, family)->state == FAMILY_KEPT)
		note_kept(k, packet);
	else if (family == NO_FAMILY && parent && was_kept(k, parent))
		set_kept(k, family_at(k, m->family));
	return m;
}

/* ---- conditions ---- */

/* Notes that a family answers those before it in its conversation. */
static void answer(struct keep *k, uint32_t nr)
{
	const uint64_t source = family_at(k, nr)->source;
	uint32_t left;

	for (left = ANSWERED_MAX; left; left--) {
		nr = families_older(&k->families, nr);
		if (nr == NO_FAMILY)
			return;
		if (family_at(k, nr)->source != source)
			family_at(k, nr)->is_answered = true;
	}
}

/* Puts a family into its conversation, by the first packet that shows it. */
static void look_at_conversation(struct keep *k, uint32_t nr, const struct packet_ends *e)
{
	struct family *f = family_at(k, nr);

	if ((!k->o->before && !k->o->rules.unanswered) || f->conversation)
		return;
	f->asks = e->asks;
	f->source = packet_ends_source(e);
	families_set_conversation(&k->families, nr, packet_ends_conversation(e));
	if (f->is_named)
		keep_before(k, nr);
	if (k->o->rules.unanswered)
		answer(k, nr);
}

/*
 * Finds a TCP segment that was sent before. A copy has the same number as its original, which is
 * still there when it is made; one that is sent again is made after the first one has gone.
 */
static void look_at_segment(struct keep *k, struct member *m, const struct packet_ends *e)
{
	const uint64_t hash = packet_ends_segment(e);
	struct segment *s = &k->segments[hash / 2 % NR_SEGMENTS];
	const struct member *before;

	if (!k->o->rules.retransmissions || !e->has_segment || m->is_segment)
		return;
	m->is_segment = true;
	before = s->hash == hash ? families_find(&k->families, s->packet) : NULL;
	if (s->hash == hash && s->packet != m->packet &&
	    !(before && before->family == m->family && !before->ended)) {
		name_family(k, m->family);
		if (before && family_at(k, before->family)->state == FAMILY_WAITS)
			name_family(k, before->family);
	}
	*s = (struct segment){ hash, m->packet };
}

static void look_at_headers(struct keep *k, struct member *m, const struct pw_headers *h)
{
	const struct keep_rules *r = &k->o->rules;
	struct packet_ends e;

	if ((!r->resets && !r->retransmissions && !r->unanswered && !k->o->before) ||
	    !packet_ends_read(&e, h))
		return;
	look_at_conversation(k, m->family, &e);
	look_at_segment(k, m, &e);
	if (r->resets && e.tcp_flags & TCP_FLAG_RST)
		name_family(k, m->family);
}

static void look_at_netns(struct keep *k, const struct member *m, uint32_t inum)
{
	const uint32_t at = inum % NR_NETNS;

	if (!k->o->rules.netns || !inum)
		return;
	if (k->netns[at].inum != inum) {
		k->netns[at].inum = inum;
		k->netns[at].is_wanted =
			keep_rules_netns(&k->o->rules, k->from.netns(k->from.arg, inum));
	}
	if (k->netns[at].is_wanted)
		name_family(k, m->family);
}

/* Compares a number of a packet with the conditions about it. */
static void look_at_number(struct keep *k, const struct member *m, enum keep_field field,
			   uint64_t number)
{
	if (k->o->rules.nr_tests && keep_rules_number(&k->o->rules, field, number))
		name_family(k, m->family);
}

/* Counts the network namespaces that a packet is in, one after the other. */
static void look_at_hops(struct keep *k, struct member *m, uint32_t inum)
{
	if (!k->o->rules.nr_tests || !inum || inum == m->netns)
		return;
	m->netns = inum;
	look_at_number(k, m, KEEP_HOPS, ++m->hops);
}

static void look_at_rule(struct keep *k, const struct member *m, const struct pw_aux *aux,
			 const void *more)
{
	struct keep_rule rule;

	if (!k->o->rules.rules || family_at(k, m->family)->is_named)
		return;
	if (convert_rule(aux, more, rule.table, rule.chain, rule.number) &&
	    keep_rules_rule(&k->o->rules, &rule))
		name_family(k, m->family);
}

static void look_at_time(struct keep *k, const struct member *m, uint64_t ts)
{
	if (k->o->rules.slower_ns && ts > m->first_ns && ts - m->first_ns > k->o->rules.slower_ns)
		name_family(k, m->family);
}

static void look_at_drop(struct keep *k, const struct member *m, const struct pw_aux *aux,
			 const void *more)
{
	const char *reason = k->o->rules.drops ? k->from.drop(k->from.arg, aux, more) : NULL;

	if (reason && keep_rules_reason(&k->o->rules, reason))
		name_family(k, m->family);
}

/* ---- records that come ---- */

static void see_time(struct keep *k, uint64_t ts)
{
	if (ts > k->now_ns)
		k->now_ns = ts;
}

int keep_entry(struct keep *k, unsigned int cpu, const struct pw_entry *entry)
{
	struct held h = { .cpu = cpu, .ts = entry->ts, .family = NO_FAMILY };
	const size_t len = entry->bytes8 * 8u;
	struct entry_deltas new;
	struct member *m;
	int ret;

	if (entry->slot >= NR_SLOTS || !entry_deltas(&new, entry))
		return k->to.entry(k->to.arg, cpu, entry); /* damaged: convert.c says so */
	see_time(k, entry->ts);
	ret = make_room(k, sizeof(h) + len);
	if (ret < 0)
		return ret;
	m = families_find(&k->families, k->slots[entry->slot]);
	if (new.id &&new.id->packet != k->slots[entry->slot]) {
		if (m) /* its end was not recorded */
			end_packet(k, m);
		k->slots[entry->slot] = new.id->packet;
		m = begin_packet(k, new.id->packet, new.id->parent, entry->ts);
	}
	if (!m && !was_kept(k, k->slots[entry->slot]))
		return 0;
	h.family = m ? m->family : NO_FAMILY;
	append(k, h, entry, len, NULL, 0);
	if (!m)
		return 0;
	if (new.headers)
		look_at_headers(k, m, new.headers);
	if (new.dev) {
		look_at_netns(k, m, new.dev->netns);
		look_at_hops(k, m, new.dev->netns);
	}
	look_at_number(k, m, KEEP_LEN, entry->len);
	look_at_time(k, m, entry->ts);
	if (entry->flags & (EV_END | EV_FREED))
		end_packet(k, m);
	return 0;
}

/* Finds the packet of an auxiliary record, and begins one where no entry does. NULL: none is held. */
static struct member *packet_of_aux(struct keep *k, const struct pw_aux *aux,
				    const struct pw_frame *frame)
{
	if (frame && aux->contents & AUX_CALL)
		return begin_packet(k, aux->packet, frame->parent, aux->ts);
	return families_find(&k->families, aux->packet);
}

int keep_aux(struct keep *k, const struct pw_aux *aux, const void *more)
{
	struct held h = { .cpu = IS_AUX, .ts = aux->ts, .family = NO_FAMILY };
	const size_t len = aux_record_bytes(aux->contents) - sizeof(*aux);
	const struct pw_frame *frame = /* behind struct pw_origin */
		aux->contents & AUX_FRAME ? (const void *)((const struct pw_origin *)more + 1) :
					    NULL;
	struct member *m;
	int ret;

	if (aux->contents & AUX_TRIGGER) /* about no packet */
		return k->to.aux(k->to.arg, aux, more);
	see_time(k, aux->ts);
	ret = make_room(k, sizeof(h) + sizeof(*aux) + len);
	if (ret < 0)
		return ret;
	m = packet_of_aux(k, aux, frame);
	if (!m && !was_kept(k, aux->packet))
		return 0;
	h.family = m ? m->family : NO_FAMILY;
	append(k, h, aux, sizeof(*aux), more, len);
	if (!m)
		return 0;
	if (frame) {
		look_at_headers(k, m, &frame->headers);
		look_at_netns(k, m, frame->dev.netns);
		look_at_hops(k, m, frame->dev.netns);
		look_at_number(k, m, KEEP_LEN, frame->len);
	}
	look_at_rule(k, m, aux, more);
	look_at_time(k, m, aux->ts);
	look_at_drop(k, m, aux, more);
	if (convert_aux_ends(aux))
		end_packet(k, m);
	return 0;
}

int keep_until(struct keep *k, uint64_t now_ns)
{
	see_time(k, now_ns);
	return flush(k);
}

int keep_end(struct keep *k)
{
	k->ending = true;
	return flush(k);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "sameness.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attached.h"
#include "diff/words/elsewhere.h"
#include "field_diff.h"
#include "format/array.h"
#include "tcp_segments.h"

/* State for all pairs. */
struct judgement {
	struct comparison *c;
	const struct pairing *b;
	struct string_ids *good_ways, *bad_ways; /* of TCP segments: segment_way() */
	bool good_resolved, bad_resolved;	 /* a neighbour answered */
	struct string_ids *good_seen, *bad_seen; /* what each recording attached to: attached.h */
	struct string_ids *good_returns, *bad_returns; /* functions with a return in any path */
	bool two_kernels, other_recorder;
};

static int add_detour(struct judgement *j, struct pair *p, enum detour_kind kind, const char *why,
		      size_t hunk)
{
	struct detour *more;

	more = array_grow(p->detours, p->nr_detours, sizeof(*more));
	if (!more)
		return -1;
	p->detours = more;
	p->detours[p->nr_detours++] = (struct detour){ kind, why, hunk };
	j->c->nr_detours++;
	return 0;
}

/* ---- the steps of a pair ---- */

/* The names of functions that return in hunks which one path alone has. */
struct returns {
	struct string_ids *good, *bad;
};

static int collect_returns(struct string_ids **names, const struct path *p, size_t from, size_t to)
{
	uint32_t id;

	for (; from < to; from++)
		if (step_is_return(&p->steps[from]) &&
		    string_id(names, plain_name(step_func(&p->steps[from], NAME_BUF), NAME_BUF),
			      &id))
			return -1;
	return 0;
}

static int find_returns(struct returns *r, const struct pair *p)
{
	size_t i;

	for (i = 0; i < p->nr_hunks; i++) {
		const struct hunk *h = &p->hunks[i];

		if (h->op != ALIGN_EQUAL && (collect_returns(&r->good, p->good, h->a, h->a_end) ||
					     collect_returns(&r->bad, p->bad, h->b, h->b_end)))
			return -1;
	}
	return 0;
}

static const struct detour_line moved_line = { "", DETOUR_BATCHING,
					       "functions returned in another order" };
static const struct detour_line freed_line = { "", DETOUR_HOUSEKEEPING,
					       "packets are freed in another way" };

static const struct pwrt_reader *reader_of(const struct path *paths, size_t nr)
{
	return nr && paths[0].nr ? paths[0].steps[0].r : NULL;
}

/* Returns whether both recordings have a fact, and it is not the same. */
static bool fact_differs(const struct pwrt_reader *a, const struct pwrt_reader *b, const char *key)
{
	const char *x = a ? pwrt_reader_get(a, key) : NULL, *y = b ? pwrt_reader_get(b, key) : NULL;

	return x && y && strcmp(x, y);
}

/*
 * Returns whether the recordings are of two kernels, whose functions have other names or are
 * inlined.
 */
static bool are_of_two_kernels(const struct pwrt_reader *a, const struct pwrt_reader *b)
{
	return fact_differs(a, b, "kernel.release");
}

/* The names of functions whose returns a side has, in any of its packets. */
static int collect_all_returns(struct string_ids **names, const struct path *paths, size_t nr)
{
	uint32_t last = PWRT_NONE, id;
	size_t i, k;

	for (i = 0; i < nr; i++)
		for (k = 0; k < paths[i].nr; k++) {
			const struct step *s = &paths[i].steps[k];

			if (!step_is_return(s) || s->ev.func == last)
				continue;
			last = s->ev.func;
			if (string_id(names, plain_name(step_func(s, NAME_BUF), NAME_BUF), &id))
				return -1;
		}
	return 0;
}

static const struct detour_line unseen_line = { "", DETOUR_UNSEEN,
						"the other recording could not see the function" };
static const struct detour_line unseen_return_line = {
	"", DETOUR_UNSEEN, "the other recording has no returns of the function"
};

/* Returns why a step of only one path does not count; NULL where it does. */
static const struct detour_line *step_detour(const struct judgement *j, const struct step *s,
					     struct string_ids *other_returns,
					     struct string_ids *other_seen)
{
	char buf[NAME_LEN];
	const char *name = plain_name(step_func(s, NAME_BUF), buf);
	const struct detour_line *line = detour_find(name);

	if (step_rejects(s))
		return NULL;
	if (!line && step_is_return(s) && string_ids_has(other_returns, name))
		return &moved_line;
	if (!line && attached_lacks(other_seen, s, j->two_kernels))
		return &unseen_line;
	/* The recorder and its options decide which returns are recorded. */
	if (!line && step_is_return(s) && j->other_recorder &&
	    !string_ids_has(other_seen == j->bad_seen ? j->bad_returns : j->good_returns, name))
		return &unseen_return_line;
	return line;
}

/* Judges a hunk that one path alone has: a detour where every step of it is one. */
static int judge_hunk(struct judgement *j, struct pair *p, size_t at, const struct returns *r)
{
	const struct hunk *h = &p->hunks[at];
	bool in_good = h->op == ALIGN_DELETE;
	const struct path *path = in_good ? p->good : p->bad;
	size_t i = in_good ? h->a : h->b, end = in_good ? h->a_end : h->b_end,
	       alive = in_good ? p->good_alive : p->bad_alive;
	const struct detour_line *first = NULL, *line;

	for (; i < end; i++) {
		line = i >= alive ? &freed_line :
				    step_detour(j, &path->steps[i], in_good ? r->bad : r->good,
						in_good ? j->bad_seen : j->good_seen);
		if (!line) {
			p->diverges = true;
			return 0;
		}
		if (!first)
			first = line;
	}
	return first ? add_detour(j, p, first->kind, first->why, at) : 0;
}

/* Returns whether a packet ended well: not dropped, and not unknown. */
static bool is_well(const struct path *p)
{
	enum fate f = p->packet->fate;

	return f != FATE_DROPPED && f != FATE_UNKNOWN;
}

/*
 * Judges the fields that differ. A difference that later steps no longer have counts only where it
 * is a decision: fields are set one after the other, and an early look shows old memory.
 */
static int judge_fields(struct judgement *j, struct pair *p)
{
	size_t i, healed = 0;

	for (i = 0; i < p->nr_diffs; i++) {
		struct difference *d = &p->diffs[i];

		d->counts = d->stands || field_is_decision(d->field);
		p->diverges |= d->counts;
		healed += !d->counts;
	}
	return healed ? add_detour(j, p, DETOUR_HOUSEKEEPING, "a field was set earlier or later",
				   NO_HUNK) :
			0;
}

static int judge_steps(struct judgement *j, struct pair *p)
{
	struct returns r = { 0 };
	size_t i;
	int ret = find_returns(&r, p);

	for (i = 0; i < p->nr_hunks && ret == 0; i++)
		if (p->hunks[i].op != ALIGN_EQUAL)
			ret = judge_hunk(j, p, i, &r);
	string_ids_free(r.good);
	string_ids_free(r.bad);
	if (p->good->packet->fate != p->bad->packet->fate && !is_well(p->bad))
		p->diverges = true;
	return ret ? ret : judge_fields(j, p);
}

/* ---- TCP segments ---- */

/* Returns whether a field is the same in all segments of a direction, however the data is cut. */
static bool is_of_direction(const struct field *f)
{
	return f->kind == FIELD_VALUE && !field_is_decision(f) && strcmp(f->name, "tcp.flags");
}

/* Judges the fields that differ between two segments, if both went the same way. */
static void judge_segment_fields(const struct judgement *j, struct pair *p)
{
	char good[64], bad[64];
	size_t i;

	if (!p->good || !p->bad)
		return;
	segment_way(j->c->pseudonyms_differ, &j->b->good, p->good, good, sizeof(good));
	segment_way(j->c->pseudonyms_differ, &j->b->bad, p->bad, bad, sizeof(bad));
	if (strcmp(good, bad))
		return;

	for (i = 0; i < p->nr_diffs; i++) {
		struct difference *d = &p->diffs[i];

		d->counts = d->stands && is_of_direction(d->field);
		p->diverges |= d->counts;
	}
}

/* Returns whether GRO joined a segment with another one: net/core/gro.c, skb_gro_receive(). */
static bool is_joined(const struct path *p)
{
	return p->packet->fate == FATE_STOLEN;
}

/*
 * Judges TCP segments. Bad's segment is well where some segment of good in the same direction went
 * the same way: the same hosts, hooks and verdicts. Good's segment without a counterpart is well
 * where bad has others in its place. A direction with data on one side alone is a difference.
 */
static int judge_segment(struct judgement *j, struct pair *p)
{
	char text[64];
	bool well;

	if (p->bad) {
		segment_way(j->c->pseudonyms_differ, &j->b->bad, p->bad, text, sizeof(text));
		well = is_joined(p->bad) ||
		       (p->bad->packet->fate != FATE_DROPPED && string_ids_has(j->good_ways, text));
	} else {
		segment_role(&j->b->good, p->good, text, sizeof(text));
		well = string_ids_has(j->bad_ways, text);
	}
	if (p->bad && segment_has_data(p->bad))
		well &= string_ids_has(j->good_ways, segment_data_role(&j->b->bad, p->bad));
	if (p->good && segment_has_data(p->good))
		well &= string_ids_has(j->bad_ways, segment_data_role(&j->b->good, p->good));
	if (!well) {
		int ret = p->good && p->bad ? judge_steps(j, p) : 0;

		p->diverges = true;
		return ret;
	}
	judge_segment_fields(j, p);
	return add_detour(j, p, DETOUR_BATCHING,
			  "TCP cut, joined, acknowledged or retransmitted data in another way",
			  NO_HUNK);
}

/* ---- packets without a counterpart ---- */

#define ARP_REPLY 2

/* Packets that find routers, neighbours and groups: ARP, RFC 4861, RFC 2236, RFC 3810. */
static bool is_helper(const struct path *p, bool *answers)
{
	const struct step *s = first_with_headers(p);
	const struct headers *h = s ? s->h : NULL;
	size_t l3 = s ? s->ev.l3_off : 0;

	*answers = false;
	if (!h)
		return false;
	if (h->eth_type == ETH_ARP) {
		*answers = s->ev.hdr_len >= l3 + 8 && s->ev.hdr[l3 + 7] == ARP_REPLY;
		return true;
	}
	if (h->proto == IPPROTO_ICMPV6 && h->l4_len) {
		*answers = h->l4[0] == ND_NEIGHBOR_ADVERT;
		return (h->l4[0] >= ND_ROUTER_SOLICIT && h->l4[0] <= ND_REDIRECT) ||
		       (h->l4[0] >= MLD_LISTENER_QUERY && h->l4[0] <= MLD_LISTENER_REDUCTION) ||
		       h->l4[0] == 143;
	}
	return h->ip_version == 4 && h->proto == IPPROTO_IGMP;
}

static bool any_answers(const struct path *paths, size_t nr)
{
	bool answers;
	size_t i;

	for (i = 0; i < nr; i++)
		if (is_helper(&paths[i], &answers) && answers)
			return true;
	return false;
}

/* Returns whether a step queues a datagram for a socket: net/ipv4/udp.c, net/ipv6/udp.c. */
static bool is_datagram_queued(const struct step *s)
{
	const char *name = step_func(s, NAME_BUF);

	return !strncmp(name, "udp_queue_rcv", 13) || !strncmp(name, "udpv6_queue_rcv", 15);
}

/*
 * Returns whether a copy stayed where it was made: it was for a tap, a raw socket or a neighbour's
 * error. A copy for another listener of a multicast group is not such a copy.
 */
static bool is_kept_copy(const struct path *p)
{
	uint32_t netns = PWRT_NONE;
	size_t i;

	if (!p->packet->parent || !is_well(p))
		return false;
	for (i = 0; i < p->nr; i++) {
		const struct pwrt_dev *dev = pwrt_reader_dev(p->steps[i].r, p->steps[i].ev.dev);

		if ((dev && netns != PWRT_NONE && dev->netns != netns) ||
		    is_datagram_queued(&p->steps[i]))
			return false;
		if (dev)
			netns = dev->netns;
	}
	return true;
}

static const char copy_was_kept[] = "a copy was made for a tap or a raw socket";

static int judge_single(struct judgement *j, struct pair *p)
{
	const struct path *path = p->good ? p->good : p->bad;
	bool answers, resolved = p->good ? j->good_resolved : j->bad_resolved;

	if (segment_is(path))
		return judge_segment(j, p);
	if (is_well(path) && is_helper(path, &answers) && resolved)
		return add_detour(j, p, DETOUR_TRANSPARENT, "the neighbour was being resolved",
				  NO_HUNK);
	if (is_kept_copy(path))
		return add_detour(j, p, DETOUR_HOUSEKEEPING, copy_was_kept, NO_HUNK);
	p->diverges = true;
	return 0;
}

static bool is_elsewhere(const struct judgement *j, const struct pair *p)
{
	char words[640];

	elsewhere_words(j->c, p, words, sizeof(words));
	return *words;
}

/* A segment that was dropped as redundant has no counterpart: the other one is judged alone. */
static int judge_redundant(struct judgement *j, struct pair *p, bool good, bool bad)
{
	struct pair single = { .good = good ? NULL : p->good, .bad = bad ? NULL : p->bad };
	int ret = single.good || single.bad ? judge_single(j, &single) : 0;

	p->diverges = single.diverges;
	free(single.detours);
	j->c->nr_detours -= single.nr_detours;
	if (ret || p->diverges)
		return ret;
	return add_detour(j, p, DETOUR_BATCHING, "TCP dropped data that had arrived before",
			  NO_HUNK);
}

static int judge_pair(struct judgement *j, struct pair *p)
{
	const bool good = path_is_redundant(j->c, p->good), bad = path_is_redundant(j->c, p->bad);
	bool elsewhere = p->good && p->bad && is_elsewhere(j, p);

	if (good || bad)
		return judge_redundant(j, p, good, bad);
	if (!pair_differs(p) && !elsewhere &&
	    (p->good->packet->fate == p->bad->packet->fate || is_well(p->bad)))
		return 0;
	if (!p->good || !p->bad)
		return judge_single(j, p);
	if (segment_is(p->good) && segment_is(p->bad))
		return judge_segment(j, p);
	/* Copies of one packet for different takers were paired. */
	if (is_kept_copy(p->good) && is_kept_copy(p->bad))
		return add_detour(j, p, DETOUR_HOUSEKEEPING, copy_was_kept, NO_HUNK);
	p->diverges |= elsewhere;
	return judge_steps(j, p);
}

int sameness_judge(struct comparison *c, const struct pairing *b)
{
	const struct pwrt_reader *good = reader_of(c->good, c->nr_good),
				 *bad = reader_of(c->bad, c->nr_bad);
	struct judgement j = { .c = c,
			       .b = b,
			       .two_kernels = are_of_two_kernels(good, bad),
			       .other_recorder = are_of_two_kernels(good, bad) ||
						 fact_differs(good, bad, "recorder") };
	size_t i;
	int ret = -1;

	j.good_resolved = any_answers(c->good, c->nr_good);
	j.bad_resolved = any_answers(c->bad, c->nr_bad);
	if (j.other_recorder && (collect_all_returns(&j.good_returns, c->good, c->nr_good) ||
				 collect_all_returns(&j.bad_returns, c->bad, c->nr_bad)))
		goto out;
	if (attached_add(&j.good_seen, good) || attached_add(&j.bad_seen, bad) ||
	    segments_collect(c->pseudonyms_differ, &j.good_ways, &b->good) ||
	    segments_collect(c->pseudonyms_differ, &j.bad_ways, &b->bad))
		goto out;
	for (i = 0; i < c->nr_pairs; i++)
		if (judge_pair(&j, &c->pairs[i]))
			goto out;
	ret = 0;
out:
	string_ids_free(j.good_returns);
	string_ids_free(j.bad_returns);
	string_ids_free(j.good_seen);
	string_ids_free(j.bad_seen);
	string_ids_free(j.good_ways);
	string_ids_free(j.bad_ways);
	return ret;
}

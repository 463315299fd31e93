/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "sameness.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elsewhere.h"
#include "state.h"

/* What the judgement of all pairs has in common. */
struct judge {
	struct comparison *c;
	const struct pairing *b;
	struct name *good_ways, *bad_ways; /* of TCP segments: segment_way() */
	bool good_resolved, bad_resolved;  /* a neighbour answered */
	struct name *good_seen,
		*bad_seen; /* what each recording attached to: seen_add_function() */
	struct name *good_returns, *bad_returns; /* functions with a return in any path */
	bool two_kernels, other_recorder;
};

static int add_detour(struct judge *j, struct pair *p, enum detour_kind kind, const char *why,
		      size_t hunk)
{
	struct detour *more;

	if (!(p->nr_detours & (p->nr_detours - 1))) {
		more = realloc(p->detours, (p->nr_detours ? p->nr_detours * 2 : 1) * sizeof(*more));
		if (!more)
			return -1;
		p->detours = more;
	}
	p->detours[p->nr_detours++] = (struct detour){ kind, why, hunk };
	j->c->nr_detours++;
	return 0;
}

/* ---- the steps of a pair ---- */

/* The names of functions that return in hunks which one path alone has. */
struct returns {
	struct name *good, *bad;
};

static int collect_returns(struct name **names, const struct path *p, size_t from, size_t to)
{
	uint32_t id;

	for (; from < to; from++)
		if (step_is_return(&p->steps[from]) &&
		    name_id(names, plain_name(step_func(&p->steps[from], NAME_BUF), NAME_BUF), &id))
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

/* "skb_clone": attached to; "- skb_clone": listed, and not attached to; "module nf_nat": known. */
static int seen_add_function(struct name **seen, const struct pwrt_func *f)
{
	char text[NAME_LEN + 8], buf[NAME_LEN];
	const char *name = detour_name(plain_name(f->name, buf));
	uint32_t id;

	if (f->status == PWRT_FUNC_ATTACHED)
		return name_id(seen, name, &id);
	snprintf(text, sizeof(text), "- %.512s", name);
	return name_id(seen, text, &id);
}

static int seen_add_module(struct name **seen, const char *module)
{
	char text[NAME_LEN + 8];
	uint32_t id;

	snprintf(text, sizeof(text), "module %s", module);
	return name_id(seen, text, &id);
}

static int seen_add(struct name **seen, const struct pwrt_reader *r)
{
	const struct pwrt_func *f;
	const char *module = NULL; /* the last one: the functions of a module follow each other */
	uint32_t i;

	for (i = 0; r && (f = pwrt_reader_func(r, i)); i++) {
		/* A host without a BPF program differs from one that has it. */
		if (!strcmp(f->module, "bpf"))
			continue;
		if (seen_add_function(seen, f))
			return -1;
		if (f->status != PWRT_FUNC_ATTACHED || (module && !strcmp(module, f->module)))
			continue;
		if (seen_add_module(seen, f->module))
			return -1;
		module = f->module;
	}
	return 0;
}

/* Whether both recordings have a fact, and it is not the same. */
static bool fact_differs(const struct pwrt_reader *a, const struct pwrt_reader *b, const char *key)
{
	const char *x = a ? pwrt_reader_get(a, key) : NULL, *y = b ? pwrt_reader_get(b, key) : NULL;

	return x && y && strcmp(x, y);
}

/* Whether the recordings are of two kernels, whose functions have other names or are inlined. */
static bool are_of_two_kernels(const struct pwrt_reader *a, const struct pwrt_reader *b)
{
	return fact_differs(a, b, "kernel.release");
}

/*
 * Whether the other recording could not see a function: it lists the function as not attached to,
 * or it is of another kernel without such a function in the same module. Where the other kernel has
 * not loaded the module, the packet did not go there.
 */
static bool is_unseen(const struct judge *j, struct name *other_seen, const struct step *s)
{
	const struct pwrt_func *f = pwrt_reader_func(s->r, s->ev.func);
	char text[NAME_LEN + 8], buf[NAME_LEN];
	const char *name;

	if (!f || !*f->name || !strcmp(f->module, "bpf"))
		return false;
	name = detour_name(plain_name(f->name, buf));
	if (name_is_known(other_seen, name))
		return false;
	snprintf(text, sizeof(text), "- %.512s", name);
	if (name_is_known(other_seen, text))
		return true;
	snprintf(text, sizeof(text), "module %s", f->module);
	return j->two_kernels && name_is_known(other_seen, text);
}

/* The names of functions whose returns a side has, in any of its packets. */
static int collect_all_returns(struct name **names, const struct path *paths, size_t nr)
{
	uint32_t last = PWRT_NONE, id;
	size_t i, k;

	for (i = 0; i < nr; i++)
		for (k = 0; k < paths[i].nr; k++) {
			const struct step *s = &paths[i].steps[k];

			if (!step_is_return(s) || s->ev.func == last)
				continue;
			last = s->ev.func;
			if (name_id(names, plain_name(step_func(s, NAME_BUF), NAME_BUF), &id))
				return -1;
		}
	return 0;
}

static const struct detour_line unseen_line = { "", DETOUR_UNSEEN,
						"the other recording could not see the function" };
static const struct detour_line unseen_return_line = {
	"", DETOUR_UNSEEN, "the other recording has no returns of the function"
};

/* Why a step that only one path has does not count; NULL where it does. */
static const struct detour_line *step_detour(const struct judge *j, const struct step *s,
					     struct name *other_returns, struct name *other_seen)
{
	char buf[NAME_LEN];
	const char *name = plain_name(step_func(s, NAME_BUF), buf);
	const struct detour_line *line = detour_find(name);

	if (step_rejects(s))
		return NULL;
	if (!line && step_is_return(s) && name_is_known(other_returns, name))
		return &moved_line;
	if (!line && is_unseen(j, other_seen, s))
		return &unseen_line;
	/* Which returns are recorded depends on the recorder and its options. */
	if (!line && step_is_return(s) && j->other_recorder &&
	    !name_is_known(other_seen == j->bad_seen ? j->bad_returns : j->good_returns, name))
		return &unseen_return_line;
	return line;
}

/* Judges a hunk that one path alone has: a detour where every step of it is one. */
static int judge_hunk(struct judge *j, struct pair *p, size_t at, const struct returns *r)
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

/* Whether a packet's fate is that all went well with it. */
static bool is_well(const struct path *p)
{
	enum fate f = model_fate(p->packet);

	return f != FATE_DROPPED && f != FATE_UNKNOWN;
}

/*
 * Judges the fields that differ. A difference that later steps no longer have counts only where it
 * is a decision: fields are set one after the other, and an early look shows old memory.
 */
static int judge_fields(struct judge *j, struct pair *p)
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

static int judge_steps(struct judge *j, struct pair *p)
{
	struct returns r = { 0 };
	size_t i;
	int ret = find_returns(&r, p);

	for (i = 0; i < p->nr_hunks && ret == 0; i++)
		if (p->hunks[i].op != ALIGN_EQUAL)
			ret = judge_hunk(j, p, i, &r);
	names_free(r.good);
	names_free(r.bad);
	if (model_fate(p->good->packet) != model_fate(p->bad->packet) && !is_well(p->bad))
		p->diverges = true;
	return ret ? ret : judge_fields(j, p);
}

/* ---- TCP segments ---- */

#define TCP_FIN 1
#define TCP_SYN 2
#define TCP_RST 4

/* Whether a packet is a TCP segment after the handshake: how many there are varies from flow to
 * flow. */
static bool is_segment(const struct path *p)
{
	const struct step *s = p ? first_with_headers(p) : NULL;

	return s && s->h->proto == IPPROTO_TCP && s->h->l4_len >= 14 &&
	       !(s->h->l4[13] & (TCP_SYN | TCP_RST));
}

static uint64_t mix(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3; /* FNV-1a */
	return (hash ^ '/') * 0x100000001b3;
}

/* The decisions of hooks and programs, and the host changes, of a path as one number. */
static uint64_t way_hash(const struct path *p, bool pseudonyms_differ)
{
	static const char *const keys[] = { "nf.verdict", "tc.verdict", "xdp.verdict",
					    "nf.hook",	  "nf.table",	"nf.chain" };
	uint64_t hash = 0xcbf29ce484222325;
	uint32_t was = PWRT_NONE;
	struct value v;
	size_t i, k;

	for (i = 0; i < p->nr; i++) {
		const struct step *s = &p->steps[i];
		const struct pwrt_dev *dev = pwrt_reader_dev(s->r, s->ev.dev);

		if (dev && dev->netns && dev->netns != was) {
			hash = mix(hash, "hop");
			was = dev->netns;
		}
		if (!step_is_return(s))
			continue;
		for (k = 0; k < (pseudonyms_differ ? 4 : sizeof(keys) / sizeof(keys[0])); k++)
			if (step_named(s, keys[k], &v))
				hash = mix(mix(hash, keys[k]), v.text);
	}
	return hash;
}

/* Whether a TCP segment carries data. The sender sets the length of IP late: the last step counts. */
static bool has_data(const struct path *p)
{
	const struct headers *h;
	size_t i = p->nr, at;

	while (i--) {
		h = p->steps[i].h;
		if (!h->l4 || h->proto != IPPROTO_TCP || h->l4_len < 14 || !h->ip_len)
			continue;
		/* RFC 791: the total length has the header; RFC 8200: the payload length has not. */
		at = (size_t)(h->l4 - p->steps[i].ev.hdr) - p->steps[i].ev.l3_off +
		     (size_t)(h->l4[12] >> 4) * 4;
		return h->ip_len + (h->ip_version == 6 ? 40u : 0) > at;
	}
	return false;
}

/* The name under which a direction is known to carry data. */
static const char *data_role(const struct path_tree *t, const struct path *p)
{
	return path_is_forward(t, p) ? "data forward" : "data back";
}

/* "forward", whether it is a copy, and whether it ends the direction. */
static int segment_role(const struct path_tree *t, const struct path *p, char *buf, size_t len)
{
	return snprintf(buf, len, "%d%d%d", path_is_forward(t, p), p->packet->parent != 0,
			first_with_headers(p)->h->l4[13] & TCP_FIN);
}

/* The role of a segment, and the way that it went. */
static void segment_way(const struct judge *j, const struct path_tree *t, const struct path *p,
			char *buf, size_t len)
{
	int n = segment_role(t, p, buf, len);

	/* The last segment of a direction goes the way of all others. */
	buf[2] = '-';
	snprintf(buf + n, len - (size_t)n, "/%llx",
		 (unsigned long long)way_hash(p, j->c->pseudonyms_differ));
}

static int collect_ways(const struct judge *j, struct name **ways, const struct path_tree *t)
{
	char text[64];
	uint32_t id;
	size_t i;

	for (i = 0; i < t->nr; i++) {
		if (!is_segment(&t->paths[i]))
			continue;
		segment_role(t, &t->paths[i], text, sizeof(text));
		if (name_id(ways, text, &id))
			return -1;
		if (has_data(&t->paths[i]) && name_id(ways, data_role(t, &t->paths[i]), &id))
			return -1;
		segment_way(j, t, &t->paths[i], text, sizeof(text));
		if (name_id(ways, text, &id))
			return -1;
	}
	return 0;
}

/* Whether GRO joined a segment with another one: net/core/gro.c, skb_gro_receive(). */
static bool is_joined(const struct path *p)
{
	return model_fate(p->packet) == FATE_STOLEN;
}

/* Whether a field is the same in all segments of a direction, however the data is cut. */
static bool is_of_direction(const struct field *f)
{
	return f->kind == FIELD_VALUE && !field_is_decision(f) && strcmp(f->name, "tcp.flags");
}

/* Judges the fields that differ between two segments which went the same way. */
static void judge_segment_fields(struct pair *p)
{
	size_t i;

	for (i = 0; i < p->nr_diffs; i++) {
		struct difference *d = &p->diffs[i];

		d->counts = d->stands && is_of_direction(d->field);
		p->diverges |= d->counts;
	}
}

/*
 * Judges TCP segments. Bad's segment is well where some segment of good in the same direction went
 * the same way: the same hosts, hooks and verdicts. Good's segment without a counterpart is well
 * where bad has others in its place. A direction with data on one side alone is a difference.
 */
static int judge_segment(struct judge *j, struct pair *p)
{
	char text[64];
	bool well;

	if (p->bad) {
		segment_way(j, &j->b->bad, p->bad, text, sizeof(text));
		well = is_joined(p->bad) || (model_fate(p->bad->packet) != FATE_DROPPED &&
					     name_is_known(j->good_ways, text));
	} else {
		segment_role(&j->b->good, p->good, text, sizeof(text));
		well = name_is_known(j->bad_ways, text);
	}
	if (p->bad && has_data(p->bad))
		well &= name_is_known(j->good_ways, data_role(&j->b->bad, p->bad));
	if (p->good && has_data(p->good))
		well &= name_is_known(j->bad_ways, data_role(&j->b->good, p->good));
	if (!well) {
		p->diverges = true;
		return p->good && p->bad ? judge_fields(j, p) : 0;
	}
	judge_segment_fields(p);
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

/* Whether a step queues a datagram for a socket: net/ipv4/udp.c, net/ipv6/udp.c. */
static bool is_datagram_queued(const struct step *s)
{
	const char *name = step_func(s, NAME_BUF);

	return !strncmp(name, "udp_queue_rcv", 13) || !strncmp(name, "udpv6_queue_rcv", 15);
}

/*
 * Whether a copy stayed where it was made: it was for a tap, a raw socket or a neighbour's error. A
 * copy for another listener of a multicast group is not such a copy.
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

static int judge_single(struct judge *j, struct pair *p)
{
	const struct path *path = p->good ? p->good : p->bad;
	bool answers, resolved = p->good ? j->good_resolved : j->bad_resolved;

	if (is_segment(path))
		return judge_segment(j, p);
	if (is_well(path) && is_helper(path, &answers) && resolved)
		return add_detour(j, p, DETOUR_TRANSPARENT, "the neighbour was being resolved",
				  NO_HUNK);
	if (is_kept_copy(path))
		return add_detour(j, p, DETOUR_HOUSEKEEPING, copy_was_kept, NO_HUNK);
	p->diverges = true;
	return 0;
}

static bool is_elsewhere(const struct judge *j, const struct pair *p)
{
	char words[640];

	elsewhere_words(j->c, p, words, sizeof(words));
	return *words;
}

static int judge_pair(struct judge *j, struct pair *p)
{
	bool elsewhere = p->good && p->bad && is_elsewhere(j, p);

	if (!pair_differs(p) && !elsewhere &&
	    (model_fate(p->good->packet) == model_fate(p->bad->packet) || is_well(p->bad)))
		return 0;
	if (!p->good || !p->bad)
		return judge_single(j, p);
	if (is_segment(p->good) && is_segment(p->bad))
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
	struct judge j = { .c = c,
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
	if (seen_add(&j.good_seen, good) || seen_add(&j.bad_seen, bad) ||
	    collect_ways(&j, &j.good_ways, &b->good) || collect_ways(&j, &j.bad_ways, &b->bad))
		goto out;
	for (i = 0; i < c->nr_pairs; i++)
		if (judge_pair(&j, &c->pairs[i]))
			goto out;
	ret = 0;
out:
	names_free(j.good_returns);
	names_free(j.bad_returns);
	names_free(j.good_seen);
	names_free(j.bad_seen);
	names_free(j.good_ways);
	names_free(j.bad_ways);
	return ret;
}

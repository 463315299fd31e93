/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "choose.h"

#include <string.h>

#include "blind_spots.h"
#include "diff/pair/segment.h"
#include "ending.h"
#include "format/tool/tcp_refusal.h"
#include "replay/flow_facts.h"
#include "replay/vec.h"

/* A packet with fewer events has no way: its drop and the functions that free it have up to seven. */
#define EVENTS_OF_A_WAY 8
/* Flows that fail, for each of which a good one is searched among all flows; and all these looks. */
#define TRIED_MAX 1000
#define LOOKS_MAX 20000000
#define ANSWER_NS 100000000ull	/* an ICMP error comes within that */
#define SEARCH_NS 3000000000ull /* a host searches a neighbour for that: RFC 4861, section 10 */

/* How sure it is that a flow fails, by its drops. */
enum loss {
	LOSS_NONE,
	LOSS_REFUSED, /* of what its receiver refuses, and may not need */
	LOSS_MINOR, /* of a TCP segment that brings nothing new, and of ICMP errors and the like */
	LOSS_MAJOR,
};

/* Marks of a flow, by its packets. */
struct mark {
	bool begun, is_whole; /* is_whole: it is not TCP, or its first packet is a SYN */
	uint32_t first;	      /* its first packet with a way, plus 1; 0: none */
	uint32_t nr_syns;
	uint32_t nr_refused; /* packets with LOSS_REFUSED */
	enum loss loss;
	uint64_t loss_ns; /* when it lost a packet in this way first */
};

/* Returns whether a packet is one with which a flow of its protocol begins. */
static bool is_beginning(const struct packet_facts *f)
{
	return !f->has_segment || (f->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

/*
 * Returns whether a packet was dropped that its receiver does not need: TCP refused it, or the
 * kernel frees others like it without a loss. A SYN that is refused is a failure.
 */
static bool is_refused(const struct packet_facts *f, const struct tcp_refusal *refusal,
		       const char *func, const char *reason)
{
	const bool closes = f->has_segment && f->tcp_flags & (TCP_FIN | TCP_RST) && !f->payload;

	if (f->has_segment && is_beginning(f))
		return false;
	if (refusal && (refusal->kind == TCP_REFUSAL_KNOWN ||
			(refusal->kind == TCP_REFUSAL_LATE && !f->payload)))
		return true;
	return ending_is_no_loss(func, reason, closes ? PART_CLOSES : PART_OTHER);
}

/* Returns what a flow loses with a packet that was dropped, and whose way was recorded. */
static enum loss loss_of(const struct trace *t, const struct packet *p,
			 const struct packet_facts *f)
{
	const struct pwrt_reader *r = trace_reader(t);
	const char *reason = reason_text(r, p->drop.reason, NAME_BUF);
	const struct tcp_refusal *refusal = f->has_segment ? tcp_refusal_find(reason) : NULL;

	if (is_refused(f, refusal, drop_function(r, p, NAME_BUF), reason))
		return LOSS_REFUSED;
	if (f->is_control)
		return LOSS_MINOR;
	if (is_beginning(f))
		return LOSS_MAJOR;
	return !refusal && (f->payload || f->tcp_flags & TCP_SYN) ? LOSS_MAJOR : LOSS_MINOR;
}

/* Adds a packet to the marks of its flow. */
static void mark_packet(struct mark *m, const struct trace *t, const struct packet *p)
{
	struct packet_facts f;
	enum loss loss = LOSS_NONE;
	const bool counts = flow_packet_counts(t, p, &f);

	if (counts && f.has_segment && is_beginning(&f))
		m->nr_syns++;
	facts_get(t->facts, p->index, &f);
	if (!m->begun)
		m->is_whole = is_beginning(&f);
	m->begun = true;
	if (p->events < EVENTS_OF_A_WAY)
		return;
	if (!m->first)
		m->first = p->index + 1;
	if (p->fate == FATE_DROPPED)
		loss = loss_of(t, p, &f);
	m->nr_refused += counts && loss == LOSS_REFUSED;
	/* Packets come in the order in which they began, and a later one may end earlier. */
	if (loss > m->loss || (loss && loss == m->loss && p->last_ns < m->loss_ns)) {
		m->loss = loss;
		m->loss_ns = p->last_ns;
	}
}

/* The flows of a file, among which is chosen. */
struct flow_set {
	struct trace *t;
	struct flow_list *l;
	struct mark *marks;   /* by number */
	uint64_t marks_bytes; /* in the account of the reader */
	bool lacks_packets;   /* an option left some out */
	uint32_t tried_max;   /* flows that fail, for each of which a good one is searched */
};

/* Marks the flows. Returns 0 or PWRT_ENOMEM. */
static int mark_flows(struct flow_set *s, struct pwrt_diag *d)
{
	const struct trace *t = s->t;
	uint32_t i, packets = model_nr_packets(t->m);
	struct packet p;

	s->marks_bytes = (model_last_flow(t->m) + 1ull) * sizeof(*s->marks);
	s->marks = counted_realloc(pwrt_reader_memory(t->first), NULL, 0, s->marks_bytes);
	if (!s->marks)
		return model_no_memory(t->first, "the marks of its flows", d);
	memset(s->marks, 0, s->marks_bytes);
	for (i = 0; i < packets; i++) {
		model_packet(t->m, i, &p);
		mark_packet(&s->marks[model_flow_number(t->m, i)], t, &p);
	}
	return 0;
}

/* Makes the set of all flows. free_flows() frees it, also after an error. */
static int load_flows(struct flow_set *s, struct trace *t, struct pwrt_diag *d)
{
	const struct selection all = { 0 };
	int ret;

	*s = (struct flow_set){ .t = t, .lacks_packets = packets_left_out_by(trace_reader(t)) };
	s->tried_max = LOOKS_MAX / (model_last_flow(t->m) + 1) + 1;
	if (s->tried_max > TRIED_MAX)
		s->tried_max = TRIED_MAX;
	ret = mark_flows(s, d);
	return ret < 0 ? ret : flow_list_new(&s->l, t, &all, d);
}

static void free_flows(struct flow_set *s)
{
	flow_list_free(s->l);
	counted_free(pwrt_reader_memory(s->t->first), s->marks, s->marks_bytes);
}

/*
 * Returns whether the client sent its SYN again before the server answered. TCP waits a second: RFC
 * 6298, section 2.
 */
static bool is_late(const struct flow_set *s, const struct flow_facts *f)
{
	return s->marks[f->flow].nr_syns > 1 && f->rtt_ns >= LATE_NS;
}

/* Returns whether a flow works: not if its answer is late, even without a second SYN in the file. */
static bool works(const struct flow_facts *f)
{
	return !f->fates[FATE_DROPPED] && f->fates[FATE_DELIVERED] && f->rtt_ns < LATE_NS;
}

/* Returns whether a flow works, but for packets that were dropped since they were not needed. */
static bool works_with_refusals(const struct flow_set *s, const struct flow_facts *f)
{
	const struct mark *m = &s->marks[f->flow];

	return m->loss == LOSS_REFUSED && f->fates[FATE_DROPPED] <= m->nr_refused &&
	       f->fates[FATE_DELIVERED] && f->rtt_ns < LATE_NS;
}

static bool is_answered(const struct flow_facts *f)
{
	return f->sent[FLOW_SERVER].packets;
}

/* Returns whether the recording would have the answer to a flow, if there was one in time. */
static bool would_have_answer(const struct flow_set *s, const struct flow_facts *f)
{
	struct recorded_until u;

	if (is_late(s, f))
		return true;
	if (s->lacks_packets)
		return false;
	recorded_until(&u, trace_reader(s->t), f->last_ns);
	return u.ns - f->first_ns >= LATE_NS;
}

/* Returns whether all packets of a flow arrived, and it got no answer, or late. */
static bool is_unanswered(const struct flow_set *s, const struct flow_facts *f)
{
	return (works(f) && !is_answered(f)) || (!f->fates[FATE_DROPPED] && is_late(s, f));
}

/* Returns whether two flows go to the same server: any_port, also to other ports of it. */
static bool has_same_server(const struct flow_facts *a, const struct flow_facts *b, bool any_port)
{
	const struct endpoints *x = &a->first, *y = &b->first;

	return x->proto == y->proto && x->version == y->version &&
	       (any_port || x->dport == y->dport) && !memcmp(x->dst, y->dst, sizeof(x->dst));
}

static uint64_t distance(const struct flow_facts *a, const struct flow_facts *b)
{
	return a->first_ns > b->first_ns ? a->first_ns - b->first_ns : b->first_ns - a->first_ns;
}

/*
 * Returns whether a flow can be the good one: it works, and was recorded from its beginning if bad
 * was. refusals: it is one that lost what TCP or the kernel refuses since it is not needed.
 */
static bool is_good_for(const struct flow_set *s, const struct flow_facts *f,
			const struct flow_facts *bad, bool refusals)
{
	const bool good = refusals ? works_with_refusals(s, f) : works(f);

	/*
	 * A flow of the model may carry several conversations. An unanswered one only differs from
	 * one with an answer.
	 */
	return f->flow != bad->flow && good && (bad->fates[FATE_DROPPED] || is_answered(f)) &&
	       (s->marks[f->flow].is_whole || !s->marks[bad->flow].is_whole);
}

/* Returns the good flow for bad that began nearest to it, by is_good_for(); NULL: none. */
static const struct flow_facts *nearest(const struct flow_set *s, const struct flow_facts *bad,
					bool any_port, bool refusals)
{
	const struct flow_facts *f, *best = NULL;
	uint32_t at = 0;

	while ((f = flow_list_next(s->l, &at))) {
		if (!has_same_server(f, bad, any_port) || !is_good_for(s, f, bad, refusals))
			continue;
		if (!best || distance(f, bad) < distance(best, bad))
			best = f;
	}
	return best;
}

/* Writes the first place of a flow's first way: "client". */
static void first_place(const struct flow_set *s, const struct flow_facts *f, char buf[FACT_WORDS])
{
	const uint32_t first = s->marks[f->flow].first;
	struct packet_facts p;

	buf[0] = '\0';
	if (!first)
		return;
	facts_get(s->t->facts, first - 1, &p);
	places_words(s->t->facts, trace_reader(s->t), p.places, buf);
	buf[strcspn(buf, " ")] = '\0';
}

/*
 * Returns whether the ways of two flows begin in the same place. A packet that was under way when
 * the functions were attached begins later.
 */
static bool begin_alike(const struct flow_set *s, const struct flow_facts *a,
			const struct flow_facts *b)
{
	char x[FACT_WORDS], y[FACT_WORDS];

	first_place(s, a, x);
	first_place(s, b, y);
	return !strcmp(x, y);
}

/* Returns whether a flow fails with this loss. LOSS_NONE: it got no answer. */
static bool fails_with(const struct flow_set *s, const struct flow_facts *f, enum loss loss)
{
	if (loss == LOSS_NONE)
		return is_unanswered(s, f);
	return f->fates[FATE_DROPPED] && s->marks[f->flow].loss == loss;
}

/* Returns the time at which a flow failed; without a drop on a recorded path, at which it began. */
static uint64_t failed_ns(const struct flow_set *s, const struct flow_facts *f)
{
	const struct mark *m = &s->marks[f->flow];

	return m->loss ? m->loss_ns : f->first_ns;
}

/*
 * Returns the good flow for bad: to another port of the server only where none goes to the same
 * port. Of flows to one port, those that lost nothing come first. Those with refusals count only
 * where bad lost more than what was refused: else they fail as bad does.
 */
static const struct flow_facts *best_good(const struct flow_set *s, const struct flow_facts *bad)
{
	const bool refusals = s->marks[bad->flow].loss != LOSS_REFUSED;
	const struct flow_facts *good = NULL;
	int any_port;

	for (any_port = 0; !good && any_port < 2; any_port++) {
		good = nearest(s, bad, any_port, false);
		if (!good && refusals)
			good = nearest(s, bad, any_port, true);
	}
	return good;
}

/*
 * Returns the flow that failed first, of those with this loss or without any; but one whose way
 * begins later than that of its good flow only where all do. comparable: only flows that have a
 * good one; true with LOSS_NONE. NULL: there is none.
 */
static const struct flow_facts *first_with(const struct flow_set *s, enum loss loss,
					   bool comparable)
{
	const struct flow_facts *f, *good, *alike = NULL, *other = NULL, **first;
	uint32_t at = 0, tried = 0;

	while ((f = flow_list_next(s->l, &at)) && tried < s->tried_max) {
		if (!fails_with(s, f, loss) || (alike && failed_ns(s, f) >= failed_ns(s, alike)))
			continue;
		tried++;
		good = best_good(s, f);
		if (comparable && !good)
			continue;
		/* Without an answer it fails only if another flow to the same port has one. */
		if (loss == LOSS_NONE &&
		    (!has_same_server(good, f, false) || !would_have_answer(s, f)))
			continue;
		first = !good || begin_alike(s, f, good) ? &alike : &other;
		if (!*first || failed_ns(s, f) < failed_ns(s, *first))
			*first = f;
	}
	return alike ? alike : other;
}

/* The flows that may be chosen, the best ones first. comparable: as for first_with(). */
static const struct {
	enum loss loss;
	bool comparable;
} preference[] = {
	{ LOSS_MAJOR, true },	 { LOSS_NONE, true },	{ LOSS_MAJOR, false },
	{ LOSS_MINOR, true },	 { LOSS_MINOR, false }, { LOSS_REFUSED, true },
	{ LOSS_REFUSED, false },
};

/* Returns the flow that fails, or NULL. */
static const struct flow_facts *first_bad(const struct flow_set *s)
{
	const struct flow_facts *f = NULL;
	size_t i;

	for (i = 0; !f && i < sizeof(preference) / sizeof(preference[0]); i++)
		f = first_with(s, preference[i].loss, preference[i].comparable);
	return f;
}

/*
 * Makes room for a packet that came before the loss, or behind it: at most half of them are from
 * before, the last ones. Returns false without room.
 */
static bool make_room(struct choice *c, bool before)
{
	if (!before || c->nr_control < CONTROL_MAX / 2)
		return c->nr_control < CONTROL_MAX;
	memmove(c->control, c->control + 1, --c->nr_control * sizeof(c->control[0]));
	return true;
}

/*
 * Returns whether a packet came while the bad flow went on, or shortly before or behind it. A
 * request for a neighbour that is dropped later may have the same reason as those before.
 */
static bool is_in_time(const struct packet *p, const struct flow_facts *bad)
{
	const uint64_t after = p->fate == FATE_DROPPED ? SEARCH_NS : ANSWER_NS;

	return p->first_ns + SEARCH_NS >= bad->first_ns && p->first_ns <= bad->last_ns + after;
}

/* Adds the control packets that may explain the bad flow, from all others of its time. */
static void add_control(struct choice *c, const struct flow_set *s, const struct flow_facts *bad)
{
	const struct trace *t = s->t;
	uint32_t i, packets = model_nr_packets(t->m);
	const uint64_t failed = failed_ns(s, bad);
	struct packet_facts f;
	struct packet p;

	for (i = 0; i < packets; i++) {
		model_packet(t->m, i, &p);
		facts_get(t->facts, i, &f);
		if (!f.is_control || !is_in_time(&p, bad) ||
		    model_flow_number(t->m, i) == bad->flow)
			continue;
		if (make_room(c, p.first_ns <= failed))
			c->control[c->nr_control++] = p.id;
	}
}

int choose_flows(struct choice *c, struct trace *t, struct pwrt_diag *d)
{
	const struct flow_facts *good, *bad;
	struct flow_set s;
	int ret = load_flows(&s, t, d);

	*c = (struct choice){ 0 };
	bad = ret == 0 ? first_bad(&s) : NULL;
	good = bad ? best_good(&s, bad) : NULL;
	if (bad)
		c->bad = bad->flow;
	if (good) {
		c->good = good->flow;
		add_control(c, &s, bad);
	}
	free_flows(&s);
	return ret;
}

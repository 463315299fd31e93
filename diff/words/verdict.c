/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "verdict.h"

#include <stdio.h>
#include <string.h>

#include "refusal.h"
#include "conntrack.h"
#include "diff/confidence.h"
#include "diff/losses.h"
#include "diff/blind_spots.h"
#include "drop_words.h"
#include "elsewhere.h"
#include "format/tool/cli.h"
#include "replay/append.h"
#include "replay/decision.h"
#include "step_words.h"
#include "template.h"
#include "unanswered.h"
#include "undelivered.h"
#include "replay/func_words.h"

static void store(char *buf, size_t len, const char *s)
{
	snprintf(buf, len, "%s", s);
}

/* The commands to run next, with names and addresses of the packet. look may be NULL. */
static void store_commands(struct verdict *v, const char *look, const struct path *p, size_t end)
{
	if (look)
		fill_commands(v->look, sizeof(v->look), look, p, end);
}

/*
 * Returns the step to which a path goes on at a hunk, and that the other recording could see: the
 * first one outside of detours. Returns where the packet is freed if there is none.
 */
static size_t next_step(const struct pair *p, const struct hunk *h, bool of_good)
{
	const size_t alive = of_good ? p->good_alive : p->bad_alive;
	size_t from, end;

	for (; h < p->hunks + p->nr_hunks; h++) {
		from = of_good ? h->a : h->b;
		end = of_good ? h->a_end : h->b_end;
		if (from < end && !hunk_is_detour(p, h))
			return from < alive ? from : alive;
	}
	return alive;
}

/* The step where the paths part for good, or else the first one where they differ. */
static size_t append_parting(struct verdict *v, const struct pair *p, size_t n)
{
	const struct hunk *h = pair_parting(p);
	const char *netns;
	size_t good, bad;

	if (!h)
		h = pair_divergence(p);
	if (!h)
		return append_text(v->summary, sizeof(v->summary), n,
				   "the paths are the same, the packets differ");
	good = next_step(p, h, true);
	bad = next_step(p, h, false);
	n = append_text(v->summary, sizeof(v->summary), n, "the paths part after %s",
			h->a ? cli_escape(step_label(&p->good->steps[h->a - 1], NAME_BUF)) :
			       "their start");
	netns = h->b ? step_netns(&p->bad->steps[h->b - 1], NAME_BUF) : "";
	if (*netns)
		n = append_text(v->summary, sizeof(v->summary), n, " in %s", cli_escape(netns));
	n = append_text(v->summary, sizeof(v->summary), n, ": good goes on to %s",
			good < p->good_alive ?
				cli_escape(step_label(&p->good->steps[good], NAME_BUF)) :
				"its end");
	return append_text(v->summary, sizeof(v->summary), n, ", bad to %s",
			   bad < p->bad_alive ?
				   cli_escape(step_label(&p->bad->steps[bad], NAME_BUF)) :
				   "its end");
}

/*
 * Returns the innermost open call around a step that is known to refuse packets without a reason;
 * the step itself where there is none.
 */
static const struct step *refusing_call(const struct path *p, const struct step *s)
{
	size_t i = (size_t)(s - p->steps);
	unsigned int depth = s->depth + 1;

	for (i++; i-- > 0;) {
		const struct step *call = &p->steps[i];

		if (call->depth >= depth || step_is_return(call))
			continue;
		depth = call->depth;
		if (func_words_of_end(plain_name(step_func(call, NAME_BUF), NAME_BUF)))
			return call;
	}
	return s;
}

/* Appends that bad's path is the beginning of good's: it ended, or was held, where good went on. */
static bool append_stop(struct verdict *v, const struct pair *p)
{
	const struct hunk *h = pair_parting(p);
	const struct step *s = last_call(p->bad, p->bad_alive);
	struct recorded_until u;
	char func[128];
	size_t good, n = 0;

	if (!h || !s || next_step(p, h, false) < p->bad_alive)
		return false;
	good = next_step(p, h, true);
	if (good >= p->good_alive)
		return false;
	if (p->bad->packet->freed)
		s = refusing_call(p->bad, s);
	snprintf(func, sizeof(func), "%s", plain_name(step_func(s, NAME_BUF), NAME_BUF));
	recorded_until(&u, s->r, s->ev.ts_ns);
	n = append_text(v->summary, sizeof(v->summary), n,
			p->bad->packet->freed ? "ended%s%s in %s, freed without a drop reason" :
						"held%s%s in %s when %s",
			*step_netns(s, NAME_BUF) ? " in " : "", cli_escape(step_netns(s, NAME_BUF)),
			cli_escape(func), u.what);
	if (p->bad->packet->freed && func_words_of_end(func))
		n = append_text(v->summary, sizeof(v->summary), n, " (likely: %s)",
				func_words_of_end(func));
	append_text(v->summary, sizeof(v->summary), n, "; good goes on to %s",
		    cli_escape(step_label(&p->good->steps[good], NAME_BUF)));
	return true;
}

/* "delivered elsewhere: to nginx:812 in x (good: to socat:9 in b): ip.dst is ..." */
static bool append_elsewhere(struct verdict *v, const struct comparison *c, const struct pair *p)
{
	char words[640];
	size_t n;

	elsewhere_words(c, p, words, sizeof(words));
	if (!*words)
		return false;
	n = append_text(v->summary, sizeof(v->summary), 0, "delivered elsewhere: %s", words);
	store_commands(v, "ss -lntup; conntrack -L; ip route get DESTINATION", p->bad, p->bad->nr);
	if (!c->cause || c->cause_at_start)
		return true;
	n = append_text(v->summary, sizeof(v->summary), n, "; ");
	append_difference(v, c, n);
	return true;
}

/* "; in r the conntrack entry of ... took it, which was there before": appended to the sentence. */
static void append_older_entry(struct verdict *v, const struct pair *p)
{
	size_t n = strlen(v->summary);
	char words[320];

	older_entry_words(p, words, sizeof(words));
	if (*words)
		append_text(v->summary, sizeof(v->summary), n, "; %s", words);
}

static void append_pair(struct verdict *v, const struct comparison *c, const struct pair *p)
{
	const char *look = NULL;
	size_t n = 0;

	if (strcmp(v->fate_good, v->fate_bad))
		look = undelivered_words(p, c->counterparts, v->summary, sizeof(v->summary));
	if (look)
		store_commands(v, look, p->bad, p->bad->nr);
	if (look && c->cause && field_is_route(c->cause->field))
		append_difference(
			v, c,
			append_text(v->summary, sizeof(v->summary), strlen(v->summary), "; "));
	if (look || append_elsewhere(v, c, p) || append_stop(v, p))
		return;

	if (strcmp(v->fate_good, v->fate_bad))
		n = append_text(v->summary, sizeof(v->summary), n, "good was %s, bad was %s; ",
				v->fate_good, v->fate_bad);
	else
		n = append_text(v->summary, sizeof(v->summary), n, "both were %s; ", v->fate_bad);
	if (!c->cause || pair_parting(p)) {
		append_parting(v, p, n);
		return;
	}
	if (describe_field(c->cause))
		n = append_text(v->summary, sizeof(v->summary), n,
				"%s: ", describe_field(c->cause));
	append_difference(v, c, n);
}

/* The end of a pair, of which packet it is, and which conntrack entry took it. */
static void append_whole_pair(struct verdict *v, const struct comparison *c, const struct pair *p)
{
	const char *text = p->bad->packet->text;
	char rest[sizeof(v->summary)];

	append_pair(v, c, p);
	if (!is_first_of_bad(c, text) && *text) {
		store(rest, sizeof(rest), v->summary);
		append_text(
			v->summary, sizeof(v->summary),
			append_text(v->summary, sizeof(v->summary), 0, "%s: ", cli_escape(text)),
			"%s", rest);
	}
	append_older_entry(v, p);
}

static void explain_drop(struct verdict *v, const struct comparison *c, const struct trace *bad)
{
	const struct packet *p = c->main && c->main->bad ? c->main->bad->packet : NULL;

	if (c->end.path) {
		store(v->drop_reason, sizeof(v->drop_reason), c->end.reason);
		store(v->drop_function, sizeof(v->drop_function), c->end.func);
		store(v->drop_netns, sizeof(v->drop_netns), c->end.netns);
		if (c->end.knowledge)
			store_commands(v, c->end.knowledge->look, c->end.path, c->end.step);
	} else if (p && p->fate == FATE_DROPPED) {
		store(v->drop_reason, sizeof(v->drop_reason),
		      reason_text(bad->first, p->drop.reason, NAME_BUF));
		store(v->drop_function, sizeof(v->drop_function),
		      drop_function(bad->first, p, NAME_BUF));
		store(v->drop_netns, sizeof(v->drop_netns), drop_netns(bad->first, p, NAME_BUF));
	}
}

/* Returns the return of a call that a path has before a step, or NULL. */
static const struct step *return_of(const struct path *p, size_t call, size_t end)
{
	size_t i;

	for (i = call + 1; i < end; i++)
		if (step_is_return(&p->steps[i]) && p->steps[i].ev.func == p->steps[call].ev.func)
			return &p->steps[i];
	return NULL;
}

static void explain_cause(struct verdict *v, const struct comparison *c)
{
	const struct path *p = c->main->bad;
	const struct step *s = &p->steps[c->cause_step];
	const char *words = describe_step(p, c->cause->bad, c->cause_step);

	store(v->cause_netns, sizeof(v->cause_netns), step_netns(s, NAME_BUF));
	if (c->cause_at_start)
		return;
	store(v->cause_function, sizeof(v->cause_function),
	      plain_name(step_func(s, NAME_BUF), NAME_BUF));
	if (field_is_decision(c->cause->field))
		describe_hook(s, true, v->cause_words, sizeof(v->cause_words));
	if (!*v->cause_words && words)
		store(v->cause_words, sizeof(v->cause_words), words);
	s = *v->cause_words ? NULL : return_of(p, c->cause_step, c->cause->bad + 1);
	if (s)
		describe_hook(s, false, v->cause_words, sizeof(v->cause_words));
}

/* "2 detours: the neighbour was being resolved": each reason once. */
static size_t append_detours(struct verdict *v, const struct comparison *c, size_t n)
{
	const char *reasons[3]; /* the last one is "..." */
	size_t i, k, m, nr = 0;

	n = append_text(v->summary, sizeof(v->summary), n, " (%zu detour%s", c->nr_detours,
			c->nr_detours == 1 ? "" : "s");
	for (i = 0; i < c->nr_pairs; i++)
		for (k = 0; k < c->pairs[i].nr_detours && nr < sizeof(reasons) / sizeof(reasons[0]);
		     k++) {
			const char *why = c->pairs[i].detours[k].why;

			for (m = 0; m < nr && strcmp(reasons[m], why); m++)
				;
			if (m < nr)
				continue;
			reasons[nr++] = why;
			n = append_text(v->summary, sizeof(v->summary), n, "%s%s",
					nr == 1 ? ": " : "; ",
					nr == sizeof(reasons) / sizeof(reasons[0]) ? "..." : why);
		}
	return append_text(v->summary, sizeof(v->summary), n, ")");
}

static void append_same(struct verdict *v, const struct comparison *c)
{
	size_t n = append_text(v->summary, sizeof(v->summary), 0,
			       "no difference: %zu packet%s, the same hops, decisions and fates",
			       c->nr_pairs, c->nr_pairs == 1 ? "" : "s");

	if (c->nr_detours)
		append_detours(v, c, n);
}

/* Appends which packet of bad was seen last, and where. */
static void append_last_seen(struct verdict *v, const struct path *last, size_t n)
{
	const struct step *s = last_call(last, last->nr);

	n = append_text(v->summary, sizeof(v->summary), n, " after bad's last packet, %s, was seen",
			cli_escape(last->packet->text));
	if (!s)
		return;
	if (*step_netns(s, NAME_BUF))
		n = append_text(v->summary, sizeof(v->summary), n, " in %s",
				cli_escape(step_netns(s, NAME_BUF)));
	append_text(v->summary, sizeof(v->summary), n, " in %s",
		    cli_escape(plain_name(step_func(s, NAME_BUF), NAME_BUF)));
}

/* The recorder lost what came next: the end of bad's packet is not known. */
static void append_lost(struct verdict *v, const struct path *last, const struct loss *l)
{
	size_t n;

	n = append_text(v->summary, sizeof(v->summary), 0,
			"not known: the recorder lost %llu event%s", (unsigned long long)l->events,
			l->events == 1 ? "" : "s");
	if (l->cpu != PWRT_NONE)
		n = append_text(v->summary, sizeof(v->summary), n, " on CPU %u", l->cpu);
	append_last_seen(v, last, n);
}

/* Writes the verdict for an end that losses may hide. Returns whether they do. */
static bool explain_loss(struct verdict *v, const struct comparison *c, const struct trace *bad)
{
	const struct path *last;
	struct loss l;

	if (!loss_hides_end(&l, &last, c, bad->first))
		return false;
	append_lost(v, last, &l);
	v->confidence = confidence_names[UNKNOWN];
	v->confidence_why = "events were lost right after what was last seen";
	v->missing[0] = (struct missing){ "the events that were lost", l.option, MISSING_INPUT };
	v->nr_missing = 1;
	return true;
}

/* The end, or the answer, may be in the recording's blind spot: "the excerpt may lack events". */
static const char *blind_spot(const struct comparison *c, const struct path *last,
			      const struct pwrt_reader *r, const char **why, char *buf, size_t len)
{
	const char *option = packets_left_out_by(r);
	struct recorded_until u;

	if (excerpt_hides_events(r)) {
		*why = "the excerpt lacks events";
		return "the excerpt may lack events";
	}
	/* Where bad has the packet, that is not left out. */
	if (c->main && c->main->bad)
		return NULL;
	if (option) {
		*why = "the recording lacks packets";
		snprintf(buf, len, "%s may have left packets out", option);
		return buf;
	}
	if (!last)
		return NULL;
	recorded_until(&u, r, last->steps[last->nr - 1].ev.ts_ns);
	if (u.ns - c->bad[0].steps[0].ev.ts_ns >= LATE_NS)
		return NULL;
	*why = "an answer may have come later";
	snprintf(buf, len, "%s %.1f ms", u.what,
		 (double)(u.ns - last->steps[last->nr - 1].ev.ts_ns) / 1e6);
	return buf;
}

/* Writes the verdict where bad's end, or the packet that it lacks, may exist. Returns whether. */
static bool explain_unseen(struct verdict *v, const struct comparison *c, const struct trace *bad)
{
	const struct path *p = c->main ? c->main->bad : NULL, *last = p ? p : last_packet(c);
	const char *spot, *why;
	char buf[96];
	size_t n;

	if (!c->diverged || c->end.path ||
	    (p && p->packet->freed && p->packet->fate != FATE_UNKNOWN))
		return false;
	spot = blind_spot(c, last, bad->first, &why, buf, sizeof(buf));
	if (!spot)
		return false;
	n = append_text(v->summary, sizeof(v->summary), 0, "not known: %s", spot);
	if (last)
		append_last_seen(v, last, n);
	else
		append_text(v->summary, sizeof(v->summary), n, "; good began with %s",
			    cli_escape(c->good[0].packet->text));
	v->confidence = confidence_names[UNKNOWN];
	v->confidence_why = why;
	return true;
}

/* Returns whether a fact is missing that a decision may have read. */
static bool lacks_inputs(const struct verdict *v)
{
	size_t i;

	for (i = 0; i < v->nr_missing; i++)
		if (v->missing[i].kind != MISSING_STEPS)
			return true;
	return false;
}

void verdict_fill(struct verdict *v, const struct comparison *c, const struct trace *bad)
{
	const struct pair *p = c->main;

	*v = (struct verdict){ .fate_good = "unknown", .fate_bad = "unknown" };
	if (p && p->good)
		v->fate_good = fate_names[p->good->packet->fate];
	if (p && p->bad)
		v->fate_bad = fate_names[p->bad->packet->fate];
	explain_drop(v, c, bad);
	if (c->cause)
		explain_cause(v, c);
	if (c->diverged) {
		v->nr_missing = missing_find(v->missing, c, bad->first);
		v->confidence =
			confidence_names[confidence_of(c, lacks_inputs(v), &v->confidence_why)];
	}
	if (explain_loss(v, c, bad) || explain_unseen(v, c, bad))
		return;
	if (!c->diverged)
		append_same(v, c);
	else if (c->end.path) {
		append_drop(v, c, 0);
		if (p)
			append_older_entry(v, p);
	} else if (p->good && p->bad)
		append_whole_pair(v, c, p);
	else if (!c->nr_bad)
		append_text(v->summary, sizeof(v->summary), 0,
			    "bad has no packet: nothing was sent or recorded; good began with %s",
			    cli_escape(c->good[0].packet->text));
	else if (p->good)
		append_lacking(v, c, p->good);
	else
		append_text(v->summary, sizeof(v->summary), 0,
			    "bad has a packet that good lacks: %s",
			    cli_escape(p->bad->packet->text));
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "trace.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "spool.h"

/* Opens a reader. All readers of a trace count in the account of the first one. */
static int open_reader(struct trace *t, struct pwrt_diag *d)
{
	struct pwrt_limits shared;
	char path[32];

	t->parsed = (struct parsed_headers){ 0 };
	if (t->files)
		return pwrt_open_set(&t->r, file_list_set(t->files), d);
	if (t->first)
		shared = (struct pwrt_limits){ .memory = pwrt_reader_memory(t->first) };
	if (t->spool < 0)
		return pwrt_open(&t->r, t->path, t->first ? &shared : t->limits, d);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", t->spool);
	return pwrt_open(&t->r, path, t->first ? &shared : t->limits, d);
}

int trace_open(struct trace *t, const char *path, bool reread, const struct pwrt_limits *limits,
	       struct pwrt_diag *d)
{
	*t = (struct trace){ .path = path, .limits = limits, .spool = -1 };
	if (reread && !strcmp(path, "-")) {
		t->spool = spool_stdin(d);
		if (t->spool < 0)
			return t->spool;
	}
	return open_reader(t, d);
}

int trace_open_files(struct trace *t, const struct file_list *files, struct pwrt_diag *d)
{
	*t = (struct trace){ .path = file_list_name(files), .files = files, .spool = -1 };
	return open_reader(t, d);
}

const char *trace_source(const struct trace *t, const char *path)
{
	const char *same = t->files ? file_list_same(t->files, path) : NULL;

	return same ? same : t->files ? file_list_at(t->files, 0)->path : t->path;
}

int trace_open_same(struct trace *t, const struct trace *other, struct pwrt_diag *d)
{
	*t = (struct trace){
		.path = other->path, .limits = other->limits, .files = other->files, .spool = -1
	};
	if (other->spool >= 0) {
		t->spool = fcntl(other->spool, F_DUPFD_CLOEXEC, 0);
		if (t->spool < 0)
			return pwrt_fail(d, PWRT_ESYS, 0, "temporary file for standard input");
	}
	return open_reader(t, d);
}

/* Marks in model_marks(), besides enum select_found. */
enum {
	MARK_STRANGER = 0x20, /* mark_relatives(): not related to a selected packet */
	MARK_SHOWN = 0x40,    /* one of its events is selected */
	MARK_SELECTED = 0x80, /* the packet is selected, or related to one that is */
};

_Static_assert(!(FOUND_ALL & (MARK_STRANGER | MARK_SHOWN | MARK_SELECTED)),
	       "the marks are different bits");

/* Sets the packet and the depth of an event. complete: the model has all events already. */
static int apply_model(struct trace *t, struct step *s, uint32_t *packet, bool complete,
		       struct pwrt_diag *d)
{
	int depth;

	if (!t->m) {
		*packet = 0;
		return 0;
	}
	if (!complete)
		return model_event(t->m, &s->ev, s->h, packet, &s->depth, d);
	*packet = model_find(t->m, s->ev.packet);
	depth = *packet == MODEL_NONE || t->no_depth ? 0 : model_depth(t->m, *packet, &s->ev, d);
	s->depth = depth < 0 ? 0 : (unsigned int)depth;
	return depth < 0 ? depth : 0;
}

/* Counts an event of the first pass if it is selected. Returns false without memory. */
static bool count_shown(struct trace *t, const struct selection *sel, const struct step *s,
			uint32_t packet)
{
	uint32_t *nr;

	while (t->shown.nr <= packet)
		if (!vec_add(&t->shown))
			return false;
	if (!select_event(sel, s, s->ev.ts_ns - t->start_ns))
		return true;
	nr = vec_at(&t->shown, packet);
	*nr += *nr < UINT32_MAX;
	*model_marks(t->m, packet) |= MARK_SHOWN;
	return true;
}

/* Updates the VLAN tag that the kernel keeps beside a packet. Returns NULL without memory. */
static struct kept_tag *update_tag(struct trace *t, const struct step *s, uint32_t packet)
{
	struct kept_tag *tag;

	while (t->tags.nr <= packet)
		if (!vec_add(&t->tags))
			return NULL;
	tag = vec_at(&t->tags, packet);
	kept_tag_event(tag, s);
	return tag;
}

/* Sets *freeing to whether the function of an event frees packets. Returns false without memory. */
static bool is_freeing(struct trace *t, const struct step *s, bool *freeing)
{
	const struct landmark *l;

	if (!landmarks_func(&t->marks, t->r, s->ev.func, &l))
		return false;
	*freeing = l && l->layer == LAYER_FREE;
	return true;
}

/* Keeps the name of the rule that made a decision, once. Returns false without memory. */
static bool keep_rule(struct trace *t, const struct step *s)
{
	char buf[NAME_LEN + 1];
	size_t len = 0;
	struct named n;
	uint32_t id, *kept;
	int i;

	named_rule(&n, s, buf);
	if (!*n.name[0])
		return true;
	/* The names follow each other in buf. An empty one ends them. */
	for (i = 0; i < NAMED_MAX && n.name[i]; i++)
		len += strlen(n.name[i]) + 1;
	buf[len++] = '\0';
	id = intern_put(&t->rules, buf, len);
	if (!id)
		return false;
	if ((*intern_number(&t->rules, id))++)
		return true;
	kept = vec_add(&t->rule_ids);
	if (kept)
		*kept = id;
	return kept;
}

/* Notes the conditions on whole packets that an event meets. Returns false without memory. */
static bool note_packet(struct trace *t, const struct selection *sel, const struct step *s,
			uint32_t packet)
{
	uint8_t *marks = model_marks(t->m, packet);
	struct kept_tag *tag = NULL;
	bool freeing = false;

	if (t->wants_tags && !(tag = update_tag(t, s, packet)))
		return false;
	if (sel->filter_on == FILTER_ON_LAST && !is_freeing(t, s, &freeing))
		return false;
	*marks = select_note(sel, s, tag, freeing, *marks);
	return !sel->rule.nr || !s->ev.values_len || keep_rule(t, s);
}

/* Notes the facts about an event of the first pass that the second pass needs. */
static int note_event(struct trace *t, const struct selection *sel, const struct step *s,
		      uint32_t packet, struct pwrt_diag *d)
{
	if (t->facts && !facts_event(t->facts, s, packet))
		return model_no_memory(t->r, "its packets and flows", d);
	if ((sel->filter || sel->rule.nr) && !note_packet(t, sel, s, packet))
		return model_no_memory(t->r, "its packets and flows", d);
	if (select_is_about_events(sel) && !count_shown(t, sel, s, packet))
		return model_no_memory(t->r, "its packets and flows", d);
	return 0;
}

/* Notes the damage and the losses that a whole pass has found. */
static void take_integrity(struct trace *t)
{
	const struct pwrt_reader *r = trace_reader(t);

	t->integrity = *pwrt_reader_integrity(r);
	t->lost = pwrt_reader_lost_total(r);
	if (!t->files || !file_list_missing(t->files))
		return;
	t->integrity.complete = false;
	if (!*t->integrity.what)
		snprintf(t->integrity.what, sizeof(t->integrity.what), "parts are missing");
}

/*
 * Runs one pass over the events. complete: the model has all events already. A file that has grown
 * since then has packets without an index. Without cb, it notes facts for the second pass.
 */
static int read_events(struct trace *t, bool complete, const struct selection *sel, trace_event cb,
		       void *arg, struct pwrt_diag *d)
{
	struct step s = { .r = t->r };
	uint32_t packet;
	int ret;

	while ((ret = pwrt_reader_next(t->r, &s.ev, d)) == 1) {
		if (!complete && !t->nr_events++ && !t->start_ns)
			t->start_ns = s.ev.ts_ns;
		step_parse(&s, &t->parsed);
		s.packet_flow = 0;
		ret = apply_model(t, &s, &packet, complete, d);
		if (ret == 0 && (!cb || t->streams))
			ret = note_event(t, sel, &s, packet, d);
		if (ret < 0)
			return ret;
		if (!cb || packet == MODEL_NONE ||
		    (!t->streams && !select_event(sel, &s, s.ev.ts_ns - t->start_ns)))
			continue;
		if (t->m && !(complete && t->no_depth))
			s.packet_flow = model_flow_number(t->m, packet);
		t->nr_selected += !complete && !t->streams;
		ret = cb(arg, &s, packet);
		if (ret)
			return ret;
	}
	if (ret == 0)
		ret = select_check(sel, d);
	if (ret == 0 && !complete)
		take_integrity(t);
	return ret;
}

bool trace_take(struct trace *t, const struct selection *sel, uint32_t index, struct packet *p)
{
	const uint8_t marks = *model_marks(t->m, index);

	if (!select_id(sel, model_id(t->m, index)))
		return false;
	model_packet(t->m, index, p);
	if ((select_is_about_events(sel) && !(marks & MARK_SHOWN)) ||
	    !select_packet(sel, trace_reader(t), p, marks & FOUND_ALL))
		return false;
	t->nr_selected++;
	return true;
}

bool trace_packet(struct trace *t, const struct selection *sel, uint32_t *at, struct packet *p)
{
	while (*at < model_nr_packets(t->m))
		if (trace_take(t, sel, (*at)++, p))
			return true;
	return false;
}

void trace_mark_selected(struct trace *t, const struct selection *sel)
{
	const uint64_t before = t->nr_selected;
	struct packet p;
	uint32_t i;

	for (i = 0; i < model_nr_packets(t->m); i++)
		*model_marks(t->m, i) &= (uint8_t)~MARK_SELECTED;
	for (i = 0; trace_packet(t, sel, &i, &p);)
		*model_marks(t->m, p.index) |= MARK_SELECTED;
	t->nr_selected = before;
}

bool trace_is_selected(const struct trace *t, uint32_t packet)
{
	return *model_marks(t->m, packet) & MARK_SELECTED;
}

uint32_t trace_events_of(const struct trace *t, uint32_t packet)
{
	struct packet p;

	if (packet < t->shown.nr)
		return *(const uint32_t *)vec_at(&t->shown, packet);
	model_packet(t->m, packet, &p);
	return p.events;
}

/* Marks a packet if a packet above it is marked, and else as a stranger: each of them only once. */
static void mark_by_family(const struct trace *t, uint32_t packet)
{
	const uint8_t known = MARK_SELECTED | MARK_STRANGER;
	uint32_t at = packet;
	uint8_t family;

	/* Parents in a circle are strangers once all of them were visited. */
	for (; at != MODEL_NONE && !(*model_marks(t->m, at) & known); at = model_parent(t->m, at))
		*model_marks(t->m, at) |= MARK_STRANGER;
	family = at == MODEL_NONE ? MARK_STRANGER : *model_marks(t->m, at) & known;
	if (family != MARK_SELECTED)
		return;
	for (; packet != at; packet = model_parent(t->m, packet))
		*model_marks(t->m, packet) ^= known;
}

/* Marks the original of each marked packet, and all copies of that original. */
static void mark_relatives(const struct trace *t)
{
	const uint32_t nr = model_nr_packets(t->m);
	uint32_t i, at;

	for (i = 0; i < nr; i++) {
		*model_marks(t->m, i) &= (uint8_t)~MARK_STRANGER;
		if (!trace_is_selected(t, i))
			continue;
		/* A marked packet above this one goes on from there, or did already. */
		for (at = model_parent(t->m, i); at != MODEL_NONE && !trace_is_selected(t, at);
		     at = model_parent(t->m, at))
			*model_marks(t->m, at) |= MARK_SELECTED;
	}
	for (i = 0; i < nr; i++)
		mark_by_family(t, i);
}

/* Returns the ids and times of the marked packets, to limit a pass to them. */
static struct pwrt_range selected_range(const struct trace *t, uint32_t from)
{
	struct pwrt_range r = { UINT64_MAX, 0, UINT64_MAX, 0 };
	struct packet p;
	uint32_t i;

	for (i = from; i < model_nr_packets(t->m); i++) {
		if (!trace_is_selected(t, i))
			continue;
		model_packet(t->m, i, &p);
		r.packet_min = p.id < r.packet_min ? p.id : r.packet_min;
		r.packet_max = p.id > r.packet_max ? p.id : r.packet_max;
		r.ts_min = p.first_ns < r.ts_min ? p.first_ns : r.ts_min;
		r.ts_max = p.last_ns > r.ts_max ? p.last_ns : r.ts_max;
	}
	return r;
}

/* Makes what the first pass fills. Returns 0 or PWRT_ENOMEM. */
static int begin_scan(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	int ret = model_new(&t->m, t->r, d);

	t->shown = t->rule_ids =
		(struct vec){ .memory = pwrt_reader_memory(t->r), .size = sizeof(uint32_t) };
	t->marks.memory = t->rules.memory = pwrt_reader_memory(t->r);
	t->wants_tags = select_needs_tags(sel);
	t->tags =
		(struct vec){ .memory = pwrt_reader_memory(t->r), .size = sizeof(struct kept_tag) };
	if (ret == 0 && t->wants_facts) {
		t->facts = facts_new(t->r);
		if (!t->facts)
			ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	}
	return ret;
}

int trace_begin_anew(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	const uint32_t last_flow = model_last_flow(t->m);
	int ret;

	model_free(t->m);
	facts_free(t->facts);
	t->m = NULL;
	t->facts = NULL;
	vec_free(&t->shown);
	vec_free(&t->rule_ids);
	vec_free(&t->tags);
	intern_free(&t->rules);
	ret = begin_scan(t, sel, d);
	if (ret == 0)
		model_flows_after(t->m, last_flow);
	return ret;
}

int trace_stream(struct trace *t, const struct selection *sel, trace_event cb, void *arg,
		 struct pwrt_diag *d)
{
	int ret = begin_scan(t, sel, d);

	t->first = t->r;
	t->streams = true;
	if (ret == 0)
		ret = read_events(t, false, sel, cb, arg, d);
	if (t->m)
		t->nr_packets = model_nr_packets(t->m);
	t->r = NULL;
	return ret;
}

/*
 * Returns whether the first pass may read packets and flows alone, and then the events of the
 * selected packets: where packets are selected by id.
 */
static bool can_seek(const struct trace *t, const struct selection *sel)
{
	return t->seeks && sel->packets.nr && !select_is_about_packets(sel);
}

/* Reads the packets and the flows of the file. */
static int read_flows(struct trace *t, struct pwrt_diag *d)
{
	struct step s = { .r = t->r };
	int ret;

	while ((ret = pwrt_reader_next(t->r, &s.ev, d)) == 1) {
		if (!t->start_ns)
			t->start_ns = s.ev.ts_ns;
		step_parse(&s, &t->parsed);
		ret = model_flow_event(t->m, &s.ev, s.h, d);
		if (ret < 0)
			return ret;
	}
	t->nr_events = pwrt_reader_events(t->r);
	take_integrity(t);
	return ret;
}

/* Reads all events of the marked packets into the model. */
static int read_marked(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct step s = { .r = t->r };
	uint32_t packet;
	int ret;

	while ((ret = pwrt_reader_next(t->r, &s.ev, d)) == 1) {
		packet = model_find(t->m, s.ev.packet);
		if (packet == MODEL_NONE || !trace_is_selected(t, packet))
			continue;
		step_parse(&s, &t->parsed);
		ret = apply_model(t, &s, &packet, false, d);
		if (ret == 0)
			ret = note_event(t, sel, &s, packet, d);
		if (ret < 0)
			return ret;
	}
	return ret == 0 ? select_check(sel, d) : ret;
}

/* Marks the packets that are selected by id, and their relatives. */
static void mark_families(struct trace *t, const struct selection *sel)
{
	uint32_t i;

	for (i = 0; i < model_nr_packets(t->m); i++)
		if (select_id(sel, model_id(t->m, i)))
			*model_marks(t->m, i) |= MARK_SELECTED;
	mark_relatives(t);
}

/*
 * Returns the ids of marked packets, to limit a pass to them. The times of their last events are
 * not known yet.
 */
static struct pwrt_range marked_ids(const struct trace *t)
{
	struct pwrt_range r = { 0, UINT64_MAX, UINT64_MAX, 0 };
	uint64_t id;
	uint32_t i;

	for (i = 0; i < model_nr_packets(t->m); i++) {
		if (!trace_is_selected(t, i))
			continue;
		id = model_id(t->m, i);
		r.packet_min = id < r.packet_min ? id : r.packet_min;
		r.packet_max = id > r.packet_max ? id : r.packet_max;
	}
	return r;
}

/* Begins a scan anew, which reads all events. */
static int restart(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	int ret;

	model_free(t->m);
	facts_free(t->facts);
	pwrt_close(t->r);
	t->m = NULL;
	t->facts = NULL;
	t->r = NULL;
	t->nr_events = 0;
	ret = open_reader(t, d);
	return ret == 0 ? begin_scan(t, sel, d) : ret;
}

/* Fills the model with the flows of all packets, and with the events of the selected families. */
static int scan_families(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct pwrt_range range;
	int ret = read_flows(t, d);

	if (ret < 0)
		return ret;
	if (!model_flows_sure(t->m)) {
		ret = restart(t, sel, d);
		return ret == 0 ? read_events(t, false, sel, NULL, NULL, d) : ret;
	}
	mark_families(t, sel);
	t->families = true;
	range = marked_ids(t);
	t->first = t->r;
	ret = open_reader(t, d);
	if (ret == 0) {
		pwrt_reader_range(t->r, &range);
		ret = read_marked(t, sel, d);
	}
	if (t->r != t->first)
		pwrt_close(t->r);
	t->r = t->first;
	t->first = NULL;
	return ret;
}

int trace_scan(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	int ret = begin_scan(t, sel, d);

	if (ret == 0 && can_seek(t, sel) && pwrt_reader_headers_only(t->r))
		ret = scan_families(t, sel, d);
	else if (ret == 0)
		ret = read_events(t, false, sel, NULL, NULL, d);
	if (ret == 0)
		ret = model_finish(t->m, d);
	if (ret == 0) {
		t->nr_packets = model_nr_packets(t->m);
		pwrt_reader_keep_tables(t->r);
	}
	t->first = t->r;
	t->r = NULL;
	return ret;
}

int trace_finish(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	uint64_t end;
	int ret = pwrt_reader_finish(t->r, d);

	if (ret < 0)
		return ret;
	t->first = t->r;
	t->r = NULL;
	take_integrity(t);
	t->nr_events = pwrt_reader_events(t->first);
	t->nr_packets = pwrt_reader_packets(t->first);
	pwrt_reader_span(t->first, &t->start_ns, &end);
	if (pwrt_reader_integrity(t->first)->complete)
		return 0;
	/* Without a good end, the number of packets follows from the events alone. */
	pwrt_close(t->first);
	t->first = NULL;
	t->nr_events = 0;
	ret = open_reader(t, d);
	return ret == 0 ? trace_scan(t, sel, d) : ret;
}

struct selected {
	struct trace *t;
	uint32_t from;
	trace_event cb;
	void *arg;
};

static int only_selected(void *arg, const struct step *s, uint32_t packet)
{
	const struct selected *c = arg;

	if (packet < c->from || !trace_is_selected(c->t, packet))
		return 0;
	c->t->nr_selected++;
	return c->cb(c->arg, s, packet);
}

int trace_second_pass(struct trace *t, const struct selection *sel, uint32_t from, trace_event cb,
		      void *arg, struct pwrt_diag *d)
{
	const struct pwrt_range range = selected_range(t, from);
	struct selected selected = { t, from, cb, arg };
	int ret = model_rewind(t->m, d);

	pwrt_close(t->r);
	t->r = NULL;
	if (ret == 0)
		ret = open_reader(t, d);
	if (ret < 0)
		return ret;
	pwrt_reader_range(t->r, &range);
	return read_events(t, true, sel, only_selected, &selected, d);
}

/* Returns the sum, or the highest number. */
static uint64_t later(uint64_t ns, uint64_t by)
{
	return by < UINT64_MAX - ns ? ns + by : UINT64_MAX;
}

uint64_t trace_until_ns(const struct trace *t, const struct selection *sel)
{
	const uint64_t until = sel->until_ns ? later(t->start_ns, sel->until_ns) : UINT64_MAX;

	return sel->until_mono_ns && sel->until_mono_ns < until ? sel->until_mono_ns : until;
}

/* Limits a pass to the selected packets and times, where the caller needs no flows. */
static void seek(struct trace *t, const struct selection *sel)
{
	struct pwrt_range r = PWRT_RANGE_ALL;
	uint64_t start, end;

	select_packet_range(sel, &r.packet_min, &r.packet_max);
	pwrt_reader_span(t->r, &start, &end);
	/* Only a file with an index gives its start before the first event. */
	if (start) {
		t->start_ns = start;
		r.ts_min = sel->since_ns ? start + sel->since_ns : 0;
		if (sel->since_mono_ns > r.ts_min)
			r.ts_min = sel->since_mono_ns;
		r.ts_max = trace_until_ns(t, sel);
	}
	pwrt_reader_range(t->r, &r);
}

int trace_each(struct trace *t, const struct selection *sel, trace_event cb, void *arg,
	       struct pwrt_diag *d)
{
	uint64_t start, end;
	int ret;

	if (t->m) {
		trace_mark_selected(t, sel);
		return trace_second_pass(t, sel, 0, cb, arg, d);
	}
	/* The end of a file with an index has the number of packets, which a model would count. */
	pwrt_reader_span(t->r, &start, &end);
	ret = t->plain && end ? 0 : model_new(&t->m, t->r, d);
	if (ret == 0 && t->flowless)
		seek(t, sel);
	if (ret == 0)
		ret = read_events(t, false, sel, cb, arg, d);
	if (t->m)
		t->nr_packets = model_nr_packets(t->m);
	return ret;
}

int trace_family(struct trace *t, const struct selection *sel, trace_event cb, void *arg,
		 struct pwrt_diag *d)
{
	struct selection events = *sel;

	events.packets.nr = 0; /* relatives of the selected packets are read, too */
	trace_mark_selected(t, sel);
	mark_relatives(t);
	return trace_second_pass(t, &events, 0, cb, arg, d);
}

const struct pwrt_reader *trace_reader(const struct trace *t)
{
	return t->first ? t->first : t->r;
}

bool trace_has_drops_alone(const struct trace *t)
{
	const char *profile = pwrt_reader_get(trace_reader(t), "profile");

	return profile && !strcmp(profile, "drops");
}

uint64_t trace_nr_events(const struct trace *t)
{
	const uint64_t all = trace_reader(t) ? pwrt_reader_events(trace_reader(t)) : 0;

	return all > t->nr_events ? all : t->nr_events;
}

uint64_t trace_nr_packets(const struct trace *t)
{
	const uint64_t all = trace_reader(t) ? pwrt_reader_packets(trace_reader(t)) : 0;

	return all > t->nr_packets ? all : t->nr_packets;
}

uint64_t trace_selected_ns(const struct trace *t, const struct selection *sel)
{
	const uint64_t until = trace_until_ns(t, sel);
	uint64_t from = later(t->start_ns, sel->since_ns), first, to;

	pwrt_reader_span(trace_reader(t), &first, &to);
	if (sel->since_mono_ns > from)
		from = sel->since_mono_ns;
	if (until < to)
		to = until;
	return to > from ? to - from : 0;
}

void trace_close(struct trace *t)
{
	model_free(t->m);
	facts_free(t->facts);
	vec_free(&t->shown);
	vec_free(&t->rule_ids);
	vec_free(&t->tags);
	landmarks_free(&t->marks);
	intern_free(&t->rules);
	pwrt_close(t->r);
	pwrt_close(t->first);
	if (t->spool >= 0)
		close(t->spool);
}

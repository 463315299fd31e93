/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "event_json.h"

#include <stdlib.h>
#include <string.h>

#include "json_writer.h"
#include "replay/digits.h"
#include "key_list.h"
#include "replay/fields.h"
#include "time_text.h"

/* The fields of headers as text, kept because most events of a packet have the same headers. */
struct header_text {
	uint8_t hdr[PWRT_HDR_MAX];
	uint16_t hdr_len, l3_off;
	size_t len, nr_members;		/* nr_members 0: empty */
	struct json_member members[32]; /* offsets in text */
	char text[2048];
};

/* A number of one key and function as JSON: its name in the file, or digits. */
struct number_text {
	uint64_t num;
	uint32_t key, func;
	uint8_t type;
	uint8_t len; /* 0: empty */
	char text[110];
};

#define NR_TEXTS 64 /* powers of two */
#define NR_NUMBERS 512
#define NR_KEYS 20
#define NR_CHOICES 256 /* keys of the file */

enum choice { CHOICE_UNKNOWN, CHOICE_YES, CHOICE_NO };

typedef void (*put_member)(struct event_json *e, const struct step *s);

struct event_json {
	const struct trace *t; /* borrowed, and so is list */
	struct json_writer w;
	struct time_text time;
	const char *list; /* the keys to write; NULL: all */
	put_member puts[NR_KEYS];
	size_t nr_puts;
	bool needs_model;
	/* The fields to write: those of the headers, and then other ones that are no decisions. */
	const struct field **fields;
	size_t nr_header_fields, nr_fields;
	struct header_text texts[NR_TEXTS];	/* by the last bits of the packet's id */
	struct number_text numbers[NR_NUMBERS]; /* by number_slot() */
	/* numbers holds for this reader, with these numbers of enumerators and facts. */
	const struct pwrt_reader *r;
	uint32_t nr_enums, nr_infos;
	uint8_t choices[NR_CHOICES]; /* by key of the file: enum choice, for this reader, too */
};

static void put_value(struct json_writer *w, const struct value *v)
{
	if (v->number)
		json_number(w, (int64_t)v->num);
	else
		json_text(w, v->text);
}

static void put_fields(struct event_json *e, const struct step *s, size_t from, size_t to)
{
	struct value v;
	size_t i;

	for (i = from; i < to; i++) {
		if (!field_get(e->fields[i], s, &v))
			continue;
		json_key_name(&e->w, e->fields[i]->name);
		put_value(&e->w, &v);
	}
}

/* Keeps the text that put_fields() has written from a member on, for headers_are(). */
static void keep_headers(const struct json_writer *w, struct header_text *t, const struct step *s,
			 size_t member)
{
	const size_t nr = w->nr_members - member;
	const size_t start = nr ? w->members[member].start : w->len;
	size_t i;

	t->nr_members = 0;
	if (w->failed || !nr || nr > sizeof(t->members) / sizeof(t->members[0]) ||
	    w->len - start > sizeof(t->text) || s->ev.hdr_len > sizeof(t->hdr))
		return;
	memcpy(t->hdr, s->ev.hdr, s->ev.hdr_len);
	t->hdr_len = s->ev.hdr_len;
	t->l3_off = s->ev.l3_off;
	t->len = w->len - start;
	memcpy(t->text, w->text + start, t->len);
	for (i = 0; i < nr; i++) {
		t->members[i].start = w->members[member + i].start - start;
		t->members[i].value = w->members[member + i].value - start;
	}
	t->nr_members = nr;
}

static bool headers_are(const struct header_text *t, const struct step *s)
{
	return t->nr_members && t->hdr_len == s->ev.hdr_len && t->l3_off == s->ev.l3_off &&
	       !memcmp(t->hdr, s->ev.hdr, t->hdr_len);
}

/* Writes the fields of the headers. A return has none of them. */
static void put_header_fields(struct event_json *e, const struct step *s)
{
	struct header_text *t = &e->texts[s->ev.packet % NR_TEXTS];
	const size_t member = e->w.nr_members;

	if (step_is_return(s) || !s->ev.hdr_len || !e->nr_header_fields)
		return;
	if (headers_are(t, s)) {
		json_members(&e->w, t->text, t->len, t->members, t->nr_members);
		return;
	}
	put_fields(e, s, 0, e->nr_header_fields);
	keep_headers(&e->w, t, s, member);
}

/* Forgets the texts of numbers where the file may have other names for them by now. */
static void refresh_numbers(struct event_json *e, const struct pwrt_reader *r)
{
	if (e->r == r && !pwrt_reader_enum(r, e->nr_enums) && !pwrt_reader_info(r, e->nr_infos))
		return;
	memset(e->numbers, 0, sizeof(e->numbers));
	if (e->r != r) {
		e->nr_enums = e->nr_infos = 0;
		memset(e->choices, CHOICE_UNKNOWN, sizeof(e->choices));
	}
	e->r = r;
	while (pwrt_reader_enum(r, e->nr_enums))
		e->nr_enums++;
	while (pwrt_reader_info(r, e->nr_infos))
		e->nr_infos++;
}

static struct number_text *number_slot(struct event_json *e, const struct step *s,
				       const struct pwrt_value *from)
{
	const uint64_t mixed = (from->num ^ from->key * 31u ^ s->ev.func * 17u) *
			       0x9e3779b97f4a7c15u; /* 2^64 divided by the golden ratio */

	return &e->numbers[mixed >> 32 & (NR_NUMBERS - 1)];
}

static void put_named_number(struct event_json *e, const struct step *s, const char *name,
			     const struct pwrt_value *from)
{
	struct number_text *n = number_slot(e, s, from);
	const size_t start = e->w.len;
	struct value v;

	if (n->len && n->num == from->num && n->key == from->key && n->func == s->ev.func &&
	    n->type == from->type) {
		json_raw(&e->w, n->text, n->len);
		return;
	}
	value_set_raw(&v, s, name, from);
	put_value(&e->w, &v);
	n->len = 0;
	if (e->w.failed || e->w.len - start > sizeof(n->text))
		return;
	*n = (struct number_text){ .num = from->num,
				   .key = from->key,
				   .func = s->ev.func,
				   .type = (uint8_t)from->type,
				   .len = (uint8_t)(e->w.len - start) };
	memcpy(n->text, e->w.text + start, n->len);
}

/* Returns whether a value with this name and key of the file is to be written. */
static bool is_chosen(struct event_json *e, const char *name, uint32_t key)
{
	uint8_t *choice = &e->choices[key % NR_CHOICES];

	if (!e->list)
		return true;
	if (key >= NR_CHOICES)
		return key_list_has(e->list, name, strlen(name));
	if (*choice == CHOICE_UNKNOWN)
		*choice = key_list_has(e->list, name, strlen(name)) ? CHOICE_YES : CHOICE_NO;
	return *choice == CHOICE_YES;
}

/* Writes the values of an event. A file may give a value the name of another member. */
static void put_values(struct event_json *e, const struct step *s)
{
	struct pwrt_value from;
	const char *name;
	struct value v;
	size_t i = 0;

	if (s->ev.values_len)
		refresh_numbers(e, s->r);
	while (step_raw_value(s, &i, &name, &from)) {
		if (!is_chosen(e, name, from.key))
			continue;
		json_key_name(&e->w, name);
		if (from.type == PWRT_VALUE_NUMBER || from.type == PWRT_VALUE_SIGNED) {
			put_named_number(e, s, name, &from);
		} else {
			value_set_raw(&v, s, name, &from);
			if (v.bytes)
				json_hex(&e->w, v.bytes,
					 v.len < PWRT_VALUES_MAX ? v.len : PWRT_VALUES_MAX);
			else
				put_value(&e->w, &v);
		}
		json_unite(&e->w);
	}
}

static void put_text(struct json_writer *w, const char *key, size_t len, const char *s)
{
	json_key(w, key, len);
	json_text(w, s);
}

static void put_number(struct json_writer *w, const char *key, size_t len, uint64_t n)
{
	json_key(w, key, len);
	json_number(w, (int64_t)n);
}

static void put_ts(struct event_json *e, const struct step *s)
{
	put_number(&e->w, JSON_KEY("ts"), s->ev.ts_ns);
}

static void put_time(struct event_json *e, const struct step *s)
{
	const char *text = time_rfc3339(&e->time, s->ev.ts_ns);

	if (!text)
		return;
	json_key(&e->w, JSON_KEY("time"));
	json_plain(&e->w, text);
}

static void put_cpu(struct event_json *e, const struct step *s)
{
	put_number(&e->w, JSON_KEY("cpu"), s->ev.cpu);
}

static void put_func(struct event_json *e, const struct step *s)
{
	put_text(&e->w, JSON_KEY("func"), step_func(s, NAME_BUF));
}

static void put_return(struct event_json *e, const struct step *s)
{
	if (!step_is_return(s))
		return;
	json_key(&e->w, JSON_KEY("return"));
	json_raw(&e->w, "true", 4);
}

static void put_module(struct event_json *e, const struct step *s)
{
	const struct pwrt_func *f = pwrt_reader_func(s->r, s->ev.func);

	if (f && *f->module)
		put_text(&e->w, JSON_KEY("module"), f->module);
}

static void put_packet(struct event_json *e, const struct step *s)
{
	put_number(&e->w, JSON_KEY("packet"), s->ev.packet);
}

/* The machine, where the files are of several. */
static void put_host(struct event_json *e, const struct step *s)
{
	const char *host = pwrt_reader_host(s->r, s->ev.packet, NULL);

	if (host)
		put_text(&e->w, JSON_KEY("host"), host);
}

static void put_flow(struct event_json *e, const struct step *s)
{
	put_number(&e->w, JSON_KEY("flow"), s->packet_flow);
}

static void put_depth(struct event_json *e, const struct step *s)
{
	put_number(&e->w, JSON_KEY("depth"), s->depth);
}

static void put_netns(struct event_json *e, const struct step *s)
{
	put_text(&e->w, JSON_KEY("netns"), step_netns(s, NAME_BUF));
}

static void put_ifname(struct event_json *e, const struct step *s)
{
	put_text(&e->w, JSON_KEY("ifname"), step_ifname(s));
}

static void put_len(struct event_json *e, const struct step *s)
{
	put_number(&e->w, JSON_KEY("len"), s->ev.len);
}

static void put_comm(struct event_json *e, const struct step *s)
{
	const struct pwrt_task *task = pwrt_reader_task(s->r, s->ev.task);

	if (task)
		put_text(&e->w, JSON_KEY("comm"), task->comm);
}

static void put_pid(struct event_json *e, const struct step *s)
{
	const struct pwrt_task *task = pwrt_reader_task(s->r, s->ev.task);

	if (task)
		put_number(&e->w, JSON_KEY("pid"), task->tgid);
}

static void put_tid(struct event_json *e, const struct step *s)
{
	const struct pwrt_task *task = pwrt_reader_task(s->r, s->ev.task);

	if (task)
		put_number(&e->w, JSON_KEY("tid"), task->pid);
}

static void put_caller(struct event_json *e, const struct step *s)
{
	const struct pwrt_caller *c = pwrt_reader_caller(s->r, s->ev.caller);

	if (c)
		put_text(&e->w, JSON_KEY("caller"), c->name);
}

static void put_stack(struct event_json *e, const struct step *s)
{
	struct json_writer *w = &e->w;
	char buf[NAME_LEN];
	const char *frame;
	uint32_t i;

	for (i = 0; (frame = step_frame(s, i, buf)); i++) {
		if (!i)
			json_key(w, JSON_KEY("stack"));
		json_raw(w, i ? "," : "[", 1);
		json_text(w, frame);
	}
	if (i)
		json_raw(w, "]", 1);
}

static void put_skb(struct event_json *e, const struct step *s)
{
	char skb[DIGITS_MAX + 1];

	skb[digits_hex(skb, s->ev.skb)] = '\0';
	put_text(&e->w, JSON_KEY("skb"), skb);
}

static void put_reason(struct event_json *e, const struct step *s)
{
	if (s->ev.reason != PWRT_NONE)
		put_text(&e->w, JSON_KEY("reason"), reason_text(s->r, s->ev.reason, NAME_BUF));
}

/* The keys before the fields, in their order. model: the model has the value. */
static const struct {
	const char *name;
	put_member put;
	bool model;
} keys[NR_KEYS] = {
	{ "ts", put_ts, false },	 { "time", put_time, false },
	{ "cpu", put_cpu, false },	 { "func", put_func, false },
	{ "return", put_return, false }, { "module", put_module, false },
	{ "packet", put_packet, false }, { "flow", put_flow, true },
	{ "depth", put_depth, true },	 { "netns", put_netns, false },
	{ "ifname", put_ifname, false }, { "len", put_len, false },
	{ "comm", put_comm, false },	 { "pid", put_pid, false },
	{ "tid", put_tid, false },	 { "caller", put_caller, false },
	{ "stack", put_stack, false },	 { "skb", put_skb, false },
	{ "reason", put_reason, false }, { "host", put_host, false },
};

/* Sets what is written: the keys of a list, or all for NULL. */
static void set_list(struct event_json *e, const char *list)
{
	const size_t nr_header_fields = fields_of_headers();
	size_t i;

	e->list = list;
	e->nr_puts = e->nr_header_fields = e->nr_fields = 0;
	e->needs_model = false;
	for (i = 0; i < NR_KEYS; i++) {
		if (!key_list_has(list, keys[i].name, strlen(keys[i].name)))
			continue;
		e->puts[e->nr_puts++] = keys[i].put;
		e->needs_model |= keys[i].model;
	}
	for (i = 0; i < nr_fields; i++) {
		if (i == nr_header_fields)
			e->nr_header_fields = e->nr_fields;
		if (!field_is_decision(&fields[i]) &&
		    key_list_has(list, fields[i].name, strlen(fields[i].name)))
			e->fields[e->nr_fields++] = &fields[i];
	}
}

struct event_json *event_json_new(const struct trace *t)
{
	struct event_json *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->t = t;
	time_text_begin(&e->time, t);
	e->fields = calloc(nr_fields, sizeof(*e->fields));
	if (!e->fields) {
		free(e);
		return NULL;
	}
	set_list(e, NULL);
	return e;
}

void event_json_free(struct event_json *e)
{
	if (!e)
		return;
	json_writer_free(&e->w);
	free(e->fields);
	free(e);
}

const char *event_json_name(const struct event_json *e, size_t i)
{
	const struct pwrt_key *key;

	if (i < NR_KEYS)
		return keys[i].name;
	i -= NR_KEYS;
	if (i < nr_fields)
		return fields[i].name;
	key = pwrt_reader_key(trace_reader(e->t), (uint32_t)(i - nr_fields));
	return key ? key->name : NULL;
}

const char *event_json_choose(struct event_json *e, const char *list)
{
	const char *from = list, *end, *name;
	bool known;
	size_t i;

	for (;; from = end + 1) {
		end = strchrnul(from, ',');
		known = false;
		for (i = 0; !known && (name = event_json_name(e, i)); i++)
			known = *name && !strncmp(name, from, (size_t)(end - from)) &&
				!name[end - from];
		if (!known)
			return from;
		if (!*end)
			break;
	}
	set_list(e, list);
	return NULL;
}

bool event_json_needs_model(const struct event_json *e)
{
	return e->needs_model;
}

const char *event_json(struct event_json *e, const struct step *s, size_t *len)
{
	size_t i;

	json_begin(&e->w);
	for (i = 0; i < e->nr_puts; i++)
		e->puts[i](e, s);
	put_header_fields(e, s);
	put_fields(e, s, e->nr_header_fields, e->nr_fields);
	put_values(e, s);
	return json_end(&e->w, len);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "event_json.h"

#include <stdlib.h>
#include <string.h>

#include "json_writer.h"
#include "replay/digits.h"
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

struct event_json {
	struct json_writer w;
	struct time_text time;
	size_t nr_header_fields, nr_packet_fields; /* of fields[]; decisions follow */
	struct header_text texts[NR_TEXTS];	   /* by the last bits of the packet's id */
	struct number_text numbers[NR_NUMBERS];	   /* by number_slot() */
	/* numbers holds for this reader, with these numbers of enumerators and facts. */
	const struct pwrt_reader *r;
	uint32_t nr_enums, nr_infos;
};

struct event_json *event_json_new(const struct trace *t)
{
	struct event_json *e = calloc(1, sizeof(*e));
	size_t i;

	if (!e)
		return NULL;
	time_text_begin(&e->time, t);
	e->nr_header_fields = fields_of_headers();
	for (i = 0; i < nr_fields; i++)
		if (!field_is_decision(&fields[i]))
			e->nr_packet_fields = i + 1;
	return e;
}

void event_json_free(struct event_json *e)
{
	if (!e)
		return;
	json_writer_free(&e->w);
	free(e);
}

static void put_value(struct json_writer *w, const struct value *v)
{
	if (v->number)
		json_number(w, (int64_t)v->num);
	else
		json_text(w, v->text);
}

static void put_fields(struct json_writer *w, const struct step *s, size_t from, size_t to)
{
	struct value v;
	size_t i;

	for (i = from; i < to; i++) {
		if (field_is_decision(&fields[i]) || !field_get(&fields[i], s, &v))
			continue;
		json_key_name(w, fields[i].name);
		put_value(w, &v);
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

	if (step_is_return(s) || !s->ev.hdr_len)
		return;
	if (headers_are(t, s)) {
		json_members(&e->w, t->text, t->len, t->members, t->nr_members);
		return;
	}
	put_fields(&e->w, s, 0, e->nr_header_fields);
	keep_headers(&e->w, t, s, member);
}

/* Forgets the texts of numbers where the file may have other names for them by now. */
static void refresh_numbers(struct event_json *e, const struct pwrt_reader *r)
{
	if (e->r == r && !pwrt_reader_enum(r, e->nr_enums) && !pwrt_reader_info(r, e->nr_infos))
		return;
	memset(e->numbers, 0, sizeof(e->numbers));
	if (e->r != r)
		e->nr_enums = e->nr_infos = 0;
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

static void put_stack(struct json_writer *w, const struct step *s)
{
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

/* Writes the time, and the same as time of day where the file has it. */
static void put_time(struct event_json *e, const struct step *s)
{
	const char *text = time_rfc3339(&e->time, s->ev.ts_ns);

	put_number(&e->w, JSON_KEY("ts"), s->ev.ts_ns);
	if (!text)
		return;
	json_key(&e->w, JSON_KEY("time"));
	json_plain(&e->w, text);
}

/* Writes the function and its call: CPU, packet, device. */
static void put_call(struct json_writer *w, const struct step *s)
{
	const struct pwrt_func *f = pwrt_reader_func(s->r, s->ev.func);
	char buf[NAME_LEN];

	put_number(w, JSON_KEY("cpu"), s->ev.cpu);
	put_text(w, JSON_KEY("func"), step_func(s, buf));
	if (step_is_return(s)) {
		json_key(w, JSON_KEY("return"));
		json_raw(w, "true", 4);
	}
	if (f && *f->module)
		put_text(w, JSON_KEY("module"), f->module);
	put_number(w, JSON_KEY("packet"), s->ev.packet);
	put_number(w, JSON_KEY("flow"), s->packet_flow);
	put_number(w, JSON_KEY("depth"), s->depth);
	put_text(w, JSON_KEY("netns"), step_netns(s, buf));
	put_text(w, JSON_KEY("ifname"), step_ifname(s));
	put_number(w, JSON_KEY("len"), s->ev.len);
}

/* Writes the task, the callers, the skb and the drop reason. */
static void put_context(struct json_writer *w, const struct step *s)
{
	const struct pwrt_task *task = pwrt_reader_task(s->r, s->ev.task);
	const struct pwrt_caller *c = pwrt_reader_caller(s->r, s->ev.caller);
	char buf[NAME_LEN], skb[DIGITS_MAX + 1];

	if (task) {
		put_text(w, JSON_KEY("comm"), task->comm);
		put_number(w, JSON_KEY("pid"), task->tgid);
		put_number(w, JSON_KEY("tid"), task->pid);
	}
	if (c)
		put_text(w, JSON_KEY("caller"), c->name);
	put_stack(w, s);
	skb[digits_hex(skb, s->ev.skb)] = '\0';
	put_text(w, JSON_KEY("skb"), skb);
	if (s->ev.reason != PWRT_NONE)
		put_text(w, JSON_KEY("reason"), reason_text(s->r, s->ev.reason, buf));
}

const char *event_json(struct event_json *e, const struct step *s, size_t *len)
{
	struct json_writer *w = &e->w;

	json_begin(w);
	put_time(e, s);
	put_call(w, s);
	put_context(w, s);
	put_header_fields(e, s);
	put_fields(w, s, e->nr_header_fields, e->nr_packet_fields);
	put_values(e, s);
	return json_end(w, len);
}

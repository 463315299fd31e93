/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "trace_events.h"

#include <string.h>

#include "replay/append.h"

static int write_text(struct trace_events *t, const char *text)
{
	return output_write(&t->out, text, strlen(text));
}

void trace_events_arg(struct trace_events *t, const char *name)
{
	if (!t->has_args)
		json_begin(&t->args);
	t->has_args = true;
	json_key_name(&t->args, name);
}

void trace_events_text(struct trace_events *t, const char *name, const char *text)
{
	trace_events_arg(t, name);
	json_text(&t->args, text);
	json_unite(&t->args);
}

void trace_events_number(struct trace_events *t, const char *name, uint64_t n)
{
	trace_events_arg(t, name);
	json_number(&t->args, (int64_t)n);
	json_unite(&t->args);
}

void trace_events_values(struct trace_events *t, const struct step *s)
{
	const char *name;
	struct value v;
	size_t at = 0;

	while (step_value(s, &at, &name, &v)) {
		trace_events_arg(t, name);
		if (v.number)
			json_number(&t->args, (int64_t)v.num);
		else
			json_text(&t->args, v.text);
		json_unite(&t->args);
	}
}

/* Adds the arguments to the event at hand. */
static void put_args(struct trace_events *t)
{
	const char *text;
	size_t len;

	if (!t->has_args)
		return;
	t->has_args = false;
	text = json_end(&t->args, &len);
	json_key(&t->event, JSON_KEY("args"));
	if (text)
		json_raw(&t->event, text, len);
	else
		t->event.failed = true;
}

/* Writes the event at hand behind the previous one. */
static int write_event(struct trace_events *t)
{
	size_t len;
	const char *text = json_end(&t->event, &len);
	int ret;

	if (!text)
		return pwrt_fail(t->out.d, PWRT_ENOMEM, 0, "out of memory");
	ret = write_text(t, t->nr++ ? ",\n" : "\n");
	return ret == 0 ? output_write(&t->out, text, len) : ret;
}

/* Begins an event with its phase and track. */
static void begin_event(struct trace_events *t, const char *phase, const struct track *track)
{
	json_begin(&t->event);
	json_key(&t->event, JSON_KEY("ph"));
	json_text(&t->event, phase);
	json_key(&t->event, JSON_KEY("pid"));
	json_number(&t->event, track->pid);
	json_key(&t->event, JSON_KEY("tid"));
	json_number(&t->event, track->tid);
}

/* Adds the time in microseconds, with three decimals. */
static void put_time(struct trace_events *t)
{
	char text[32];
	const size_t len = append_text(text, sizeof(text), 0, "%llu.%03u",
				       (unsigned long long)(t->now_ns / 1000),
				       (unsigned int)(t->now_ns % 1000));

	json_key(&t->event, JSON_KEY("ts"));
	json_raw(&t->event, text, len);
}

static void put_name(struct trace_events *t, const char *category, const char *name)
{
	json_key(&t->event, JSON_KEY("cat"));
	json_text(&t->event, category);
	json_key(&t->event, JSON_KEY("name"));
	json_text(&t->event, name);
}

int trace_events_put(struct trace_events *t, enum phase phase, const struct track *track,
		     const char *category, const char *name)
{
	begin_event(t, (char[]){ (char)phase, '\0' }, track);
	put_time(t);
	if (name)
		put_name(t, category, name);
	if (phase == PHASE_INSTANT) {
		json_key(&t->event, JSON_KEY("s"));
		json_text(&t->event, "t"); /* on its track alone */
	}
	put_args(t);
	return write_event(t);
}

int trace_events_flow(struct trace_events *t, enum phase phase, const struct track *track,
		      uint32_t id)
{
	begin_event(t, (char[]){ (char)phase, '\0' }, track);
	put_time(t);
	put_name(t, "packet", "packet");
	json_key(&t->event, JSON_KEY("id"));
	json_number(&t->event, id);
	if (phase == PHASE_FLOW_END) {
		json_key(&t->event, JSON_KEY("bp"));
		json_text(&t->event, "e"); /* the call around it; else the next one */
	}
	return write_event(t);
}

int trace_events_name(struct trace_events *t, const char *what, const struct track *track,
		      const char *name)
{
	begin_event(t, "M", track);
	json_key(&t->event, JSON_KEY("name"));
	json_text(&t->event, what);
	json_key(&t->event, JSON_KEY("args"));
	json_raw(&t->event, "{\"name\":", strlen("{\"name\":"));
	json_text(&t->event, name);
	json_raw(&t->event, "}", 1);
	return write_event(t);
}

/* Writes the facts of the recording. */
static int write_facts(struct trace_events *t, const struct pwrt_reader *r)
{
	static const struct {
		const char *name, *key;
	} facts[] = {
		{ "kernel", "kernel.release" }, { "arch", "kernel.arch" },    { "host", "host" },
		{ "recorder", "recorder" },	{ "arguments", "arguments" },
	};
	const char *value, *text;
	size_t i, len;

	trace_events_text(t, "tool", "pwru-show " PWRT_VERSION);
	for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		value = pwrt_reader_get(r, facts[i].key);
		if (value)
			trace_events_text(t, facts[i].name, value);
	}
	trace_events_number(t, "lost", pwrt_reader_lost_total(r));
	t->has_args = false;
	text = json_end(&t->args, &len);
	if (!text)
		return pwrt_fail(t->out.d, PWRT_ENOMEM, 0, "out of memory");
	return output_write(&t->out, text, len);
}

int trace_events_begin(struct trace_events *t, const struct pwrt_reader *r)
{
	int ret = write_text(t, "{\"displayTimeUnit\":\"ns\",\n\"otherData\":");

	if (ret == 0)
		ret = write_facts(t, r);
	return ret == 0 ? write_text(t, ",\n\"traceEvents\":[") : ret;
}

int trace_events_end(struct trace_events *t)
{
	return write_text(t, "\n]}\n");
}

void trace_events_free(struct trace_events *t)
{
	json_writer_free(&t->event);
	json_writer_free(&t->args);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The views as JSON, one object for each line. The keys are stable: docs/json.md. */
#include <stdlib.h>
#include <string.h>

#include "format/tool/cli.h"
#include "event_json.h"
#include "packet_json.h"
#include "time_text.h"
#include "replay/json_util.h"
#include "views.h"
#include "replay/paths.h"
#include "replay/stream.h"

static int write_out(const char *text, size_t len, struct pwrt_diag *d)
{
	if (!text)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	if (fwrite_unlocked(text, 1, len, stdout) < len)
		return pwrt_fail(d, PWRT_ESYS, 0, "cannot write JSON");
	return 0;
}

struct json_view {
	const struct trace *t;
	struct event_json *events;
	struct time_text time;
	struct pwrt_diag *d;
};

static int print_event(const struct json_view *v, const struct step *s)
{
	size_t len;
	const char *text = event_json(v->events, s, &len);

	return write_out(text, len, v->d);
}

static int print_line(void *arg, const struct step *s, uint32_t packet)
{
	const int ret = print_event(arg, s);

	(void)packet;
	if (ret == 0)
		putchar_unlocked('\n');
	return ret;
}

/* Prints the keys that a user can choose from. */
static void report_keys(const struct event_json *e)
{
	const char *name;
	char text[4096] = "";
	size_t i, n = 0;

	for (i = 0; (name = event_json_name(e, i)) && n < sizeof(text); i++)
		if (*name)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", n ? ", " : "",
					      name);
	cli_error("keys of events: %s", cli_escape(text));
}

/* Chooses the keys of --fields. Returns 0 or PWRT_EINVAL. */
static int choose_fields(struct trace *t, struct event_json *e, struct pwrt_diag *d)
{
	const char *unknown;

	if (!views_fields())
		return 0;
	unknown = event_json_choose(e, views_fields());
	if (unknown) {
		report_keys(e);
		return pwrt_fail(d, PWRT_EINVAL, 0, "--fields: '%.*s' is not a key of events",
				 (int)strcspn(unknown, ","), unknown);
	}
	t->no_depth = t->flowless = t->plain = !event_json_needs_model(e);
	return 0;
}

int json_events(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct json_view v = { .t = t, .events = event_json_new(t), .d = d };
	int ret = v.events ? choose_fields(t, v.events, d) :
			     pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");

	if (ret == 0)
		ret = trace_each(t, sel, print_line, &v, d);
	event_json_free(v.events);
	return ret;
}

struct packets_json {
	const struct trace *t;
	struct time_text time;
	struct json_writer w;
	struct pwrt_diag *d;
};

static int print_packet(void *arg, const struct packet *p, const struct hops *h)
{
	struct packets_json *v = arg;

	(void)h;
	packet_json_write(&v->w, v->t, &v->time, p);
	return views_print_object(&v->w, v->d);
}

int json_packets(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct packets_json v = { .t = t, .d = d };
	int ret;

	time_text_begin(&v.time, t);
	ret = stream_packets(t, sel, print_packet, NULL, &v, d);
	json_writer_free(&v.w);
	return ret;
}

static int print_steps(const struct json_view *v, const struct path *path)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < path->nr && ret == 0; i++) {
		if (i)
			putchar(',');
		ret = print_event(v, &path->steps[i]);
	}
	return ret;
}

static int print_path(void *arg, struct path *path)
{
	struct json_view *v = arg;
	struct json_writer w = { 0 };
	const char *text;
	size_t len;
	int ret;

	packet_json_write(&w, v->t, &v->time, path->packet);
	text = json_end(&w, &len);
	ret = write_out(text, text ? len - 1 : 0, v->d); /* without the closing brace */
	json_writer_free(&w);
	if (ret < 0)
		return ret;
	printf(",\"path\":[");
	ret = print_steps(v, path);
	puts("]}");
	return ret;
}

int json_tree(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct json_view v = { .t = t, .events = event_json_new(t), .d = d };
	int ret;

	time_text_begin(&v.time, t);
	ret = v.events ? paths_each(t, sel, print_path, &v, d) :
			 pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");

	event_json_free(v.events);
	return ret;
}

static json_t *functions(const struct pwrt_reader *r)
{
	static const char *const words[] = { "attached", "filtered", "refused" };
	json_t *list = json_array();
	const struct pwrt_func *f;
	uint32_t i;

	for (i = 0; (f = pwrt_reader_func(r, i)); i++) {
		json_t *o = json_object();

		put(o, "name", str(f->name));
		if (*f->module)
			put(o, "module", str(f->module));
		put(o, "arg", json_integer(f->arg));
		put(o, "status", str(words[f->status < 3 ? f->status : 2]));
		if (*f->why)
			put(o, "why", str(f->why));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *sections(const struct pwrt_reader *r)
{
	json_t *list = json_object();
	const struct pwrt_block_stats *s;
	uint32_t i;

	for (i = 0; (s = pwrt_reader_block_stats(r, i)); i++) {
		json_t *o;

		if (!s->blocks)
			continue;
		o = json_object();
		put(o, "bytes", json_integer((json_int_t)s->bytes));
		put(o, "blocks", json_integer((json_int_t)s->blocks));
		put(o, "items", json_integer((json_int_t)s->items));
		put(list, s->name, o);
	}
	return list;
}

/* Returns the names of numbers, by type. */
static json_t *enumerators(const struct pwrt_reader *r)
{
	json_t *types = json_object(), *one;
	const struct pwrt_enum *e;
	uint32_t i;

	for (i = 0; (e = pwrt_reader_enum(r, i)); i++) {
		if (!get_named(types, e->type))
			put_named(types, e->type, json_object());
		one = get_named(types, e->type);
		put_named(one, e->name, json_integer((json_int_t)e->value));
	}
	return types;
}

static json_t *cpus(const struct pwrt_reader *r)
{
	json_t *list = json_array();
	const struct pwrt_cpu *c;
	uint32_t i;

	for (i = 0; (c = pwrt_reader_cpu(r, i)); i++) {
		json_t *o = json_object();

		put(o, "cpu", json_integer(c->cpu));
		put(o, "entered", json_integer((json_int_t)c->entered));
		put(o, "lost", json_integer((json_int_t)c->lost));
		put(o, "untracked", json_integer((json_int_t)c->untracked));
		json_array_append_new(list, o);
	}
	return list;
}

/* Returns the moments at which the recorder read both clocks. */
static json_t *clocks(const struct trace *t)
{
	json_t *list = json_array();
	const struct pwrt_clock *c;
	struct time_text time;
	uint32_t i;

	time_text_begin(&time, t);
	for (i = 0; (c = pwrt_reader_clock(t->first, i)); i++) {
		json_t *o = json_object();

		put(o, "time", str(time_rfc3339(&time, c->mono_ns)));
		put(o, "monotonic_ns", json_integer((json_int_t)c->mono_ns));
		put(o, "realtime_ns", json_integer((json_int_t)c->real_ns));
		put(o, "within_ns", json_integer((json_int_t)c->within_ns));
		json_array_append_new(list, o);
	}
	return list;
}

/* Returns the files that are shown as one, in order of time. */
static json_t *files(const struct trace *t)
{
	json_t *list = json_array();
	const struct pwrt_set_result *result;
	const struct listed_file *f;
	uint32_t i;

	for (i = 0; (f = file_list_at(t->files, i)); i++) {
		json_t *o = json_object();

		result = pwrt_set_result(file_list_set(t->files), i);
		put(o, "file", str(f->path));
		put(o, "host", f->host ? str(f->host) : NULL);
		put(o, "part", f->part ? json_integer(f->part) : NULL);
		put(o, "missing_before", json_integer(f->missing));
		put(o, "events", json_integer((json_int_t)result->events));
		put(o, "lost", json_integer((json_int_t)result->lost));
		put(o, "bytes", json_integer((json_int_t)result->bytes));
		put(o, "complete", json_boolean(result->integrity.complete));
		put(o, "damage", *result->integrity.what ? str(result->integrity.what) : NULL);
		json_array_append_new(list, o);
	}
	return list;
}

/* Returns the hosts of the files, with what is known about their clocks. */
static json_t *hosts(const struct trace *t)
{
	static const char *const bases[] = { "time of day", "packets one way", "packets" };
	const struct listed_host *h;
	json_t *list = json_array(), *o;
	uint32_t i;

	for (i = 0; (h = file_list_host(t->files, i)); i++) {
		o = json_object();
		put(o, "host", str(h->name));
		put(o, "packets_before", json_integer((json_int_t)h->packets_before));
		put(o, "clock_ahead_ns", json_integer(h->clock.ahead_ns));
		put(o, "within_ns",
		    i && h->clock.sure == CLOCK_BOTH ?
			    json_integer((json_int_t)h->clock.sum_within_ns) :
			    NULL);
		put(o, "compared_by", i ? str(bases[h->clock.basis]) : NULL);
		put(o, "compared_with",
		    i ? str(file_list_host(t->files, h->clock.by)->name) : NULL);
		put(o, "packets_to", json_integer(h->clock.to));
		put(o, "packets_from", json_integer(h->clock.from));
		json_array_append_new(list, o);
	}
	return list;
}

int json_info(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	const struct pwrt_reader *r = t->first;
	const char *release = pwrt_reader_get(r, "kernel.release"),
		   *arch = pwrt_reader_get(r, "kernel.arch");
	const struct pwrt_info *info;
	json_t *o = json_object(), *facts = json_object();
	uint32_t i;

	(void)sel;
	put(o, "kernel", release ? str(release) : NULL);
	put(o, "arch", arch ? str(arch) : NULL);
	put(o, "events", json_integer((json_int_t)t->nr_events));
	put(o, "packets", json_integer((json_int_t)t->nr_packets));
	put(o, "lost", json_integer((json_int_t)t->lost));
	put(o, "complete", json_boolean(t->integrity.complete));
	put(o, "bytes", json_integer((json_int_t)pwrt_reader_bytes(r)));
	put(o, "damage", *t->integrity.what ? str(t->integrity.what) : NULL);
	for (i = 0; (info = pwrt_reader_info(r, i)); i++)
		put_named(facts, info->key, str(info->value));
	if (t->files)
		put(o, "files", files(t));
	if (t->files && file_list_host(t->files, 0))
		put(o, "hosts", hosts(t));
	put(o, "facts", facts);
	put(o, "clocks", clocks(t));
	put(o, "sections", sections(r));
	put(o, "cpus", cpus(r));
	put(o, "enumerators", enumerators(r));
	put(o, "functions", functions(r));
	return json_line(o, d);
}

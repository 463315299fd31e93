#include "excerpt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL_DEFAULT 12
#define BLOCK_EVENTS 65536

/* Ids of one table in the old file to those in the new one. */
struct ids {
	uint32_t *to; /* + 1; 0: not written yet */
	uint32_t cap, nr;
};

struct excerpt {
	const struct pwrt_reader *r;
	struct pwrt_writer *w;
	struct anonymizer *anonymizer;
	struct ids callers, stacks, tasks, devs, netns;
	struct outfile file;
	struct pwrt_diag *d; /* of the call under way */
};

/* Facts that tell where a file is from. */
static const char *const telling[] = { "host", "boot_id", "arguments", "filter" };

static bool is_told(const struct excerpt *x, const char *key)
{
	size_t i;

	for (i = 0; x->anonymizer && i < sizeof(telling) / sizeof(telling[0]); i++)
		if (!strcmp(telling[i], key))
			return false;
	return true;
}

/* The id in the new file: 0 when it is known, 1 when the caller has to write the entry. */
static int new_id(struct ids *ids, uint32_t id, uint32_t *to, struct pwrt_diag *d)
{
	if (id >= ids->cap) {
		uint32_t cap = id < UINT32_MAX / 2 ? (id + 1) * 2 : UINT32_MAX, *p;

		p = realloc(ids->to, (size_t)cap * sizeof(*p));
		if (!p)
			return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
		memset(p + ids->cap, 0, (size_t)(cap - ids->cap) * sizeof(*p));
		ids->to = p;
		ids->cap = cap;
	}
	if (ids->to[id]) {
		*to = ids->to[id] - 1;
		return 0;
	}
	*to = ids->nr++;
	ids->to[id] = ids->nr;
	return 1;
}

/* What an event refers to and the file does not have stays what it is: not known. */
static int caller_id(struct excerpt *x, uint32_t *id, struct pwrt_diag *d)
{
	const struct pwrt_caller *c = pwrt_reader_caller(x->r, *id);
	int ret;

	if (!c) {
		*id = PWRT_NONE;
		return 0;
	}
	ret = new_id(&x->callers, *id, id, d);
	return ret == 1 ? pwrt_writer_caller(x->w, c, d) : ret;
}

static int stack_id(struct excerpt *x, uint32_t *id, struct pwrt_diag *d)
{
	const struct pwrt_stack *s = pwrt_reader_stack(x->r, *id);
	struct pwrt_stack copy;
	uint32_t *v, i;
	int ret;

	if (!s) {
		*id = PWRT_NONE;
		return 0;
	}
	ret = new_id(&x->stacks, *id, id, d);
	if (ret != 1)
		return ret;
	v = malloc((s->callers.nr + 1) * sizeof(*v));
	if (!v)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	for (i = 0, ret = 0; i < s->callers.nr && ret == 0; i++) {
		v[i] = s->callers.v[i];
		ret = caller_id(x, &v[i], d);
	}
	copy.callers = (struct pwrt_list){ v, s->callers.nr };
	if (ret == 0)
		ret = pwrt_writer_stack(x->w, &copy, d);
	free(v);
	return ret;
}

static int task_id(struct excerpt *x, uint32_t *id, struct pwrt_diag *d)
{
	const struct pwrt_task *t = pwrt_reader_task(x->r, *id);
	struct pwrt_task copy;
	int ret;

	if (!t) {
		*id = PWRT_NONE;
		return 0;
	}
	ret = new_id(&x->tasks, *id, id, d);
	if (ret != 1)
		return ret;
	copy = *t;
	if (x->anonymizer)
		copy.comm = "";
	return pwrt_writer_task(x->w, &copy, d);
}

/* Of all entries for one namespace the last one counts. */
static int netns_named(struct excerpt *x, uint32_t inum, struct pwrt_diag *d)
{
	const char *name = pwrt_reader_netns_name(x->r, inum);
	const struct pwrt_netns *n;
	uint32_t i, to;
	int ret;

	for (i = 0; (n = pwrt_reader_netns(x->r, i)); i++)
		if (n->inum == inum)
			break;
	if (!n)
		return 0;
	ret = new_id(&x->netns, i, &to, d);
	return ret == 1 ?
		       pwrt_writer_netns(x->w, &(struct pwrt_netns){ inum, name ? name : "" }, d) :
		       ret;
}

static int dev_id(struct excerpt *x, uint32_t *id, struct pwrt_diag *d)
{
	const struct pwrt_dev *v = pwrt_reader_dev(x->r, *id);
	int ret;

	if (!v) {
		*id = PWRT_NONE;
		return 0;
	}
	ret = new_id(&x->devs, *id, id, d);
	if (ret != 1)
		return ret;
	ret = netns_named(x, v->netns, d);
	return ret == 0 ? pwrt_writer_dev(x->w, v, d) : ret;
}

/* The library does not know what file it writes to. */
static int blame(const struct excerpt *x, int ret)
{
	struct pwrt_diag *d = x->d;
	char text[sizeof(d->text)];

	if (ret == PWRT_EOS) {
		memcpy(text, d->text, sizeof(text));
		snprintf(d->text, sizeof(d->text), "%.80s: %.100s", x->file.path, text);
	}
	return ret;
}

/* A value that the user asked for by an expression may be anything, addresses too. */
static bool is_expression(const struct excerpt *x, uint32_t key)
{
	const struct pwrt_key *k = pwrt_reader_key(x->r, key);

	return !k || strstr(k->name, "->");
}

/* Numbers stay, addresses become others, and text, whose meaning nobody knows, goes. */
static void hide_values(const struct excerpt *x, struct pwrt_values *to,
			const struct pwrt_event *ev)
{
	struct pwrt_value v;
	uint8_t addr[16];
	size_t at = 0;

	to->len = 0;
	while (pwrt_value_next(ev->values, ev->values_len, &at, &v)) {
		if (v.type == PWRT_VALUE_ADDRESS && (v.len == 4 || v.len == 16)) {
			memcpy(addr, v.bytes, v.len);
			anonymize_addr(x->anonymizer, addr, v.len);
			v.bytes = addr;
		} else if (v.type > PWRT_VALUE_SIGNED || is_expression(x, v.key)) {
			continue;
		}
		pwrt_value_put(to, &v);
	}
}

/* One event, and first the entries of the tables that it refers to. */
static int write_event(void *arg, const struct step *s, struct packet *p)
{
	struct excerpt *x = arg;
	struct pwrt_diag *d = x->d;
	const struct pwrt_event *ev = &s->ev;
	struct pwrt_event out = *ev;
	struct pwrt_values values;
	uint8_t hdr[PWRT_HDR_MAX];
	int ret = caller_id(x, &out.caller, d);

	(void)p;

	if (ret == 0)
		ret = stack_id(x, &out.stack, d);
	if (ret == 0)
		ret = task_id(x, &out.task, d);
	if (ret == 0)
		ret = dev_id(x, &out.dev, d);
	if (ret == 0 && x->anonymizer && ev->hdr_len) {
		memcpy(hdr, ev->hdr, ev->hdr_len);
		out.hdr = hdr;
		out.hdr_len =
			(uint16_t)anonymize_headers(x->anonymizer, hdr, ev->hdr_len, ev->l3_off);
		if (out.l3_off > out.hdr_len)
			out.l3_off = (uint8_t)out.hdr_len;
	}
	if (ret == 0 && x->anonymizer && ev->values_len) {
		hide_values(x, &values, ev);
		out.values = values.bytes;
		out.values_len = values.len;
	}
	return blame(x, ret == 0 ? pwrt_writer_event(x->w, &out, d) : ret);
}

/* What does not depend on the events that were chosen. Function ids stay what they are. */
static int write_tables(struct excerpt *x, const char *arguments, struct pwrt_diag *d)
{
	const struct pwrt_health *h = pwrt_reader_health(x->r);
	struct pwrt_info info = { "excerpt", arguments };
	const void *p;
	uint32_t i;
	int ret = 0;

	for (i = 0; (p = pwrt_reader_clock(x->r, i)) && ret == 0; i++)
		ret = pwrt_writer_clock(x->w, p, d);
	for (i = 0; (p = pwrt_reader_info(x->r, i)) && ret == 0; i++)
		if (is_told(x, ((const struct pwrt_info *)p)->key))
			ret = pwrt_writer_info(x->w, p, 1, d);
	if (ret == 0 && !x->anonymizer)
		ret = pwrt_writer_info(x->w, &info, 1, d);
	if (ret == 0 && x->anonymizer)
		ret = pwrt_writer_info(x->w, &(struct pwrt_info){ "anonymized", "Crypto-PAn" }, 1,
				       d);
	if (ret == 0 && !h->complete)
		ret = pwrt_writer_info(x->w, &(struct pwrt_info){ "source", h->what }, 1, d);
	for (i = 0; (p = pwrt_reader_func(x->r, i)) && ret == 0; i++)
		ret = pwrt_writer_func(x->w, p, d);
	for (i = 0; (p = pwrt_reader_module(x->r, i)) && ret == 0; i++)
		ret = pwrt_writer_module(x->w, p, d);
	for (i = 0; (p = pwrt_reader_enum(x->r, i)) && ret == 0; i++)
		ret = pwrt_writer_enum(x->w, p, d);
	for (i = 0; (p = pwrt_reader_key(x->r, i)) && ret == 0; i++)
		ret = pwrt_writer_key(x->w, p, d);
	for (i = 0; (p = pwrt_reader_btf(x->r, i)) && ret == 0; i++)
		ret = pwrt_writer_btf(x->w, p, d);
	for (i = 0; (p = pwrt_reader_lost(x->r, i)) && ret == 0; i++)
		ret = pwrt_writer_lost(x->w, p, d);
	for (i = 0; (p = pwrt_reader_cpu(x->r, i)) && ret == 0; i++)
		ret = pwrt_writer_cpu(x->w, p, d);
	return ret;
}

static void excerpt_free(struct excerpt *x)
{
	pwrt_writer_free(x->w);
	anonymizer_free(x->anonymizer);
	free(x->callers.to);
	free(x->stacks.to);
	free(x->tasks.to);
	free(x->devs.to);
	free(x->netns.to);
}

int excerpt_write(const struct excerpt_options *o, struct trace *t, const struct selection *sel,
		  struct excerpt_result *res, struct pwrt_diag *d)
{
	const struct pwrt_writer_options wo = { .level = o->level ? o->level : LEVEL_DEFAULT,
						.block_events = BLOCK_EVENTS };
	struct excerpt x = { .r = t->first, .file.fd = -1, .d = d };
	struct pwrt_diag late;
	int ret = 0;

	if (o->key)
		x.anonymizer = anonymizer_new(o->key);
	if (o->key && !x.anonymizer)
		ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	if (ret == 0)
		ret = outfile_open(&x.file, o->path, o->force, t->path, d);
	if (ret == 0)
		ret = blame(&x, pwrt_writer_new(&x.w, x.file.fd, &wo, d));
	if (ret == 0)
		ret = blame(&x, write_tables(&x, o->arguments, d));
	if (ret == 0)
		ret = trace_family(t, sel, write_event, &x, d);
	if (ret == 0)
		ret = blame(&x, pwrt_writer_finish(x.w, d));
	if (outfile_close(&x.file, ret == 0, &late) < 0 && ret == 0) {
		*d = late;
		ret = late.code;
	}
	if (ret == 0)
		*res = (struct excerpt_result){ pwrt_writer_events(x.w), pwrt_writer_bytes(x.w) };
	excerpt_free(&x);
	return ret;
}

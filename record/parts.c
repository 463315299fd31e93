#include "parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "btf_subset.h"
#include "names.h"
#include "netns_names.h"
#include "owners.h"
#include "privileges.h"
#include "told.h"
#include "values.h"

/* Enumerations of the kernel that events refer to by number. */
static const struct {
	const char *name;   /* in the file: of a reason, or of a value's key */
	const char *module; /* "": the kernel itself */
	const char *type;
	const char *prefix; /* of its members, to be left out */
} enums[] = {
	{ "skb_drop_reason", "", "skb_drop_reason", "" },
	{ "ovs.action", "openvswitch", "ovs_action_attr", "OVS_ACTION_ATTR_" },
	{ "ovs.upcall", "openvswitch", "ovs_packet_cmd", "OVS_PACKET_CMD_" },
};

static bool dev_name(void *arg, uint32_t netns, uint32_t ifindex, char name[16])
{
	return capture_dev_name(arg, netns, ifindex, name);
}

static const char *netns_name(void *arg, uint32_t inum)
{
	(void)arg;
	return netns_names_find(inum);
}

static const char *owner(void *arg, uint64_t inode)
{
	(void)arg;
	return owners_find(inode);
}

int parts_fact(struct parts *p, const char *key, const char *value, struct pwrt_diag *d)
{
	const struct pwrt_info info = { key, value };

	return pwrt_writer_info(p->writer, &info, 1, d);
}

int parts_number(struct parts *p, const char *key, uint64_t value, struct pwrt_diag *d)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return parts_fact(p, key, text, d);
}

/* The types of a module, or of the kernel itself (""); NULL: they are not known. */
static const struct btf *btf_of(const struct targets *ts, const char *module)
{
	size_t i;

	if (!*module)
		return ts->btf;
	for (i = 0; i < ts->nr_modules; i++)
		if (!strcmp(ts->modules[i].name, module))
			return ts->modules[i].btf;
	return NULL;
}

/* Write all members of an enumeration, as those of type, without the prefix of their names. */
static int write_members(struct parts *p, const struct btf *btf, const struct btf_type *t,
			 const char *type, const char *prefix, struct pwrt_diag *d)
{
	size_t prefix_len = strlen(prefix);
	unsigned int i;
	int ret = 0;

	for (i = 0; i < btf_vlen(t) && ret == 0; i++) {
		const struct btf_enum *v = btf_enum(t) + i;
		const char *name = btf__name_by_offset(btf, v->name_off);

		name += strncmp(name, prefix, prefix_len) ? 0 : prefix_len;
		ret = pwrt_writer_enum(p->writer, &(struct pwrt_enum){ type, name, v->val }, d);
	}
	return ret;
}

/* What the numbers in the events mean in this kernel. */
static int write_enum(struct parts *p, size_t nr, struct pwrt_diag *d)
{
	const struct btf *btf = btf_of(p->targets, enums[nr].module);
	int id = btf ? btf__find_by_name_kind(btf, enums[nr].type, BTF_KIND_ENUM) : -1;

	if (id < 0)
		return 0;
	return write_members(p, btf, btf__type_by_id(btf, (uint32_t)id), enums[nr].name,
			     enums[nr].prefix, d);
}

/* Return the enumeration that a function returns whose return is noted; NULL: there is none. */
static const struct btf_type *returned_enum(const struct parts *p, const struct target *t,
					    const struct btf **btf, const char **name)
{
	const struct btf_type *e;

	*btf = t->ret_enum && target_leaves(t) ? btf_of(p->targets, t->module) : NULL;
	e = *btf ? btf__type_by_id(*btf, t->ret_enum) : NULL;
	*name = e ? btf__name_by_offset(*btf, e->name_off) : "";
	return e;
}

/* Is this enumeration in the file already: as that of drop reasons, or of a function before nr? */
static bool is_written(const struct parts *p, const char *name, size_t nr)
{
	const struct btf *btf;
	const char *other;
	size_t i;

	if (!strcmp(name, "skb_drop_reason"))
		return true;
	for (i = 0; i < nr; i++)
		if (returned_enum(p, &p->targets->t[i], &btf, &other) && !strcmp(name, other))
			return true;
	return false;
}

/* Write what the numbers mean that functions return: the fact ret.FUNCTION names an enumeration. */
static int write_returned(struct parts *p, struct pwrt_diag *d)
{
	const struct btf_type *e;
	const struct btf *btf;
	const char *name;
	char key[256];
	int ret = 0;
	size_t i;

	for (i = 0; i < p->targets->nr && ret == 0; i++) {
		e = returned_enum(p, &p->targets->t[i], &btf, &name);
		if (!e)
			continue;
		snprintf(key, sizeof(key), "ret.%s", p->targets->t[i].name);
		ret = parts_fact(p, key, name, d);
		if (ret == 0 && !is_written(p, name, i))
			ret = write_members(p, btf, e, name, "", d);
	}
	return ret;
}

static int write_module(struct parts *p, const struct module *m, struct pwrt_diag *d)
{
	const struct pwrt_module module = { .name = m->name, .addr = m->addr, .size = m->size };

	return pwrt_writer_module(p->writer, &module, d);
}

static int write_modules(struct parts *p, struct pwrt_diag *d)
{
	const struct modules *m = ksyms_modules(p->ksyms);
	size_t i;
	int ret = 0;

	for (i = 0; i < m->nr && ret == 0; i++)
		ret = write_module(p, &m->m[i], d);
	return ret;
}

static int write_reasons(struct parts *p, size_t first, struct pwrt_diag *d)
{
	const struct targets *ts = p->targets;
	size_t i;
	int ret = 0;

	for (i = first; i < ts->nr_reasons && ret == 0; i++)
		ret = pwrt_writer_enum(p->writer,
				       &(struct pwrt_enum){ "skb_drop_reason", ts->reasons[i].name,
							    ts->reasons[i].value },
				       d);
	return ret;
}

/* The types themselves. A file without them is as good, but for what they would explain. */
static int write_btf(struct parts *p, struct pwrt_diag *d)
{
	struct pwrt_btf b = { .module = "" };
	uint32_t size;

	if (!p->types)
		p->types = btf_subset(p->targets->btf);
	if (p->types)
		b.bytes.p = btf__raw_data(p->types, &size);
	if (!b.bytes.p)
		return 0;
	b.bytes.len = size;
	return pwrt_writer_btf(p->writer, &b, d);
}

/* Writes targets [first, end). */
static int write_targets(struct parts *p, size_t first, size_t end, struct pwrt_diag *d)
{
	size_t i;
	int ret = 0;

	for (i = first; i < end && ret == 0; i++) {
		const struct target *t = &p->targets->t[i];
		const struct pwrt_func f = { .addr = t->addr,
					     .name = t->name,
					     .module = t->module,
					     .why = t->why,
					     .arg = t->arg,
					     .status = t->status };

		ret = pwrt_writer_func(p->writer, &f, d);
	}
	return ret;
}

void parts_module(struct parts_modules *list, const char *name)
{
	size_t len = strlen(list->text), n = strlen(name);
	char *at = strstr(list->text, name);

	if (at && (at == list->text || at[-1] == ' ') && (!at[n] || at[n] == ' '))
		return;
	if (len + n + 2 > sizeof(list->text)) {
		list->is_cut = true;
		return;
	}
	snprintf(list->text + len, sizeof(list->text) - len, "%s%s", len ? " " : "", name);
}

/* What a module's numbers mean that the file refers to by name. */
static int write_module_enums(struct parts *p, const char *module, struct pwrt_diag *d)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < sizeof(enums) / sizeof(enums[0]) && ret == 0; i++)
		if (!strcmp(enums[i].module, module))
			ret = write_enum(p, i, d);
	return ret;
}

int parts_add(struct parts *p, const struct module *m, size_t target, size_t reason,
	      struct pwrt_diag *d)
{
	int ret = write_module(p, m, d);

	if (ret == 0)
		ret = write_targets(p, target, p->targets->nr, d);
	if (ret == 0)
		ret = write_reasons(p, reason, d);
	if (ret == 0)
		ret = write_module_enums(p, m->name, d);
	return ret == 0 ? convert_add_targets(p->convert, target, d) : ret;
}

int parts_functions(struct parts *p, struct pwrt_diag *d)
{
	const struct convert_names names = { dev_name, netns_name, owner, p->capture };
	int ret = 0;
	size_t i;

	if (!p->convert)
		ret = convert_new(&p->convert, p->targets, p->programs, p->ksyms, &names,
				  p->o->fields, p->o->snaplen, d);
	if (ret == 0)
		convert_into(p->convert, p->writer);
	if (ret == 0)
		ret = write_targets(p, 0, p->targets->nr_early, d);
	/* With the numbers behind theirs: convert_note(). */
	for (i = 0; i < NR_FUNC_SPECIAL && ret == 0; i++) {
		const struct pwrt_func f =
			told_func(&told[i], capture_tracepoint_refusal(p->capture, (unsigned int)i));

		ret = pwrt_writer_func(p->writer, &f, d);
	}
	for (i = 0; i < p->programs->nr && ret == 0; i++) {
		const struct program *g = &p->programs->p[i];
		const struct pwrt_func f = { .addr = g->addr,
					     .name = g->name,
					     .module = "bpf",
					     .why = g->why ? g->why : "",
					     .arg = 1,
					     .status = g->status };

		ret = pwrt_writer_func(p->writer, &f, d);
	}
	/* convert_func() */
	return ret == 0 ? write_targets(p, p->targets->nr_early, p->targets->nr, d) : ret;
}

/* Compressing and writing takes no privileges at all. */
static void thread_begin(void)
{
	privileges_drop_all();
}

int parts_check(struct parts *p, struct pwrt_diag *d)
{
	return output_check(&p->output, p->o->path, p->o->keep, p->o->force, d);
}

int parts_begin(struct parts *p, struct pwrt_diag *d)
{
	const struct pwrt_clock clock = names_clock();
	size_t i;
	int ret;

	ret = output_open(&p->output, p->o->path, p->o->keep ? p->nr + 1 : 0, p->o->force, d);
	if (ret == 0)
		ret = pwrt_writer_new(&p->writer, p->output.file.fd,
				      &(struct pwrt_writer_options){ .thread = thread_begin,
								     .waiting = p->o->blocked,
								     .waiting_arg = p->o->arg },
				      d);
	if (ret == 0 && p->output.file.created && !p->syncer)
		ret = syncer_new(&p->syncer, d);
	if (ret == 0)
		ret = pwrt_writer_clock(p->writer, &clock, d);
	if (ret == 0)
		ret = names_write_system(p->writer, d);
	if (ret == 0)
		ret = parts_fact(p, "recorder", "pwru-record " PWRT_VERSION, d);
	if (ret == 0)
		ret = parts_fact(p, "arguments", p->o->arguments, d);
	if (ret == 0)
		ret = parts_fact(p, "filter", p->o->filter, d);
	if (ret == 0 && p->o->tunnel)
		ret = parts_fact(p, "filter.tunnel", p->o->tunnel, d);
	if (ret == 0 && p->o->tests)
		ret = parts_fact(p, "filter.field", p->o->tests, d);
	if (ret == 0)
		ret = parts_fact(p, "backend", backend_names[capture_backend(p->capture)], d);
	if (ret == 0 && p->o->keep)
		ret = parts_number(p, "part", p->nr + 1, d);
	if (ret == 0)
		ret = write_modules(p, d);
	if (ret == 0)
		ret = values_write_keys(p->writer, d);
	for (i = 0; i < p->o->fields->nr && ret == 0; i++)
		ret = pwrt_writer_key(p->writer, &(struct pwrt_key){ p->o->fields->f[i].text }, d);
	for (i = 0; i < p->o->fields->skb.nr && ret == 0; i++)
		ret = pwrt_writer_key(p->writer, &(struct pwrt_key){ p->o->fields->skb.m[i].name },
				      d);
	for (i = 0; i < sizeof(enums) / sizeof(enums[0]) && ret == 0; i++)
		ret = write_enum(p, i, d);
	if (ret == 0)
		ret = write_reasons(p, 0, d);
	if (ret == 0)
		ret = write_returned(p, d);
	if (ret == 0)
		ret = write_btf(p, d);
	if (ret == 0)
		ret = pwrt_writer_flush(p->writer, d);
	p->nr++;
	return ret;
}

int parts_flush(struct parts *p, struct pwrt_diag *d)
{
	int ret = pwrt_writer_flush(p->writer, d);

	if (ret < 0 || !p->syncer)
		return ret;
	return syncer_ask(p->syncer, p->output.file.fd, p->output.file.path, d);
}

/* Which modules came and went: their functions may be in the events for a part of the time only. */
static int write_changes(struct parts *p, struct pwrt_diag *d)
{
	const struct {
		const char *key;
		struct parts_modules *list;
	} lists[] = { { "modules.loaded", &p->came }, { "modules.removed", &p->went } };
	size_t i;
	int ret = 0;

	for (i = 0; i < 2 && ret == 0; i++) {
		char text[sizeof(lists[i].list->text) + 8];

		snprintf(text, sizeof(text), "%s%s", lists[i].list->text,
			 lists[i].list->is_cut ? " ..." : "");
		if (*text)
			ret = parts_fact(p, lists[i].key, text, d);
	}
	return ret;
}

int parts_finish(struct parts *p, const char *why, struct pwrt_diag *d)
{
	const struct pwrt_clock clock = names_clock();
	int ret = pwrt_writer_clock(p->writer, &clock, d);

	if (ret == 0)
		ret = write_changes(p, d);
	if (ret == 0)
		ret = parts_fact(p, "end", why, d);
	return ret == 0 ? pwrt_writer_finish(p->writer, d) : ret;
}

/* What this file adds to the sums, and its memory. */
static void part_free(struct parts *p)
{
	p->bytes = parts_bytes(p);
	p->events = parts_events(p);
	pwrt_writer_free(p->writer);
	p->writer = NULL;
}

int parts_close(struct parts *p, bool failed, bool keep, struct pwrt_diag *d)
{
	struct outfile *f = &p->output.file;
	uint64_t whole;
	int fd = f->fd;

	if (p->writer)
		pwrt_writer_stop(p->writer);
	if (failed) {
		whole = p->writer ? pwrt_writer_whole(p->writer) : 0;
		keep = keep && whole;
		if (keep)
			outfile_cut(f, whole);
	}
	if (fd >= 0 && keep && p->syncer) {
		f->fd = -1;
		return syncer_close(p->syncer, fd, f->path, d);
	}
	/* Its fdatasync(2) may be under way. */
	if (p->syncer)
		syncer_finish(p->syncer, d);
	return outfile_close(f, keep, d);
}

int parts_synced(struct parts *p, struct pwrt_diag *d)
{
	return p->syncer ? syncer_finish(p->syncer, d) : 0;
}

int parts_rotate(struct parts *p, struct pwrt_diag *d)
{
	int ret = parts_finish(p, "rotated", d);

	if (ret == 0)
		ret = parts_close(p, false, true, d);
	if (ret < 0)
		return ret;
	part_free(p);
	if (p->nr >= p->o->keep)
		output_remove(&p->output, p->nr + 1 - p->o->keep);
	ret = parts_begin(p, d);
	return ret == 0 ? parts_functions(p, d) : ret;
}

void parts_free(struct parts *p)
{
	syncer_free(p->syncer);
	convert_free(p->convert);
	pwrt_writer_free(p->writer);
	btf__free(p->types);
}

uint64_t parts_bytes(const struct parts *p)
{
	return p->bytes + (p->writer ? pwrt_writer_bytes(p->writer) : 0);
}

uint64_t parts_saved(const struct parts *p)
{
	return p->events + (p->writer ? pwrt_writer_saved(p->writer) : 0);
}

uint64_t parts_events(const struct parts *p)
{
	return p->events + (p->writer ? pwrt_writer_events(p->writer) : 0);
}

uint64_t parts_packets(const struct parts *p)
{
	return p->convert ? convert_packets(p->convert) : 0;
}

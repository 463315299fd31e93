/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "file_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "host_info.h"
#include "record/kernel/btf_subset.h"
#include "record/kernel/clock.h"
#include "record/kernel/netns_names.h"
#include "record/kernel/socket_owners.h"
#include "record/kernel/tracepoints.h"
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

static const char *owner(void *arg, uint64_t inode)
{
	(void)arg;
	return socket_owners_find(inode);
}

int file_set_fact(struct file_set *p, const char *key, const char *value, struct pwrt_diag *d)
{
	const struct pwrt_info info = { key, value };

	return pwrt_writer_info(p->writer, &info, 1, d);
}

int file_set_number(struct file_set *p, const char *key, uint64_t value, struct pwrt_diag *d)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return file_set_fact(p, key, text, d);
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
static int write_members(struct file_set *p, const struct btf *btf, const struct btf_type *t,
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

/* Writes the meanings of numbers in the events, as this kernel has them. */
static int write_enum(struct file_set *p, size_t nr, struct pwrt_diag *d)
{
	const struct btf *btf = btf_of(p->targets, enums[nr].module);
	int id = btf ? btf__find_by_name_kind(btf, enums[nr].type, BTF_KIND_ENUM) : -1;

	if (id < 0)
		return 0;
	return write_members(p, btf, btf__type_by_id(btf, (uint32_t)id), enums[nr].name,
			     enums[nr].prefix, d);
}

/* Return the enumeration that a function returns whose return is noted; NULL: there is none. */
static const struct btf_type *returned_enum(const struct file_set *p, const struct target *t,
					    const struct btf **btf, const char **name)
{
	const struct btf_type *e;

	*btf = t->ret_enum && target_has_return(t) ? btf_of(p->targets, t->module) : NULL;
	e = *btf ? btf__type_by_id(*btf, t->ret_enum) : NULL;
	*name = e ? btf__name_by_offset(*btf, e->name_off) : "";
	return e;
}

/* Returns whether the file has this enumeration: of drop reasons, or of a function before nr. */
static bool is_written(const struct file_set *p, const char *name, size_t nr)
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
static int write_returned(struct file_set *p, struct pwrt_diag *d)
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
		ret = file_set_fact(p, key, name, d);
		if (ret == 0 && !is_written(p, name, i))
			ret = write_members(p, btf, e, name, "", d);
	}
	return ret;
}

static int write_module(struct file_set *p, const struct module *m, struct pwrt_diag *d)
{
	const struct pwrt_module module = { .name = m->name, .addr = m->addr, .size = m->size };

	return pwrt_writer_module(p->writer, &module, d);
}

static int write_modules(struct file_set *p, struct pwrt_diag *d)
{
	const struct modules *m = ksyms_modules(p->ksyms);
	size_t i;
	int ret = 0;

	for (i = 0; i < m->nr && ret == 0; i++)
		ret = write_module(p, &m->m[i], d);
	return ret;
}

static int write_reasons(struct file_set *p, size_t first, struct pwrt_diag *d)
{
	const struct targets *ts = p->targets;
	size_t i;
	int ret = 0;

	for (i = first; i < ts->reasons.nr && ret == 0; i++)
		ret = pwrt_writer_enum(p->writer,
				       &(struct pwrt_enum){ "skb_drop_reason",
							    ts->reasons.reason[i].name,
							    ts->reasons.reason[i].value },
				       d);
	return ret;
}

/* The types themselves. A file without them is as good, but for what they would explain. */
static int write_btf(struct file_set *p, struct pwrt_diag *d)
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
static int write_targets(struct file_set *p, size_t first, size_t end, struct pwrt_diag *d)
{
	size_t i;
	int ret = 0;

	for (i = first; i < end && ret == 0; i++) {
		const struct target *t = &p->targets->t[i];
		const struct pwrt_func f = { .addr = t->addr,
					     .name = t->name,
					     .module = t->module,
					     .why = t->shed ? "given up by --max-overhead" : t->why,
					     .arg = t->arg,
					     .status = t->shed ? PWRT_FUNC_FILTERED : t->status };

		ret = pwrt_writer_func(p->writer, &f, d);
	}
	return ret;
}

void file_set_module(struct file_set_modules *list, const char *name)
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

/* Writes the meanings of a module's numbers. */
static int write_module_enums(struct file_set *p, const char *module, struct pwrt_diag *d)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < sizeof(enums) / sizeof(enums[0]) && ret == 0; i++)
		if (!strcmp(enums[i].module, module))
			ret = write_enum(p, i, d);
	return ret;
}

int file_set_add(struct file_set *p, const struct module *m, size_t target, size_t reason,
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

int file_set_functions(struct file_set *p, struct pwrt_diag *d)
{
	const struct convert_names names = { p->source.dev_name, netns_number_callback,
					     netns_names_callback, owner, p->source.arg };
	int ret = 0;
	size_t i;

	if (!p->convert)
		ret = convert_new(&p->convert, p->targets, p->programs, p->ksyms, &names,
				  p->o->fields, p->o->snaplen, p->o->losses_only, d);
	if (ret == 0)
		convert_set_output(p->convert, p->writer);
	if (ret == 0)
		ret = write_targets(p, 0, p->targets->nr_early, d);
	/* With the numbers behind theirs: convert_aux(). */
	for (i = 0; i < NR_FUNC_SPECIAL && ret == 0; i++) {
		const struct pwrt_func f = tracepoint_func(
			&tracepoints[i],
			p->source.tracepoint_refusal(p->source.arg, (unsigned int)i));

		ret = pwrt_writer_func(p->writer, &f, d);
	}
	for (i = 0; i < p->programs->nr && ret == 0; i++) {
		const struct traced_prog *g = &p->programs->p[i];
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

int file_set_check(struct file_set *p, struct pwrt_diag *d)
{
	return output_file_check(&p->output, p->o->path, p->o->keep, p->o->force, d);
}

static int write_percent(struct file_set *p, const char *key, double percent, struct pwrt_diag *d)
{
	char text[32];

	snprintf(text, sizeof(text), "%g", percent);
	return file_set_fact(p, key, text, d);
}

/* Writes what the files of one recording have in common, and no other file. */
static int write_id(struct file_set *p, struct pwrt_diag *d)
{
	char text[20];

	if (!p->id && getrandom(&p->id, sizeof(p->id), 0) != sizeof(p->id))
		return pwrt_fail(d, PWRT_ESYS, 0, "getrandom");
	snprintf(text, sizeof(text), "%016llx", (unsigned long long)p->id);
	return file_set_fact(p, "recording", text, d);
}

int file_set_begin(struct file_set *p, struct pwrt_diag *d)
{
	const struct pwrt_clock clock = clock_pair();
	size_t i;
	int ret;

	ret = output_file_open(&p->output, p->o->path, p->o->keep ? p->nr + 1 : 0, p->o->force, d);
	if (ret == 0)
		ret = pwrt_writer_new(&p->writer, p->output.file.fd,
				      &(struct pwrt_writer_options){ .thread = p->o->thread_begin,
								     .waiting = p->o->blocked,
								     .waiting_arg = p->o->arg },
				      d);
	if (ret == 0 && p->output.file.created && !p->fsync_thread)
		ret = fsync_thread_new(&p->fsync_thread, p->o->thread_begin, d);
	if (ret == 0)
		ret = pwrt_writer_clock(p->writer, &clock, d);
	if (ret == 0)
		ret = host_info_write(p->writer, d);
	if (ret == 0)
		ret = write_id(p, d);
	if (ret == 0)
		ret = file_set_fact(p, "recorder", "pwru-record " PWRT_VERSION, d);
	if (ret == 0)
		ret = file_set_fact(p, "arguments", p->o->arguments, d);
	if (ret == 0)
		ret = file_set_fact(p, "filter", p->o->filter, d);
	if (ret == 0)
		ret = file_set_fact(p, "profile", p->o->profile, d);
	if (ret == 0 && p->o->sample)
		ret = file_set_number(p, "sample", p->o->sample, d);
	if (ret == 0 && p->o->max_overhead > 0)
		ret = write_percent(p, "max_overhead", p->o->max_overhead, d);
	if (ret == 0 && p->o->filter_at_entry)
		ret = file_set_fact(p, "filter.at", "entry", d);
	if (ret == 0 && p->o->after_trigger)
		ret = file_set_fact(p, "aim.control", "all", d);
	if (ret == 0 && p->o->tunnel)
		ret = file_set_fact(p, "filter.tunnel", p->o->tunnel, d);
	if (ret == 0 && p->o->tests)
		ret = file_set_fact(p, "filter.field", p->o->tests, d);
	if (ret == 0)
		ret = file_set_fact(p, "backend", p->source.backend, d);
	if (ret == 0 && p->o->keep)
		ret = file_set_number(p, "part", p->nr + 1, d);
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

int file_set_flush(struct file_set *p, struct pwrt_diag *d)
{
	int ret = pwrt_writer_flush(p->writer, d);

	if (ret < 0 || !p->fsync_thread)
		return ret;
	return fsync_thread_ask(p->fsync_thread, p->output.file.fd, p->output.file.path, d);
}

/* Writes the modules that came and went: their functions were probed for a part of the time only. */
static int write_changes(struct file_set *p, struct pwrt_diag *d)
{
	const struct {
		const char *key;
		struct file_set_modules *list;
	} lists[] = { { "modules.loaded", &p->came }, { "modules.removed", &p->went } };
	size_t i;
	int ret = 0;

	for (i = 0; i < 2 && ret == 0; i++) {
		char text[sizeof(lists[i].list->text) + 8];

		snprintf(text, sizeof(text), "%s%s", lists[i].list->text,
			 lists[i].list->is_cut ? " ..." : "");
		if (*text)
			ret = file_set_fact(p, lists[i].key, text, d);
	}
	return ret;
}

int file_set_finish(struct file_set *p, const char *why, struct pwrt_diag *d)
{
	const struct pwrt_clock clock = clock_pair();
	int ret = pwrt_writer_clock(p->writer, &clock, d);

	if (ret == 0)
		ret = write_changes(p, d);
	if (ret == 0)
		ret = file_set_fact(p, "end", why, d);
	return ret == 0 ? pwrt_writer_finish(p->writer, d) : ret;
}

/* Adds this file to the sums, and frees its memory. */
static void part_free(struct file_set *p)
{
	p->bytes = file_set_bytes(p);
	p->events = file_set_events(p);
	pwrt_writer_free(p->writer);
	p->writer = NULL;
}

int file_set_close(struct file_set *p, bool failed, bool keep, struct pwrt_diag *d)
{
	struct outfile *f = &p->output.file;
	uint64_t whole;
	int fd = f->fd;

	if (p->writer)
		pwrt_writer_stop(p->writer);
	if (failed) {
		whole = p->writer ? pwrt_writer_committed_bytes(p->writer) : 0;
		keep = keep && whole;
		if (keep)
			outfile_truncate(f, whole);
	}
	if (fd >= 0 && keep && p->fsync_thread) {
		f->fd = -1;
		return fsync_thread_close(p->fsync_thread, fd, f->path, d);
	}
	/* Its fdatasync(2) may be under way. */
	if (p->fsync_thread)
		fsync_thread_finish(p->fsync_thread, d);
	return outfile_close(f, keep, d);
}

int file_set_synced(struct file_set *p, struct pwrt_diag *d)
{
	return p->fsync_thread ? fsync_thread_finish(p->fsync_thread, d) : 0;
}

int file_set_rotate(struct file_set *p, struct pwrt_diag *d)
{
	int ret = file_set_finish(p, "rotated", d);

	if (ret == 0)
		ret = file_set_close(p, false, true, d);
	if (ret < 0)
		return ret;
	part_free(p);
	if (p->nr >= p->o->keep)
		output_file_remove(&p->output, p->nr + 1 - p->o->keep);
	ret = file_set_begin(p, d);
	return ret == 0 ? file_set_functions(p, d) : ret;
}

void file_set_free(struct file_set *p)
{
	fsync_thread_free(p->fsync_thread);
	convert_free(p->convert);
	pwrt_writer_free(p->writer);
	btf__free(p->types);
}

uint64_t file_set_bytes(const struct file_set *p)
{
	return p->bytes + (p->writer ? pwrt_writer_bytes(p->writer) : 0);
}

uint64_t file_set_saved(const struct file_set *p)
{
	return p->events + (p->writer ? pwrt_writer_committed_events(p->writer) : 0);
}

uint64_t file_set_events(const struct file_set *p)
{
	return p->events + (p->writer ? pwrt_writer_events(p->writer) : 0);
}

uint64_t file_set_packets(const struct file_set *p)
{
	return p->convert ? convert_packets(p->convert) : 0;
}

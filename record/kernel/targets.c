/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "targets.h"

#include <dirent.h>
#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/event.h"
#include "btf_util.h"
#include "entries.h"
#include "format/array.h"
#include "regex_full.h"
#include "return_targets.h"
#include "skb_args.h"
#include "traceable.h"

#define TARGETS_MAX 65535

/*
 * Functions that mean more than "the packet was here". One line each; a function that this kernel
 * has not is simply not found.
 */
static const struct special_func {
	const char *name;
	uint32_t flags;
	const char *why; /* it is not traced, or NULL */
} special_funcs[] = {
	/* net/core/skbuff.c: every clone, copy and segment takes its metadata over here */
	{ "__copy_skb_header", COOKIE_COPY, NULL },
	/* net/ipv4/ip_output.c, net/ipv6/ip6_output.c: every fragment, new or from a list */
	{ "ip_copy_metadata", COOKIE_COPY | COOKIE_FRAGMENT, NULL },
	{ "ip6_copy_metadata", COOKIE_COPY | COOKIE_FRAGMENT, NULL },
	/* the end of a life: what follows in the same call still belongs to it */
	{ "skb_release_data", COOKIE_END | COOKIE_NEVER_FIRST, NULL },
	{ "kfree_skb_partial", COOKIE_END, NULL },
	{ "napi_skb_free_stolen_head", COOKIE_END | COOKIE_NEVER_FIRST, NULL },
	{ "kfree_skbmem", COOKIE_FREE | COOKIE_NEVER_FIRST, NULL },
	{ "napi_skb_cache_put", COOKIE_FREE | COOKIE_NEVER_FIRST, NULL },
	/* __alloc_skb() and build_skb() call it: what lived at the address was freed, maybe in bulk
	 */
	{ "__build_skb_around", COOKIE_JUST_ALLOCATED | COOKIE_NEVER_FIRST, NULL },
	{ "skb_release_head_state", COOKIE_NEVER_FIRST, NULL },
	{ "skb_free_head", COOKIE_NEVER_FIRST, NULL },
	{ "__kfree_skb", COOKIE_NEVER_FIRST, NULL },
	/* __copy_skb_header(), which it calls, has the new skb */
	{ "__skb_clone", 0, "its first skb is still what was there before" },
	/* net/core/datagram.c: callers pass the address of a variable that has no value yet */
	{ "__skb_try_recv_from_queue", 0, "its skb is a result" },
	{ "__skb_try_recv_datagram", 0, "its skb is a result" },
};

/* net/core/skbuff.c: these release the old data of an skb that goes on. NR_REALLOC_FUNCS of them. */
static const char *const skb_realloc_funcs[] = { "pskb_expand_head", "pskb_carve",
						 "pskb_carve_inside_header",
						 "pskb_carve_inside_nonlinear" };
_Static_assert(sizeof(skb_realloc_funcs) / sizeof(skb_realloc_funcs[0]) == NR_REALLOC_FUNCS,
	       "the probe has room for these");

/* net/core/skbuff.c: makes all skbs but those of drivers and copies that share their data. */
static const char skb_alloc_func[] = "__alloc_skb";

/* Returns whether the probes call the function, directly or not; by the beginning of its name. */
static bool is_ours(const char *name)
{
	static const char *const names[] = {
		"bpf_probe_read_kernel",
		"bpf_ktime_get_ns",
		"bpf_get_current_",
		"bpf_get_smp_processor_id",
		"bpf_ringbuf_",
		"bpf_get_attach_cookie",
		"bpf_get_func_ip",
		"bpf_get_stack",
		"bpf_map_",
		"bpf_rdonly_cast",
		"bpf_preempt_",
		"__bpf_ringbuf_",
		"copy_from_kernel_nofault",
		"ktime_get_",
		"htab_",
		"__htab_",
		"array_map_",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncmp(names[i], name, strlen(names[i])))
			return true;
	return false;
}

/*
 * Why a function cannot be probed, or NULL. Where the compiler made a variant, it may have taken
 * arguments away; pahole, which makes the BTF, describes such a function only when its arguments
 * are where they would be anyhow (its "optimized" functions, btf_encoder.c).
 */
static const char *refusal_reason(struct target *t, const struct ksyms *k, struct traceable *set)
{
	const struct ksym *sym;
	unsigned int nr = ksyms_find(k, t->name, t->module, &sym);

	/* bpf_check_attach_btf_id_multi(), kernel/bpf/verifier.c, finds the address by the name. */
	if (!nr || *t->module)
		t->btf_id = 0;
	if (!nr)
		nr = ksyms_variants(k, t->name, t->module, &sym);
	if (!nr)
		return "inlined";
	t->addr = sym->addr;
	if (nr > 1)
		return "several functions have this name";
	if (!(t->cookie & (COOKIE_NON_SKB | COOKIE_ALLOC | COOKIE_ARG(~0u))))
		return "the skb is too far down the stack";
	if (!traceable_has(set, sym->name, t->module))
		return "the kernel does not allow probes there";
	if (t->cookie & COOKIE_NON_SKB && is_ours(t->name))
		return "the probes call it themselves";
	return NULL;
}

static int add_target(struct targets *ts, const struct target *t)
{
	struct target *more;

	if (ts->nr >= TARGETS_MAX)
		return PWRT_EINVAL;
	more = array_grow(ts->t, ts->nr, sizeof(*more));
	if (!more)
		return PWRT_ENOMEM;
	ts->t = more;
	ts->t[ts->nr++] = *t;
	return 0;
}

/* The options of a scan, and the sets that it searches. */
struct scan {
	const struct ksyms *ksyms;
	struct traceable *traceable;
	const regex_t *wanted, *returns; /* NULL: all; none but those of return_targets.c */
	const struct profile *profile;	 /* NULL: all */
	const struct profile *core;	 /* NULL: no function is extra */
	bool no_returns;
	const regex_t *non_skb_funcs; /* NULL: none */
	bool alloc_func;
	bool bpf_helpers;
	bool filter_at_entry;
	bool returns_only; /* of a module whose other functions are not wanted */
	bool named;	   /* the user named the module: without it there is no recording */
};

/*
 * BPF_CALL_0() to BPF_CALL_5(), include/linux/filter.h: a helper function takes five registers,
 * whatever it does with them.
 */
static bool is_helper(const struct btf *btf, const struct btf_type *proto)
{
	const struct btf_type *t;
	unsigned int i;

	if (btf_vlen(proto) != 5)
		return false;
	for (i = 0; i <= 5; i++) {
		t = btf_plain(btf, i < 5 ? btf_params(proto)[i].type : proto->type);
		if (!t || !btf_is_int(t) || t->size != 8 || btf_int_encoding(t) & BTF_INT_SIGNED)
			return false;
	}
	return true;
}

/* Returns the cookie of a function without an skb that the options select; 0: it is not selected. */
static uint32_t cookie_without_skb(const struct scan *s, const char *name, const struct btf *btf,
				   const struct btf_type *proto)
{
	uint32_t cookie = s->alloc_func && !strcmp(name, skb_alloc_func) ? COOKIE_ALLOC : 0;

	if ((s->non_skb_funcs && !regexec(s->non_skb_funcs, name, 0, NULL, 0)) ||
	    (s->bpf_helpers && is_helper(btf, proto)))
		cookie |= COOKIE_NON_SKB;
	return cookie;
}

/* Adds the flags of a special function to its cookie. Returns why it is not traced; NULL: it is. */
static const char *apply_special(struct target *t)
{
	const char *reason = NULL;
	size_t i;

	for (i = 0; i < sizeof(special_funcs) / sizeof(special_funcs[0]); i++) {
		if (strcmp(special_funcs[i].name, t->name))
			continue;
		t->cookie |= special_funcs[i].flags;
		reason = special_funcs[i].why;
	}
	return reason;
}

static bool is_filtered(const struct target *t, const struct scan *s)
{
	if (t->cookie & (COOKIE_NON_SKB | COOKIE_ALLOC))
		return false;
	if (s->wanted && regexec(s->wanted, t->name, 0, NULL, 0))
		return true;
	/* Functions that decide are traced in every profile with functions. */
	return !profile_has(s->profile, t->name) &&
	       (profile_is_drops(s->profile) || !t->ret_cookie);
}

/* Functions that begin and end the lives of packets. */
#define COOKIES_NEEDED \
	(COOKIE_COPY | COOKIE_END | COOKIE_FREE | COOKIE_JUST_ALLOCATED | COOKIE_ENTRY)

/* Sets the status of a function, and counts it. */
static void classify(struct targets *ts, struct target *t, const struct scan *s)
{
	const char *refusal = refusal_reason(t, s->ksyms, s->traceable);
	const char *special = apply_special(t);

	if (s->filter_at_entry && entries_have(t->name))
		t->cookie |= COOKIE_ENTRY;
	if (refusal || special) {
		t->status = PWRT_FUNC_REFUSED;
		t->why = refusal ? refusal : special;
	} else if (is_filtered(t, s)) {
		t->status = PWRT_FUNC_FILTERED;
	} else {
		t->status = PWRT_FUNC_ATTACHED;
		t->is_extra = !profile_has(s->core, t->name) && !(t->cookie & COOKIES_NEEDED);
		ts->nr_attach++;
		ts->nr_extra += t->is_extra;
		ts->nr_non_skb += (t->cookie & COOKIE_NON_SKB) != 0;
		ts->nr_allocs += (t->cookie & COOKIE_ALLOC) != 0;
		ts->nr_returns += t->ret_cookie != 0;
	}
}

/* Adds the functions of one BTF, whose own types begin at first. */
static int scan_btf(struct targets *ts, const struct btf *btf, uint32_t first, const char *module,
		    const struct scan *s)
{
	uint32_t id, end = btf__type_cnt(btf);
	int ret;

	for (id = first; id < end; id++) {
		const struct btf_type *func = btf__type_by_id(btf, id);
		struct target t = { .module = module, .why = "", .btf_id = id };
		const struct btf_type *proto;

		if (!btf_is_func(func))
			continue;
		proto = btf__type_by_id(btf, func->type);
		t.name = btf__name_by_offset(btf, func->name_off);
		if (!skb_args_find(&t.arg, &t.cookie, btf, proto)) {
			t.cookie = cookie_without_skb(s, t.name, btf, proto);
			if (!t.cookie)
				continue;
		}
		if (!s->no_returns)
			return_target_look(&t, btf, proto, s->returns);
		if (t.cookie & COOKIE_ALLOC)
			t.ret_cookie |= COOKIE_WANTS_RETURN;
		if (s->returns_only && !t.ret_cookie)
			continue;
		classify(ts, &t, s);
		ret = add_target(ts, &t);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static bool has_module(const struct targets *ts, const char *name)
{
	size_t i;

	for (i = 0; i < ts->nr_modules; i++)
		if (!strcmp(ts->modules[i].name, name))
			return true;
	return false;
}

static int scan_module(struct targets *ts, const char *name, const struct scan *s,
		       struct pwrt_diag *d)
{
	size_t before = ts->nr;
	struct target_module *m;
	int ret;

	m = array_grow(ts->modules, ts->nr_modules, sizeof(*m));
	if (!m)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	ts->modules = m;
	m += ts->nr_modules;
	m->btf = btf__load_module_btf(name, ts->btf);
	/* Another one may be going away just now. */
	if (!m->btf && !s->named)
		return 0;
	if (!m->btf)
		return pwrt_fail(d, PWRT_ESYS, 0, "no BTF for module '%s' (is it loaded?)", name);
	m->name = strdup(name);
	ts->nr_modules++;
	if (!m->name)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	ret = drop_reasons_add(&ts->reasons, m->btf, btf__type_cnt(ts->btf));
	if (ret == 0 && !(s->returns_only && s->no_returns))
		ret = scan_btf(ts, m->btf, btf__type_cnt(ts->btf), m->name, s);
	if (ret < 0)
		return pwrt_fail(d, ret, 0, "too many functions, or out of memory");
	if (ts->nr == before) {
		btf__free(m->btf);
		free(m->name);
		ts->nr_modules--;
	}
	return 0;
}

/* The modules that are loaded, but for those that were looked at before. */
static int scan_loaded(struct targets *ts, const struct scan *s, struct pwrt_diag *d)
{
	DIR *dir = opendir("/sys/kernel/btf");
	struct dirent *e;
	int ret = 0;

	/* It is missing where the types of the kernel come from a file: --kernel-btf. */
	if (!dir)
		return 0;
	while (ret == 0 && (e = readdir(dir)))
		if (e->d_name[0] != '.' && strcmp(e->d_name, "vmlinux") &&
		    !has_module(ts, e->d_name))
			ret = scan_module(ts, e->d_name, s, d);
	closedir(dir);
	return ret;
}

static int scan_named(struct targets *ts, const char *names, const struct scan *s,
		      struct pwrt_diag *d)
{
	char *list = strdup(names), *save = NULL, *name;
	int ret = 0;

	if (!list)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	for (name = strtok_r(list, ",", &save); name && ret == 0; name = strtok_r(NULL, ",", &save))
		if (!has_module(ts, name))
			ret = scan_module(ts, name, s, d);
	free(list);
	return ret;
}

static int scan_modules(struct targets *ts, const struct targets_options *o, struct scan *s,
			struct pwrt_diag *d)
{
	int ret = 0;

	s->named = true;
	if (!o->all_modules && o->modules)
		ret = scan_named(ts, o->modules, s, d);
	s->named = false;
	s->returns_only = !o->all_modules;
	if (ret == 0)
		ret = scan_loaded(ts, s, d);
	return ret;
}

/* net/core/dev.c: a packet comes here before BPF programs get it. */
static bool leads_to_program(const char *name)
{
	static const char *const names[] = { "__netif_receive_skb_core", "do_xdp_generic",
					     "bpf_prog_run_generic_xdp", "__dev_queue_xmit" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/*
 * The functions that begin and end the lives of packets are needed whatever the user wants to see;
 * so are those that show them first to the programs that he wants to see.
 */
static void keep_needed(struct targets *ts, bool programs)
{
	size_t i;

	for (i = 0; i < ts->nr; i++) {
		struct target *t = &ts->t[i];

		if (t->status == PWRT_FUNC_FILTERED &&
		    (t->cookie & COOKIES_NEEDED || (programs && leads_to_program(t->name)))) {
			t->status = PWRT_FUNC_ATTACHED;
			ts->nr_attach++;
		}
	}
}

int targets_types(struct targets *ts, const char *path, struct pwrt_diag *d)
{
	const char *from = path ? path : "/sys/kernel/btf/vmlinux";

	*ts = (struct targets){ 0 };
	ts->btf = btf__parse(from, NULL);
	if (ts->btf)
		return 0;
	if (errno == ENOENT && !path)
		return pwrt_fail(d, PWRT_EINVAL, 0,
				 "this kernel has no BTF (%s is missing, CONFIG_DEBUG_INFO_BTF): "
				 "give it with --kernel-btf FILE",
				 from);
	return pwrt_fail(d, PWRT_ESYS, 0, "cannot read the BTF of the kernel from %s", from);
}

static int scan_all(struct targets *ts, const struct targets_options *o, struct scan *s,
		    struct pwrt_diag *d)
{
	int ret = traceable_load(&s->traceable, NULL, d);

	if (ret == 0 &&
	    (drop_reasons_add(&ts->reasons, ts->btf, 1) < 0 || scan_btf(ts, ts->btf, 1, "", s) < 0))
		ret = pwrt_fail(d, PWRT_ENOMEM, 0, "too many functions, or out of memory");
	if (ret == 0)
		ret = scan_modules(ts, o, s, d);
	if (ret == 0 && !ts->nr_attach && !profile_is_drops(s->profile))
		ret = pwrt_fail(d, PWRT_EINVAL, 0,
				"no function to trace: %zu take an skb, none is left", ts->nr);
	if (ret == 0 && !profile_is_drops(s->profile))
		keep_needed(ts, o->programs);
	ts->nr_early = ts->nr;
	traceable_free(s->traceable);
	return ret;
}

/* The regular expressions that a scan refers to. */
struct patterns {
	regex_t wanted, returns, non_skb_funcs;
};

static int scan_begin(struct scan *s, struct patterns *p, const struct targets_options *o,
		      const struct ksyms *k, struct pwrt_diag *d)
{
	int ret;

	*s = (struct scan){ .ksyms = k,
			    .profile = o->profile,
			    .core = o->core,
			    .no_returns = o->no_returns,
			    .bpf_helpers = o->bpf_helpers,
			    .alloc_func = o->alloc_func,
			    .filter_at_entry = o->filter_at_entry };
	ret = regex_full_compile(&p->wanted, &s->wanted, o->func_regex, "--filter-func", d);
	if (ret == 0)
		ret = regex_full_compile(&p->returns, &s->returns, o->returns, "--trace-returns",
					 d);
	if (ret == 0)
		ret = regex_full_compile(&p->non_skb_funcs, &s->non_skb_funcs, o->non_skb_funcs,
					 "--non-skb-funcs", d);
	return ret;
}

static void scan_end(const struct scan *s, struct patterns *p)
{
	if (s->wanted)
		regfree(&p->wanted);
	if (s->returns)
		regfree(&p->returns);
	if (s->non_skb_funcs)
		regfree(&p->non_skb_funcs);
}

int targets_find(struct targets *ts, const struct targets_options *o, const struct ksyms *k,
		 struct pwrt_diag *d)
{
	struct patterns patterns;
	struct scan s;
	int ret = scan_begin(&s, &patterns, o, k, d);

	if (ret == 0)
		ret = scan_all(ts, o, &s, d);
	if (ret < 0)
		targets_free(ts);
	scan_end(&s, &patterns);
	return ret;
}

/* Returns whether name is in this comma-separated list; NULL is an empty list. */
static bool is_listed(const char *list, const char *name)
{
	size_t n = strlen(name);

	while (list) {
		if (!strncmp(list, name, n) && (!list[n] || list[n] == ','))
			return true;
		list = strchr(list, ',');
		list += list != NULL;
	}
	return false;
}

int targets_add_module(struct targets *ts, const char *name, const struct targets_options *o,
		       const struct ksyms *k, struct pwrt_diag *d)
{
	struct pwrt_diag ignored;
	struct patterns patterns;
	struct scan s;
	int ret = scan_begin(&s, &patterns, o, k, d);

	s.returns_only = !o->all_modules && !is_listed(o->modules, name);
	if (ret == 0)
		ret = traceable_load(&s.traceable, name, d);
	if (ret == 0)
		ret = scan_module(ts, name, &s, &ignored);
	if (ret == PWRT_ENOMEM)
		pwrt_fail(d, ret, 0, "out of memory");
	traceable_free(s.traceable);
	scan_end(&s, &patterns);
	return ret == PWRT_ENOMEM ? ret : 0;
}

uint64_t targets_text(const struct targets *ts)
{
	size_t i;

	for (i = 0; i < ts->nr; i++)
		if (ts->t[i].status == PWRT_FUNC_ATTACHED)
			return ts->t[i].addr;
	return 0;
}

void targets_skb_realloc_funcs(const struct ksyms *k, uint64_t ranges[][2], unsigned int nr)
{
	const struct ksym *sym;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		ranges[i][0] = ranges[i][1] = 0;
		if (!ksyms_find(k, skb_realloc_funcs[i], "", &sym) &&
		    !ksyms_variants(k, skb_realloc_funcs[i], "", &sym))
			continue;
		ranges[i][0] = sym->addr;
		ranges[i][1] = ksyms_end(k, sym);
	}
}

void target_refuse(struct targets *ts, struct target *t, const char *why)
{
	if (t->status == PWRT_FUNC_ATTACHED)
		ts->nr_attach--;
	if (t->status == PWRT_FUNC_ATTACHED && t->is_extra)
		ts->nr_extra--;
	t->status = PWRT_FUNC_REFUSED;
	t->why = why;
}

bool target_has_return(const struct target *t)
{
	return t->status == PWRT_FUNC_ATTACHED && t->ret_cookie;
}

void targets_shed(struct targets *ts)
{
	size_t i;

	for (i = 0; i < ts->nr; i++)
		ts->t[i].shed |= ts->t[i].is_extra;
}

void targets_free(struct targets *ts)
{
	size_t i;

	for (i = 0; i < ts->nr_modules; i++) {
		btf__free(ts->modules[i].btf);
		free(ts->modules[i].name);
	}
	free(ts->modules);
	drop_reasons_free(&ts->reasons);
	btf__free(ts->btf);
	free(ts->t);
	*ts = (struct targets){ 0 };
}

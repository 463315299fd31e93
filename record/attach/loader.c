/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "loader.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "insn_patch.h"
#include "multi_link.h"
#include "pwru.skel.h"
#include "record/kernel/tracepoints.h"

const char *const backend_names[] = { "auto", "trampolines", "kprobe-multi", "kprobe", NULL };

static const char *const program_names[NR_PROGRAMS] = {
	[PROG_TRAMPOLINE_ARG1] = "trampoline_arg1",
	[PROG_TRAMPOLINE_ARG2] = "trampoline_arg2",
	[PROG_TRAMPOLINE_ARG3] = "trampoline_arg3",
	[PROG_TRAMPOLINE] = "trampoline_special",
	[PROG_ARG1] = "probe_arg1",
	[PROG_ARG2] = "probe_arg2",
	[PROG_ARG3] = "probe_arg3",
	[PROG_ARG5] = "probe_arg5",
	[PROG_ARG6] = "probe_arg6",
	[PROG_ARG9] = "probe_arg9",
	[PROG_ENTRY_ARG1] = "probe_entry_arg1",
	[PROG_ENTRY_ARG2] = "probe_entry_arg2",
	[PROG_ENTRY_ARG3] = "probe_entry_arg3",
	[PROG_FLAGGED_ARG1] = "probe_flagged_arg1",
	[PROG_LATE_ARG1] = "probe_late_arg1",
	[PROG_INDIRECT_ARG1] = "probe_indirect_arg1",
	[PROG_INDIRECT_ARG6] = "probe_indirect_arg6",
	[PROG_COPY] = "probe_copy",
	[PROG_SPECIAL] = "probe_special_cast",
	[PROG_SPECIAL_CALL] = "probe_special_call",
	[PROG_SESSION_ARG1] = "probe_session_arg1",
	[PROG_SESSION_ARG2] = "probe_session_arg2",
	[PROG_SESSION_ARG3] = "probe_session_arg3",
	[PROG_SESSION] = "probe_session",
	[PROG_RETURN] = "return_multi",
	[PROG_SINGLE] = "probe_single",
	[PROG_RETURN_SINGLE] = "return_single",
};

/* Functions, by what their program must do before it looks at the skb. */
enum kind { TRAMPOLINE, PLAIN, ENTRY, FLAGGED, LATE, INDIRECT, COPY, SESSION, OTHER };

static const struct {
	enum kind kind;
	uint32_t arg; /* the place of the skb */
	enum program program;
} by_place[] = {
	{ TRAMPOLINE, 1, PROG_TRAMPOLINE_ARG1 },
	{ TRAMPOLINE, 2, PROG_TRAMPOLINE_ARG2 },
	{ TRAMPOLINE, 3, PROG_TRAMPOLINE_ARG3 },
	{ PLAIN, 1, PROG_ARG1 },
	{ PLAIN, 2, PROG_ARG2 },
	{ PLAIN, 3, PROG_ARG3 },
	{ PLAIN, 5, PROG_ARG5 },
	{ PLAIN, 6, PROG_ARG6 },
	{ PLAIN, 9, PROG_ARG9 },
	{ ENTRY, 1, PROG_ENTRY_ARG1 },
	{ ENTRY, 2, PROG_ENTRY_ARG2 },
	{ ENTRY, 3, PROG_ENTRY_ARG3 },
	{ FLAGGED, 1, PROG_FLAGGED_ARG1 },
	{ LATE, 1, PROG_LATE_ARG1 },
	{ INDIRECT, 1, PROG_INDIRECT_ARG1 },
	{ INDIRECT, 6, PROG_INDIRECT_ARG6 },
	{ COPY, 1, PROG_COPY },
	{ SESSION, 1, PROG_SESSION_ARG1 },
	{ SESSION, 2, PROG_SESSION_ARG2 },
	{ SESSION, 3, PROG_SESSION_ARG3 },
};

static enum kind kind_of(uint32_t cookie, bool session)
{
	const bool plain = (cookie & ~COOKIE_ENTRY) == COOKIE_ARG(cookie);

	if (cookie & (COOKIE_NON_SKB | COOKIE_ALLOC))
		return OTHER;
	/*
	 * Of the programs for flags, the general ones alone apply the filter with --filter-at
	 * entry.
	 */
	if (cookie & COOKIE_ENTRY)
		return plain && !session ? ENTRY : OTHER;
	if (cookie & COOKIE_COPY)
		return session ? OTHER : COPY;
	if (cookie & COOKIE_INDIRECT)
		return session ? OTHER : INDIRECT;
	if (session)
		return SESSION;
	if (cookie & COOKIE_NEVER_FIRST)
		return LATE;
	return plain ? PLAIN : FLAGGED;
}

/*
 * Returns whether the function gets a trampoline. Those whose return is recorded are sessions of
 * kprobe.multi. A context has the arguments on the stack, too, but not where a kprobe finds them.
 */
static bool gets_trampoline(const struct loader *l, const struct target *t)
{
	return l->trampoline_type && t->btf_id && !target_has_return(t) &&
	       COOKIE_ARG(t->cookie) >= 1 && COOKIE_ARG(t->cookie) <= TRAMPOLINE_ARGS &&
	       !(t->cookie & (COOKIE_NON_SKB | COOKIE_ALLOC));
}

/* A program for one kind and place is shorter, or runs without the function's cookie. */
enum program loader_required_program(const struct loader *l, const struct target *t)
{
	const bool session = l->session_type && target_has_return(t);
	const bool trampoline = gets_trampoline(l, t);
	enum kind kind = kind_of(t->cookie, session);
	size_t i;

	if (!l->has_rdonly_cast)
		return PROG_SPECIAL_CALL;
	if (trampoline)
		kind = kind == PLAIN ? TRAMPOLINE : OTHER;
	for (i = 0; i < sizeof(by_place) / sizeof(by_place[0]); i++)
		if (by_place[i].kind == kind && by_place[i].arg == COOKIE_ARG(t->cookie))
			return by_place[i].program;
	if (trampoline)
		return PROG_TRAMPOLINE;
	return session ? PROG_SESSION : PROG_SPECIAL;
}

bool loader_is_session(enum program prog)
{
	return prog >= PROG_SESSION_ARG1 && prog <= PROG_SESSION;
}

bool loader_is_trampoline(enum program prog)
{
	return prog >= PROG_TRAMPOLINE_ARG1 && prog <= PROG_TRAMPOLINE;
}

uint32_t loader_attach_type(const struct loader *l, enum program prog)
{
	if (loader_is_trampoline(prog))
		return l->trampoline_type;
	return loader_is_session(prog) ? l->session_type : (uint32_t)BPF_TRACE_KPROBE_MULTI;
}

enum program loader_program(const struct loader *l, const struct target *t)
{
	enum program prog = loader_required_program(l, t);

	if (bpf_program__autoload(l->prog[prog]))
		return prog;
	/* It came later, with a module. */
	return loader_is_session(prog) ? PROG_SESSION : PROG_SPECIAL;
}

/* Returns whether this backend uses the program. */
static bool is_needed(const struct loader *l, const struct load_options *o, int prog)
{
	switch (prog) {
	case PROG_TRAMPOLINE_ARG1:
	case PROG_TRAMPOLINE_ARG2:
	case PROG_TRAMPOLINE_ARG3:
	case PROG_TRAMPOLINE:
		return l->trampoline_type;
	case PROG_ENTRY_ARG1:
	case PROG_ENTRY_ARG2:
	case PROG_ENTRY_ARG3:
		return o->filter_at_entry && l->backend == BACKEND_MULTI && l->has_rdonly_cast;
	case PROG_SESSION_ARG1:
	case PROG_SESSION_ARG2:
	case PROG_SESSION_ARG3:
	case PROG_SESSION:
		return l->session_type;
	case PROG_RETURN:
		return l->backend == BACKEND_MULTI && !l->session_type;
	case PROG_SINGLE:
	case PROG_RETURN_SINGLE:
		return l->backend == BACKEND_KPROBE;
	case PROG_SPECIAL_CALL:
		return l->backend == BACKEND_MULTI && !l->has_rdonly_cast;
	}
	return l->backend == BACKEND_MULTI && l->has_rdonly_cast;
}

/* Replaces one marked filter by that of an expression; without one, by a constant answer. */
static int patch_one(void *object, size_t len, int mark, const struct pcap_expr *e, bool without,
		     const struct rdonly_cast_ids *view, struct bpf_insn *slot, struct pwrt_diag *d)
{
	int ret = 0;

	if (e)
		ret = packet_filter_build(slot, e, view, d);
	else
		packet_filter_build_all(slot, without);
	if (ret == 0 && !insn_patch_filter(object, len, mark, slot))
		ret = pwrt_fail(d, PWRT_EINVAL, 0, "the programs have no place for a filter");
	return ret;
}

/* Returns whether an skb's members lie where offsets_load() of bpf/headers.bpf.h takes them from. */
static bool offsets_are_adjacent(const struct btf *btf)
{
	static const char *const members[] = { "skb->network_header", "skb->mac_header",
					       "skb->tail", "skb->head" };
	struct field_exprs f = { .nr = 0 };
	struct pwrt_diag ignored;
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (field_expr_add(&f, members[i], btf, &ignored) < 0)
			return false;
	return f.f[1].at.last == f.f[0].at.last + 2 && f.f[2].at.last == f.f[0].at.last + 4 &&
	       f.f[2].at.size == 4 && f.f[3].at.last == f.f[0].at.last + 16;
}

static void patch_settings(const struct loader *l, void *object, size_t len,
			   const struct load_options *o, const struct targets *ts)
{
	const bool values[NR_SETTINGS] = {
		[SETTING_FILTER_ALL] = !o->filter && !o->tunnel,
		[SETTING_OFFSETS_ARE_ADJACENT] = offsets_are_adjacent(ts->btf),
		[SETTING_TRACE_XDP] = o->programs->wanted[PROGRAM_XDP],
		[SETTING_TRACE_NON_SKB] = ts->nr_non_skb,
		[SETTING_TRACK_BY_STACK] = ts->nr_allocs,
		[SETTING_TRACK_PACKETS] = !o->meta.no_track,
		[SETTING_HAS_EXTRAS] = o->stack || o->snaplen || o->fields->nr ||
				       o->fields->skb.bytes || ts->nr_non_skb || ts->nr_allocs ||
				       o->programs->wanted[PROGRAM_XDP],
		[SETTING_HAS_AIMS] = o->aims,
		[SETTING_FILTER_AT_ENTRY] = o->filter_at_entry,
		[SETTING_HAS_TRAMPOLINES] = l->trampoline_type,
	};

	insn_patch_settings(object, len, values);
}

/* Replaces the marks of bpf/patch.h. */
static int patch(struct loader *l, const struct load_options *o, const struct targets *ts,
		 void *object, size_t len, struct pwrt_diag *d)
{
	struct bpf_insn *slot = calloc(FILTER_SLOT_LEN, sizeof(*slot));
	/* The quick filter sees neither lengths nor inner headers: it lets these packets pass. */
	const struct pcap_expr *quick = !o->tunnel && o->filter && l->has_rdonly_cast &&
							!packet_filter_uses_length(o->filter) ?
						o->filter :
						NULL;
	int ret;

	if (!slot)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	ret = patch_one(object, len, FILTER_MARK_EXACT, o->filter, !o->tunnel, NULL, slot, d);
	if (ret == 0)
		ret = patch_one(object, len, FILTER_MARK_INNER, o->tunnel, false, NULL, slot, d);
	if (ret == 0)
		ret = patch_one(object, len, FILTER_MARK_QUICK, quick, true, &l->rdonly_cast, slot,
				d);
	patch_settings(l, object, len, o, ts);
	insn_patch_calls(object, len, KERNEL_CAST_MARK, l->rdonly_cast.cast);
	insn_patch_calls(object, len, KERNEL_SESSION_MARK, l->session_is_return);
	insn_patch_calls(object, len, KERNEL_SESSION_WORD_MARK, l->session_cookie);
	insn_patch_calls(object, len, KERNEL_PREEMPT_DISABLE_MARK, l->preempt_disable);
	insn_patch_calls(object, len, KERNEL_PREEMPT_ENABLE_MARK, l->preempt_enable);
	free(slot);
	return ret;
}

/*
 * Finds bpf_rdonly_cast(), with which programs read memory without calls: since 6.2
 * (kernel/bpf/helpers.c). The BTF ids must be the running kernel's own.
 */
static void find_rdonly_cast(struct loader *l, const struct load_options *o, const struct btf *btf)
{
	int cast = btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC);
	int type = btf__find_by_name_kind(btf, STRINGIFY(FILTER_VIEW), BTF_KIND_STRUCT);

	l->has_rdonly_cast = !o->kernel_btf && cast > 0 && type > 0;
	l->rdonly_cast.cast = (uint32_t)cast;
	l->rdonly_cast.type = (uint32_t)type;
}

/* Returns the BTF id of a function of the kernel; 0: it is not there. */
static uint32_t function_id(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);

	return id > 0 ? (uint32_t)id : 0;
}

/*
 * Sessions are a kind of kprobe.multi. The program for them uses bpf_rdonly_cast(): each kernel
 * with sessions has it.
 */
static void find_kprobe_session(struct loader *l, const struct btf *btf)
{
	l->session_is_return = function_id(btf, "bpf_session_is_return");
	l->session_cookie = function_id(btf, "bpf_session_cookie");
	if (l->backend == BACKEND_MULTI && l->has_rdonly_cast && l->session_is_return &&
	    l->session_cookie)
		l->session_type = kprobe_multi_session_type(btf);
}

/* Returns why no function gets a trampoline; NULL: functions may. */
static const char *why_no_trampolines(const struct loader *l, const struct load_options *o,
				      const struct targets *ts)
{
	if (!l->trampoline_type || !l->preempt_disable || !l->preempt_enable)
		return "they need Linux 7.2 on x86-64";
	if (!l->session_type)
		return "--kernel-btf does not go with it";
	if (!ts->nr_attach)
		return "no function is attached to";
	/* The kernel unwinds return addresses from a kprobe's registers. */
	if (o->stack || ts->nr_allocs)
		return "--stack and --track-by-stack need kprobes";
	/* The kernel makes an image for each trampoline. */
	return o->aims ? "--on-drop and the like must attach soon, which kprobes do" : NULL;
}

static int find_trampolines(struct loader *l, const struct load_options *o,
			    const struct targets *ts, struct pwrt_diag *d)
{
	const char *why;

	if (o->backend != BACKEND_TRAMPOLINES)
		return 0;
	l->preempt_disable = function_id(ts->btf, "bpf_preempt_disable");
	l->preempt_enable = function_id(ts->btf, "bpf_preempt_enable");
	l->trampoline_type = trampolines_entry_type(ts->btf);
	why = why_no_trampolines(l, o, ts);
	return why ? pwrt_fail(d, PWRT_EINVAL, 0, "--backend trampolines: %s: leave it out", why) :
		     0;
}

static int load_failed(int err, struct pwrt_diag *d)
{
	errno = -err;
	if (err == -EPERM)
		return pwrt_fail(d, PWRT_ESYS, 0,
				 "no permission to load BPF programs: run as root, or with "
				 "CAP_BPF, CAP_PERFMON and CAP_SYSLOG");
	if (err == -ENOMEM)
		return pwrt_fail(d, PWRT_ESYS, 0,
				 "the kernel has no memory for the programs and the ring buffers: "
				 "give a smaller --ring-size");
	return pwrt_fail(d, PWRT_ESYS, 0,
			 "the kernel did not load the probe (--verbose shows why)");
}

/*
 * Finds our programs, and enables those that have functions: verifying a program takes the kernel
 * long. Without sessions all programs of the backend are loaded.
 */
static void select_programs(struct loader *l, const struct load_options *o,
			    const struct targets *ts)
{
	/* Functions of modules that come later fall back to the general programs. */
	bool has_targets[NR_PROGRAMS] = { [PROG_SPECIAL] = true, [PROG_SESSION] = true };
	size_t t;
	int i;

	for (t = 0; t < ts->nr; t++)
		if (ts->t[t].status == PWRT_FUNC_ATTACHED)
			has_targets[loader_required_program(l, &ts->t[t])] = true;
	for (i = 0; i < NR_PROGRAMS; i++) {
		l->prog[i] = bpf_object__find_program_by_name(l->skel->obj, program_names[i]);
		bpf_program__set_autoload(l->prog[i], is_needed(l, o, i) && !o->drops_only &&
							      (!l->session_type || has_targets[i]));
	}
	for (i = PROG_SESSION_ARG1; i <= PROG_SESSION && l->session_type; i++)
		bpf_program__set_expected_attach_type(l->prog[i],
						      (enum bpf_attach_type)l->session_type);
	for (i = PROG_TRAMPOLINE_ARG1; i <= PROG_TRAMPOLINE && l->trampoline_type; i++) {
		bpf_program__set_type(l->prog[i], BPF_PROG_TYPE_TRACING);
		bpf_program__set_expected_attach_type(l->prog[i],
						      (enum bpf_attach_type)l->trampoline_type);
	}
}

struct bpf_program *loader_tracepoint_program(const struct loader *l, unsigned int nr)
{
	return bpf_object__find_program_by_name(l->skel->obj, tracepoints[nr].program);
}

static struct bpf_program *trigger_program(const struct loader *l, unsigned int nr)
{
	const bool cast = l->has_rdonly_cast;
	struct bpf_program *const programs[NR_TRIGGERS] = {
		[LOAD_RETRANSMISSION] = l->skel->progs.retransmitted,
		[LOAD_SYN_ACK] = l->skel->progs.syn_ack_retransmitted,
		[LOAD_RESET] = l->skel->progs.reset_received,
		[LOAD_SENT] = cast ? l->skel->progs.sent_cast : l->skel->progs.sent_call,
		[LOAD_RECEIVED] = cast ? l->skel->progs.received_cast :
					 l->skel->progs.received_call,
	};

	return programs[nr];
}

struct bpf_program *loader_trigger_program(const struct loader *l, unsigned int nr)
{
	struct bpf_program *p = trigger_program(l, nr);

	return bpf_program__autoload(p) ? p : NULL;
}

static void select_triggers(struct loader *l, const struct load_options *o)
{
	unsigned int i;

	bpf_program__set_autoload(l->skel->progs.sent_cast, false);
	bpf_program__set_autoload(l->skel->progs.sent_call, false);
	bpf_program__set_autoload(l->skel->progs.received_cast, false);
	bpf_program__set_autoload(l->skel->progs.received_call, false);
	for (i = 0; i < NR_TRIGGERS; i++)
		bpf_program__set_autoload(trigger_program(l, i), o->triggers[i]);
	if (!o->triggers[LOAD_SENT])
		return;
	bpf_map__set_max_entries(l->skel->maps.requests, NR_REQUESTS);
	bpf_map__set_max_entries(l->skel->maps.unread, NR_REQUESTS);
}

/* Enables the programs for the tracepoints and hooks that this kernel has. */
static void select_tracepoints(struct loader *l, const struct load_options *o,
			       const struct targets *ts, const struct ksyms *k)
{
	unsigned int i;
	bool leaves;

	for (i = 0; i < NR_FUNC_SPECIAL; i++) {
		leaves = ts->nr_returns || (o->drops_only && tracepoints[i].explains_drops);
		l->refusals[i] = tracepoint_refusal(&tracepoints[i], leaves, k);
		bpf_program__set_autoload(loader_tracepoint_program(l, i), !l->refusals[i]);
	}
}

/* Enables the programs that are copied for each traced tc and XDP program. */
static void select_tracer_templates(struct loader *l, const struct traced_progs *ps)
{
	int i;

	l->tracer_templates[PROGRAM_TC][0] = l->skel->progs.tc_enter;
	l->tracer_templates[PROGRAM_TC][1] = l->skel->progs.tc_exit;
	l->tracer_templates[PROGRAM_XDP][0] = l->skel->progs.xdp_enter;
	l->tracer_templates[PROGRAM_XDP][1] = l->skel->progs.xdp_exit;
	for (i = 0; i < NR_PROGRAM_KINDS * 2; i++)
		bpf_program__set_autoload(l->tracer_templates[i / 2][i % 2], ps->wanted[i / 2]);
	if (!ps->wanted[PROGRAM_XDP])
		return;
	bpf_map__set_max_entries(l->skel->maps.xdp_frames, NR_SLOTS);
	bpf_map__set_max_entries(l->skel->maps.skb_heads, NR_SLOTS);
}

/*
 * Returns whether the tracepoint skb:kfree_skb has the receiving socket as its fourth argument:
 * since 6.11 (include/trace/events/skb.h). The type of its callback has a pointer to data before
 * these.
 */
static bool kfree_skb_has_socket(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "btf_trace_kfree_skb", BTF_KIND_TYPEDEF);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;

	t = t ? btf__type_by_id(btf, t->type) : NULL; /* a pointer to the function */
	t = t && btf_is_ptr(t) ? btf__type_by_id(btf, t->type) : NULL;
	return t && btf_is_func_proto(t) && btf_vlen(t) >= 5;
}

/* Fills in the constants of the programs. */
static void fill_settings(struct loader *l, const struct load_options *o, const struct targets *ts,
			  const struct ksyms *k)
{
	struct pwru_bpf__rodata *ro = l->skel->rodata;
	uint64_t ranges[NR_REALLOC_FUNCS][2];
	const struct ksym *hook;
	unsigned int i;

	if (ksyms_find(k, "return_to_handler", "", &hook))
		ro->return_to_handler = hook->addr;
	targets_skb_realloc_funcs(k, ranges, NR_REALLOC_FUNCS);
	for (i = 0; i < NR_REALLOC_FUNCS; i++) {
		ro->skb_realloc_funcs[i].start = ranges[i][0];
		ro->skb_realloc_funcs[i].end = ranges[i][1];
	}
	ro->text_high = (uint32_t)(targets_text(ts) >> 32);
	ro->want_netns = o->meta.netns;
	ro->want_ifindex = o->meta.ifindex;
	ro->want_mark = o->meta.mark & o->meta.mark_mask;
	ro->want_mark_mask = o->meta.mark_mask;
	ro->want_stack = o->stack;
	ro->whole_drops = o->drops_only || o->aims;
	ro->may_shed = o->may_shed;
	ro->sample_flows = o->sample ? o->sample : 1;
	ro->drop_has_socket = kfree_skb_has_socket(ts->btf);
	ro->snaplen = o->snaplen;
	ro->nr_fields = o->fields->nr;
	ro->skb_bytes = o->fields->skb.bytes;
	for (i = 0; i < o->fields->nr; i++)
		memcpy((void *)(uintptr_t)&ro->fields[i], &o->fields->f[i].at,
		       sizeof(ro->fields[i]));
	ro->nr_tests = o->tests->nr;
	for (i = 0; i < o->tests->nr; i++)
		memcpy((void *)(uintptr_t)&ro->tests[i], &o->tests->t[i], sizeof(ro->tests[i]));
	ro->filter_tunnels = o->tunnel;
	ro->filter_uses_len = (o->filter && packet_filter_uses_length(o->filter)) ||
			      (o->tunnel && packet_filter_uses_length(o->tunnel));
}

/*
 * Returns whether libbpf can read the BTF of modules, which takes CAP_SYS_ADMIN; before 1.3 it
 * fails without. The kernel's own BTF is enough for all but the names of nft tables and chains.
 */
static bool can_read_module_btf(void)
{
	__u32 id = 0;

	return !bpf_btf_get_next_id(id, &id) || errno != EPERM;
}

/* Opens the skeleton from a patched copy of the object file, *object, which the caller frees. */
static int open_skeleton(struct loader *l, const struct load_options *o, const struct targets *ts,
			 void **object, struct pwrt_diag *d)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts,
		    .btf_custom_path = o->kernel_btf	     ? o->kernel_btf :
				       can_read_module_btf() ? NULL :
							       "/sys/kernel/btf/vmlinux");
	size_t len;
	int ret;

	l->skel = calloc(1, sizeof(*l->skel));
	if (!l->skel || pwru_bpf__create_skeleton(l->skel))
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	len = l->skel->skeleton->data_sz;
	*object = malloc(len);
	if (!*object)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	memcpy(*object, l->skel->skeleton->data, len);
	ret = patch(l, o, ts, *object, len, d);
	if (ret < 0)
		return ret;
	l->skel->skeleton->data = *object;
	ret = bpf_object__open_skeleton(l->skel->skeleton, &opts);
	return ret ? load_failed(ret, d) : 0;
}

const uint8_t *loader_read_kernel(const struct loader *l, uint64_t addr)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &addr, .ctx_size_in = sizeof(addr));

	if (bpf_prog_test_run_opts(bpf_program__fd(l->skel->progs.read_kernel_text), &opts) ||
	    opts.retval)
		return NULL;
	return l->skel->bss->kernel_text;
}

/* Returns whether programs read what is in page fragments. */
static bool reads_pages(const struct load_options *o)
{
	return o->snaplen || o->triggers[LOAD_SENT];
}

/* Finds the base addresses of pages. Without them the bytes in fragments are not read. */
static void find_pages(struct loader *l, const struct targets *ts, const struct ksyms *k)
{
	const struct {
		const char *name;
		__u64 *to;
	} bases[] = { { "page_offset_base", &l->skel->bss->page_offset_base },
		      { "vmemmap_base", &l->skel->bss->vmemmap_base } };
	int id = btf__find_by_name_kind(ts->btf, "page", BTF_KIND_STRUCT);
	size_t i;

	for (i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		uint64_t addr = ksyms_data(k, bases[i].name);
		const uint8_t *bytes = addr ? loader_read_kernel(l, addr) : NULL;

		if (!bytes || id < 0)
			return;
		memcpy(bases[i].to, bytes, sizeof(*bases[i].to));
	}
	l->skel->data->page_struct_bytes = btf__type_by_id(ts->btf, (uint32_t)id)->size;
}

static void size_maps(struct loader *l, const struct load_options *o)
{
	bpf_map__set_max_entries(l->skel->maps.rings, l->nr_cpus);
	bpf_map__set_max_entries(l->skel->maps.chunks, o->ring_chunks * l->nr_cpus);
	bpf_map__set_max_entries(l->skel->maps.aux_ring, o->aux_bytes);
}

static int load(struct loader *l, const struct load_options *o, const struct targets *ts,
		const struct ksyms *k, struct pwrt_diag *d)
{
	void *object = NULL;
	int ret;

	find_rdonly_cast(l, o, ts->btf);
	find_kprobe_session(l, ts->btf);
	ret = find_trampolines(l, o, ts, d);
	if (ret < 0)
		return ret;
	ret = open_skeleton(l, o, ts, &object, d);
	if (ret < 0)
		goto out;
	select_programs(l, o, ts);
	select_tracepoints(l, o, ts, k);
	select_triggers(l, o);
	bpf_program__set_autoload(l->skel->progs.read_kernel_text,
				  l->backend == BACKEND_KPROBE || reads_pages(o));
	select_tracer_templates(l, o->programs);
	fill_settings(l, o, ts, k);
	size_maps(l, o);
	ret = pwru_bpf__load(l->skel);
	if (ret)
		ret = load_failed(ret, d);
out:
	free(object);
	if (ret == 0 && reads_pages(o))
		find_pages(l, ts, k);
	return ret;
}

bool loader_uses_multi(enum backend backend, const struct btf *btf)
{
	return backend == BACKEND_MULTI || backend == BACKEND_TRAMPOLINES ||
	       (backend == BACKEND_AUTO && kprobe_multi_is_there(btf));
}

int loader_open(struct loader *l, const struct load_options *o, const struct targets *ts,
		const struct ksyms *k, struct pwrt_diag *d)
{
	*l = (struct loader){ .nr_cpus = (unsigned int)libbpf_num_possible_cpus() };
	l->backend = loader_uses_multi(o->backend, ts->btf) ? BACKEND_MULTI : BACKEND_KPROBE;
	if (l->backend == BACKEND_MULTI && !kprobe_multi_is_there(ts->btf))
		return pwrt_fail(d, PWRT_EINVAL, 0,
				 "this kernel has no kprobe.multi: use --backend kprobe");
	return load(l, o, ts, k, d);
}

void loader_close(struct loader *l)
{
	pwru_bpf__destroy(l->skel);
	l->skel = NULL;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "capture.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pwru.skel.h"
#include "record/attach/insn_patch.h"
#include "record/attach/kprobe_events.h"
#include "record/attach/kprobe_multi.h"
#include "record/attach/packet_filter.h"
#include "record/attach/prog_trace.h"
#include "record/kernel/clock.h"
#include "record/kernel/tracepoints.h"
#include "record/ring/tracked_packets.h"

const char *const backend_names[] = { "auto", "kprobe-multi", "kprobe", NULL };

/* The programs of the skeleton: how each is found, and when it is used. */
enum {
	PROG_ARG1, /* up to PROG_SPECIAL: by the argument that the skb mostly is */
	PROG_SPECIAL = PROG_ARG1 + 3,
	PROG_SPECIAL_CALL, /* for kprobe.multi without bpf_rdonly_cast() */
	PROG_SESSION,	   /* sees deciding functions return, too */
	PROG_LEAVE,	   /* where there are no sessions */
	PROG_SINGLE,
	PROG_LEAVE_SINGLE,
	NR_PROGRAMS
};

static const char *const program_names[NR_PROGRAMS] = {
	"probe_arg1_cast",    "probe_arg2_cast",    "probe_arg3_cast",
	"probe_special_cast", "probe_special_call", "probe_session",
	"leave_multi",	      "probe_single",	    "leave_single",
};

struct capture {
	struct pwru_bpf *skel;
	struct bpf_program *prog[NR_PROGRAMS];
	enum backend backend;
	bool has_view;
	struct rdonly_cast_ids view;
	uint32_t session_type, session_is_return; /* kprobe_multi.h, and a BTF id; 0: no sessions */
	struct kprobe_multi *multi;		  /* BACKEND_MULTI */
	struct kprobe_events *kprobes;		  /* BACKEND_KPROBE */
	struct bpf_link *tracepoint_links[NR_FUNC_SPECIAL]; /* tracepoints[]; NULL: not attached */
	const char *refusals[NR_FUNC_SPECIAL];		    /* why not; NULL: attached */
	struct ring_buffer *bell;
	struct rings *rings;
	struct notes *notes;
	struct tracked_packets *followed;
	struct traced_progs *programs;
	/* What goes to these: loaded once, and copied for each of them. */
	struct bpf_program *copied[NR_PROGRAM_KINDS][2];
	unsigned int nr_cpus;
};

/* The program for a function: with nothing to know but the argument there is one of its own. */
static int program_for(const struct capture *c, const struct target *t)
{
	if (!c->has_view)
		return PROG_SPECIAL_CALL;
	if (c->session_type && target_leaves(t))
		return PROG_SESSION;
	return t->cookie >= 1 && t->cookie <= PROG_SPECIAL - PROG_ARG1 ?
		       PROG_ARG1 + (int)t->cookie - 1 :
		       PROG_SPECIAL;
}

/* The same, of the programs that are loaded: the one for special functions can do all but returns. */
static int loaded_program(const struct capture *c, const struct target *t)
{
	int prog = program_for(c, t);

	return bpf_program__autoload(c->prog[prog]) ? prog : PROG_SPECIAL;
}

/* Is this program for the way in which we attach? */
static bool is_used(const struct capture *c, int prog)
{
	switch (prog) {
	case PROG_SESSION:
		return c->session_type;
	case PROG_LEAVE:
		return c->backend == BACKEND_MULTI && !c->session_type;
	case PROG_SINGLE:
	case PROG_LEAVE_SINGLE:
		return c->backend == BACKEND_KPROBE;
	case PROG_SPECIAL_CALL:
		return c->backend == BACKEND_MULTI && !c->has_view;
	}
	return c->backend == BACKEND_MULTI && c->has_view;
}

/* The filter of one place: that of an expression, or what is to be without one. */
static int patch_one(void *object, size_t len, int mark, const struct expr *e, bool without,
		     const struct rdonly_cast_ids *view, struct bpf_insn *slot, struct pwrt_diag *d)
{
	int ret = 0;

	if (e)
		ret = packet_filter_build(slot, e, view, d);
	else
		packet_filter_build_all(slot, without);
	if (ret == 0 && !insn_patch_filter(object, len, mark, slot))
		ret = pwrt_fail(d, PWRT_EARG, 0, "the programs have no place for a filter");
	return ret;
}

/* Fills in what the programs leave open: the filters, and how memory is read. */
static int patch(struct capture *c, const struct capture_options *o, void *object, size_t len,
		 struct pwrt_diag *d)
{
	struct bpf_insn *slot = calloc(FILTER_SLOT_LEN, sizeof(*slot));
	/* The quick one cannot see lengths, nor into tunnels: then it lets everything pass. */
	const struct expr *quick = !o->tunnel && o->filter && c->has_view &&
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
		ret = patch_one(object, len, FILTER_MARK_QUICK, quick, true, &c->view, slot, d);
	insn_patch_calls(object, len, KERNEL_CAST_MARK, c->view.cast);
	insn_patch_calls(object, len, KERNEL_SESSION_MARK, c->session_is_return);
	free(slot);
	return ret;
}

/*
 * The kernel's types for reading without calls: since 6.2 (kernel/bpf/helpers.c). Their numbers
 * must be the running kernel's own.
 */
static void find_view(struct capture *c, const struct capture_options *o, const struct btf *btf)
{
	int cast = btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC);
	int type = btf__find_by_name_kind(btf, STRINGIFY(FILTER_VIEW), BTF_KIND_STRUCT);

	c->has_view = !o->kernel_btf && cast > 0 && type > 0;
	c->view.cast = (uint32_t)cast;
	c->view.type = (uint32_t)type;
}

/*
 * Sessions are a kind of kprobe.multi. Programs that use them read without calls: all kernels that
 * have these can.
 */
static void find_session(struct capture *c, const struct btf *btf)
{
	int is_return = btf__find_by_name_kind(btf, "bpf_session_is_return", BTF_KIND_FUNC);

	if (c->backend != BACKEND_MULTI || !c->has_view || is_return <= 0)
		return;
	c->session_is_return = (uint32_t)is_return;
	c->session_type = kprobe_multi_session_type(btf);
}

static int load_failed(int err, struct pwrt_diag *d)
{
	errno = -err;
	if (err == -EPERM)
		return pwrt_fail(d, PWRT_EOS, 0,
				 "no permission to load BPF programs: run as root, or with "
				 "CAP_BPF, CAP_PERFMON and CAP_SYSLOG");
	if (err == -ENOMEM)
		return pwrt_fail(d, PWRT_EOS, 0,
				 "the kernel has no memory for the programs and the ring buffers: "
				 "give a smaller --ring-size");
	return pwrt_fail(d, PWRT_EOS, 0, "the kernel did not load the probe (--verbose shows why)");
}

/*
 * Finds our programs, and tells which are to be loaded: to verify one is what the kernel takes long
 * for. Without sessions it turns out later which ones have functions.
 */
static void choose_programs(struct capture *c, const struct targets *ts)
{
	bool has_targets[NR_PROGRAMS] = { false };
	size_t t;
	int i;

	for (t = 0; t < ts->nr; t++)
		if (ts->t[t].status == PWRT_FUNC_ATTACHED)
			has_targets[program_for(c, &ts->t[t])] = true;
	for (i = 0; i < NR_PROGRAMS; i++) {
		c->prog[i] = bpf_object__find_program_by_name(c->skel->obj, program_names[i]);
		bpf_program__set_autoload(c->prog[i],
					  is_used(c, i) && (!c->session_type || has_targets[i]));
	}
	if (c->session_type)
		bpf_program__set_expected_attach_type(c->prog[PROG_SESSION],
						      (enum bpf_attach_type)c->session_type);
}

static struct bpf_program *tracepoint_prog(const struct capture *c, int nr)
{
	return bpf_object__find_program_by_name(c->skel->obj, tracepoints[nr].program);
}

/* Enable the programs for the tracepoints and hooks that this kernel has. */
static void choose_tracepoints(struct capture *c, const struct targets *ts, const struct ksyms *k)
{
	int i;

	for (i = 0; i < NR_FUNC_SPECIAL; i++) {
		c->refusals[i] = tracepoint_refusal(&tracepoints[i], ts->nr_leave, k);
		bpf_program__set_autoload(tracepoint_prog(c, i), !c->refusals[i]);
	}
}

/* For the programs of others. */
static void set_up_copied(struct capture *c)
{
	int i;

	c->copied[PROGRAM_TC][0] = c->skel->progs.tc_enter;
	c->copied[PROGRAM_TC][1] = c->skel->progs.tc_leave;
	c->copied[PROGRAM_XDP][0] = c->skel->progs.xdp_enter;
	c->copied[PROGRAM_XDP][1] = c->skel->progs.xdp_leave;
	for (i = 0; i < NR_PROGRAM_KINDS * 2; i++)
		bpf_program__set_autoload(c->copied[i / 2][i % 2], c->programs->wanted[i / 2]);
	if (!c->programs->wanted[PROGRAM_XDP])
		return;
	bpf_map__set_max_entries(c->skel->maps.frames, NR_SLOTS);
	bpf_map__set_max_entries(c->skel->maps.heads, NR_SLOTS);
}

/* What the programs know before they are loaded. */
static void set_up(struct capture *c, const struct capture_options *o, const struct targets *ts,
		   const struct ksyms *k)
{
	struct pwru_bpf__rodata *ro = c->skel->rodata;
	uint64_t keepers[NR_KEEPERS][2];
	unsigned int i;

	targets_keepers(k, keepers, NR_KEEPERS);
	for (i = 0; i < NR_KEEPERS; i++) {
		ro->keepers[i].start = keepers[i][0];
		ro->keepers[i].end = keepers[i][1];
	}
	ro->text_high = (uint32_t)(targets_text(ts) >> 32);
	ro->want_netns = o->want.netns;
	ro->want_ifindex = o->want.ifindex;
	ro->want_mark = o->want.mark & o->want.mark_mask;
	ro->want_mark_mask = o->want.mark_mask;
	ro->follow = !o->want.no_track;
	ro->trace_others = ts->nr_others;
	ro->track_by_stack = ts->nr_makers;
	ro->trace_xdp = o->programs->wanted[PROGRAM_XDP];
	ro->want_stack = o->stack;
	ro->snaplen = o->snaplen;
	ro->nr_fields = o->fields->nr;
	ro->skb_bytes = o->fields->skb.bytes;
	for (i = 0; i < o->fields->nr; i++)
		memcpy((void *)(uintptr_t)&ro->asked[i], &o->fields->f[i].at, sizeof(ro->asked[i]));
	ro->says_more = o->stack || o->snaplen || o->fields->nr || ro->skb_bytes ||
			ro->trace_others || ro->trace_xdp || ro->track_by_stack;
	ro->nr_tests = o->tests->nr;
	for (i = 0; i < o->tests->nr; i++)
		memcpy((void *)(uintptr_t)&ro->tests[i], &o->tests->t[i], sizeof(ro->tests[i]));
	ro->filter_all = !o->filter && !o->tunnel;
	ro->filter_tunnels = o->tunnel;
	ro->filter_uses_len = (o->filter && packet_filter_uses_length(o->filter)) ||
			      (o->tunnel && packet_filter_uses_length(o->tunnel));
}

/* What the notes get, beside the rings: one part of so many. There are fewer, but they are larger. */
#define NOTES_SHARE 8
#define NOTES_DUE 50 /* percent */

/* Sizes the rings; returns the chunks of each. */
static uint32_t size_rings(struct capture *c, uint64_t bytes)
{
	uint64_t each = bytes / c->nr_cpus, chunks = 1;
	uint32_t notes =
		(uint32_t)sysconf(_SC_PAGESIZE); /* the kernel wants a power of 2 of these */

	while (chunks * 2 * RING_CHUNK <= each)
		chunks *= 2;
	bpf_map__set_max_entries(c->skel->maps.rings, c->nr_cpus);
	bpf_map__set_max_entries(c->skel->maps.chunks, (uint32_t)(chunks * c->nr_cpus));
	while (notes * 2 <= bytes / NOTES_SHARE)
		notes *= 2;
	bpf_map__set_max_entries(c->skel->maps.notes, notes);
	return (uint32_t)chunks;
}

static int on_bell(void *arg, void *data, size_t len)
{
	(void)arg;
	(void)data;
	(void)len;
	return 0;
}

/* The memory that is shared with the programs. */
static int map_memory(struct capture *c, uint32_t chunks, struct pwrt_diag *d)
{
	int ret;

	c->bell = ring_buffer__new(bpf_map__fd(c->skel->maps.bell), on_bell, c, NULL);
	if (!c->bell)
		return pwrt_fail(d, PWRT_EOS, 0, "ring buffer");
	ret = rings_open(&c->rings, bpf_map__fd(c->skel->maps.rings),
			 bpf_map__fd(c->skel->maps.chunks), c->nr_cpus, chunks, d);
	if (ret == 0)
		ret = notes_open(&c->notes, bpf_map__fd(c->skel->maps.notes),
				 bpf_map__max_entries(c->skel->maps.notes), d);
	if (ret == 0)
		ret = tracked_packets_open(
			&c->followed,
			&(struct tracked_packets_index){ .keys = c->skel->bss->keys,
							 .occupied = c->skel->bss->occupied,
							 .followed = c->skel->bss->followed },
			bpf_map__fd(c->skel->maps.tracks), d);
	return ret;
}

/*
 * Types of modules take CAP_SYS_ADMIN to look up, and libbpf gives up without it (before 1.3). Then
 * the kernel's own have to do: no table and no chain has a name, all else is as it would be.
 */
static bool may_look_at_modules(void)
{
	__u32 id = 0;

	return !bpf_btf_get_next_id(id, &id) || errno != EPERM;
}

/* Opens the skeleton, filled in. *object is the copy of the file it was made from. */
static int open_skeleton(struct capture *c, const struct capture_options *o, void **object,
			 struct pwrt_diag *d)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts,
		    .btf_custom_path = o->kernel_btf	     ? o->kernel_btf :
				       may_look_at_modules() ? NULL :
							       "/sys/kernel/btf/vmlinux");
	size_t len;
	int ret;

	c->skel = calloc(1, sizeof(*c->skel));
	if (!c->skel || pwru_bpf__create_skeleton(c->skel))
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	len = c->skel->skeleton->data_sz;
	*object = malloc(len);
	if (!*object)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	memcpy(*object, c->skel->skeleton->data, len);
	ret = patch(c, o, *object, len, d);
	if (ret < 0)
		return ret;
	c->skel->skeleton->data = *object;
	ret = bpf_object__open_skeleton(c->skel->skeleton, &opts);
	return ret ? load_failed(ret, d) : 0;
}

/* Reads 16 bytes of the kernel's memory; NULL: there are none. */
static const uint8_t *peek(const struct capture *c, uint64_t addr)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &addr, .ctx_size_in = sizeof(addr));

	if (bpf_prog_test_run_opts(bpf_program__fd(c->skel->progs.peek), &opts) || opts.retval)
		return NULL;
	return c->skel->bss->peeked;
}

/* Where pages are: without it, what an skb does not have itself is left out. */
static void find_pages(struct capture *c, const struct targets *ts, const struct ksyms *k)
{
	const struct {
		const char *name;
		__u64 *to;
	} bases[] = { { "page_offset_base", &c->skel->bss->page_offset_base },
		      { "vmemmap_base", &c->skel->bss->vmemmap_base } };
	int id = btf__find_by_name_kind(ts->btf, "page", BTF_KIND_STRUCT);
	size_t i;

	for (i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		uint64_t addr = ksyms_data(k, bases[i].name);
		const uint8_t *bytes = addr ? peek(c, addr) : NULL;

		if (!bytes || id < 0)
			return;
		memcpy(bases[i].to, bytes, sizeof(*bases[i].to));
	}
	c->skel->data->page_struct_bytes = btf__type_by_id(ts->btf, (uint32_t)id)->size;
}

static int load(struct capture *c, const struct capture_options *o, const struct targets *ts,
		const struct ksyms *k, struct pwrt_diag *d)
{
	void *object = NULL;
	uint32_t chunks = 0;
	int ret;

	find_view(c, o, ts->btf);
	find_session(c, ts->btf);
	ret = open_skeleton(c, o, &object, d);
	if (ret < 0)
		goto out;
	choose_programs(c, ts);
	choose_tracepoints(c, ts, k);
	bpf_program__set_autoload(c->skel->progs.peek, c->backend == BACKEND_KPROBE || o->snaplen);
	set_up_copied(c);
	set_up(c, o, ts, k);
	chunks = size_rings(c, o->ring_bytes);
	ret = pwru_bpf__load(c->skel);
	if (ret)
		ret = load_failed(ret, d);
out:
	free(object);
	if (ret == 0 && o->snaplen)
		find_pages(c, ts, k);
	return ret < 0 ? ret : map_memory(c, chunks, d);
}

bool capture_uses_multi(enum backend backend, const struct btf *btf)
{
	return backend == BACKEND_MULTI || (backend == BACKEND_AUTO && kprobe_multi_is_there(btf));
}

int capture_open(struct capture **out, const struct capture_options *o, const struct targets *ts,
		 const struct ksyms *k, struct pwrt_diag *d)
{
	struct capture *c = calloc(1, sizeof(*c));
	int ret;

	if (!c)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	c->nr_cpus = (unsigned int)libbpf_num_possible_cpus();
	c->backend = o->backend;
	c->programs = o->programs;
	if (c->backend == BACKEND_AUTO)
		c->backend = capture_uses_multi(BACKEND_AUTO, ts->btf) ? BACKEND_MULTI :
									 BACKEND_KPROBE;
	if (c->backend == BACKEND_MULTI && !kprobe_multi_is_there(ts->btf))
		ret = pwrt_fail(d, PWRT_EARG, 0,
				"this kernel has no kprobe.multi: use --backend kprobe");
	else
		ret = load(c, o, ts, k, d);
	if (ret == 0)
		*out = c;
	else
		capture_close(c);
	return ret;
}

enum backend capture_backend(const struct capture *c)
{
	return c->backend;
}

static void on_refused(void *arg, struct target *t)
{
	target_refuse(arg, t, "the kernel refused the probe");
}

static void on_refused_return(void *arg, struct target *t)
{
	(void)arg;
	t->leave = 0;
}

/*
 * The probes at returns, where they are of their own, come before the others: these must know of
 * what returns they will be asked, and see a function's caller and not what the kernel puts in its
 * place.
 */
static void attach_returns(struct capture *c, struct targets *ts, size_t first, struct target **of,
			   struct pwrt_diag *d)
{
	const struct kprobe_multi_program p = { .fd = bpf_program__fd(c->prog[PROG_LEAVE]),
						.type = BPF_TRACE_KPROBE_MULTI,
						.returns = true };
	size_t i, n = 0;

	for (i = first; i < ts->nr; i++)
		if (target_leaves(&ts->t[i]))
			of[n++] = &ts->t[i];
	/* Whatever the kernel has against it: the rest goes on without. */
	if (!c->session_type &&
	    kprobe_multi_attach(c->multi, &p, of, n, on_refused_return, NULL, d) < 0)
		for (i = 0; i < n; i++)
			on_refused_return(NULL, of[i]);
	for (i = 0; i < n; i++)
		of[i]->cookie |= of[i]->leave;
}

/* One program, and all functions from first on that are its. */
static int attach_program(struct capture *c, struct targets *ts, int prog, size_t first,
			  struct target **of, struct pwrt_diag *d)
{
	const struct kprobe_multi_program p = { .fd = bpf_program__fd(c->prog[prog]),
						.type = prog == PROG_SESSION ?
								c->session_type :
								BPF_TRACE_KPROBE_MULTI };
	size_t i, n = 0;

	for (i = first; i < ts->nr; i++)
		if (ts->t[i].status == PWRT_FUNC_ATTACHED && loaded_program(c, &ts->t[i]) == prog)
			of[n++] = &ts->t[i];
	return kprobe_multi_attach(c->multi, &p, of, n, on_refused, ts, d);
}

static int attach_multi(struct capture *c, struct targets *ts, size_t first, struct pwrt_diag *d)
{
	struct target **of = calloc(ts->nr - first + 1, sizeof(struct target *));
	int ret = 0, prog;

	if (!c->multi)
		c->multi = kprobe_multi_new();
	if (!c->multi || !of)
		ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	if (ret == 0)
		attach_returns(c, ts, first, of, d);
	for (prog = 0; prog <= PROG_SESSION && ret == 0; prog++)
		ret = attach_program(c, ts, prog, first, of, d);
	free(of);
	return ret;
}

/* Prepares the targets from first on for the programs that are loaded. */
static void fit_programs(struct capture *c, struct targets *ts, size_t first)
{
	size_t i;

	for (i = first; i < ts->nr; i++) {
		struct target *t = &ts->t[i];

		if (t->status != PWRT_FUNC_ATTACHED)
			continue;
		/* Where no function was to be seen returning, this one is not either. */
		if (t->leave && !bpf_program__autoload(c->prog[program_for(c, t)]))
			t->leave = 0;
		if (c->backend != BACKEND_MULTI)
			target_refuse(ts, t,
				      "its module was loaded after single kprobes were attached");
		else if (!bpf_program__autoload(c->prog[loaded_program(c, t)]))
			target_refuse(ts, t, "no program was loaded for such a function");
	}
}

void capture_attach_more(struct capture *c, struct targets *ts, size_t first)
{
	struct pwrt_diag d;
	size_t i;

	fit_programs(c, ts, first);
	if (c->backend != BACKEND_MULTI || attach_multi(c, ts, first, &d) == 0)
		return;
	/* Some may be attached: their events are known, and the file says too little, not too much.
	 */
	for (i = first; i < ts->nr; i++)
		if (ts->t[i].status == PWRT_FUNC_ATTACHED)
			target_refuse(ts, &ts->t[i], "the kernel refused the probe");
}

/*
 * Where a function's probe goes, from its first byte: behind ftrace's instruction, which is 5 bytes
 * of nop (or of a call, while somebody traces), or at its entry, as it must be where the return is
 * seen, too, and where that instruction is not found. endbr64, or what the kernel put in its place,
 * is not part of it: the kernel itself would move a probe behind that (arch_adjust_kprobe_addr(),
 * arch/x86/kernel/kprobes/core.c).
 */
static unsigned int offset_of(void *arg, uint64_t addr, bool at_entry)
{
#if defined(__x86_64__)
	static const uint8_t nop5[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
	/* endbr64, and the nop that seals it (arch/x86/include/asm/ibt.h) */
	static const uint8_t endbr[][4] = { { 0xf3, 0x0f, 0x1e, 0xfa },
					    { 0x66, 0x0f, 0x1f, 0x00 } };
	struct capture *c = arg;
	const uint8_t *text = peek(c, addr);
	unsigned int at = 0;

	if (!text)
		return 0;
	if (!memcmp(text, endbr[0], 4) || !memcmp(text, endbr[1], 4))
		at = 4;
	if (!at_entry && (!memcmp(text + at, nop5, sizeof(nop5)) || text[at] == 0xe8))
		at += 5;
	return at;
#else
	(void)arg;
	(void)addr;
	(void)at_entry;
	return 0;
#endif
}

static int define(void *arg, uint64_t ip, const struct target *t)
{
	struct capture *c = arg;
	const struct {
		__u32 func, cookie;
	} site = { (__u32)t->addr, t->cookie };

	return bpf_map__update_elem(c->skel->maps.by_ip, &ip, sizeof(ip), &site, sizeof(site),
				    BPF_ANY);
}

/* What the kernel tells of by itself. Rules only where they are loaded, and without them all goes
 * on. */
static int attach_tracepoints(struct capture *c, struct pwrt_diag *d)
{
	int i;

	for (i = 0; i < NR_FUNC_SPECIAL; i++) {
		if (c->refusals[i])
			continue;
		c->tracepoint_links[i] = bpf_program__attach(tracepoint_prog(c, i));
		c->refusals[i] = c->tracepoint_links[i] ? NULL : "the kernel refused the program";
	}
	return c->tracepoint_links[FUNC_DROPPED] ?
		       0 :
		       pwrt_fail(d, PWRT_EOS, 0, "attaching to the tracepoint skb:kfree_skb");
}

const char *capture_tracepoint_refusal(const struct capture *c, unsigned int nr)
{
	return c->refusals[nr];
}

int capture_attach(struct capture *c, struct targets *ts, attach_progress progress, void *arg,
		   struct pwrt_diag *d)
{
	int ret = attach_tracepoints(c, d);

	if (ret == 0)
		ret = prog_trace_attach(c->programs, c->copied, d);
	if (ret < 0)
		return ret;
	if (c->backend == BACKEND_MULTI)
		ret = attach_multi(c, ts, 0, d);
	else
		ret = kprobe_events_attach(&c->kprobes, ts, bpf_program__fd(c->prog[PROG_SINGLE]),
					   bpf_program__fd(c->prog[PROG_LEAVE_SINGLE]), offset_of,
					   define, c, progress, arg, d);
	if (ret == 0)
		progress(arg, ts->nr_attach, ts->nr_attach);
	return ret;
}

void capture_enable(struct capture *c, bool on)
{
	c->skel->bss->enabled = on;
}

int capture_poll(struct capture *c, int timeout_ms, const struct merge_taker *to,
		 struct pwrt_diag *d)
{
	/* The probes ring only when much has gathered: look at the rings after every wait. */
	if (timeout_ms > 0)
		ring_buffer__poll(c->bell, timeout_ms);
	return merge_take(c->rings, c->notes, timeout_ms < 0 ? MERGE_ALL : clock_now_ns(), to, d);
}

unsigned int capture_nr_cpus(const struct capture *c)
{
	return c->nr_cpus;
}

void capture_stats(struct capture *c, unsigned int cpu, struct capture_stats *s)
{
	unsigned int i;

	*s = (struct capture_stats){ 0 };
	for (i = 0; i < c->nr_cpus; i++) {
		const volatile struct pw_ring *r = rings_of(c->rings, i);

		if (cpu != c->nr_cpus && cpu != i)
			continue;
		s->entered += r->entered + r->noted;
		s->lost += r->lost + r->unnoted;
		s->untracked += r->untracked;
	}
	for (i = 0; i < NR_PROGRAMS && cpu == c->nr_cpus; i++) {
		struct bpf_prog_info info = { 0 };
		__u32 len = sizeof(info);

		if (!bpf_program__autoload(c->prog[i]) ||
		    bpf_obj_get_info_by_fd(bpf_program__fd(c->prog[i]), &info, &len))
			continue;
		s->missed += info.recursion_misses;
		s->runs += info.run_cnt;
		s->run_ns += info.run_time_ns;
	}
}

uint64_t capture_open_calls(const struct capture *c)
{
	struct call_bucket b;
	uint64_t nr = 0;
	__u32 i;

	for (i = 0; i < NR_CALL_BUCKETS; i++)
		if (!bpf_map__lookup_elem(c->skel->maps.calls, &i, sizeof(i), &b, sizeof(b), 0))
			nr += b.open;
	return nr;
}

unsigned int capture_sweep(struct capture *c, uint64_t age_ns)
{
	return tracked_packets_sweep(c->followed, clock_now_ns() - age_ns);
}

static uint64_t notes_written(const struct capture *c)
{
	uint64_t bytes = 0;
	unsigned int i;

	for (i = 0; i < c->nr_cpus; i++)
		bytes += rings_of(c->rings, i)->note_bytes;
	return bytes;
}

unsigned int capture_fill(const struct capture *c)
{
	unsigned int steps = rings_fill(c->rings), notes = notes_fill(c->notes, notes_written(c));

	return steps > notes ? steps : notes;
}

bool capture_is_due(const struct capture *c)
{
	return rings_are_due(c->rings) || notes_fill(c->notes, notes_written(c)) >= NOTES_DUE;
}

int capture_bell_fd(const struct capture *c)
{
	return ring_buffer__epoll_fd(c->bell);
}

bool capture_dev_name(struct capture *c, uint32_t netns, uint32_t ifindex, char name[16])
{
	struct pw_dev key = { .netns = netns, .ifindex = ifindex };
	struct pw_dev_name value;

	if (bpf_map__lookup_elem(c->skel->maps.devs, &key, sizeof(key), &value, sizeof(value), 0))
		return false;
	memcpy(name, value.name, 16);
	name[15] = '\0';
	return true;
}

size_t capture_detach(struct capture *c)
{
	size_t left;
	int i;

	kprobe_multi_free(c->multi);
	c->multi = NULL;
	left = kprobe_events_detach(c->kprobes);
	c->kprobes = NULL;
	prog_trace_detach(c->programs);
	for (i = 0; i < NR_FUNC_SPECIAL; i++) {
		bpf_link__destroy(c->tracepoint_links[i]);
		c->tracepoint_links[i] = NULL;
	}
	return left;
}

void capture_close(struct capture *c)
{
	if (!c)
		return;
	capture_detach(c);
	ring_buffer__free(c->bell);
	rings_close(c->rings);
	notes_close(c->notes);
	tracked_packets_close(c->followed);
	pwru_bpf__destroy(c->skel);
	free(c);
}

int capture_child_main(int argc, char **argv)
{
	return kprobe_events_child_main(argc, argv);
}

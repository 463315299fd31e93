/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "attach.h"

#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "multi_link.h"
#include "prog_trace.h"
#include "pwru.skel.h"

static void on_refused(void *arg, struct target *t)
{
	target_refuse(arg, t, "the kernel refused the probe");
}

/* When attaching again: the file lists the target as attached, and next time it may be. */
static void on_refused_again(void *arg, struct target *t)
{
	(void)t;
	++*(size_t *)arg;
}

/* A kprobe follows: programs for trampolines come before the others. */
static void on_no_trampoline(void *arg, struct target *t)
{
	(void)arg;
	t->btf_id = 0;
}

static void on_refused_return(void *arg, struct target *t)
{
	(void)arg;
	t->ret_cookie = 0;
}

/*
 * Attaches the probes at returns, where the backend has separate ones. They come first: the
 * programs at entries must know which functions they will see returning, and a return probe that
 * comes later replaces the caller's address that the entry program reads.
 */
static void attach_returns(struct attachment *a, struct targets *ts, size_t first,
			   struct target **of, struct pwrt_diag *d)
{
	const struct multi_program p = { .fd = bpf_program__fd(a->loader->prog[PROG_RETURN]),
					 .type = BPF_TRACE_KPROBE_MULTI,
					 .returns = true };
	size_t i, n = 0;

	if (a->shed[ATTACH_RETURNS])
		return;
	for (i = first; i < ts->nr; i++)
		if (target_has_return(&ts->t[i]) && !ts->t[i].gone)
			of[n++] = &ts->t[i];
	/* The recording goes on without the return values that the kernel refuses. */
	if (!a->loader->session_type &&
	    multi_links_attach(a->multi[ATTACH_RETURNS], &p, of, n, on_refused_return, NULL, d) < 0)
		for (i = 0; i < n; i++)
			on_refused_return(NULL, of[i]);
	for (i = 0; i < n; i++)
		of[i]->cookie |= of[i]->ret_cookie;
}

/*
 * Attaches one program to its functions of a group from first on, and adds their number to *nr.
 * refused: counts those that the kernel refuses; NULL: they are refused for good.
 */
static int attach_program(struct attachment *a, struct targets *ts, enum program prog,
			  enum attach_group group, size_t first, struct target **of, size_t *nr,
			  size_t *refused, struct pwrt_diag *d)
{
	struct multi_links *to = a->multi[group];
	const struct multi_program p = { .fd = bpf_program__fd(a->loader->prog[prog]),
					 .type = loader_attach_type(a->loader, prog),
					 .trampolines = loader_is_trampoline(prog) };
	size_t i, n = 0;

	if (a->shed[group])
		return 0;
	for (i = first; i < ts->nr; i++)
		if (ts->t[i].status == PWRT_FUNC_ATTACHED && !ts->t[i].gone &&
		    ts->t[i].is_extra == (group == ATTACH_EXTRA) &&
		    loader_program(a->loader, &ts->t[i]) == prog)
			of[n++] = &ts->t[i];
	if (p.trampolines)
		return multi_links_attach(to, &p, of, n, on_no_trampoline, NULL, d);
	*nr += n;
	return refused ? multi_links_attach(to, &p, of, n, on_refused_again, refused, d) :
			 multi_links_attach(to, &p, of, n, on_refused, ts, d);
}

/* Makes the links of each group. Returns false without memory. */
static bool make_groups(struct attachment *a)
{
	int i;

	for (i = 0; i < NR_ATTACH_GROUPS; i++)
		if (!a->multi[i] && !(a->multi[i] = multi_links_new()))
			return false;
	return true;
}

static void free_group(struct attachment *a, enum attach_group group)
{
	multi_links_free(a->multi[group]);
	a->multi[group] = NULL;
}

static void free_groups(struct attachment *a)
{
	int i;

	for (i = 0; i < NR_ATTACH_GROUPS; i++)
		free_group(a, (enum attach_group)i);
}

static size_t nr_trampolines(const struct attachment *a, const struct targets *ts)
{
	size_t i, n = 0;

	for (i = 0; i < ts->nr; i++)
		n += ts->t[i].status == PWRT_FUNC_ATTACHED &&
		     loader_is_trampoline(loader_program(a->loader, &ts->t[i]));
	return n;
}

static int attach_multi(struct attachment *a, struct targets *ts, size_t first, size_t *refused,
			struct pwrt_diag *d)
{
	size_t nr = 0;
	struct target **of = calloc(ts->nr - first + 1, sizeof(struct target *));
	enum program prog;
	int ret = 0;

	if (!make_groups(a) || !of)
		ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	if (ret == 0)
		attach_returns(a, ts, first, of, d);
	for (prog = 0; prog <= PROG_SESSION && ret == 0; prog++) {
		ret = attach_program(a, ts, prog, ATTACH_CORE, first, of, &nr, refused, d);
		if (ret == 0)
			ret = attach_program(a, ts, prog, ATTACH_EXTRA, first, of, &nr, refused, d);
	}
	free(of);
	if (ret == 0 && !first && a->loader->trampoline_type && !nr_trampolines(a, ts))
		ret = pwrt_fail(
			d, PWRT_ESYS, 0,
			"--backend trampolines: the kernel refused all of them: leave it out");
	if (ret == 0 && refused && nr && *refused == nr)
		ret = pwrt_fail(d, PWRT_ESYS, 0, "the kernel refused all %zu probes", nr);
	return ret;
}

/* Prepares the targets from first on for the programs that are loaded. */
static void fit_programs(struct attachment *a, struct targets *ts, size_t first)
{
	size_t i;

	for (i = first; i < ts->nr; i++) {
		struct target *t = &ts->t[i];

		if (t->status != PWRT_FUNC_ATTACHED)
			continue;
		t->shed = t->is_extra && a->shed[ATTACH_EXTRA];
		/* Without a program for returns, only the entry is recorded. */
		if (t->ret_cookie &&
		    !bpf_program__autoload(a->loader->prog[loader_program(a->loader, t)]))
			t->ret_cookie = 0;
		if (a->loader->backend != BACKEND_MULTI)
			target_refuse(ts, t,
				      "its module was loaded after single kprobes were attached");
		else if (!bpf_program__autoload(a->loader->prog[loader_program(a->loader, t)]))
			target_refuse(ts, t, "no program was loaded for such a function");
	}
}

void attach_more(struct attachment *a, struct targets *ts, size_t first)
{
	struct pwrt_diag d;
	size_t i;

	fit_programs(a, ts, first);
	if (a->suspended || a->loader->backend != BACKEND_MULTI ||
	    attach_multi(a, ts, first, NULL, &d) == 0)
		return;
	/* Some may be attached: the file then lists too few functions, and never too many. */
	for (i = first; i < ts->nr; i++)
		if (ts->t[i].status == PWRT_FUNC_ATTACHED)
			target_refuse(ts, &ts->t[i], "the kernel refused the probe");
}

/*
 * Returns the offset of a function's probe from its first byte. It is behind ftrace's instruction:
 * 5 bytes of nop, or of a call while another tracer is attached. It is at the entry where the
 * return is probed too, and where that instruction is not found. The entry is behind endbr64 or its
 * replacement, as in arch_adjust_kprobe_addr(), arch/x86/kernel/kprobes/core.c.
 */
static unsigned int offset_of(void *arg, uint64_t addr, bool at_entry)
{
#if defined(__x86_64__)
	static const uint8_t nop5[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
	/* endbr64, and the nop that seals it (arch/x86/include/asm/ibt.h) */
	static const uint8_t endbr[][4] = { { 0xf3, 0x0f, 0x1e, 0xfa },
					    { 0x66, 0x0f, 0x1f, 0x00 } };
	struct attachment *a = arg;
	const uint8_t *text = loader_read_kernel(a->loader, addr);
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
	struct attachment *a = arg;
	const struct {
		__u32 func, cookie;
	} site = { (__u32)t->addr, t->cookie };

	return bpf_map__update_elem(a->loader->skel->maps.probe_sites, &ip, sizeof(ip), &site,
				    sizeof(site), BPF_ANY);
}

/* Attaches to the tracepoints and hooks. Those of drops and of triggers must succeed. */
static int attach_tracepoints(struct attachment *a, struct pwrt_diag *d)
{
	unsigned int i;

	for (i = 0; i < NR_FUNC_SPECIAL; i++) {
		if (a->loader->refusals[i])
			continue;
		a->tracepoints[i] = bpf_program__attach(loader_tracepoint_program(a->loader, i));
		a->loader->refusals[i] = a->tracepoints[i] ? NULL :
							     "the kernel refused the program";
	}
	for (i = 0; i < NR_TRIGGERS; i++) {
		struct bpf_program *p = loader_trigger_program(a->loader, i);

		if (!p)
			continue;
		a->triggers[i] = bpf_program__attach(p);
		if (!a->triggers[i])
			return pwrt_fail(d, PWRT_ESYS, 0, "attaching to a tracepoint of --on-...");
	}
	return a->tracepoints[FUNC_DROPPED] ?
		       0 :
		       pwrt_fail(d, PWRT_ESYS, 0, "attaching to the tracepoint skb:kfree_skb");
}

int attach_all(struct attachment *a, struct targets *ts, attach_progress progress, void *arg,
	       struct pwrt_diag *d)
{
	int ret = attach_tracepoints(a, d);

	if (ret == 0)
		ret = prog_trace_attach(a->programs, a->loader->tracer_templates, d);
	if (ret < 0)
		return ret;
	if (!ts->nr_attach)
		return 0; /* drops alone */
	if (a->loader->backend == BACKEND_MULTI)
		ret = attach_multi(a, ts, 0, NULL, d);
	else
		ret = kprobe_events_attach(&a->kprobes, ts,
					   bpf_program__fd(a->loader->prog[PROG_SINGLE]),
					   bpf_program__fd(a->loader->prog[PROG_RETURN_SINGLE]),
					   offset_of, define, a, progress, arg, d);
	if (ret == 0)
		progress(arg, ts->nr_attach, ts->nr_attach);
	return ret;
}

void attach_suspend(struct attachment *a)
{
	a->suspended = true;
	free_groups(a);
	kprobe_events_disarm(a->kprobes);
}

int attach_resume(struct attachment *a, struct targets *ts, struct pwrt_diag *d)
{
	size_t refused = 0;
	int ret = a->loader->backend == BACKEND_MULTI ? attach_multi(a, ts, 0, &refused, d) :
							kprobe_events_arm(a->kprobes, d);

	a->suspended = false;
	if (ret < 0)
		attach_suspend(a);
	return ret;
}

void attach_shed(struct attachment *a, enum attach_group group)
{
	a->shed[group] = true;
	free_group(a, group);
	kprobe_events_shed(a->kprobes, group == ATTACH_RETURNS);
}

size_t attach_detach(struct attachment *a)
{
	size_t left;
	unsigned int i;

	free_groups(a);
	left = kprobe_events_detach(a->kprobes);
	a->kprobes = NULL;
	prog_trace_detach(a->programs);
	for (i = 0; i < NR_FUNC_SPECIAL; i++) {
		bpf_link__destroy(a->tracepoints[i]);
		a->tracepoints[i] = NULL;
	}
	for (i = 0; i < NR_TRIGGERS; i++) {
		bpf_link__destroy(a->triggers[i]);
		a->triggers[i] = NULL;
	}
	return left;
}

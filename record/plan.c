/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "plan.h"

#include <sys/utsname.h>

#include "memory.h"
#include "preflight.h"
#include "record/kernel/kernel_check.h"
#include "record/kernel/ksyms.h"

#define RINGS_DEFAULT (64ull << 20)
#define RINGS_LEAST (256ull << 10)
/*
 * The memory of a recording besides the rings, in the kernel and here (docs/rings.md, "Memory"),
 * with that of the verifier while it loads the programs. --trace-xdp, --dump-skb and
 * --on-unanswered take more.
 */
#define OTHER_BYTES (112ull << 20)
#define FRAMES_BYTES (14ull << 20)
#define SKBS_BYTES (15ull << 20)
#define REQUESTS_BYTES (3ull << 20) /* --on-unanswered */

/* Returns the bytes that the recording takes besides its rings. */
static uint64_t other_bytes(const struct record_options *o)
{
	return OTHER_BYTES + (o->programs.names[PROGRAM_XDP] ? FRAMES_BYTES : 0) +
	       (o->skb ? SKBS_BYTES : 0) + (o->aiming.unanswered_ns ? REQUESTS_BYTES : 0) +
	       (o->keep.rules.text ? keep_memory(o->keep.bytes) : 0);
}

/* Sizes the rings by the free memory: beyond its control group's limit the recorder is killed. */
static int size_rings(struct plan *p, const struct record_options *o, plan_small_rings small,
		      struct pwrt_diag *d)
{
	uint64_t wanted = o->ring_bytes ? o->ring_bytes : RINGS_DEFAULT, other = other_bytes(o);
	uint64_t least = wanted < RINGS_LEAST ? wanted : RINGS_LEAST;
	struct memory_room room;

	memory_find_room(&room, "");
	p->ring_bytes = memory_fit_rings(wanted, least, other, room.bytes);
	if (!p->ring_bytes)
		return pwrt_fail(
			d, PWRT_EINVAL, 0,
			"not enough memory: %s leaves %llu MiB, and a recording takes %llu "
			"MiB with the smallest --ring-size",
			room.what, (unsigned long long)(room.bytes >> 20),
			(unsigned long long)((other >> 20) + 1));
	if (p->ring_bytes == wanted)
		return 0;
	if (o->ring_bytes)
		return pwrt_fail(d, PWRT_EINVAL, 0,
				 "--ring-size is too large: %s leaves %llu MiB; --ring-size %lluK "
				 "fits",
				 room.what, (unsigned long long)(room.bytes >> 20),
				 (unsigned long long)(p->ring_bytes >> 10));
	if (small)
		small(p->ring_bytes, room.what, room.bytes);
	return 0;
}

/* Reads the kernel's types, and finds the fields of the options in them. */
static int find_fields(struct plan *p, const struct record_options *o, struct pwrt_diag *d)
{
	const struct btf *btf;
	char *const *field;
	unsigned int i;
	int ret = targets_types(&p->targets, o->kernel_btf, d);

	btf = p->targets.btf;
	for (field = o->fields; field && *field && ret == 0; field++)
		ret = field_expr_add(&p->fields, *field, btf, d);
	if (ret == 0 && o->skb)
		ret = skb_members_find(&p->fields.skb, "sk_buff", "skb", SKB_BYTES_MAX, btf, d);
	for (i = 0; i < p->fields.nr; i++) /* each event has them already */
		skb_members_drop(&p->fields.skb, p->fields.f[i].text);
	if (ret == 0 && o->tests)
		ret = field_test_add(&p->tests, o->tests, btf, d);
	return ret;
}

/* Checks whether this machine allows a recording. */
static int check_machine(const struct plan *p, const struct record_options *o, struct pwrt_diag *d)
{
	struct utsname u;
	int ret;

	uname(&u);
	ret = kernel_check(p->targets.btf, u.release, d);
	if (ret < 0)
		return ret;
	return preflight_check(
		!profile_is_drops(p->profile) && !loader_uses_multi(o->backend, p->targets.btf), d);
}

int plan_read_kernel(struct plan *p, const struct record_options *o, plan_small_rings small,
		     struct pwrt_diag *d)
{
	int ret = profile_open(&p->profile, o->profile, d);
	if (ret == 0 && o->max_overhead > 0)
		ret = profile_open(&p->core, "milestones", d);
	p->targets_options = o->targets;
	p->targets_options.profile = p->profile;
	p->targets_options.core = p->core;
	if (ret == 0 && *o->filter)
		ret = pcap_expr_compile(&p->filter, o->filter, d);
	if (ret == 0 && o->tunnel)
		ret = pcap_expr_compile(&p->tunnel, o->tunnel, d);
	if (ret == 0)
		ret = size_rings(p, o, small, d);
	if (ret == 0)
		ret = find_fields(p, o, d);
	if (ret == 0)
		ret = check_machine(p, o, d);
	return ret == 0 ? ksyms_load(&p->ksyms, d) : ret;
}

static const char *reason_at(const void *arg, size_t i)
{
	uint32_t value;

	return all_drop_reasons_at(arg, i, &value);
}

/* Checks the drop reasons of --on-drop. */
static int check_reasons(const struct plan *p, const struct record_options *o, struct pwrt_diag *d)
{
	const struct all_drop_reasons all =
		all_drop_reasons_find(p->targets.btf, &p->targets.reasons);

	return aiming_check_reasons(&o->aiming, reason_at, &all, d);
}

int plan_find_targets(struct plan *p, const struct record_options *o, struct pwrt_diag *d)
{
	int ret = targets_find(&p->targets, &p->targets_options, p->ksyms, d);

	if (ret == 0)
		ret = check_reasons(p, o, d);
	return ret == 0 ? traced_progs_find(&p->programs, &o->programs, d) : ret;
}

struct load_options plan_load_options(struct plan *p, const struct record_options *o)
{
	return (struct load_options){
		.backend = o->backend,
		.filter = p->filter,
		.tunnel = p->tunnel,
		.meta = o->meta,
		.kernel_btf = o->kernel_btf,
		.fields = &p->fields,
		.tests = &p->tests,
		.stack = o->stack,
		.drops_only = profile_is_drops(p->profile),
		.sample = o->sample,
		.may_shed = o->max_overhead > 0,
		.filter_at_entry = o->targets.filter_at_entry,
		.aims = aiming_is_wanted(&o->aiming),
		.triggers = { [LOAD_RETRANSMISSION] = o->aiming.on_retransmission,
			      [LOAD_SYN_ACK] = o->aiming.on_retransmission,
			      [LOAD_RESET] = o->aiming.on_reset,
			      [LOAD_SENT] = o->aiming.unanswered_ns,
			      [LOAD_RECEIVED] = o->aiming.unanswered_ns },
		.snaplen = o->snaplen,
		.programs = &p->programs,
	};
}

void plan_free(struct plan *p)
{
	pcap_expr_free(p->filter);
	pcap_expr_free(p->tunnel);
	traced_progs_free(&p->programs);
	skb_members_free(&p->fields.skb);
	targets_free(&p->targets);
	ksyms_free(p->ksyms);
	profile_free(p->core);
	profile_free(p->profile);
}

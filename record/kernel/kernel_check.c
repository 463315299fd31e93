/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "kernel_check.h"

#include <string.h>

#include "btf_util.h"

/* Of the tracepoint's arguments behind the first one, which is the kernel's own. */
#define REASON_ARG 2

/*
 * The prototype of what a tracepoint calls: typedef void (*btf_trace_NAME)(void *, ...)
 * (include/trace/bpf_probe.h). NULL: the kernel has no such tracepoint.
 */
static const struct btf_type *tracepoint(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);
	const struct btf_type *t = id > 0 ? btf_plain(btf, (uint32_t)id) : NULL;

	t = t && btf_is_ptr(t) ? btf_plain(btf, t->type) : NULL;
	return t && btf_is_func_proto(t) ? t : NULL;
}

static bool has_reason(const struct btf *btf, const struct btf_type *proto)
{
	const struct btf_type *t = btf_vlen(proto) > REASON_ARG + 1 ?
					   btf_plain(btf, btf_params(proto)[REASON_ARG + 1].type) :
					   NULL;

	return t && btf_is_any_enum(t) &&
	       !strcmp(btf__name_by_offset(btf, t->name_off), "skb_drop_reason");
}

int kernel_check(const struct btf *btf, const char *release, struct pwrt_diag *d)
{
	const struct btf_type *proto = tracepoint(btf, "btf_trace_kfree_skb");

	if (!proto)
		return pwrt_fail(d, PWRT_EINVAL, 0,
				 "Linux %.60s has no tracepoint skb:kfree_skb: it needs CONFIG_NET "
				 "and CONFIG_TRACEPOINTS",
				 release);
	if (!has_reason(btf, proto))
		return pwrt_fail(d, PWRT_EINVAL, 0,
				 "Linux %.60s is too old: pwru-record needs 5.17 or newer "
				 "(skb:kfree_skb has no drop reason here)",
				 release);
	return 0;
}

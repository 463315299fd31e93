/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "prog_trace.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/event.h"
#include "insn_patch.h"

/* A copy of one of our programs, attached to another; negative where the kernel minds. */
static int attach_copy(const struct traced_prog *p, uint32_t nr, const struct bpf_program *ours,
		       enum bpf_attach_type type)
{
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = type,
		    .attach_btf_id = p->btf_id);
	size_t n = bpf_program__insn_cnt(ours);
	struct bpf_insn *copy = malloc(n * sizeof(*copy));
	int target = bpf_prog_get_fd_by_id(p->id), prog = -1, link = -1;

	if (copy && target >= 0) {
		memcpy(copy, bpf_program__insns(ours), n * sizeof(*copy));
		insn_patch_program(copy, n, (int)(NR_FUNC_SPECIAL + nr));
		o.attach_prog_fd = (__u32)target;
		prog = bpf_prog_load(BPF_PROG_TYPE_TRACING, bpf_program__name(ours), "Dual BSD/GPL",
				     copy, n, &o);
	}
	if (prog >= 0)
		link = bpf_link_create(prog, 0, type, NULL);
	/* The link keeps it. */
	if (prog >= 0)
		close(prog);
	if (target >= 0)
		close(target);
	free(copy);
	return link;
}

int prog_trace_attach(struct traced_progs *ps, struct bpf_program *const ours[NR_PROGRAM_KINDS][2],
		      struct pwrt_diag *d)
{
	static const enum bpf_attach_type when[2] = { BPF_TRACE_FENTRY, BPF_TRACE_FEXIT };
	size_t i;
	int k;

	for (i = 0; i < ps->nr; i++) {
		struct traced_prog *p = &ps->p[i];

		for (k = 0; k < 2 && p->status == PWRT_FUNC_ATTACHED; k++) {
			p->links[k] = attach_copy(p, (uint32_t)i, ours[p->kind][k], when[k]);
			if (p->links[k] >= 0)
				continue;
			if (errno == EPERM || errno == ENOMEM)
				return pwrt_fail(d, PWRT_ESYS, 0, "attaching to the BPF program %s",
						 p->name);
			p->status = PWRT_FUNC_REFUSED;
			p->why = "the kernel refused the probe";
		}
	}
	return 0;
}

void prog_trace_detach(struct traced_progs *ps)
{
	size_t i;
	int k;

	for (i = 0; i < ps->nr; i++)
		for (k = 0; k < 2; k++) {
			if (ps->p[i].links[k] >= 0)
				close(ps->p[i].links[k]);
			ps->p[i].links[k] = -1;
		}
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "traced_progs.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/event.h"
#include "format/array.h"
#include "regex_full.h"

/* By enum program_kind. */
static const struct {
	enum bpf_prog_type type;
	const char *option;
} kinds[NR_PROGRAM_KINDS] = {
	[PROGRAM_TC] = { BPF_PROG_TYPE_SCHED_CLS, "--trace-tc" },
	[PROGRAM_XDP] = { BPF_PROG_TYPE_XDP, "--trace-xdp" },
};

/* Reads what the kernel knows of a program. The types of its functions have the full name. */
static bool describe(struct traced_prog *p, const struct bpf_prog_info *info)
{
	struct btf *btf = info->btf_id ? btf__load_from_kernel_by_id(info->btf_id) : NULL;
	const struct btf_type *t = btf ? btf__type_by_id(btf, p->btf_id) : NULL;
	const char *name = t ? btf__name_by_offset(btf, t->name_off) : info->name;

	p->name = strdup(name && *name ? name : "(no name)");
	if (!t)
		p->why = "it has no BTF";
	else if (!info->jited_prog_len)
		p->why = "it is interpreted";
	p->status = p->why ? PWRT_FUNC_REFUSED : PWRT_FUNC_ATTACHED;
	btf__free(btf);
	return p->name;
}

/* Looks at one program; false without memory. One that is gone again is none. */
static bool look_at(struct traced_progs *ps, uint32_t id,
		    const regex_t *const names[NR_PROGRAM_KINDS])
{
	struct bpf_func_info func = { 0 };
	__u64 addr = 0;
	struct bpf_prog_info info = { .nr_func_info = 1,
				      .func_info_rec_size = sizeof(func),
				      .func_info = (uintptr_t)&func,
				      .nr_jited_ksyms = 1,
				      .jited_ksyms = (uintptr_t)&addr };
	__u32 len = sizeof(info);
	struct traced_prog p = { .id = id, .links = { -1, -1 } }, *more;
	int fd = bpf_prog_get_fd_by_id(id), ret, kind;

	if (fd < 0)
		return true;
	ret = bpf_obj_get_info_by_fd(fd, &info, &len);
	close(fd);
	for (kind = 0; kind < NR_PROGRAM_KINDS && kinds[kind].type != info.type; kind++)
		;
	if (ret || kind == NR_PROGRAM_KINDS || !names[kind])
		return true;
	p.kind = (uint8_t)kind;
	p.btf_id = func.type_id;
	p.addr = addr;
	if (!describe(&p, &info))
		return false;
	if (regexec(names[kind], p.name, 0, NULL, 0)) {
		free(p.name);
		return true;
	}
	if (ps->nr == NR_PROGRAMS_MAX) {
		ps->is_full = true;
		free(p.name);
		return true;
	}
	more = array_grow(ps->p, ps->nr, sizeof(*more));
	if (!more) {
		free(p.name);
		return false;
	}
	ps->p = more;
	ps->p[ps->nr++] = p;
	return true;
}

int traced_progs_find(struct traced_progs *ps, const struct traced_progs_options *o,
		      struct pwrt_diag *d)
{
	const regex_t *names[NR_PROGRAM_KINDS] = { NULL };
	regex_t re[NR_PROGRAM_KINDS];
	bool any = false, ok = true;
	__u32 id = 0;
	int ret = 0, i;

	*ps = (struct traced_progs){ 0 };
	for (i = 0; i < NR_PROGRAM_KINDS && ret == 0; i++) {
		ret = regex_full_compile(&re[i], &names[i], o->names[i], kinds[i].option, d);
		any |= ps->wanted[i] = names[i];
	}
	while (ret == 0 && any && ok && !ps->is_full && !bpf_prog_get_next_id(id, &id))
		ok = look_at(ps, id, names);
	if (ret == 0 && !ok)
		ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	else if (ret == 0 && ps->is_full)
		ret = pwrt_fail(d, PWRT_EINVAL, 0,
				"more than %d BPF programs match --trace-tc and --trace-xdp: give "
				"them a REGEX",
				NR_PROGRAMS_MAX);
	else if (ret == 0 && any && errno == EPERM)
		ret = pwrt_fail(d, PWRT_ESYS, 0,
				"no permission to look at BPF programs: run as root, or with "
				"CAP_SYS_ADMIN");
	for (i = 0; i < NR_PROGRAM_KINDS; i++)
		if (names[i])
			regfree(&re[i]);
	if (ret < 0)
		traced_progs_free(ps);
	return ret;
}

void traced_progs_free(struct traced_progs *ps)
{
	size_t i;

	for (i = 0; i < ps->nr; i++)
		free(ps->p[i].name);
	free(ps->p);
	*ps = (struct traced_progs){ 0 };
}

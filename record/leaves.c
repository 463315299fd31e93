#include "leaves.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf/event.h"

struct leaves {
	int prog, session_type;
	int *links;
	size_t nr;
};

int leaves_session_type(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "bpf_attach_type", BTF_KIND_ENUM);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
	unsigned int i;

	for (i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_enum(t)[i].name_off),
			    "BPF_TRACE_KPROBE_SESSION"))
			return btf_enum(t)[i].val;
	return 0;
}

/*
 * One link for n functions; false when the kernel minds one of them. By the system call: libbpf
 * before 1.5 knows nothing of sessions.
 */
static bool attach(struct leaves *ls, const unsigned long *addrs, size_t n)
{
	union bpf_attr attr = {
		.link_create = { .prog_fd = (__u32)ls->prog,
				 .attach_type = ls->session_type ? (__u32)ls->session_type :
								   BPF_TRACE_KPROBE_MULTI,
				 .kprobe_multi = { .flags = ls->session_type ?
								    0 :
								    BPF_F_KPROBE_MULTI_RETURN,
						   .cnt = (__u32)n,
						   .addrs = (uintptr_t)addrs } },
	};
	int link = (int)syscall(__NR_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));

	if (link >= 0)
		ls->links[ls->nr++] = link;
	return link >= 0;
}

int leaves_attach(struct leaves **out, struct targets *ts, const struct bpf_program *prog,
		  int session_type, struct pwrt_diag *d)
{
	unsigned long *addrs = calloc(ts->nr_leave + 1, sizeof(*addrs));
	struct leaves *ls = calloc(1, sizeof(*ls));
	size_t i, n = 0;
	bool all;

	if (ls)
		ls->links = calloc(ts->nr_leave + 1, sizeof(*ls->links));
	if (!addrs || !ls || !ls->links) {
		free(addrs);
		free(ls);
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	}
	for (i = 0; i < ts->nr; i++)
		if (target_leaves(&ts->t[i]))
			addrs[n++] = ts->t[i].addr;
	ls->prog = bpf_program__fd(prog);
	ls->session_type = session_type;
	all = attach(ls, addrs, n);
	for (i = n = 0; i < ts->nr; i++) {
		struct target *t = &ts->t[i];

		if (!target_leaves(t))
			continue;
		if (all || attach(ls, &addrs[n], 1))
			t->cookie |= t->leave;
		else
			t->leave = 0;
		n++;
	}
	free(addrs);
	*out = ls;
	return 0;
}

void leaves_detach(struct leaves *l)
{
	if (!l)
		return;
	while (l->nr)
		close(l->links[--l->nr]);
	free(l->links);
	free(l);
}

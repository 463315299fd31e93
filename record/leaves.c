#include "leaves.h"

#include <bpf/bpf.h>
#include <stdlib.h>
#include <unistd.h>

#include "bpf/event.h"

struct leaves {
	int *links;
	size_t nr;
};

/* One link for n functions; false when the kernel minds one of them. */
static bool attach(struct leaves *ls, const struct bpf_program *prog, const unsigned long *addrs,
		   size_t n)
{
	LIBBPF_OPTS(bpf_link_create_opts, o, .kprobe_multi.flags = BPF_F_KPROBE_MULTI_RETURN,
		    .kprobe_multi.cnt = (__u32)n, .kprobe_multi.addrs = addrs);
	int link = bpf_link_create(bpf_program__fd(prog), 0, BPF_TRACE_KPROBE_MULTI, &o);

	if (link >= 0)
		ls->links[ls->nr++] = link;
	return link >= 0;
}

int leaves_attach(struct leaves **out, struct targets *ts, const struct bpf_program *prog,
		  struct pwrt_diag *d)
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
	all = attach(ls, prog, addrs, n);
	for (i = n = 0; i < ts->nr; i++) {
		struct target *t = &ts->t[i];

		if (!target_leaves(t))
			continue;
		if (all || attach(ls, prog, &addrs[n], 1))
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

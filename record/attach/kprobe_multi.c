/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "kprobe_multi.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "format/array.h"
#include "record/kernel/btf_util.h"

struct kprobe_multi {
	int *links;
	size_t nr;
};

/* The functions still to attach, as the arrays that the kernel wants, and back to the targets. */
struct batch {
	const struct kprobe_multi_program *program;
	unsigned long *addrs;
	__u64 *cookies;
	struct target *const *of;
	void (*refused)(void *, struct target *);
	void *arg;
};

/* It has when it is built with fprobes: kernel/trace/bpf_trace.c. */
bool kprobe_multi_is_there(const struct btf *btf)
{
	return btf__find_by_name_kind(btf, "bpf_kprobe_multi_link", BTF_KIND_STRUCT) > 0;
}

/* kprobe.session, since 6.10. */
uint32_t kprobe_multi_session_type(const struct btf *btf)
{
	return btf_enum_value(btf, "bpf_attach_type", "BPF_TRACE_KPROBE_SESSION", 0);
}

struct kprobe_multi *kprobe_multi_new(void)
{
	return calloc(1, sizeof(struct kprobe_multi));
}

/* By the system call: libbpf before 1.5 knows nothing of sessions. */
static int create_link(const struct batch *b, size_t lo, size_t n)
{
	union bpf_attr attr = {
		.link_create = { .prog_fd = (__u32)b->program->fd,
				 .attach_type = b->program->type,
				 .kprobe_multi = { .flags = b->program->returns ?
								    BPF_F_KPROBE_MULTI_RETURN :
								    0,
						   .cnt = (__u32)n,
						   .addrs = (uintptr_t)(b->addrs + lo),
						   .cookies = (uintptr_t)(b->cookies + lo) } },
	};

	return (int)syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
}

/*
 * Attaches [lo, hi) of a batch with one link. The kernel takes all or nothing and does not say
 * which one it minds, so a refused batch is halved until the culprits are alone.
 */
static int attach_range(struct kprobe_multi *m, const struct batch *b, size_t lo, size_t hi,
			struct pwrt_diag *d)
{
	int *more = array_grow(m->links, m->nr, sizeof(*more)), link, ret;
	size_t mid = lo + (hi - lo) / 2;

	if (!more)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	m->links = more;
	link = create_link(b, lo, hi - lo);
	if (link >= 0) {
		m->links[m->nr++] = link;
		return 0;
	}
	if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOMEM)
		return pwrt_fail(d, PWRT_ESYS, 0, "attaching %zu probes", hi - lo);
	if (hi - lo == 1) {
		b->refused(b->arg, b->of[lo]);
		return 0;
	}
	ret = attach_range(m, b, lo, mid, d);
	return ret < 0 ? ret : attach_range(m, b, mid, hi, d);
}

int kprobe_multi_attach(struct kprobe_multi *m, const struct kprobe_multi_program *p,
			struct target *const *of, size_t n,
			void (*refused)(void *, struct target *), void *arg, struct pwrt_diag *d)
{
	struct batch b = { .program = p,
			   .addrs = calloc(n + 1, sizeof(*b.addrs)),
			   .cookies = calloc(n + 1, sizeof(*b.cookies)),
			   .of = of,
			   .refused = refused,
			   .arg = arg };
	int ret = 0;
	size_t i;

	if (!b.addrs || !b.cookies)
		ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	for (i = 0; i < n && ret == 0; i++) {
		b.addrs[i] = of[i]->addr;
		b.cookies[i] = of[i]->cookie;
	}
	if (n && ret == 0)
		ret = attach_range(m, &b, 0, n, d);
	free(b.addrs);
	free(b.cookies);
	return ret;
}

void kprobe_multi_free(struct kprobe_multi *m)
{
	if (!m)
		return;
	while (m->nr)
		close(m->links[--m->nr]);
	free(m->links);
	free(m);
}

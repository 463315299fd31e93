/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "multi_link.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "format/array.h"
#include "record/kernel/btf_util.h"

struct multi_links {
	int *links;
	size_t nr;
};

/* The functions still to attach, as the arrays that the kernel wants, and back to the targets. */
struct batch {
	const struct multi_program *program;
	unsigned long *addrs;
	__u32 *ids;
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

/* kernel/trace/bpf_trace.c: bpf_tracing_multi_attach(); 7.2 has it on x86-64 alone. */
uint32_t trampolines_entry_type(const struct btf *btf)
{
#if defined(__x86_64__)
	return btf__find_by_name_kind(btf, "bpf_tracing_multi_link", BTF_KIND_STRUCT) > 0 ?
		       btf_enum_value(btf, "bpf_attach_type", "BPF_TRACE_FENTRY_MULTI", 0) :
		       0;
#else
	(void)btf;
	return 0;
#endif
}

struct multi_links *multi_links_new(void)
{
	return calloc(1, sizeof(struct multi_links));
}

/* link_create of union bpf_attr with tracing_multi, which libbpf 1.1 lacks:
 * include/uapi/linux/bpf.h, 7.2 */
struct tracing_multi_attr {
	__u32 prog_fd, target_fd, attach_type, flags;
	__aligned_u64 ids, cookies;
	__u32 cnt, pad;
};

static int create_trampolines(const struct batch *b, size_t lo, size_t n)
{
	const struct tracing_multi_attr attr = { .prog_fd = (__u32)b->program->fd,
						 .attach_type = b->program->type,
						 .ids = (uintptr_t)(b->ids + lo),
						 .cookies = (uintptr_t)(b->cookies + lo),
						 .cnt = (__u32)n };

	return (int)syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
}

/* By the system call: libbpf before 1.5 lacks sessions, and Debian 12 has 1.1. */
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

/* Returns whether the kernel refuses all functions alike: also each one alone. */
static bool concerns_all(int err)
{
	return err == EPERM || err == EOPNOTSUPP || err == ENOMEM;
}

/*
 * Attaches [lo, hi) of a batch with one link. The kernel takes all or nothing and does not say
 * which one it minds, so a refused batch is halved until the culprits are alone. An error about all
 * functions ends the recording, but for trampolines: kprobes follow.
 */
static int attach_range(struct multi_links *m, const struct batch *b, size_t lo, size_t hi,
			struct pwrt_diag *d)
{
	int *more = array_grow(m->links, m->nr, sizeof(*more)), link, ret;
	size_t mid = lo + (hi - lo) / 2, i;

	if (!more)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	m->links = more;
	link = b->program->trampolines ? create_trampolines(b, lo, hi - lo) :
					 create_link(b, lo, hi - lo);
	if (link >= 0) {
		m->links[m->nr++] = link;
		return 0;
	}
	if (concerns_all(errno) && !b->program->trampolines)
		return pwrt_fail(d, PWRT_ESYS, 0, "attaching %zu probes", hi - lo);
	if (hi - lo == 1 || concerns_all(errno)) {
		for (i = lo; i < hi; i++)
			b->refused(b->arg, b->of[i]);
		return 0;
	}
	ret = attach_range(m, b, lo, mid, d);
	return ret < 0 ? ret : attach_range(m, b, mid, hi, d);
}

int multi_links_attach(struct multi_links *m, const struct multi_program *p,
		       struct target *const *of, size_t n, void (*refused)(void *, struct target *),
		       void *arg, struct pwrt_diag *d)
{
	struct batch b = { .program = p,
			   .addrs = calloc(n + 1, sizeof(*b.addrs)),
			   .ids = calloc(n + 1, sizeof(*b.ids)),
			   .cookies = calloc(n + 1, sizeof(*b.cookies)),
			   .of = of,
			   .refused = refused,
			   .arg = arg };
	int ret = 0;
	size_t i;

	if (!b.addrs || !b.ids || !b.cookies)
		ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	for (i = 0; i < n && ret == 0; i++) {
		b.addrs[i] = of[i]->addr;
		b.ids[i] = of[i]->btf_id;
		b.cookies[i] = of[i]->cookie;
	}
	if (n && ret == 0)
		ret = attach_range(m, &b, 0, n, d);
	free(b.addrs);
	free(b.ids);
	free(b.cookies);
	return ret;
}

void multi_links_free(struct multi_links *m)
{
	if (!m)
		return;
	while (m->nr)
		close(m->links[--m->nr]);
	free(m->links);
	free(m);
}

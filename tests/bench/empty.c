/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attaches a program that does nothing to the functions named on standard input, one a line, and
 * keeps it there until it is killed. By default a link of kprobe.multi has all functions. With
 * --fentry each function has a trampoline and a copy of the program; with --fexit the copies run as
 * the functions return. With --fentry-multi and --fexit-multi one program and one link have a
 * trampoline for each function (since Linux 7.2). Prints "attached" and the number of functions
 * once it is. Functions that the kernel refuses are left out.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "empty.skel.h"

#define FUNCTIONS_MAX 65536

static const char *names[FUNCTIONS_MAX];

static size_t read_names(void)
{
	char line[256];
	size_t n = 0;

	while (n < FUNCTIONS_MAX && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		names[n++] = strdup(line);
	}
	return n;
}

/* Attaches to those of these functions that the kernel takes. Returns their number. */
static size_t attach_names(const struct bpf_program *prog, const char **syms, size_t n)
{
	LIBBPF_OPTS(bpf_kprobe_multi_opts, opts, .syms = syms, .cnt = n);

	if (!n || bpf_program__attach_kprobe_multi_opts(prog, NULL, &opts))
		return n;
	return n == 1 ? 0 :
			attach_names(prog, syms, n / 2) +
				attach_names(prog, syms + n / 2, n - n / 2);
}

static size_t attach_multi(size_t n)
{
	struct empty_bpf *skel = empty_bpf__open_and_load();

	return skel ? attach_names(skel->progs.empty, names, n) : 0;
}

/* Loads the program for a function, or with id 0 for many. Returns its descriptor; negative: not. */
static int load_for_trampolines(enum bpf_attach_type type, __u32 id)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = type, .attach_btf_id = id);

	return bpf_prog_load(BPF_PROG_TYPE_TRACING, "empty", "Dual BSD/GPL", insns,
			     sizeof(insns) / sizeof(insns[0]), &o);
}

/* Returns whether a copy of the program is attached to the function, for as long as we live. */
static bool attach_trampoline(const struct btf *btf, const char *name, enum bpf_attach_type type)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC), prog;

	if (id <= 0)
		return false;
	prog = load_for_trampolines(type, (__u32)id);
	return prog >= 0 && bpf_link_create(prog, 0, type, NULL) >= 0;
}

static size_t attach_trampolines(size_t n, enum bpf_attach_type type)
{
	struct btf *btf = btf__load_vmlinux_btf();
	size_t i, done = 0;

	for (i = 0; i < n && btf; i++)
		done += attach_trampoline(btf, names[i], type);
	return done;
}

/* Returns the kernel's value of an attach type, or 0. */
static enum bpf_attach_type attach_type(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, "bpf_attach_type", BTF_KIND_ENUM), i;
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (__u32)id) : NULL;

	for (i = 0; t && i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_enum(t)[i].name_off), name))
			return (enum bpf_attach_type)btf_enum(t)[i].val;
	return 0;
}

/* Attaches to those of these functions that the kernel takes. Returns their number. */
static size_t attach_ids(int prog, enum bpf_attach_type type, const __u32 *ids, __u32 n)
{
	/* struct link_create of union bpf_attr with tracing_multi: include/uapi/linux/bpf.h, 7.2 */
	const struct {
		__u32 prog_fd, target_fd, attach_type, flags;
		__u64 ids, cookies;
		__u32 cnt, pad;
	} attr = {
		.prog_fd = (__u32)prog, .attach_type = type, .ids = (__u64)(uintptr_t)ids, .cnt = n
	};

	if (!n || syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr)) >= 0)
		return n;
	return n == 1 ? 0 :
			attach_ids(prog, type, ids, n / 2) +
				attach_ids(prog, type, ids + n / 2, n - n / 2);
}

static size_t attach_trampoline_link(size_t n, const char *type_name)
{
	static __u32 ids[FUNCTIONS_MAX];
	struct btf *btf = btf__load_vmlinux_btf();
	enum bpf_attach_type type = btf ? attach_type(btf, type_name) : 0;
	int prog = type ? load_for_trampolines(type, 0) : -1, id;
	__u32 known = 0;
	size_t i;

	for (i = 0; prog >= 0 && i < n; i++) {
		id = btf__find_by_name_kind(btf, names[i], BTF_KIND_FUNC);
		if (id > 0)
			ids[known++] = (__u32)id;
	}
	return attach_ids(prog, type, ids, known);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	const size_t n = read_names();
	size_t done;

	if (!strcmp(how, "--fentry"))
		done = attach_trampolines(n, BPF_TRACE_FENTRY);
	else if (!strcmp(how, "--fexit"))
		done = attach_trampolines(n, BPF_TRACE_FEXIT);
	else if (!strcmp(how, "--fentry-multi"))
		done = attach_trampoline_link(n, "BPF_TRACE_FENTRY_MULTI");
	else if (!strcmp(how, "--fexit-multi"))
		done = attach_trampoline_link(n, "BPF_TRACE_FEXIT_MULTI");
	else
		done = attach_multi(n);
	if (!done) {
		perror("empty");
		return 2;
	}
	printf("attached %zu\n", done);
	fflush(stdout);
	pause();
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attaches a program that does nothing to the functions named on standard input, one a line, and
 * keeps it there until it is killed: by one link of kprobe.multi, or with --fentry by a trampoline
 * and a copy of the program for each function. Prints "attached" and the number of functions once
 * it is. With --fentry, functions that the kernel refuses are left out.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* Returns the number of functions: all or 0. */
static size_t attach_multi(size_t n)
{
	LIBBPF_OPTS(bpf_kprobe_multi_opts, opts, .syms = names, .cnt = n);
	struct empty_bpf *skel = empty_bpf__open_and_load();

	return skel && bpf_program__attach_kprobe_multi_opts(skel->progs.empty, NULL, &opts) ? n :
											       0;
}

/* Returns whether a copy of the program is attached to the function, for as long as we live. */
static bool attach_trampoline(const struct btf *btf, const char *name)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = BPF_TRACE_FENTRY);
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC), prog;

	if (id <= 0)
		return false;
	o.attach_btf_id = (__u32)id;
	prog = bpf_prog_load(BPF_PROG_TYPE_TRACING, "empty", "Dual BSD/GPL", insns,
			     sizeof(insns) / sizeof(insns[0]), &o);
	return prog >= 0 && bpf_link_create(prog, 0, BPF_TRACE_FENTRY, NULL) >= 0;
}

static size_t attach_trampolines(size_t n)
{
	struct btf *btf = btf__load_vmlinux_btf();
	size_t i, done = 0;

	for (i = 0; i < n && btf; i++)
		done += attach_trampoline(btf, names[i]);
	return done;
}

int main(int argc, char **argv)
{
	const bool by_trampolines = argc > 1 && !strcmp(argv[1], "--fentry");
	const size_t n = read_names();
	const size_t done = by_trampolines ? attach_trampolines(n) : attach_multi(n);

	if (!done) {
		perror("empty");
		return 2;
	}
	printf("attached %zu\n", done);
	fflush(stdout);
	pause();
	return 0;
}

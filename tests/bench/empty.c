/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attaches a program that does nothing to the functions named on standard input, one a line, and
 * keeps it there until it is killed: by one link of kprobe.multi, or with --fentry by a trampoline
 * and a copy of the program for each function; with --fexit the copies run as the functions return.
 * Prints "attached" and the number of functions once it is. With trampolines, functions that the
 * kernel refuses are left out.
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
static bool attach_trampoline(const struct btf *btf, const char *name, enum bpf_attach_type type)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = type);
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC), prog;

	if (id <= 0)
		return false;
	o.attach_btf_id = (__u32)id;
	prog = bpf_prog_load(BPF_PROG_TYPE_TRACING, "empty", "Dual BSD/GPL", insns,
			     sizeof(insns) / sizeof(insns[0]), &o);
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

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	const size_t n = read_names();
	size_t done;

	if (!strcmp(how, "--fentry"))
		done = attach_trampolines(n, BPF_TRACE_FENTRY);
	else if (!strcmp(how, "--fexit"))
		done = attach_trampolines(n, BPF_TRACE_FEXIT);
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

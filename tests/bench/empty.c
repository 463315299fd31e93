/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attaches a program that does nothing to the functions named on standard input, one a line, and
 * keeps it there until it is killed. Prints "attached" once it is.
 */
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "empty.skel.h"

#define FUNCTIONS_MAX 65536

static const char *names[FUNCTIONS_MAX];

int main(void)
{
	LIBBPF_OPTS(bpf_kprobe_multi_opts, opts, .syms = names);
	struct empty_bpf *skel = empty_bpf__open_and_load();
	char line[256];

	while (opts.cnt < FUNCTIONS_MAX && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		names[opts.cnt++] = strdup(line);
	}
	if (!skel || !bpf_program__attach_kprobe_multi_opts(skel->progs.empty, NULL, &opts)) {
		perror("empty");
		return 2;
	}
	printf("attached\n");
	fflush(stdout);
	pause();
	return 0;
}

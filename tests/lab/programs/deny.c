/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* lab-deny PORT: a BPF LSM that refuses whatever comes for that port, until it is killed. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "deny.skel.h"

int main(int argc, char **argv)
{
	struct deny_bpf *skel = deny_bpf__open();

	if (argc != 2 || !skel)
		return 2;
	skel->rodata->port = (unsigned short)atoi(argv[1]);
	if (deny_bpf__load(skel) || deny_bpf__attach(skel)) {
		perror("lab-deny");
		return 2;
	}
	fprintf(stderr, "denying port %s\n", argv[1]);
	for (;;)
		pause();
}

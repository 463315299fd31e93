/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lab-verdicts KIND DEV [OTHER]: puts a program on a device until it is killed.
 * KIND: tc or tcx (as packets come in), xdp or xdp-generic, and pass or drop (as xdp, for all).
 * With OTHER some are redirected there. For cgroup-egress and cgroup-ingress DEV is the folder of a
 * control group. For socket it is a UDP port: the program is the filter of a socket that has it.
 */
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_link.h>

#include <bpf/bpf.h>

#include "verdicts.skel.h"

static int attach_tc(const struct verdicts_bpf *skel, int dev)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = dev, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts,
		    .prog_fd = bpf_program__fd(skel->progs.choose_by_port_in_tc));
	int ret = bpf_tc_hook_create(&hook);

	return ret ? ret : bpf_tc_attach(&hook, &opts);
}

/* The program stays as long as the process has the link. */
static int attach_cgroup(const struct bpf_program *prog, const char *folder)
{
	return !bpf_program__attach_cgroup(prog, open(folder, O_RDONLY | O_CLOEXEC));
}

#define TCX_INGRESS 46 /* BPF_TCX_INGRESS: include/uapi/linux/bpf.h, since Linux 6.6 */

/* The socket stays open. */
static int attach_to_socket(const struct bpf_program *prog, const char *port)
{
	const struct sockaddr_in any = { .sin_family = AF_INET,
					 .sin_port = htons((uint16_t)atoi(port)) };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), filter = bpf_program__fd(prog);

	return bind(s, (const struct sockaddr *)&any, sizeof(any)) ||
	       setsockopt(s, SOL_SOCKET, SO_ATTACH_BPF, &filter, sizeof(filter));
}

static int attach(const struct verdicts_bpf *skel, const char *kind, const char *name)
{
	const struct bpf_program *prog = !strcmp(kind, "pass") ? skel->progs.let_all_pass :
					 !strcmp(kind, "drop") ? skel->progs.refuse_all :
								 skel->progs.choose_by_port_in_xdp;
	LIBBPF_OPTS(bpf_link_create_opts, opts);
	int dev = (int)if_nametoindex(name);

	if (!strcmp(kind, "cgroup-egress"))
		return attach_cgroup(skel->progs.choose_by_port_on_egress, name);
	if (!strcmp(kind, "cgroup-ingress"))
		return attach_cgroup(skel->progs.choose_by_port_on_ingress, name);
	if (!strcmp(kind, "tc"))
		return attach_tc(skel, dev);
	if (!strcmp(kind, "socket"))
		return attach_to_socket(skel->progs.refuse_on_socket, name);
	if (!strcmp(kind, "tcx"))
		return bpf_link_create(bpf_program__fd(skel->progs.choose_by_port_in_tc), dev,
				       TCX_INGRESS, &opts) < 0;
	opts.flags = !strcmp(kind, "xdp-generic") ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
	/* The link is as long there as we are. */
	return bpf_link_create(bpf_program__fd(prog), dev, BPF_XDP, &opts) < 0;
}

int main(int argc, char **argv)
{
	struct verdicts_bpf *skel = verdicts_bpf__open();

	if (argc < 3 || !skel)
		return 2;
	if (argc > 3)
		skel->rodata->other_ifindex = if_nametoindex(argv[3]);
	if (verdicts_bpf__load(skel) || attach(skel, argv[1], argv[2])) {
		perror("lab-verdicts");
		return 2;
	}
	fprintf(stderr, "%s on %s\n", argv[1], argv[2]);
	for (;;)
		pause();
}

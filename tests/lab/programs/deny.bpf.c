/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A security module that lets nothing through to one port. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define EPERM 1

char LICENSE[] SEC("license") = "GPL";

struct sock_common {
	__u16 skc_num; /* the local port, in the host's order */
} __attribute__((preserve_access_index));

struct sock {
	struct sock_common __sk_common;
} __attribute__((preserve_access_index));

const volatile __u16 port = 0;

SEC("lsm/socket_sock_rcv_skb")
int BPF_PROG(deny, struct sock *sk)
{
	return sk->__sk_common.skc_num == port ? -EPERM : 0;
}

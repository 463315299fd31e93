# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Facts that scenarios expect of each kernel, where kernels differ. Each row is a fact, and each column is a kernel.
expectations='
name            6.1             6.12            6.18            7.3                6.12-arm64
# Whether many functions can be attached at once (CONFIG_FPROBE); without it one recording takes half a minute.
fprobe          no              yes             yes             yes                no
# Whether one program can be attached to many trampolines: since 7.2, on x86-64.
trampolines     no              no              no              yes                no
# Position of the skb among the arguments of __udp4_lib_lookup(): 7.x has no argument for the table of sockets.
udp4_lookup_arg 9               9               9               8                  9
# Function that drops a datagram for which there is no socket: 7.x inlines __udp4_lib_rcv() (net/ipv4/udp.c).
no_socket_in    __udp4_lib_rcv  __udp4_lib_rcv  __udp4_lib_rcv  udp_rcv            __udp4_lib_rcv
# Reason of sk_filter_trim_cap() for the refusal of an LSM (net/core/filter.c).
lsm_reason      SOCKET_FILTER   SOCKET_FILTER   SECURITY_HOOK   SECURITY_HOOK      SOCKET_FILTER
# Reason of a full bfifo: 7.x has reasons for queueing disciplines, and qdisc_drop() gives the first one (include/net/dropreason-qdisc.h).
qdisc_reason    QDISC_DROP      QDISC_DROP      QDISC_DROP      QDISC_DROP_GENERIC QDISC_DROP
# Whether the drop of a queueing discipline has a tracepoint, qdisc:qdisc_drop (include/trace/events/qdisc.h).
qdisc_tracepoint refused        refused         refused         attached          refused
# Whether skb:kfree_skb has the receiving socket: since 6.11 (include/trace/events/skb.h).
drop_socket     no              yes             yes             yes                yes
# Whether a drop shows what refused a packet for a socket. Without the socket it is unknown. Since 6.16 security modules have
# a reason of their own (sk_filter_trim_cap() in net/core/filter.c).
filter_socket   unknown         either          certain         certain            either
# Whether BPF programs can be on a device without a queueing discipline: since 6.6 (kernel/bpf/tcx.c).
tcx             no              yes             yes             yes                yes
# Whether kernel.ftrace_enabled can be set to 0: 7.3 refuses it with EOPNOTSUPP.
ftrace_switch   yes             yes             yes             no                 yes
# Whether every user may read tracefs.
tracefs         closed          closed          open            closed             closed
# Return values of ip_route_input_noref() and fib_validate_source() for a spoofed source: an error number until 6.12, then a reason.
rpfilter_return errno           errno           reason          reason             errno
'

# kernel: prints the name of the guest's kernel. Outside of the guest it is the kernel whose files the scenario reads.
kernel() { echo "$KERNEL"; }

# expected NAME: prints the fact of that name for this kernel
expected()
{
	awk -v name="$1" -v kernel="$(kernel)" '
		$1 == "name" { for (i = 2; i <= NF; i++) if ($i == kernel) column = i }
		$1 == name && column { print $column; found = 1 }
		END { exit !found }' <<<"$expectations" ||
		{ echo "kernels.sh has no $1 for kernel $(kernel)" >&2; return 1; }
}

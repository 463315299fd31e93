# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Functions of the scenarios that record failures for pwru-diff: hosts, flows, and the kernel's own report of a drop.

# on HOST PROGRAM...: runs PROGRAM in the host's network. "ip netns exec" mounts /sys anew each time, which takes most of a
# case's time.
on() { nsenter --net="/run/netns/$1" "${@:2}"; }
export -f on
# start HOST PROGRAM...: starts PROGRAM in the background, as process $started
start() { nsenter --net="/run/netns/$1" "${@:2}" & started=$!; }

# The flows: the filter and the command of each.
udp='echo datagram | on a socat -u - UDP-SENDTO:10.0.2.2:5001'
ping='on a ping -c1 -W1 10.0.2.2'
ping6='on a ping -c1 -W1 fd02::2'
tcp='on a socat -u /dev/null TCP:10.0.2.2:80,connect-timeout=1'
bridge='on ca ping -c1 -W1 10.0.9.2'
declare -A filter=(
	[udp]='udp' [udp_5006]='udp' [udp_other]='udp' [udp_icmp]='udp or icmp' [udp_vxlan]='udp or icmp' [udp_geneve]='udp or icmp'
	[ping]='icmp' [ping_arp]='icmp or arp' [ping6]='icmp6' [tcp]='tcp' [tcp_data]='tcp' [echo]='udp' [bridge]='icmp or (vlan and icmp)' [gre]='ip proto 47 or icmp'
	[nd]='icmp6' [ipip]='ip proto 4 or icmp')
declare -A command=(
	[udp]=$udp [udp_icmp]=$udp [udp_other]="$udp,bind=10.9.9.9" [udp_5006]=${udp/5001/5006}
	[ping]=$ping [ping_arp]=$ping [ping6]=$ping6 [nd]=$ping6 [tcp]=$tcp [tcp_data]="echo data | ${tcp/\/dev\/null/-}"
	[echo]='echo datagram | on a socat -t1 - UDP:10.0.2.2:5020' [bridge]=$bridge)

b_routes()
{
	ip -n b route replace default via 10.0.2.1
	ip -n b -6 addr replace fd02::2/64 dev eth0 nodad
	ip -n b -6 route replace default via fd02::1
}
r_routes() { ip -n r -6 addr replace fd02::1/64 dev right nodad; }

# verdict_hosts: makes a -- r -- b, with IPv6 too, and the programs that listen in b
verdict_hosts()
{
	a_r_b
	ip -n a addr add 10.9.9.9/32 dev lo
	ip -n r route add 10.9.9.9/32 via 10.0.1.2
	ip -n b addr add 10.0.2.3/24 dev eth0
	ip -n a -6 addr add fd01::2/64 dev eth0 nodad
	ip -n r -6 addr add fd01::1/64 dev left nodad
	ip -n a -6 route add default via fd01::1
	on r sysctl -qw net.ipv6.conf.all.forwarding=1
	r_routes
	b_routes
	for port in 5001 5006; do on b socat -u UDP-RECV:$port,reuseaddr OPEN:/dev/null & done
	on b socat UDP-LISTEN:5020,fork,reuseaddr PIPE &
	on b socat -u TCP-LISTEN:80,fork,reuseaddr OPEN:/dev/null &
	trace=/sys/kernel/tracing/instances/truth
	mkdir -p $trace
}

# verdict_bridge: makes ca and cb, at the ports one and two of the bridge br0 in s
verdict_bridge()
{
	host ca; host s; host cb
	cable ca eth0 s one
	cable s two cb eth0
	ip -n s link add br0 type bridge
	ip -n s link set one master br0
	ip -n s link set two master br0
	ip -n s link set br0 up
	ip -n ca link set eth0 address 02:00:00:00:00:01
	ip -n cb link set eth0 address 02:00:00:00:00:02
	ip -n ca addr add 10.0.9.1/24 dev eth0
	ip -n cb addr add 10.0.9.2/24 dev eth0
	ip -n ca neigh add 10.0.9.2 lladdr 02:00:00:00:00:02 dev eth0
	ip -n cb neigh add 10.0.9.1 lladdr 02:00:00:00:00:01 dev eth0
	reach ca 10.0.9.2
}

# record_all: starts one recording of all cases, since a start takes longer than a case. It loads modules first, so that their
# functions are attached.
record_all()
{
	modprobe -a nf_tables nf_conntrack nft_ct nft_reject_inet nft_reject_ipv4 nft_queue nfnetlink_queue nf_reject_ipv4 ipt_REJECT \
		iptable_filter iptable_nat iptable_raw iptable_mangle ip6table_filter xt_mark xt_nat xt_tcpudp xt_comment sch_netem act_gact act_police \
		act_csum act_pedit act_mirred sch_tbf sch_netem ipip macvlan nft_fib_ipv4 nft_limit nft_quota cls_matchall cls_bpf xfrm_user esp4 vxlan geneve ip_gre tun vrf 8021q dummy nf_tables_bridge nft_meta_bridge br_netfilter 2>/dev/null || true
	for h in s b r a; do on $h sysctl -qw net.bridge.bridge-nf-call-iptables=0 2>/dev/null || true; done
	# Under emulation, all cases take longer and cost more than the default limits allow.
	pwru-record -d 0 --max-overhead 0 ${RECORD_PROFILE:+--profile $RECORD_PROFILE} --force -o $OUT/all.pwrt 'ip or ip6 or arp or vlan' 2>$OUT/all.err &
	recorder=$!
	attached $OUT/all.err "recording to"
}

# record NAME FILTER COMMAND: runs COMMAND and notes its times. Outside of the guest, cut_all cuts that part out of the recording.
record()
{
	local begin
	sleep 0.2
	begin=$(now)
	bash -c "$3; sleep 0.3" >/dev/null 2>&1 || true
	echo "$1 $begin $(now) $2" >>$OUT/marks
	sleep 0.2
}

# cut_all: writes NAME.pwrt for each part of all.pwrt
cut_all()
{
	local first name begin end filter
	# The first line ends pwru-show with SIGPIPE.
	first=$({ pwru-show --json $OUT/all.pwrt 2>/dev/null || true; } | head -n 1 | jq .ts)
	while read -r name begin end filter; do
		pwru-show --force -o $OUT/$name.pwrt --since "$(from $first $begin)ms" --until "$(from $first $end)ms" $OUT/all.pwrt "$filter" ||
			echo "nothing in $name"
	done <$OUT/marks
}
# from FIRST TIME: prints the milliseconds from an event (ns) to a time (s since boot)
from() { awk -v first="$1" -v t="$2" 'BEGIN { ms = t * 1000 - first / 1000000; printf "%d", ms < 0 ? 0 : ms }'; }

# tunnel_up HOST N PEER: gives the tunnel tun9 of HOST the address 10.0.50.N, and the entry of its peer
tunnel_up()
{
	# The tunnel carries no packets but those of the case.
	ip -n $1 link set tun9 addrgenmode none
	ip -n $1 link set tun9 address 02:00:00:00:50:0$2 2>/dev/null || true
	ip -n $1 addr add 10.0.50.$2/24 dev tun9
	ip -n $1 link set tun9 up
	ip -n $1 neigh replace 10.0.50.$3 lladdr 02:00:00:00:50:0$3 dev tun9 2>/dev/null || true
}
tunnel_ping='on a ping -c1 -W1 10.0.50.2'
# program KIND HOST ARGUMENT...: attaches a program of lab-verdicts in HOST, as process $started
program() { start $2 lab-verdicts $1 "${@:3}" 2>$OUT/program-$case; attached $OUT/program-$case ' on '; }

nft_rule() { on $1 nft "table $2 $3 { chain $4 { type filter hook $5 priority 0; $6; }; }"; }

# warm: waits until both hosts have resolved each other's address, so that no recording begins with it.
warm() { warm_one a 10.0.2.2; warm_one a fd02::2; warm_one b 10.0.1.2; }
warm_one() { on $1 ping -c1 -W1 $2 >/dev/null 2>&1 || reach $1 $2; }

# good FLOW: records the working flow, once for all cases; good_own FLOW [COMMAND]: records it for this case alone
good() { grep -q "^$1.good " $OUT/marks 2>/dev/null || record $1.good "${filter[$1]}" "${command[$1]}"; pair=$1; }
good_own() { record $case.good "${filter[$1]}" "${2:-${command[$1]}}"; pair=$case; }

# bad FLOW [COMMAND]: records the broken flow, and the kernel's reports meanwhile
bad()
{
	local flow=$1 run=${2:-${command[$1]}} h
	echo "$case $pair" >>$OUT/pairs
	for h in $(hosts); do NSTAT_HISTORY=/tmp/nstat.$h on $h nstat -n; conntrack_counters $h >/tmp/conntrack.$h; done
	: >$trace/trace
	echo 1 >$trace/events/skb/kfree_skb/enable
	record $case.bad "${filter[$flow]}" "$run"
	echo 0 >$trace/events/skb/kfree_skb/enable
	truth >$OUT/$case.truth
}
hosts() { echo r b; }

# conntrack_counters HOST: prints the sums over all CPUs, one a line (/proc/net/stat/nf_conntrack: hexadecimal, one line a CPU)
conntrack_counters()
{
	on $1 cat /proc/net/stat/nf_conntrack 2>/dev/null | busybox awk '
		NR == 1 { for (i = 1; i <= NF; i++) name[i] = $i }
		NR > 1 { for (i = 2; i <= NF; i++) sum[i] += ("0x" $i) + 0 }
		END { for (i = 2; i in name; i++) print name[i], sum[i] }' || true
}

# truth: prints the kernel's report since the recording began: drops with their place and reason, and the counters that
# moved, by host
truth()
{
	local h
	sed -n 's/.*location=\([^ ]*\).* reason: \([A-Z0-9_]*\).*/drop \2 \1/p' $trace/trace | sed 's/+0x[^ ]*//' | sort | uniq -c
	for h in $(hosts); do
		NSTAT_HISTORY=/tmp/nstat.$h on $h nstat 2>/dev/null | awk -v h=$h '
			$1 ~ /^[A-Z]/ && $1 !~ /Octets|ECT|Requests$|Receives$|Delivers$|Transmits$|Msgs$|Type[0-9]+$|Mcast|Router|Neighbor/ { print h, $1, $2 }'
		conntrack_counters $h | diff /tmp/conntrack.$h - | sed -n "s/^> /$h conntrack /p" || true
		tc -n $h -s qdisc | awk -v h=$h '/^qdisc/ { q = $2 " " $5 } /dropped [1-9]/ { print h, "qdisc", q, $0 }'
	done
}

# all_cases: runs all cases. A command that fails does not end the scenario, since later commands repair what the case broke. The
# scenario fails at its end. No case begins after LIMIT seconds (-e LIMIT=): the recording is complete when the lab ends the
# scenario.
all_cases()
{
	record_all
	set +e -E
	trap 'echo "case $case: status $? of: $BASH_COMMAND" | tee -a $OUT/errors' ERR
	for case in $(declare -F | sed -n 's/^declare -f case_//p' | grep -E "^(${CASES:-.*})$"); do
		[ $SECONDS -lt ${LIMIT:-100000} ] || { echo "case $case: no time left" | tee -a $OUT/errors; continue; }
		echo "case $case at $(now)"
		(warm) || echo "case $case: not warm" >>$OUT/errors
		case_$case
	done
	kill -TERM $recorder
	wait $recorder
	busybox rmdir $trace
	trap - ERR
	[ ! -e $OUT/errors ] || cat $OUT/errors
}

# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Functions that the scenarios share: hosts as network namespaces, and checks of results.

. "$LAB/scenarios/kernels.sh"

# A scenario that ends early prints its last command.
trap 's=$?; [ $s = 0 ] || echo "exit $s at: $BASH_COMMAND"' EXIT

fail() { echo "FAILED: $*"; exit 1; }

# expect WHAT ACTUAL EXPECTED: fails unless ACTUAL is EXPECTED
expect() { [ "$2" = "$3" ] || fail "$1: '$2' instead of '$3'"; echo "ok: $1: $2"; }

# small_rings: sets rings of 8 MiB for scenarios with few events. Under emulation, clearing 64 MiB takes a quarter of a
# recording's start. A recorder that a program starts, and not the shell, has the default. $! of a recorder in the background is
# another PID.
small_rings()
{
	pwru-record()
	{
		case " $* " in
		*' --ring-size'*) command pwru-record "$@" ;;
		*) command pwru-record --ring-size 8M "$@" ;;
		esac
	}
	export -f pwru-record
}

# outside: ends the part of a scenario that runs in the guest. The lab runs the lines below it on the machine that receives the
# files. That machine never ran the kernel, and is faster. keep NAME...: keeps variables for that part.
outside() { exit 0; }
keep() { declare -p "$@" >>$OUT/kept; }

# cable HOST1 DEV1 HOST2 DEV2: connects two hosts by a veth pair that is up
cable()
{
	ip link add "$2" netns "$1" type veth peer name "$4" netns "$3"
	ip -n "$1" link set "$2" up
	ip -n "$3" link set "$4" up
}

host()
{
	ip netns add "$1"
	ip -n "$1" link set lo up
}

# reach HOST ADDRESS: waits until a ping from HOST arrives; links and neighbours are ready then
reach()
{
	local try
	for try in 1 2 3 4 5 6 7 8 9 10; do
		ip netns exec "$1" ping -c1 -W1 "$2" >/dev/null 2>&1 && return
		sleep 0.3
	done
	fail "$1 does not reach $2"
}

# now: prints the seconds since boot, with two decimals; since T: prints the seconds since T
now() { cut -d' ' -f1 /proc/uptime; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.2f\n", b - a }'; }

# at_most SECONDS COMMAND...: runs COMMAND, and kills it at the limit. $OUT/waits then shows where each thread of a recorder
# waited. Without that file, a slow machine and a recorder that hangs look alike.
at_most()
{
	local limit=$1 watcher status=0
	shift
	(
		sleep $((limit - 5)) &
		trap "kill $!" TERM
		wait $! || exit 0
		for thread in $(pgrep -x pwru-record | sed 's|.*|/proc/&/task/*|'); do
			echo "$thread $(cat $thread/comm): $(cat $thread/syscall)"
			cat $thread/stack
		done
	) >$OUT/waits 2>&1 </dev/null &
	watcher=$!
	timeout -s KILL "$limit" "$@" || status=$?
	kill $watcher 2>/dev/null || true
	return $status
}

# attached FILE WORD: waits until FILE has WORD, which a program prints when it has attached
attached()
{
	local try
	for ((try = 0; try < 600; try++)); do
		grep -q "$2" "$1" 2>/dev/null && return
		sleep 0.1
	done
	fail "not attached: $(tail -n 3 "$1")"
}

# probes: prints how many kprobes of ours the kernel has, armed or only defined
probes()
{
	echo $(($(grep -c pwru_ /sys/kernel/tracing/kprobe_events || true) +
		$(grep -cv DISABLED /sys/kernel/debug/kprobes/list || true)))
}

# wait_no_probes SECONDS: waits until the kernel has no kprobe left, and fails after SECONDS
left_probes() { (grep pwru_ /sys/kernel/tracing/kprobe_events; grep -v DISABLED /sys/kernel/debug/kprobes/list) | head -n 3; }
wait_no_probes()
{
	local t=$(now)
	while [ "$(probes)" != 0 ]; do
		awk -v s="$(since $t)" -v max="$1" 'BEGIN { exit !(s > max) }' && fail "$(probes) probes left after $1 s: $(left_probes)"
		sleep 0.5
	done
}

# a_r_b: makes hosts a and b with a router r between them; a is 10.0.1.2, b is 10.0.2.2, and r forwards IPv4
a_r_b()
{
	host a; host r; host b
	cable a eth0 r left
	cable r right b eth0
	ip -n a addr add 10.0.1.2/24 dev eth0
	ip -n r addr add 10.0.1.1/24 dev left
	ip -n r addr add 10.0.2.1/24 dev right
	ip -n b addr add 10.0.2.2/24 dev eth0
	ip -n a route add default via 10.0.1.1
	ip -n b route add default via 10.0.2.1
	ip netns exec r sysctl -qw net.ipv4.ip_forward=1
	reach a 10.0.2.2
}

# sink_datagrams: makes b receive the datagrams of a; write_flood FILE: writes the script that sends N datagrams (1600)
sink_datagrams() { ip netns exec b socat -u UDP-RECV:5353 OPEN:/dev/null & }
write_flood()
{
	cat >"$1" <<'END'
exec 3>/dev/udp/10.0.2.2/5353
for ((i = 0; i < ${1:-1600}; i++)); do echo "datagram $i" >&3; done
END
}

# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# founding_hosts NAME: makes the hosts of the founding story: client -- router -- server. The router masquerades, and its uplink
# has no IPv4 address. Its default route has an IPv6 link-local next hop and the source address of a dummy interface.
# MASQUERADE ignores the route's source and takes the address of the first interface (net/ipv4/devinet.c, inet_select_addr).
# With "good" the first interface is the dummy, with "bad" the LAN side.
founding_hosts()
{
	host client; host router; host server
	[ "$1" = good ] && ip -n router link add src0 type dummy
	cable client eth0 router lan0
	cable router up0 server eth0
	[ "$1" = bad ] && ip -n router link add src0 type dummy
	ip -n router link set src0 up
	ip -n router addr add 192.0.2.1/32 dev src0
	ip -n client addr add 10.244.1.10/24 dev eth0
	ip -n router addr add 10.244.1.1/24 dev lan0
	ip -n client route add default via 10.244.1.1
	ip -n router addr add fe80::1/64 dev up0 nodad
	ip -n server addr add fe80::2/64 dev eth0 nodad
	ip -n server addr add 203.0.113.10/32 dev lo
	ip -4 -n server route add 192.0.2.1/32 via inet6 fe80::1 dev eth0
	ip -4 -n router route add default via inet6 fe80::2 dev up0 src 192.0.2.1
	# The server reaches the client's network through another interface.
	ip -n server link add mgmt0 type dummy
	ip -n server addr add 10.244.1.2/24 dev mgmt0
	ip -n server link set mgmt0 up
	ip netns exec server sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.eth0.rp_filter=1
	ip netns exec router sysctl -qw net.ipv4.ip_forward=1
	ip netns exec router iptables -t nat -A POSTROUTING -o up0 -j MASQUERADE
}

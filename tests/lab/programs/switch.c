/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lab-switch DEVICE1 DEVICE2 FLOW...: makes an Open vSwitch datapath of two ports, numbers 1 and 2,
 * says so on stderr, and listens for what port 1 asks user space; port 2 has nobody to ask.
 *
 * FLOW is UDP_PORT:ACTION,...: what becomes of datagrams for that port, on either port of the
 * switch; ACTION is the number of an output port, or "ct": to the connection tracker, zone 9.
 * Without actions they are dropped. The flow's identifier ends in the two bytes of UDP_PORT.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/openvswitch.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#define DATAPATH "switch"

static void die(const char *what)
{
	fprintf(stderr, "lab-switch: %s\n", what);
	exit(1);
}

/* A message for one of the families of include/uapi/linux/openvswitch.h. */
static struct nl_msg *begin(struct nl_sock *sk, const char *family, int cmd, int version)
{
	struct nl_msg *m = nlmsg_alloc();
	struct ovs_header *h =
		m ? genlmsg_put(m, NL_AUTO_PORT, NL_AUTO_SEQ, genl_ctrl_resolve(sk, family),
				sizeof(struct ovs_header), NLM_F_CREATE, (__u8)cmd, (__u8)version) :
		    NULL;

	if (!h)
		die("out of memory");
	h->dp_ifindex = (int)if_nametoindex(DATAPATH);
	return m;
}

static void send_off(struct nl_sock *sk, struct nl_msg *m, const char *what)
{
	int ret = nl_send_sync(sk, m);

	if (ret < 0) {
		fprintf(stderr, "lab-switch: %s: %s\n", what, nl_geterror(ret));
		exit(1);
	}
}

static void make_datapath(struct nl_sock *sk)
{
	struct nl_msg *m = begin(sk, OVS_DATAPATH_FAMILY, OVS_DP_CMD_NEW, OVS_DATAPATH_VERSION);

	nla_put_string(m, OVS_DP_ATTR_NAME, DATAPATH);
	nla_put_u32(m, OVS_DP_ATTR_UPCALL_PID, 0);
	send_off(sk, m, "datapath");
}

static void add_port(struct nl_sock *sk, __u32 nr, const char *device, __u32 listener)
{
	struct nl_msg *m = begin(sk, OVS_VPORT_FAMILY, OVS_VPORT_CMD_NEW, OVS_VPORT_VERSION);

	nla_put_u32(m, OVS_VPORT_ATTR_PORT_NO, nr);
	nla_put_u32(m, OVS_VPORT_ATTR_TYPE, OVS_VPORT_TYPE_NETDEV);
	nla_put_string(m, OVS_VPORT_ATTR_NAME, device);
	nla_put_u32(m, OVS_VPORT_ATTR_UPCALL_PID, listener);
	send_off(sk, m, device);
}

/* Datagrams for a port, whatever else they are: the key, or what of it counts. */
static void put_match(struct nl_msg *m, int attribute, bool is_mask, __u16 port)
{
	struct ovs_key_ethernet ethernet = { 0 };
	struct ovs_key_ipv4 ip = { .ipv4_proto = is_mask ? 0xff : IPPROTO_UDP };
	struct ovs_key_udp udp = { .udp_dst = is_mask ? 0xffff : htons(port) };
	struct nlattr *nest = nla_nest_start(m, attribute);

	nla_put_u32(m, OVS_KEY_ATTR_IN_PORT, is_mask ? 0 : 1);
	nla_put(m, OVS_KEY_ATTR_ETHERNET, sizeof(ethernet), &ethernet);
	nla_put_u16(m, OVS_KEY_ATTR_ETHERTYPE, is_mask ? 0xffff : htons(ETH_P_IP));
	nla_put(m, OVS_KEY_ATTR_IPV4, sizeof(ip), &ip);
	nla_put(m, OVS_KEY_ATTR_UDP, sizeof(udp), &udp);
	nla_nest_end(m, nest);
}

static void put_action(struct nl_msg *m, const char *action)
{
	struct nlattr *nest;

	if (strcmp(action, "ct")) {
		nla_put_u32(m, OVS_ACTION_ATTR_OUTPUT, (__u32)atoi(action));
		return;
	}
	nest = nla_nest_start(m, OVS_ACTION_ATTR_CT);
	nla_put_flag(m, OVS_CT_ATTR_COMMIT);
	nla_put_u16(m, OVS_CT_ATTR_ZONE, 9);
	nla_nest_end(m, nest);
}

static void add_flow(struct nl_sock *sk, char *text)
{
	struct nl_msg *m = begin(sk, OVS_FLOW_FAMILY, OVS_FLOW_CMD_NEW, OVS_FLOW_VERSION);
	char *actions = strchr(text, ':'), *save = NULL, *a;
	__u16 port = (__u16)atoi(text);
	__u8 ufid[16] = { [14] = (__u8)(port >> 8), [15] = (__u8)port };
	struct nlattr *nest;

	if (!actions)
		die("a flow is PORT:ACTION,...");
	put_match(m, OVS_FLOW_ATTR_KEY, false, port);
	put_match(m, OVS_FLOW_ATTR_MASK, true, port);
	nla_put(m, OVS_FLOW_ATTR_UFID, sizeof(ufid), ufid);
	nest = nla_nest_start(m, OVS_FLOW_ATTR_ACTIONS);
	for (a = strtok_r(actions + 1, ",", &save); a; a = strtok_r(NULL, ",", &save))
		put_action(m, a);
	nla_nest_end_keep_empty(m, nest);
	send_off(sk, m, text);
}

int main(int argc, char **argv)
{
	struct nl_sock *sk = nl_socket_alloc(), *listener = nl_socket_alloc();
	int i;

	if (argc < 3)
		die("usage: lab-switch DEVICE1 DEVICE2 FLOW...");
	if (!sk || !listener || genl_connect(sk) || genl_connect(listener))
		die("no netlink");
	make_datapath(sk);
	add_port(sk, 1, argv[1], nl_socket_get_local_port(listener));
	add_port(sk, 2, argv[2], 0);
	for (i = 3; i < argc; i++)
		add_flow(sk, argv[i]);
	fprintf(stderr, "lab-switch: switching\n");
	pause();
	return 0;
}

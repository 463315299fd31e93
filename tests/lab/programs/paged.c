/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lab-paged DEVICE LINEAR: answers the DNS questions that come in by the device. The first LINEAR
 * bytes of an answer, with the Ethernet header, are the linear data of its skb. The others are page
 * fragments, as drivers leave them: packet_alloc_skb() (net/packet/af_packet.c) goes by hdr_len.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define DNS_PORT 53
#define DNS_BYTES 4200 /* more than a page: else all is linear data */
#define DNS_ANSWER 0x80

struct packet {
	struct virtio_net_hdr vnet;
	struct ether_header eth;
	struct iphdr ip;
	struct udphdr udp;
	uint8_t dns[DNS_BYTES];
} __attribute__((packed));

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

/* Takes the port, so that the kernel sends no ICMP error. */
static void take_port(void)
{
	const struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(DNS_PORT) };

	if (bind(socket(AF_INET, SOCK_DGRAM, 0), (const struct sockaddr *)&sa, sizeof(sa)))
		fail("port 53");
}

static int open_device(const char *device)
{
	const struct sockaddr_ll sa = { .sll_family = AF_PACKET,
					.sll_protocol = htons(ETHERTYPE_IP),
					.sll_ifindex = (int)if_nametoindex(device) };
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETHERTYPE_IP)), yes = 1;

	if (bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &yes, sizeof(yes)))
		fail(device);
	return fd;
}

static uint16_t checksum(struct iphdr ip)
{
	uint16_t words[sizeof(ip) / 2];
	uint32_t sum = 0;
	size_t i;

	memcpy(words, &ip, sizeof(words));
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~(sum + (sum >> 16));
}

/* Turns a question into its answer. */
static void answer(struct packet *p, uint16_t linear)
{
	const struct ether_header eth = p->eth;
	const struct iphdr ip = p->ip;

	p->vnet = (struct virtio_net_hdr){ .hdr_len = linear };
	memcpy(p->eth.ether_dhost, eth.ether_shost, ETH_ALEN);
	memcpy(p->eth.ether_shost, eth.ether_dhost, ETH_ALEN);
	p->ip.saddr = ip.daddr;
	p->ip.daddr = ip.saddr;
	p->ip.tot_len = htons(sizeof(p->ip) + sizeof(p->udp) + sizeof(p->dns));
	p->ip.check = 0;
	p->ip.check = checksum(p->ip);
	p->udp.dest = p->udp.source;
	p->udp.source = htons(DNS_PORT);
	p->udp.len = htons(sizeof(p->udp) + sizeof(p->dns));
	p->udp.check = 0;
	p->dns[2] |= DNS_ANSWER;
}

int main(int argc, char **argv)
{
	static struct packet p;
	int fd;

	if (argc != 3)
		return 2;
	take_port();
	fd = open_device(argv[1]);
	while (recv(fd, &p, sizeof(p), 0) > 0) {
		if (p.ip.protocol != IPPROTO_UDP || p.udp.dest != htons(DNS_PORT))
			continue;
		answer(&p, (uint16_t)atoi(argv[2]));
		if (send(fd, &p, sizeof(p), 0) < 0)
			perror("send");
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "undelivered.h"

#include <stdio.h>
#include <string.h>

#include "diff/blind_spots.h"
#include "format/tool/cli.h"
#include "replay/hops.h"

#define TUN_READ "read%s by the process that holds the TUN/TAP device %s"
#define TAP_READ "read%s by the process that holds the macvtap or ipvtap device %s"

/*
 * A packet whose recording ended here, or that a driver took. In words, %s is first " in NETNS",
 * then the device, then "the recording ended". The first line that fits counts.
 */
static const struct {
	enum fate fate;
	enum layer layer;  /* of the last landmark */
	const char *after; /* a function that the packet passed last, or NULL for any */
	const char *words, *look;
} kinds[] = {
	/* net/core/dev.c: __dev_xmit_skb() put it into the queue */
	{ FATE_UNKNOWN, LAYER_TRANSMIT, NULL, "held%s by the queueing discipline of %s when %s",
	  "tc -s qdisc" },
	/* net/core/neighbour.c: __neigh_event_send() keeps it in arp_queue */
	{ FATE_UNKNOWN, LAYER_NEIGHBOUR, NULL,
	  "held%s: the next hop on %s had no link-layer address when %s",
	  "ip neigh; record with 'or arp or icmp6'" },
	/* drivers/net/tun.c: tun_do_read() */
	{ FATE_TRANSMITTED, LAYER_READ, "skb_copy_datagram_iter", TUN_READ, "ip tuntap" },
	/* The same without that function: an skb that the process does not get is dropped. */
	{ FATE_TRANSMITTED, LAYER_DRIVER, "tun_net_xmit", TUN_READ, "ip tuntap" },
	/* drivers/net/tun.c: tun_net_xmit() put it into the ring */
	{ FATE_UNKNOWN, LAYER_DRIVER, "tun_net_xmit",
	  "held%s: the process that holds the TUN/TAP device %s had not read it when %s",
	  "ip tuntap" },
	/* drivers/net/tap.c: tap_handle_frame() put it into the ring, tap_put_user() copies it */
	{ FATE_CONSUMED, LAYER_READ, "tap_handle_frame", TAP_READ, "ip -d link" },
	{ FATE_CONSUMED, LAYER_INGRESS, "tap_handle_frame", TAP_READ, "ip -d link" },
	{ FATE_UNKNOWN, LAYER_INGRESS, "tap_handle_frame",
	  "held%s: the process that holds the macvtap or ipvtap device %s had not read it when %s",
	  "ip -d link" },
	/* net/core/dev.c: dev_hard_start_xmit() */
	{ FATE_TRANSMITTED, LAYER_DRIVER, NULL,
	  "sent%s on %s, and received nowhere in the recording",
	  "ip -s link; record on the other end" },
	/* drivers/net/veth.c: veth_xdp_rcv_skb() returned no skb, and no exception was traced */
	{ FATE_TRANSMITTED, LAYER_INGRESS, "veth_xdp_rcv_skb",
	  "taken%s by the XDP program of %s (likely: it redirected the packet)", "bpftool net" },
};

#define LAST_STEPS 16

static bool passed_last(const struct path *p, const char *func)
{
	size_t i, from = p->nr > LAST_STEPS ? p->nr - LAST_STEPS : 0;

	for (i = from; i < p->nr; i++)
		if (!strcmp(plain_name(step_func(&p->steps[i], NAME_BUF), NAME_BUF), func))
			return true;
	return false;
}

/* The last step with a device: freeing functions may run without one. */
static const struct step *last_with_device(const struct path *p)
{
	size_t i = p->nr;

	while (i-- > 0)
		if (*step_ifname(&p->steps[i]))
			return &p->steps[i];
	return NULL;
}

static bool cut(struct hops *h, const struct path *p)
{
	struct landmarks marks = { .memory = p->memory };
	bool done;

	*h = (struct hops){ .memory = p->memory };
	done = hops_of_path(h, &marks, p);
	landmarks_free(&marks);
	return done && h->nr;
}

/* Returns the hop of good behind the one that fits bad's last hop, or NULL. */
static const struct hop *next_of_good(const struct pair *p, const struct counterparts *counterparts,
				      const struct hops *good, const struct hops *bad)
{
	const struct hop *last = &bad->v[bad->nr - 1];
	char name[NAME_LEN];
	const char *netns;
	uint32_t i;

	snprintf(name, sizeof(name), "%s", hop_netns(p->bad->steps[0].r, last, NAME_BUF));
	for (i = 0; i + 1 < good->nr; i++) {
		netns = hop_netns(p->good->steps[0].r, &good->v[i], NAME_BUF);
		if (good->v[i].role == last->role &&
		    !strcmp(counterparts_netns(counterparts, netns), name))
			return &good->v[i + 1];
	}
	return NULL;
}

static size_t kind_of(const struct path *p, const struct hop *last)
{
	size_t i = 0;

	while (i < sizeof(kinds) / sizeof(kinds[0]) &&
	       (kinds[i].fate != p->packet->fate || kinds[i].layer != last->last_layer ||
		(kinds[i].after && !passed_last(p, kinds[i].after))))
		i++;
	return i;
}

const char *undelivered_words(const struct pair *p, const struct counterparts *counterparts,
			      char *buf, size_t len)
{
	const struct step *s = last_with_device(p->bad);
	struct hops good = { 0 }, bad = { 0 };
	const struct hop *next = NULL;
	struct recorded_until u;
	const char *look = NULL, *netns;
	char in[NAME_LEN + 8] = "";
	size_t i;

	buf[0] = '\0';
	if (!s || !cut(&bad, p->bad) || !cut(&good, p->good))
		goto out;
	i = kind_of(p->bad, &bad.v[bad.nr - 1]);
	if (i == sizeof(kinds) / sizeof(kinds[0]))
		goto out;
	recorded_until(&u, s->r, s->ev.ts_ns);
	netns = step_netns(s, NAME_BUF);
	if (*netns)
		snprintf(in, sizeof(in), " in %s", cli_escape(netns));
	snprintf(buf, len, kinds[i].words, in, cli_escape(step_ifname(s)), u.what);
	next = next_of_good(p, counterparts, &good, &bad);
	if (next)
		snprintf(buf + strlen(buf), len - strlen(buf), "; good goes on to %s",
			 cli_escape(hop_netns(p->good->steps[0].r, next, NAME_BUF)));
	look = kinds[i].look;
out:
	if (bad.memory)
		hops_free(&bad);
	if (good.memory)
		hops_free(&good);
	return look;
}

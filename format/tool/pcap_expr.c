/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "pcap_expr.h"

#include <ctype.h>
#include <net/ethernet.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "raw_program.h"

#define ADDRS_LEN 12 /* of an Ethernet header */
#define TAG_LEN 4    /* EtherType and TCI: IEEE 802.1Q */
#define ETHERTYPE_QINQ 0x88a8

struct pcap_expr {
	struct bpf_program l2, l3;
};

_Static_assert(sizeof(struct pcap_expr_insn) == sizeof(struct bpf_insn),
	       "same layout as libpcap's");

static int compile_for(struct bpf_program *prog, int link, const char *text, char *error,
		       size_t len)
{
	pcap_t *p = pcap_open_dead(link, 65535);
	int ret = -1;

	if (!p) {
		snprintf(error, len, "out of memory");
		return -1;
	}
	ret = pcap_compile(p, prog, text, 1, PCAP_NETMASK_UNKNOWN);
	if (ret)
		snprintf(error, len, "%s", pcap_geterr(p));
	pcap_close(p);
	return ret;
}

/*
 * Does the program load what is not in the packet? Linux gives the packet type, the interface's
 * index and the like to a filter of a socket at offsets from SKF_AD_OFF on
 * (include/uapi/linux/filter.h); all its special offsets are negative. Recorded headers have no
 * such bytes.
 */
static bool is_ancillary(const struct bpf_program *p)
{
	unsigned int i;

	for (i = 0; i < p->bf_len; i++) {
		const struct bpf_insn *c = &p->bf_insns[i];
		unsigned int mode = BPF_MODE(c->code);

		if ((BPF_CLASS(c->code) == BPF_LD || BPF_CLASS(c->code) == BPF_LDX) &&
		    (mode == BPF_ABS || mode == BPF_IND || mode == BPF_MSH) && (int32_t)c->k < 0)
			return true;
	}
	return false;
}

/* The word of a filter that makes it ancillary; NULL where none is known. */
static const char *ancillary_word(const char *text)
{
	static const char *const words[] = { "inbound", "outbound", "ifindex" };
	const char *at;
	size_t i, n;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		n = strlen(words[i]);
		for (at = text; (at = strstr(at, words[i])); at += n)
			if ((at == text || !isalnum((unsigned char)at[-1])) &&
			    !isalnum((unsigned char)at[n]))
				return words[i];
	}
	return NULL;
}

static int fail_ancillary(const char *text, struct pwrt_diag *d)
{
	const char *word = ancillary_word(text);

	return pwrt_fail(
		d, PWRT_EINVAL, 0,
		"bad filter '%.60s': '%s' is not in the packet's headers: use --ifname to show, "
		"--filter-ifname to record",
		text, word ? word : "a value of the capturing socket");
}

static bool compares_with(const struct bpf_program *p, uint32_t ether_type)
{
	unsigned int i;

	for (i = 0; i < p->bf_len; i++)
		if (p->bf_insns[i].code == (BPF_JMP | BPF_JEQ | BPF_K) &&
		    p->bf_insns[i].k == ether_type)
			return true;
	return false;
}

/*
 * For packets without a link layer, libpcap refuses "icmp or vlan" and "ether host", and finds that
 * ARP never matches (gencode.c, gen_linktype(), DLT_RAW). The kernel builds packets from the
 * network layer outwards: without this, an expression misses the first functions of what is sent.
 */
static void translate(struct pcap_expr *e)
{
	struct bpf_program raw;

	if (!raw_program_build(&raw, &e->l2))
		return;
	pcap_freecode(&e->l3);
	e->l3 = raw;
}

int pcap_expr_compile(struct pcap_expr **out, const char *text, struct pwrt_diag *d)
{
	struct pcap_expr *e = calloc(1, sizeof(*e));
	char error[PCAP_ERRBUF_SIZE] = "", ignored[PCAP_ERRBUF_SIZE];
	int l2, l3;

	if (!e)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	l2 = compile_for(&e->l2, DLT_EN10MB, text, error, sizeof(error));
	l3 = compile_for(&e->l3, DLT_RAW, text, l2 ? ignored : error, sizeof(error));
	if (!l2 && (l3 || compares_with(&e->l2, ETHERTYPE_ARP)))
		translate(e);
	if (l2 && l3) {
		pcap_expr_free(e);
		return pwrt_fail(d, PWRT_EINVAL, 0, "bad filter '%s': %s", text, error);
	}
	if (is_ancillary(&e->l2) || is_ancillary(&e->l3)) {
		pcap_expr_free(e);
		return fail_ancillary(text, d);
	}
	*out = e;
	return 0;
}

void pcap_expr_free(struct pcap_expr *e)
{
	if (!e)
		return;
	pcap_freecode(&e->l2);
	pcap_freecode(&e->l3);
	free(e);
}

bool pcap_expr_match(const struct pcap_expr *e, const uint8_t *hdr, size_t len, size_t wire_len,
		     size_t l3_off)
{
	const struct bpf_program *p = l3_off ? &e->l2 : &e->l3;

	return p->bf_len && bpf_filter(p->bf_insns, hdr, (unsigned int)wire_len, (unsigned int)len);
}

bool pcap_expr_reads_tags(const struct pcap_expr *e)
{
	return compares_with(&e->l2, ETHERTYPE_VLAN) || compares_with(&e->l2, ETHERTYPE_QINQ);
}

/* Returns the EtherType of a packet that begins with the network layer, as raw_program.c has it. */
static uint16_t ether_type_of(const uint8_t *hdr, size_t len)
{
	switch (len ? hdr[0] >> 4 : 1) {
	case 4:
		return ETHERTYPE_IP;
	case 6:
		return ETHERTYPE_IPV6;
	case 0:
		return ETHERTYPE_ARP;
	default:
		return 0;
	}
}

static uint8_t *put_be16(uint8_t *to, uint16_t v)
{
	*to++ = (uint8_t)(v >> 8);
	*to++ = (uint8_t)v;
	return to;
}

bool pcap_expr_match_tagged(const struct pcap_expr *e, const uint8_t *hdr, size_t len,
			    size_t wire_len, size_t l3_off, uint16_t proto, uint16_t tci)
{
	const bool raw = l3_off < ETHER_HDR_LEN || len < ETHER_HDR_LEN;
	const size_t added = raw ? ETHER_HDR_LEN + TAG_LEN : TAG_LEN;
	uint8_t frame[PCAP_EXPR_TAGGED_MAX] = { 0 }, *to = frame + ADDRS_LEN;

	to = put_be16(put_be16(to, proto), tci);
	if (raw) {
		to = put_be16(to, ether_type_of(hdr, len));
	} else {
		memcpy(frame, hdr, ADDRS_LEN);
		hdr += ADDRS_LEN;
		len -= ADDRS_LEN;
	}
	if (len > sizeof(frame) - (size_t)(to - frame))
		len = sizeof(frame) - (size_t)(to - frame);
	memcpy(to, hdr, len);
	return pcap_expr_match(e, frame, (size_t)(to - frame) + len, wire_len + added,
			       ETHER_HDR_LEN + TAG_LEN);
}

const struct pcap_expr_insn *pcap_expr_insns(const struct pcap_expr *e, bool l2, size_t *nr)
{
	const struct bpf_program *p = l2 ? &e->l2 : &e->l3;

	*nr = p->bf_len;
	return (const struct pcap_expr_insn *)p->bf_insns;
}

char *pcap_expr_join(char *const *words, size_t nr)
{
	size_t len = 1, i;
	char *s, *end;

	for (i = 0; i < nr; i++)
		len += strlen(words[i]) + 1;
	s = malloc(len);
	if (!s)
		return NULL;
	*s = '\0';
	for (i = 0, end = s; i < nr; i++) {
		if (i)
			*end++ = ' ';
		end = stpcpy(end, words[i]);
	}
	return s;
}

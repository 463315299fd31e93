#include "anonymize.h"

#include <netinet/in.h>
#include <nettle/aes.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "headers.h"

struct anonymizer {
	struct aes128_ctx aes;
	uint8_t pad[AES_BLOCK_SIZE];
};

int anonymize_key(uint8_t key[ANONYMIZE_KEY_LEN], const char *path, struct pwrt_diag *d)
{
	struct sha256_ctx sha;
	uint8_t buf[4096];
	size_t n, all = 0;
	bool failed;
	FILE *f;

	_Static_assert(SHA256_DIGEST_SIZE == ANONYMIZE_KEY_LEN, "the hash is the key");
	if (!path)
		return getrandom(key, ANONYMIZE_KEY_LEN, 0) == ANONYMIZE_KEY_LEN ?
			       0 :
			       pwrt_fail(d, PWRT_EOS, 0, "getrandom");
	f = fopen(path, "re");
	if (!f)
		return pwrt_fail(d, PWRT_EOS, 0, "cannot read the key %s", path);
	sha256_init(&sha);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0) {
		sha256_update(&sha, n, buf);
		all += n;
	}
	failed = ferror(f);
	if (failed)
		pwrt_fail(d, PWRT_EOS, 0, "cannot read the key %s", path);
	fclose(f);
	if (failed)
		return PWRT_EOS;
	sha256_digest(&sha, ANONYMIZE_KEY_LEN, key);
	return all ? 0 : pwrt_fail(d, PWRT_EARG, 0, "the key %s is empty", path);
}

struct anonymizer *anonymizer_new(const uint8_t key[ANONYMIZE_KEY_LEN])
{
	struct anonymizer *a = calloc(1, sizeof(*a));

	if (a) {
		aes128_set_encrypt_key(&a->aes, key);
		aes128_encrypt(&a->aes, sizeof(a->pad), a->pad, key + 16);
	}
	return a;
}

void anonymizer_free(struct anonymizer *a)
{
	free(a);
}

/*
 * Crypto-PAn: bit i of the result is bit i of the address, turned over by a pseudorandom function of
 * the i bits before it. These are put in front of the padding and encrypted; the first bit counts.
 */
static void crypto_pan(const struct anonymizer *a, uint8_t *addr, size_t len)
{
	uint8_t in[AES_BLOCK_SIZE], out[AES_BLOCK_SIZE], flips[16] = { 0 };
	size_t bit, i;

	memcpy(in, a->pad, sizeof(in));
	for (bit = 0; bit < 8 * len; bit++) {
		aes128_encrypt(&a->aes, sizeof(out), out, in);
		flips[bit / 8] |= (uint8_t)((out[0] & 0x80) >> bit % 8);
		/* One bit more of the address takes the place of a bit of the padding. */
		in[bit / 8] = (uint8_t)((in[bit / 8] & ~(0x80 >> bit % 8)) |
					(addr[bit / 8] & 0x80 >> bit % 8));
	}
	for (i = 0; i < len; i++)
		addr[i] ^= flips[i];
}

/* Loopback, multicast, broadcast and "none": they say what kind of packet it is, not whose. */
static bool is_nobody(const uint8_t *addr, size_t len)
{
	static const uint8_t loopback6[16] = { [15] = 1 }, none[16],
			     all[4] = { 255, 255, 255, 255 };

	if (!memcmp(addr, none, len))
		return true;
	if (len == 4)
		return addr[0] == 127 || addr[0] >> 4 == 14 || !memcmp(addr, all, 4);
	return addr[0] == 0xff || !memcmp(addr, loopback6, 16);
}

void anonymize_addr(struct anonymizer *a, uint8_t *addr, size_t len)
{
	uint8_t whole[16];

	if ((len != 4 && len != 16) || is_nobody(addr, len))
		return;
	memcpy(whole, addr, len);
	crypto_pan(a, whole, len);
	/* A link-local address stays one; its lower half, often made of a MAC, does not. */
	if (len == 16 && addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80)
		memcpy(addr + 8, whole + 8, 8);
	else
		memcpy(addr, whole, len);
}

static void zero(uint8_t *p, size_t at, size_t n, size_t len)
{
	if (at < len)
		memset(p + at, 0, n < len - at ? n : len - at);
}

/* What stays of a transport header of len recorded bytes: its own fields, no checksum, no payload. */
static size_t transport(uint8_t proto, uint8_t *p, size_t len)
{
	static const struct {
		uint8_t proto, header, checksum;
	} kinds[] = {
		{ IPPROTO_TCP, 20, 16 }, { IPPROTO_UDP, 8, 6 },	   { IPPROTO_UDPLITE, 8, 6 },
		{ IPPROTO_ICMP, 8, 2 },	 { IPPROTO_ICMPV6, 8, 2 }, { IPPROTO_SCTP, 12, 8 },
	};
	size_t i, keep;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].proto == proto)
			break;
	if (i == sizeof(kinds) / sizeof(kinds[0]))
		return 0;
	zero(p, kinds[i].checksum, proto == IPPROTO_SCTP ? 4 : 2, len);
	keep = kinds[i].header;
	/* The options of TCP say when the machine was started, and are payload to a diff. */
	if (proto == IPPROTO_TCP && len > 12)
		p[12] = (uint8_t)(0x50 | (p[12] & 0x0f));
	/* An ICMP redirect names a gateway, whose place holds other things in other types. */
	if ((proto == IPPROTO_ICMP && p[0] == 5) || (proto == IPPROTO_ICMPV6 && p[0] == 137))
		zero(p, 4, 4, len);
	return keep < len ? keep : len;
}

/* RFC 826: hardware and protocol addresses of both sides. */
static size_t arp(struct anonymizer *a, uint8_t *p, size_t len)
{
	if (len < 28 || p[4] != 6 || p[5] != 4)
		return len < 8 ? len : 8;
	zero(p, 8, 6, len);
	anonymize_addr(a, p + 14, 4);
	zero(p, 18, 6, len);
	anonymize_addr(a, p + 24, 4);
	return 28;
}

/* Between the IPv6 header and the transport: of each extension what says which one it is. */
static void extensions(uint8_t *p, size_t at, size_t end, uint8_t next)
{
	while (at + 8 <= end) {
		size_t n = next == IPPROTO_FRAGMENT ? 8 : 8 + (size_t)p[at + 1] * 8;

		if (next == IPPROTO_ROUTING)
			zero(p, at + 8, n - 8, end);
		else if (next != IPPROTO_FRAGMENT)
			zero(p, at + 2, n - 2, end);
		next = p[at];
		at += n;
	}
}

size_t anonymize_headers(struct anonymizer *a, uint8_t *hdr, size_t len, size_t l3_off)
{
	uint8_t *l3 = hdr + l3_off, *l4;
	struct headers h;
	size_t ip;

	headers_parse(&h, hdr, len, l3_off);
	/* Addresses of the link, and whatever a link that is not Ethernet has there. */
	zero(hdr, 0, h.eth ? 12 : l3_off, len);
	if (l3_off >= len)
		return len;
	if (!h.ip_version || (h.eth_type != ETH_IP && h.eth_type != ETH_IPV6))
		return h.eth_type == ETH_ARP ? l3_off + arp(a, l3, len - l3_off) : l3_off;
	l4 = (uint8_t *)(uintptr_t)h.l4;
	ip = l4 ? (size_t)(l4 - l3) : h.ip_version == 4 ? 20 : 40;
	if (h.ip_version == 4) {
		zero(l3, 10, 2, len - l3_off);
		/* Options may hold a route of addresses. */
		zero(l3, 20, ip - 20, len - l3_off);
	} else {
		extensions(l3, 40, ip, l3[6]);
	}
	anonymize_addr(a, (uint8_t *)(uintptr_t)h.src, h.addr_len);
	anonymize_addr(a, (uint8_t *)(uintptr_t)h.dst, h.addr_len);
	return l3_off + ip + (l4 ? transport(h.proto, l4, h.l4_len) : 0);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "pseudonym.h"

#include <nettle/aes.h>
#include <nettle/hmac.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct anonymizer {
	struct aes128_ctx aes; /* of Crypto-PAn */
	uint8_t pad[AES_BLOCK_SIZE];
	struct aes128_ctx numbers;   /* with a key of its own, derived from the first */
	struct hmac_sha256_ctx hmac; /* keyed, with nothing in it yet */
};

int pseudonym_key(uint8_t key[PSEUDONYM_KEY_LEN], const char *path, struct pwrt_diag *d)
{
	struct sha256_ctx sha;
	uint8_t buf[4096];
	size_t n, all = 0;
	bool failed;
	FILE *f;

	_Static_assert(SHA256_DIGEST_SIZE == PSEUDONYM_KEY_LEN, "the hash is the key");
	if (!path)
		return getrandom(key, PSEUDONYM_KEY_LEN, 0) == PSEUDONYM_KEY_LEN ?
			       0 :
			       pwrt_fail(d, PWRT_ESYS, 0, "getrandom");
	f = fopen(path, "re");
	if (!f)
		return pwrt_fail(d, PWRT_ESYS, 0, "cannot read the key %s", path);
	sha256_init(&sha);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0) {
		sha256_update(&sha, n, buf);
		all += n;
	}
	failed = ferror(f);
	if (failed)
		pwrt_fail(d, PWRT_ESYS, 0, "cannot read the key %s", path);
	fclose(f);
	if (failed)
		return PWRT_ESYS;
	sha256_digest(&sha, PSEUDONYM_KEY_LEN, key);
	return all ? 0 : pwrt_fail(d, PWRT_EINVAL, 0, "the key %s is empty", path);
}

/* Computes an HMAC (RFC 2104) over a label, which pseudonyms do not have, and the value before. */
void pseudonym_key_check(char check[KEY_CHECK_LEN], const uint8_t key[PSEUDONYM_KEY_LEN],
			 const char *was)
{
	static const char label[] = "pwrt check value of the key";
	uint8_t digest[(KEY_CHECK_LEN - 1) / 2];
	struct hmac_sha256_ctx hmac;
	size_t i;

	hmac_sha256_set_key(&hmac, PSEUDONYM_KEY_LEN, key);
	hmac_sha256_update(&hmac, sizeof(label), (const uint8_t *)label);
	if (was)
		hmac_sha256_update(&hmac, strlen(was), (const uint8_t *)was);
	hmac_sha256_digest(&hmac, sizeof(digest), digest);
	for (i = 0; i < sizeof(digest); i++)
		snprintf(check + 2 * i, 3, "%02x", digest[i]);
}

/* Writes an HMAC (RFC 2104) over a label and bytes. */
static void digest(const struct anonymizer *a, const char *label, const void *p, size_t len,
		   uint8_t *out, size_t out_len)
{
	struct hmac_sha256_ctx hmac = a->hmac;

	hmac_sha256_update(&hmac, strlen(label) + 1, (const uint8_t *)label);
	hmac_sha256_update(&hmac, len, p);
	hmac_sha256_digest(&hmac, out_len, out);
}

/* Splits the key as the authors of Crypto-PAn do: 16 bytes for the cipher, 16 for the padding. */
struct anonymizer *anonymizer_new(const uint8_t key[PSEUDONYM_KEY_LEN])
{
	struct anonymizer *a = calloc(1, sizeof(*a));
	uint8_t sub[AES128_KEY_SIZE];

	if (!a)
		return NULL;
	aes128_set_encrypt_key(&a->aes, key);
	aes128_encrypt(&a->aes, sizeof(a->pad), a->pad, key + 16);
	hmac_sha256_set_key(&a->hmac, PSEUDONYM_KEY_LEN, key);
	digest(a, "numbers", "", 0, sub, sizeof(sub));
	aes128_set_encrypt_key(&a->numbers, sub);
	return a;
}

void anonymizer_free(struct anonymizer *a)
{
	free(a);
}

/*
 * Replaces an address by Crypto-PAn. Bit i of the result is bit i of the address, flipped by a
 * pseudorandom function of the i bits before it. That function is the first bit of their
 * encryption, with padding behind them.
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

/*
 * Leading bytes of an address that show its kind and stay. The other bytes may belong to a host.
 * The first line that matches counts.
 */
static const struct {
	uint8_t len, bits; /* of the address; of the prefix */
	uint8_t prefix[16];
	uint8_t stays; /* bytes */
} special[] = {
	/* RFC 6890: "this host", loopback, broadcast. */
	{ 4, 32, { 0 }, 4 },
	{ 4, 8, { 127 }, 4 },
	{ 4, 32, { 255, 255, 255, 255 }, 4 },
	/* Multicast with an AS number (RFC 3180) or a unicast prefix (RFC 6034) inside. */
	{ 4, 8, { 233 }, 1 },
	{ 4, 8, { 234 }, 1 },
	{ 4, 4, { 224 }, 4 },
	{ 16, 128, { 0 }, 16 },
	{ 16, 128, { [15] = 1 }, 16 },
	/* Link-local (RFC 4291); its lower half is often made of a MAC. */
	{ 16, 10, { 0xfe, 0x80 }, 8 },
	/* Solicited-node multicast: the last bytes of a unicast address (RFC 4291, 2.7.1). */
	{ 16, 104, { 0xff, 0x02, [11] = 1, [12] = 0xff }, 13 },
	/* Multicast with a unicast prefix inside (RFC 3306, 3956): bit P of the flags. */
	{ 16, 12, { 0xff, 0x30 }, 2 },
	{ 16, 12, { 0xff, 0x70 }, 2 },
	{ 16, 8, { 0xff }, 16 },
};

static bool has_prefix(const uint8_t *addr, const uint8_t *prefix, unsigned int bits)
{
	unsigned int bytes = bits / 8, rest = bits % 8;

	return !memcmp(addr, prefix, bytes) &&
	       (!rest || !((addr[bytes] ^ prefix[bytes]) >> (8 - rest)));
}

static size_t bytes_that_stay(const uint8_t *addr, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (special[i].len == len && has_prefix(addr, special[i].prefix, special[i].bits))
			return special[i].stays;
	return 0;
}

void pseudonym_addr(const struct anonymizer *a, uint8_t *addr, size_t len)
{
	uint8_t all[16];
	size_t stays;

	if (len != 4 && len != 16)
		return;
	stays = bytes_that_stay(addr, len);
	if (stays == len)
		return;
	memcpy(all, addr, len);
	crypto_pan(a, all, len);
	memcpy(addr + stays, all + stays, len - stays);
}

/* Returns 64 pseudorandom bits for n, by a function of its own for each use. */
static uint64_t prf(const struct anonymizer *a, const uint8_t use[4], uint64_t n)
{
	uint8_t in[AES_BLOCK_SIZE] = { 0 }, out[AES_BLOCK_SIZE];
	uint64_t r = 0;
	size_t i;

	memcpy(in, use, 4);
	for (i = 0; i < 8; i++)
		in[8 + i] = (uint8_t)(n >> 8 * i);
	aes128_encrypt(&a->numbers, sizeof(out), out, in);
	for (i = 0; i < 8; i++)
		r = r << 8 | out[i];
	return r;
}

enum prf_use { USE_NUMBER, USE_ADDR };

/*
 * Permutes the numbers of an even number of bits: a Feistel network (Luby and Rackoff, 1988), with
 * ten rounds as in NIST SP 800-38G for small domains.
 */
static uint64_t permute(const struct anonymizer *a, uint8_t kind, uint8_t bits, uint64_t n)
{
	unsigned int half = bits / 2u;
	uint64_t mask = (1ull << half) - 1, left = n >> half, right = n & mask, t;
	uint8_t use[4] = { USE_NUMBER, kind, bits, 0 };

	for (; use[3] < 10; use[3]++) {
		t = right;
		right = left ^ (prf(a, use, right) & mask);
		left = t;
	}
	return left << half | right;
}

uint64_t pseudonym_number(const struct anonymizer *a, enum pseudonym_number kind, uint64_t n)
{
	static const uint8_t bits_of[PSEUDONYM_NUMBERS] = {
		[PSEUDONYM_PID] = 22,	[PSEUDONYM_UID] = 32,  [PSEUDONYM_NETNS] = 32,
		[PSEUDONYM_INODE] = 32, [PSEUDONYM_ECHO] = 16, [PSEUDONYM_SPI] = 32,
	};
	uint8_t bits = n >> bits_of[kind] ? 64 : bits_of[kind];

	if (!n)
		return 0;
	/* 0 stays 0, so a result of 0 is permuted again. Pseudonyms stay different. */
	do
		n = permute(a, (uint8_t)kind, bits, n);
	while (!n);
	return n;
}

uint64_t pseudonym_kernel_addr(const struct anonymizer *a, uint64_t addr)
{
	static const uint8_t use[4] = { USE_ADDR };

	return addr ? (prf(a, use, addr) & 0xffffffffffff) | 1ull << 47 : 0;
}

#define STAY_MAX 8

static const struct {
	const char *label;	    /* of the pseudonyms */
	const char *stay[STAY_MAX]; /* names that the kernel gives; '#' is 1 to 4 digits */
} names[PSEUDONYM_NAMES] = {
	[PSEUDONYM_TASK] = { "task",
			     { "swapper/#", "ksoftirqd/#", "migration/#", "kworker/#:#",
			       "kworker/#:#H", "kworker/u#:#" } },
	[PSEUDONYM_DEV] = { "if", { "lo", "eth#", "wlan#" } },
	[PSEUDONYM_NAMESPACE] = { "ns", { "init" } },
	[PSEUDONYM_TABLE] = { "table", { "filter", "nat", "mangle", "raw", "security", "broute" } },
	[PSEUDONYM_CHAIN] = { "chain",
			      { "PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING",
				"BROUTING" } },
	[PSEUDONYM_PROGRAM] = { "prog", { NULL } },
};

static bool fits(const char *pattern, const char *name)
{
	size_t digits;

	for (; *pattern; pattern++) {
		if (*pattern != '#') {
			if (*pattern != *name++)
				return false;
			continue;
		}
		digits = strspn(name, "0123456789");
		if (!digits || digits > 4)
			return false;
		name += digits;
	}
	return !*name;
}

void pseudonym_name(const struct anonymizer *a, enum pseudonym_name kind, const char *name,
		    char to[PSEUDONYM_MAX])
{
	uint8_t d[4];
	size_t i;

	for (i = 0; i < STAY_MAX && names[kind].stay[i]; i++) {
		if (fits(names[kind].stay[i], name)) {
			snprintf(to, PSEUDONYM_MAX, "%s", name);
			return;
		}
	}
	digest(a, names[kind].label, name, strlen(name), d, sizeof(d));
	snprintf(to, PSEUDONYM_MAX, "%s-%02x%02x%02x%02x", names[kind].label, d[0], d[1], d[2],
		 d[3]);
	if (!*name)
		to[0] = '\0';
}

void pseudonym_bytes(const struct anonymizer *a, uint8_t *bytes, size_t len)
{
	static const uint8_t zeros[PSEUDONYM_BYTES_MAX];

	if (len <= PSEUDONYM_BYTES_MAX && memcmp(bytes, zeros, len))
		digest(a, "bytes", bytes, len, bytes, len);
}

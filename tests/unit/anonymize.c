/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "replay/show/anonymize_headers.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/headers.h"
#include "unit.h"

/* The key and the pairs that come with the authors' implementation (sample_trace_sanitized.dat). */
static const uint8_t key[PSEUDONYM_KEY_LEN] = { 21,  34, 23,  141, 51, 164, 207, 128, 19,  10,	91,
						22,  73, 144, 125, 16, 216, 152, 143, 131, 121, 121,
						101, 39, 98,  87,  76, 45,  42,	 132, 34,  2 };

static const char *pseudonym(const uint8_t *k, const char *addr)
{
	static char text[INET6_ADDRSTRLEN];
	struct anonymizer *a = anonymizer_new(k);
	int family = strchr(addr, ':') ? AF_INET6 : AF_INET;
	uint8_t bytes[16];

	ck_assert_int_eq(inet_pton(family, addr, bytes), 1);
	pseudonym_addr(a, bytes, family == AF_INET ? 4 : 16);
	anonymizer_free(a);
	inet_ntop(family, bytes, text, sizeof(text));
	return text;
}

START_TEST(published_pairs)
{
	ck_assert_str_eq(pseudonym(key, "128.11.68.132"), "135.242.180.132");
	ck_assert_str_eq(pseudonym(key, "129.118.74.4"), "134.136.186.123");
	ck_assert_str_eq(pseudonym(key, "130.132.252.244"), "133.68.164.234");
	ck_assert_str_eq(
		pseudonym((const uint8_t *)"32-char-str-for-AES-key-and-pad.", "192.0.2.1"),
		"192.0.125.244");
}
END_TEST

/* Returns the number of bits that two addresses have in common at their beginning. */
static unsigned int common(const uint8_t *x, const uint8_t *y, unsigned int bytes)
{
	unsigned int i = 0;

	while (i < 8 * bytes && !((x[i / 8] ^ y[i / 8]) & 0x80 >> i % 8))
		i++;
	return i;
}

START_TEST(prefixes_stay_common)
{
	struct anonymizer *a = anonymizer_new(key);
	uint8_t x[16], y[16], px[16], py[16];
	unsigned int round, i, len;

	srand(5);
	for (round = 0; round < 2000; round++) {
		len = round % 2 ? 4 : 16;
		for (i = 0; i < len; i++)
			x[i] = (uint8_t)rand();
		x[0] = 0x20; /* neither multicast nor link-local */
		memcpy(y, x, len);
		i = 8 + (unsigned int)rand() % (8 * len - 8);
		y[i / 8] ^= (uint8_t)(0x80 >> i % 8);
		memcpy(px, x, len);
		memcpy(py, y, len);
		pseudonym_addr(a, px, len);
		pseudonym_addr(a, py, len);
		ck_assert_uint_eq(common(px, py, len), common(x, y, len));
		ck_assert(memcmp(px, x, len));
	}
	anonymizer_free(a);
}
END_TEST

START_TEST(nobody_in_particular)
{
	static const char *const same[] = { "0.0.0.0",	       "127.0.0.1", "224.0.0.251",
					    "255.255.255.255", "::",	    "::1",
					    "ff02::1" };
	size_t i;

	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		ck_assert_str_eq(pseudonym(key, same[i]), same[i]);
	ck_assert(!strncmp(pseudonym(key, "fe80::a8bb:ccff:fedd:eeff"), "fe80::", 6));
	ck_assert_str_ne(pseudonym(key, "fe80::a8bb:ccff:fedd:eeff"), "fe80::a8bb:ccff:fedd:eeff");
}
END_TEST

/* Bytes that must be gone are 0xa1, 0xb2, 0xc3 or 0xd4; what must stay is something else. */
#define MACS "\xa1\xa1\xa1\xa1\xa1\xa1\xb2\xb2\xb2\xb2\xb2\xb2"
#define ADDRS4 "\xa1\xb2\xa1\xb2\xb2\xa1\xb2\xa1"
#define ADDRS6                                                             \
	"\xa1\xb2\xa1\xb2\xa1\xb2\xa1\xb2\xa1\xb2\xa1\xb2\xa1\xb2\xa1\xb2" \
	"\xb2\xa1\xb2\xa1\xb2\xa1\xb2\xa1\xb2\xa1\xb2\xa1\xb2\xa1\xb2\xa1"
#define PAYLOAD "\xd4\xd4\xd4\xd4\xd4\xd4\xd4\xd4\xd4\xd4"
#define IP4(proto, ihl) ihl "\x10\x00\x40\x12\x34\x40\x00\x40" proto "\xc3\xc3" ADDRS4
#define IP6(next) "\x60\x01\x02\x03\x00\x40" next "\x40" ADDRS6

static const struct {
	const char *what;
	const char *bytes;
	size_t len;
	size_t l3_off, left;
} packets[] = {
#define P(what, l3_off, left, bytes)                         \
	{                                                    \
		what, bytes, sizeof(bytes) - 1, l3_off, left \
	}
	P("tcp", 14, 14 + 20 + 20,
	  MACS "\x08\x00" IP4(
		  "\x06",
		  "\x45") "\x30\x39\x01\xbb\x01\x02\x03\x04\x05\x06\x07\x08\x80\x18\x20\x00"
			  "\xc3\xc3\x00\x00\xd4\xd4\xd4\xd4\xd4\xd4\xd4\xd4\xd4\xd4\xd4\xd4" PAYLOAD),
	P("udp", 0, 28, IP4("\x11", "\x45") "\x30\x39\x00\x35\x00\x20\xc3\xc3" PAYLOAD),
	P("icmp with a packet inside", 0, 28,
	  IP4("\x01", "\x45") "\x03\x01\xc3\xc3\0\0\0\0" IP4("\x11", "\x45")),
	P("icmp redirect", 0, 28,
	  IP4("\x01", "\x45") "\x05\x01\xc3\xc3"
			      "\xa1\xa1\xa1\xa1" IP4("\x11", "\x45")),
	P("record route", 0, 24 + 8,
	  IP4("\x11", "\x46") "\xa1\xa1\xa1\xa1\x30\x39\x00\x35\x00\x20\xc3\xc3" PAYLOAD),
	P("a tunnel", 0, 24, IP4("\x2f", "\x45") "\0\0\x08\0" IP4("\x06", "\x45")),
	P("vlan", 18, 18 + 28,
	  MACS "\x81\x00\x00\x07\x08\x00" IP4("\x11",
					      "\x45") "\x30\x39\x00\x35\x00\x20\xc3\xc3" PAYLOAD),
	P("arp", 14, 42,
	  MACS "\x08\x06"
	       "\0\1\x08\0\6\4\0\1"
	       "\xa1\xa1\xa1\xa1\xa1\xa1\xa1\xb2\xa1\xb2"
	       "\xb2\xb2\xb2\xb2\xb2\xb2\xb2\xa1\xb2\xa1" PAYLOAD),
	P("lldp", 14, 14, MACS "\x88\xcc" PAYLOAD PAYLOAD),
	P("lldp that looks like IPv4", 14, 14, MACS "\x88\xcc" IP4("\x06", "\x45") PAYLOAD),
	P("link layer alone", 14, 14, MACS "\x08\x00"),
	P("udp6", 14, 14 + 40 + 8,
	  MACS "\x86\xdd" IP6("\x11") "\x30\x39\x00\x35\x00\x20\xc3\xc3" PAYLOAD),
	P("neighbour solicitation", 0, 48, IP6("\x3a") "\x87\x00\xc3\xc3\0\0\0\0" ADDRS6 PAYLOAD),
	P("routing header", 0, 40 + 24 + 8,
	  IP6("\x2b") "\x11\x02\x04\x01\0\0\0\0"
		      "\xa1\xb2\xa1\xb2\xa1\xb2\xa1\xb2\xa1\xb2\xa1\xb2\xa1\xb2\xa1\xb2"
		      "\x30\x39\x00\x35\x00\x20\xc3\xc3" PAYLOAD),
#undef P
};

/* No more than two secret bytes in a row are left: a pseudonym may happen to have one. */
static bool is_clean(const uint8_t *p, size_t n)
{
	size_t i, row = 0;

	for (i = 0; i < n; i++) {
		row = p[i] == 0xa1 || p[i] == 0xb2 || p[i] == 0xc3 || p[i] == 0xd4 ? row + 1 : 0;
		if (row > 2)
			return false;
	}
	return true;
}

START_TEST(nothing_is_left)
{
	struct anonymizer *a = anonymizer_new(key);
	struct headers was, is;
	size_t i, left, len;

	for (i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
		/* Cut off anywhere, in memory of its own so that ASan sees what goes past it. */
		for (len = packets[i].l3_off; len <= packets[i].len; len++) {
			uint8_t *hdr = malloc(len + 1);

			memcpy(hdr, packets[i].bytes, len);
			left = anonymize_headers(a, hdr, len, packets[i].l3_off);
			ck_assert_msg(left <= len, "%s: %zu of %zu", packets[i].what, left, len);
			/* An IPv4 header that is not there whole is not one yet: it goes. */
			ck_assert_msg(is_clean(hdr, left), "%s, cut to %zu", packets[i].what, len);
			if (len == packets[i].len && !strstr(packets[i].what, "looks like")) {
				ck_assert_msg(left == packets[i].left, "%s: %zu", packets[i].what,
					      left);
				headers_parse(&was, (const uint8_t *)packets[i].bytes, len,
					      packets[i].l3_off);
				headers_parse(&is, hdr, left, packets[i].l3_off);
				ck_assert_uint_eq(was.sport, is.sport);
				ck_assert_uint_eq(was.dport, is.dport);
				ck_assert_uint_eq(was.ip_version, is.ip_version);
				ck_assert_uint_eq(was.proto, is.proto);
				ck_assert_uint_eq(was.ttl, is.ttl);
				ck_assert_uint_eq(was.ip_id, is.ip_id);
				ck_assert_uint_eq(was.eth_type, is.eth_type);
			}
			free(hdr);
		}
	}
	anonymizer_free(a);
}
END_TEST

Suite *suite_anonymize(void)
{
	Suite *s = suite_create("anonymize");
	TCase *t = tcase_create("anonymize");

	tcase_add_test(t, published_pairs);
	tcase_add_test(t, prefixes_stay_common);
	tcase_add_test(t, nobody_in_particular);
	tcase_add_test(t, nothing_is_left);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Headers taken apart, whole ones and broken ones. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "replay/fields.h"
#include "replay/headers.h"

/* clang-format off */
static const uint8_t tcp4[] = {
	2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0,						 /* Ethernet */
	0x45, 0, 0, 60, 0x12, 0x34, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 192, 0, 2, 9,		 /* IPv4 */
	0x1f, 0x90, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x12, 1, 0, 0, 0, 0, 0,		 /* TCP */
};

/* clang-format on */

START_TEST(ipv4_tcp)
{
	struct headers h;
	char text[128];

	headers_parse(&h, tcp4, sizeof(tcp4), 14);
	ck_assert_uint_eq(h.ip_version, 4);
	ck_assert_uint_eq(h.eth_type, 0x0800);
	ck_assert_uint_eq(h.ttl, 64);
	ck_assert_uint_eq(h.ip_id, 0x1234);
	ck_assert(h.has_ports);
	ck_assert_uint_eq(h.sport, 8080);
	ck_assert_uint_eq(h.dport, 80);
	headers_text(&h, text, sizeof(text));
	ck_assert_str_eq(text, "10.0.0.1:8080->192.0.2.9:80(tcp SA)");
	/* the same without link layer */
	headers_parse(&h, tcp4 + 14, sizeof(tcp4) - 14, 0);
	headers_text(&h, text, sizeof(text));
	ck_assert_str_eq(text, "10.0.0.1:8080->192.0.2.9:80(tcp SA)");
	ck_assert_ptr_null(h.eth);
}
END_TEST

START_TEST(ipv6_extension)
{
	uint8_t p[40 + 8 + 8] = { 0x60, 0, 0, 0, 0, 16, 0, 63 };
	struct headers h;
	char text[128];

	p[8] = 0xfe;
	p[9] = 0x80;
	p[23] = 1;
	p[24] = 0xff;
	p[25] = 2;
	p[39] = 1;
	p[40] = 58; /* hop-by-hop options, then ICMPv6 */
	p[48] = 128;
	headers_parse(&h, p, sizeof(p), 0);
	ck_assert_uint_eq(h.proto, 58);
	headers_text(&h, text, sizeof(text));
	ck_assert_str_eq(text, "fe80::1->ff02::1(icmp6 echo request)");
}
END_TEST

START_TEST(later_fragment)
{
	uint8_t p[28];
	struct headers h;

	memcpy(p, tcp4 + 14, sizeof(p));
	p[6] = 0x20;
	p[7] = 10;
	headers_parse(&h, p, sizeof(p), 0);
	ck_assert_uint_eq(h.frag_off, 80);
	ck_assert(h.more_frags);
	ck_assert_ptr_null(h.l4);
	ck_assert(!h.has_ports);
}
END_TEST

/* On the way down the layer-4 header is written last. */
START_TEST(not_built_yet)
{
	uint8_t p[28];
	struct headers h;

	memcpy(p, tcp4 + 14, 20);
	memset(p + 20, 0, 8);
	headers_parse(&h, p, sizeof(p), 0);
	ck_assert_uint_eq(h.ip_version, 4);
	ck_assert_ptr_null(h.l4);
	ck_assert(!h.has_ports);
}
END_TEST

START_TEST(arp)
{
	uint8_t p[42] = { 0 };
	struct headers h;
	char text[128];

	p[12] = 8;
	p[13] = 6;
	p[15] = 1;
	p[16] = 8;
	headers_parse(&h, p, sizeof(p), 14);
	headers_text(&h, text, sizeof(text));
	ck_assert_str_eq(text, "(arp)");
	ck_assert(headers_are_control(&h));
}
END_TEST

/* Headers inside tunnels. Of headers that are cut anywhere, the part before the cut is found. */
START_TEST(tunnels)
{
	/* clang-format off */
	static const uint8_t vxlan[] = {
		0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		0xc0, 0, 0x12, 0xb5, 0, 0, 0, 0,			/* UDP to 4789 */
		8, 0, 0, 0, 0, 0x10, 0x68, 0,				/* VNI 4200 */
		2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0,
		0x45, 0, 0, 0, 0, 0, 0, 0, 64, 1, 0, 0, 192, 168, 1, 1, 192, 168, 1, 2,
		8, 0, 1, 2, 3, 4, 5, 6,
	}, geneve[] = {
		0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		0xc0, 0, 0x17, 0xc1, 0, 0, 0, 0,			/* UDP to 6081 */
		1, 0, 0x08, 0, 0, 0, 43, 0, 9, 9, 9, 9,			/* an option; IPv4 inside */
		0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0, 192, 168, 1, 1, 192, 168, 1, 2,
	}, gre[] = {
		0x45, 0, 0, 0, 0, 0, 0, 0, 64, 47, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		0xb0, 0, 0x08, 0, 1, 1, 0, 0, 0, 0, 0, 77, 0, 0, 0, 5,	/* checksum, key, number */
		0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0, 192, 168, 1, 1, 192, 168, 1, 2,
	}, ipip[] = {
		0x45, 0, 0, 0, 0, 0, 0, 0, 64, 4, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0, 192, 168, 1, 1, 192, 168, 1, 2,
	};
	/* clang-format on */
	static const struct {
		const uint8_t *bytes;
		size_t len;
		const char *text;
	} cases[] = {
		{ vxlan, sizeof(vxlan),
		  "10.0.0.1:49152->10.0.0.2:4789(udp) vxlan 4200 {192.168.1.1->192.168.1.2(icmp echo request)}" },
		{ geneve, sizeof(geneve),
		  "10.0.0.1:49152->10.0.0.2:6081(udp) geneve 43 {192.168.1.1->192.168.1.2(tcp)}" },
		{ gre, sizeof(gre),
		  "10.0.0.1->10.0.0.2(proto 47) gre 77 {192.168.1.1->192.168.1.2(tcp)}" },
		{ ipip, sizeof(ipip),
		  "10.0.0.1->10.0.0.2(proto 4) ipip 0 {192.168.1.1->192.168.1.2(tcp)}" },
	};
	struct headers h;
	char text[160];
	size_t i, len;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		headers_parse(&h, cases[i].bytes, cases[i].len, 0);
		headers_text(&h, text, sizeof(text));
		ck_assert_str_eq(text, cases[i].text);
		for (len = 0; len < cases[i].len; len++) {
			uint8_t *p = malloc(len + !len); /* exactly, for ASan */

			memcpy(p, cases[i].bytes, len);
			headers_parse(&h, p, len, 0);
			headers_text(&h, text, sizeof(text));
			ck_assert(len >= 40 || !strstr(text, "192.168"));
			free(p);
		}
	}
}
END_TEST

/* With any bytes: no access outside of them (ASan checks), and results within their limits. */
START_TEST(any_bytes)
{
	unsigned int i, k;

	srand(3);
	for (i = 0; i < 200000; i++) {
		size_t len = (size_t)(rand() % 129);
		uint8_t *p = malloc(len ? len : 1); /* exactly, for ASan */
		struct headers h;
		char text[128];

		for (k = 0; k < len; k++)
			p[k] = (uint8_t)rand();
		if (len && rand() % 2)
			p[rand() % 2 && len > 14 ? 14 : 0] = rand() % 2 ? 0x45 : 0x60;
		/* As often as not a tunnel. */
		if (len > 24 && rand() % 2) {
			static const uint8_t protos[] = { 4, 17, 41, 47 };

			p[9] = protos[rand() % 4];
			p[22] = rand() % 2 ? 0x12 : 0x17;
			p[23] = p[22] == 0x12 ? 0xb5 : 0xc1;
		}
		headers_parse(&h, p, len, (size_t)(rand() % 20));
		headers_text(&h, text, sizeof(text));
		ck_assert_uint_lt(strlen(text), sizeof(text));
		free(p);
	}
}
END_TEST

/* The value of a field that headers have, -1: they do not have it. */
static long field_of(const char *name, const uint8_t *bytes, size_t len, size_t l3_off)
{
	struct headers h;
	const struct step s = { .h = &h };
	struct value v;
	size_t i;

	headers_parse(&h, bytes, len, l3_off);
	for (i = 0; i < nr_fields; i++)
		if (!strcmp(fields[i].name, name))
			return fields[i].get(&s, &v) ? (long)v.num : -1;
	ck_abort_msg("no field %s", name);
	return -1;
}

/* The largest segment that a SYN announces, wherever it is among the options; and cut anywhere. */
START_TEST(segment_size)
{
	static const char name[] = "tcp.options.mss_val";
	/* clang-format off */
	uint8_t syn[] = {
		0x45, 0, 0, 52, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 192, 0, 2, 9,
		0x1f, 0x90, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x80, 0x02, 1, 0, 0, 0, 0, 0,
		1, 3, 3, 7, 2, 4, 0x05, 0xb4, 0, 0, 0, 0,		/* a no-op, a scale, 1460, the end */
	};
	/* clang-format on */
	size_t len;

	ck_assert_int_eq(field_of(name, syn, sizeof(syn), 0), 1460);
	for (len = 0; len < 48; len++) {
		uint8_t *cut = malloc(len + 1);

		memcpy(cut, syn, len);
		ck_assert_int_eq(field_of(name, cut, len, 0), -1);
		free(cut);
	}
	syn[33] = 0x10; /* not a SYN */
	ck_assert_int_eq(field_of(name, syn, sizeof(syn), 0), -1);
	syn[33] = 0x02;
	syn[42] = 0; /* an option that has no length */
	ck_assert_int_eq(field_of(name, syn, sizeof(syn), 0), -1);
	ck_assert_int_eq(field_of(name, tcp4, sizeof(tcp4), 14), -1); /* no options */
}
END_TEST

/* A VLAN tag in the frame, before the kernel has taken it out and after that. */
START_TEST(vlan_tag)
{
	uint8_t frame[] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0, 0x60, 0x07, 8, 0 };

	ck_assert_int_eq(field_of("vlan.id", frame, sizeof(frame), 18), 7);
	ck_assert_int_eq(field_of("vlan.id", frame, sizeof(frame), 14), 7);
	ck_assert_int_eq(field_of("vlan.id", frame, 17, 14), -1);
	frame[12] = 0x88;
	frame[13] = 0xa8;
	ck_assert_int_eq(field_of("vlan.id", frame, sizeof(frame), 14), 7);
	frame[12] = 8;
	frame[13] = 0;
	ck_assert_int_eq(field_of("vlan.id", frame, sizeof(frame), 14), -1);
}
END_TEST

Suite *suite_headers(void)
{
	Suite *s = suite_create("headers");
	TCase *t = tcase_create("headers");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, ipv4_tcp);
	tcase_add_test(t, ipv6_extension);
	tcase_add_test(t, tunnels);
	tcase_add_test(t, later_fragment);
	tcase_add_test(t, not_built_yet);
	tcase_add_test(t, arp);
	tcase_add_test(t, any_bytes);
	tcase_add_test(t, segment_size);
	tcase_add_test(t, vlan_tag);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Makes a file in which every field that a .pwrt file can have is a secret, and lists them.
 *
 *     make FILE    one secret a line on standard output: kind, tab, where it is, tab, value
 *
 * Kinds: text; number, in decimal; address, of the kernel, in decimal; bytes, in hexadecimal;
 * small, a number of 16 bits, which is looked for in headers alone. "run" looks for them.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/pwrt.h"

static struct pwrt_writer *w;
static struct pwrt_diag d;

static void check(int ret)
{
	if (ret < 0) {
		fprintf(stderr, "make: %s\n", d.text);
		exit(2);
	}
}

static const char *text(const char *what, const char *s)
{
	printf("text\t%s\t%s\n", what, s);
	return s;
}

static uint64_t number(const char *what, uint64_t n)
{
	printf("number\t%s\t%" PRIu64 "\n", what, n);
	return n;
}

static uint64_t address(const char *what, uint64_t n)
{
	printf("address\t%s\t%" PRIu64 "\n", what, n);
	return n;
}

static void list_bytes(const char *what, const void *p, size_t len)
{
	const uint8_t *b = p;
	size_t i;

	printf("bytes\t%s\t", what);
	for (i = 0; i < len; i++)
		printf("%02x", b[i]);
	putchar('\n');
}

static void fact(const char *key, const char *value)
{
	check(pwrt_writer_info(w, &(struct pwrt_info){ key, value }, 1, &d));
}

static void facts(void)
{
	/* Facts that stay, so that the excerpt has facts to search in. */
	fact("kernel.release", "6.12.0-known");
	fact("kernel.arch", "x86_64");
	fact("end", "time limit");
	fact("stats.lost", "0");
	fact("command.status", "-1");
	fact("host", text("fact host", "sEcretHost"));
	fact("boot_id", text("fact boot_id", "0b1d5ec4-e7b0-07id-5ec4-e7b007id5ec4"));
	fact("arguments", text("fact arguments", "pwru-record sEcretArgument"));
	fact("filter", text("fact filter", "host sEcretFilter"));
	fact("filter.tunnel", text("fact filter.tunnel", "host sEcretTunnel"));
	fact("filter.field", text("fact filter.field", "skb->sEcretTest"));
	fact("excerpt", text("fact excerpt", "pwru-show sEcretExcerpt"));
	fact("kernel.cmdline", text("unknown fact below a known name", "root=sEcretCmdline"));
	fact(text("name of an unknown fact", "sEcretKey"), text("unknown fact", "sEcretFact"));
	fact("end", text("fact with another form", "cannot write /sEcretEnd"));
	fact("stats.x", text("text in a fact of numbers", "sEcretStats"));
	fact("command.status", text("text as a status", "sEcretStatus"));
}

static const char *const functions[] = { "ip_rcv", "ip_output", "kfree_skb_reason" };

static void kernel(void)
{
	const char *types = text("types", "sEcretTypes");
	size_t i;

	for (i = 0; i < 3; i++)
		check(pwrt_writer_func(
			w,
			&(struct pwrt_func){ address("function", 0xffffffffa1b2c3d0 + i * 0x1000),
					     functions[i], "", "", 1, PWRT_FUNC_ATTACHED },
			&d));
	check(pwrt_writer_func(w,
			       &(struct pwrt_func){ address("program", 0xffffffffc0a1b2c8),
						    text("program's name", "sEcretProgram"), "bpf",
						    "", 1, PWRT_FUNC_ATTACHED },
			       &d));
	check(pwrt_writer_func(
		w,
		&(struct pwrt_func){ address("function of a module", 0xffffffffc0d4e5f8),
				     "veth_xmit", "veth", "inlined", 1, PWRT_FUNC_REFUSED },
		&d));
	check(pwrt_writer_caller(w,
				 &(struct pwrt_caller){ address("caller", 0xffffffffa1c0ffe8),
							"net_rx_action", "", 0x23 },
				 &d));
	check(pwrt_writer_caller(
		w,
		&(struct pwrt_caller){ address("caller without a name", 0xffffffffc7654328), "", "",
				       0 },
		&d));
	check(pwrt_writer_caller(
		w,
		&(struct pwrt_caller){ address("calling program", 0xffffffffc0badca8),
				       text("calling program's name", "bpf_prog_12_sEcretCaller"),
				       "bpf", 8 },
		&d));
	check(pwrt_writer_stack(w, &(struct pwrt_stack){ { (const uint32_t[]){ 0, 1, 2 }, 3 } },
				&d));
	check(pwrt_writer_module(
		w,
		&(struct pwrt_module){ text("module without functions", "sEcretModule"),
				       address("module", 0xffffffffc0ace000),
				       number("module's size", 7654321) },
		&d));
	check(pwrt_writer_btf(w, &(struct pwrt_btf){ "", { types, strlen(types) } }, &d));
	check(pwrt_writer_enum(
		w, &(struct pwrt_enum){ "skb_drop_reason", "SKB_DROP_REASON_NO_SOCKET", 3 }, &d));
	check(pwrt_writer_enum(w,
			       &(struct pwrt_enum){ text("unknown type", "sEcretType"),
						    text("unknown enumerator", "sEcretEnumerator"),
						    (int64_t)number("enumerator", 87654321) },
			       &d));
	check(pwrt_writer_cpu(w, &(struct pwrt_cpu){ 1, 7, 0, 0 }, &d));
}

/* The base is the time since the machine was started. */
#define START_NS 76543210987654321u

static void tables(void)
{
	const struct pwrt_task tasks[] = {
		{ (uint32_t)number("thread", 3141592), (uint32_t)number("process", 2718281),
		  text("task", "sEcretTask") },
		{ 0, 0, "swapper/1" },
	};
	const struct pwrt_netns spaces[] = {
		{ (uint32_t)number("namespace", 4026534567), text("namespace's name", "sEcretNs") },
		{ (uint32_t)number("another namespace", 4026537654), "pid:1618033" },
	};
	size_t i;

	for (i = 0; i < 2; i++)
		check(pwrt_writer_task(w, &tasks[i], &d));
	number("process that a namespace is named after", 1618033);
	for (i = 0; i < 2; i++)
		check(pwrt_writer_netns(w, &spaces[i], &d));
	for (i = 0; i < 2; i++)
		check(pwrt_writer_dev(
			w,
			&(struct pwrt_dev){ spaces[i].inum, 2,
					    i ? "eth0" : text("device", "sEcretDev") },
			&d));
	check(pwrt_writer_lost(w,
			       &(struct pwrt_lost){ number("loss from", START_NS + 123456789),
						    number("loss to", START_NS + 223456789), 3, 1,
						    PWRT_LOST_RING },
			       &d));
}

/* ---- values ---- */

static uint32_t nr_keys;
static struct pwrt_values values[8];
static size_t nr_values;

/* A value of its own key, in the first event with room. */
static void value(const char *key, struct pwrt_value v)
{
	v.key = nr_keys++;
	check(pwrt_writer_key(w, &(struct pwrt_key){ key }, &d));
	if (!pwrt_value_put(&values[nr_values], &v) && !pwrt_value_put(&values[++nr_values], &v))
		exit(2);
}

static void text_value(const char *key, const char *s)
{
	value(key, (struct pwrt_value){ .type = PWRT_VALUE_TEXT,
					.bytes = (const uint8_t *)text(key, s),
					.len = strlen(s) });
}

static void number_value(const char *key, uint32_t type, uint64_t n)
{
	value(key, (struct pwrt_value){ .type = type, .num = number(key, n) });
}

static void bytes_value(const char *key, uint32_t type, const void *p, size_t len)
{
	list_bytes(key, p, len);
	value(key, (struct pwrt_value){ .type = type, .bytes = p, .len = len });
}

#define BYTES(s) (s), sizeof(s) - 1

static void all_values(void)
{
	static const char *const addresses[] = { "ct.orig.src",	  "ct.orig.dst",
						 "ct.reply.src",  "ct.reply.dst",
						 "ct.parent.src", "ct.parent.dst",
						 "route.nexthop", "skb->sEcretAddress" };
	static uint8_t bytes[8][16];
	size_t i;

	for (i = 0; i < 8; i++) {
		memset(bytes[i], (int)(0xd1 + i), i % 2 ? 4 : 16);
		bytes[i][0] = 0x2a;
		bytes[i][3] = (uint8_t)(0x91 + i);
		bytes_value(addresses[i], PWRT_VALUE_ADDRESS, bytes[i], i % 2 ? 4 : 16);
	}
	text_value("nf.table", "sEcretTable");
	text_value("nf.chain", "sEcretChain");
	text_value("route.dev", "sEcretRoute");
	text("owner", "sEcretOwner");
	number("owner's pid", 3000017);
	value("sk.owner", (struct pwrt_value){ .type = PWRT_VALUE_TEXT,
					       .bytes = (const uint8_t *)"sEcretOwner:3000017",
					       .len = 19 });
	number_value("sk.inode", PWRT_VALUE_NUMBER, 1234554321);
	number_value("sk.uid", PWRT_VALUE_NUMBER, 1000012345);
	number_value("ovs.portid", PWRT_VALUE_NUMBER, 4194301);
	number_value("ret", PWRT_VALUE_NUMBER, 0xffff888123456789);
	number_value("ret", PWRT_VALUE_SIGNED, (uint64_t)-123456789012);
	number_value("ret", PWRT_VALUE_NUMBER, 0x0a0bc0d1);
	bytes_value("ovs.ufid", PWRT_VALUE_BYTES, BYTES("\x81\x72\x63\x54\x45\x36\x27\x18sEcretU"));
	bytes_value("ct.labels", PWRT_VALUE_BYTES, BYTES("sEcretLabels\xee\xdd\xcc\xbb"));
	bytes_value("packet.bytes", PWRT_VALUE_BYTES, BYTES("sEcretPacketBytes"));
	number_value("skb->hash", PWRT_VALUE_NUMBER, 4011223344);
	number_value("skb->head", PWRT_VALUE_NUMBER, 0xffff888111222333);
	bytes_value("skb->cb", PWRT_VALUE_BYTES, BYTES("sEcretControlBuffer"));
	number_value("a later key", PWRT_VALUE_NUMBER, 4055667788);
	text_value("another later key", "sEcretLater");
	bytes_value("a later type", 6, BYTES("sEcretLaterType"));
	/* A text under the name of a number. */
	text_value("nf.verdict", "sEcretVerdict");
	text_value("ct.orig.src", "sEcretTextAddress");
	bytes_value("nf.verdict", PWRT_VALUE_ADDRESS, BYTES("\x2b\x4d\x6f\x81"));
	bytes_value("route.nexthop", PWRT_VALUE_BYTES, BYTES("sEcretHop"));
	number_value("route.nexthop", PWRT_VALUE_NUMBER, 3405691582);
	text("name of a field", "skb->sEcretName");
	value("skb->sEcretName", (struct pwrt_value){ .type = PWRT_VALUE_NUMBER, .num = 1 });
	printf("small\tct.orig.ident\t%u\n", 0xbeef);
	value("ct.orig.ident", (struct pwrt_value){ .type = PWRT_VALUE_NUMBER, .num = 0xbeef });
	nr_values++;
}

/* ---- headers ---- */

/* A header in pieces: those with a name are secrets. */
struct piece {
	const char *what;
	const char *bytes;
	size_t len;
};

#define OPEN(s) NULL, s, sizeof(s) - 1
#define SECRET(what, s) what, s, sizeof(s) - 1
#define IP4(proto, len) OPEN("\x45\x00\x00" len "\x12\x34\x40\x00\x40" proto "\0\0")
#define IP6(next) OPEN("\x60\0\0\0\x00\x10" next "\x40")
#define ETHER(a, b, type)                                        \
	{ SECRET("MAC " a, "\x02\xa0" a "\xc1\xd1" a) },         \
		{ SECRET("MAC " b, "\x02\xb0" b "\xc2\xd2" b) }, \
	{                                                        \
		OPEN(type)                                       \
	}

static const struct {
	uint8_t l3_off;
	struct piece pieces[14];
} headers[] = {
	{ 14,
	  { ETHER("1", "2", "\x08\x00"),
	    { IP4("\x06", "\x60") },
	    { SECRET("checksum", "") },
	    { SECRET("source", "\x2a\x0b\x0c\x0d") },
	    { SECRET("destination", "\x2a\x0b\x1c\x1d") },
	    { OPEN("\x30\x39\x01\xbb\x01\x02\x03\x04\x05\x06\x07\x08\x80\x18\x20\0\0\0\0\0") },
	    { SECRET("TCP option", "\x08\x0a\x51\x52\x53\x54\x55\x56\x57\x58") },
	    { SECRET("payload", "sEcretPayload") } } },
	{ 18,
	  { ETHER("3", "4", "\x81\x00"),
	    { SECRET("VLAN", "\x0a\xbc\x08") },
	    { OPEN("\x00") },
	    { IP4("\x11", "\x40") },
	    { SECRET("source of UDP", "\x2a\x0b\x2c\x2d") },
	    { SECRET("destination of UDP", "\x2a\x0b\x3c\x3d") },
	    { OPEN("\x30\x39\x12\xb5\0\x40\0\0") },
	    { SECRET("VXLAN", "\x08\0\0\0\xab\xcd\xef\0") },
	    ETHER("5", "6", "\x08\x00"),
	    { IP4("\x11", "\x20") } } },
	{ 0,
	  { { IP4("\x04", "\x60") },
	    { SECRET("source of a tunnel", "\x2a\x0b\x4c\x4d") },
	    { SECRET("destination of a tunnel", "\x2a\x0b\x5c\x5d") },
	    { IP4("\x11", "\x30") },
	    { SECRET("source inside", "\x2a\x0b\x6c\x6d") },
	    { SECRET("destination inside", "\x2a\x0b\x7c\x7d") },
	    { OPEN("\0\x35\0\x35\0\x08\0\0") } } },
	{ 0,
	  { { IP6("\x2b") },
	    { SECRET("source of IPv6",
		     "\x2a\x02\x0b\0\xc5\0\0\x77\x81\x82\x83\x84\x85\x86\x87\x88") },
	    { SECRET("destination of IPv6",
		     "\x2a\x03\x0b\0\xc5\0\0\x66\x91\x92\x93\x94\x95\x96\x97\x98") },
	    { OPEN("\x11\x02\x04\x01\0\0\0\0") },
	    { SECRET("router", "\x2a\x04\x0b\0\xc5\0\0\x55\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8") },
	    { OPEN("\0\x35\0\x35\0\x08\0\0") } } },
	{ 14,
	  { ETHER("7", "8", "\x86\xdd"),
	    { IP6("\x3a") },
	    { OPEN("\xfe\x80\0\0\0\0\0\0") },
	    { SECRET("interface id", "\x02\xa0\xc1\xff\xfe\xd1\xe1\xf1") },
	    { OPEN("\xff\x02\0\0\0\0\0\0\0\0\0\x01\xff") },
	    { SECRET("solicited node", "\xd7\xe7\xf7") },
	    { OPEN("\x87\0\0\0\0\0\0\0") },
	    { SECRET("solicited target",
		     "\x2a\x05\x0b\0\xc5\0\0\x44\xb1\xb2\xb3\xb4\xb5\xb6\xb7\xb8") } } },
	{ 14,
	  { ETHER("9", "a", "\x08\x06"),
	    { OPEN("\0\x01\x08\0\x06\x04\0\x01") },
	    { SECRET("MAC in ARP", "\x02\xc0\xb1\xb2\xb3\xb4") },
	    { SECRET("address in ARP", "\x2a\x0b\x8c\x8d") },
	    { SECRET("target's MAC in ARP", "\x02\xc0\xc1\xc2\xc3\xc4") },
	    { SECRET("target in ARP", "\x2a\x0b\x9c\x9d") } } },
	{ 0,
	  { { IP4("\x01", "\x1c") },
	    { SECRET("source of a redirect", "\x2a\x0b\xac\xad") },
	    { SECRET("destination of a redirect", "\x2a\x0b\xbc\xbd") },
	    { OPEN("\x05\x01\0\0") },
	    { SECRET("gateway", "\x2a\x0b\xcc\xcd") } } },
	{ 0,
	  { { IP4("\x32", "\x30") },
	    { SECRET("source of ESP", "\x2a\x0b\xdc\xdd") },
	    { SECRET("destination of ESP", "\x2a\x0b\xec\xed") },
	    { SECRET("SPI", "\xc9\xa9\x89\x69") },
	    { SECRET("payload of ESP", "\xe5\x50\xe5\x51\xe5\x52") } } },
	{ 0,
	  { { IP4("\x84", "\x30") },
	    { SECRET("source of SCTP", "\x2a\x0b\xfc\xfd") },
	    { SECRET("destination of SCTP", "\x2a\x0e\x0c\x0d") },
	    { OPEN("\x30\x39\x01\xbb") },
	    { SECRET("verification tag", "\xca\xaa\x8a\x6a") },
	    { OPEN("\0\0\0\0") } } },
	{ 0,
	  { { OPEN("\x46\x00\x00\x1c\x12\x34\x40\x00\x40\x11\0\0") },
	    { SECRET("source with a route", "\x2a\x0e\x1c\x1d") },
	    { SECRET("destination with a route", "\x2a\x0e\x2c\x2d") },
	    { SECRET("recorded route", "\x2a\x0e\x3c\x3d") },
	    { OPEN("\0\x35\0\x35\0\x08\0\0") } } },
	{ 0,
	  { { IP4("\x2f", "\x40") },
	    { SECRET("source of GRE", "\x2a\x0e\x4c\x4d") },
	    { SECRET("destination of GRE", "\x2a\x0e\x5c\x5d") },
	    { OPEN("\x20\0\x08\0") },
	    { SECRET("key of GRE", "\xcb\xab\x8b\x6b") } } },
	{ 14, { ETHER("b", "c", "\x88\xcc"), { SECRET("LLDP", "sEcretLldp") } } },
	{ 24,
	  { { SECRET("other link layer", "\x3a\x3b\x3c\x3d\x3e\x3f\x4a\x4b\x4c\x4d\x4e\x4f") },
	    { SECRET("its address", "\x5a\x5b\x5c\x5d\x5e\x5f\x6a\x6b\x6c\x6d\x6e\x6f") },
	    { IP4("\x11", "\x1c") },
	    { SECRET("source on another link", "\x2a\x0e\x6c\x6d") },
	    { SECRET("destination on another link", "\x2a\x0e\x7c\x7d") },
	    { OPEN("\0\x35\0\x35\0\x08\0\0") } } },
	{ 22,
	  { ETHER("d", "e", "\x88\x64"),
	    { OPEN("\x11\x00") },
	    { SECRET("session", "\xa7\xb7\x00") },
	    { OPEN("\x16\x00\x21") },
	    { IP4("\x11", "\x1c") },
	    { SECRET("source of PPPoE", "\x2a\x0e\x8c\x8d") },
	    { SECRET("destination of PPPoE", "\x2a\x0e\x9c\x9d") },
	    { OPEN("\0\x35\0\x35\0\x08\0\0") } } },
	{ 0,
	  { { IP4("\x01", "\x1c") },
	    { SECRET("source of a ping", "\x2a\x0e\xac\xad") },
	    { SECRET("destination of a ping", "\x2a\x0e\xbc\xbd") },
	    { OPEN("\x08\0\0\0\xbe\xef\0\x01") } } },
	{ 0,
	  { { OPEN("\x60\x01\x08\x00") },
	    { SECRET("no header at all", "\xf1\xe1\xd1\xc1\xb1\xa1") } } },
};

#define NR_HEADERS (sizeof(headers) / sizeof(headers[0]))

static void event(size_t i)
{
	uint8_t hdr[PWRT_HDR_MAX];
	struct pwrt_event ev = {
		.ts_ns = number("time", START_NS + 1000000 + i * 54321),
		.packet = 1 + i / 2,
		.skb = address("skb", 0xffff888100a0b000 + i / 2 * 0x10000100),
		.sp = address("stack", 0xffffc90000b1c000 + i % 5 * 0x200000) - 0x100 * i,
		.ct = i % 2 ? address("conntrack entry", 0xffff888200c0d000 + i * 0x1000200) | 2 :
			      0,
		.func = (uint32_t)i % 4,
		.caller = (uint32_t)i % 3,
		.stack = i % 2 ? 0 : PWRT_NONE,
		.task = (uint32_t)i % 2,
		.dev = (uint32_t)(i / 3) % 2,
		.cpu = i % 2,
		.len = 84,
		.reason = PWRT_NONE,
		.hdr = hdr,
	};
	size_t k;

	if (i < NR_HEADERS) {
		ev.l3_off = headers[i].l3_off;
		for (k = 0; headers[i].pieces[k].bytes; k++) {
			const struct piece *p = &headers[i].pieces[k];

			if (p->what && p->len)
				list_bytes(p->what, p->bytes, p->len);
			memcpy(hdr + ev.hdr_len, p->bytes, p->len);
			ev.hdr_len = (uint16_t)(ev.hdr_len + p->len);
		}
	}
	if (i < nr_values) {
		ev.values = values[i].bytes;
		ev.values_len = values[i].len;
	}
	check(pwrt_writer_event(w, &ev, &d));
}

int main(int argc, char **argv)
{
	static const char uuid[17] = "sEcretUuid012345";
	int fd = argc == 2 ? open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
	size_t i;

	if (fd < 0) {
		fprintf(stderr, "usage: make FILE\n");
		return 2;
	}
	text("uuid", uuid);
	check(pwrt_writer_new(&w, fd,
			      &(struct pwrt_writer_options){ .uuid = (const uint8_t *)uuid }, &d));
	check(pwrt_writer_clock(
		w, &(struct pwrt_clock){ number("clock", START_NS), 1764300000000000000, 50 }, &d));
	facts();
	kernel();
	tables();
	all_values();
	printf("small\tidentifier of a ping\t%u\n", 0xbeef);
	for (i = 0; i < NR_HEADERS; i++)
		event(i);
	check(pwrt_writer_clock(w,
				&(struct pwrt_clock){ number("last clock", START_NS + 9000000),
						      1764300000009000000, 50 },
				&d));
	check(pwrt_writer_finish(w, &d));
	pwrt_writer_free(w);
	return close(fd) || ferror(stdout) ? 2 : 0;
}

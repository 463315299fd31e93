/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* When --on-drop attaches, and which services it records. */
#include "unit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "record/aiming.h"

#define SECOND 1000000000ull

static const struct aiming_options any = {
	.reasons = "", .hold_ns = 10 * SECOND, .rest_ns = 60 * SECOND, .max_events = 100
};
static struct aiming a;

/* A TCP segment from 192.0.2.1 to 198.51.100.2. */
static struct pw_frame segment(uint16_t sport, uint16_t dport, uint8_t flags)
{
	struct pw_frame f = { .headers = { .len = 54, .l3_off = 14 } };
	uint8_t *l3 = f.headers.bytes + 14, *l4 = l3 + 20;
	const uint16_t ports[2] = { htons(sport), htons(dport) };

	l3[0] = 0x45;
	l3[9] = IPPROTO_TCP;
	inet_pton(AF_INET, "192.0.2.1", l3 + 12);
	inet_pton(AF_INET, "198.51.100.2", l3 + 16);
	memcpy(l4, ports, sizeof(ports));
	l4[13] = flags;
	return f;
}

static bool drop(const char *reason, const struct pw_frame *f, const struct pw_nf_info *ct)
{
	const struct pw_aux aux = { .packet = 7, .ts = 5 * SECOND };

	return aiming_drop(&a, reason, &aux, f, ct);
}

static void begin(const struct aiming_options *o)
{
	a = (struct aiming){ .o = o };
}

/* Checks the first aim, as text. */
static void check_aim(const char *expected)
{
	char text[80];

	aiming_text(&a, text, sizeof(text));
	ck_assert_str_eq(text, expected);
}

/* The service is where a SYN goes, where a SYN-ACK comes from, else the smaller port. */
START_TEST(service)
{
	static const struct {
		uint16_t sport, dport;
		uint8_t flags;
		const char *aim;
	} cases[] = {
		{ 40000, 80, 0x02, "198.51.100.2:80(tcp)" },
		{ 80, 40000, 0x02, "198.51.100.2:40000(tcp)" },
		{ 40000, 80, 0x12, "192.0.2.1:40000(tcp)" },
		{ 40000, 80, 0x10, "198.51.100.2:80(tcp)" },
		{ 80, 40000, 0x10, "192.0.2.1:80(tcp)" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pw_frame f = segment(cases[i].sport, cases[i].dport, cases[i].flags);

		begin(&any);
		ck_assert(drop("SKB_DROP_REASON_NO_SOCKET", &f, NULL));
		ck_assert_int_eq(a.state, AIMING_TRIGGERED);
		ck_assert_uint_eq(a.packet, 7);
		check_aim(cases[i].aim);
	}
}
END_TEST

/* After NAT, the client and the server know the service by other addresses. */
START_TEST(service_before_nat)
{
	struct pw_frame f = segment(40000, 8080, 0x02);
	struct pw_nf_info ct = { .ct_l3 = AF_INET, .ct_proto = IPPROTO_TCP };

	inet_pton(AF_INET, "203.0.113.5", ct.tuple[0].dst);
	ct.tuple[0].dport = htons(80);
	inet_pton(AF_INET, "198.51.100.2", ct.tuple[1].src);
	ct.tuple[1].sport = htons(8080);
	begin(&any);
	ck_assert(drop("", &f, &ct));
	ck_assert_uint_eq(a.nr_aims, 2); /* the reply's source is the segment's destination */
	check_aim("198.51.100.2:8080(tcp)");
	ck_assert_uint_eq(a.aims[1].port, htons(80));
	ck_assert(!drop("", &f, &ct)); /* known */
}
END_TEST

START_TEST(wanted_reasons)
{
	const struct aiming_options o = { .reasons = "no_socket,NETFILTER_*" };
	struct pw_frame f = segment(40000, 80, 0x02);

	begin(&o);
	ck_assert(!drop("SKB_DROP_REASON_IP_RPFILTER", &f, NULL));
	ck_assert_int_eq(a.state, AIMING_WAITS);
	ck_assert(drop("SKB_DROP_REASON_NO_SOCKET", &f, NULL));
	begin(&o);
	ck_assert(drop("SKB_DROP_REASON_NETFILTER_DROP", &f, NULL));
}
END_TEST

/* A segment that TCP refuses since a newer one has arrived is no failure, unless it has data. */
START_TEST(late_segments)
{
	const struct aiming_options named = { .reasons = "TCP_CLOSE" };
	struct pw_frame ack = segment(40000, 80, 0x10), fin = segment(40000, 80, 0x11),
			reply = segment(80, 40000, 0x10), data = segment(40000, 80, 0x18);

	data.headers.bytes[14 + 3] = 41;
	data.headers.bytes[14 + 20 + 12] = 0x50;
	ack.headers.bytes[14 + 3] = fin.headers.bytes[14 + 3] = 40; /* the length */
	ack.headers.bytes[14 + 20 + 12] = fin.headers.bytes[14 + 20 + 12] = 0x50;
	reply.headers.bytes[14 + 3] = 40;
	reply.headers.bytes[14 + 20 + 12] = 0x50;
	begin(&any);
	ck_assert(!drop("SKB_DROP_REASON_TCP_CLOSE", &ack, NULL));
	ck_assert(!drop("SKB_DROP_REASON_TCP_RFC7323_PAWS", &ack, NULL));
	ck_assert(!drop("SKB_DROP_REASON_NOT_SPECIFIED", &reply, NULL));
	ck_assert(!drop("SKB_DROP_REASON_TCP_CLOSE", &fin, NULL));
	ck_assert_int_eq(a.state, AIMING_WAITS);
	ck_assert(drop("SKB_DROP_REASON_NOT_SPECIFIED", &ack, NULL));
	begin(&any);
	ck_assert(drop("SKB_DROP_REASON_TCP_CLOSE", &data, NULL));
	begin(&any);
	ck_assert(drop("SKB_DROP_REASON_NOT_SPECIFIED", &fin, NULL));
	begin(&any);
	ck_assert(drop("SKB_DROP_REASON_NETFILTER_DROP", &fin, NULL));
	begin(&any);
	ck_assert(drop("SKB_DROP_REASON_NETFILTER_DROP", &ack, NULL));
	begin(&named);
	ck_assert(drop("SKB_DROP_REASON_TCP_CLOSE", &ack, NULL));
}
END_TEST

static const char *reason_of_kernel(const void *arg, size_t i)
{
	static const char *const reasons[] = { "SKB_DROP_REASON_NO_SOCKET", "OVS_DROP_FLOW_ERROR",
					       NULL };

	(void)arg;
	return reasons[i];
}

START_TEST(reasons_of_the_kernel)
{
	static const struct {
		const char *list;
		int ret;
	} cases[] = { { NULL, 0 },
		      { "", 0 },
		      { "no_socket", 0 },
		      { "NO_*,OVS_DROP_FLOW_ERROR", 0 },
		      { "NO_SOKET", PWRT_EINVAL },
		      { "NO_SOCKET,IP_*", PWRT_EINVAL } };
	struct pwrt_diag d;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct aiming_options o = { .reasons = cases[i].list };

		ck_assert_int_eq(aiming_check_reasons(&o, reason_of_kernel, NULL, &d),
				 cases[i].ret);
	}
	ck_assert_ptr_nonnull(strstr(d.text, "no drop reason 'IP_*'"));
}
END_TEST

/* A fragment that is not the first one has no ports: its payload is none. */
START_TEST(fragments)
{
	struct pw_frame f = segment(40000, 80, 0x02);

	f.headers.bytes[14 + 6] = 0x00;
	f.headers.bytes[14 + 7] = 185;
	begin(&any);
	ck_assert(drop("", &f, NULL));
	check_aim("198.51.100.2(tcp)");
}
END_TEST

START_TEST(no_service)
{
	struct pw_frame f = { .headers = { .len = 14, .l3_off = 14 } };

	begin(&any);
	ck_assert(!drop("", &f, NULL));
	f.headers.len = 20;
	f.headers.l3_off = 40; /* behind the end */
	ck_assert(!drop("", &f, NULL));
	f = segment(1, 2, 0);
	f.headers.len = 14 + 20; /* without ports */
	ck_assert(drop("", &f, NULL));
	check_aim("198.51.100.2(tcp)");
}
END_TEST

/* A TCP socket: while it is being connected, the other end is the service. */
START_TEST(connections)
{
	static const struct {
		uint32_t state;
		uint16_t own, other;
		const char *aim;
	} cases[] = {
		{ 2, 80, 40000, "198.51.100.2:40000(tcp)" }, /* SYN_SENT */
		{ 3, 40000, 80, "192.0.2.1:40000(tcp)" },    /* SYN_RECV */
		{ 12, 40000, 80, "192.0.2.1:40000(tcp)" },   /* NEW_SYN_RECV */
		{ 1, 40000, 80, "198.51.100.2:80(tcp)" },    { 1, 80, 40000, "192.0.2.1:80(tcp)" },
	};
	const struct pw_aux aux = { .ts = 5 * SECOND };
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pw_trigger t = {
			.end = { { .version = 4, .proto = 6, .port = htons(cases[i].own) },
				 { .version = 4, .proto = 6, .port = htons(cases[i].other) } },
			.state = cases[i].state,
		};

		inet_pton(AF_INET, "192.0.2.1", t.end[0].addr);
		inet_pton(AF_INET, "198.51.100.2", t.end[1].addr);
		begin(&any);
		ck_assert(aiming_connection(&a, &aux, &t));
		ck_assert_int_eq(a.state, AIMING_TRIGGERED);
		ck_assert_uint_eq(a.packet, 0);
		check_aim(cases[i].aim);
	}
}
END_TEST

/* A failed command is for every packet. While the functions record, and in a rest, it adds nothing.
 */
START_TEST(failure)
{
	char text[32];

	begin(&any);
	ck_assert(aiming_every_packet(&a, 7 * SECOND, "command"));
	ck_assert_int_eq(a.state, AIMING_TRIGGERED);
	ck_assert_uint_eq(a.triggered_ns, 7 * SECOND);
	check_aim("every packet");
	aiming_trigger_text(&a, text, sizeof(text));
	ck_assert_str_eq(text, "command");
	aiming_attached(&a, 8 * SECOND, 0);
	ck_assert(!aiming_every_packet(&a, 9 * SECOND, "command")); /* known */
	aiming_next(&a, 18 * SECOND);
	ck_assert(!aiming_every_packet(&a, 19 * SECOND, "command"));
	ck_assert_uint_eq(a.nr_ignored, 1);
}
END_TEST

/* Fills the aims with other services, and begins to record. */
static void record_many(void)
{
	struct pw_frame f;
	uint16_t port;

	begin(&any);
	for (port = 1; port <= NR_AIMS + 1; port++) {
		f = segment(40000, port, 0x02);
		drop("", &f, NULL);
	}
	ck_assert_uint_eq(a.nr_aims, NR_AIMS);
	aiming_attached(&a, 6 * SECOND, 1000);
}

static bool takes_every_packet(void)
{
	uint32_t i;

	for (i = 0; i < a.nr_aims && a.aims[i].version; i++)
		;
	return i < a.nr_aims;
}

/* Every packet needs no room among the aims. */
START_TEST(full)
{
	record_many();
	ck_assert(aiming_every_packet(&a, 7 * SECOND, "command"));
	ck_assert(takes_every_packet());
	ck_assert_uint_eq(a.nr_aims, NR_AIMS);
	ck_assert(!aiming_every_packet(&a, 8 * SECOND, "command")); /* known */
}
END_TEST

/* The user's request has an effect in every state. */
START_TEST(request)
{
	struct pw_frame f = segment(40000, 80, 0x02);
	char text[32];

	begin(&any);
	ck_assert(!aiming_by_hand(&a, 7 * SECOND, 0, "signal"));
	ck_assert_int_eq(a.state, AIMING_TRIGGERED);
	ck_assert_uint_eq(a.triggered_ns, 7 * SECOND);
	check_aim("every packet");
	aiming_trigger_text(&a, text, sizeof(text));
	ck_assert_str_eq(text, "signal");
	/* A drop triggered in the same moment: both are recorded. */
	begin(&any);
	drop("", &f, NULL);
	ck_assert(!aiming_by_hand(&a, 7 * SECOND, 0, "signal"));
	ck_assert_int_eq(a.state, AIMING_TRIGGERED);
	check_aim("198.51.100.2:80(tcp)");
	ck_assert(takes_every_packet());
}
END_TEST

START_TEST(request_while_recording)
{
	char text[64];

	record_many();
	ck_assert(aiming_by_hand(&a, 15 * SECOND, 1099, "signal"));
	ck_assert_int_eq(a.state, AIMING_RECORDS);
	ck_assert_uint_eq(a.nr_windows, 2);
	ck_assert(takes_every_packet());
	aiming_window_text(&a, NULL, text, sizeof(text));
	ck_assert_str_eq(text, "signal, every packet, recording after 0 ms");
	/* Its time and its events begin again. */
	ck_assert(!aiming_is_due(&a, 24 * SECOND, 1198));
	ck_assert(aiming_is_due(&a, 24 * SECOND, 1199));
	ck_assert(aiming_is_due(&a, 25 * SECOND, 1099));
}
END_TEST

START_TEST(request_in_a_rest)
{
	record_many();
	aiming_next(&a, 16 * SECOND);
	ck_assert_int_eq(a.state, AIMING_RESTS);
	ck_assert(!aiming_by_hand(&a, 17 * SECOND, 0, "signal"));
	ck_assert_int_eq(a.state, AIMING_TRIGGERED);
	ck_assert_uint_eq(a.triggered_ns, 17 * SECOND);
	check_aim("every packet");
	ck_assert_uint_eq(a.nr_ignored, 0);
}
END_TEST

/* The fact in the file has the trigger whole. */
START_TEST(window_text)
{
	char text[160];

	begin(&any);
	aiming_every_packet(&a, 7 * SECOND, "command did not start (No such file or directory)");
	aiming_attached(&a, 7 * SECOND + 312000000, 0);
	aiming_window_text(&a, NULL, text, sizeof(text));
	ck_assert_str_eq(text, "command did not start (No such file or directory), every packet, "
			       "recording after 312 ms");
	aiming_window_text(&a, "no room", text, sizeof(text));
	ck_assert_str_eq(text, "command did not start (No such file or directory), every packet, "
			       "not recorded after 312 ms: no room");
}
END_TEST

/* A request without an answer: the service is where it goes. ICMP has no ports. */
START_TEST(unanswered)
{
	struct pw_request r = { .end = { { .version = 4, .proto = 17, .port = htons(53) },
					 { .version = 4, .proto = 17, .port = htons(53) } } };
	char text[64];

	inet_pton(AF_INET, "192.0.2.1", r.end[0].addr);
	inet_pton(AF_INET, "198.51.100.2", r.end[1].addr);
	begin(&any);
	ck_assert(aiming_unanswered(&a, 7 * SECOND, &r, "no answer to a DNS question for 1 s"));
	ck_assert_int_eq(a.state, AIMING_TRIGGERED);
	ck_assert_uint_eq(a.triggered_ns, 7 * SECOND);
	check_aim("198.51.100.2:53(udp)");
	aiming_trigger_text(&a, text, sizeof(text));
	ck_assert_str_eq(text, "no answer to a DNS question for 1 s");
	ck_assert(!aiming_unanswered(&a, 7 * SECOND, &r, "")); /* known */
	r.end[0].proto = r.end[1].proto = 1;
	r.end[0].port = r.end[1].port = 0;
	begin(&any);
	ck_assert(aiming_unanswered(&a, 7 * SECOND, &r, ""));
	check_aim("198.51.100.2(icmp)");
}
END_TEST

/* Waits, records for a time or a number of events, rests, and waits again. */
START_TEST(states)
{
	struct pw_frame f = segment(40000, 80, 0x02), other = segment(40000, 81, 0x02);

	begin(&any);
	ck_assert(!aiming_is_due(&a, 100 * SECOND, 0));
	ck_assert(drop("", &f, NULL));
	aiming_attached(&a, 6 * SECOND, 1000);
	ck_assert_int_eq(a.state, AIMING_RECORDS);
	ck_assert_uint_eq(a.attach_ns, SECOND);
	ck_assert(drop("", &other, NULL)); /* one more service, at once */
	ck_assert_int_eq(a.state, AIMING_RECORDS);
	ck_assert(!aiming_is_due(&a, 15 * SECOND, 1099));
	ck_assert(aiming_is_due(&a, 15 * SECOND, 1100));
	ck_assert(aiming_is_due(&a, 16 * SECOND, 1000));
	aiming_next(&a, 16 * SECOND);
	ck_assert_int_eq(a.state, AIMING_RESTS);
	ck_assert(!drop("", &f, NULL));
	ck_assert_uint_eq(a.nr_ignored, 1);
	ck_assert(!aiming_is_due(&a, 75 * SECOND, 9999));
	ck_assert(aiming_is_due(&a, 76 * SECOND, 0));
	aiming_next(&a, 76 * SECOND);
	ck_assert_int_eq(a.state, AIMING_WAITS);
	ck_assert(drop("", &f, NULL));
}
END_TEST

START_TEST(no_more_aims_than_there_is_room_for)
{
	uint16_t port;

	begin(&any);
	for (port = 1; port < 100; port++) {
		struct pw_frame f = segment(40000, port, 0x02);

		ck_assert(drop("", &f, NULL) == (port <= NR_AIMS));
	}
	ck_assert_uint_eq(a.nr_aims, NR_AIMS);
}
END_TEST

/* Each file describes its first windows, however many the files before it have. */
START_TEST(windows_of_a_file)
{
	uint32_t file, i;

	begin(&any);
	for (file = 1; file <= 3; file++)
		for (i = 1; i <= AIMING_DESCRIBED_MAX + 10; i++) {
			aiming_attached(&a, 0, 0);
			if (aiming_describes(&a, file) != (i <= AIMING_DESCRIBED_MAX))
				ck_abort_msg("window %u of file %u", i, file);
		}
}
END_TEST

Suite *suite_aiming(void)
{
	Suite *s = suite_create("aiming");
	TCase *t = tcase_create("aiming");

	tcase_add_test(t, service);
	tcase_add_test(t, service_before_nat);
	tcase_add_test(t, wanted_reasons);
	tcase_add_test(t, late_segments);
	tcase_add_test(t, reasons_of_the_kernel);
	tcase_add_test(t, fragments);
	tcase_add_test(t, no_service);
	tcase_add_test(t, connections);
	tcase_add_test(t, failure);
	tcase_add_test(t, full);
	tcase_add_test(t, request);
	tcase_add_test(t, request_while_recording);
	tcase_add_test(t, request_in_a_rest);
	tcase_add_test(t, window_text);
	tcase_add_test(t, unanswered);
	tcase_add_test(t, states);
	tcase_add_test(t, no_more_aims_than_there_is_room_for);
	tcase_add_test(t, windows_of_a_file);
	suite_add_tcase(s, t);
	return s;
}

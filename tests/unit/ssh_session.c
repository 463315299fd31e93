/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The filter against one's own ssh session, and the sockets of processes: small texts of the
 * system. */
#include "unit.h"

#include <string.h>

#include "format/tool/pcap_expr.h"
#include "record/kernel/socket_owners.h"
#include "record/ssh_session.h"

static const struct {
	const char *value, *filter; /* NULL: refused */
} sessions[] = {
	{ "192.0.2.1 50000 192.0.2.2 22",
	  "not (tcp and host 192.0.2.1 and host 192.0.2.2 and port 50000 and port 22)" },
	{ "2001:db8::1 50000 2001:db8::2 22",
	  "not (tcp and host 2001:db8::1 and host 2001:db8::2 and port 50000 and port 22)" },
	{ "fe80::1%eth0 50000 fe80::2%eth0 22",
	  "not (tcp and host fe80::1 and host fe80::2 and port 50000 and port 22)" },
	{ "", NULL },
	{ "192.0.2.1 50000 192.0.2.2", NULL },
	{ "192.0.2.1 50000 192.0.2.2 22 more", NULL },
	{ "192.0.2.1 65536 192.0.2.2 22", NULL },
	{ "192.0.2.1 0 192.0.2.2 22", NULL },
	{ "192.0.2.1%eth0 50000 192.0.2.2 22", NULL },
	{ "host or 1 192.0.2.2 22", NULL },
	{ "UNKNOWN 65535 UNKNOWN 65535", NULL },
};
#define NR_SESSIONS (int)(sizeof(sessions) / sizeof(sessions[0]))

START_TEST(session)
{
	struct pwrt_diag d = { 0 };
	struct pcap_expr *e;
	char buf[256] = "";
	int ret = ssh_filter(buf, sizeof(buf), sessions[_i].value, &d);

	ck_assert_int_eq(ret, sessions[_i].filter ? 0 : PWRT_EINVAL);
	if (!sessions[_i].filter)
		return;
	ck_assert_str_eq(buf, sessions[_i].filter);
	ck_assert_int_eq(pcap_expr_compile(&e, buf, &d), 0);
	pcap_expr_free(e);
}
END_TEST

static const struct {
	const char *link;
	uint64_t inode; /* 0: not a socket */
} links[] = {
	{ "socket:[4711]", 4711 },
	{ "socket:[18446744073709551615]", UINT64_MAX },
	{ "socket:[18446744073709551616]", 0 },
	{ "socket:[]", 0 },
	{ "socket:[-1]", 0 },
	{ "socket:[12", 0 },
	{ "socket:[12] (deleted)", 0 },
	{ "/dev/null", 0 },
	{ "", 0 },
};
#define NR_LINKS (int)(sizeof(links) / sizeof(links[0]))

START_TEST(socket_link)
{
	uint64_t inode = 0;

	ck_assert_int_eq(socket_owners_inode(links[_i].link, &inode), links[_i].inode != 0);
	ck_assert(!links[_i].inode || inode == links[_i].inode);
}
END_TEST

Suite *suite_ssh_session(void)
{
	Suite *s = suite_create("ssh_session");
	TCase *t = tcase_create("ssh_session");

	tcase_add_loop_test(t, session, 0, NR_SESSIONS);
	tcase_add_loop_test(t, socket_link, 0, NR_LINKS);
	suite_add_tcase(s, t);
	return s;
}

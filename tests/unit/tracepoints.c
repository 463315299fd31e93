/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tracepoints that a kernel has (record/kernel/tracepoints.c), and those that the file lists. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/kernel/tracepoints.h"

/* Linux 6.12 with nf_tables and without Open vSwitch: qdisc:qdisc_drop came with Linux 7.0. */
static const char symbols[] = "ffffffff81000010 T ip_rcv\n"
			      "ffffffff81000020 T nf_log_trace\n"
			      "ffffffff81900000 T _etext\n"
			      "ffffffffc0100000 t nft_trace_notify\t[nf_tables]\n";
static const char loaded[] = "nf_tables 8192 0 - Live 0xffffffffc0100000\n";

static void write_file(char *path, const char *text)
{
	int fd = mkstemp(path);

	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static struct ksyms *small_kernel(void)
{
	char kallsyms[] = "/tmp/kallsyms-XXXXXX", modules[] = "/tmp/modules-XXXXXX";
	struct ksyms *k = NULL;
	struct pwrt_diag d;

	write_file(kallsyms, symbols);
	write_file(modules, loaded);
	ck_assert_int_eq(ksyms_open(&k, kallsyms, modules, &d), 0);
	unlink(kallsyms);
	unlink(modules);
	return k;
}

static const struct {
	unsigned int nr;
	const char *with, *without; /* why it is not used, with and without return values */
} sources[] = {
	{ FUNC_DROPPED, NULL, NULL },
	{ FUNC_NFT_TRACE, NULL, "no return values are recorded" },
	{ FUNC_XT_TRACE, NULL, "no return values are recorded" },
	{ FUNC_OVS_FLOW, "the kernel does not have it", "no return values are recorded" },
	{ FUNC_OVS_ACTION, "the kernel does not have it", "no return values are recorded" },
	{ FUNC_OVS_UPCALL, "the kernel does not have it", "no return values are recorded" },
	{ FUNC_QDISC, "the kernel does not have it", "the kernel does not have it" },
};
_Static_assert(sizeof(sources) / sizeof(sources[0]) == NR_FUNC_SPECIAL, "one line each");

static void expect(const char *why, const char *expected)
{
	ck_assert_str_eq(why ? why : "attached", expected ? expected : "attached");
}

START_TEST(of_this_kernel)
{
	struct ksyms *k = small_kernel();
	unsigned int i;

	for (i = 0; i < NR_FUNC_SPECIAL; i++) {
		const struct tracepoint *t = &tracepoints[sources[i].nr];

		expect(tracepoint_refusal(t, true, k), sources[i].with);
		expect(tracepoint_refusal(t, false, k), sources[i].without);
	}
	ksyms_free(k);
}
END_TEST

START_TEST(as_listed)
{
	const struct pwrt_func is = tracepoint_func(&tracepoints[FUNC_DROPPED], NULL),
			       is_not = tracepoint_func(&tracepoints[FUNC_QDISC],
							"the kernel does not have it");

	ck_assert_str_eq(is.name, "skb:kfree_skb");
	ck_assert_int_eq(is.status, PWRT_FUNC_ATTACHED);
	ck_assert_str_eq(is.why, "");
	ck_assert_str_eq(is_not.name, "qdisc:qdisc_drop");
	ck_assert_int_eq(is_not.status, PWRT_FUNC_REFUSED);
	ck_assert_str_eq(is_not.why, "the kernel does not have it");
}
END_TEST

Suite *suite_tracepoints(void)
{
	Suite *s = suite_create("tracepoints");
	TCase *t = tcase_create("tracepoints");

	tcase_add_test(t, of_this_kernel);
	tcase_add_test(t, as_listed);
	suite_add_tcase(s, t);
	return s;
}

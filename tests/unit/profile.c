/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Profiles of functions, and the drops that are no loss. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "format/tool/no_loss.h"
#include "record/kernel/entries.h"
#include "record/kernel/profile.h"
#include "replay/drop_reasons.h"

static struct profile *p;
static struct pwrt_diag d;

/* Opens a file with this text as a profile. Returns what profile_open() returns. */
static int open_text(const char *text)
{
	int fd = memfd_create("profile", 0), ret;
	char path[32];

	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ret = profile_open(&p, path, &d);
	close(fd);
	return ret;
}

START_TEST(full_is_every_function)
{
	ck_assert_int_eq(profile_open(&p, NULL, &d), 0);
	ck_assert_ptr_null(p);
	ck_assert_int_eq(profile_open(&p, "full", &d), 0);
	ck_assert_ptr_null(p);
	ck_assert(profile_has(p, "any"));
	ck_assert(!profile_is_drops(p));
	ck_assert_str_eq(profile_name(p), "full");
}
END_TEST

START_TEST(built_in)
{
	ck_assert_int_eq(profile_open(&p, "milestones", &d), 0);
	ck_assert_str_eq(profile_name(p), "milestones");
	ck_assert(profile_has(p, "ip_rcv"));
	ck_assert(!profile_has(p, "ip_rcv_core"));
	ck_assert(!profile_is_drops(p));
	profile_free(p);
	ck_assert_int_eq(profile_open(&p, "drops", &d), 0);
	ck_assert(profile_is_drops(p));
	ck_assert(!profile_has(p, "ip_rcv"));
	profile_free(p);
}
END_TEST

/* The words for a drop depend on whether the packet passed some functions. */
START_TEST(milestones_tell_drops_apart)
{
	const char *func;
	size_t i = 0;

	ck_assert_int_eq(profile_open(&p, "milestones", &d), 0);
	while ((func = drop_reason_after(NULL, NULL, &i))) {
		/* Each frame that a bridge forwards passes the first, each packet that IPsec
		 * protects the second: its return is recorded in every profile. */
		if (strcmp(func, "br_forward") && strcmp(func, "__xfrm_policy_check"))
			ck_assert_msg(profile_has(p, func), "milestones lack %s", func);
	}
	profile_free(p);
}
END_TEST

START_TEST(file_of_names_and_patterns)
{
	ck_assert_int_eq(open_text("# the way in\nip_rcv  # first\n\n\ttcp_v?_rcv\nnf_*"), 0);
	ck_assert(profile_has(p, "ip_rcv"));
	ck_assert(profile_has(p, "tcp_v4_rcv"));
	ck_assert(profile_has(p, "nf_hook_slow"));
	ck_assert(!profile_has(p, "ip_rcv_core"));
	profile_free(p);
}
END_TEST

START_TEST(bad_files)
{
	char line[400];

	ck_assert_int_eq(open_text("# nothing\n"), PWRT_EINVAL);
	ck_assert_ptr_nonnull(strstr(d.text, "names no function"));
	ck_assert_int_eq(open_text("ip_rcv\nip_rcv, ip_forward\n"), PWRT_EINVAL);
	ck_assert_ptr_nonnull(strstr(d.text, "line 2: give one function name"));
	memset(line, 'a', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	ck_assert_int_eq(open_text(line), PWRT_EINVAL);
	ck_assert_int_eq(profile_open(&p, "mileston", &d), PWRT_EINVAL);
	ck_assert_ptr_nonnull(strstr(d.text, "'mileston' is not full, milestones or drops"));
	ck_assert_int_eq(profile_open(&p, "/nowhere/profile", &d), PWRT_ESYS);
	ck_assert_int_eq(profile_open(&p, "/", &d), PWRT_ESYS);
	ck_assert_ptr_null(p);
}
END_TEST

/* --filter-at entry: the function that changes headers does not apply the filter, the next one
 * does. */
START_TEST(entries_ask_the_filter)
{
	ck_assert(entries_have("ip_rcv"));
	ck_assert(entries_have("ip_finish_output"));
	ck_assert(entries_have("__dev_queue_xmit"));
	ck_assert(!entries_have("nf_nat_ipv4_manip_pkt"));
	ck_assert(!entries_have("ip_rcv_core"));
	ck_assert(!entries_have("ip_rcv_"));
	ck_assert(!entries_have(""));
}
END_TEST

START_TEST(drops_without_a_loss)
{
	ck_assert(no_loss("unix_release_sock", "SKB_DROP_REASON_NOT_SPECIFIED", PART_OTHER));
	ck_assert(no_loss("tcp_data_queue", "SKB_DROP_REASON_TCP_OLD_DATA", PART_OTHER));
	ck_assert(no_loss("tcp_rcv_state_process", "SKB_DROP_REASON_NOT_SPECIFIED", PART_OTHER));
	ck_assert(!no_loss("ip_forward", "SKB_DROP_REASON_NOT_SPECIFIED", PART_OTHER));
	ck_assert(!no_loss("nf_hook_slow", "SKB_DROP_REASON_NETFILTER_DROP", PART_OTHER));
	ck_assert(!no_loss("tcp_v4_rcv", "SKB_DROP_REASON_NOT_SPECIFIED", PART_OTHER));
	ck_assert(no_loss("tcp_v4_rcv", "SKB_DROP_REASON_NOT_SPECIFIED", PART_CLOSES));
	ck_assert(!no_loss("tcp_v4_rcv", "SKB_DROP_REASON_NO_SOCKET", PART_CLOSES));
	ck_assert(!no_loss("tcp_v6_do_rcv", "SKB_DROP_REASON_NOT_SPECIFIED", PART_OTHER));
	ck_assert(no_loss("sk_stream_kill_queues", "SKB_DROP_REASON_NOT_SPECIFIED", PART_OTHER));
	ck_assert(!no_loss("", "", PART_OTHER));
	ck_assert(no_loss("icmp_rcv", "SKB_DROP_REASON_NO_SOCKET", PART_OTHER));
	ck_assert(!no_loss("udp_rcv", "SKB_DROP_REASON_NO_SOCKET", PART_OTHER));
}
END_TEST

Suite *suite_profile(void)
{
	Suite *s = suite_create("profile");
	TCase *t = tcase_create("profile");

	tcase_add_test(t, full_is_every_function);
	tcase_add_test(t, built_in);
	tcase_add_test(t, milestones_tell_drops_apart);
	tcase_add_test(t, file_of_names_and_patterns);
	tcase_add_test(t, bad_files);
	tcase_add_test(t, entries_ask_the_filter);
	tcase_add_test(t, drops_without_a_loss);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Problems that prevent a recording, one each, and the words that name the remedy. */
#include "unit.h"

#include <linux/capability.h>
#include <string.h>

#include "record/preflight.h"

#define BIT(cap) (1ull << (cap))
#define FOUR (BIT(CAP_BPF) | BIT(CAP_PERFMON) | BIT(CAP_SYSLOG) | BIT(CAP_DAC_READ_SEARCH))

/* A user with the four capabilities that the README names. */
#define FINE                                                                                \
	.caps = FOUR, .kptr_restrict = 1, .perf_event_paranoid = 2, .ftrace_enabled = true, \
	.kprobes_enabled = true

#pragma GCC diagnostic ignored "-Woverride-init"
static const struct {
	struct preflight_facts facts;
	const char *words; /* NULL: nothing is in the way */
} cases[] = {
	{ { FINE }, NULL },
	{ { FINE, .caps = FOUR & ~BIT(CAP_BPF) }, "or add CAP_BPF" },
	{ { FINE, .caps = FOUR & ~BIT(CAP_PERFMON) }, "or add CAP_PERFMON" },
	{ { FINE, .caps = FOUR & ~BIT(CAP_SYSLOG) }, "or add CAP_SYSLOG" },
	{ { FINE, .caps = FOUR & ~BIT(CAP_DAC_READ_SEARCH) }, "or add CAP_DAC_READ_SEARCH" },
	{ { FINE, .caps = 0 }, "or add CAP_BPF CAP_PERFMON CAP_SYSLOG CAP_DAC_READ_SEARCH" },
	/* Single kprobes are defined in a file that belongs to root. */
	{ { FINE, .uses_kprobes = true }, "or add CAP_DAC_OVERRIDE" },
	{ { FINE, .uses_kprobes = true, .writes_tracefs = true }, NULL },
	{ { FINE, .uses_kprobes = true, .caps = FOUR | BIT(CAP_DAC_OVERRIDE) }, NULL },
	/* Problems that depend on a capability. */
	{ { FINE, .caps = BIT(CAP_SYS_ADMIN) | BIT(CAP_SYSLOG), .reads_tracefs = true }, NULL },
	{ { FINE, .caps = FOUR & ~BIT(CAP_DAC_READ_SEARCH), .reads_tracefs = true }, NULL },
	{ { FINE, .caps = FOUR & ~BIT(CAP_SYSLOG), .kptr_restrict = 0, .perf_event_paranoid = 1 },
	  NULL },
	{ { FINE, .caps = FOUR & ~BIT(CAP_SYSLOG), .kptr_restrict = 0 }, "or add CAP_SYSLOG" },
	{ { FINE, .kptr_restrict = 2 }, "sysctl kernel.kptr_restrict=1" },
	{ { FINE, .in_userns = true }, "outside of it" },
	{ { FINE, .is_confidential = true }, "boot with lockdown=integrity, or without lockdown" },
	{ { FINE, .ftrace_enabled = false }, "sysctl kernel.ftrace_enabled=1" },
	/* Single kprobes at the entry of a function go through ftrace, too. */
	{ { FINE, .ftrace_enabled = false, .uses_kprobes = true, .writes_tracefs = true },
	  "sysctl kernel.ftrace_enabled=1" },
	{ { FINE, .kprobes_enabled = false }, NULL },
	{ { FINE, .kprobes_enabled = false, .uses_kprobes = true, .writes_tracefs = true },
	  "/sys/kernel/debug/kprobes/enabled" },
};
#define NR_CASES (int)(sizeof(cases) / sizeof(cases[0]))

START_TEST(problem)
{
	char text[256] = "";

	ck_assert_int_eq(preflight_problem(&cases[_i].facts, text, sizeof(text)),
			 cases[_i].words != NULL);
	if (!cases[_i].words)
		return;
	ck_assert_msg(
		strlen(text) > strlen(cases[_i].words) &&
			!strcmp(text + strlen(text) - strlen(cases[_i].words), cases[_i].words),
		"%s", text);
	/* It must fit into a diagnosis. */
	ck_assert_uint_lt(strlen(text), sizeof(((struct pwrt_diag *)NULL)->text));
}
END_TEST

Suite *suite_preflight(void)
{
	Suite *s = suite_create("preflight");
	TCase *t = tcase_create("preflight");

	tcase_add_loop_test(t, problem, 0, NR_CASES);
	suite_add_tcase(s, t);
	return s;
}

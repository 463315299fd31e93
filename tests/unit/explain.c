/* The words of a verdict. */
#include "unit.h"

#include <string.h>

#include "diff/explain.h"
#include "trail.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static struct trail good, bad;
static char summary[1024];

/* The summary of the comparison of two tables of events. */
static const char *verdict(const struct trail_event *g, size_t ng, const struct trail_event *b,
			   size_t nb)
{
	struct comparison c;
	struct verdict v;
	struct pwrt_diag d;

	trail_load(&good, g, ng);
	trail_load(&bad, b, nb);
	ck_assert_int_eq(compare(&c, good.paths, good.nr, bad.paths, bad.nr, &d), 0);
	explain(&v, &c, &bad.t);
	ck_assert_uint_lt(strlen(v.summary), sizeof(summary));
	strcpy(summary, v.summary);
	compare_free(&c);
	trail_free(&good);
	trail_free(&bad);
	return summary;
}

#define HAS(text, part) \
	ck_assert_msg(strstr(text, part) != NULL, "\"%s\" has no \"%s\"", text, part)

/* Three names in one sentence, of which two are returns: none of them in the place of another. */
START_TEST(names_of_a_parting)
{
	static const struct trail_event g[] = {
		{ .func = "ip_rcv" },
		{ .func = "nf_hook_slow", .depth = 1 },
		{ .func = "nf_nat_ipv4_pre_routing", .depth = 2 },
		{ .func = "nf_nat_ipv4_pre_routing", .depth = 2, .is_return = true },
		{ .func = "nf_hook_slow", .depth = 1, .is_return = true },
		{ .func = "ip_rcv_finish", .depth = 1 },
	};
	static const struct trail_event b[] = {
		{ .func = "ip_rcv" },
		{ .func = "nf_hook_slow", .depth = 1 },
		{ .func = "nf_nat_ipv4_pre_routing", .depth = 2 },
		{ .func = "nf_nat_ipv4_pre_routing", .depth = 2, .is_return = true },
		{ .func = "nf_nat_inet_fn", .depth = 2 },
		{ .func = "ip_rcv_finish", .depth = 1 },
	};
	const char *text = verdict(g, N(g), b, N(b));

	HAS(text, "after the return of nf_nat_ipv4_pre_routing");
	HAS(text, "good goes on to the return of nf_hook_slow");
	HAS(text, "bad to nf_nat_inet_fn");
}
END_TEST

/* A name as long as the kernel's longest keeps its last letter. */
START_TEST(longest_name)
{
	char name[512];
	struct trail_event g[] = { { .func = "ip_rcv" }, { .func = name, .depth = 1 } };
	char buf[NAME_LEN];

	memset(name, 'x', sizeof(name));
	name[510] = 'y';
	name[511] = '\0';
	trail_load(&good, g, N(g));
	ck_assert_str_eq(step_func(&good.paths[0].steps[1], buf), name);
	ck_assert_str_eq(step_label(&good.paths[0].steps[1], buf), name);
	paths_free(good.paths, good.nr);
	trail_free(&good);
}
END_TEST

START_TEST(nothing_differs)
{
	static const struct trail_event e[] = { { .func = "ip_rcv" } };

	ck_assert_str_eq(verdict(e, 1, e, 1),
			 "no difference: 1 packet, the same hops, decisions and fates");
}
END_TEST

Suite *suite_explain(void)
{
	Suite *s = suite_create("explain");
	TCase *t = tcase_create("explain");

	tcase_add_test(t, names_of_a_parting);
	tcase_add_test(t, longest_name);
	tcase_add_test(t, nothing_differs);
	suite_add_tcase(s, t);
	return s;
}

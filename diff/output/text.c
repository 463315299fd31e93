/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The diff for people: the verdict in the first line, then the aligned paths. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/tool/cli.h"
#include "hops_table.h"
#include "layout.h"
#include "replay/packet_text.h"
#include "report.h"
#include "rows.h"

static void print_side(const char *name, const struct trace *t, const struct packet *p)
{
	printf("%s packet %" PRIu64 ", flow %u: %s\n", name, p->id, p->flow,
	       packet_line(t, p, LINE_BUF));
}

static int print_pair(const struct report *r, const struct pair *p, struct pwrt_diag *d)
{
	struct row *rows;
	size_t nr;

	print_side("--- good", r->good, p->good->packet);
	print_side("+++ bad ", r->bad, p->bad->packet);
	if (rows_make(&rows, &nr, p, r->context, !r->strict))
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	layout_print(r->layout, p, rows, nr, r->width);
	free(rows);
	return 0;
}

#define FENCE "~~~~~~~~"
#define MISSING_SHOWN 2 /* lines; JSON has all */

/* "3 of 4 bad flows: " */
static void print_share(const struct flow_groups *m, size_t group)
{
	printf("%zu of %zu bad flow%s: ", m->groups[group].nr, m->nr_bad,
	       m->nr_bad == 1 ? "" : "s");
}

/* The flows that ended in another way than those of the first line. */
static void print_groups(const struct flow_groups *m, const char *item)
{
	size_t i;

	if (m->nr_groups > 1 || m->nr_alone)
		printf("%s", *item ? "\n" : "");
	for (i = 1; i < m->nr_groups; i++) {
		printf("%s", item);
		print_share(m, i);
		printf("%s\n", m->groups[i].v.summary);
	}
	if (m->nr_alone)
		printf("%s%zu of %zu good flow%s: bad has no flow of its kind\n", item, m->nr_alone,
		       m->nr_good, m->nr_good == 1 ? "" : "s");
}

static void print_missing(const struct missing *m, const char *item)
{
	if (m->kind == MISSING_EXCERPT)
		printf("%snot in the excerpt: %s; make it %s\n", item, m->fact, m->option);
	else
		printf("%snot recorded: %s; record %s\n", item, m->fact, m->option);
}

/* The verdict: the first line of the output, and what goes with it. */
static void print_verdict(const struct report *r)
{
	const struct verdict *v = r->v;
	const char *mark = r->layout == LAYOUT_MARKDOWN ? "**" : "",
		   *item = r->layout == LAYOUT_MARKDOWN ? "- " : "";
	size_t i;

	printf("%s%s", cli_color_code(C_BOLD), mark);
	if (r->flow_groups)
		print_share(r->flow_groups, 0);
	printf("%s%s%s\n", v->summary, mark, cli_color_code(C_OFF));
	if (r->flow_groups)
		print_groups(r->flow_groups, item);
	if (r->layout == LAYOUT_MARKDOWN && (*v->look || v->confidence))
		putchar('\n');
	if (v->confidence)
		printf("%sconfidence: %s (%s)\n", item, v->confidence, v->confidence_why);
	if (*v->look && *v->drop_netns)
		printf("%snext, in %s: %s\n", item, cli_escape(v->drop_netns), v->look);
	else if (*v->look)
		printf("%snext: %s\n", item, v->look);
	for (i = 0; i < v->nr_missing && i < MISSING_SHOWN; i++)
		print_missing(&v->missing[i], item);
}

/* Names the fields that were not compared, because one of the recordings cannot have them. */
static void print_unseen(const struct comparison *c)
{
	size_t i, k, nr = 0;

	for (i = 0; i < c->nr_pairs; i++)
		for (k = 0; k < c->pairs[i].nr_detours; k++)
			nr += c->pairs[i].detours[k].kind == DETOUR_UNSEEN;
	if (nr && c->diverged)
		printf("not compared: functions that one recording could not see, at %zu place%s\n",
		       nr, nr == 1 ? "" : "s");
}

#define PLACES_SHOWN 4 /* JSON has all */

/* "named otherwise in bad: namespace old is new, device eth0 is ens3 in new" */
static void print_places(const struct comparison *c)
{
	struct counterpart p;
	size_t i;

	for (i = 0; counterparts_at(c->counterparts, i, &p); i++) {
		printf("%s", i ? ", " : "named otherwise in bad: ");
		if (i == PLACES_SHOWN) {
			printf("and others (see --json)");
			break;
		}
		printf("%s %s is ", p.kind == COUNTERPART_NETNS ? "namespace" : "device",
		       cli_escape(p.good));
		printf("%s", cli_escape(p.bad));
		if (p.kind == COUNTERPART_DEVICE)
			printf(" in %s", cli_escape(p.netns));
	}
	printf("%s", i ? "\n" : "");
}

static int print_hops(const struct report *r, struct pwrt_diag *d)
{
	bool fenced = r->layout == LAYOUT_MARKDOWN && r->c->diverged && r->c->main;
	int ret;

	printf("%s", fenced ? "\n" FENCE "diff\n" : "");
	ret = report_hops(r, d);
	printf("%s", fenced ? FENCE "\n" : "");
	return ret;
}

/* Returns whether a pair is shown: what differs, and the one that the verdict is about. */
static bool is_shown(const struct report *r, const struct pair *p)
{
	return r->strict ? pair_differs(p) : p->diverges || p == r->c->main;
}

#define SINGLES_SHOWN 3 /* packets of one side; JSON has all */

/* "- good packet 24, flow 1: 10.0.2.2:83->10.0.1.2:39672(tcp SA) delivered" */
static void print_single(const struct report *r, const struct pair *p)
{
	printf("%s", cli_color_code(p->good ? C_GREEN : C_RED));
	if (p->good)
		print_side("- good", r->good, p->good->packet);
	else
		print_side("+ bad ", r->bad, p->bad->packet);
	printf("%s", cli_color_code(C_OFF));
}

/* The packets that one side alone has, one line each; the last ones are counted. */
static void print_singles(const struct report *r, bool good)
{
	size_t i, nr = 0;

	for (i = 0; i < r->c->nr_pairs; i++) {
		const struct pair *p = &r->c->pairs[i];

		if ((p->good && p->bad) || !p->good == good || !is_shown(r, p))
			continue;
		if (!nr++)
			printf("\nonly in %s:\n", good ? "good" : "bad");
		if (r->strict || nr <= SINGLES_SHOWN)
			print_single(r, p);
	}
	if (!r->strict && nr > SINGLES_SHOWN)
		printf("%c ... and %zu more packet%s\n", good ? '-' : '+', nr - SINGLES_SHOWN,
		       nr - SINGLES_SHOWN == 1 ? "" : "s");
}

int report_text(const struct report *r, struct pwrt_diag *d)
{
	size_t i;
	int ret;

	print_verdict(r);
	print_places(r->c);
	print_unseen(r->c);
	ret = print_hops(r, d);
	for (i = 0; i < r->c->nr_pairs && ret == 0; i++) {
		const struct pair *p = &r->c->pairs[i];

		if (!p->good || !p->bad || !is_shown(r, p))
			continue;
		printf("\n%s", r->layout == LAYOUT_MARKDOWN ? FENCE "diff\n" : "");
		ret = print_pair(r, p, d);
		printf("%s", r->layout == LAYOUT_MARKDOWN ? FENCE "\n" : "");
	}
	if (ret == 0)
		print_singles(r, true);
	if (ret == 0)
		print_singles(r, false);
	return ret;
}

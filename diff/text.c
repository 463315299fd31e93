/* The diff for people: the verdict in the first line, then the aligned paths. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/cli.h"
#include "replay/view.h"
#include "report.h"

/* One line of an aligned path: a step on either side or both. */
struct row {
	const struct step *good, *bad; /* NULL: not on that side */
	size_t gi, bi;
	bool interesting;
};

static void print_step(char mark, enum cli_color color, const struct step *s)
{
	const struct pwrt_func *f = pwrt_reader_func(s->r, s->ev.func);
	char place[48];

	snprintf(place, sizeof(place), "%.20s %.15s", step_netns(s, NAME_BUF), step_ifname(s));
	printf("%s%c %-24s %*s%s", cli_c(color), mark, cli_safe(place), (int)(2 * s->depth), "",
	       cli_safe(step_label(s, NAME_BUF)));
	if (f && *f->module)
		printf(" [%s]", cli_safe(f->module));
	if (s->ev.reason != PWRT_NONE)
		printf(" (%s)", cli_safe(reason_text(s->r, s->ev.reason, NAME_BUF)));
	printf("%s\n", cli_c(C_OFF));
}

/* Prints the differences of a row of both sides. They are in the order of steps: *next is the first
 * of those that were not printed. */
static void print_differences(const struct pair *p, const struct row *row, size_t *next)
{
	for (; *next < p->nr_diffs && p->diffs[*next].good <= row->gi; (*next)++) {
		const struct difference *d = &p->diffs[*next];

		if (d->good == row->gi && d->bad == row->bi)
			printf("%s! %s: good %s, bad %s%s\n", cli_c(C_YELLOW), d->field->name,
			       cli_safe(d->good_value.text), cli_safe(d->bad_value.text),
			       cli_c(C_OFF));
	}
}

static struct row *make_rows(const struct pair *p, size_t *nr)
{
	struct row *rows = calloc(p->good->nr + p->bad->nr + 1, sizeof(*rows));
	size_t h, i, n = 0;

	for (h = 0; rows && h < p->nr_hunks; h++) {
		const struct hunk *k = &p->hunks[h];
		size_t len = k->op == ALIGN_INSERT ? k->b_end - k->b : k->a_end - k->a;

		for (i = 0; i < len; i++) {
			struct row *row = &rows[n++];

			row->gi = k->a + i;
			row->bi = k->b + i;
			row->good = k->op == ALIGN_INSERT ? NULL : &p->good->steps[row->gi];
			row->bad = k->op == ALIGN_DELETE ? NULL : &p->bad->steps[row->bi];
			row->interesting = k->op != ALIGN_EQUAL;
		}
	}
	for (h = 0, i = 0; rows && h < p->nr_diffs; h++) {
		while (i < n && !(rows[i].good && rows[i].bad && rows[i].gi == p->diffs[h].good))
			i++;
		if (i < n)
			rows[i].interesting = true;
	}
	*nr = n;
	return rows;
}

static void print_rows(const struct report *r, const struct pair *p, const struct row *rows,
		       size_t nr)
{
	size_t i, next = 0, difference = 0, skipped = 0, since = SIZE_MAX;
	bool near;

	for (i = 0; i < nr; i++) {
		/* next: the first interesting row at or after this one */
		for (next = next < i ? i : next; next < nr && !rows[next].interesting; next++)
			;
		/* since: rows since the last interesting one */
		since = rows[i].interesting ? 0 : since == SIZE_MAX ? since : since + 1;
		near = (next < nr && next - i <= r->context) ||
		       (since != SIZE_MAX && since <= r->context);
		if (!near) {
			skipped++;
			continue;
		}
		if (skipped)
			printf("%s  ... %zu steps alike ...%s\n", cli_c(C_DIM), skipped,
			       cli_c(C_OFF));
		skipped = 0;
		if (rows[i].good && rows[i].bad)
			print_step(' ', C_OFF, rows[i].bad);
		else if (rows[i].good)
			print_step('-', C_RED, rows[i].good);
		else
			print_step('+', C_GREEN, rows[i].bad);
		if (rows[i].good && rows[i].bad)
			print_differences(p, &rows[i], &difference);
	}
	if (skipped)
		printf("%s  ... %zu steps alike%s\n", cli_c(C_DIM), skipped, cli_c(C_OFF));
}

static void print_side(const char *name, const struct trace *t, const struct packet *p)
{
	printf("%s packet %" PRIu64 ", flow %" PRIu64 ": %s\n", name, p->id, model_flow(p),
	       text_packet_line(t, p, LINE_BUF));
}

static int print_pair(const struct report *r, const struct pair *p, struct pwrt_diag *d)
{
	struct row *rows;
	size_t nr;

	putchar('\n');
	if (p->good)
		print_side("--- good", r->good, p->good->packet);
	if (p->bad)
		print_side("+++ bad ", r->bad, p->bad->packet);
	if (!p->good || !p->bad) {
		printf("only in %s, %zu steps\n", p->good ? "good" : "bad",
		       p->good ? p->good->nr : p->bad->nr);
		return 0;
	}
	rows = make_rows(p, &nr);
	if (!rows)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	print_rows(r, p, rows, nr);
	free(rows);
	return 0;
}

int report_text(const struct report *r, struct pwrt_diag *d)
{
	size_t i;
	int ret = 0;

	printf("%s%s%s\n", cli_c(C_BOLD), r->v->summary, cli_c(C_OFF));
	if (r->v->look)
		printf("next: %s\n", r->v->look);
	for (i = 0; i < r->c->nr_pairs && ret == 0; i++)
		if (r->strict ? pair_differs(&r->c->pairs[i]) :
				r->c->pairs[i].diverges || &r->c->pairs[i] == r->c->main)
			ret = print_pair(r, &r->c->pairs[i], d);
	return ret;
}

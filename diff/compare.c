/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "compare.h"

#include <stdlib.h>
#include <string.h>

#include "diff/pair/align_paths.h"
#include "cause.h"
#include "diff/pair/pairing.h"
#include "redundant.h"
#include "sameness.h"
#include "field_diff.h"

/* Aligns and compares all pairs, those of copies included. */
static int compare_pairs(struct comparison *c, struct pairing *b, struct field_diff *j)
{
	struct string_ids *functions = NULL;
	size_t i;
	int ret = 0;

	for (i = 0; i < c->nr_pairs && ret == 0; i++) {
		/* By index: pairs of copies are added behind, which may move all pairs. */
		const struct path *good = c->pairs[i].good, *bad = c->pairs[i].bad;

		if (!good || !bad)
			continue;
		if (align_pair(&c->pairs[i], &functions, c->pseudonyms_differ) ||
		    field_diff_pair(j, &c->pairs[i]) || pairing_copies(b, c, good, bad))
			ret = -1;
	}
	string_ids_free(functions);
	return ret;
}

static const struct pwrt_reader *reader_of(const struct path *paths, size_t nr)
{
	return nr && paths[0].nr ? paths[0].steps[0].r : NULL;
}

/* Compares the paths of c. */
static int compare_all(struct comparison *c, struct pwrt_diag *d)
{
	const struct pwrt_reader *good = reader_of(c->good, c->nr_good),
				 *bad = reader_of(c->bad, c->nr_bad);
	struct field_diff j = { 0 };
	struct pairing b = { 0 };
	int ret = -1;

	c->pseudonyms_differ = good && bad && !same_pseudonyms(good, bad);
	c->counterparts = counterparts_new(good, bad);
	if (c->counterparts && !field_diff_begin(&j, c) && !pairing_begin(&b, c) &&
	    !compare_pairs(c, &b, &j) && !redundant_mark(c, &b) && !sameness_judge(c, &b) &&
	    !find_cause(c))
		ret = 0;
	pairing_end(&b);
	field_diff_end(&j);
	if (ret)
		compare_free(c);
	return ret ? pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory") : 0;
}

int compare(struct comparison *c, struct path *good, size_t nr_good, struct path *bad,
	    size_t nr_bad, struct pwrt_diag *d)
{
	*c = (struct comparison){ .good = good, .nr_good = nr_good, .bad = bad, .nr_bad = nr_bad };
	return compare_all(c, d);
}

int compare_borrowed(struct comparison *c, struct path *good, size_t nr_good, struct path *bad,
		     size_t nr_bad, const struct good_side *side, struct pwrt_diag *d)
{
	*c = (struct comparison){ .good = good,
				  .nr_good = nr_good,
				  .bad = bad,
				  .nr_bad = nr_bad,
				  .borrowed = true,
				  .side = side };
	return compare_all(c, d);
}

void compare_free(struct comparison *c)
{
	size_t i;

	for (i = 0; i < c->nr_pairs; i++) {
		free(c->pairs[i].hunks);
		free(c->pairs[i].diffs);
		free(c->pairs[i].detours);
	}
	free(c->pairs);
	free(c->good_redundant);
	free(c->bad_redundant);
	counterparts_free(c->counterparts);
	if (!c->borrowed) {
		paths_free(c->good, c->nr_good);
		paths_free(c->bad, c->nr_bad);
	}
	*c = (struct comparison){ 0 };
}

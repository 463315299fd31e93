/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "format/pwrt.h"

/*
 * Steps of one comparison. PCRE2's own limit of 10 million takes a tenth of a second, and a file
 * has millions of events. Without nested repetition a name of the kernel takes some hundreds.
 */
#define MOST_STEPS 100000

struct pattern {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;
	bool gave_up;
};

static int fail_syntax(const char *text, int error, size_t at, struct pwrt_diag *d)
{
	PCRE2_UCHAR words[128];

	pcre2_get_error_message(error, words, sizeof(words));
	return pwrt_fail(d, PWRT_EINVAL, 0, "bad regular expression '%.60s': %s at offset %zu",
			 text, (const char *)words, at);
}

int pattern_new(struct pattern **out, const char *text, struct pwrt_diag *d)
{
	struct pattern *p = calloc(1, sizeof(*p));
	size_t at;
	int error;

	if (!p)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	p->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, 0, &error, &at, NULL);
	if (!p->code) {
		free(p);
		return fail_syntax(text, error, at, d);
	}
	p->data = pcre2_match_data_create(1, NULL);
	p->limits = pcre2_match_context_create(NULL);
	if (!p->data || !p->limits) {
		pattern_free(p);
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	}
	pcre2_set_match_limit(p->limits, MOST_STEPS);
	/* Without machine code, as where memory cannot be made executable, PCRE2 interprets. */
	pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE);
	*out = p;
	return 0;
}

bool pattern_matches(struct pattern *p, const char *name)
{
	int ret = pcre2_match(p->code, (PCRE2_SPTR)name, PCRE2_ZERO_TERMINATED, 0, 0, p->data,
			      p->limits);

	if (ret < 0 && ret != PCRE2_ERROR_NOMATCH)
		p->gave_up = true;
	return ret >= 0;
}

bool pattern_gave_up(const struct pattern *p)
{
	return p->gave_up;
}

void pattern_free(struct pattern *p)
{
	if (!p)
		return;
	pcre2_match_context_free(p->limits);
	pcre2_match_data_free(p->data);
	pcre2_code_free(p->code);
	free(p);
}

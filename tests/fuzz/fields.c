/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Field expressions and conditions (record/kernel/field_expr.c) from any text, against a small
 * kernel's types: what is accepted must be what the BPF program can execute.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_limit.h"
#include "record/kernel/field_expr.h"
#include "tests/unit/small_btf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECONDS_MAX 1 /* of processor time, with sanitizers, for one input */

static void check(bool good)
{
	if (!good)
		abort();
}

static void check_field(const struct pw_field *f)
{
	check(f->nr_loads <= FIELD_LOADS_MAX);
	check(f->size == 1 || f->size == 2 || f->size == 4 || f->size == 8);
	check(f->root <= FIELD_OF_XDP);
}

/* Every line is one option. */
static void take_lines(char *text, const struct btf *btf)
{
	struct field_exprs fields = { .nr = 0 };
	struct field_tests tests = { .nr = 0 };
	struct pwrt_value v;
	struct pwrt_diag d;
	char *line, *at = text;
	unsigned int i;

	while ((line = strsep(&at, "\n"))) {
		field_expr_add(&fields, line, btf, &d);
		field_test_add(&tests, line, btf, &d);
	}
	check(fields.nr <= NR_FIELDS_MAX && tests.nr <= NR_TESTS_MAX);
	for (i = 0; i < fields.nr; i++) {
		check_field(&fields.f[i].at);
		check(fields.f[i].shift + fields.f[i].bits <= 64);
		field_expr_value(&fields.f[i], UINT64_MAX, &v);
	}
	for (i = 0; i < tests.nr; i++) {
		check_field(&tests.t[i].field);
		check(tests.t[i].left < 64 && tests.t[i].right < 64);
		check(tests.t[i].op <= TEST_ANY);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct small_btf types;
	char *text = malloc(size + 1);

	cpu_limit(SECONDS_MAX);
	if (!types.btf)
		types = small_btf_new();
	memcpy(text, data, size);
	text[size] = '\0';
	take_lines(text, types.btf);
	free(text);
	cpu_limit(0);
	return 0;
}

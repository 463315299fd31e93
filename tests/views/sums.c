/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Prints a line for each view of each FILE, as text and as JSON: the view, and then, as its file in
 * sums has them, a sum of the output, its lines and the file. One process has all views of all
 * files: starting pwru-show for each would take three times as long.
 */
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/tool/cli.h"
#include "replay/show/time_text.h"
#include "replay/show/views.h"

#define SUM_BYTES 6 /* of SHA-256: enough to show a change */

/* Prints a view on stdout. Returns 0 or a negative enum pwrt_err. */
static int print_view(enum view view, bool json, const char *path, const struct selection *sel)
{
	const struct view_kind *kind = &view_kinds[view];
	struct trace t = { .spool = -1 };
	struct pwrt_diag d;
	int ret = trace_open(&t, path, kind->need != NEED_NOTHING, NULL, &d);

	t.wants_facts = json ? kind->facts_json : kind->facts;
	if (ret == 0 && kind->need == NEED_PACKETS)
		ret = trace_scan(&t, sel, &d);
	if (ret == 0 && kind->need == NEED_END)
		ret = trace_finish(&t, sel, &d);
	if (ret == 0)
		ret = (json ? kind->json : kind->text)(&t, sel, &d);
	trace_close(&t);
	return ret;
}

/* Prints a view. Of several flows, the timeline has the first. */
static int print_some(enum view view, bool json, const char *path)
{
	struct selection sel = { 0 };
	int ret = print_view(view, json, path, &sel);

	if (ret != PWRT_EINVAL || view != VIEW_TIMELINE)
		return ret;
	select_add_ids(&sel.flows, "1");
	return print_view(view, json, path, &sel);
}

static void print_sum(const char *view, bool json, const char *path, const char *text, size_t len)
{
	uint8_t sum[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;
	unsigned int lines = 0;
	size_t i;

	sha256_init(&ctx);
	sha256_update(&ctx, len, (const uint8_t *)text);
	sha256_digest(&ctx, sizeof(sum), sum);
	for (i = 0; i < len; i++)
		lines += text[i] == '\n';
	printf("%s%s ", view, json ? ".json" : "");
	for (i = 0; i < SUM_BYTES; i++)
		printf("%02x", sum[i]);
	printf(" %u %s\n", lines, path);
}

/* Prints the line of a view of a file. Returns false after an error. */
static bool view_of_file(enum view view, bool json, const char *path)
{
	FILE *out = stdout;
	char *text = NULL;
	size_t len;
	int ret;

	stdout = open_memstream(&text, &len);
	if (!stdout)
		abort();
	ret = print_some(view, json, path);
	fclose(stdout);
	stdout = out;
	if (ret == 0)
		print_sum(view_kinds[view].name, json, path, text, len);
	else
		fprintf(stderr, "views: %s of %s fails: %d\n", view_kinds[view].name, path, ret);
	free(text);
	return ret == 0;
}

int main(int argc, char **argv)
{
	bool done = true;
	enum view view;
	int i;

	cli_color_init(CLI_NEVER);
	time_text_init(TIMES_RELATIVE);
	for (i = 1; i < argc; i++)
		for (view = VIEW_DEFAULT + 1; view < VIEW_NR; view++) {
			done &= view_of_file(view, false, argv[i]);
			done &= view_of_file(view, true, argv[i]);
		}
	return done ? EXIT_DONE : EXIT_FAILED;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Any bytes as a recording, in each format of pwru-show's exports. A file that is written must be
 * well formed: a reader of JSON and of lines is stricter about it than the writer. For libFuzzer
 * and for AFL++ (whose driver has the same entry).
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_limit.h"
#include "memory_file.h"
#include "replay/show/export/exports.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECONDS_MAX 5	     /* of processor time, with sanitizers, for one input */
#define TRACKS_MAX (1 << 20) /* numbers of tracks that are checked */

static const struct pwrt_limits limits = { .mem_bytes = 64 << 20 };

static void check(bool good)
{
	if (!good)
		abort();
}

/* Checks that each line is a stack without spaces, and a number. */
static void check_folded(const char *text, size_t len)
{
	const char *end = text + len, *line, *space, *at;

	for (line = text; line < end; line = at + 1) {
		space = memchr(line, ' ', (size_t)(end - line));
		check(space && space > line && space + 1 < end);
		for (at = space + 1; at < end && *at != '\n'; at++)
			check(*at >= '0' && *at <= '9');
		check(at < end && at > space + 1);
		check(!memchr(line, '\n', (size_t)(space - line)));
	}
}

/* Returns the number in a member of an event. */
static json_int_t number(const json_t *event, const char *name)
{
	check(json_is_integer(json_object_get(event, name)));
	return json_integer_value(json_object_get(event, name));
}

/* Counts the open calls of a track by the next event of it. An arrow needs one. */
static void check_event(uint32_t *open, const json_t *event)
{
	const char *phase = json_string_value(json_object_get(event, "ph"));
	const json_int_t tid = number(event, "tid");

	check(phase && tid > 0);
	if (*phase == 'M' || tid >= TRACKS_MAX)
		return;
	check(json_is_real(json_object_get(event, "ts")));
	if (*phase == 'B')
		open[tid]++;
	else if (*phase != 'i')
		check(open[tid]);
	if (*phase == 'E')
		open[tid]--;
}

static void check_perfetto(const char *text, size_t len)
{
	static uint32_t open[TRACKS_MAX];
	json_t *document = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL), *event;
	size_t i;

	check(document);
	json_array_foreach(json_object_get(document, "traceEvents"), i, event)
		check_event(open, event);
	json_array_foreach(json_object_get(document, "traceEvents"), i, event)
	{
		if (number(event, "tid") < TRACKS_MAX)
			check(!open[number(event, "tid")]);
	}
	json_decref(document);
}

/* Reads the file of an export, which is fd, and checks it. */
static void check_written(enum export_format format, int fd, uint64_t bytes)
{
	char *text = malloc(bytes + 1);

	check(text && pread(fd, text, bytes + 1, 0) == (ssize_t)bytes);
	if (format == EXPORT_FOLDED)
		check_folded(text, bytes);
	else if (format == EXPORT_PERFETTO)
		check_perfetto(text, bytes);
	free(text);
}

static void export_file(const char *path, enum export_format format, const struct selection *sel)
{
	struct memory_file made = memory_file("", 0);
	const struct export_options o = { .path = made.path };
	struct trace t = { .spool = -1 };
	struct export_result result;
	struct pwrt_diag d;
	int ret = trace_open(&t, path, true, &limits, &d);

	if (ret == 0)
		ret = trace_scan(&t, sel, &d);
	if (ret == 0) {
		ret = export_kinds[format].write(&o, &t, sel, &result, &d);
		check(ret == 0 || ret == PWRT_ENOMEM);
	}
	if (ret == 0)
		check_written(format, made.fd, result.bytes);
	trace_close(&t);
	memory_file_close(&made);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory_file file = memory_file(data, size);
	const struct selection all = { 0 }, some = { .since_ns = 1000, .until_ns = 1000000 };
	enum export_format format;

	cpu_limit(SECONDS_MAX);
	for (format = 0; format < EXPORT_FORMATS; format++) {
		export_file(file.path, format, &all);
		export_file(file.path, format, &some);
	}
	cpu_limit(0);
	memory_file_close(&file);
	return 0;
}

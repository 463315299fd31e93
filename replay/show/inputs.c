/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "inputs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "replay/shed.h"

/* Returns whether a word names an input: "-", or a file by its ending or by how it begins. */
static bool is_recording(const char *word)
{
	static const char ending[] = ".pwrt", magic[4] = "\x89PWB";
	const size_t len = strlen(word);
	char start[sizeof(magic)];
	bool is;
	int fd;

	if (!strcmp(word, "-"))
		return true;
	if (len >= sizeof(ending) && !strcmp(word + len - (sizeof(ending) - 1), ending))
		return true;
	fd = open(word, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	is = read(fd, start, sizeof(start)) == sizeof(start) &&
	     !memcmp(start, magic, sizeof(magic));
	close(fd);
	return is;
}

void inputs_split(struct command_line *c)
{
	/* Without FILE, a word of the filter may be in its place. */
	if (!c->nr_paths || (strcmp(c->paths[0], "-") && access(c->paths[0], F_OK)))
		return;
	while (c->nr_filter && is_recording(c->filter[0])) {
		c->nr_paths++;
		c->filter++;
		c->nr_filter--;
	}
}

int inputs_open(struct trace *t, const struct command_line *c, bool reread,
		struct file_list **files, struct pwrt_diag *d)
{
	int ret;

	if (c->nr_paths == 1)
		return trace_open(t, c->paths[0], reread, &c->common.limits, d);
	if (c->common.limits.grows)
		return pwrt_fail(d, PWRT_EINVAL, 0,
				 "--follow reads one file: name the one that grows");
	ret = file_list_new(files, (const char *const *)c->paths, (uint32_t)c->nr_paths,
			    &c->common.limits, d);
	return ret == 0 ? trace_open_files(t, *files, d) : ret;
}

/* Reports the damage of one file of nr_events events. */
static void report_damage(const char *path, const struct pwrt_integrity *h, uint64_t nr_events)
{
	if (!h->complete)
		cli_error("%s: %s at byte %llu; %llu events could be read%s", cli_escape(path),
			  *h->what ? h->what : "events are missing",
			  (unsigned long long)h->first_bad, (unsigned long long)nr_events,
			  h->cut ? ", up to where the file was cut" : "");
}

/* Reports the parts that are missing right before a file. */
static void report_missing(const struct listed_file *f)
{
	const char *const gaps = "packets may have gaps: name these files too, if they exist";

	if (f->missing == 1)
		cli_error("part %u of the recording is missing before %s: %s", f->part - 1,
			  cli_escape(f->path), gaps);
	else if (f->missing)
		cli_error("parts %u to %u of the recording are missing before %s: %s",
			  f->part - f->missing, f->part - 1, cli_escape(f->path), gaps);
}

const char *inputs_clock_words(const struct file_list *files, uint32_t i, char buf[CLOCK_WORDS])
{
	const struct listed_host *h = file_list_host(files, i);
	const struct host_clock *c = &h->clock;
	const char *by = file_list_host(files, c->by)->name;
	const double seconds = (double)(c->by_ns < 0 ? -c->by_ns : c->by_ns) / 1e9;
	const char *const way = c->by_ns < 0 ? "behind" : "ahead of";

	if (c->basis == CLOCK_BOTH)
		snprintf(
			buf, CLOCK_WORDS,
			"the clock of %s is %.6f s %s that of %s, within %.6f s: %u packet%s from %s and %u to it were recorded on both",
			h->name, seconds, way, by, (double)c->within_ns / 1e9, c->to,
			c->to == 1 ? "" : "s", by, c->from);
	else if (c->basis == CLOCK_BOUND)
		snprintf(
			buf, CLOCK_WORDS,
			"the clock of %s is %s %.6f s %s that of %s, by %u packet%s %s %s and none back; else the time of day counts",
			h->name, (c->by_ns < 0) == !!c->to ? "at least" : "at most", seconds, way,
			by, c->to + c->from, c->to + c->from == 1 ? "" : "s", c->to ? "from" : "to",
			by);
	else
		snprintf(
			buf, CLOCK_WORDS,
			"the clock of %s is compared with that of %s by the time of day alone: %s",
			h->name, by,
			c->to ? "packets of both directions contradict each other, as where a clock was set" :
				"no packet was recognized on both");
	return buf;
}

static void report_clocks(const struct file_list *files)
{
	char words[CLOCK_WORDS];
	uint32_t i;

	for (i = 1; file_list_host(files, i); i++)
		cli_error("%s", cli_escape(inputs_clock_words(files, i, words)));
}

int inputs_report(const struct trace *t)
{
	const struct pwrt_integrity *h = &t->integrity;
	const struct pwrt_set_result *result;
	const struct listed_file *f;
	char shed[SHED_WORDS];
	uint32_t i;

	if (!t->files)
		report_damage(t->path, h, t->nr_events);
	for (i = 0; t->files && (f = file_list_at(t->files, i)); i++) {
		result = pwrt_set_result(file_list_set(t->files), i);
		report_missing(f);
		report_damage(f->path, &result->integrity, result->events);
	}
	if (t->files)
		report_clocks(t->files);
	if (t->lost)
		cli_error(
			"%s: %llu events were lost while recording: paths may have gaps (--info shows when)",
			cli_escape(t->path), (unsigned long long)t->lost);
	if (shed_words(trace_reader(t), shed))
		cli_error("%s: the recorder kept to --max-overhead and gave up: %s",
			  cli_escape(t->path), cli_escape(shed));
	return h->complete && !t->lost ? EXIT_DONE : EXIT_ISSUES;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "time_point.h"

#include <stddef.h>
#include <string.h>

#include "format/tool/cli.h"
#include "replay/wall_clock.h"

#define SECOND_NS 1000000000ull

/* The parts of a time, by the letters that stand for their digits in a shape. */
static const char letters[] = "YMDhms";

enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, PARTS };

/* The smallest and the largest value of each part. A leap second has the number 60. */
static const struct {
	int min, max;
} bounds[PARTS] = {
	[YEAR] = { 1970, 9999 }, [MONTH] = { 1, 12 },  [DAY] = { 1, 31 },
	[HOUR] = { 0, 23 },	 [MINUTE] = { 0, 59 }, [SECOND] = { 0, 60 },
};

/* In a shape, T also stands for a space, since RFC 3339 allows it. The longest ones come first. */
static const struct {
	const char *shape;
	enum time_point_kind kind;
	bool fraction; /* one may follow */
} shapes[] = {
	{ "YYYY-MM-DDThh:mm:ss", TIME_POINT_DATE, true },
	{ "YYYY-MM-DDThh:mm", TIME_POINT_DATE, false },
	{ "hh:mm:ss", TIME_POINT_OF_DAY, true },
	{ "hh:mm", TIME_POINT_OF_DAY, false },
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads the parts that a shape has. Returns the end of the text that has the shape, or NULL. */
static const char *read_shape(const char *text, const char *shape, int parts[PARTS])
{
	const char *letter;
	int i;

	for (; *shape; shape++, text++) {
		letter = strchr(letters, *shape);
		if (letter) {
			if (!is_digit(*text))
				return NULL;
			parts[letter - letters] = 10 * parts[letter - letters] + (*text - '0');
		} else if (*text != *shape && !(*shape == 'T' && (*text == ' ' || *text == 't'))) {
			return NULL;
		}
	}
	for (i = 0; i < PARTS; i++)
		if (parts[i] && (parts[i] < bounds[i].min || parts[i] > bounds[i].max))
			return NULL;
	return text;
}

/* Reads ".123". Digits after the ninth do not count. Returns the end. */
static const char *read_fraction(const char *text, uint64_t *ns)
{
	uint64_t unit = SECOND_NS / 10;

	if (*text != '.' || !is_digit(text[1]))
		return text;
	for (text++; is_digit(*text); text++, unit /= 10)
		*ns += (uint64_t)(*text - '0') * unit;
	return text;
}

/* Reads "Z" or "+01:00". Returns the end, or NULL for other text that is not empty. */
static const char *read_offset(const char *text, struct time_point *p)
{
	int parts[PARTS] = { 0 };

	if (!*text)
		return text;
	p->has_offset = true;
	if (*text == 'Z' || *text == 'z')
		return text + 1;
	if (*text != '+' && *text != '-')
		return NULL;
	p->offset_s = *text == '-' ? -1 : 1;
	text = read_shape(text + 1, "hh:mm", parts);
	p->offset_s *= 60 * (60 * parts[HOUR] + parts[MINUTE]);
	return text;
}

/* Sets the parts of a time. Returns false for a day that its month does not have. */
static bool set_parts(struct time_point *p, const int parts[PARTS])
{
	struct tm tm = { .tm_year = parts[YEAR] - 1900,
			 .tm_mon = parts[MONTH] - 1,
			 .tm_mday = parts[DAY] };

	p->tm = tm;
	p->tm.tm_hour = parts[HOUR];
	p->tm.tm_min = parts[MINUTE];
	p->tm.tm_sec = parts[SECOND];
	if (p->kind != TIME_POINT_DATE)
		return true;
	timegm(&tm);
	return parts[YEAR] && parts[MONTH] && parts[DAY] && tm.tm_mday == parts[DAY];
}

bool time_point_parse(struct time_point *p, const char *text)
{
	const char *end = NULL;
	int parts[PARTS];
	size_t i;

	*p = (struct time_point){ .kind = TIME_POINT_FROM_START };
	if (cli_duration(text, &p->ns))
		return true;
	p->ns = 0;
	for (i = 0; !end && i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		memset(parts, 0, sizeof(parts));
		end = read_shape(text, shapes[i].shape, parts);
		if (!end)
			continue;
		p->kind = shapes[i].kind;
		if (shapes[i].fraction)
			end = read_fraction(end, &p->ns);
	}
	if (end)
		end = read_offset(end, p);
	return end && !*end && set_parts(p, parts);
}

/* Returns the nanoseconds since 1970 of a date and a time. Times that do not fit become 0 or -1. */
static uint64_t real_ns(const struct time_point *p, struct tm tm, bool local)
{
	const bool in_zone = local && !p->has_offset;
	time_t s;

	tm.tm_isdst = -1;
	s = in_zone ? mktime(&tm) : timegm(&tm) - p->offset_s;
	if (s < 0)
		return 0;
	return (uint64_t)s < UINT64_MAX / SECOND_NS ? (uint64_t)s * SECOND_NS + p->ns : UINT64_MAX;
}

/* Returns the nanoseconds since 1970 of a time of the file, by its first sample. */
static uint64_t real_of(const struct pwrt_clock *sample, uint64_t mono_ns)
{
	return sample->real_ns + (mono_ns - sample->mono_ns);
}

/*
 * Returns a time of day on the day of the first event. A time before that event is one of the next
 * day if the file goes on until then.
 */
static uint64_t real_of_day(const struct time_point *p, const struct pwrt_reader *r, bool local)
{
	const struct pwrt_clock *sample = pwrt_reader_clock(r, 0);
	uint64_t start, end, first, at, next;
	struct tm tm = { 0 };
	time_t when;

	/* Without an index, the time of the first event is not known yet. */
	pwrt_reader_span(r, &start, &end);
	first = start ? real_of(sample, start) : sample->real_ns;
	when = (time_t)(first / SECOND_NS) + p->offset_s;
	(local && !p->has_offset ? localtime_r : gmtime_r)(&when, &tm);
	tm.tm_hour = p->tm.tm_hour;
	tm.tm_min = p->tm.tm_min;
	tm.tm_sec = p->tm.tm_sec;
	at = real_ns(p, tm, local);
	tm.tm_mday++;
	next = real_ns(p, tm, local);
	return at < first && start && next <= real_of(sample, end) ? next : at;
}

int time_range_select(const struct time_range *range, bool local, const struct pwrt_reader *r,
		      struct selection *sel, struct pwrt_diag *d)
{
	const struct {
		const struct time_point *p;
		uint64_t *from_start, *mono;
	} ends[] = { { &range->since, &sel->since_ns, &sel->since_mono_ns },
		     { &range->until, &sel->until_ns, &sel->until_mono_ns } };
	const struct time_point *p;
	uint64_t real;
	int i;

	for (i = 0; i < 2; i++) {
		p = ends[i].p;
		if (p->kind == TIME_POINT_FROM_START)
			*ends[i].from_start = p->ns;
		if (p->kind == TIME_POINT_NONE || p->kind == TIME_POINT_FROM_START)
			continue;
		if (!pwrt_reader_clock(r, 0))
			return pwrt_fail(
				d, PWRT_EINVAL, 0,
				"the file lacks the time of day: give times from the first event, as --since 5ms");
		real = p->kind == TIME_POINT_DATE ? real_ns(p, p->tm, local) :
						    real_of_day(p, r, local);
		wall_clock_mono(r, real, ends[i].mono);
		*ends[i].mono += !*ends[i].mono; /* 0 is no bound */
	}
	return 0;
}

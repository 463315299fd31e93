/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "time_text.h"

#include <string.h>
#include <time.h>

#include "replay/digits.h"

#define SECOND_NS 1000000000u

const char *const time_mode_names[TIMES_MODES] = {
	[TIMES_RELATIVE] = "relative", [TIMES_DELTA] = "delta", [TIMES_UTC] = "utc",
	[TIMES_LOCAL] = "local",       [TIMES_NS] = "ns",
};

static enum time_mode mode;

void time_text_init(enum time_mode m)
{
	mode = m;
	tzset();
}

int time_text_width(void)
{
	return mode == TIMES_UTC || mode == TIMES_LOCAL ? 15 : mode == TIMES_NS ? 16 : 12;
}

void time_text_begin(struct time_text *c, const struct trace *t)
{
	*c = (struct time_text){ .t = t };
}

/* Writes n with leading zeros. Returns the end. */
static char *put_fraction(char *to, uint32_t n, int digits)
{
	int i;

	for (i = digits - 1; i >= 0; i--, n /= 10)
		to[i] = (char)('0' + n % 10);
	return to + digits;
}

/* Writes seconds with six places, rounded. */
static void put_seconds(char *to, int64_t ns)
{
	uint64_t us = ((ns < 0 ? -(uint64_t)ns : (uint64_t)ns) + 500) / 1000;

	if (ns < 0 && us)
		*to++ = '-';
	to += digits_decimal(to, us / 1000000);
	*to++ = '.';
	*put_fraction(to, (uint32_t)(us % 1000000), 6) = '\0';
}

/*
 * Writes the text of the second of ts_ns in a format of strftime(3). Returns its end; NULL without
 * a time of day. Sets *ns to the rest in nanoseconds.
 */
static char *put_second(struct time_text *c, uint64_t ts_ns, const char *format, bool local,
			uint32_t *ns)
{
	uint64_t real_ns, second;
	struct tm tm;
	time_t when;

	c->clock.r = trace_reader(c->t);
	if (!c->clock.r || !wall_clock_at(&c->clock, ts_ns, &real_ns))
		return NULL;
	second = real_ns / SECOND_NS;
	*ns = (uint32_t)(real_ns % SECOND_NS);
	if (second != c->second || !c->of_second_len) {
		when = (time_t)second;
		if (!(local ? localtime_r : gmtime_r)(&when, &tm))
			return NULL;
		c->of_second_len = strftime(c->of_second, sizeof(c->of_second), format, &tm);
		c->second = second;
	}
	memcpy(c->text, c->of_second, c->of_second_len);
	return c->text + c->of_second_len;
}

static void put_time_of_day(struct time_text *c, uint64_t ts_ns)
{
	uint32_t ns;
	char *to = put_second(c, ts_ns, "%H:%M:%S", mode == TIMES_LOCAL, &ns);

	if (!to) {
		memcpy(c->text, "-", 2);
		return;
	}
	*to++ = '.';
	*put_fraction(to, ns / 1000, 6) = '\0';
}

const char *time_text(struct time_text *c, uint64_t ts_ns)
{
	switch (mode) {
	case TIMES_DELTA:
		put_seconds(c->text, c->last_ns ? (int64_t)(ts_ns - c->last_ns) : 0);
		c->last_ns = ts_ns;
		break;
	case TIMES_UTC:
	case TIMES_LOCAL:
		put_time_of_day(c, ts_ns);
		break;
	case TIMES_NS:
		c->text[digits_decimal(c->text, ts_ns)] = '\0';
		break;
	default:
		put_seconds(c->text, (int64_t)(ts_ns - c->t->start_ns));
	}
	return c->text;
}

const char *time_rfc3339(struct time_text *c, uint64_t ts_ns)
{
	uint32_t ns;
	char *to = put_second(c, ts_ns, "%Y-%m-%dT%H:%M:%S", false, &ns);

	if (!to)
		return NULL;
	*to++ = '.';
	to = put_fraction(to, ns, 9);
	memcpy(to, "Z", 2);
	return c->text;
}

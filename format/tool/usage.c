/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "usage.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { FAR = 4, NAME_MAX_LEN = 63 }; /* more than three edits away is another word */

struct found {
	const struct argp_option *option; /* the last that fits */
	unsigned int nr;
};

struct nearest {
	const char *name;
	unsigned int edits;
};

typedef void (*option_fn)(const struct argp_option *o, const char *name, size_t len, void *arg);

static void each_option(const struct argp *argp, const char *name, size_t len, option_fn fn,
			void *arg)
{
	const struct argp_child *child = argp->children;
	const struct argp_option *o = argp->options;

	for (; o && (o->name || o->key || o->doc); o++)
		fn(o, name, len, arg);
	for (; child && child->argp; child++)
		each_option(child->argp, name, len, fn, arg);
}

/* As getopt_long(3) does: the whole name, or the beginning of names. */
static void fits(const struct argp_option *o, const char *name, size_t len, void *arg)
{
	struct found *f = arg;

	if (!o->name || strncmp(o->name, name, len))
		return;
	if (!o->name[len])
		f->nr = 0;
	if (f->option && f->nr && !f->option->name[len])
		return;
	f->option = o;
	f->nr++;
}

/* Levenshtein's distance, FAR at most. */
static unsigned int distance(const char *a, size_t len, const char *b)
{
	size_t len_b = strlen(b), i, j;
	unsigned int row[NAME_MAX_LEN + 1], corner, up;

	if (len > NAME_MAX_LEN || len_b > NAME_MAX_LEN)
		return FAR;
	for (j = 0; j <= len_b; j++)
		row[j] = (unsigned int)j;
	for (i = 0; i < len; i++) {
		corner = row[0]++;
		for (j = 1; j <= len_b; j++) {
			up = row[j];
			row[j] = corner + (a[i] != b[j - 1]);
			if (row[j] > up + 1)
				row[j] = up + 1;
			if (row[j] > row[j - 1] + 1)
				row[j] = row[j - 1] + 1;
			corner = up;
		}
	}
	return row[len_b] < FAR ? row[len_b] : FAR;
}

static void nearer(const struct argp_option *o, const char *name, size_t len, void *arg)
{
	struct nearest *n = arg;
	unsigned int edits = o->name && !(o->flags & OPTION_HIDDEN) ? distance(name, len, o->name) :
								      FAR;

	if (edits < n->edits && edits * 2 <= len)
		*n = (struct nearest){ o->name, edits };
}

static void letter(const struct argp_option *o, const char *name, size_t len, void *arg)
{
	(void)len;
	if (o->key == *name && isprint(o->key))
		((struct found *)arg)->nr++;
}

static void refused_name(const struct argp *argp, const char *text, char *buf, size_t len)
{
	const size_t name_len = strcspn(text, "=");
	struct nearest near = { NULL, FAR };
	struct found f = { NULL, 0 };

	each_option(argp, text, name_len, fits, &f);
	each_option(argp, text, name_len, nearer, &near);
	if (f.nr == 1)
		snprintf(buf, len, "--%s %s", f.option->name,
			 f.option->arg ? "needs an argument" : "takes no argument");
	else if (f.nr > 1)
		snprintf(buf, len, "--%.*s is the beginning of several options", (int)name_len,
			 text);
	else if (near.name)
		snprintf(buf, len, "unknown option --%.*s: did you mean --%s?", (int)name_len, text,
			 near.name);
	else
		snprintf(buf, len, "unknown option --%.*s", (int)name_len, text);
}

static void refused_letter(const struct argp *argp, const char *letters, char *buf, size_t len)
{
	struct found f;

	for (; *letters; letters++) {
		f = (struct found){ NULL, 0 };
		each_option(argp, letters, 1, letter, &f);
		if (!f.nr) {
			snprintf(buf, len, "unknown option -%c", *letters);
			return;
		}
	}
	snprintf(buf, len, "-%c needs an argument", letters[-1]);
}

void usage_refused(const struct argp *argp, char *const *argv, int next, char *buf, size_t len)
{
	const char *text = argv[next - 1];

	if (argv[next] && argv[next][0] == '-' && argv[next][1] != '-' && strncmp(text, "--", 2))
		text = argv[next];
	if (!strncmp(text, "--", 2))
		refused_name(argp, text + 2, buf, len);
	else
		refused_letter(argp, text[0] == '-' ? text + 1 : text, buf, len);
}

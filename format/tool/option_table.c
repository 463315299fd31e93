/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "option_table.h"

#include <errno.h>
#include <stdbool.h>

#include "cli.h"

#define FIRST_KEY 256 /* of options without a letter: behind all letters */

static int row_key(const struct option_row *rows, size_t i)
{
	if (rows[i].letter)
		return rows[i].letter;
	return rows[i].kind == OPTION_GROUP || rows[i].kind == OPTION_OLD_NAME ? 0 :
										 FIRST_KEY + (int)i;
}

void option_table_argp(const struct option_row *rows, struct argp_option *out)
{
	int group = 0;
	size_t i;

	for (i = 0; rows[i].kind != OPTION_END; i++) {
		const struct option_row *r = &rows[i];

		group += r->kind == OPTION_GROUP;
		out[i] = (struct argp_option){ .name = r->name,
					       .key = row_key(rows, i),
					       .arg = r->arg,
					       .flags = r->flags,
					       .doc = r->help,
					       .group = group };
		if (r->kind == OPTION_OLD_NAME)
			out[i].flags = OPTION_ALIAS | OPTION_HIDDEN;
		if (r->preset)
			out[i].flags |= OPTION_ARG_OPTIONAL;
	}
	out[i] = (struct argp_option){ 0 };
}

static bool is_within(const struct option_row *r, uint64_t v)
{
	return !r->max || (v >= r->min && v <= r->max);
}

/* Returns false when the text is not what the row takes. */
static bool set_number(const struct option_row *r, const char *text, void *member)
{
	uint64_t v;
	bool is_number = r->kind == OPTION_BYTES ? cli_size(text, &v) :
			 r->kind == OPTION_TIME	 ? cli_duration(text, &v) :
						   cli_u64(text, &v);

	if (!is_number || !is_within(r, v))
		return false;
	if (r->kind == OPTION_U32)
		*(uint32_t *)member = (uint32_t)v;
	else
		*(uint64_t *)member = v;
	return true;
}

static error_t set_choice(const struct option_row *r, unsigned int *member,
			  struct argp_state *state)
{
	if (r->conflict && *member)
		return cli_usage(state, "%s", r->conflict);
	*member = r->value;
	return 0;
}

static error_t set_member(const struct option_row *r, char *text, struct argp_state *state,
			  void *arguments)
{
	void *member = (char *)arguments + r->at;

	switch (r->kind) {
	case OPTION_FLAG:
		*(bool *)member = true;
		return 0;
	case OPTION_TEXT:
		*(const char **)member = text ? text : r->preset;
		return 0;
	case OPTION_CHOICE:
		return set_choice(r, member, state);
	case OPTION_CUSTOM:
		return r->set(r, member, text ? text : r->preset, state);
	default:
		return set_number(r, text ? text : r->preset, member) ?
			       0 :
			       cli_usage(state, "--%s: '%s' is not %s", r->name, text, r->noun);
	}
}

error_t option_table_set(const struct option_row *rows, const struct argp_option *options, int key,
			 char *arg, struct argp_state *state, void *arguments)
{
	size_t i;

	for (i = 0; rows[i].kind != OPTION_END; i++)
		if (key && row_key(rows, i) == key)
			break;
	if (rows[i].kind == OPTION_END)
		return ARGP_ERR_UNKNOWN;
	if (cli_is_repeated(state, options, key))
		return EINVAL;
	while (rows[i].kind == OPTION_OLD_NAME)
		i--;
	if (rows[i].given)
		*(bool *)((char *)arguments + rows[i].given) = true;
	return set_member(&rows[i], arg, state, arguments);
}

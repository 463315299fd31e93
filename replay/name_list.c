/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "name_list.h"

#include <ctype.h>
#include <string.h>

/* Returns len digits as a number, or NO_NUMBER. */
static uint64_t number_of(const char *text, size_t len)
{
	uint64_t n = 0;
	size_t i;

	if (!len || len > 19)
		return NO_NUMBER;
	for (i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]))
			return NO_NUMBER;
		n = n * 10 + (uint64_t)(text[i] - '0');
	}
	return n;
}

/* Returns the next entry, with len bytes of text; NULL after an error. */
static struct name_entry *add(struct name_list *list, const char *text, size_t len, bool no,
			      struct pwrt_diag *d)
{
	struct name_entry *e = &list->v[list->nr];

	if (list->nr == SELECT_MAX) {
		pwrt_fail(d, PWRT_EINVAL, 0, "more than %u values", SELECT_MAX);
		return NULL;
	}
	if (!len) {
		pwrt_fail(d, PWRT_EINVAL, 0, "a value is empty");
		return NULL;
	}
	*e = (struct name_entry){
		.text = text, .len = len, .number = number_of(text, len), .no = no
	};
	list->nr++;
	return e;
}

int names_add(struct name_list *list, const char *text, struct pwrt_diag *d)
{
	const bool no = *text == '!';
	const char *part, *end;
	struct name_entry *e;

	text += no;
	for (part = text;; part = end + 1) {
		end = strchrnul(part, ',');
		if (!add(list, part, (size_t)(end - part), no, d))
			return PWRT_EINVAL;
		if (!*end)
			break;
	}
	if (part == text)
		return 0;
	e = add(list, text, strlen(text), no, d);
	if (e)
		e->whole = true;
	return e ? 0 : PWRT_EINVAL;
}

int names_add_pattern(struct name_list *list, const char *text, struct pwrt_diag *d)
{
	const bool no = *text == '!';
	struct name_entry *e;
	int ret;

	text += no;
	e = add(list, text, strlen(text), no, d);
	if (!e)
		return PWRT_EINVAL;
	e->number = NO_NUMBER;
	ret = pattern_new(&e->pattern, text, d);
	list->nr -= ret < 0;
	return ret;
}

static bool is_text(const struct name_entry *e, const char *name)
{
	return !strncmp(name, e->text, e->len) && !name[e->len];
}

bool name_fits(const struct name_entry *e, const struct named *n)
{
	int i;

	if (e->pattern)
		return pattern_matches(e->pattern, n->name[0]);
	for (i = 0; i < NAMED_MAX && n->name[i]; i++)
		if (is_text(e, n->name[i]))
			return true;
	return e->number != NO_NUMBER && (e->number == n->number[0] || e->number == n->number[1]);
}

bool names_fit(const struct name_list *list, bool no, const struct named *n)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++)
		if (list->v[i].no == no && name_fits(&list->v[i], n))
			return true;
	return false;
}

bool names_decide(const struct name_list *list, bool fits, bool fits_no)
{
	unsigned int i;

	for (i = 0; i < list->nr && !fits; i++)
		if (!list->v[i].no)
			return false;
	return !fits_no;
}

bool names_select(const struct name_list *list, const struct named *n)
{
	return names_decide(list, names_fit(list, false, n), names_fit(list, true, n));
}

int names_check(const struct name_list *list, struct pwrt_diag *d)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++)
		if (list->v[i].pattern && pattern_gave_up(list->v[i].pattern))
			return pwrt_fail(d, PWRT_EINVAL, 0,
					 "regular expression '%.60s' has too many ways to match: "
					 "remove repetitions inside of repetitions",
					 list->v[i].text);
	return 0;
}

void names_free(struct name_list *list)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++)
		pattern_free(list->v[i].pattern);
	list->nr = 0;
}

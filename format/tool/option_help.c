/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "option_help.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 79, TEXT_COLUMN = 29, HANGING = 2 };

typedef void (*line_fn)(const struct argp_option *o);

static bool is_end(const struct argp_option *o)
{
	return !o || (!o->name && !o->key && !o->doc);
}

/* Children have the place of their group; groups below 0 come last, as with argp. */
static int rank(int group)
{
	return group < 0 ? INT_MAX : group;
}

static void each_line(const struct argp *argp, line_fn fn)
{
	const struct argp_option *o = argp->options;
	const struct argp_child *child = argp->children;

	while (!is_end(o) || (child && child->argp)) {
		bool is_child = child && child->argp &&
				(is_end(o) || rank(child->group) < rank(o->group));

		if (is_child) {
			each_line(child->argp, fn);
			child++;
			continue;
		}
		if (!(o->flags & (OPTION_HIDDEN | OPTION_ALIAS)))
			fn(o);
		o++;
	}
}

/* Prints words from column on, and begins each further line with indent spaces. */
static void print_wrapped(const char *text, size_t len, int column, int indent)
{
	const char *end = text + len;
	bool is_first = true;

	for (; text < end; is_first = false) {
		size_t word = strcspn(text, " \n");

		word = word < (size_t)(end - text) ? word : (size_t)(end - text);
		if (!is_first && column + 1 + (int)word > WIDTH)
			column = printf("\n%*s", indent, "") - 1;
		else if (!is_first)
			column += printf(" ");
		column += printf("%.*s", (int)word, text);
		text += word;
		text += text < end;
	}
	putchar('\n');
}

static void help_line(const struct argp_option *o)
{
	const char *open = o->flags & OPTION_ARG_OPTIONAL ? "[=" : "=";
	const char *close = o->flags & OPTION_ARG_OPTIONAL ? "]" : "";
	int column;

	if (!o->name && !o->key) {
		printf("\n%s\n", o->doc);
		return;
	}
	column = isprint(o->key) ? printf("  -%c, ", o->key) : printf("      ");
	column += printf("--%s", o->name);
	if (o->arg)
		column += printf("%s%s%s", open, o->arg, close);
	if (column > TEXT_COLUMN - 2) {
		putchar('\n');
		column = 0;
	}
	printf("%*s", TEXT_COLUMN - column, "");
	print_wrapped(o->doc, strlen(o->doc), TEXT_COLUMN, TEXT_COLUMN + HANGING);
}

static void table_line(const struct argp_option *o)
{
	if (!o->name && !o->key) {
		printf("group\t%s\n", o->doc);
		return;
	}
	printf("option\t%.*s\t%s\t%s\t%s\t%s\n", isprint(o->key) ? 1 : 0, &(char){ (char)o->key },
	       o->name, o->arg ? o->arg : "",
	       !o->arg			      ? "none" :
	       o->flags & OPTION_ARG_OPTIONAL ? "optional" :
						"needed",
	       o->doc);
}

/* Lines that begin with a space, and empty ones, stay as they are. */
static void print_paragraphs(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (*text == ' ' || !len)
			printf("%.*s\n", (int)len, text);
		else
			print_wrapped(text, len, 0, 0);
		text += len;
		text += *text != '\0';
	}
}

/* The argp that describes the tool: a child of the one with the options that all tools have. */
static const struct argp *described(const struct argp *argp)
{
	return argp->doc || !argp->children ? argp : argp->children[0].argp;
}

void option_help_print(const struct argp *argp, const char *name)
{
	const struct argp *tool = described(argp);
	const char *args = tool->args_doc ? tool->args_doc : "", *doc = tool->doc ? tool->doc : "";
	size_t about = strcspn(doc, "\v");
	const char *word = "Usage:";

	for (; *args; word = "  or: ") {
		size_t len = strcspn(args, "\n");

		printf("%s %s [OPTION...] %.*s\n", word, name, (int)len, args);
		args += len;
		args += *args != '\0';
	}
	print_wrapped(doc, about, 0, 0);
	each_line(argp, help_line);
	if (doc[about]) {
		putchar('\n');
		print_paragraphs(doc + about + 1);
	}
}

void option_help_fields(const struct argp *argp)
{
	each_line(argp, table_line);
}

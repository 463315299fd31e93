/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lines of a view: columns, escapes, and lines longer than their buffer. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "replay/show/line.h"

static int saved;
static FILE *file;

/* Makes standard output a file. */
static void begin(void)
{
	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	file = tmpfile();
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(dup2(fileno(file), STDOUT_FILENO), 0);
}

/* Sets buf to the text that was written, and makes standard output as before. Returns its length. */
static size_t end(char *buf, size_t len)
{
	size_t n;

	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	rewind(file);
	n = fread(buf, 1, len - 1, file);
	buf[n] = '\0';
	fclose(file);
	return n;
}

START_TEST(columns)
{
	static struct line l;
	char got[256];

	begin();
	line_number(&l, 42, 5);
	line_put(&l, "|");
	line_column(&l, "eth0", 8);
	line_put(&l, "|");
	line_column(&l, "longer than it", 4);
	line_put(&l, "|");
	line_right(&l, "1.5", 6);
	line_end(&l);
	line_text(&l, "a\x1b[2Jb\\");
	line_end(&l);
	end(got, sizeof(got));
	ck_assert_str_eq(got, "   42|eth0    |longer than it|   1.5\na\\x1b[2Jb\\\\\n");
	ck_assert_uint_eq(l.len, 0);
}
END_TEST

START_TEST(long_lines)
{
	static struct line l;
	static char text[3 * sizeof(l.text)], got[16 * sizeof(l.text)];
	size_t i;

	memset(text, 'x', sizeof(text) - 1);
	begin();
	for (i = 0; i < 3; i++)
		line_put(&l, text);
	line_spaces(&l, 2 * sizeof(l.text));
	line_column(&l, "end", 5);
	line_end(&l);
	ck_assert_uint_eq(end(got, sizeof(got)), 3 * (sizeof(text) - 1) + 2 * sizeof(l.text) + 6);
	ck_assert_str_eq(got + strlen(got) - 7, " end  \n");
}
END_TEST

Suite *suite_line(void)
{
	Suite *s = suite_create("line");
	TCase *t = tcase_create("line");

	tcase_add_test(t, columns);
	tcase_add_test(t, long_lines);
	suite_add_tcase(s, t);
	return s;
}

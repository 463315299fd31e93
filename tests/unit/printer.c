/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The child that prints a recording: what it is given, and a reader that goes away. */
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "record/printer.h"
#include "trail.h"

static bool never(void)
{
	return false;
}

/*
 * Writes a recording to the printer, on standard output. It prints to a pipe that is closed if
 * gone. Returns false where there is no pwru-show.
 */
static bool feed(struct printer *p, bool gone, char text[64])
{
	static const struct trail_event events[] = {
		{ .func = "ip_rcv", .netns = "a" },
		{ .func = "kfree_skb", .netns = "a", .freed = true },
	};
	char name[32], buf[65536];
	struct pwrt_diag d;
	int fd, out[2], was = dup(STDOUT_FILENO);
	ssize_t n;
	bool printed;

	trail_save(name, events, 2);
	fd = open(name, O_RDONLY);
	unlink(name);
	n = read(fd, buf, sizeof(buf));
	close(fd);
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	ck_assert_int_eq(dup2(out[1], STDOUT_FILENO), STDOUT_FILENO);
	close(out[1]);
	if (gone)
		close(out[0]);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(printer_start_on_pipe(p, "packets", &d), 0);
	ck_assert_int_eq(write(STDOUT_FILENO, buf, (size_t)n), n);
	printed = printer_wait(p, true, never);
	if (!printed)
		fprintf(stderr, "SKIP: printer: the folder of the unit tests has no pwru-show\n");
	if (!gone) {
		n = read(out[0], text, 63);
		text[n > 0 ? n : 0] = '\0';
		close(out[0]);
	}
	dup2(was, STDOUT_FILENO);
	close(was);
	return printed;
}

START_TEST(prints)
{
	struct printer p = { 0 };
	char text[64];

	if (!feed(&p, false, text))
		return;
	ck_assert(!p.reader_left);
	ck_assert(!strncmp(text, "PACKET", 6));
}
END_TEST

START_TEST(reader_goes_away)
{
	struct printer p = { 0 };
	char text[64];

	if (feed(&p, true, text))
		ck_assert(p.reader_left);
}
END_TEST

Suite *suite_printer(void)
{
	Suite *s = suite_create("printer");
	TCase *tc = tcase_create("printer");

	suite_add_tcase(s, tc);
	tcase_add_test(tc, prints);
	tcase_add_test(tc, reader_goes_away);
	return s;
}

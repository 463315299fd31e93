/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writes a small recording as the recorder does: write FILE [thread]. Exit status 0: it is whole;
 * 1: it was cut to whole blocks after an error; 2: there is none.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "format/pwrt.h"

#define NR_EVENTS 600

static void on_thread(void)
{
}

static int write_tables(struct pwrt_writer *w, struct pwrt_diag *d)
{
	static const struct pwrt_clock clock = { .mono_ns = 1, .real_ns = 1 };
	static const struct pwrt_info info = { "recorder", "test" };
	static const struct pwrt_func func = { .addr = 16, .name = "f", .module = "", .why = "" };
	static const struct pwrt_task task = { .pid = 7, .tgid = 7, .comm = "nc" };
	int ret = pwrt_writer_clock(w, &clock, d);

	if (ret == 0)
		ret = pwrt_writer_info(w, &info, 1, d);
	if (ret == 0)
		ret = pwrt_writer_func(w, &func, d);
	return ret == 0 ? pwrt_writer_task(w, &task, d) : ret;
}

static int write_events(struct pwrt_writer *w, struct pwrt_diag *d)
{
	static const uint8_t hdr[34];
	unsigned int i;
	int ret = 0;

	for (i = 0; i < NR_EVENTS && ret == 0; i++) {
		const struct pwrt_event ev = { .ts_ns = i + 1,
					       .packet = i / 4 + 1,
					       .caller = PWRT_NONE,
					       .stack = PWRT_NONE,
					       .dev = PWRT_NONE,
					       .reason = PWRT_NONE,
					       .flags = i % 4 ? 0 : PWRT_EV_FIRST,
					       .hdr = hdr,
					       .hdr_len = sizeof(hdr),
					       .l3_off = 14 };

		ret = pwrt_writer_event(w, &ev, d);
		if (ret == 0 && i % 200 == 199)
			ret = pwrt_writer_flush(w, d);
	}
	return ret == 0 ? pwrt_writer_finish(w, d) : ret;
}

int main(int argc, char **argv)
{
	struct pwrt_writer_options o = { .block_events = 64 };
	struct pwrt_writer *w = NULL;
	struct pwrt_diag d;
	int fd, ret, status = 0;

	if (argc > 2 && !strcmp(argv[2], "thread"))
		o.thread = on_thread;
	fd = argc > 1 ? open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
	if (fd < 0) {
		fprintf(stderr, "cannot open the output\n");
		return 2;
	}
	ret = pwrt_writer_new(&w, fd, &o, &d);
	if (ret == 0)
		ret = write_tables(w, &d);
	if (ret == 0)
		ret = write_events(w, &d);
	if (ret < 0) {
		fprintf(stderr, "%s\n", d.text);
		if (w)
			pwrt_writer_stop(w);
		status = w && pwrt_writer_committed_bytes(w) &&
					 !ftruncate(fd, (off_t)pwrt_writer_committed_bytes(w)) ?
				 1 :
				 2;
	}
	pwrt_writer_free(w);
	close(fd);
	if (status == 2)
		unlink(argv[1]);
	return status;
}

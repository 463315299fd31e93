/*
 * Measures the format on recordings: what an event costs to write, to read and to keep, beside the
 * same events as fixed structs under zstd -3. Prints rows of a table in Markdown; see tests/bench/run.
 *
 *   bench [-g EVENTS] [-d DIR] FILE...
 *
 * -g: also a file of so many events made from the last FILE, over and over, with the gaps between
 * events, addresses and checksums drawn anew. -d: where the files are written (default: /tmp).
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include "format/pwrt.h"

#define ROUNDS 5 /* each figure is the best of these: the machine has other users */

struct events {
	struct pwrt_event *ev;
	uint8_t *hdrs;
	size_t nr;
};

struct row {
	double encode, decode, runs; /* million events a second */
	double raw_pack, raw_unpack;
	double size, raw_size, repack; /* bytes an event */
};

static const char *dir = "/tmp";

static void die(const char *what, const struct pwrt_diag *d)
{
	fprintf(stderr, "bench: %s: %s\n", what, d ? d->text : strerror(errno));
	exit(2);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double best(double was, double per_s)
{
	return per_s > was ? per_s : was;
}

static struct pwrt_reader *open_file(const char *path)
{
	struct pwrt_reader *r;
	struct pwrt_diag d;

	if (pwrt_open(&r, path, NULL, &d) < 0)
		die(path, &d);
	return r;
}

static void load(struct events *e, const char *path)
{
	struct pwrt_reader *r = open_file(path);
	struct pwrt_event ev;
	struct pwrt_diag d;
	size_t cap = 1 << 16, i;
	int ret;

	*e = (struct events){ malloc(cap * sizeof(ev)), malloc(cap * PWRT_HDR_MAX), 0 };
	while (e->ev && e->hdrs && (ret = pwrt_reader_next(r, &ev, &d)) == 1) {
		if (e->nr == cap) {
			cap *= 2;
			e->ev = realloc(e->ev, cap * sizeof(ev));
			e->hdrs = realloc(e->hdrs, cap * PWRT_HDR_MAX);
			if (!e->ev || !e->hdrs)
				die("memory", NULL);
		}
		memcpy(e->hdrs + e->nr * PWRT_HDR_MAX, ev.hdr_len ? ev.hdr : (const uint8_t *)"", ev.hdr_len);
		e->ev[e->nr++] = ev;
	}
	for (i = 0; i < e->nr; i++)
		e->ev[i].hdr = e->hdrs + i * PWRT_HDR_MAX;
	pwrt_close(r);
}

/* Writes the events alone; returns the bytes they take. */
static uint64_t encode(const struct events *e, const char *path, const struct pwrt_writer_options *o, double *rate)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	struct pwrt_writer *w;
	struct pwrt_diag d;
	uint64_t bytes;
	double start;
	size_t i;

	if (fd < 0 || pwrt_writer_new(&w, fd, o, &d) < 0)
		die(path, NULL);
	start = now();
	for (i = 0; i < e->nr; i++)
		if (pwrt_writer_event(w, &e->ev[i], &d) < 0)
			die(path, &d);
	if (pwrt_writer_finish(w, &d) < 0)
		die(path, &d);
	*rate = best(*rate, (double)e->nr / (now() - start) / 1e6);
	bytes = pwrt_writer_bytes(w);
	pwrt_writer_free(w);
	close(fd);
	return bytes;
}

static void decode(const char *path, struct row *row)
{
	uint64_t last = 0, nr = 0, sum = 0;
	struct pwrt_reader *r;
	struct pwrt_event ev;
	struct pwrt_run run;
	struct pwrt_diag d;
	double start = now();

	r = open_file(path);
	while (pwrt_reader_next(r, &ev, &d) == 1) {
		nr += ev.ts_ns >= last;
		last = ev.ts_ns;
	}
	if (nr != pwrt_reader_events(r) || !pwrt_reader_health(r)->complete)
		die("events missing or out of order", NULL);
	pwrt_close(r);
	row->decode = best(row->decode, (double)nr / (now() - start) / 1e6);
	start = now();
	r = open_file(path);
	for (nr = 0; pwrt_reader_next_run(r, &run, &d) == 1; nr += run.nr)
		sum += run.func[run.nr - 1];
	if (nr != pwrt_reader_events(r))
		die("events missing", NULL);
	pwrt_close(r);
	row->runs = best(row->runs, (double)nr / (now() - start) / 1e6);
	if (sum == 1)
		puts("");
}

/* The same events as structs of one size, as a ring buffer or a naive file would hold them. */
static void raw(const struct events *e, struct row *row)
{
	enum { BLOCK = 16384 };
	size_t fixed = offsetof(struct pwrt_event, hdr), hdr = 0, i, k, size, packed, total = 0;
	ZSTD_CCtx *c = ZSTD_createCCtx();
	ZSTD_DCtx *x = ZSTD_createDCtx();
	uint8_t *in, *out, *back;
	double pack = 0, unpack = 0, start;

	for (i = 0; i < e->nr; i++)
		hdr = e->ev[i].hdr_len > hdr ? e->ev[i].hdr_len : hdr;
	size = fixed + (hdr + 7) / 8 * 8;
	in = malloc(BLOCK * size);
	back = malloc(BLOCK * size);
	out = malloc(ZSTD_compressBound(BLOCK * size));
	for (i = 0; i < e->nr; i += k) {
		for (k = 0; k < BLOCK && i + k < e->nr; k++) {
			memset(in + k * size, 0, size);
			memcpy(in + k * size, &e->ev[i + k], fixed);
			memcpy(in + k * size + fixed, e->ev[i + k].hdr, e->ev[i + k].hdr_len);
		}
		start = now();
		packed = ZSTD_compressCCtx(c, out, ZSTD_compressBound(BLOCK * size), in, k * size, 3);
		pack += now() - start;
		total += packed;
		start = now();
		if (ZSTD_decompressDCtx(x, back, k * size, out, packed) != k * size || memcmp(in, back, k * size))
			die("zstd", NULL);
		unpack += now() - start;
	}
	row->raw_pack = best(row->raw_pack, (double)e->nr / pack / 1e6);
	row->raw_unpack = best(row->raw_unpack, (double)e->nr / unpack / 1e6);
	row->raw_size = (double)total / (double)e->nr;
	free(in);
	free(out);
	free(back);
	ZSTD_freeCCtx(c);
	ZSTD_freeDCtx(x);
}

static void measure(const char *name, const struct events *e)
{
	const struct pwrt_writer_options tight = { .level = 19, .block_events = 65536 };
	struct row row = { 0 };
	double unused = 0;
	char path[4096];
	int i;

	snprintf(path, sizeof(path), "%s/bench.%d.pwrt", dir, (int)getpid());
	for (i = 0; i < ROUNDS; i++) {
		row.size = (double)encode(e, path, NULL, &row.encode) / (double)e->nr;
		decode(path, &row);
		raw(e, &row);
	}
	if (e->nr < 1000000)
		row.repack = (double)encode(e, path, &tight, &unused) / (double)e->nr;
	unlink(path);
	printf("| %s | %zu | %.2f | %.2f | %.0f %% | ", name, e->nr, row.size, row.raw_size, 100 * row.size / row.raw_size);
	if (row.repack > 0)
		printf("%.2f", row.repack);
	printf(" | %.1f | %.1f | %.0f | %.1f | %.1f |\n", row.encode, row.decode, row.runs, row.raw_pack, row.raw_unpack);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct events e = { 0 };
	int opt;

	while ((opt = getopt(argc, argv, "d:")) != -1)
		if (opt == 'd')
			dir = optarg;
	printf("| recording | events | B/event | structs, zstd -3 | share | repacked | encode M/s | decode M/s | runs M/s | zstd -3 pack | unpack |\n");
	printf("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
	for (; optind < argc; optind++) {
		const char *name = strrchr(argv[optind], '/');

		load(&e, argv[optind]);
		measure(name ? name + 1 : argv[optind], &e);
		free(e.ev);
		free(e.hdrs);
	}
	return 0;
}

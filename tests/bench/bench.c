/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Measures the costs of writing, reading and keeping a recording. Compares them with the same
 * events as fixed structs, and as pwru's text under zstd -3. Prints rows of tables in Markdown;
 * tests/bench/run calls it.
 *
 *   bench table FILE...
 *       a row for each file
 *   bench grow FILE EVENTS|SIZE
 *       a row for a file made from FILE over and over: 10m events, 1G bytes
 *   bench make FILE SIZE OUT
 *       only makes that file
 *   bench access FILE
 *       opening, and reaching a packet or a moment in the middle
 *   bench run COMMAND...
 *       time and peak memory of a command
 *   bench cpu COMMAND...
 *       the same, with the time of the processor
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include "format/tool/cli.h"
#include "replay/fields.h"

#define ROUNDS 5    /* each figure is the best of these: the machine has other users */
#define BATCH 16384 /* events at hand at once: what is measured does not make them */

/* A source of events: a recording in memory, once or repeated. */
struct source {
	struct pwrt_event *ev; /* of the recording */
	uint8_t *hdrs;
	size_t nr;
	uint64_t max_packet;
	uint64_t limit; /* events to give in all */
	bool grown;	/* gaps, addresses and checksums are drawn anew each time around */
	/* of the pass under way */
	uint64_t given, ts, seed;
	struct pwrt_event out[BATCH];
	uint8_t out_hdrs[BATCH][PWRT_HDR_MAX];
};

struct row {
	double encode, threaded, decode, runs, pack, unpack; /* million events a second */
	double size, raw_size, text_size, repack;	     /* bytes an event */
	uint64_t nr;
};

static _Noreturn void die(const char *what, const struct pwrt_diag *d)
{
	fprintf(stderr, "bench: %s: %s\n", what, d ? d->text : strerror(errno));
	exit(2);
}

static void *take(size_t n)
{
	void *p = malloc(n);

	if (!p)
		die("memory", NULL);
	return p;
}

static double clock_s(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu_s(void)
{
	return clock_s(CLOCK_THREAD_CPUTIME_ID);
}

static double best(double was, uint64_t events, double seconds)
{
	double rate = (double)events / seconds / 1e6;

	return rate > was ? rate : was;
}

static struct pwrt_reader *open_file(const char *path)
{
	struct pwrt_reader *r;
	struct pwrt_diag d;

	if (pwrt_open(&r, path, NULL, &d) < 0)
		die(path, &d);
	return r;
}

/* ---- where the events come from ---- */

static struct source *source_load(const char *path)
{
	struct source *s = calloc(1, sizeof(*s));
	struct pwrt_reader *r = open_file(path);
	size_t cap = 1 << 16, i;
	struct pwrt_event ev;
	struct pwrt_diag d;

	if (!s)
		die("memory", NULL);
	s->ev = take(cap * sizeof(ev));
	s->hdrs = take(cap * PWRT_HDR_MAX);
	while (pwrt_reader_next(r, &ev, &d) == 1) {
		if (s->nr == cap) {
			cap *= 2;
			s->ev = realloc(s->ev, cap * sizeof(ev));
			s->hdrs = realloc(s->hdrs, cap * PWRT_HDR_MAX);
			if (!s->ev || !s->hdrs)
				die("memory", NULL);
		}
		if (ev.hdr_len)
			memcpy(s->hdrs + s->nr * PWRT_HDR_MAX, ev.hdr, ev.hdr_len);
		if (ev.values_len) {
			const uint8_t *values = ev.values;

			ev.values = memcpy(take(ev.values_len), values, ev.values_len);
		}
		s->max_packet = ev.packet > s->max_packet ? ev.packet : s->max_packet;
		s->ev[s->nr++] = ev;
	}
	for (i = 0; i < s->nr; i++)
		s->ev[i].hdr = s->hdrs + i * PWRT_HDR_MAX;
	pwrt_close(r);
	if (!s->nr)
		die("no events", NULL);
	s->limit = s->nr;
	return s;
}

static void source_rewind(struct source *s)
{
	s->given = 0;
	s->seed = 1;
	s->ts = s->ev[0].ts_ns;
}

static uint64_t scramble(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

/* The paths of the recording, but no other round has these times, addresses, ports or checksums. */
static void vary(struct source *s, struct pwrt_event *ev, uint64_t round, uint64_t gap)
{
	uint64_t mine = scramble(ev->packet ^ round << 32);
	unsigned int l3 = ev->l3_off, i;
	uint8_t *hdr = (uint8_t *)(uintptr_t)ev->hdr;

	s->seed = s->seed * 6364136223846793005u + 1442695040888963407u;
	s->ts += gap - gap / 4 + (s->seed >> 33) % (gap / 2 + 1);
	ev->ts_ns = s->ts;
	ev->packet += round * s->max_packet;
	ev->parent += ev->parent ? round * s->max_packet : 0;
	ev->skb ^= (round * 0x9e37u & 0xffff) << 8;
	/* IPv4 id and checksum, ports, sequence number, checksums behind them */
	for (i = 0; i < 18 && l3 + 24u + i < ev->hdr_len; i++)
		if (i < 2)
			hdr[l3 + (i ? 11 : 5)] ^= (uint8_t)(mine >> i);
		else if (i < 4)
			hdr[l3 + 18 + i] ^= (uint8_t)(mine >> 8 * (i - 2));
		else if (i < 8 || i > 15)
			hdr[l3 + 20 + i] ^= (uint8_t)(mine >> 3 * i);
}

/* Up to BATCH events, borrowed until the next call; 0: no more. */
static size_t source_next(struct source *s, const struct pwrt_event **ev)
{
	size_t n = 0;

	for (; n < BATCH && s->given < s->limit; n++, s->given++) {
		size_t i = s->given % s->nr;
		uint64_t gap = i ? s->ev[i].ts_ns - s->ev[i - 1].ts_ns : 1000;

		s->out[n] = s->ev[i];
		memcpy(s->out_hdrs[n], s->ev[i].hdr, s->ev[i].hdr_len);
		s->out[n].hdr = s->out_hdrs[n];
		if (s->grown)
			vary(s, &s->out[n], s->given / s->nr, gap);
	}
	*ev = s->out;
	return n;
}

/* ---- measurements ---- */

/* Writes the events of a source, at most max_bytes. *rate is that of the writer alone. */
static uint64_t encode(struct source *s, const char *path, const struct pwrt_writer_options *o,
		       uint64_t max_bytes, double *rate)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	const struct pwrt_event *ev;
	struct pwrt_writer *w;
	struct pwrt_diag d;
	double start, spent = 0;
	uint64_t bytes;
	size_t n, i;

	source_rewind(s);
	if (fd < 0)
		die(path, NULL);
	if (pwrt_writer_new(&w, fd, o, &d) < 0)
		die(path, &d);
	while ((!max_bytes || pwrt_writer_bytes(w) < max_bytes) && (n = source_next(s, &ev))) {
		start = cpu_s();
		for (i = 0; i < n; i++)
			if (pwrt_writer_event(w, &ev[i], &d) < 0)
				die(path, &d);
		spent += cpu_s() - start;
	}
	start = cpu_s();
	if (pwrt_writer_finish(w, &d) < 0)
		die(path, &d);
	spent += cpu_s() - start;
	*rate = best(*rate, pwrt_writer_events(w), spent);
	bytes = pwrt_writer_bytes(w);
	pwrt_writer_free(w);
	close(fd);
	return bytes;
}

static void decode(const char *path, struct row *row)
{
	uint64_t last = 0, nr = 0;
	struct pwrt_reader *r;
	struct pwrt_event ev;
	struct pwrt_packet_funcs run;
	struct pwrt_diag d;
	double start = cpu_s();

	r = open_file(path);
	while (pwrt_reader_next(r, &ev, &d) == 1) {
		nr += ev.ts_ns >= last;
		last = ev.ts_ns;
	}
	if (nr != pwrt_reader_events(r) || !pwrt_reader_integrity(r)->complete)
		die("events are missing or out of order", NULL);
	pwrt_close(r);
	row->nr = nr;
	row->decode = best(row->decode, nr, cpu_s() - start);
	start = cpu_s();
	r = open_file(path);
	for (nr = 0; pwrt_reader_next_packet_funcs(r, &run, &d) == 1; nr += run.nr)
		;
	if (nr != row->nr)
		die("events are missing", NULL);
	pwrt_close(r);
	row->runs = best(row->runs, nr, cpu_s() - start);
}

/* The same events as structs of one size, as a ring buffer or a naive file would hold them. */
static void raw(struct source *s, struct row *row)
{
	/* Without the padding behind the fields, which has no value. */
	size_t fixed = offsetof(struct pwrt_event, values_len) + sizeof(uint16_t), hdr = 0, i, n,
	       size, packed, total = 0;
	double pack = 0, unpack = 0, start;
	ZSTD_CCtx *c = ZSTD_createCCtx();
	ZSTD_DCtx *x = ZSTD_createDCtx();
	const struct pwrt_event *ev;
	uint8_t *in, *out, *back;

	for (i = 0; i < s->nr; i++)
		hdr = s->ev[i].hdr_len > hdr ? s->ev[i].hdr_len : hdr;
	size = fixed + (hdr + 7) / 8 * 8;
	in = take(BATCH * size);
	back = take(BATCH * size);
	out = take(ZSTD_compressBound(BATCH * size));
	source_rewind(s);
	while ((n = source_next(s, &ev))) {
		memset(in, 0, n * size);
		for (i = 0; i < n; i++) {
			memcpy(in + i * size, &ev[i], fixed);
			memcpy(in + i * size + fixed, ev[i].hdr, ev[i].hdr_len);
		}
		start = cpu_s();
		packed = ZSTD_compressCCtx(c, out, ZSTD_compressBound(n * size), in, n * size, 3);
		pack += cpu_s() - start;
		total += packed;
		start = cpu_s();
		if (ZSTD_decompressDCtx(x, back, n * size, out, packed) != n * size ||
		    memcmp(in, back, n * size))
			die("zstd", NULL);
		unpack += cpu_s() - start;
	}
	row->pack = best(row->pack, s->limit, pack);
	row->unpack = best(row->unpack, s->limit, unpack);
	row->raw_size = (double)total / (double)s->limit;
	free(in);
	free(out);
	free(back);
	ZSTD_freeCCtx(c);
	ZSTD_freeDCtx(x);
}

/* The columns that pwru 1.0 prints by default, without its time: what people keep today. */
static void text(const char *path, struct row *row)
{
	struct pwrt_reader *r = open_file(path);
	size_t cap = 64 << 20, len = 0, packed;
	char tuple[128], process[32], *lines = take(cap), *out = take(ZSTD_compressBound(cap));
	struct pwrt_event ev;
	struct pwrt_diag d;
	uint64_t nr = 0;
	struct headers h;
	struct step s;

	while (len + 512 < cap && pwrt_reader_next(r, &ev, &d) == 1) {
		const struct pwrt_task *t = pwrt_reader_task(r, ev.task);
		const struct pwrt_dev *v = pwrt_reader_dev(r, ev.dev);

		step_set(&s, &h, r, &ev);
		headers_text(&h, tuple, sizeof(tuple));
		snprintf(process, sizeof(process), "%s:%u", t ? t->comm : "?", t ? t->pid : 0);
		len += (size_t)snprintf(lines + len, cap - len,
					"0x%016" PRIx64
					" %-3u %-16s %-10u %-8x %13s:%-2u 0x%04x %-5u %-5u "
					"%s %s\n",
					ev.skb, ev.cpu, process, v ? v->netns : 0, ev.mark,
					v ? v->name : "", v ? v->ifindex : 0, h.eth_type, 1500u,
					ev.len, tuple, step_func(&s, NAME_BUF));
		nr++;
	}
	packed = ZSTD_compress(out, ZSTD_compressBound(cap), lines, len, 3);
	row->text_size = (double)packed / (double)nr;
	pwrt_close(r);
	free(lines);
	free(out);
}

/* ---- output ---- */

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const char *scratch(void)
{
	static char path[64];

	snprintf(path, sizeof(path), "/dev/shm/bench.%d.pwrt", (int)getpid());
	return path;
}

static void no_begin(void)
{
}

static void measure(const char *name, struct source *s, const char *recording)
{
	const struct pwrt_writer_options tight = { .level = 19, .block_events = 65536 },
					 threaded = { .thread = no_begin };
	int i, rounds = s->grown ? 1 : ROUNDS;
	struct row row = { 0 };
	double unused = 0;

	for (i = 0; i < rounds; i++) {
		uint64_t bytes = encode(s, scratch(), NULL, 0, &row.encode);

		encode(s, scratch(), &threaded, 0, &row.threaded);
		decode(scratch(), &row);
		row.size = (double)bytes / (double)row.nr;
		raw(s, &row);
	}
	if (!s->grown)
		row.repack = (double)encode(s, scratch(), &tight, 0, &unused) / (double)row.nr;
	if (recording)
		text(recording, &row);
	unlink(scratch());
	printf("| %s | %" PRIu64 " | **%.2f** | ", name, row.nr, row.size);
	printf(row.repack > 0 ? "%.2f | " : "| ", row.repack);
	printf("%.2f (%.0f %%) | ", row.raw_size, 100 * row.size / row.raw_size);
	printf(row.text_size > 0 ? "%.2f | " : "| ", row.text_size);
	printf("%.1f | %.1f | %.1f | %.0f | %.1f | %.1f |\n", row.encode, row.threaded, row.decode,
	       row.runs, row.pack, row.unpack);
	fflush(stdout);
}

/* Caches, page tables and clock rates settle before the measurement. */
static void warm_up(struct source *s)
{
	double start = cpu_s(), unused = 0;
	struct row row = { 0 };

	while (cpu_s() - start < 1) {
		encode(s, scratch(), NULL, 0, &unused);
		decode(scratch(), &row);
	}
	unlink(scratch());
}

static int table(int nr, char **path)
{
	warm_up(source_load(*path));
	puts("| file | events | B/event | repacked | structs | text |"
	     " write | handed over | in order | functions | pack | unpack |");
	puts("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
	for (; nr; nr--, path++)
		measure(base(*path), source_load(*path), *path);
	return 0;
}

static int grow(const char *path, uint64_t events)
{
	struct source *s = source_load(path);

	s->grown = true;
	s->limit = events;
	measure("generated", s, NULL);
	return 0;
}

static int make(const char *path, uint64_t bytes, const char *out)
{
	struct source *s = source_load(path);
	double rate = 0;

	s->grown = true;
	s->limit = UINT64_MAX;
	bytes = encode(s, out, NULL, bytes, &rate);
	fprintf(stderr, "bench: %s: %" PRIu64 " events, %" PRIu64 " bytes\n", out, s->given, bytes);
	return 0;
}

static double fewer_ms(double was, double start)
{
	double ms = 1e3 * (clock_s(CLOCK_MONOTONIC) - start);

	return ms < was ? ms : was;
}

/* Prints the best of some rounds of opening, seeking and reading. */
static int access_times(const char *path)
{
	struct pwrt_range by_packet = PWRT_RANGE_ALL, by_time = PWRT_RANGE_ALL;
	double open_ms = 1e9, packet_ms = 1e9, time_ms = 1e9, start;
	uint64_t ts_min, ts_max, nr = 0, seed = 1;
	struct pwrt_reader *r = open_file(path);
	struct pwrt_event ev;
	struct pwrt_diag d;
	int i;

	if (pwrt_reader_finish(r, &d) < 0)
		die(path, &d);
	pwrt_reader_span(r, &ts_min, &ts_max);
	nr = pwrt_reader_packets(r);
	pwrt_close(r);
	for (i = 0; i < 20; i++) {
		seed = scramble(seed + (uint64_t)i);
		by_packet.packet_min = by_packet.packet_max = 1 + seed % (nr ? nr : 1);
		by_time.ts_min = ts_min + seed % (ts_max - ts_min + 1);
		by_time.ts_max = by_time.ts_min + 1000000;
		start = clock_s(CLOCK_MONOTONIC);
		r = open_file(path);
		open_ms = fewer_ms(open_ms, start);
		pwrt_reader_range(r, &by_packet);
		while (pwrt_reader_next(r, &ev, &d) == 1)
			;
		packet_ms = fewer_ms(packet_ms, start);
		pwrt_close(r);
		start = clock_s(CLOCK_MONOTONIC);
		r = open_file(path);
		pwrt_reader_range(r, &by_time);
		while (pwrt_reader_next(r, &ev, &d) == 1)
			;
		time_ms = fewer_ms(time_ms, start);
		pwrt_close(r);
	}
	printf("| open | %.1f ms |\n| open and read all of one packet | %.1f ms |\n"
	       "| open and read one millisecond | %.1f ms |\n",
	       open_ms, packet_ms, time_ms);
	return 0;
}

static int read_all(const char *path)
{
	struct pwrt_reader *r = open_file(path);
	struct pwrt_event ev;
	struct pwrt_diag d;

	while (pwrt_reader_next(r, &ev, &d) == 1)
		;
	pwrt_close(r);
	return 0;
}

static double seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static int run(char **argv, bool on_cpu)
{
	double start = clock_s(CLOCK_MONOTONIC), took;
	struct rusage u;
	int status, fd;
	pid_t pid = fork();

	if (!pid) {
		fd = open("/dev/null", O_WRONLY);
		dup2(fd, STDOUT_FILENO);
		execvp(*argv, argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &u) < 0)
		die(*argv, NULL);
	took = on_cpu ? seconds(&u.ru_utime) + seconds(&u.ru_stime) :
			clock_s(CLOCK_MONOTONIC) - start;
	printf("%.1f ms, %.1f MiB\n", 1e3 * took, (double)u.ru_maxrss / 1024);
	return WIFEXITED(status) && WEXITSTATUS(status) < 2 ? 0 : 2;
}

int main(int argc, char **argv)
{
	uint64_t n = 0;

	/* The memory of one round is good for the next: clearing new pages is not what is measured.
	 */
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	if (argc > 2 && !strcmp(argv[1], "table"))
		return table(argc - 2, argv + 2);
	if (argc > 2 && !strcmp(argv[1], "access"))
		return access_times(argv[2]);
	if (argc > 2 && !strcmp(argv[1], "read"))
		return read_all(argv[2]);
	if (argc > 2 && (!strcmp(argv[1], "run") || !strcmp(argv[1], "cpu")))
		return run(argv + 2, !strcmp(argv[1], "cpu"));
	if (argc == 4 && !strcmp(argv[1], "grow") && cli_u64(argv[3], &n))
		return grow(argv[2], n);
	if (argc == 5 && !strcmp(argv[1], "make") && cli_size(argv[3], &n))
		return make(argv[2], n, argv[4]);
	fprintf(stderr, "bench: see the head of tests/bench/bench.c\n");
	return 2;
}

#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Copies standard input to a file without a name. */
static int spool_stdin(struct pwrt_diag *d)
{
	const char *dir = getenv("TMPDIR");
	static char buf[65536];
	int fd = open(dir && *dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	ssize_t n, did, at;

	if (fd < 0)
		return pwrt_fail(d, PWRT_EOS, 0, "temporary file for standard input");
	while ((n = read(STDIN_FILENO, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		for (at = 0; n > 0 && at < n; at += did) {
			did = write(fd, buf + at, (size_t)(n - at));
			if (did < 0) {
				n = -1;
				break;
			}
		}
		if (n < 0) {
			pwrt_fail(d, PWRT_EOS, 0, "copying standard input to a temporary file");
			close(fd);
			return PWRT_EOS;
		}
	}
	return fd;
}

static int open_reader(struct trace *t, struct pwrt_diag *d)
{
	char path[32];

	if (t->spool < 0)
		return pwrt_open(&t->r, t->path, t->limits, d);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", t->spool);
	return pwrt_open(&t->r, path, t->limits, d);
}

int trace_open(struct trace *t, const char *path, bool again, const struct pwrt_limits *limits,
	       struct pwrt_diag *d)
{
	*t = (struct trace){ .path = path, .limits = limits, .spool = -1 };
	if (again && !strcmp(path, "-")) {
		t->spool = spool_stdin(d);
		if (t->spool < 0)
			return t->spool;
	}
	return open_reader(t, d);
}

int trace_open_again(struct trace *t, const struct trace *other, struct pwrt_diag *d)
{
	*t = (struct trace){ .path = other->path, .limits = other->limits, .spool = -1 };
	if (other->spool >= 0) {
		t->spool = fcntl(other->spool, F_DUPFD_CLOEXEC, 0);
		if (t->spool < 0)
			return pwrt_fail(d, PWRT_EOS, 0, "temporary file for standard input");
	}
	return open_reader(t, d);
}

static bool matches(const struct selection *sel, const struct pwrt_event *ev)
{
	return sel->filter && ev->hdr_len &&
	       expr_match(sel->filter, ev->hdr, ev->hdr_len, ev->len, ev->l3_off);
}

/* What the event means: from the model that is being made, or from the one that is complete. */
static int understand(struct trace *t, struct step *s, struct packet **p, bool complete,
		      struct pwrt_diag *d)
{
	int depth = 0;

	if (!complete)
		return model_event(t->m, &s->ev, &s->h, p, &s->depth, d);
	*p = model_packet(t->m, s->ev.packet);
	if (*p)
		depth = model_depth(t->m, *p, &s->ev);
	s->depth = (unsigned int)depth;
	return depth < 0 ? pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory") : 0;
}

/* One pass over the events. A file that grew since the first pass has packets that are not known. */
static int pass(struct trace *t, bool complete, const struct selection *sel, trace_event cb,
		void *arg, struct pwrt_diag *d)
{
	struct pwrt_event ev;
	struct packet *p;
	struct step s;
	int ret;

	while ((ret = pwrt_reader_next(t->r, &ev, d)) == 1) {
		if (!complete && !t->nr_events++ && !t->start_ns)
			t->start_ns = ev.ts_ns;
		step_set(&s, t->r, &ev);
		ret = understand(t, &s, &p, complete, d);
		if (ret < 0)
			return ret;
		if (!p)
			continue;
		p->matched |= !complete && matches(sel, &ev);
		s.packet_flow = model_flow(p);
		if (cb && select_event(sel, &s, ev.ts_ns - t->start_ns))
			ret = cb(arg, &s, p);
		if (ret < 0)
			return ret;
	}
	if (ret == 0 && !complete) {
		t->health = *pwrt_reader_health(t->r);
		t->lost = pwrt_reader_lost_total(t->r);
	}
	return ret;
}

static void choose(struct trace *t, const struct selection *sel)
{
	struct packet *p;

	for (p = model_next(t->m, NULL); p; p = model_next(t->m, p))
		p->chosen = select_packet(sel, p, p->matched);
}

/* What a chosen packet is a copy of, and all copies of that, are chosen as well. */
static void choose_relatives(struct trace *t)
{
	struct packet *p, *parent;
	bool more = true;

	while (more) {
		more = false;
		for (p = model_next(t->m, NULL); p; p = model_next(t->m, p)) {
			parent = p->parent ? model_packet(t->m, p->parent) : NULL;
			if (!parent || parent->chosen == p->chosen)
				continue;
			parent->chosen = p->chosen = true;
			more = true;
		}
	}
}

/* Where the chosen packets are in the file, so that the second pass reads no more than that. */
static struct pwrt_range chosen_range(const struct trace *t)
{
	struct pwrt_range r = { UINT64_MAX, 0, UINT64_MAX, 0 };
	struct packet *p;

	for (p = model_next(t->m, NULL); p; p = model_next(t->m, p)) {
		if (!p->chosen)
			continue;
		r.packet_min = p->id < r.packet_min ? p->id : r.packet_min;
		r.packet_max = p->id > r.packet_max ? p->id : r.packet_max;
		r.ts_min = p->first_ns < r.ts_min ? p->first_ns : r.ts_min;
		r.ts_max = p->last_ns > r.ts_max ? p->last_ns : r.ts_max;
	}
	return r;
}

int trace_scan(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	int ret = model_new(&t->m, t->r, d);

	if (ret == 0)
		ret = pass(t, false, sel, NULL, NULL, d);
	if (ret == 0) {
		model_finish(t->m);
		t->nr_packets = model_nr_packets(t->m);
	}
	t->first = t->r;
	t->r = NULL;
	return ret;
}

int trace_finish(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	uint64_t end;
	int ret = pwrt_reader_finish(t->r, d);

	if (ret < 0)
		return ret;
	t->first = t->r;
	t->r = NULL;
	t->health = *pwrt_reader_health(t->first);
	t->lost = pwrt_reader_lost_total(t->first);
	t->nr_events = pwrt_reader_events(t->first);
	t->nr_packets = pwrt_reader_packets(t->first);
	pwrt_reader_span(t->first, &t->start_ns, &end);
	if (t->health.complete)
		return 0;
	/* Without a good end only the events tell how many packets there are. */
	pwrt_close(t->first);
	t->first = NULL;
	t->nr_events = 0;
	ret = open_reader(t, d);
	return ret == 0 ? trace_scan(t, sel, d) : ret;
}

struct chosen {
	trace_event cb;
	void *arg;
};

static int only_chosen(void *arg, const struct step *s, struct packet *p)
{
	const struct chosen *c = arg;

	return p->chosen ? c->cb(c->arg, s, p) : 0;
}

/* The second pass: the events of the packets that are marked. */
static int again(struct trace *t, const struct selection *sel, trace_event cb, void *arg,
		 struct pwrt_diag *d)
{
	const struct pwrt_range range = chosen_range(t);
	struct chosen chosen = { cb, arg };
	int ret = open_reader(t, d);

	if (ret < 0)
		return ret;
	pwrt_reader_range(t->r, &range);
	return pass(t, true, sel, only_chosen, &chosen, d);
}

/* Without flows to be known, a packet or a time is all that must be read. */
static void seek(struct trace *t, const struct selection *sel)
{
	struct pwrt_range r = PWRT_RANGE_ALL;
	uint64_t start, end;

	if (sel->packet)
		r.packet_min = r.packet_max = sel->packet;
	pwrt_reader_span(t->r, &start, &end);
	/* Only an index knows already where the file begins. */
	if (start) {
		t->start_ns = start;
		r.ts_min = sel->since_ns ? start + sel->since_ns : 0;
		if (sel->until_ns && sel->until_ns < UINT64_MAX - start)
			r.ts_max = start + sel->until_ns;
	}
	pwrt_reader_range(t->r, &r);
}

int trace_each(struct trace *t, const struct selection *sel, trace_event cb, void *arg,
	       struct pwrt_diag *d)
{
	int ret;

	if (t->m) {
		choose(t, sel);
		return again(t, sel, cb, arg, d);
	}
	ret = model_new(&t->m, t->r, d);
	if (ret == 0 && t->flowless)
		seek(t, sel);
	return ret < 0 ? ret : pass(t, false, sel, cb, arg, d);
}

int trace_family(struct trace *t, const struct selection *sel, trace_event cb, void *arg,
		 struct pwrt_diag *d)
{
	struct selection events = *sel;

	events.packet = 0; /* the packets are chosen already, and are more than this one */
	choose(t, sel);
	choose_relatives(t);
	return again(t, &events, cb, arg, d);
}

void trace_close(struct trace *t)
{
	model_free(t->m);
	pwrt_close(t->first);
	pwrt_close(t->r);
	if (t->spool >= 0)
		close(t->spool);
}

struct collect {
	struct path *paths;
	size_t nr, cap;
	struct pwrt_diag *d;
};

static int collect_step(void *arg, const struct step *s, struct packet *p)
{
	struct collect *c = arg;
	struct path *path, *more;
	struct step *steps, *to;

	if (!p->slot) {
		if (c->nr == c->cap) {
			more = realloc(c->paths, (c->cap ? c->cap * 2 : 16) * sizeof(*more));
			if (!more)
				return pwrt_fail(c->d, PWRT_ENOMEM, 0, "out of memory");
			c->paths = more;
			c->cap = c->cap ? c->cap * 2 : 16;
		}
		c->paths[c->nr] = (struct path){ .packet = p };
		p->slot = ++c->nr;
	}
	path = &c->paths[p->slot - 1];
	if (path->nr == path->cap) {
		steps = realloc(path->steps, (path->cap ? path->cap * 2 : 64) * sizeof(*steps));
		if (!steps)
			return pwrt_fail(c->d, PWRT_ENOMEM, 0, "out of memory");
		path->steps = steps;
		path->cap = path->cap ? path->cap * 2 : 64;
	}
	to = &path->steps[path->nr];
	*to = *s;
	to->ev.hdr = to->ev.values = NULL;
	if (s->ev.hdr_len + s->ev.values_len) {
		uint8_t *own = malloc((size_t)s->ev.hdr_len + s->ev.values_len);

		if (!own)
			return pwrt_fail(c->d, PWRT_ENOMEM, 0, "out of memory");
		if (s->ev.hdr_len)
			memcpy(own, s->ev.hdr, s->ev.hdr_len);
		if (s->ev.values_len)
			memcpy(own + s->ev.hdr_len, s->ev.values, s->ev.values_len);
		to->ev.hdr = own; /* what is freed, even if it is all values */
		to->ev.values = own + s->ev.hdr_len;
		headers_parse(&to->h, own, s->ev.hdr_len, s->ev.l3_off);
	}
	path->nr++;
	return 0;
}

int paths_load(struct path **paths, size_t *nr, struct trace *t, const struct selection *sel,
	       struct pwrt_diag *d)
{
	struct collect c = { .d = d };
	int ret = trace_each(t, sel, collect_step, &c, d);

	if (ret < 0) {
		paths_free(c.paths, c.nr);
		return ret;
	}
	*paths = c.paths;
	*nr = c.nr;
	return 0;
}

void paths_free(struct path *paths, size_t nr)
{
	size_t i, k;

	for (i = 0; paths && i < nr; i++) {
		for (k = 0; k < paths[i].nr; k++)
			free((void *)(uintptr_t)paths[i].steps[k].ev.hdr);
		free(paths[i].steps);
	}
	free(paths);
}

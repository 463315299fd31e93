/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "file_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Facts by which the files of one recording are known. In each of them, they are the same. */
enum identity { ID_BOOT, ID_HOST, ID_RECORDING, ID_ARGUMENTS, ID_FILTER, ID_NR };

static const char *const id_keys[ID_NR] = { "boot_id", "host", "recording", "arguments", "filter" };

struct file {
	struct listed_file listed;
	char *id[ID_NR]; /* or NULL */
	uint32_t host;
	bool has_clock;
	uint64_t started_ns, started_wall_ns;
	uint64_t begin_ns, end_ns; /* of its events, or 0: pwrt_reader_span() */
	uint64_t set_ns;	   /* when it begins, on the clock of the set */
};

struct host {
	struct listed_host listed;
	const struct file *first; /* that was named, until the files are ordered */
	char name[80];
	uint64_t wall_ns; /* time of day less CLOCK_MONOTONIC, modulo 2^64 */
};

struct file_list {
	struct pwrt_set *set;
	char name[128];
	struct host *hosts;
	uint64_t shift_ns; /* added to the clock of the first host, so that no time is below 0 */
	uint32_t nr, nr_hosts;
	struct file files[];
};

/* Reads the number of a part. Returns 0 for a whole file. */
static uint32_t part_of(const struct pwrt_reader *r)
{
	const char *text = pwrt_reader_get(r, "part");
	unsigned long long part;
	char *end;

	if (!text || *text < '0' || *text > '9')
		return 0;
	errno = 0;
	part = strtoull(text, &end, 10);
	return errno || *end || part >= UINT32_MAX ? 0 : (uint32_t)part;
}

/* Copies the facts of an open file. Returns 0 or a negative enum pwrt_err. */
static int read_facts(struct file *f, const struct pwrt_reader *r, struct pwrt_diag *d)
{
	const struct pwrt_clock *clock = pwrt_reader_clock(r, 0);
	const char *value;
	int i;

	if (pwrt_reader_get(r, "anonymized"))
		return pwrt_fail(
			d, PWRT_EINVAL, 0,
			"it was anonymized by itself: write one file of all (-o), and anonymize that");
	f->listed.part = part_of(r);
	f->has_clock = clock;
	f->started_ns = clock ? clock->mono_ns : 0;
	f->started_wall_ns = clock ? clock->real_ns : 0;
	pwrt_reader_span(r, &f->begin_ns, &f->end_ns);
	for (i = 0; i < ID_NR; i++) {
		value = pwrt_reader_get(r, id_keys[i]);
		f->id[i] = value ? strdup(value) : NULL;
		if (value && !f->id[i])
			return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	}
	if (!f->id[ID_BOOT] || !*f->id[ID_BOOT])
		return pwrt_fail(d, PWRT_EINVAL, 0,
				 "it lacks the boot id that parts have in common: show it alone");
	return 0;
}

static int read_file(struct file *f, const struct pwrt_limits *limits, struct pwrt_diag *d)
{
	const struct pwrt_limits some = { .mem_bytes = limits ? limits->mem_bytes : 0 };
	struct pwrt_reader *r;
	int ret;

	if (!strcmp(f->listed.path, "-"))
		return pwrt_fail(d, PWRT_EINVAL, 0,
				 "standard input is read alone: several files need names");
	ret = pwrt_open(&r, f->listed.path, &some, d);
	if (ret == 0) {
		ret = read_facts(f, r, d);
		pwrt_close(r);
	}
	return ret < 0 ? pwrt_fail_in(d, ret, f->listed.path) : 0;
}

static bool is_same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* Refuses a file that is not of the recording of the first one. */
static int check_recording(const struct file *first, const struct file *f, struct pwrt_diag *d)
{
	int i;

	for (i = 0; i < ID_NR; i++)
		if (!is_same_text(first->id[i], f->id[i]))
			return pwrt_fail(
				d, PWRT_EINVAL, 0,
				"%.50s is of another recording than %.50s (%s differs): read it alone, or compare the two with pwru-diff",
				f->listed.path, first->listed.path, id_keys[i]);
	if (!first->listed.part != !f->listed.part)
		return pwrt_fail(
			d, PWRT_EINVAL, 0,
			"%.60s is a part of a rotation, and %.60s is a whole file: show it alone",
			(f->listed.part ? f : first)->listed.path,
			(f->listed.part ? first : f)->listed.path);
	return 0;
}

static uint64_t begins_at(const struct file *f)
{
	return f->begin_ns ? f->begin_ns : f->started_ns;
}

/* Orders files by host, parts by their numbers, and excerpts by their times. */
static int by_order(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	if (x->host != y->host)
		return x->host < y->host ? -1 : 1;
	if (x->listed.part != y->listed.part)
		return x->listed.part < y->listed.part ? -1 : 1;
	return begins_at(x) < begins_at(y) ? -1 : begins_at(x) > begins_at(y);
}

/* Checks a file and the one before it, in order. Counts the parts that are missing in between. */
static int check_neighbours(const struct file *before, struct file *f, struct pwrt_diag *d)
{
	const bool overlaps = f->end_ns && before->end_ns && f->begin_ns < before->end_ns;

	if (f->listed.part) {
		if (f->listed.part == before->listed.part)
			return pwrt_fail(d, PWRT_EINVAL, 0,
					 "%.60s and %.60s are both part %u: name each part once",
					 before->listed.path, f->listed.path, f->listed.part);
		f->listed.missing = f->listed.part - before->listed.part - 1;
		/* The recorder merges the events of all CPUs: a little overlap is usual. */
		if (!overlaps || f->begin_ns >= before->begin_ns)
			return 0;
	} else if (!f->end_ns || !before->end_ns) {
		return pwrt_fail(
			d, PWRT_EINVAL, 0,
			"%.60s has no index, so its events may be those of %.60s: show it alone",
			(f->end_ns ? before : f)->listed.path,
			(f->end_ns ? f : before)->listed.path);
	} else if (!overlaps) {
		return 0;
	}
	return pwrt_fail(
		d, PWRT_EINVAL, 0,
		"%.60s and %.60s overlap in time, so events may be in both: show one of them",
		before->listed.path, f->listed.path);
}

/* Names a host, differently from those before. */
static void name_host(struct file_list *l, struct host *h)
{
	const char *name = h->first->id[ID_HOST];
	uint32_t i, alike = 0;

	for (i = 0; &l->hosts[i] < h; i++)
		alike += is_same_text(l->hosts[i].first->id[ID_HOST], name);
	if (alike)
		snprintf(h->name, sizeof(h->name), "%.60s(%u)", name ? name : "host", alike + 1);
	else
		snprintf(h->name, sizeof(h->name), "%.60s", name && *name ? name : "host");
}

/* Finds the host of a file, which may be new, and checks that the file belongs to its recording. */
static int find_host(struct file_list *l, struct file *f, struct pwrt_diag *d)
{
	struct host *h = l->hosts;

	while (h < l->hosts + l->nr_hosts && strcmp(h->first->id[ID_BOOT], f->id[ID_BOOT]))
		h++;
	f->host = (uint32_t)(h - l->hosts);
	if (f->host < l->nr_hosts)
		return check_recording(h->first, f, d);
	if (l->nr_hosts == HOSTS_MAX)
		return pwrt_fail(d, PWRT_EINVAL, 0,
				 "the files are of more than %u hosts: name fewer", HOSTS_MAX);
	h->first = f;
	h->wall_ns = f->started_wall_ns - f->started_ns;
	name_host(l, h);
	l->nr_hosts++;
	return 0;
}

static int find_hosts(struct file_list *l, struct pwrt_diag *d)
{
	uint32_t i;
	int ret = 0;

	l->hosts = calloc(l->nr, sizeof(*l->hosts));
	if (!l->hosts)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	for (i = 0; i < l->nr && ret == 0; i++)
		ret = find_host(l, &l->files[i], d);
	for (i = 0; i < l->nr && l->nr_hosts > 1 && ret == 0; i++) {
		l->files[i].listed.host = l->hosts[l->files[i].host].name;
		if (!l->files[i].has_clock)
			ret = pwrt_fail(
				d, PWRT_EINVAL, 0,
				"%.80s lacks the time of day, by which hosts are merged: show it alone",
				l->files[i].listed.path);
	}
	return ret;
}

static int order(struct file_list *l, struct pwrt_diag *d)
{
	uint32_t i;
	int ret = 0;

	qsort(l->files, l->nr, sizeof(l->files[0]), by_order);
	for (i = 1; i < l->nr && ret == 0; i++)
		if (l->files[i].host == l->files[i - 1].host)
			ret = check_neighbours(&l->files[i - 1], &l->files[i], d);
	return ret;
}

/* Returns what to add to the times of a host, modulo 2^64. */
static uint64_t shift_of(const struct file_list *l, const struct host *h)
{
	return h->wall_ns - l->hosts[0].wall_ns - (uint64_t)h->listed.clock.ahead_ns + l->shift_ns;
}

static int by_time(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	if (x->set_ns != y->set_ns)
		return x->set_ns < y->set_ns ? -1 : 1;
	return by_order(a, b);
}

/* Moves the first file of the first host to the front: it has the clock of all times. */
static void put_clock_first(struct file_list *l)
{
	struct file first;
	uint32_t i = 0;

	while (l->files[i].host)
		i++;
	first = l->files[i];
	memmove(&l->files[1], &l->files[0], i * sizeof(first));
	l->files[0] = first;
}

/* Orders the files by the clock of the set. A host may have recorded before the first one ran. */
static void order_by_time(struct file_list *l)
{
	uint64_t below = 0, at;
	uint32_t i;

	l->shift_ns = 0;
	for (i = 0; i < l->nr; i++) {
		at = begins_at(&l->files[i]) + shift_of(l, &l->hosts[l->files[i].host]);
		if ((int64_t)at < 0 && -at > below)
			below = -at;
	}
	l->shift_ns = below ? below + 1000000000u : 0;
	for (i = 0; i < l->nr; i++)
		l->files[i].set_ns =
			begins_at(&l->files[i]) + shift_of(l, &l->hosts[l->files[i].host]);
	qsort(l->files, l->nr, sizeof(l->files[0]), by_time);
	put_clock_first(l);
}

/* Makes the set: the times of all hosts on the clock of the first one. */
static int make_set(struct file_list *l, const struct pwrt_limits *limits, struct pwrt_diag *d)
{
	struct pwrt_set_file *files = calloc(l->nr, sizeof(*files));
	const struct file *f;
	const struct host *h;
	uint32_t i;
	int ret;

	if (!files)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	order_by_time(l);
	for (i = 0; i < l->nr; i++) {
		f = &l->files[i];
		h = &l->hosts[f->host];
		files[i] = (struct pwrt_set_file){ .path = f->listed.path,
						   .shift_ns = shift_of(l, h),
						   .begin_ns = f->begin_ns,
						   .end_ns = f->end_ns,
						   .packets_before = h->listed.packets_before,
						   .host = f->listed.host,
						   .host_nr = f->host };
	}
	ret = pwrt_set_new(&l->set, files, l->nr, limits, d);
	free(files);
	return ret;
}

/* Returns a power of ten above the numbers of packets of all hosts. */
static uint64_t above_packets(const struct host_clock *clocks, uint32_t nr)
{
	uint64_t unit = 10;
	uint32_t i;

	for (i = 0; i < nr; i++)
		while (unit <= clocks[i].last_packet)
			unit *= 10;
	return unit;
}

/* Compares the clocks of hosts, and numbers the packets of each behind those of the others. */
static int compare_hosts(struct file_list *l, const struct pwrt_limits *limits, struct pwrt_diag *d)
{
	struct host_clock clocks[HOSTS_MAX];
	struct host *h;
	uint32_t i;
	int ret;

	for (i = 0; i < l->nr_hosts; i++)
		l->hosts[i].listed.packets_before = HOST_PACKETS(i);
	ret = make_set(l, limits, d);
	if (ret == 0)
		ret = host_clocks_measure(clocks, l->nr_hosts, l->set, d);
	pwrt_set_free(l->set);
	l->set = NULL;
	for (i = 0; i < l->nr_hosts && ret == 0; i++) {
		h = &l->hosts[i];
		h->listed.name = h->name;
		h->listed.clock = clocks[i];
		h->listed.packets_before = i * above_packets(clocks, l->nr_hosts);
	}
	return ret;
}

int file_list_new(struct file_list **out, const char *const *paths, uint32_t nr,
		  const struct pwrt_limits *limits, struct pwrt_diag *d)
{
	struct file_list *l = calloc(1, sizeof(*l) + nr * sizeof(l->files[0]));
	uint32_t i;
	int ret = 0;

	if (!l)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	l->nr = nr;
	for (i = 0; i < nr; i++)
		l->files[i].listed.path = paths[i];
	for (i = 0; i < nr && ret == 0; i++)
		ret = read_file(&l->files[i], limits, d);
	if (ret == 0)
		ret = find_hosts(l, d);
	if (ret == 0)
		ret = order(l, d);
	if (ret == 0 && l->nr_hosts > 1)
		ret = compare_hosts(l, limits, d);
	if (ret == 0)
		ret = make_set(l, limits, d);
	snprintf(l->name, sizeof(l->name), "%.100s and %u more", l->files[0].listed.path, nr - 1);
	if (ret < 0)
		file_list_free(l);
	else
		*out = l;
	return ret;
}

static void free_ids(struct file *f)
{
	int i;

	for (i = 0; i < ID_NR; i++)
		free(f->id[i]);
}

bool file_list_are_parts(const char *a, const char *b)
{
	struct file x = { .listed.path = a }, y = { .listed.path = b };
	struct pwrt_diag d;
	const bool are = read_file(&x, NULL, &d) == 0 && read_file(&y, NULL, &d) == 0 &&
			 x.listed.part && x.listed.part != y.listed.part && x.id[ID_RECORDING] &&
			 check_recording(&x, &y, &d) == 0;

	free_ids(&x);
	free_ids(&y);
	return are;
}

const struct listed_file *file_list_at(const struct file_list *l, uint32_t i)
{
	return i < l->nr ? &l->files[i].listed : NULL;
}

const struct listed_host *file_list_host(const struct file_list *l, uint32_t i)
{
	return l->nr_hosts > 1 && i < l->nr_hosts ? &l->hosts[i].listed : NULL;
}

uint32_t file_list_missing(const struct file_list *l)
{
	uint32_t i, nr = 0;

	for (i = 0; i < l->nr; i++)
		nr += l->files[i].listed.missing;
	return nr;
}

const char *file_list_name(const struct file_list *l)
{
	return l->name;
}

const char *file_list_same(const struct file_list *l, const char *path)
{
	struct stat this, st;
	uint32_t i;

	if (stat(path, &this))
		return NULL;
	for (i = 0; i < l->nr; i++)
		if (!stat(l->files[i].listed.path, &st) && st.st_dev == this.st_dev &&
		    st.st_ino == this.st_ino)
			return l->files[i].listed.path;
	return NULL;
}

struct pwrt_set *file_list_set(const struct file_list *l)
{
	return l->set;
}

void file_list_free(struct file_list *l)
{
	uint32_t i;

	if (!l)
		return;
	for (i = 0; i < l->nr; i++)
		free_ids(&l->files[i]);
	pwrt_set_free(l->set);
	free(l->hosts);
	free(l);
}

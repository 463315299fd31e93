/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "file_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Facts by which the files of one recording are known. In each of them, they are the same. */
enum identity { ID_BOOT, ID_HOST, ID_ARGUMENTS, ID_FILTER, ID_NR };

static const char *const id_keys[ID_NR] = { "boot_id", "host", "arguments", "filter" };

struct file {
	struct listed_file listed;
	char *id[ID_NR]; /* or NULL */
	uint64_t started_ns;
	uint64_t begin_ns, end_ns; /* of its events, or 0: pwrt_reader_span() */
};

struct file_list {
	struct pwrt_set *set;
	char name[128];
	uint32_t nr;
	struct file files[];
};

/* Puts the path in front of an error. Returns ret. */
static int with_path(const char *path, int ret, struct pwrt_diag *d)
{
	char text[sizeof(d->text)];

	memcpy(text, d->text, sizeof(text));
	snprintf(d->text, sizeof(d->text), "%.80s: %.100s", path, text);
	return ret;
}

/* Reads the number of a part. Returns 0 where the file is none. */
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
	f->started_ns = clock ? clock->mono_ns : 0;
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
	return ret < 0 ? with_path(f->listed.path, ret, d) : 0;
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
				"%.50s is of another recording than %.50s (%s differs): show it alone, or use pwru-diff",
				f->listed.path, first->listed.path, id_keys[i]);
	if (!first->listed.part != !f->listed.part)
		return pwrt_fail(d, PWRT_EINVAL, 0,
				 "%.60s is a part of a rotation, and %.60s is none: show it alone",
				 (f->listed.part ? f : first)->listed.path,
				 (f->listed.part ? first : f)->listed.path);
	return 0;
}

/* Orders parts by their numbers, and excerpts by their times. */
static int by_order(const void *a, const void *b)
{
	const struct file *x = a, *y = b;
	const uint64_t s = x->begin_ns ? x->begin_ns : x->started_ns;
	const uint64_t t = y->begin_ns ? y->begin_ns : y->started_ns;

	if (x->listed.part != y->listed.part)
		return x->listed.part < y->listed.part ? -1 : 1;
	return s < t ? -1 : s > t;
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
	} else if (!overlaps) {
		return 0;
	}
	return pwrt_fail(
		d, PWRT_EINVAL, 0,
		"%.60s and %.60s overlap in time, so events may be in both: show one of them",
		before->listed.path, f->listed.path);
}

static int order(struct file_list *l, struct pwrt_diag *d)
{
	uint32_t i;
	int ret = 0;

	for (i = 1; i < l->nr && ret == 0; i++)
		ret = check_recording(&l->files[0], &l->files[i], d);
	if (ret < 0)
		return ret;
	qsort(l->files, l->nr, sizeof(l->files[0]), by_order);
	for (i = 1; i < l->nr && ret == 0; i++)
		ret = check_neighbours(&l->files[i - 1], &l->files[i], d);
	return ret;
}

static int make_set(struct file_list *l, const struct pwrt_limits *limits, struct pwrt_diag *d)
{
	struct pwrt_set_file *files = calloc(l->nr, sizeof(*files));
	uint32_t i;
	int ret;

	if (!files)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	for (i = 0; i < l->nr; i++)
		files[i] = (struct pwrt_set_file){ .path = l->files[i].listed.path,
						   .begin_ns = l->files[i].begin_ns,
						   .end_ns = l->files[i].end_ns };
	ret = pwrt_set_new(&l->set, files, l->nr, limits, d);
	free(files);
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
		ret = order(l, d);
	if (ret == 0)
		ret = make_set(l, limits, d);
	snprintf(l->name, sizeof(l->name), "%.100s and %u more", l->files[0].listed.path, nr - 1);
	if (ret < 0)
		file_list_free(l);
	else
		*out = l;
	return ret;
}

const struct listed_file *file_list_at(const struct file_list *l, uint32_t i)
{
	return i < l->nr ? &l->files[i].listed : NULL;
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
	int k;

	if (!l)
		return;
	for (i = 0; i < l->nr; i++)
		for (k = 0; k < ID_NR; k++)
			free(l->files[i].id[k]);
	pwrt_set_free(l->set);
	free(l);
}

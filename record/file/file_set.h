/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The output files of a recording: one, or with --rotate several, each readable on its own. Writes
 * all metadata; convert.c converts the events.
 */
#ifndef FILE_SET_H
#define FILE_SET_H

#include "convert.h"
#include "fsync_thread.h"
#include "output_file.h"
#include "record/kernel/targets.h"

struct file_set_options {
	const char *path; /* as of output_file_open() */
	bool force;
	uint32_t keep; /* with rotation: this many files, the newest; 0: one file */
	const char *arguments, *filter;
	const char *profile;  /* its name */
	uint32_t sample;      /* one flow in so many; 0: all */
	double max_overhead;  /* percent of the time of all CPUs; 0: no limit */
	bool filter_at_entry; /* the filter is applied in the functions of entries.h alone */
	bool after_trigger;   /* functions record after one, also control packets: bpf/aim.bpf.h */
	bool losses_only;     /* drops that are no loss are left out */
	const char *tunnel;   /* NULL: none */
	const char *tests;    /* what fields must be, or NULL */
	uint32_t snaplen;
	const struct field_exprs *fields;
	void (*thread_begin)(void); /* what each thread of the files calls first */
	/* Called every 100 ms while a call waits for the output: pwrt_writer_options.waiting. */
	void (*blocked)(void *arg);
	void *arg;
};

/* Names of modules, one after the other, each once. */
struct file_set_modules {
	char text[1024];
	bool is_cut; /* there were more */
};

/* Facts of the attached probes for the file; arg goes to both functions. */
struct file_set_source {
	const char *backend;
	/* Sets the name of a device that an event named; false: it has none. */
	bool (*dev_name)(void *arg, uint32_t netns, uint32_t ifindex, char name[16]);
	/* Returns why the tracepoint of this number is not attached; NULL: it is. */
	const char *(*tracepoint_refusal)(const void *arg, unsigned int nr);
	void *arg;
};

struct file_set {
	const struct file_set_options *o;
	const struct targets *targets;
	const struct traced_progs *programs;
	const struct ksyms *ksyms;
	struct file_set_source source;
	struct output_file output;
	struct fsync_thread *fsync_thread; /* of all files; NULL: the output is not a file */
	struct pwrt_writer *writer;
	struct convert *convert; /* from the first file to the last */
	struct btf *types;	 /* the same in every file */
	uint32_t nr;		 /* of files begun */
	uint64_t id;		 /* of the recording: the same in every file; random */
	uint64_t bytes, events;	 /* of the files before this one */
	struct file_set_modules came, went;
};

/*
 * Fails if the first file cannot be created, and changes nothing: an earlier file that --force
 * gives up stays until file_set_begin(). Sets the name of the file.
 */
int file_set_check(struct file_set *p, struct pwrt_diag *d);
/* Creates the first file and writes the facts of this kernel. Call it after the probes are
 * attached. */
int file_set_begin(struct file_set *p, struct pwrt_diag *d);
/* Writes which functions are traced. Call it after file_set_begin(). */
int file_set_functions(struct file_set *p, struct pwrt_diag *d);
/*
 * Notes for the end of each file that a module was loaded or removed while recording.
 */
void file_set_module(struct file_set_modules *list, const char *name);
/* Writes what came with a module: itself, and targets and reasons from these on. */
int file_set_add(struct file_set *p, const struct module *m, size_t target, size_t reason,
		 struct pwrt_diag *d);
/* Finishes a file and goes on in the next one; the oldest one too many is removed. */
int file_set_rotate(struct file_set *p, struct pwrt_diag *d);
/* Writes what is buffered and has it brought to the disk in the background. */
int file_set_flush(struct file_set *p, struct pwrt_diag *d);
/* A fact at the end, as text or number. */
int file_set_fact(struct file_set *p, const char *key, const char *value, struct pwrt_diag *d);
int file_set_number(struct file_set *p, const char *key, uint64_t value, struct pwrt_diag *d);
/* Writes the clocks, why it ended, and the end itself. */
int file_set_finish(struct file_set *p, const char *why, struct pwrt_diag *d);
/*
 * Closes, without a wait for the disk. failed: the last file could not be written to its end, and
 * is cut back to what is whole, or removed where nothing is. keep: it is worth keeping at all, else
 * it is removed. PWRT_ESYS when the system reports a late error.
 */
int file_set_close(struct file_set *p, bool failed, bool keep, struct pwrt_diag *d);
/* Waits until all files are on the disk. PWRT_ESYS if one of them could not be brought there. */
int file_set_synced(struct file_set *p, struct pwrt_diag *d);
void file_set_free(struct file_set *p);
/* So far, over all files. */
uint64_t file_set_bytes(const struct file_set *p);
uint64_t file_set_events(const struct file_set *p);
/* Of these, after file_set_close(): events in whole blocks of the file. */
uint64_t file_set_saved(const struct file_set *p);
uint64_t file_set_packets(const struct file_set *p);

#endif

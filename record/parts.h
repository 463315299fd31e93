/*
 * The files of a recording: one, or with --rotate a row of them, each complete in itself. Everything
 * that goes into a file goes through here, except that nothing here knows how events come about.
 */
#ifndef PARTS_H
#define PARTS_H

#include "capture.h"
#include "convert.h"
#include "output.h"
#include "syncer.h"
#include "targets.h"

struct parts_options {
	const char *path; /* as of output_open() */
	bool force;
	uint32_t keep; /* with rotation: this many files, the newest; 0: one file */
	const char *arguments, *filter;
	const char *tunnel; /* NULL: none */
	const char *tests;  /* what fields must be, or NULL */
	uint32_t snaplen;
	const struct asked_fields *fields;
	/* Called every 100 ms while a call waits for the output: pwrt_writer_options.waiting. */
	void (*blocked)(void *arg);
	void *arg;
};

/* Names of modules, one after the other, each once. */
struct parts_modules {
	char text[1024];
	bool is_cut; /* there were more */
};

struct parts {
	const struct parts_options *o;
	const struct targets *targets;
	const struct programs *programs;
	const struct ksyms *ksyms;
	struct capture *capture;
	struct output output;
	struct syncer *syncer; /* of all files; NULL: what is written to has no disk behind it */
	struct pwrt_writer *writer;
	struct convert *convert; /* from the first file to the last */
	struct btf *types;	 /* the same in every file */
	uint32_t nr;		 /* of files begun */
	uint64_t bytes, events;	 /* of the files before this one */
	struct parts_modules came, went;
};

/*
 * Fails if the first file cannot be created, and changes nothing: an earlier file that --force gives
 * up stays until parts_begin(). Sets the name of the file.
 */
int parts_check(struct parts *p, struct pwrt_diag *d);
/* Creates the first file and writes the facts of this kernel. Call it after the probes are attached. */
int parts_begin(struct parts *p, struct pwrt_diag *d);
/* Writes which functions are traced. Call it after parts_begin(). */
int parts_functions(struct parts *p, struct pwrt_diag *d);
/*
 * Notes for the end of each file that a module was loaded or removed while recording.
 */
void parts_module(struct parts_modules *list, const char *name);
/* Writes what came with a module: itself, and targets and reasons from these on. */
int parts_add(struct parts *p, const struct module *m, size_t target, size_t reason,
	      struct pwrt_diag *d);
/* Finishes a file and goes on in the next one; the oldest one too many is removed. */
int parts_rotate(struct parts *p, struct pwrt_diag *d);
/* Writes what is buffered and has it brought to the disk in the background. */
int parts_flush(struct parts *p, struct pwrt_diag *d);
/* A fact at the end, as text or number. */
int parts_fact(struct parts *p, const char *key, const char *value, struct pwrt_diag *d);
int parts_number(struct parts *p, const char *key, uint64_t value, struct pwrt_diag *d);
/* Writes the clocks, why it ended, and the end itself. */
int parts_finish(struct parts *p, const char *why, struct pwrt_diag *d);
/*
 * Closes, without a wait for the disk. failed: the last file could not be written to its end, and is
 * cut back to what is whole, or removed where nothing is. keep: it is worth keeping at all, else it is
 * removed. PWRT_EOS when the system reports a late error.
 */
int parts_close(struct parts *p, bool failed, bool keep, struct pwrt_diag *d);
/* Waits until all files are on the disk. PWRT_EOS if one of them could not be brought there. */
int parts_synced(struct parts *p, struct pwrt_diag *d);
void parts_free(struct parts *p);
/* So far, over all files. */
uint64_t parts_bytes(const struct parts *p);
uint64_t parts_events(const struct parts *p);
/* Of these, after parts_close(): events in whole blocks of the file. */
uint64_t parts_saved(const struct parts *p);
uint64_t parts_packets(const struct parts *p);

#endif

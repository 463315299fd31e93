/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libpwrt: reading and writing .pwrt packet trace files. docs/pwrt-format.md is the specification.
 *
 * Every call returns 0, or 1 for "one more", or a negative enum pwrt_err with *d filled. The
 * library never prints, exits or keeps globals. Times are nanoseconds of CLOCK_MONOTONIC on the
 * recorded machine unless a name says otherwise.
 */
#ifndef PWRT_H
#define PWRT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PWRT_VERSION "0.1.0" /* of the tools and the library, not of the format */
#define PWRT_NONE UINT32_MAX /* a 32-bit reference or value that is not there */
#define PWRT_HDR_MAX 128     /* bytes of packet headers kept with an event */

enum pwrt_err {
	PWRT_ESYS = -1,	    /* a system call failed: diag.sys is the errno */
	PWRT_ENOMEM = -2,   /* out of memory, or over the limit that the caller set */
	PWRT_EFORMAT = -3,  /* not a .pwrt file at all */
	PWRT_EVERSION = -4, /* needs a newer reader */
	PWRT_ECORRUPT = -5, /* malformed input */
	PWRT_EINVAL = -6,   /* invalid argument, or a call at the wrong time */
};

/* An error: its code, its place and its text, one line without a newline. */
struct pwrt_diag {
	int code;
	int sys;
	uint64_t off; /* file offset, where one is known */
	char text[192];
};

/* Fills *d and returns code. sys is taken from errno when code is PWRT_ESYS. */
int pwrt_fail(struct pwrt_diag *d, int code, uint64_t off, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Puts the path of a file in front of the text of an error. Returns code. */
int pwrt_fail_in(struct pwrt_diag *d, int code, const char *path);

/* ---- what a file holds ---- */

/*
 * The reason why a function of the kernel is traced or is not. With it, a reader separates
 * functions that were not called from those that were not traced.
 */
enum pwrt_func_status {
	PWRT_FUNC_ATTACHED,
	PWRT_FUNC_FILTERED, /* the user's choice */
	PWRT_FUNC_REFUSED,  /* the kernel or the recorder refused: see why */
};

struct pwrt_func {
	uint64_t addr;
	const char *name;
	const char *module; /* "" for the kernel itself */
	const char *why;    /* for REFUSED, else "" */
	uint8_t arg;	    /* which argument is the skb, from 1 */
	uint8_t status;	    /* enum pwrt_func_status */
};

/* A place in the kernel's text, from which a traced function was called. */
struct pwrt_caller {
	uint64_t addr;
	const char *name;
	const char *module;
	uint32_t offset; /* of addr in the function called name */
};

struct pwrt_task {
	uint32_t pid;  /* the kernel's pid: a thread */
	uint32_t tgid; /* what user space calls the pid */
	const char *comm;
};

struct pwrt_dev {
	uint32_t netns; /* number of the network namespace: pwrt_netns */
	uint32_t ifindex;
	const char *name;
};

struct pwrt_netns {
	uint32_t inum;	  /* inode number; 1 to 1,048,575 where an earlier one had the same */
	const char *name; /* as in `ip netns`, or "pid:N", "inode:N", or "" */
};

/* The name of a value of events: "ret", "nf.verdict". */
struct pwrt_key {
	const char *name;
};

/* One value of an enumeration of the recorded kernel, for example skb_drop_reason. */
struct pwrt_enum {
	const char *type;
	const char *name; /* as the kernel spells it */
	int64_t value;
};

/* Numbers and bytes of an entry. Borrowed, as its strings are. */
struct pwrt_list {
	const uint32_t *v;
	uint32_t nr;
};

struct pwrt_bytes {
	const void *p;
	size_t len;
};

/* The stack of calls that led to a traced function: ids of callers, the nearest first. */
struct pwrt_stack {
	struct pwrt_list callers;
};

/* The place of a kernel module in memory. */
struct pwrt_module {
	const char *name;
	uint64_t addr;
	uint64_t size; /* bytes */
};

/* The kernel types that the recorded values have, as BTF that needs no base. */
struct pwrt_btf {
	const char *module; /* "" for the kernel itself */
	struct pwrt_bytes bytes;
};

/* The counters of one CPU at the end of the recording. */
struct pwrt_cpu {
	uint32_t cpu;
	uint64_t entered;   /* events in the kernel: written, lost, or left over at a limit */
	uint64_t lost;	    /* the ring buffer was full */
	uint64_t untracked; /* packets that could not be tracked */
};

/* A fact about the file as text: "kernel.release", "filter", ... The specification lists the keys. */
struct pwrt_info {
	const char *key;
	const char *value;
};

struct pwrt_clock {
	uint64_t mono_ns;   /* CLOCK_MONOTONIC */
	uint64_t real_ns;   /* CLOCK_REALTIME at the same moment */
	uint64_t within_ns; /* how far apart the two readings may be */
};

struct pwrt_lost {
	uint64_t from_ns, to_ns; /* somewhere between these */
	uint64_t count;
	uint32_t cpu;	 /* PWRT_NONE: not known */
	uint32_t reason; /* enum pwrt_lost_reason */
};

enum pwrt_lost_reason {
	PWRT_LOST_RING,	   /* the ring buffer was full */
	PWRT_LOST_TRACK,   /* a matching packet was not tracked: the table was full */
	PWRT_LOST_RECURSE, /* a probe hit while another one ran on the same CPU */
	PWRT_LOST_RETURN,  /* the return of a call was not seen */
	PWRT_LOST_EARLY,   /* a drop or a decision came before the first event of its packet */
	/* No event was lost: at from_ns, the recorder detached from the functions for some time. */
	PWRT_LOST_DETACHED,
	PWRT_LOST_NR,
};

/* The words for enum pwrt_lost_reason; "unknown" past its end. */
const char *pwrt_lost_text(uint32_t reason);

enum pwrt_event_flags {
	PWRT_EV_FIRST = 1,  /* the packet begins here */
	PWRT_EV_FREED = 2,  /* the kernel takes the skb's memory back here */
	PWRT_EV_END = 4,    /* the packet's end begins here: only calls made from it follow */
	PWRT_EV_RETURN = 8, /* the function returns here; its entry is another event */
};

/* One function entered, or left, with one packet. References are indexes of the tables above. */
struct pwrt_event {
	uint64_t ts_ns;
	uint64_t packet; /* from 1, in order of first event */
	uint64_t parent; /* the packet it is a copy of, at its first event; 0: none */
	uint64_t skb;	 /* its address */
	uint64_t sp;	 /* stack pointer at function entry: the nesting of calls */
	uint64_t ct;	 /* skb->_nfct: conntrack entry and state bits; 0 for none */
	uint32_t func;
	uint32_t caller;
	uint32_t stack;
	uint32_t task;
	uint32_t dev;
	uint32_t cpu;
	uint32_t mark;
	uint32_t len;	 /* skb->len, bytes */
	uint32_t reason; /* enum skb_drop_reason where the function carries one, else PWRT_NONE */
	uint8_t flags;	 /* enum pwrt_event_flags */
	uint8_t l3_off;	 /* where the network header starts in hdr */
	uint16_t hdr_len;
	uint16_t values_len;   /* bytes; 0: none */
	uint32_t hdr_id;       /* set by a reader: events of one reader with one id have the same
				  headers, unless 2^32 lie between them; 0: without an id */
	const uint8_t *hdr;    /* headers from the link layer (or the network layer) on; borrowed */
	const uint8_t *values; /* further values: pwrt_value_next(); borrowed */
};

/* ---- values that only some events have ---- */

#define PWRT_VALUES_MAX 512 /* bytes of all values of an event */

enum pwrt_value_type {
	PWRT_VALUE_NUMBER,
	PWRT_VALUE_SIGNED,
	PWRT_VALUE_TEXT,
	PWRT_VALUE_ADDRESS, /* of IP: 4 or 16 bytes */
	PWRT_VALUE_BYTES,   /* of a packet */
};

struct pwrt_value {
	uint32_t key;	      /* id in the table of keys */
	uint32_t type;	      /* enum pwrt_value_type, or one that this reader does not know */
	uint64_t num;	      /* of the first two, SIGNED as two's complement */
	const uint8_t *bytes; /* of the others, without a terminating NUL; borrowed */
	size_t len;
};

/* The values of one event, encoded. */
struct pwrt_values {
	uint8_t bytes[PWRT_VALUES_MAX];
	uint16_t len;
};

/* Appends a value; false when it does not fit. */
bool pwrt_value_put(struct pwrt_values *to, const struct pwrt_value *v);
/*
 * Takes the value at *at of len bytes and moves *at behind it; false at the end. Start with *at 0.
 * A reader checks the values of its events: there false means that all values were taken.
 */
bool pwrt_value_next(const uint8_t *values, size_t len, size_t *at, struct pwrt_value *v);

/* ---- writing ---- */

struct pwrt_writer;

#define PWRT_STORE (-1) /* as a level: do not compress at all */

/* Options of a writer; a zero, or NULL for all of them, is the default. */
struct pwrt_writer_options {
	int level;	       /* of zstd; default 1, which is fast enough while recording */
	uint32_t block_events; /* default 16384; up to 65536 for less space and more memory */
	const uint8_t *uuid;   /* 16 bytes; default: random */
	/*
	 * Not NULL: a worker thread of the writer encodes and writes the blocks. It calls this
	 * first. An error of the worker is returned by a later call.
	 */
	void (*thread)(void);
	/*
	 * With a worker thread: each call that waits for it calls this every 100 ms, in the thread
	 * that made the call. It may call pwrt_writer_cancel(), pwrt_writer_bytes() and
	 * pwrt_writer_events(). NULL: nothing to call.
	 */
	void (*waiting)(void *arg);
	void *waiting_arg;
};

/*
 * Starts a file on fd, which stays the caller's and may be a pipe: the writer never seeks. Every
 * table entry must be written before an event that refers to it; the clock of the start comes
 * first. o may be NULL.
 */
int pwrt_writer_new(struct pwrt_writer **out, int fd, const struct pwrt_writer_options *o,
		    struct pwrt_diag *d);
int pwrt_writer_info(struct pwrt_writer *w, const struct pwrt_info *info, size_t nr,
		     struct pwrt_diag *d);
int pwrt_writer_clock(struct pwrt_writer *w, const struct pwrt_clock *clock, struct pwrt_diag *d);
int pwrt_writer_lost(struct pwrt_writer *w, const struct pwrt_lost *lost, struct pwrt_diag *d);
/* Table entries; ids are 0, 1, 2... in the order written. Entries are buffered until the next
 * flush. */
int pwrt_writer_func(struct pwrt_writer *w, const struct pwrt_func *f, struct pwrt_diag *d);
int pwrt_writer_caller(struct pwrt_writer *w, const struct pwrt_caller *c, struct pwrt_diag *d);
int pwrt_writer_task(struct pwrt_writer *w, const struct pwrt_task *t, struct pwrt_diag *d);
int pwrt_writer_dev(struct pwrt_writer *w, const struct pwrt_dev *v, struct pwrt_diag *d);
int pwrt_writer_netns(struct pwrt_writer *w, const struct pwrt_netns *n, struct pwrt_diag *d);
int pwrt_writer_key(struct pwrt_writer *w, const struct pwrt_key *k, struct pwrt_diag *d);
int pwrt_writer_enum(struct pwrt_writer *w, const struct pwrt_enum *e, struct pwrt_diag *d);
int pwrt_writer_stack(struct pwrt_writer *w, const struct pwrt_stack *s, struct pwrt_diag *d);
int pwrt_writer_module(struct pwrt_writer *w, const struct pwrt_module *m, struct pwrt_diag *d);
int pwrt_writer_btf(struct pwrt_writer *w, const struct pwrt_btf *b, struct pwrt_diag *d);
int pwrt_writer_cpu(struct pwrt_writer *w, const struct pwrt_cpu *c, struct pwrt_diag *d);
/* Buffers one event and copies its headers. A full block is written, or submitted to the worker. */
int pwrt_writer_event(struct pwrt_writer *w, const struct pwrt_event *ev, struct pwrt_diag *d);
/*
 * Writes the buffered events and waits until they are written. Called once a second, it bounds the
 * events that a crash loses.
 */
int pwrt_writer_flush(struct pwrt_writer *w, struct pwrt_diag *d);
/* Flushes and writes the end block: a file without one was cut. */
int pwrt_writer_finish(struct pwrt_writer *w, struct pwrt_diag *d);
uint64_t pwrt_writer_bytes(const struct pwrt_writer *w);  /* written so far */
uint64_t pwrt_writer_events(const struct pwrt_writer *w); /* written or buffered so far */
/*
 * With a worker thread: makes the write under way, and each later one, fail with PWRT_ESYS and
 * ECANCELED, also while a pipe or a socket takes no data. Any thread may call it, at any time
 * between pwrt_writer_new() and pwrt_writer_free().
 */
void pwrt_writer_cancel(struct pwrt_writer *w);
/*
 * Waits for the write under way and ends the worker thread: from here on the writer does not touch
 * its fd. What is buffered is not written, and calls that would write return PWRT_EINVAL. Call it
 * before truncating or closing the fd of an unfinished file.
 */
void pwrt_writer_stop(struct pwrt_writer *w);
/*
 * Returns the size of the whole blocks in the output. Call it after pwrt_writer_stop(); a regular
 * file truncated to it is valid, without an end block.
 */
uint64_t pwrt_writer_committed_bytes(const struct pwrt_writer *w);
/* Returns the number of events in these blocks. */
uint64_t pwrt_writer_committed_events(const struct pwrt_writer *w);
/* Stops it, too. NULL does nothing. */
void pwrt_writer_free(struct pwrt_writer *w);

/* ---- reading ---- */

/* A memory budget, shared by several readers and by the caller's own data of a file. */
struct pwrt_memory {
	uint64_t limit, used; /* bytes; used <= limit */
	bool refused;	      /* a request exceeded the limit at least once */
};

/* Counts n bytes. Returns false, and counts nothing, if that exceeds the limit. */
bool pwrt_memory_take(struct pwrt_memory *m, uint64_t n);
/* Returns n counted bytes to the budget. */
void pwrt_memory_give(struct pwrt_memory *m, uint64_t n);

/* The resources that a file may take; zero means the default. */
struct pwrt_limits {
	uint64_t mem_bytes;	    /* of all memory; default 256 MiB */
	struct pwrt_memory *memory; /* not NULL: this budget is used, and outlives the reader */
	bool grows; /* a writer may still append: read in order, and wait for more at the end */
};

/* Damage found so far; complete once pwrt_reader_next() returned 0. */
struct pwrt_integrity {
	bool complete;	      /* the end block was seen, and nothing is missing */
	bool cut;	      /* the file stops before its end block */
	uint64_t blocks_bad;  /* blocks whose checksum or content is wrong */
	uint64_t blocks_gone; /* blocks missing in the sequence */
	uint64_t events_bad;  /* events inside bad blocks, as far as their headers are readable */
	uint64_t first_bad;   /* file offset of the first damage */
	char what[96];	      /* the first damage in words, "" for none */
};

struct pwrt_reader;

/*
 * Opens a file; "-" is standard input. limits may be NULL. Reads the blocks before the first
 * events: the facts, the functions, the clock of the start. Of a file that can be sought it reads
 * the index.
 */
int pwrt_open(struct pwrt_reader **out, const char *path, const struct pwrt_limits *limits,
	      struct pwrt_diag *d);
/* The same on bytes that stay the caller's, and must outlive the reader. */
int pwrt_open_mem(struct pwrt_reader **out, const void *bytes, size_t len,
		  const struct pwrt_limits *limits, struct pwrt_diag *d);
void pwrt_close(struct pwrt_reader *r);

/*
 * Makes the reader call wait(arg) some 20 times a second while it waits for a writer: at a pipe
 * without bytes, and at the end of a file that grows. Before that, it gives out the events that it
 * has. If wait returns false, the input ends there. NULL: nothing is called.
 */
void pwrt_reader_on_wait(struct pwrt_reader *r, bool (*wait)(void *arg), void *arg);

/* A range of events, with its bounds. */
struct pwrt_range {
	uint64_t ts_min, ts_max;
	uint64_t packet_min, packet_max;
};

#define PWRT_RANGE_ALL ((struct pwrt_range){ 0, UINT64_MAX, 0, UINT64_MAX })

/*
 * Restricts the events returned to this range; call it before the first event. Blocks without such
 * events are not unpacked, and with an index they are not read. Tables are always read.
 */
void pwrt_reader_range(struct pwrt_reader *r, const struct pwrt_range *range);

/*
 * Makes pwrt_reader_next() give out only these events: of each packet the first one in each block,
 * and each one that has other headers than the event before. It sets only their times, packets,
 * parents and headers, and unpacks only the columns of these. Call it before the first event. A set
 * of files has no such events: then it returns false, and does nothing.
 */
bool pwrt_reader_headers_only(struct pwrt_reader *r);

/*
 * 1: *ev is the next event in order of time, its hdr borrowed until the next call; 0: no more.
 * Damage is skipped and recorded in pwrt_reader_integrity(); it is not an error.
 */
int pwrt_reader_next(struct pwrt_reader *r, struct pwrt_event *ev, struct pwrt_diag *d);

/* The functions that one packet passed through, as far as one block knows them. */
struct pwrt_packet_funcs {
	uint64_t packet;
	uint64_t parent;
	const uint32_t *func; /* ids, in order */
	uint32_t nr;
};

/*
 * The fast alternative to pwrt_reader_next(), on a reader of its own: 1 and *funcs, borrowed until
 * the next call; 0: no more. They come in order of packet, and a packet may continue in the next
 * block. The range selects whole blocks.
 */
int pwrt_reader_next_packet_funcs(struct pwrt_reader *r, struct pwrt_packet_funcs *funcs,
				  struct pwrt_diag *d);

/*
 * Skips all events to the end of the file. With an index the events are not read, so that only the
 * other blocks are checked. Afterwards the tables and the block statistics are complete.
 */
int pwrt_reader_finish(struct pwrt_reader *r, struct pwrt_diag *d);

/* The memory budget of the reader, for the caller's own data too. Borrowed until pwrt_close(). */
struct pwrt_memory *pwrt_reader_memory(struct pwrt_reader *r);
/*
 * Frees the memory for decoding events, and returns it to the budget. The tables stay; the reader
 * returns no more events.
 */
void pwrt_reader_keep_tables(struct pwrt_reader *r);

const struct pwrt_integrity *pwrt_reader_integrity(const struct pwrt_reader *r);

/* The blocks of one kind read so far. */
struct pwrt_block_stats {
	const char *name;
	uint64_t blocks;
	uint64_t items; /* events or entries */
	uint64_t bytes;
};

/* The i-th kind, from 0; NULL past the last one. The bytes of all of them are those of the file. */
const struct pwrt_block_stats *pwrt_reader_block_stats(const struct pwrt_reader *r, uint32_t i);
/* Events in whole blocks read so far, inside and outside of the range. */
uint64_t pwrt_reader_events(const struct pwrt_reader *r);
/* Packets that begin in the file; known once its end block was read, else 0. */
uint64_t pwrt_reader_packets(const struct pwrt_reader *r);
/*
 * The times of the first and the last event: of the whole file with an index, else of the part that
 * was read. 0 and 0 without events.
 */
void pwrt_reader_span(const struct pwrt_reader *r, uint64_t *ts_min, uint64_t *ts_max);

/*
 * The tables, as far as the file has been read: complete for all events returned so far, and for
 * the whole file at its end. NULL where there is no such entry. Borrowed until pwrt_close(), but
 * the addresses of entries move with the next pwrt_reader_next(); their strings do not.
 */
const struct pwrt_func *pwrt_reader_func(const struct pwrt_reader *r, uint32_t id);
const struct pwrt_caller *pwrt_reader_caller(const struct pwrt_reader *r, uint32_t id);
const struct pwrt_task *pwrt_reader_task(const struct pwrt_reader *r, uint32_t id);
const struct pwrt_dev *pwrt_reader_dev(const struct pwrt_reader *r, uint32_t id);
const struct pwrt_netns *pwrt_reader_netns(const struct pwrt_reader *r, uint32_t id);
const struct pwrt_key *pwrt_reader_key(const struct pwrt_reader *r, uint32_t id);
const struct pwrt_enum *pwrt_reader_enum(const struct pwrt_reader *r, uint32_t id);
const struct pwrt_stack *pwrt_reader_stack(const struct pwrt_reader *r, uint32_t id);
const struct pwrt_module *pwrt_reader_module(const struct pwrt_reader *r, uint32_t id);
const struct pwrt_btf *pwrt_reader_btf(const struct pwrt_reader *r, uint32_t id);
const struct pwrt_cpu *pwrt_reader_cpu(const struct pwrt_reader *r, uint32_t id);
const struct pwrt_lost *pwrt_reader_lost(const struct pwrt_reader *r, uint32_t id);
const struct pwrt_clock *pwrt_reader_clock(const struct pwrt_reader *r, uint32_t id);
const struct pwrt_info *pwrt_reader_info(const struct pwrt_reader *r, uint32_t id);
/* The value of a key, or NULL; a later entry wins over an earlier one. */
const char *pwrt_reader_get(const struct pwrt_reader *r, const char *key);
/* The name of a network namespace by inode number, or NULL; a later entry wins. */
const char *pwrt_reader_netns_name(const struct pwrt_reader *r, uint32_t inum);
/* The name of an enumerator, or NULL. */
const char *pwrt_reader_enum_name(const struct pwrt_reader *r, const char *type, int64_t value);
uint64_t pwrt_reader_lost_total(const struct pwrt_reader *r);
uint64_t pwrt_reader_bytes(const struct pwrt_reader *r); /* read so far */

/* ---- several files as one ---- */

/* A file of a set. */
struct pwrt_set_file {
	const char *path;  /* borrowed until pwrt_set_free() */
	uint64_t shift_ns; /* added to its times, modulo 2^64 */
	/* The times of its first and its last event before that, as an index has them, or 0. */
	uint64_t begin_ns, end_ns;
	uint64_t packets_before; /* added to the numbers of its packets */
	/*
	 * Where the files are of several machines: the name and the number, from 0, of its own, and
	 * packets_before of each machine is behind all packets of the ones before. Else NULL.
	 */
	const char *host;
	uint32_t host_nr;
};

/* Numbers of packets in the files of several machines are below this one. */
#define PWRT_HOST_PACKETS ((uint64_t)1 << 48)

/* The state of a file of a set when a reader of the set last came to its end. */
struct pwrt_set_result {
	struct pwrt_integrity integrity;
	uint64_t events, packets, lost, bytes; /* as the reader of one file counts them */
};

/*
 * Several files that are read as one. They have common tables: entries that are equal in two files
 * have one id. Facts are those of all files, a later file's in the place of an earlier one's.
 */
struct pwrt_set;

/*
 * Makes a set of nr files, in the order of their first events, but for the first one: its facts and
 * its clock are those that a reader has before the first event. limits are those of all files
 * together. Reads no file. Returns 0 or PWRT_ENOMEM.
 */
int pwrt_set_new(struct pwrt_set **out, const struct pwrt_set_file *files, uint32_t nr,
		 const struct pwrt_limits *limits, struct pwrt_diag *d);
/*
 * Opens a reader of all files: it gives out the events of all in order of time. The ids of a set
 * are the same in each of its readers. The set must outlive the reader. The reader has no index,
 * and pwrt_reader_next_packet_funcs() fails.
 */
int pwrt_open_set(struct pwrt_reader **out, struct pwrt_set *set, struct pwrt_diag *d);
/*
 * Returns the name of the machine that a packet was on, and sets *nr to its number from 0, unless
 * nr is NULL. Returns NULL where all files are of one machine. Namespaces of several machines have
 * names of the form HOST/NAME.
 */
const char *pwrt_reader_host(const struct pwrt_reader *r, uint64_t packet, uint32_t *nr);
/* Returns the state of file i, from 0; NULL past the last one. Zeros until a pass was complete. */
const struct pwrt_set_result *pwrt_set_result(const struct pwrt_set *set, uint32_t i);
/* Frees the set and its tables. NULL does nothing. */
void pwrt_set_free(struct pwrt_set *set);

#endif

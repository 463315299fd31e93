/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "late_modules.h"
#include "memory.h"
#include "nice_controller.h"
#include "preflight.h"
#include "privileges.h"
#include "record/file/file_set.h"
#include "record/kernel/clock.h"
#include "record/kernel/kernel_check.h"
#include "record/kernel/ksyms.h"
#include "record/kernel/netns_names.h"
#include "record/kernel/socket_owners.h"

#define POLL_MS 50		/* how long an event may wait in the ring */
#define FLUSH_NS 1000000000ull	/* how much a crash may cost, where nobody else wants to run */
#define BEHIND_NS 2000000000ull /* how old what is in the rings may be, if others want to run */
#define LINGER_NS 100000000ull	/* packets still under way when the command ends */
#define ENDED_NS 1000000000ull	/* a packet whose end began so long ago is gone */

#define AGAIN_NS 500000000ull /* timeout(1) sends a signal twice at once: these are one */
#define LOST_DOUBLES 32768    /* entries: at most 22 times that in a file */
#define BLOCKED_CALLS 10      /* calls of on_blocked() before the remedy is printed */

static volatile sig_atomic_t stop_asked, stop_again;
static uint64_t stop_ns; /* when the first signal came; 0: none came */

struct session {
	const struct session_options *o;
	struct ksyms *ksyms;
	struct late_modules late;
	struct targets targets;
	struct traced_progs programs;
	struct expr *filter, *tunnel;
	struct field_exprs fields;
	struct field_tests tests;
	struct capture *capture;
	struct file_set_options file_set_options;
	struct file_set parts;
	struct command command;
	struct pwrt_diag *d;
	bool full, large;     /* the limit of events, or of bytes, was reached */
	bool draining;	      /* the probes are silent: what the ring holds is all there will be */
	bool detached;	      /* the probes are gone */
	size_t probes_left;   /* of capture_detach() */
	unsigned int blocked; /* calls of on_blocked() since the recording is over */
	uint64_t start_ns;    /* when recording began; 0: it did not yet */
	uint32_t unlooked;    /* events since the clock was last read */
	uint64_t poll_ns;     /* when the poll under way began */
	uint64_t drained_ns;  /* when all that was there had been taken: read by is_backlogged() */
	uint64_t backlog_ns;  /* when there was one last: its own */
	struct nice_controller *niceness;
	const char *end_reason;
	uint64_t last_look_ns;
	uint32_t nr_lost, lost_part; /* entries for losses in that part */
	struct capture_stats *seen;  /* per CPU, at the last look */
	struct capture_stats total;
	unsigned int followed; /* packets, at the last look */
	struct session_second said;
	const struct session_ui *ui;
	uint64_t ring_bytes;
};

/* clock_gettime(2) and atomic operations are safe in a signal handler. */
void session_stop(void)
{
	uint64_t now = clock_now_ns(), first = 0;

	if (!__atomic_compare_exchange_n(&stop_ns, &first, now, false, __ATOMIC_RELAXED,
					 __ATOMIC_RELAXED) &&
	    now - first > AGAIN_NS)
		stop_again = 1;
	stop_asked = 1;
}

/*
 * How long losses gather until they are written. It doubles with every LOST_DOUBLES entries of a
 * file, so that a recording that loses events for months does not fill the table.
 */
static uint64_t loss_interval_ns(struct session *s)
{
	if (s->lost_part != s->parts.nr) {
		s->lost_part = s->parts.nr;
		s->nr_lost = 0;
	}
	return FLUSH_NS << (s->nr_lost / LOST_DOUBLES);
}

/* Losses since the last look go into the file with the time between the two looks. */
static int look_for_losses(struct session *s, uint64_t now)
{
	unsigned int cpu, nr = capture_nr_cpus(s->capture);
	int ret = 0;

	if (!s->draining && now - s->last_look_ns < loss_interval_ns(s))
		return 0;
	for (cpu = 0; cpu < nr && ret == 0; cpu++) {
		struct capture_stats st, *was = &s->seen[cpu];
		struct pwrt_lost lost = { .from_ns = s->last_look_ns, .to_ns = now, .cpu = cpu };

		capture_stats(s->capture, cpu, &st);
		lost.reason = PWRT_LOST_RING;
		lost.count = st.lost - was->lost;
		s->nr_lost += lost.count > 0;
		if (lost.count)
			ret = pwrt_writer_lost(s->parts.writer, &lost, s->d);
		lost.reason = PWRT_LOST_TRACK;
		lost.count = st.untracked - was->untracked;
		s->nr_lost += lost.count > 0;
		if (lost.count && ret == 0)
			ret = pwrt_writer_lost(s->parts.writer, &lost, s->d);
		*was = st;
	}
	s->last_look_ns = now;
	return ret;
}

/*
 * No more standing back for others: much is in the rings, or what is in them is old. It is over
 * when all has been taken since. Asked by a thread of its own.
 */
static bool is_backlogged(void *arg)
{
	struct session *s = arg;
	/* In this order: the clock is never behind what another thread read from it before. */
	uint64_t drained = __atomic_load_n(&s->drained_ns, __ATOMIC_ACQUIRE), now = clock_now_ns();

	if (capture_is_due(s->capture) || now - drained > BEHIND_NS)
		s->backlog_ns = now;
	return drained <= s->backlog_ns;
}

/* A busy kernel keeps the ring from ever being empty: time to look at the limits, and to flush? */
static bool is_interrupt_due(struct session *s)
{
	if (s->draining)
		return false;
	if (stop_asked || s->end_reason)
		return true;
	if (++s->unlooked < 4096)
		return false;
	s->unlooked = 0;
	return clock_now_ns() - s->poll_ns > FLUSH_NS / 4;
}

/* Has the file reached its size? */
static bool is_large(const struct session *s)
{
	return s->o->max_bytes && pwrt_writer_bytes(s->parts.writer) >= s->o->max_bytes;
}

/* Is it time for the next file? */
static bool is_part_full(const struct session *s)
{
	return s->o->rotate && (is_large(s) || convert_is_full(s->parts.convert));
}

/* May another event be written now? If not, it comes again. */
static int is_room(struct session *s)
{
	const struct session_options *o = s->o;

	if (o->max_events && file_set_events(&s->parts) >= o->max_events) {
		s->full = true;
		return -ECANCELED;
	}
	if (o->max_bytes && !o->rotate && is_large(s)) {
		s->large = true;
		return -ECANCELED;
	}
	/* Before the event, which then comes again. */
	return is_interrupt_due(s) || is_part_full(s) ? -ECANCELED : 0;
}

static int on_entry(void *arg, unsigned int cpu, const struct pw_entry *entry)
{
	struct session *s = arg;
	int ret = is_room(s);

	return ret == 0 ? convert_entry(s->parts.convert, cpu, entry, s->d) : ret;
}

static int on_aux(void *arg, const struct pw_aux *aux, const void *more)
{
	struct session *s = arg;
	int ret = is_room(s);

	return ret == 0 ? convert_aux(s->parts.convert, aux, more, s->d) : ret;
}

/*
 * Takes what the ring holds, up to the end of a file, and goes on in the next one then; a failed
 * write is what ends a recording early.
 */
static int take(struct session *s, int timeout_ms)
{
	const struct merge_sink to = { on_entry, on_aux, s };
	int ret;

	netns_names_refresh();
	s->poll_ns = clock_now_ns();
	ret = capture_poll(s->capture, timeout_ms, &to, s->d);
	if (ret < 0 && ret != -ECANCELED)
		return ret;
	if (ret == 0)
		__atomic_store_n(&s->drained_ns, clock_now_ns(), __ATOMIC_RELEASE);
	return is_part_full(s) ? file_set_rotate(&s->parts, s->d) : 0;
}

/* Why the recording is over, or NULL when it is not. */
static const char *why_end(struct session *s, uint64_t now)
{
	if (stop_asked)
		return "signal";
	if (command_ended(&s->command))
		return "command ended";
	if (s->full || (s->o->max_events && file_set_events(&s->parts) >= s->o->max_events))
		return "event limit";
	if (s->o->duration_ns && now - s->start_ns >= s->o->duration_ns)
		return "time limit";
	if (s->large || (!s->o->rotate && is_large(s)))
		return "size limit";
	return NULL;
}

/* Sets end_reason, once. Returns whether the recording is over. */
static bool is_over(struct session *s, uint64_t now)
{
	if (!s->end_reason)
		s->end_reason = why_end(s, now);
	return s->end_reason;
}

/* Ends the probes for good. What the rings hold stays. */
static void detach(struct session *s)
{
	if (!s->capture || s->detached)
		return;
	s->detached = true;
	capture_enable(s->capture, false);
	s->probes_left = capture_detach(s->capture);
}

/* Are the events that --count asks for in the file or in the rings? */
static bool is_count_held(const struct session *s)
{
	struct capture_stats st;

	if (!s->o->max_events)
		return false;
	capture_stats(s->capture, capture_nr_cpus(s->capture), &st);
	return st.entered - st.lost >= s->o->max_events;
}

/*
 * Called every 100 ms while a call waits for the worker thread, which waits for the output. Limits
 * and signals apply during the wait too: a count is reached once the rings hold enough events.
 * Before the recording began nothing is worth waiting for.
 */
static void on_blocked(void *arg)
{
	struct session *s = arg;

	if (s->start_ns && !s->end_reason && is_count_held(s))
		s->end_reason = "event limit";
	if (s->start_ns && is_over(s, clock_now_ns())) {
		detach(s);
		if (++s->blocked == BLOCKED_CALLS && s->ui->blocked)
			s->ui->blocked();
	}
	if (stop_again || (stop_asked && !s->start_ns))
		pwrt_writer_cancel(s->parts.writer);
}

/* Tells what came since the last time. */
static void tell(struct session *s, uint64_t elapsed_ns)
{
	struct session_second now, since;
	struct capture_stats st;

	if (!s->ui->second)
		return;
	capture_stats(s->capture, capture_nr_cpus(s->capture), &st);
	now = (struct session_second){ .elapsed_ns = elapsed_ns,
				       .events = file_set_events(&s->parts),
				       .packets = file_set_packets(&s->parts),
				       .lost = st.lost + st.untracked,
				       .bytes = file_set_bytes(&s->parts),
				       .fill = capture_fill(s->capture),
				       .followed = s->followed,
				       .runs = st.runs,
				       .run_ns = st.run_ns };
	since = now;
	since.events -= s->said.events;
	since.packets -= s->said.packets;
	since.bytes -= s->said.bytes;
	since.lost -= s->said.lost;
	since.runs -= s->said.runs;
	since.run_ns -= s->said.run_ns;
	s->said = now;
	s->ui->second(&since);
}

/* What is due once a second. */
static int once_a_second(struct session *s, uint64_t now, uint64_t elapsed_ns)
{
	int ret = look_for_losses(s, now);

	if (ret == 0)
		ret = late_modules_look(&s->late, s->d);
	if (ret == 0)
		ret = file_set_flush(&s->parts, s->d);
	s->followed = capture_sweep(s->capture, ENDED_NS);
	tell(s, elapsed_ns);
	return ret;
}

static int record(struct session *s)
{
	uint64_t start = clock_now_ns(), now = start, flushed = start;
	int ret = 0;

	s->start_ns = s->last_look_ns = start;
	while (ret == 0 && !is_over(s, now)) {
		uint64_t left = s->o->duration_ns ? start + s->o->duration_ns - now : UINT64_MAX;
		int wait = left / 1000000 < POLL_MS ? (int)(left / 1000000) + 1 : POLL_MS;

		ret = take(s, wait);
		now = clock_now_ns();
		if (ret == 0 && now - flushed >= FLUSH_NS) {
			ret = once_a_second(s, now, now - start);
			flushed = now;
		}
	}
	/* The last packets of a command are given the time to reach their end. */
	if (ret == 0 && s->command.ended && !s->detached)
		for (start = now; ret == 0 && now - start < LINGER_NS && !stop_asked;
		     now = clock_now_ns())
			ret = take(s, 10);
	return ret;
}

/* What became of the events, CPU by CPU. */
static int write_cpus(struct session *s)
{
	unsigned int cpu, nr = capture_nr_cpus(s->capture);
	struct capture_stats st;
	int ret = 0;

	for (cpu = 0; cpu < nr && ret == 0; cpu++) {
		capture_stats(s->capture, cpu, &st);
		ret = pwrt_writer_cpu(s->parts.writer,
				      &(struct pwrt_cpu){ .cpu = cpu,
							  .entered = st.entered,
							  .lost = st.lost,
							  .untracked = st.untracked },
				      s->d);
	}
	return ret;
}

static int write_facts(struct session *s)
{
	const struct {
		const char *key;
		uint64_t value;
	} facts[] = {
		{ "stats.packets", file_set_packets(&s->parts) },
		{ "stats.entered", s->total.entered },
		{ "stats.lost", s->total.lost },
		{ "stats.untracked", s->total.untracked },
		{ "stats.followed", s->followed },
		{ "stats.open_calls", capture_open_calls(s->capture) },
		{ "stats.values_lost", convert_values_lost(s->parts.convert) },
		{ "stats.unnamed", convert_unnamed(s->parts.convert) },
		{ "stats.probe_recursion", s->total.missed },
		{ "stats.probe_runs", s->total.runs },
		{ "stats.probe_ns", s->total.run_ns },
	};
	/* A signal from the terminal reaches the command, too. */
	bool ended = command_ended(&s->command);
	int status = s->command.status, ret = 0;
	size_t i;

	if (ended)
		ret = file_set_number(&s->parts, "command.status",
				      WIFEXITED(status) ? (uint64_t)WEXITSTATUS(status) :
							  128u + (uint64_t)WTERMSIG(status),
				      s->d);
	for (i = 0; i < sizeof(facts) / sizeof(facts[0]) && ret == 0; i++)
		ret = file_set_number(&s->parts, facts[i].key, facts[i].value, s->d);
	return ret;
}

/* Before the rings go that are looked into, and when there is nothing but us to wait for. */
static void stand_back_no_more(struct session *s)
{
	nice_controller_end(s->niceness);
	s->niceness = NULL;
}

static int finish_file(struct session *s)
{
	unsigned int nr = capture_nr_cpus(s->capture);
	uint32_t parts;
	int ret;

	capture_enable(s->capture, false);
	usleep(1000); /* programs that began before it */
	s->draining = true;
	stand_back_no_more(s);
	do { /* a part that was full left something in the ring */
		parts = s->parts.nr;
		ret = take(s, -1);
	} while (ret == 0 && s->parts.nr != parts);
	if (ret == 0)
		ret = look_for_losses(s, clock_now_ns());
	capture_stats(s->capture, nr, &s->total);
	s->followed = capture_sweep(s->capture, 0);
	if (ret == 0)
		ret = write_cpus(s);
	if (ret == 0)
		ret = write_facts(s);
	return ret == 0 ? file_set_finish(&s->parts, s->end_reason, s->d) : ret;
}

/* Compressing, writing and syncing take no privileges. */
static void without_privileges(void)
{
	privileges_drop_all();
}

static void describe_files(struct session *s)
{
	s->file_set_options = (struct file_set_options){ .path = s->o->path,
							 .force = s->o->force,
							 .keep = s->o->rotate,
							 .arguments = s->o->arguments,
							 .filter = s->o->filter,
							 .tunnel = s->o->tunnel,
							 .tests = s->o->tests,
							 .thread_begin = without_privileges,
							 .blocked = on_blocked,
							 .arg = s,
							 .snaplen = s->o->snaplen,
							 .fields = &s->fields };
	s->parts.o = &s->file_set_options;
	s->parts.targets = &s->targets;
	s->parts.programs = &s->programs;
}

static bool dev_name(void *arg, uint32_t netns, uint32_t ifindex, char name[16])
{
	return capture_dev_name(arg, netns, ifindex, name);
}

static const char *tracepoint_refusal(const void *arg, unsigned int nr)
{
	return capture_tracepoint_refusal(arg, nr);
}

/* After the probes are attached: until then the files of an earlier recording stay. */
static int begin_files(struct session *s)
{
	int ret;

	s->parts.ksyms = s->ksyms;
	s->parts.source = (struct file_set_source){ backend_names[capture_backend(s->capture)],
						    dev_name, tracepoint_refusal, s->capture };
	s->late.targets = &s->targets;
	s->late.options = &s->o->targets;
	s->late.capture = s->capture;
	s->late.parts = &s->parts;
	ret = file_set_begin(&s->parts, s->d);
	return ret == 0 ? file_set_functions(&s->parts, s->d) : ret;
}

/* Finds what the user can correct before the steps that take long. */
static int check(struct session *s)
{
	int ret = s->o->command ? command_check(s->o->command[0], s->d) : 0;

	return ret == 0 ? file_set_check(&s->parts, s->d) : ret;
}

static bool on_progress(void *arg, size_t done, size_t total)
{
	const struct session_ui *ui = arg;

	ui->attaching(done, total);
	return stop_asked;
}

static int attach(struct session *s, const struct session_ui *ui)
{
	const struct nice_controller_options nice = { .nice = s->o->nice,
						      .is_backlogged = is_backlogged,
						      .arg = s,
						      .wakeup_fd = capture_wakeup_fd(s->capture) };
	struct targets *ts = &s->targets;
	uint64_t start = clock_now_ns();
	double seconds;
	int ret = capture_attach(s->capture, ts, on_progress, (void *)(uintptr_t)ui, s->d);

	if (ret < 0)
		return ret;
	if (!ts->nr_attach)
		return pwrt_fail(s->d, PWRT_EARG, 0, "the kernel refused all %zu probes", ts->nr);
	seconds = (double)(clock_now_ns() - start) / 1e9;
	ret = begin_files(s);
	if (ret < 0)
		return ret;
	nice_controller_prepare();
	/* A failure to drop capabilities does not end the recording. */
	netns_names_begin(NULL);
	privileges_drop(s->o->rotate);
	s->drained_ns = clock_now_ns();
	ret = nice_controller_begin(&s->niceness, &nice, s->d);
	if (ret < 0)
		return ret;
	capture_enable(s->capture, true);
	/* Report readiness only now: all later packets are recorded. */
	ui->recording(ts->nr_attach, ts->nr - ts->nr_attach, seconds,
		      backend_names[capture_backend(s->capture)], s->parts.output.file.path);
	return 0;
}

/* The kernel's types, and what the user wants to know that they tell the place of. */
static int prepare_asked(struct session *s)
{
	const struct btf *btf;
	char *const *field;
	unsigned int i;
	int ret = targets_types(&s->targets, s->o->kernel_btf, s->d);

	btf = s->targets.btf;
	for (field = s->o->fields; field && *field && ret == 0; field++)
		ret = field_expr_add(&s->fields, *field, btf, s->d);
	if (ret == 0 && s->o->skb)
		ret = skb_members_find(&s->fields.skb, "sk_buff", "skb", SKB_BYTES_MAX, btf, s->d);
	for (i = 0; i < s->fields.nr; i++) /* said with every event anyhow */
		skb_members_drop(&s->fields.skb, s->fields.f[i].text);
	if (ret == 0 && s->o->tests)
		ret = field_test_add(&s->tests, s->o->tests, btf, s->d);
	return ret;
}

/* Does this machine allow a recording at all? Found out before what takes long. */
static int check_machine(struct session *s)
{
	struct utsname u;
	int ret;

	uname(&u);
	ret = kernel_check(s->targets.btf, u.release, s->d);
	return ret == 0 ? preflight_check(loader_uses_multi(s->o->backend, s->targets.btf), s->d) :
			  ret;
}

#define RINGS_DEFAULT (64ull << 20)
/*
 * The memory of a recording besides the rings, in the kernel and here (docs/rings.md, "Memory"),
 * and what the verifier takes while it loads the programs. With --trace-xdp and --skb there is
 * more.
 */
#define OTHER_BYTES (112ull << 20)
#define FRAMES_BYTES (14ull << 20)
#define SKBS_BYTES (15ull << 20)
#define RINGS_LEAST (256ull << 10)

/* Sizes the rings by the memory that there is: exceeding a control group's limit would end us. */
static int size_rings(struct session *s)
{
	uint64_t wanted = s->o->ring_bytes ? s->o->ring_bytes : RINGS_DEFAULT, other = OTHER_BYTES;
	uint64_t least = wanted < RINGS_LEAST ? wanted : RINGS_LEAST;
	struct memory_room room;

	other += s->o->programs.names[PROGRAM_XDP] ? FRAMES_BYTES : 0;
	other += s->o->skb ? SKBS_BYTES : 0;
	memory_find_room(&room, "");
	s->ring_bytes = memory_fit_rings(wanted, least, other, room.bytes);
	if (!s->ring_bytes)
		return pwrt_fail(
			s->d, PWRT_EARG, 0,
			"not enough memory: %s leaves %llu MiB, and a recording takes %llu "
			"MiB with the smallest --ring-size",
			room.what, (unsigned long long)(room.bytes >> 20),
			(unsigned long long)((other >> 20) + 1));
	if (s->ring_bytes == wanted)
		return 0;
	if (s->o->ring_bytes)
		return pwrt_fail(s->d, PWRT_EARG, 0,
				 "--ring-size is too large: %s leaves %llu MiB; --ring-size %lluK "
				 "fits",
				 room.what, (unsigned long long)(room.bytes >> 20),
				 (unsigned long long)(s->ring_bytes >> 10));
	if (s->ui && s->ui->small_rings)
		s->ui->small_rings(s->ring_bytes, room.what, room.bytes);
	return 0;
}

static int prepare(struct session *s)
{
	struct load_options lo = {
		.backend = s->o->backend,
		.kernel_btf = s->o->kernel_btf,
		.meta = s->o->meta,
		.fields = &s->fields,
		.tests = &s->tests,
		.stack = s->o->stack,
		.snaplen = s->o->snaplen,
		.programs = &s->programs,
	};
	int ret = 0;

	if (*s->o->filter)
		ret = expr_compile(&s->filter, s->o->filter, s->d);
	if (ret == 0 && s->o->tunnel)
		ret = expr_compile(&s->tunnel, s->o->tunnel, s->d);
	/* What makes no sense is found before what takes long. */
	if (ret == 0)
		ret = size_rings(s);
	if (ret == 0)
		ret = prepare_asked(s);
	if (ret == 0)
		ret = check_machine(s);
	if (ret == 0)
		ret = ksyms_load(&s->ksyms, s->d);
	if (ret == 0)
		ret = late_modules_begin(&s->late, s->ksyms, s->d);
	if (ret == 0)
		ret = targets_find(&s->targets, &s->o->targets, s->ksyms, s->d);
	if (ret == 0)
		ret = traced_progs_find(&s->programs, &s->o->programs, s->d);
	lo.filter = s->filter;
	lo.tunnel = s->tunnel;
	if (ret == 0)
		ret = capture_open(&s->capture, &lo, s->ring_bytes, &s->targets, s->ksyms, s->d);
	if (ret < 0)
		return ret;
	s->seen = calloc(capture_nr_cpus(s->capture), sizeof(*s->seen));
	return s->seen ? 0 : pwrt_fail(s->d, PWRT_ENOMEM, 0, "out of memory");
}

static void session_close(struct session *s)
{
	command_stop(&s->command);
	file_set_free(&s->parts);
	capture_close(s->capture);
	expr_free(s->filter);
	expr_free(s->tunnel);
	traced_progs_free(&s->programs);
	skb_members_free(&s->fields.skb);
	targets_free(&s->targets);
	late_modules_end(&s->late);
	ksyms_free(s->ksyms);
	free(s->seen);
	socket_owners_forget();
	netns_names_end();
}

/* What the caller wants to say about it at the end, whether it went well or not. */
static void sum_up(struct session *s, struct session_result *res)
{
	res->events = file_set_events(&s->parts);
	res->packets = file_set_packets(&s->parts);
	res->bytes = file_set_bytes(&s->parts);
	res->files = s->parts.nr;
	res->command_ended = s->command.ended;
	res->command_status = s->command.status;
	res->end = s->end_reason;
	res->lost = s->total.lost;
	res->untracked = s->total.untracked;
	memcpy(res->path, s->parts.output.file.path, sizeof(res->path));
}

/* After file_set_close(): what was not written to the end is lost. */
static void sum_up_saved(struct session *s, struct session_result *res)
{
	const uint64_t saved = file_set_saved(&s->parts);

	res->lost += res->events - saved;
	res->events = saved;
}

int session_plan(const struct session_options *o, struct targets *ts, struct traced_progs *ps,
		 struct pwrt_diag *d)
{
	struct session s = { .o = o, .d = d, .parts.output.file.fd = -1 };
	int ret = prepare(&s);

	if (ret == 0) {
		*ts = s.targets;
		s.targets = (struct targets){ 0 };
		*ps = s.programs;
		s.programs = (struct traced_progs){ 0 };
	}
	session_close(&s);
	return ret;
}

int session_run(const struct session_options *o, const struct session_ui *ui,
		struct session_result *res, struct pwrt_diag *d)
{
	struct session s = { .o = o, .d = d, .ui = ui, .parts.output.file.fd = -1 };
	struct pwrt_diag late;
	bool started;
	int ret;

	*res = (struct session_result){ 0 };
	describe_files(&s);
	ret = check(&s);
	if (ret == 0 && o->command)
		ret = command_start(&s.command, o->command, o->path && !strcmp(o->path, "-"), d);
	if (ret == 0)
		ret = prepare(&s);
	if (ret == 0)
		ret = attach(&s, ui);
	started = ret == 0;
	if (ret == 0 && o->command)
		ret = command_go(&s.command, o->command[0], d);
	if (ret < 0)
		started = false;
	else
		ret = record(&s);
	if (ret == 0)
		ret = finish_file(&s);
	sum_up(&s, res);
	res->saved = started && res->bytes;
	/* A file that could not be written to its end keeps what is whole. */
	if (ret < 0 && stop_again && d->sys == ECANCELED)
		pwrt_fail(d, PWRT_EARG, d->off,
			  "the output took no data until a second signal came: the rest is lost");
	if (file_set_close(&s.parts, ret < 0, res->saved, &late) < 0 && ret == 0) {
		*d = late;
		ret = late.code;
	}
	if (ret < 0)
		sum_up_saved(&s, res);
	stand_back_no_more(&s);
	/* The file is closed and complete before the probes go, which can take longer. */
	detach(&s);
	if (file_set_synced(&s.parts, &late) < 0 && ret == 0) {
		*d = late;
		ret = late.code;
	}
	res->probes_left = s.probes_left;
	session_close(&s);
	return ret;
}

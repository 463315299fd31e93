/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backlog.h"
#include "child_command.h"
#include "hand_trigger.h"
#include "health_check.h"
#include "keep.h"
#include "late_modules.h"
#include "losses.h"
#include "nice_controller.h"
#include "privileges.h"
#include "record/file/file_set.h"
#include "record/kernel/clock.h"
#include "record/kernel/netns_names.h"
#include "record/kernel/socket_owners.h"
#include "shedding.h"
#include "stop.h"
#include "unanswered.h"

#define POLL_MS 50		      /* longest wait of an event in the rings */
#define FLUSH_NS 1000000000ull	      /* longest time of events that a crash loses */
#define LIVE_FLUSH_NS 200000000ull    /* the same where the output is watched */
#define DRAIN_GRACE_NS 100000000ull   /* for packets under way when the command ends */
#define TRACK_EXPIRY_NS 1000000000ull /* since a packet's end began: its slot is free then */
#define CLOCK_CHECK_EVENTS 4096	      /* between two looks at the clock */
#define BLOCKED_CALLS 10	      /* calls of on_blocked() before the remedy is printed */

struct session {
	const struct record_options *o;
	const struct session_ui *ui;
	struct pwrt_diag *d;
	struct plan plan;
	struct late_modules late;
	struct capture *capture;
	struct file_set_options file_options;
	struct file_set files;
	struct child_command command;
	struct health_check health;
	struct unanswered unanswered;
	struct losses losses;
	struct backlog backlog;
	struct nice_controller *nice;
	struct keep *keep; /* NULL: every packet is written */
	bool full, large;  /* the limit of events, or of bytes, was reached */
	bool draining;	   /* the probes are silent: the rings get no more */
	bool detached;
	size_t probes_left;	/* of capture_detach() */
	unsigned int blocked;	/* calls of on_blocked() since the recording is over */
	uint64_t start_ns;	/* when recording began; 0: it did not yet */
	uint64_t poll_ns;	/* when the records were last taken */
	uint64_t written_ns;	/* time of the last record that was written */
	uint32_t unchecked;	/* events since the clock was last read */
	const char *end_reason; /* NULL: the recording goes on */
	struct aiming aiming;
	double max_overhead; /* as the options have it; 0: the kernel does not count */
	struct shedding shedding;
	struct capture_stats total;
	unsigned int tracked;	   /* packets, at the last sweep */
	uint32_t dev_name_changes; /* that the files have */
	struct session_stats reported;
};

/* Returns whether to check limits and flush: on a busy kernel the rings are never empty. */
static bool is_interrupt_due(struct session *s)
{
	if (s->draining)
		return false;
	if (stop_is_requested() || s->end_reason)
		return true;
	if (++s->unchecked < CLOCK_CHECK_EVENTS)
		return false;
	s->unchecked = 0;
	return clock_now_ns() - s->poll_ns > FLUSH_NS / 4;
}

static bool is_large(const struct session *s)
{
	return s->o->max_bytes && pwrt_writer_bytes(s->files.writer) >= s->o->max_bytes;
}

static bool is_part_full(const struct session *s)
{
	return s->o->rotate && (is_large(s) || convert_is_full(s->files.convert));
}

/* Returns 0 if another event can be written now, or -ECANCELED; it will come again then. */
static int check_room(struct session *s)
{
	const struct record_options *o = s->o;

	if (o->max_events && file_set_events(&s->files) >= o->max_events) {
		s->full = true;
		return -ECANCELED;
	}
	if (o->max_bytes && !o->rotate && is_large(s)) {
		s->large = true;
		return -ECANCELED;
	}
	return is_interrupt_due(s) || is_part_full(s) ? -ECANCELED : 0;
}

static int on_entry(void *arg, unsigned int cpu, const struct pw_entry *entry)
{
	struct session *s = arg;
	int ret = check_room(s);

	if (ret < 0)
		return ret;
	s->written_ns = entry->ts;
	return convert_entry(s->files.convert, cpu, entry, s->d);
}

/* While the functions are attached, flows of one more service are recorded at once. */
static void update_aims(struct session *s)
{
	if (s->aiming.state == AIMING_RECORDS)
		capture_aim(s->capture, s->aiming.aims, s->aiming.nr_aims);
}

/* Gives a drop to the aiming. */
static void look_for_trigger(struct session *s, const struct pw_aux *aux, const void *more)
{
	struct aiming *a = &s->aiming;
	const struct pw_frame *frame;
	const struct pw_nf_info *ct;
	const char *reason = convert_loss(s->files.convert, aux, more, &frame, &ct);

	if (reason && aiming_drop(a, reason, aux, frame, ct))
		update_aims(s);
}

static int on_aux(void *arg, const struct pw_aux *aux, const void *more)
{
	struct session *s = arg;
	int ret = check_room(s);

	if (ret == 0 && aux->contents & AUX_TRIGGER) {
		if (aiming_connection(&s->aiming, aux, more))
			update_aims(s);
		return 0;
	}
	if (ret < 0)
		return ret;
	s->written_ns = aux->ts;
	ret = convert_aux(s->files.convert, aux, more, s->d);
	if (ret == 0 && s->aiming.o)
		look_for_trigger(s, aux, more);
	return ret;
}

/* With --keep: records of the rings wait there. Those that are written come to on_entry(). */
static int on_kept_entry(void *arg, unsigned int cpu, const struct pw_entry *entry)
{
	struct session *s = arg;

	return is_interrupt_due(s) ? -ECANCELED : keep_entry(s->keep, cpu, entry);
}

static int on_kept_aux(void *arg, const struct pw_aux *aux, const void *more)
{
	struct session *s = arg;

	return is_interrupt_due(s) ? -ECANCELED : keep_aux(s->keep, aux, more);
}

/* Takes the records of the rings, as far as there is room in the file. */
static int take_records(struct session *s)
{
	const struct merge_sink all = { on_entry, on_aux, s },
				held = { on_kept_entry, on_kept_aux, s };
	int ret = capture_take(s->capture, s->draining, s->keep ? &held : &all, s->d);

	if (ret == 0 && s->keep)
		ret = s->draining ? keep_end(s->keep) : keep_until(s->keep, s->poll_ns);
	return ret;
}

static int write_losses(struct session *s, uint64_t now, bool all)
{
	return losses_write(&s->losses, s->files.writer, s->files.nr, now, all, s->d);
}

/* Ends a file and begins the next one, which gets the records that are still in the rings. */
static int rotate(struct session *s)
{
	int ret = write_losses(s, clock_now_ns(), true);

	if (ret == 0)
		ret = file_set_rotate(&s->files, s->d);
	if (ret == 0)
		ret = losses_repeat(&s->losses, s->files.writer, s->files.nr, s->written_ns, s->d);
	return ret == 0 ? shedding_write(&s->shedding, &s->files, s->d) : ret;
}

/* Namespaces and devices that have another name now get it in the file, too. */
static void follow_names(struct session *s)
{
	uint32_t changes;

	if (netns_names_refresh()) {
		/* Devices of another namespace may have the numbers of those that are gone. */
		capture_reread_dev_names(s->capture);
		if (s->keep)
			keep_names_changed(s->keep);
	}
	changes = capture_dev_name_changes(s->capture);
	if (changes == s->dev_name_changes)
		return;
	s->dev_name_changes = changes;
	convert_devs_changed(s->files.convert);
}

/*
 * Writes the records of the rings, up to the end of a file, and begins the next file then. Only a
 * failed write is an error.
 */
static int drain(struct session *s, int timeout_ms)
{
	int ret;

	capture_wait(s->capture, timeout_ms);
	follow_names(s);
	s->poll_ns = clock_now_ns();
	ret = take_records(s);
	if (ret < 0 && ret != -ECANCELED)
		return ret;
	if (ret == 0)
		backlog_drained(&s->backlog);
	return is_part_full(s) ? rotate(s) : 0;
}

static bool is_time_over(const struct session *s, uint64_t now)
{
	return s->o->duration_ns && now - s->start_ns >= s->o->duration_ns;
}

/* Returns why the recording is over, or NULL when it is not. */
static const char *stop_reason(struct session *s, uint64_t now)
{
	if (stop_is_requested())
		return "signal";
	if (child_command_ended(&s->command))
		return "command ended";
	if (s->full || (s->o->max_events && file_set_events(&s->files) >= s->o->max_events))
		return "event limit";
	if (is_time_over(s, now))
		return END_TIME;
	if (s->large || (!s->o->rotate && is_large(s)))
		return END_SIZE;
	return NULL;
}

/* Sets end_reason, once. Returns whether the recording is over. */
static bool is_over(struct session *s, uint64_t now)
{
	if (!s->end_reason)
		s->end_reason = stop_reason(s, now);
	return s->end_reason;
}

/* Removes the probes. The records in the rings stay. */
static void detach(struct session *s)
{
	if (!s->capture || s->detached)
		return;
	s->detached = true;
	capture_enable(s->capture, false);
	s->probes_left = capture_detach(s->capture);
}

/* Returns whether the file and the rings together have the events of --max-events. */
static bool is_count_held(const struct session *s)
{
	struct capture_stats st;

	if (!s->o->max_events || s->keep)
		return false;
	capture_stats(s->capture, capture_nr_cpus(s->capture), &st);
	/* Records that are left out take no room in the file. */
	return st.entered - st.lost >= s->o->max_events + convert_no_loss(s->files.convert);
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
	if (stop_is_repeated() || (stop_is_requested() && !s->start_ns))
		pwrt_writer_cancel(s->files.writer);
}

/* Reports the counters since the last report. */
static void report_stats(struct session *s, uint64_t elapsed_ns)
{
	struct session_stats now, since, *last = &s->reported;
	struct capture_stats st;

	if (!s->ui->stats)
		return;
	capture_stats(s->capture, capture_nr_cpus(s->capture), &st);
	now = (struct session_stats){ .elapsed_ns = elapsed_ns,
				      .events = file_set_events(&s->files),
				      .packets = file_set_packets(&s->files),
				      .lost = st.lost + st.untracked,
				      .bytes = file_set_bytes(&s->files),
				      .fill = capture_fill(s->capture),
				      .tracked = s->tracked,
				      .runs = st.runs,
				      .run_ns = st.run_ns };
	since = now;
	since.events -= last->events;
	since.packets -= last->packets;
	since.bytes -= last->bytes;
	since.lost -= last->lost;
	since.runs -= last->runs;
	since.run_ns -= last->run_ns;
	*last = now;
	s->ui->stats(&since);
}

/* Gives up a part of the recording where --max-overhead is exceeded, or ends it. */
static int limit_overhead(struct session *s, uint64_t now)
{
	struct shedding *sh = &s->shedding;
	enum overhead_step step;

	if (s->max_overhead <= 0)
		return 0;
	step = shedding_look(sh, now);
	if (step == OVERHEAD_NOTHING)
		return 0;
	s->ui->shed(step, &sh->overhead, sh->percent);
	if (step == OVERHEAD_END)
		s->end_reason = "overhead limit";
	return shedding_write(sh, &s->files, s->d);
}

static int every_second(struct session *s, uint64_t now, uint64_t elapsed_ns)
{
	int ret = write_losses(s, now, false);

	if (ret == 0)
		ret = late_modules_look(&s->late, s->d);
	if (ret == 0)
		ret = limit_overhead(s, now);
	if (ret == 0)
		ret = file_set_flush(&s->files, s->d);
	capture_reread_dev_names(s->capture);
	s->tracked = capture_sweep(s->capture, TRACK_EXPIRY_NS);
	report_stats(s, elapsed_ns);
	return ret;
}

/* Writes and reports the fact "aim.N". why: as for aiming_window_text(). */
static int write_aim(struct session *s, const char *why)
{
	struct aiming *a = &s->aiming;
	char key[24], text[400];

	snprintf(key, sizeof(key), "aim.%llu", (unsigned long long)a->nr_windows);
	aiming_window_text(a, why, text, sizeof(text));
	s->ui->triggered(a->nr_windows, text);
	return aiming_describes(a, s->files.nr) ? file_set_fact(&s->files, key, text, s->d) : 0;
}

/* Attaches to the functions. If that fails, the file has the reason, and the recorder rests. */
static int begin_window(struct session *s)
{
	struct aiming *a = &s->aiming;
	struct pwrt_diag why;
	int failed = capture_resume(s->capture, &s->plan.targets, &why);

	backlog_set_urgent(&s->backlog, false);
	if (!failed)
		capture_aim(s->capture, a->aims, a->nr_aims);
	if (!failed && a->o->on_failure)
		health_check_again(&s->health);
	aiming_attached(a, clock_now_ns(), file_set_events(&s->files));
	if (failed)
		aiming_next(a, clock_now_ns());
	return write_aim(s, failed ? why.text : NULL);
}

/* Gives a request without an answer to the aiming. */
static bool on_unanswered(void *arg, const struct pw_request *r)
{
	struct session *s = arg;
	char words[80];

	unanswered_text(&s->unanswered, r, words, sizeof(words));
	return aiming_unanswered(&s->aiming, s->unanswered.looked_ns, r, words);
}

/* Takes a request of the user to attach. It has an effect in every state. */
static int take_request(struct session *s, uint64_t now)
{
	if (!s->aiming.o->on_signal || !hand_trigger_take() ||
	    !aiming_by_hand(&s->aiming, now, file_set_events(&s->files), "signal"))
		return 0;
	update_aims(s);
	return write_aim(s, NULL);
}

/* Takes the triggers that no record of the rings has. */
static int take_other_triggers(struct session *s, uint64_t now)
{
	const struct request_table table = { capture_requests, capture_forget_request,
					     capture_unread_request, s->capture };
	struct aiming *a = &s->aiming;
	char failure[80];
	int failed = take_request(s, now);

	if (failed < 0)
		return failed;
	if (s->unanswered.after_ns &&
	    unanswered_look(&s->unanswered, &table, now, on_unanswered, s))
		update_aims(s);
	if (a->o->on_failure)
		failed = health_check_look(&s->health, failure, sizeof(failure), s->d);
	if (failed > 0 && aiming_every_packet(a, now, failure))
		update_aims(s);
	return failed < 0 ? failed : 0;
}

/* Detaches from the functions, and notes the time: what comes now is not in the file. */
static int end_window(struct session *s)
{
	const uint64_t now = clock_now_ns();
	const struct pwrt_lost detached = {
		.from_ns = now, .to_ns = now, .cpu = PWRT_NONE, .reason = PWRT_LOST_DETACHED
	};

	capture_aim(s->capture, s->aiming.aims, 0);
	capture_suspend(s->capture); /* the rings are drained as ever */
	return pwrt_writer_lost(s->files.writer, &detached, s->d);
}

/* Attaches to the functions after a trigger, and detaches when their time is over. */
static int follow_aims(struct session *s, uint64_t now)
{
	struct aiming *a = &s->aiming;
	int ret;

	/* systemd stops the command together with the recorder: that must not trigger. */
	if (stop_is_requested())
		return 0;
	ret = take_other_triggers(s, now);
	if (ret < 0)
		return ret;
	if (a->state == AIMING_TRIGGERED)
		return begin_window(s);
	if (!aiming_is_due(a, now, file_set_events(&s->files)))
		return 0;
	if (a->state == AIMING_RECORDS)
		ret = end_window(s);
	else
		backlog_set_urgent(&s->backlog, true);
	aiming_next(a, clock_now_ns());
	return ret;
}

static int record(struct session *s)
{
	uint64_t start = clock_now_ns(), now = start, flushed = start, shown = start;
	int ret = 0;

	s->start_ns = s->losses.last_ns = start;
	shedding_begin(&s->shedding, s->max_overhead, s->capture, &s->plan.targets, start);
	while (ret == 0 && !is_over(s, now)) {
		uint64_t left = s->o->duration_ns ? start + s->o->duration_ns - now : UINT64_MAX;
		int wait = left / 1000000 < POLL_MS ? (int)(left / 1000000) + 1 : POLL_MS;

		ret = drain(s, wait);
		now = clock_now_ns();
		if (ret == 0 && s->aiming.o)
			ret = follow_aims(s, now);
		if (ret == 0 && now - flushed >= FLUSH_NS) {
			ret = every_second(s, now, now - start);
			flushed = shown = now;
		}
		if (ret == 0 && s->o->live && now - shown >= LIVE_FLUSH_NS) {
			ret = pwrt_writer_flush(s->files.writer, s->d);
			shown = now;
		}
	}
	/* The last packets of a command are given the time to reach their end. */
	if (ret == 0 && s->command.ended && !s->detached)
		for (start = now; ret == 0 && now - start < DRAIN_GRACE_NS && !stop_is_requested();
		     now = clock_now_ns())
			ret = drain(s, 10);
	return ret;
}

/* A counter for the file. */
struct number {
	const char *key;
	uint64_t value;
};

static int write_numbers(struct session *s, const struct number *n, size_t nr)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < nr && ret == 0; i++)
		ret = file_set_number(&s->files, n[i].key, n[i].value, s->d);
	return ret;
}

/* Writes what --keep has let go. */
static int write_keep(struct session *s)
{
	const struct keep_counts *n = keep_counts(s->keep);
	const struct number numbers[] = {
		{ "stats.kept", n->kept },	    { "stats.let_go", n->let_go },
		{ "stats.samples", n->samples },    { "stats.keep_forced", n->forced },
		{ "stats.keep_missed", n->missed },
	};
	int ret = file_set_fact(&s->files, "keep", s->o->keep.rules.text, s->d);

	return ret == 0 ? write_numbers(s, numbers, sizeof(numbers) / sizeof(numbers[0])) : ret;
}

/* Writes how the runs of --on-failure ended. */
static int write_health(struct session *s)
{
	const struct number numbers[] = { { "stats.command_runs", s->health.runs },
					  { "stats.command_failures", s->health.failures } };
	char statuses[1024];
	int ret = write_numbers(s, numbers, sizeof(numbers) / sizeof(numbers[0]));

	health_check_statuses(&s->health, statuses, sizeof(statuses));
	return ret == 0 ? file_set_fact(&s->files, "command.statuses", statuses, s->d) : ret;
}

static int write_facts(struct session *s)
{
	const struct number numbers[] = {
		{ "stats.packets", file_set_packets(&s->files) },
		{ "stats.entered", s->total.entered },
		{ "stats.lost", s->total.lost },
		{ "stats.untracked", s->total.untracked },
		{ "stats.followed", s->tracked },
		{ "stats.open_calls", capture_open_calls(s->capture) },
		{ "stats.values_lost", convert_values_lost(s->files.convert) },
		{ "stats.unnamed", convert_unnamed(s->files.convert) },
		{ "stats.no_loss", convert_no_loss(s->files.convert) },
		{ "stats.aims", s->aiming.nr_windows },
		{ "stats.aims_ignored", s->aiming.nr_ignored },
		{ "stats.unanswered", s->unanswered.nr },
		{ "stats.unread_answers", s->unanswered.nr_unread },
		{ "stats.aim_attach_ns", s->aiming.attach_max_ns },
		{ "stats.probe_recursion", s->total.missed },
		{ "stats.probe_runs", s->total.runs },
		{ "stats.probe_ns", s->total.run_ns },
	};
	/* A signal from the terminal reaches the command, too. */
	bool ended = child_command_ended(&s->command);
	int status = s->command.status, ret = 0;

	if (ended)
		ret = file_set_number(&s->files, "command.status",
				      WIFEXITED(status) ? (uint64_t)WEXITSTATUS(status) :
							  128u + (uint64_t)WTERMSIG(status),
				      s->d);
	return ret == 0 ? write_numbers(s, numbers, sizeof(numbers) / sizeof(numbers[0])) : ret;
}

/* Restores the nice value, before the rings that the controller reads are gone. */
static void end_nice(struct session *s)
{
	nice_controller_end(s->nice);
	s->nice = NULL;
}

static int finish_file(struct session *s)
{
	unsigned int nr = capture_nr_cpus(s->capture);
	uint32_t files;
	int ret;

	capture_enable(s->capture, false);
	usleep(1000); /* for the programs that are running */
	s->draining = true;
	end_nice(s);
	do { /* a file that was full left records in the rings */
		files = s->files.nr;
		ret = drain(s, -1);
	} while (ret == 0 && s->files.nr != files);
	if (ret == 0)
		ret = write_losses(s, clock_now_ns(), true);
	capture_stats(s->capture, nr, &s->total);
	s->tracked = capture_sweep(s->capture, 0);
	if (ret == 0)
		ret = losses_write_cpus(&s->losses, s->files.writer, s->d);
	if (ret == 0)
		ret = write_facts(s);
	if (ret == 0 && s->keep)
		ret = write_keep(s);
	if (ret == 0 && s->o->aiming.on_failure)
		ret = write_health(s);
	return ret == 0 ? file_set_finish(&s->files, s->end_reason, s->d) : ret;
}

/* The threads that compress, write and sync need no privileges. */
static void without_privileges(void)
{
	privileges_drop_all();
}

static void describe_files(struct session *s)
{
	s->file_options = (struct file_set_options){ .path = s->o->path,
						     .force = s->o->force,
						     .keep = s->o->rotate,
						     .arguments = s->o->arguments,
						     .filter = s->o->filter,
						     .sample = s->o->sample,
						     .tunnel = s->o->tunnel,
						     .tests = s->o->tests,
						     .thread_begin = without_privileges,
						     .blocked = on_blocked,
						     .arg = s,
						     .snaplen = s->o->snaplen,
						     .fields = &s->plan.fields };
	s->files.o = &s->file_options;
	s->files.targets = &s->plan.targets;
	s->files.programs = &s->plan.programs;
}

static bool dev_name(void *arg, uint32_t netns, uint32_t ifindex, char name[16])
{
	return capture_dev_name(arg, netns, ifindex, name);
}

static const char *drop_reason(void *arg, const struct pw_aux *aux, const void *more)
{
	const struct session *s = arg;

	return convert_drop(s->files.convert, aux, more);
}

/* Records that come to --keep are of now. */
static const char *netns_name(void *arg, uint32_t inum)
{
	(void)arg;
	return netns_names_find(inum, UINT64_MAX).name;
}

static int begin_keep(struct session *s)
{
	const struct keep_source from = { drop_reason, netns_name, s };
	const struct merge_sink to = { on_entry, on_aux, s };

	if (!s->o->keep.rules.text)
		return 0;
	return keep_new(&s->keep, &s->o->keep, &from, &to, s->d);
}

static const char *tracepoint_refusal(const void *arg, unsigned int nr)
{
	return capture_tracepoint_refusal(arg, nr);
}

/* Lets the kernel count the time of the probes, for the limit. */
static int count_run_time(struct session *s)
{
	const bool by_default = s->o->overhead_by_default;
	struct pwrt_diag why;
	int ret;

	s->max_overhead = s->o->max_overhead;
	if (s->max_overhead <= 0)
		return 0;
	ret = capture_count_run_time(s->capture, by_default ? &why : s->d);
	if (ret == 0 || !by_default)
		return ret;
	s->max_overhead = 0;
	s->ui->uncounted(why.text);
	return 0;
}

/* Called after attaching: until then the files of an earlier recording stay. */
static int begin_files(struct session *s)
{
	int ret = count_run_time(s);

	s->file_options.profile = profile_name(s->plan.profile);
	s->file_options.max_overhead = s->max_overhead;
	s->file_options.filter_at_entry = s->o->targets.filter_at_entry;
	s->file_options.after_trigger = s->aiming.o;
	s->file_options.losses_only = (profile_is_drops(s->plan.profile) || s->aiming.o) &&
				      !s->o->all_drops;
	s->files.ksyms = s->plan.ksyms;
	s->files.source = (struct file_set_source){ backend_names[capture_backend(s->capture)],
						    dev_name, tracepoint_refusal, s->capture };
	s->late.targets = &s->plan.targets;
	s->late.options = &s->plan.targets_options;
	s->late.capture = s->capture;
	s->late.files = &s->files;
	if (ret == 0)
		ret = file_set_begin(&s->files, s->d);
	return ret == 0 ? file_set_functions(&s->files, s->d) : ret;
}

/* Finds what the user can correct before the steps that take long. */
static int check(struct session *s)
{
	int ret = s->o->command ? child_command_check(s->o->command[0], s->d) : 0;

	return ret == 0 ? file_set_check(&s->files, s->d) : ret;
}

static bool on_progress(void *arg, size_t done, size_t total)
{
	const struct session_ui *ui = arg;

	ui->attaching(done, total);
	return stop_is_requested();
}

static int attach(struct session *s)
{
	const struct nice_controller_options nice = { .nice = s->o->nice,
						      .is_backlogged = backlog_is_there,
						      .arg = &s->backlog,
						      .wakeup_fd = capture_wakeup_fd(s->capture) };
	struct targets *ts = &s->plan.targets;
	uint64_t start = clock_now_ns();
	double seconds;
	int ret = capture_attach(s->capture, ts, on_progress, (void *)(uintptr_t)s->ui, s->d);

	if (ret < 0)
		return ret;
	if (!ts->nr_attach && !profile_is_drops(s->plan.profile))
		return pwrt_fail(s->d, PWRT_EINVAL, 0, "the kernel refused all %zu probes", ts->nr);
	seconds = (double)(clock_now_ns() - start) / 1e9;
	ret = begin_files(s);
	if (ret == 0)
		ret = begin_keep(s);
	if (ret < 0)
		return ret;
	nice_controller_prepare();
	/* A failure to drop capabilities does not end the recording. */
	netns_names_begin(NULL, NETNS_FORGET_NS);
	privileges_drop(s->o->rotate, s->aiming.o && capture_backend(s->capture) == BACKEND_KPROBE);
	s->backlog.capture = s->capture;
	backlog_drained(&s->backlog);
	/* Few records are due before a trigger, and then each millisecond counts. */
	backlog_set_urgent(&s->backlog, s->aiming.o);
	ret = nice_controller_begin(&s->nice, &nice, s->d);
	if (ret < 0)
		return ret;
	if (s->aiming.o)
		capture_suspend(s->capture);
	capture_enable(s->capture, true);
	/* Report readiness only now: all later packets are recorded. */
	s->ui->recording(ts->nr_attach, ts->nr - ts->nr_attach, seconds,
			 backend_names[capture_backend(s->capture)], s->files.output.file.path,
			 s->aiming.o);
	return 0;
}

static int prepare(struct session *s)
{
	struct load_options load;
	int ret = plan_read_kernel(&s->plan, s->o, s->ui->small_rings, s->d);

	/* Before the functions are read: a module that is loaded meanwhile is found later. */
	if (ret == 0)
		ret = late_modules_begin(&s->late, s->plan.ksyms, s->d);
	if (ret == 0)
		ret = plan_find_targets(&s->plan, s->o, s->d);
	load = plan_load_options(&s->plan, s->o);
	if (ret == 0)
		ret = capture_open(&s->capture, &load, s->plan.ring_bytes, &s->plan.targets,
				   s->plan.ksyms, s->d);
	return ret == 0 ? losses_begin(&s->losses, s->capture, s->d) : ret;
}

static void session_close(struct session *s)
{
	file_set_free(&s->files);
	keep_free(s->keep);
	capture_close(s->capture);
	late_modules_end(&s->late);
	plan_free(&s->plan);
	losses_end(&s->losses);
	socket_owners_forget();
	netns_names_end();
}

static bool may_outlast(void *arg)
{
	return !stop_is_requested() && !is_time_over(arg, clock_now_ns());
}

/*
 * Waits for the end of COMMAND after the default limit of bytes, which may come in the middle of
 * its work. A signal or the time limit ends the wait.
 */
static void outlast(struct session *s, struct session_result *res)
{
	if (!s->o->size_by_default || !s->end_reason || strcmp(s->end_reason, END_SIZE))
		return;
	if (!s->command.pid || child_command_ended(&s->command) || !may_outlast(s))
		return;
	res->outlasted = true;
	s->ui->outlasted();
	child_command_wait(&s->command, may_outlast, s);
}

/* COMMAND may also end while the probes are removed. */
static void fill_command(struct session *s, struct session_result *res)
{
	res->command_ended = child_command_ended(&s->command);
	res->command_status = s->command.status;
}

static void fill_result(struct session *s, struct session_result *res)
{
	res->events = file_set_events(&s->files);
	res->packets = file_set_packets(&s->files);
	res->bytes = file_set_bytes(&s->files);
	res->files = s->files.nr;
	res->checks = s->health.runs;
	res->failures = s->health.failures;
	res->end = s->end_reason;
	res->lost = s->total.lost;
	res->skipped = s->total.missed;
	res->untracked = s->total.untracked;
	memcpy(res->path, s->files.output.file.path, sizeof(res->path));
}

/* Called after file_set_close(): events outside of whole blocks are lost. */
static void count_unsaved(struct session *s, struct session_result *res)
{
	const uint64_t saved = file_set_saved(&s->files);

	res->lost += res->events - saved;
	res->events = saved;
}

int session_dry_run(const struct record_options *o, struct plan *p, struct pwrt_diag *d)
{
	struct capture *capture = NULL;
	struct load_options load;
	int ret;

	*p = (struct plan){ 0 };
	ret = plan_read_kernel(p, o, NULL, d);
	if (ret == 0)
		ret = plan_find_targets(p, o, d);
	load = plan_load_options(p, o);
	if (ret == 0)
		ret = capture_open(&capture, &load, p->ring_bytes, &p->targets, p->ksyms, d);
	capture_close(capture);
	return ret;
}

/* Forks COMMAND, or the process that runs it again and again, while there are all privileges. */
static int fork_command(struct session *s)
{
	const struct record_options *o = s->o;
	const bool is_stdout = o->path && !strcmp(o->path, "-");

	if (!o->command)
		return 0;
	return o->aiming.on_failure ?
		       health_check_start(&s->health, o->command, o->every_ns, s->d) :
		       child_command_start(&s->command, o->command, is_stdout, s->d);
}

static int run_command(struct session *s)
{
	const struct record_options *o = s->o;

	if (!o->command)
		return 0;
	return o->aiming.on_failure ? health_check_go(&s->health, o->command[0], s->d) :
				      child_command_go(&s->command, o->command[0], s->d);
}

static int start(struct session *s)
{
	int ret;

	describe_files(s);
	ret = check(s);
	if (ret == 0)
		ret = fork_command(s);
	if (ret == 0)
		ret = prepare(s);
	if (ret == 0)
		ret = attach(s);
	return ret == 0 ? run_command(s) : ret;
}

/* Keeps the first error of a recording: *ret and *d, or that of one more step. */
static void add_error(int *ret, struct pwrt_diag *d, int step, const struct pwrt_diag *step_diag)
{
	if (step < 0 && *ret == 0) {
		*d = *step_diag;
		*ret = step;
	}
}

/* Closes the file, whole or cut back to its whole blocks, before the probes go: these take longer. */
static int close_all(struct session *s, struct session_result *res, int ret)
{
	struct pwrt_diag late;

	if (ret < 0 && stop_is_repeated() && s->d->sys == ECANCELED)
		pwrt_fail(s->d, PWRT_EINVAL, s->d->off,
			  "the output took no data until a second signal came: the rest is lost");
	add_error(&ret, s->d, file_set_close(&s->files, ret < 0, res->saved, &late), &late);
	if (ret < 0)
		count_unsaved(s, res);
	end_nice(s);
	detach(s);
	add_error(&ret, s->d, file_set_synced(&s->files, &late), &late);
	return ret;
}

int session_run(const struct record_options *o, const struct session_ui *ui,
		struct session_result *res, struct pwrt_diag *d)
{
	struct session s = { .o = o, .d = d, .ui = ui, .files.output.file.fd = -1 };
	int ret;
	bool started;

	s.aiming.o = aiming_is_wanted(&o->aiming) ? &o->aiming : NULL;
	s.unanswered.after_ns = o->aiming.unanswered_ns;
	ret = start(&s);
	started = ret == 0;

	if (ret == 0)
		ret = record(&s);
	if (ret == 0)
		ret = finish_file(&s);
	*res = (struct session_result){ 0 };
	fill_result(&s, res);
	res->saved = started && res->bytes;
	ret = close_all(&s, res, ret);
	res->probes_left = s.probes_left;
	session_close(&s);
	if (ret == 0)
		outlast(&s, res);
	if (started && o->aiming.on_signal && hand_trigger_take())
		ui->late_request();
	fill_command(&s, res);
	child_command_stop(&s.command);
	health_check_stop(&s.health);
	return ret;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* pwru-record: runs a recording, and prints its messages. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture.h"
#include "child_command.h"
#include "command_line.h"
#include "format/tool/cli.h"
#include "format/tool/pcap_expr.h"
#include "hand_trigger.h"
#include "printer.h"
#include "record/kernel/netns.h"
#include "session.h"
#include "ssh_session.h"
#include "stop.h"

/* For callbacks that have no argument: of libbpf, and of the session. */
static bool verbose;
static struct printer printer;
static const char *print_file; /* the view of --print with a file, else NULL */
static bool overhead_by_default;

static int print_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	return verbose ? vfprintf(stderr, fmt, ap) : 0;
}

static void on_signal(int sig)
{
	(void)sig;
	stop_request();
}

static void on_user_signal(int sig)
{
	(void)sig;
	hand_trigger_request();
}

static void catch_signals(const struct record_options *o)
{
	struct sigaction sa = { .sa_handler = on_signal }, user = { .sa_handler = on_user_signal };

	if (o->aiming.on_signal)
		sigaction(SIGUSR1, &user, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	signal(SIGCHLD, SIG_DFL); /* ignored by some shells: no child could be waited for */
	signal(SIGPIPE, SIG_IGN); /* a reader that went away is a write error like any other */
}

static void show_attaching(size_t done, size_t total)
{
	if (!isatty(STDERR_FILENO))
		return;
	if (done == total)
		fputs("\r\033[K", stderr);
	else if (done % 16 == 0)
		fprintf(stderr, "\rattaching to %zu functions: %zu", total, done);
}

/* Starts the printer of a file, which exists now. Without it, the file is still recorded. */
static void print_from(const char *path)
{
	struct pwrt_diag d = { 0 };

	if (print_file && printer_start_on_file(&printer, print_file, path, &d) < 0)
		cli_error("--print: %s", d.text);
}

static char ends[128]; /* how the recording ends, as show_recording() has it */

#define NAME_LEN 64 /* of a command in messages */

/* Writes the name of a command, or the end of a long path: "...sr/local/lib/tests/run". */
static void command_name(char buf[NAME_LEN], const char *command)
{
	char escaped[CLI_ESCAPED_LEN];
	const char *name = cli_escape_to(escaped, command);
	size_t len = strlen(name);
	const bool cut = len >= NAME_LEN;

	if (cut)
		name += len - (NAME_LEN - sizeof("..."));
	while ((*name & 0xc0) == 0x80) /* the rest of a UTF-8 character */
		name++;
	snprintf(buf, NAME_LEN, "%s%s", cut ? "..." : "", name);
}

static void end_words(char *buf, size_t len, const struct command_line *c)
{
	const bool by_command = c->record.command && !c->record.aiming.on_failure && !c->limited;
	char name[NAME_LEN] = "";

	if (by_command)
		command_name(name, c->record.command[0]);
	if (c->default_limits)
		snprintf(buf, len, "; ends after 10 minutes, %sor with Ctrl-C",
			 c->record.size_by_default ? "at 1 GiB, " : "");
	else if (c->record.size_by_default && by_command)
		snprintf(buf, len, "; ends with %s, at 1 GiB, or with Ctrl-C", name);
	else if (c->record.size_by_default)
		snprintf(buf, len, "; ends at 1 GiB at the latest, or with Ctrl-C");
	else if (isatty(STDERR_FILENO))
		snprintf(buf, len, "; Ctrl-C ends");
}

static void show_recording(size_t functions, size_t refused, double seconds, const char *backend,
			   const char *path, bool waits)
{
	cli_error(
		waits ? "recording drops to %s, waiting for a trigger: would attach to %zu functions (tried in %.1f s, %s, %zu not traceable or left out)%s" :
			"recording to %s: attached to %zu functions in %.1f s (%s, %zu not traceable or left out)%s",
		path, functions, seconds, backend, refused, ends);
	print_from(path);
}

static void human_bytes(char *buf, size_t len, uint64_t bytes)
{
	static const char units[] = "BKMGT";
	double v = (double)bytes;
	int u = 0;

	for (; v >= 1024 && u < 4; u++)
		v /= 1024;
	snprintf(buf, len, u ? "%.1f%c" : "%.0f%c", v, units[u]);
}

static int dry_run(const struct record_options *o)
{
	static const char *const words[] = { "attach", "filtered", "refused" };
	const struct traced_progs *ps;
	const struct targets *ts;
	struct pwrt_diag d = { 0 };
	struct plan p;
	size_t i;

	if (session_dry_run(o, &p, &d) < 0) {
		cli_error("%s", d.text);
		plan_free(&p);
		return EXIT_FAILED;
	}
	ts = &p.targets;
	ps = &p.programs;
	for (i = 0; i < ts->nr; i++)
		printf("%-8s arg %u  %s%s%s%s%s%s%s\n", words[ts->t[i].status], ts->t[i].arg,
		       ts->t[i].name, *ts->t[i].module ? " [" : "", ts->t[i].module,
		       *ts->t[i].module ? "]" : "",
		       target_has_return(&ts->t[i]) ? ", and its return" : "",
		       *ts->t[i].why ? ": " : "", ts->t[i].why);
	for (i = 0; i < ps->nr; i++)
		printf("%-8s arg 1  %s [bpf], and its return%s%s\n", words[ps->p[i].status],
		       ps->p[i].name, ps->p[i].why ? ": " : "", ps->p[i].why ? ps->p[i].why : "");
	cli_error("would attach to %zu of %zu functions", ts->nr_attach, ts->nr);
	plan_free(&p);
	return cli_finish_stdout() ? EXIT_DONE : EXIT_FAILED;
}

static void show_stats(const struct session_stats *n)
{
	char bytes[32], cost[48] = "";

	human_bytes(bytes, sizeof(bytes), n->bytes);
	if (n->runs)
		snprintf(cost, sizeof(cost), ", %llu ns a probe",
			 (unsigned long long)(n->run_ns / n->runs));
	cli_error(
		"%llu s: %llu events, %llu packets, %llu lost, %s; rings %u %% full, %u packets tracked%s",
		(unsigned long long)((n->elapsed_ns + 500000000u) / 1000000000u),
		(unsigned long long)n->events, (unsigned long long)n->packets,
		(unsigned long long)n->lost, bytes, n->fill, n->tracked, cost);
}

static void show_triggered(uint64_t nr, const char *text)
{
	cli_error("trigger %llu: %s", (unsigned long long)nr, text);
}

static void show_shed(enum overhead_step step, const struct overhead *o, double percent)
{
	static const char *const words[] = {
		[OVERHEAD_RETURNS] = "return values are no longer recorded",
		[OVERHEAD_FUNCTIONS] = "only the functions of the profile milestones go on",
		[OVERHEAD_END] = "nothing is left to give up, and the recording ends",
	};
	char flows[48];

	snprintf(flows, sizeof(flows), "only one flow in %u goes on", o->flows);
	cli_error("the probes took %.2f %% of the time of %u CPUs, more than --max-overhead: %s%s",
		  percent, o->nr_cpus, step == OVERHEAD_FLOWS ? flows : words[step],
		  overhead_by_default ? " (25 by default; --max-overhead 0: no limit)" : "");
}

static void show_uncounted(const char *why)
{
	cli_error("%s; the recording goes on without this default", why);
}

static void show_blocked(void)
{
	cli_error("the recording is over, but the output takes no data: another Ctrl-C gives up");
}

static void show_outlasted(void)
{
	cli_error("the default size limit of 1 GiB ended the recording; waiting for COMMAND "
		  "(--max-size 0: no limit)");
}

static void show_late_request(void)
{
	cli_error("SIGUSR1 had no effect: it came when the recording was over");
}

/* Looks up the namespace and device of --filter-netns and --filter-ifname. */
static int find_netns(struct command_line *c)
{
	struct pwrt_diag d = { 0 };
	int ret = 0;

	if (c->netns || c->ifname)
		ret = netns_find(&c->record.meta.netns, c->netns, &d);
	if (ret == 0 && c->ifname)
		ret = netns_ifindex(&c->record.meta.ifindex, c->netns, c->ifname, &d);
	if (ret < 0)
		cli_error("%s", d.text);
	return ret;
}

/* Returns PCAP-FILTER without the ssh session of --exclude-ssh; the caller frees it. NULL: after a
 * message. */
static char *make_filter(const struct command_line *c)
{
	char *text = pcap_expr_join(c->filter, c->nr_filter), *both = NULL, ssh[256];
	struct pwrt_diag d = { 0 };

	if (!text)
		cli_error("out of memory");
	if (!text || !c->no_ssh)
		return text;
	if (ssh_exclude(ssh, sizeof(ssh), &d) < 0)
		cli_error("%s", d.text);
	else if (asprintf(&both, *text ? "(%s) and %s" : "%s%s", text, ssh) < 0)
		cli_error("out of memory");
	free(text);
	return both;
}

/* Returns whether the name is that of a file for libpcap. */
static bool is_pcap_name(const char *path)
{
	static const char *const endings[] = { ".pcap", ".pcapng", ".cap" };
	size_t i, len = path ? strlen(path) : 0;

	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (len > strlen(endings[i]) &&
		    !strcasecmp(path + len - strlen(endings[i]), endings[i]))
			return true;
	return false;
}

/* ", ping ended with status 1": "" where there is nothing to look at. */
static void command_words(char *buf, size_t len, const char *command,
			  const struct session_result *res)
{
	int status = res->command_status;
	char name[NAME_LEN];

	*buf = '\0';
	command_name(name, command);
	if (res->checks)
		snprintf(buf, len, ", %s failed in %llu of %llu runs", name,
			 (unsigned long long)res->failures, (unsigned long long)res->checks);
	if (!res->command_ended || !status)
		return;
	if (WIFEXITED(status))
		snprintf(buf, len, ", %s ended with status %d", name, WEXITSTATUS(status));
	else
		snprintf(buf, len, ", %s was ended by signal %d (%s)", name, WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
}

static void show_small_rings(uint64_t bytes, const char *what, uint64_t room)
{
	char size[32], left[32];

	human_bytes(size, sizeof(size), bytes);
	human_bytes(left, sizeof(left), room);
	cli_error(
		"the ring buffers have %s instead of 64M, since %s leaves %s: --ring-size sets it",
		size, what, left);
}

/* Begins --print. Returns 0, or a negative enum pwrt_err after a message. */
static int begin_print(const struct command_line *c)
{
	struct pwrt_diag d = { 0 };

	if (!c->print)
		return 0;
	if (strcmp(c->record.path, "-")) {
		print_file = c->print;
		return 0;
	}
	if (printer_start_on_pipe(&printer, c->print, &d) == 0)
		return 0;
	cli_error("--print: %s", d.text);
	return PWRT_ESYS;
}

/* Reports that a limit ended the recording which the user did not give. */
static void show_default_end(const struct command_line *c, const struct session_result *res)
{
	const char *end = res->end;

	if (end && c->default_limits && !strcmp(end, END_TIME))
		cli_error("the default time limit ended the recording (-d 0: no such limit)");
	if (end && c->record.size_by_default && !res->outlasted && !strcmp(end, END_SIZE))
		cli_error(
			"the default size limit ended the recording (--max-size 0: no such limit)");
}

static int run(const struct command_line *c)
{
	const struct record_options *o = &c->record;
	const struct session_ui ui = {
		show_attaching,	  show_recording, c->stats ? show_stats : NULL,
		show_small_rings, show_triggered, show_shed,
		show_uncounted,	  show_blocked,	  show_outlasted,
		show_late_request
	};
	struct session_result res;
	struct pwrt_diag d = { 0 };
	char bytes[32], command[128];
	bool printed;
	int ret;

	if (is_pcap_name(o->path))
		cli_error("%s will be a .pwrt file: pwru-show reads it, and tcpdump does not",
			  o->path);
	catch_signals(o);
	end_words(ends, sizeof(ends), c);
	overhead_by_default = o->overhead_by_default;
	if (begin_print(c) < 0)
		return EXIT_FAILED;
	ret = session_run(o, &ui, &res, &d);
	printed = printer_wait(&printer, ret == 0, stop_is_repeated);
	/* As tcpdump | head: a reader that ends early gets no message. */
	if (printer.reader_left && printer.has_pipe && (ret == 0 || d.sys == EPIPE))
		return EXIT_DONE;
	if (ret < 0)
		cli_error("%s", d.text);
	if (ret < 0 && !res.saved)
		return EXIT_FAILED;
	human_bytes(bytes, sizeof(bytes), res.bytes);
	if (res.files > 1)
		cli_error("%u files were written, and the last %u kept", res.files,
			  res.files < o->rotate ? res.files : o->rotate);
	command_words(command, sizeof(command), o->command ? o->command[0] : "", &res);
	show_default_end(c, &res);
	cli_error("%s%llu events, %llu packets, %llu lost, %s, %s%s",
		  ret < 0 ? "saved what there was: " : "", (unsigned long long)res.events,
		  (unsigned long long)res.packets, (unsigned long long)(res.lost + res.untracked),
		  bytes, res.path, command);
	if (res.skipped)
		cli_error("%llu probe hits were skipped while another probe ran: calls may be "
			  "missing%s",
			  (unsigned long long)res.skipped,
			  o->backend == BACKEND_TRAMPOLINES ?
				  "; --backend kprobe-multi skips fewer" :
				  "");
	if (res.probes_left)
		cli_error(
			"the probes are disarmed; a child removes %zu definitions in the background",
			res.probes_left);
	if (!printed)
		return EXIT_FAILED;
	return ret < 0 || res.lost || res.untracked ? EXIT_ISSUES : EXIT_DONE;
}

/* False, after a message, when the filter cannot be read. A word that is a program is perhaps the
 * COMMAND. */
static bool check_filter(const struct command_line *c, const char *filter)
{
	struct pwrt_diag d = { 0 }, ignored = { 0 };
	struct pcap_expr *e = NULL;
	size_t i = 1;

	if (!*filter || pcap_expr_compile(&e, filter, &d) == 0) {
		pcap_expr_free(e);
		return true;
	}
	while (i < c->nr_filter && child_command_check(c->filter[i], &ignored) < 0)
		i++;
	if (i < c->nr_filter)
		cli_error("%s; if %s is the COMMAND, write -- before it", d.text,
			  cli_escape(c->filter[i]));
	else
		cli_error("%s", d.text);
	return false;
}

/* Records, or prints the plan. c->record has all but the filter and the numbers of names. */
static int run_command_line(struct command_line *c)
{
	char *filter = make_filter(c);
	int ret;

	if (!filter)
		return EXIT_FAILED;
	c->record.filter = filter;
	c->record.tests = c->tests;
	if (!check_filter(c, filter) || find_netns(c) < 0)
		ret = EXIT_FAILED;
	else
		ret = c->dry_run ? dry_run(&c->record) : run(c);
	free(filter);
	return ret;
}

int main(int argc, char **argv)
{
	struct command_line c;
	char *words;
	int ret = capture_child_main(argc, argv);

	if (ret >= 0)
		return ret;
	words = pcap_expr_join(argv, (size_t)argc);
	ret = command_line_parse(&c, argc, argv);
	c.record.arguments = words;
	verbose = c.verbose;
	libbpf_set_print(print_libbpf);
	if (ret) {
		ret--;
	} else if (!words) {
		cli_error("out of memory");
		ret = EXIT_FAILED;
	} else {
		ret = run_command_line(&c);
	}
	command_line_free(&c);
	free(words);
	return ret;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "command_line.h"
#include "printer.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/event.h"
#include "format/tool/cli.h"
#include "format/tool/option_table.h"

static const char doc[] =
	"Records every kernel function that matching packets pass through, into a .pwrt file that pwru-show "
	"and pwru-diff read anywhere.\v"
	"The filter is a pcap-filter(7) expression. Recording ends at a limit, with Ctrl-C, or with COMMAND, unless --on-failure runs it; "
	"the file is complete in every case. While the output takes no data, a second Ctrl-C discards what is not written yet.\n\n"
	"Exit status: 0 recorded; 1 recorded, but events were lost or the disk filled up; 2 failed.\n\n"
	"Examples:\n"
	"  pwru-record -o good.pwrt 'icmp and host 192.0.2.1' -- ping -c1 192.0.2.1\n"
	"  pwru-record -d 30s 'tcp port 443'";

/* Limits of a recording without any: one that is forgotten must not fill the disk. */
#define DEFAULT_NS 600000000000u
#ifndef DEFAULT_BYTES /* a test has a smaller one */
#define DEFAULT_BYTES (1u << 30)
#endif
/* Percent of the time of all CPUs for probes that stay attached, and that nothing ends. */
#define DEFAULT_OVERHEAD 25
/* --on-drop: functions are attached a seventh of the time at most, which waits_mostly() checks. */
#define HOLD_NS 10000000000u
#define REST_NS 60000000000u
#define HOLD_EVENTS 100000
#define EVERY_NS 10000000000u /* --on-failure */
#define EVERY_NS_MIN 100000000u
#define KEEP_BYTES (64u << 20)
/* The numbers in messages and help. */
_Static_assert(NR_FIELDS_MAX == 8 && SNAPLEN_MAX == 384, "numbers in messages");
#define ROTATE_BYTES_MIN (256u << 10) /* each file has the kernel's functions, too */

/* A decimal number, or a hexadecimal one after "0x"; *at is behind it then. */
static bool parse_u32(const char **at, uint32_t *v)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(*at, &end, cli_base(*at));
	if (end == *at || errno || **at == '-' || n > UINT32_MAX)
		return false;
	*at = end;
	*v = (uint32_t)n;
	return true;
}

static error_t set_mark(const struct option_row *row, void *member, const char *text,
			struct argp_state *state)
{
	struct meta_filter *meta = member;
	const char *at = text;
	bool good;

	meta->mark_mask = UINT32_MAX;
	good = parse_u32(&at, &meta->mark);
	if (good && *at == '/') {
		at++;
		good = parse_u32(&at, &meta->mark_mask);
	}
	return good && !*at && meta->mark_mask ?
		       0 :
		       cli_usage(state, "--%s: '%s' is not a mark, nor MARK/MASK", row->name, text);
}

static error_t set_backend(const struct option_row *row, void *member, const char *text,
			   struct argp_state *state)
{
	int i;

	for (i = 0; backend_names[i] && strcmp(text, backend_names[i]); i++)
		;
	*(enum backend *)member = (enum backend)i;
	return backend_names[i] ?
		       0 :
		       cli_usage(state,
				 "--%s: '%s' is not auto, trampolines, kprobe-multi or kprobe",
				 row->name, text);
}

static error_t add_field(const struct option_row *row, void *arguments, const char *text,
			 struct argp_state *state)
{
	struct command_line *c = arguments;

	if (c->nr_fields == NR_FIELDS_MAX)
		return cli_usage(state, "--%s: '%s' is one too many: 8 at most", row->name, text);
	c->fields[c->nr_fields++] = (char *)(uintptr_t)text;
	return 0;
}

static error_t add_test(const struct option_row *row, void *member, const char *text,
			struct argp_state *state)
{
	char **tests = member, *all = NULL;

	if (asprintf(&all, "%s%s%s", *tests ? *tests : "", *tests ? " && " : "", text) < 0)
		return cli_usage(state, "--%s: '%s' does not fit: out of memory", row->name, text);
	free(*tests);
	*tests = all;
	return 0;
}

static error_t set_print(const struct option_row *row, void *member, const char *text,
			 struct argp_state *state)
{
	const char **view = member;
	size_t i;

	*view = text;
	if (!*text)
		return 0; /* choose_view() */
	for (i = 0; (*view = printer_view(i)); i++)
		if (!strcmp(*view, text))
			return 0;
	return cli_usage(state, "--%s: '%s' is not hops, packets, drops, drop-table or events",
			 row->name, text);
}

static error_t set_filter_at(const struct option_row *row, void *member, const char *text,
			     struct argp_state *state)
{
	bool *entry = member;

	*entry = !strcmp(text, "entry");
	return *entry || !strcmp(text, "every") ?
		       0 :
		       cli_usage(state, "--%s: '%s' is not every or entry", row->name, text);
}

static error_t set_sample(const struct option_row *row, void *member, const char *text,
			  struct argp_state *state)
{
	uint32_t *sample = member;
	const char *at = text + 2;

	if (!strncmp(text, "1/", 2) && parse_u32(&at, sample) && !*at && *sample)
		return 0;
	return cli_usage(state, "--%s: '%s' is not 1/N, as 1/100", row->name, text);
}

static error_t set_percent(const struct option_row *row, void *member, const char *text,
			   struct argp_state *state)
{
	double *percent = member;
	char *end;

	*percent = strtod(text, &end);
	if (isdigit((unsigned char)*text) && !*end &&
	    ((*percent >= 0.01 && *percent <= 100) || *percent == 0))
		return 0;
	return cli_usage(state, "--%s: '%s' is not a percentage from 0.01 to 100, nor 0", row->name,
			 text);
}

static error_t set_drops(const struct option_row *row, void *arguments, const char *text,
			 struct argp_state *state)
{
	struct command_line *c = arguments;

	c->drops = true;
	c->record.all_drops = !strcmp(text, "all");
	return !*text || c->record.all_drops ?
		       0 :
		       cli_usage(state, "--%s: '%s' is not all", row->name, text);
}

static error_t set_keep(const struct option_row *row, void *member, const char *text,
			struct argp_state *state)
{
	struct pwrt_diag d = { 0 };

	if (keep_rules_parse(member, text, &d) == 0)
		return 0;
	return cli_usage(state, "--%s: %s", row->name, d.text);
}

#define AT(member) .at = offsetof(struct command_line, member)
#define IS_LIMIT .given = offsetof(struct command_line, limited)
#define IS_WINDOW .given = offsetof(struct command_line, window_given)

static const struct option_row rows[] = {
	{ OPTION_GROUP, .help = "Output:" },
	{ OPTION_TEXT, 'o', "output", "FILE",
	  "Write to FILE, - for standard output (default: pwru-HOST-TIME.pwrt)", AT(record.path) },
	{ OPTION_FLAG, 0, "force", NULL, "Replace an existing file", AT(record.force) },
	{ OPTION_CUSTOM, 0, "print", "VIEW",
	  "Print packets when they end, instead of writing a file, or as well with --output: hops (default), packets, drops or events; drop-table is a table of drops, printed again each second, and the default with --drops on a terminal",
	  AT(print), .set = set_print, .preset = "" },
	{ OPTION_GROUP,
	  .help = "Limits (default: a file of 1 GiB without --max-size, 10 minutes without any limit or a COMMAND without --on-failure):" },
	{ OPTION_TIME, 'd', "duration", "TIME", "Stop after TIME (10, 500ms, 5m, 1h); 0: no limit",
	  AT(record.duration_ns), .noun = "a time", IS_LIMIT },
	{ OPTION_U64, 'c', "max-events", "EVENTS", "Stop after EVENTS events",
	  AT(record.max_events), .noun = "a number of events", .min = 1, .max = UINT64_MAX,
	  IS_LIMIT },
	{ OPTION_OLD_NAME, .name = "count", .arg = "EVENTS" },
	{ OPTION_BYTES, 0, "max-size", "SIZE",
	  "Stop when the file has SIZE bytes (K, M, G); up to 32,768 buffered events follow; 0: no limit",
	  AT(record.max_bytes), .noun = "a size",
	  .given = offsetof(struct command_line, size_given) },
	{ OPTION_U32, 0, "rotate", "N",
	  "At --max-size continue in another file, FILE.00001.pwrt and so on, and keep the last N files",
	  AT(record.rotate), .noun = "a number of files", .min = 1, .max = 99999 },
	{ OPTION_CUSTOM, 0, "max-overhead", "PERCENT",
	  "When the probes run more than PERCENT of the time of all CPUs, give up returns, then functions, then flows, and end at last (default 25 for a recording of functions that no COMMAND and no time ends; with --on-... where these may record more than a seventh of the time); 0: no limit",
	  AT(record.max_overhead), .set = set_percent,
	  .given = offsetof(struct command_line, overhead_given) },
	{ OPTION_GROUP, .help = "Functions and contents to record:" },
	{ OPTION_CUSTOM, 0, "drops", "all",
	  "Record only drops, without function probes: reason, place, headers, device, socket and kernel stack; all: also those that are no loss",
	  .set = set_drops, .preset = "" },
	{ OPTION_TEXT, 0, "on-drop", "REASONS",
	  "Record drops alone, and after a drop the whole way of packets of the same service: any drop that is a loss, or one of these reasons, with commas",
	  AT(record.aiming.reasons), .preset = "" },
	{ OPTION_FLAG, 0, "on-retransmission", NULL,
	  "The same after a TCP retransmission: also of a SYN or SYN-ACK that gets no answer",
	  AT(record.aiming.on_retransmission) },
	{ OPTION_FLAG, 0, "on-reset", NULL, "The same after a TCP reset was received",
	  AT(record.aiming.on_reset) },
	{ OPTION_TIME, 0, "on-unanswered", "TIME",
	  "The same after a request got no answer for TIME (default 1s), be it of this host or forwarded: a SYN, a DNS question (UDP port 53), an echo request",
	  AT(record.aiming.unanswered_ns), .noun = "a time of 10ms or more", .preset = "1s",
	  .min = 10000000, .max = 3600000000000 },
	{ OPTION_FLAG, 0, "on-signal", NULL,
	  "The same after SIGUSR1, also during --rest, for all packets that match PCAP-FILTER",
	  AT(record.aiming.on_signal) },
	{ OPTION_FLAG, 0, "on-failure", NULL,
	  "The same after COMMAND failed, which runs again and again and does not end the recording: a health check",
	  AT(record.aiming.on_failure) },
	{ OPTION_TIME, 0, "every", "TIME",
	  "With --on-failure: run COMMAND each TIME (default 10s); a run that takes as long fails, too, after a second at the earliest",
	  AT(record.every_ns), .noun = "a time of 100ms or more", .min = EVERY_NS_MIN,
	  .max = UINT64_MAX, .given = offsetof(struct command_line, every_given) },
	{ OPTION_TIME, 0, "hold", "TIME",
	  "With --on-...: record that service for TIME (default 10s)", AT(record.aiming.hold_ns),
	  .noun = "a time", IS_WINDOW },
	{ OPTION_TIME, 0, "rest", "TIME",
	  "With --on-...: then take no other trigger for TIME (default 1m)",
	  AT(record.aiming.rest_ns), .noun = "a time", IS_WINDOW },
	{ OPTION_U64, 0, "hold-events", "EVENTS",
	  "With --on-...: record at most EVENTS events in that time (default 100000)",
	  AT(record.aiming.max_events), .noun = "a number of events", .min = 1, .max = UINT64_MAX,
	  IS_WINDOW },
	{ OPTION_TEXT, 0, "profile", "NAME|FILE",
	  "Trace the functions of a profile: full (default), milestones, drops, or those in FILE, one name or pattern a line",
	  AT(record.profile) },
	{ OPTION_TEXT, 0, "filter-func", "REGEX",
	  "Trace only functions whose whole name matches REGEX", AT(record.targets.func_regex) },
	{ OPTION_TEXT, 0, "kmods", "LIST",
	  "Trace functions of these modules only, a comma-separated list (default: all loaded modules)",
	  AT(record.targets.modules) },
	{ OPTION_FLAG, 0, "all-kmods", NULL,
	  "Trace functions of all loaded modules too: the default",
	  AT(record.targets.all_modules) },
	{ OPTION_FLAG, 0, "no-kmods", NULL,
	  "Trace no functions of modules, except those whose return values are recorded",
	  AT(no_kmods) },
	{ OPTION_TEXT, 0, "trace-returns", "REGEX",
	  "Also record return values of functions whose whole name matches REGEX",
	  AT(record.targets.returns) },
	{ OPTION_OLD_NAME, .name = "returns", .arg = "REGEX" },
	{ OPTION_FLAG, 0, "no-return-values", NULL,
	  "Do not record return values, verdicts, routes or sockets",
	  AT(record.targets.no_returns) },
	{ OPTION_OLD_NAME, .name = "no-returns" },
	{ OPTION_TEXT, 0, "non-skb-funcs", "REGEX",
	  "Also trace functions without an skb argument whose whole name matches REGEX, where they are called for a packet",
	  AT(record.targets.non_skb_funcs) },
	{ OPTION_FLAG, 0, "bpf-helpers", NULL,
	  "Also trace helper functions that BPF programs call for a packet",
	  AT(record.targets.bpf_helpers) },
	{ OPTION_TEXT, 0, "trace-tc", "REGEX",
	  "Also trace tc programs (BPF) and their verdicts: all, or those whose whole name matches REGEX",
	  AT(record.programs.names[PROGRAM_TC]), .preset = ".*" },
	{ OPTION_TEXT, 0, "trace-xdp", "REGEX",
	  "Also trace XDP programs and their verdicts, and packets that have no skb yet",
	  AT(record.programs.names[PROGRAM_XDP]), .preset = ".*" },
	{ OPTION_FLAG, 0, "stack", NULL, "Also record the kernel stack of each event",
	  AT(record.stack) },
	{ OPTION_U32, 0, "snaplen", "BYTES",
	  "Also record up to BYTES bytes of each packet, 384 at most (default: headers only)",
	  AT(record.snaplen), .noun = "a number from 1 to 384", .min = 1, .max = SNAPLEN_MAX },
	{ OPTION_CUSTOM, 0, "field", "EXPR",
	  "Also record the value of EXPR with each event: skb->hash, skb->dev->mtu, shinfo->gso_size (up to 8 options)",
	  .set = add_field, .flags = CLI_LIST },
	{ OPTION_FLAG, 0, "dump-skb", NULL,
	  "Also record every member of struct sk_buff, whenever it changes", AT(record.skb) },
	{ OPTION_OLD_NAME, .name = "skb" },
	{ OPTION_GROUP, .help = "Packets, in addition to PCAP-FILTER:" },
	{ OPTION_TEXT, 0, "filter-tunnel", "EXPR",
	  "Also record packets whose inner headers match EXPR, a pcap expression: VXLAN, Geneve, GRE, IP-in-IP",
	  AT(record.tunnel) },
	{ OPTION_TEXT, 0, "filter-netns", "NETNS",
	  "Only packets first seen in this network namespace: NAME, PATH or inode:N", AT(netns) },
	{ OPTION_TEXT, 0, "filter-ifname", "NAME",
	  "Only packets first seen on this device of that namespace, or of the recorder's",
	  AT(ifname) },
	{ OPTION_CUSTOM, 0, "filter-mark", "MARK[/MASK]",
	  "Only packets with this skb->mark when first seen", AT(record.meta), .set = set_mark },
	{ OPTION_CUSTOM, 0, "filter-field", "TEST",
	  "Only packets for which TEST holds when first seen: skb->len > 1000, skb->dev->mtu == 1500 (up to 8 options, all must hold); xdp->... tests XDP frames",
	  AT(tests), .set = add_test, .flags = CLI_LIST },
	{ OPTION_CUSTOM, 0, "filter-at", "every|entry",
	  "Apply the filter in every function (default), or only where packets enter a part of the kernel: cheaper, but some packets begin later",
	  AT(record.targets.filter_at_entry), .set = set_filter_at },
	{ OPTION_CUSTOM, 0, "sample", "1/N",
	  "Only one flow in N, both directions: the same flows on each host", AT(record.sample),
	  .set = set_sample },
	{ OPTION_CUSTOM, 0, "keep", "EXPR",
	  "Write only packets that meet one of these conditions, whole and with their copies: dropped, dropped:REASON, rule:TABLE/CHAIN, netns:NAME, slower:5ms, reset, retransmitted, unanswered, latency>5ms, len>=1400, hops>20; commas separate them",
	  AT(record.keep.rules), .set = set_keep },
	{ OPTION_U32, 0, "keep-before", "N",
	  "With --keep: also the N packets of the same conversation before such a packet",
	  AT(record.keep.before), .noun = "a number of packets", .min = 1, .max = 10000 },
	{ OPTION_U32, 0, "keep-sample", "N", "With --keep: also one in N of the other packets",
	  AT(record.keep.sample), .noun = "a number of packets", .min = 1, .max = UINT32_MAX },
	{ OPTION_BYTES, 0, "keep-memory", "SIZE",
	  "With --keep: hold SIZE bytes of packets whose fate is open (default 64M)",
	  AT(record.keep.bytes), .noun = "a size from 1M to 4G", .min = KEEP_BYTES_MIN,
	  .max = 4ull << 30, .given = offsetof(struct command_line, keep_memory_given) },
	{ OPTION_FLAG, 0, "exclude-ssh", NULL, "Exclude packets of the current ssh session",
	  AT(no_ssh) },
	{ OPTION_FLAG, 0, "no-track", NULL,
	  "Record an event only if its own headers match; do not track packets",
	  AT(record.meta.no_track) },
	{ OPTION_FLAG, 0, "track-by-stack", NULL,
	  "Also track packets that the kernel makes in response: RST, ICMP errors, ACK",
	  AT(record.targets.alloc_func) },
	{ OPTION_GROUP, .help = "Operation:" },
	{ OPTION_CUSTOM, 0, "backend", "auto|trampolines|kprobe-multi|kprobe",
	  "Attach in this way (default: auto, kprobe-multi where the kernel has it); "
	  "trampolines are cheaper to pass, slower to attach, and may skip a call (7.2)",
	  AT(record.backend), .set = set_backend },
	{ OPTION_TEXT, 0, "kernel-btf", "FILE",
	  "Read the BTF of the running kernel from FILE (default: /sys/kernel/btf/vmlinux)",
	  AT(record.kernel_btf) },
	{ OPTION_BYTES, 0, "ring-size", "SIZE",
	  "Size of the ring buffers of all CPUs together (default 64M, less where memory is short)",
	  AT(record.ring_bytes), .noun = "a size from 4K to 1G", .min = 4096, .max = 1 << 30 },
	{ OPTION_U32, 0, "nice", "N",
	  "Run at nice value N while the ring buffers have room (default 19; 0 disables)",
	  AT(record.nice), .noun = "a nice value from 0 to 19", .min = 0, .max = 19 },
	{ OPTION_FLAG, 0, "stats", NULL,
	  "Print events, losses and ring buffer fill level on standard error each second",
	  AT(stats) },
	{ OPTION_FLAG, 0, "dry-run", NULL,
	  "Print each function and whether it would be attached; do not record", AT(dry_run) },
	{ OPTION_FLAG, 'v', "verbose", NULL, "Print messages of libbpf and of the verifier",
	  AT(verbose) },
	{ .kind = OPTION_END },
};

static struct argp_option argp_options[sizeof(rows) / sizeof(rows[0])];

/* Returns whether drops alone are recorded: --drops, or --profile drops. */
static bool records_drops_alone(const struct record_options *o)
{
	return o->profile && !strcmp(o->profile, "drops");
}

/*
 * Returns whether functions are attached no more often, and for no more events, than with the
 * defaults of --hold, --rest and --hold-events. A signal ends a rest.
 */
static bool waits_mostly(const struct aiming_options *a)
{
	return aiming_is_wanted(a) && !a->on_signal && a->max_events <= HOLD_EVENTS &&
	       a->hold_ns <= a->rest_ns / (REST_NS / HOLD_NS);
}

/* Returns whether functions are attached much of the time, and not only after a rare trigger. */
static bool traces_often(const struct record_options *o)
{
	return !records_drops_alone(o) && !waits_mostly(&o->aiming);
}

/* Makes --drops the profile that it stands for. Returns 0 or an error of argp. */
static error_t set_drops_profile(struct command_line *c, struct argp_state *state)
{
	if (!c->drops)
		return 0;
	if (c->record.profile && !records_drops_alone(&c->record))
		return cli_usage(state,
				 "--drops traces no function: not with --profile %s, which does",
				 cli_escape(c->record.profile));
	c->record.profile = "drops";
	return 0;
}

static void set_default_limits(struct command_line *c)
{
	struct record_options *o = &c->record;

	const bool writes = !c->print || o->path, is_file = !o->path || strcmp(o->path, "-");
	const bool own_size = c->size_given || o->rotate;
	const bool ends = o->command && !o->aiming.on_failure; /* with COMMAND */

	c->default_limits = writes && !ends && !c->limited && !own_size;
	o->size_by_default = writes && is_file && !own_size;
	if (c->default_limits)
		o->duration_ns = DEFAULT_NS;
	if (o->size_by_default)
		o->max_bytes = DEFAULT_BYTES;
	o->overhead_by_default = !ends && !o->duration_ns && traces_often(o) &&
				 !o->programs.names[PROGRAM_XDP] && !c->overhead_given;
	if (o->overhead_by_default)
		o->max_overhead = DEFAULT_OVERHEAD;
}

/* Returns an option that a recording of drops alone has no use for; NULL: none is given. */
static const char *option_without_functions(const struct command_line *c)
{
	const struct record_options *o = &c->record;
	const struct {
		const char *name;
		bool given;
	} options[] = {
		{ "--filter-func", o->targets.func_regex },
		{ "--kmods", o->targets.modules },
		{ "--trace-returns", o->targets.returns },
		{ "--non-skb-funcs", o->targets.non_skb_funcs },
		{ "--bpf-helpers", o->targets.bpf_helpers },
		{ "--trace-tc", o->programs.names[PROGRAM_TC] },
		{ "--trace-xdp", o->programs.names[PROGRAM_XDP] },
		{ "--snaplen", o->snaplen },
		{ "--field", c->nr_fields },
		{ "--dump-skb", o->skb },
		{ "--no-track", o->meta.no_track },
		{ "--filter-at entry", o->targets.filter_at_entry },
		{ "--track-by-stack", o->targets.alloc_func },
		{ "--stack, which every drop has", o->stack },
	};
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].given)
			return options[i].name;
	return NULL;
}

/* Checks the options of triggers, and those that choose flows. Returns 0 or an error of argp. */
static error_t check_triggers(struct command_line *c, struct argp_state *state)
{
	const struct record_options *o = &c->record;
	const bool aims = aiming_is_wanted(&o->aiming), xdp = o->programs.names[PROGRAM_XDP];

	if (aims && (o->meta.no_track || records_drops_alone(o)))
		return cli_usage(state, "--on-drop and the like attach to functions: not with "
					"--drops or --no-track");
	if (aims && xdp)
		return cli_usage(state, "--on-drop and the like: not with --trace-xdp, which "
					"records all frames");
	if (!aims && c->window_given)
		return cli_usage(state, "--hold, --rest and --hold-events need --on-drop or "
					"another --on-... option");
	if (o->aiming.on_failure && !o->command)
		return cli_usage(state, "--on-failure needs a COMMAND to run: "
					"pwru-record --on-failure -- curl -sf http://192.0.2.7/");
	if (!o->aiming.on_failure && c->every_given)
		return cli_usage(state, "--every needs --on-failure");
	if ((o->aiming.on_retransmission || o->aiming.on_reset) &&
	    (c->ifname || o->meta.mark_mask || c->tests))
		return cli_usage(state, "--on-retransmission and --on-reset see connections, not "
					"packets: not with --filter-ifname, --filter-mark or "
					"--filter-field");
	if ((o->sample > 1 || o->max_overhead > 0) && xdp)
		return cli_usage(state, "--%s: not with --trace-xdp, which records all frames",
				 o->sample > 1 ? "sample" : "max-overhead");
	return 0;
}

/* Checks the options of --keep. Returns 0 or an error of argp. */
static error_t check_keep(struct command_line *c, struct argp_state *state)
{
	const struct record_options *o = &c->record;

	if (o->keep.rules.text && (o->meta.no_track || aiming_is_wanted(&o->aiming)))
		return cli_usage(state, "--keep decides about whole packets: not with --no-track, "
					"--on-drop or the like");
	if (o->keep.rules.rules && (o->targets.no_returns || records_drops_alone(o)))
		return cli_usage(state,
				 "--keep rule:RULE needs functions and their returns: not with "
				 "--drops or --no-return-values");
	if (records_drops_alone(o) && keep_rules_need_path(&o->keep.rules))
		return cli_usage(state, "--keep: a time and hops>N need functions: not with "
					"--drops, which records a packet at one moment");
	if (!o->keep.rules.text && (o->keep.before || o->keep.sample || c->keep_memory_given))
		return cli_usage(state, "--keep-before, --keep-sample and --keep-memory need "
					"--keep EXPR");
	return 0;
}

/* Chooses the view of --print without an argument. */
static void choose_view(struct command_line *c)
{
	if (!c->print || *c->print)
		return;
	if (!records_drops_alone(&c->record))
		c->print = "hops";
	else
		c->print = isatty(STDOUT_FILENO) ? "drop-table" : "drops";
}

/* Checks the options together. */
static error_t check(struct command_line *c, struct argp_state *state)
{
	struct record_options *o = &c->record;
	const char *useless = option_without_functions(c);
	error_t ret;

	if (records_drops_alone(o) && useless)
		return cli_usage(state, "--drops traces no function: not with %s", useless);
	ret = check_triggers(c, state);
	if (!ret)
		ret = check_keep(c, state);
	if (ret)
		return ret;
	if (c->no_kmods && (o->targets.modules || o->targets.all_modules))
		return cli_usage(state, "--no-kmods: not with --kmods or --all-kmods");
	if (o->targets.filter_at_entry && o->meta.no_track)
		return cli_usage(state, "--no-track applies the filter at each event: not with "
					"--filter-at entry");
	if (o->targets.alloc_func && (o->meta.no_track || o->targets.no_returns))
		return cli_usage(state, "--track-by-stack follows what functions return: not with "
					"--no-track or --no-return-values");
	if (c->print && (o->rotate || (o->path && !strcmp(o->path, "-"))))
		return cli_usage(state, "--print: not with --output - or --rotate; pwru-show "
					"prints the files of --rotate");
	if (o->rotate && (!o->max_bytes || (o->path && !strcmp(o->path, "-"))))
		return cli_usage(state, "--rotate needs --max-size, and a file to write to");
	if (o->rotate && o->max_bytes < ROTATE_BYTES_MIN)
		return cli_usage(state, "--rotate: every file holds the kernel's functions too, so "
					"--max-size must be 256K or more");
	choose_view(c);
	o->live = c->print || (o->path && !strcmp(o->path, "-"));
	if (c->print && !o->path)
		o->path = "-";
	o->targets.all_modules |= !c->no_kmods && !o->targets.modules;
	o->targets.programs = o->programs.names[PROGRAM_TC] || o->programs.names[PROGRAM_XDP];
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct command_line *c = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		/* The words after "--" are COMMAND. */
		if (state->quoted && state->next > state->quoted) {
			c->record.command = &state->argv[state->next - 1];
			state->next = state->argc;
			return 0;
		}
		c->filter[c->nr_filter++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (set_drops_profile(c, state))
			return EINVAL;
		set_default_limits(c);
		return check(c, state);
	}
	return option_table_set(rows, argp_options, key, arg, state, c);
}

int command_line_parse(struct command_line *c, int argc, char **argv)
{
	static const struct argp argp = {
		argp_options, parse, "[PCAP-FILTER...] [-- COMMAND [ARG...]]", doc, NULL,
		NULL,	      NULL,
	};

	*c = (struct command_line){ .record.nice = 19,
				    .record.every_ns = EVERY_NS,
				    .record.keep.bytes = KEEP_BYTES,
				    .record.aiming = { .hold_ns = HOLD_NS,
						       .rest_ns = REST_NS,
						       .max_events = HOLD_EVENTS } };
	c->filter = calloc((size_t)argc + 1, sizeof(char *));
	if (!c->filter) {
		cli_error("out of memory");
		return EXIT_FAILED + 1;
	}
	c->record.fields = c->fields;
	option_table_argp(rows, argp_options);
	return cli_parse(&argp, argc, argv, c);
}

void command_line_free(struct command_line *c)
{
	free(c->filter);
	free(c->tests);
}

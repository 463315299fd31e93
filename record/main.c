/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* pwru-record: the command line, and everything it says. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture.h"
#include "command.h"
#include "format/tool/cli.h"
#include "format/tool/expr.h"
#include "record/kernel/netns.h"
#include "session.h"
#include "ssh_session.h"
#include "stop.h"

static const char doc[] =
	"Records every kernel function that matching packets pass through, into a .pwrt file that pwru-show "
	"and pwru-diff read anywhere.\v"
	"The filter is a pcap-filter(7) expression. Recording ends with COMMAND, at a limit, or with Ctrl-C; "
	"the file is complete in every case. While the output takes no data, a second Ctrl-C gives up the rest.\n\n"
	"Exit: 0 recorded, 1 recorded but look (events were lost, or the disk filled up), 2 could not.\n\n"
	"Examples:\n"
	"  pwru-record -o good.pwrt 'icmp and host 192.0.2.1' -- ping -c1 192.0.2.1\n"
	"  pwru-record -d 30s 'tcp port 443'";

enum {
	OPT_FORCE = 256,
	OPT_MAX_SIZE,
	OPT_ROTATE,
	OPT_BACKEND,
	OPT_FUNC,
	OPT_KMODS,
	OPT_ALL_KMODS,
	OPT_NO_KMODS,
	OPT_BTF,
	OPT_RING,
	OPT_DRY_RUN,
	OPT_NETNS,
	OPT_IFNAME,
	OPT_MARK,
	OPT_NO_TRACK,
	OPT_BY_STACK,
	OPT_STATS,
	OPT_RETURNS,
	OPT_NO_RETURNS,
	OPT_SSH,
	OPT_STACK,
	OPT_FIELD,
	OPT_SKB,
	OPT_TUNNEL,
	OPT_TC,
	OPT_XDP,
	OPT_TEST,
	OPT_OTHERS,
	OPT_HELPERS,
	OPT_SNAPLEN,
	OPT_NICE
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "Output:", 1 },
	{ "output", 'o', "FILE", 0,
	  "Write to FILE, - for standard output (default: pwru-HOST-TIME.pwrt)", 1 },
	{ "force", OPT_FORCE, NULL, 0, "Write over an existing file", 1 },
	{ NULL, 0, NULL, 0,
	  "Limits (10 minutes and 1 GiB, unless one of these options or COMMAND is given):", 2 },
	{ "duration", 'd', "TIME", 0, "Stop after TIME (10, 500ms, 5m, 1h); 0: no limit", 2 },
	{ "count", 'c', "EVENTS", 0, "Stop after EVENTS events", 2 },
	{ "max-size", OPT_MAX_SIZE, "SIZE", 0,
	  "Stop when the file has SIZE bytes (K, M, G); up to 32,768 buffered events follow; 0: no limit",
	  2 },
	{ "rotate", OPT_ROTATE, "N", 0,
	  "At --max-size go on in another file, FILE.00001.pwrt and so on, and keep the last N",
	  2 },
	{ NULL, 0, NULL, 0, "What is traced:", 3 },
	{ "filter-func", OPT_FUNC, "REGEX", 0, "Only functions whose whole name matches", 3 },
	{ "kmods", OPT_KMODS, "LIST", 0,
	  "Of modules only functions of these (comma-separated; default: of all loaded modules)",
	  3 },
	{ "all-kmods", OPT_ALL_KMODS, NULL, 0, "Also functions of all loaded modules: the default",
	  3 },
	{ "no-kmods", OPT_NO_KMODS, NULL, 0,
	  "No functions of modules, except those whose return values are recorded", 3 },
	{ "returns", OPT_RETURNS, "REGEX", 0,
	  "Also record return values of functions whose whole name matches", 3 },
	{ "no-returns", OPT_NO_RETURNS, NULL, 0,
	  "Do not record return values, verdicts, routes or sockets", 3 },
	{ "non-skb-funcs", OPT_OTHERS, "REGEX", 0,
	  "Also functions that take no skb, where they are called for a packet", 3 },
	{ "bpf-helpers", OPT_HELPERS, NULL, 0,
	  "Also helper functions that BPF programs call for a packet", 3 },
	{ "trace-tc", OPT_TC, "REGEX", OPTION_ARG_OPTIONAL,
	  "Also tc programs (BPF) and their verdicts: all, or those whose whole name matches", 3 },
	{ "trace-xdp", OPT_XDP, "REGEX", OPTION_ARG_OPTIONAL,
	  "Also XDP programs and their verdicts, and packets that have no skb yet", 3 },
	{ "stack", OPT_STACK, NULL, 0, "Also the kernel stack of each event", 3 },
	{ "snaplen", OPT_SNAPLEN, "BYTES", 0,
	  "Also up to BYTES bytes of each packet, 384 at most (default: headers only)", 3 },
	{ "field", OPT_FIELD, "EXPR", CLI_LIST,
	  "Also the value of EXPR with each event: skb->hash, skb->dev->mtu, shinfo->gso_size (up to 8)",
	  3 },
	{ "skb", OPT_SKB, NULL, 0, "Also every member of struct sk_buff, whenever it changes", 3 },
	{ NULL, 0, NULL, 0, "Packets, in addition to PCAP-FILTER:", 4 },
	{ "filter-tunnel", OPT_TUNNEL, "EXPR", 0,
	  "Also packets with a match of EXPR, a pcap expression, inside VXLAN, Geneve, GRE or IP-in-IP",
	  4 },
	{ "filter-netns", OPT_NETNS, "NETNS", 0,
	  "Only packets first seen in this network namespace: NAME, PATH or inode:N", 4 },
	{ "filter-ifname", OPT_IFNAME, "NAME", 0,
	  "Only packets first seen on this device of that namespace, or of the recorder's", 4 },
	{ "filter-mark", OPT_MARK, "MARK[/MASK]", 0,
	  "Only packets with this skb->mark when first seen", 4 },
	{ "filter-field", OPT_TEST, "TEST", CLI_LIST,
	  "Only packets for which TEST holds when first seen: skb->len > 1000, skb->dev->mtu == 1500 (up to 8, all must hold); xdp->... tests frames",
	  4 },
	{ "exclude-ssh", OPT_SSH, NULL, 0, "Exclude packets of the current ssh session", 4 },
	{ "no-track", OPT_NO_TRACK, NULL, 0,
	  "Record an event only if its own headers match; do not track packets", 4 },
	{ "track-by-stack", OPT_BY_STACK, NULL, 0,
	  "Also track packets that the kernel makes in response: RST, ICMP errors, ACK", 4 },
	{ NULL, 0, NULL, 0, "How:", 5 },
	{ "backend", OPT_BACKEND, "NAME", 0, "auto, kprobe-multi or kprobe", 5 },
	{ "kernel-btf", OPT_BTF, "FILE", 0, "BTF of the running kernel, where it has none in /sys",
	  5 },
	{ "ring-size", OPT_RING, "SIZE", 0,
	  "Ring buffers between kernel and recorder, all CPUs together (default 64M, less where memory is short)",
	  5 },
	{ "nice", OPT_NICE, "N", 0,
	  "Run at nice value N while the ring buffers have room (default 19; 0 disables)", 5 },
	{ "stats", OPT_STATS, NULL, 0,
	  "Print events, losses and ring buffer fill level on standard error each second", 5 },
	{ "dry-run", OPT_DRY_RUN, NULL, 0,
	  "Print each function and whether it would be attached; do not record", 5 },
	{ "verbose", 'v', NULL, 0, "Print messages of libbpf and of the verifier", 5 },
	{ 0 },
};

/* A recording that is forgotten must not fill the disk. */
#define DEFAULT_NS 600000000000u
#define DEFAULT_BYTES (1u << 30)

struct arguments {
	struct record_options s;
	char **filter;
	size_t nr_filter;
	const char *netns, *ifname;
	char *fields[NR_FIELDS_MAX + 1];
	size_t nr_fields;
	char *tests; /* of all --filter-field, or NULL */
	bool dry_run, stats, no_ssh, no_kmods;
	bool limited; /* the user gave a limit, if only 0 */
};

static bool verbose;
static bool has_default_limits; /* the user gave none */

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

/* "MARK" or "MARK/MASK". */
static bool parse_mark(const char *at, struct meta_filter *meta)
{
	meta->mark_mask = UINT32_MAX;
	if (!parse_u32(&at, &meta->mark))
		return false;
	if (*at == '/') {
		at++;
		if (!parse_u32(&at, &meta->mark_mask))
			return false;
	}
	return !*at && meta->mark_mask;
}

/* All of them must hold. */
static bool add_test(struct arguments *a, const char *text)
{
	char *both = NULL;

	if (asprintf(&both, "%s%s%s", a->tests ? a->tests : "", a->tests ? " && " : "", text) < 0)
		return false;
	free(a->tests);
	a->tests = both;
	return true;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	uint64_t n;
	int i;

	if (cli_is_repeated(state, options, key))
		return EINVAL;
	switch (key) {
	case 'o':
		a->s.path = arg;
		return 0;
	case OPT_FORCE:
		a->s.force = true;
		return 0;
	case 'd':
		a->limited = true;
		return cli_duration(arg, &a->s.duration_ns) ?
			       0 :
			       cli_usage(state, "--duration: '%s' is not a time", arg);
	case 'c':
		a->limited = true;
		return cli_u64(arg, &a->s.max_events) && a->s.max_events ?
			       0 :
			       cli_usage(state, "--count: '%s' is not a number of events", arg);
	case OPT_MAX_SIZE:
		a->limited = true;
		return cli_size(arg, &a->s.max_bytes) ?
			       0 :
			       cli_usage(state, "--max-size: '%s' is not a size", arg);
	case OPT_ROTATE:
		if (!cli_u64(arg, &n) || !n || n > 99999)
			return cli_usage(state, "--rotate: '%s' is not a number of files", arg);
		a->s.rotate = (uint32_t)n;
		return 0;
	case OPT_RING:
		return cli_size(arg, &a->s.ring_bytes) && a->s.ring_bytes >= 4096 &&
				       a->s.ring_bytes <= 1 << 30 ?
			       0 :
			       cli_usage(state, "--ring-size: '%s' is not a size from 4K to 1G",
					 arg);
	case OPT_NICE:
		if (!cli_u64(arg, &n) || n > 19)
			return cli_usage(state, "--nice: '%s' is not a nice value from 0 to 19",
					 arg);
		a->s.nice = (int)n;
		return 0;
	case OPT_BACKEND:
		for (i = 0; backend_names[i]; i++)
			if (!strcmp(arg, backend_names[i]))
				break;
		a->s.backend = (enum backend)i;
		return backend_names[i] ? 0 : cli_usage(state, "--backend: no backend '%s'", arg);
	case OPT_FUNC:
		a->s.targets.func_regex = arg;
		return 0;
	case OPT_KMODS:
		a->s.targets.modules = arg;
		return 0;
	case OPT_ALL_KMODS:
		a->s.targets.all_modules = true;
		return 0;
	case OPT_NO_KMODS:
		a->no_kmods = true;
		return 0;
	case OPT_RETURNS:
		a->s.targets.returns = arg;
		return 0;
	case OPT_OTHERS:
		a->s.targets.non_skb_funcs = arg;
		return 0;
	case OPT_HELPERS:
		a->s.targets.bpf_helpers = true;
		return 0;
	case OPT_SNAPLEN:
		if (!cli_u64(arg, &n) || !n || n > SNAPLEN_MAX)
			return cli_usage(state, "--snaplen: '%s' is not a number from 1 to %d", arg,
					 SNAPLEN_MAX);
		a->s.snaplen = (uint32_t)n;
		return 0;
	case OPT_TC:
		a->s.programs.names[PROGRAM_TC] = arg ? arg : ".*";
		return 0;
	case OPT_XDP:
		a->s.programs.names[PROGRAM_XDP] = arg ? arg : ".*";
		return 0;
	case OPT_NO_RETURNS:
		a->s.targets.no_returns = true;
		return 0;
	case OPT_BTF:
		a->s.kernel_btf = arg;
		return 0;
	case OPT_NETNS:
		a->netns = arg;
		return 0;
	case OPT_IFNAME:
		a->ifname = arg;
		return 0;
	case OPT_MARK:
		return parse_mark(arg, &a->s.meta) ?
			       0 :
			       cli_usage(state, "--filter-mark: '%s' is not a mark, nor MARK/MASK",
					 arg);
	case OPT_NO_TRACK:
		a->s.meta.no_track = true;
		return 0;
	case OPT_BY_STACK:
		a->s.targets.alloc_func = true;
		return 0;
	case OPT_STACK:
		a->s.stack = true;
		return 0;
	case OPT_FIELD:
		if (a->nr_fields == NR_FIELDS_MAX)
			return cli_usage(state, "--field: no more than %d", NR_FIELDS_MAX);
		a->fields[a->nr_fields++] = arg;
		return 0;
	case OPT_SKB:
		a->s.skb = true;
		return 0;
	case OPT_TEST:
		return add_test(a, arg) ? 0 : cli_usage(state, "out of memory");
	case OPT_TUNNEL:
		a->s.tunnel = arg;
		return 0;
	case OPT_SSH:
		a->no_ssh = true;
		return 0;
	case OPT_STATS:
		a->stats = true;
		return 0;
	case OPT_DRY_RUN:
		a->dry_run = true;
		return 0;
	case 'v':
		verbose = true;
		return 0;
	case ARGP_KEY_ARG:
		/* What follows "--" is the command. */
		if (state->quoted && state->next > state->quoted) {
			a->s.command = &state->argv[state->next - 1];
			state->next = state->argc;
			return 0;
		}
		a->filter[a->nr_filter++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (a->no_kmods && (a->s.targets.modules || a->s.targets.all_modules))
			return cli_usage(state, "--no-kmods: not with --kmods or --all-kmods");
		a->s.targets.all_modules |= !a->no_kmods && !a->s.targets.modules;
		a->s.targets.programs = a->s.programs.names[PROGRAM_TC] ||
					a->s.programs.names[PROGRAM_XDP];
		has_default_limits = !a->s.command && !a->limited && !a->s.rotate;
		if (has_default_limits) {
			a->s.duration_ns = DEFAULT_NS;
			a->s.max_bytes = DEFAULT_BYTES;
		}
		if (a->s.targets.alloc_func && (a->s.meta.no_track || a->s.targets.no_returns))
			return cli_usage(state, "--track-by-stack follows what functions return: "
						"not with --no-track or --no-returns");
		if (a->s.rotate && (!a->s.max_bytes || (a->s.path && !strcmp(a->s.path, "-"))))
			return cli_usage(state,
					 "--rotate needs --max-size, and a file to write to");
		if (a->s.rotate && a->s.max_bytes < 256 << 10)
			return cli_usage(state, "--rotate: every file holds the kernel's functions "
						"too, so --max-size must be 256K or more");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

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

static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
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

static void show_recording(size_t functions, size_t refused, double seconds, const char *backend,
			   const char *path)
{
	cli_error(
		"recording to %s: attached to %zu functions in %.1f s (%s, %zu not traceable or left out)%s",
		path, functions, seconds, backend, refused,
		has_default_limits    ? "; ends after 10 minutes, at 1 GiB, or with Ctrl-C" :
		isatty(STDERR_FILENO) ? "; Ctrl-C ends" :
					"");
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
		return EXIT_COULD_NOT;
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
	return cli_finish_stdout() ? EXIT_DONE : EXIT_COULD_NOT;
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

static void show_blocked(void)
{
	cli_error("the recording is over, but the output takes no data: another Ctrl-C gives up");
}

/* The names become numbers. */
static int find_place(struct arguments *a)
{
	struct pwrt_diag d = { 0 };
	int ret = 0;

	if (a->netns || a->ifname)
		ret = netns_find(&a->s.meta.netns, a->netns, &d);
	if (ret == 0 && a->ifname)
		ret = netns_ifindex(&a->s.meta.ifindex, a->netns, a->ifname, &d);
	if (ret < 0)
		cli_error("%s", d.text);
	return ret;
}

/* What the user wants, without what --exclude-ssh does not. NULL: it has been said why. */
static char *make_filter(const struct arguments *a)
{
	char *text = expr_join(a->filter, a->nr_filter), *both = NULL, ssh[256];
	struct pwrt_diag d = { 0 };

	if (!text)
		cli_error("out of memory");
	if (!text || !a->no_ssh)
		return text;
	if (ssh_exclude(ssh, sizeof(ssh), &d) < 0)
		cli_error("%s", d.text);
	else if (asprintf(&both, *text ? "(%s) and %s" : "%s%s", text, ssh) < 0)
		cli_error("out of memory");
	free(text);
	return both;
}

/* Does the name promise a file that libpcap reads? */
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
static void command_words(char *buf, size_t len, const char *name, const struct session_result *res)
{
	int status = res->command_status;

	*buf = '\0';
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

static int run(const struct record_options *o, bool stats)
{
	const struct session_ui ui = { show_attaching, show_recording, stats ? show_stats : NULL,
				       show_small_rings, show_blocked };
	struct session_result res;
	struct pwrt_diag d = { 0 };
	char bytes[32], command[128];
	int ret;

	if (is_pcap_name(o->path))
		cli_error("%s will be a .pwrt file: pwru-show reads it, and tcpdump does not",
			  o->path);
	catch_signals();
	ret = session_run(o, &ui, &res, &d);
	if (ret < 0)
		cli_error("%s", d.text);
	if (ret < 0 && !res.saved)
		return EXIT_COULD_NOT;
	human_bytes(bytes, sizeof(bytes), res.bytes);
	if (res.files > 1)
		cli_error("%u files were written, and the last %u kept", res.files,
			  res.files < o->rotate ? res.files : o->rotate);
	command_words(command, sizeof(command), o->command ? o->command[0] : "", &res);
	if (has_default_limits && res.end && strstr(res.end, "limit"))
		cli_error("the default %s ended the recording (-d 0: no limits)", res.end);
	cli_error("%s%llu events, %llu packets, %llu lost, %s, %s%s",
		  ret < 0 ? "saved what there was: " : "", (unsigned long long)res.events,
		  (unsigned long long)res.packets, (unsigned long long)(res.lost + res.untracked),
		  bytes, res.path, command);
	if (res.probes_left)
		cli_error(
			"the probes are disarmed; a child removes %zu definitions in the background",
			res.probes_left);
	return ret < 0 || res.lost || res.untracked ? EXIT_LOOK : EXIT_DONE;
}

/* False, after a message, when the filter cannot be read. A word that is a program is perhaps the
 * COMMAND. */
static bool check_filter(const struct arguments *a, const char *filter)
{
	struct pwrt_diag d = { 0 }, ignored = { 0 };
	struct expr *e = NULL;
	size_t i = 1;

	if (!*filter || expr_compile(&e, filter, &d) == 0) {
		expr_free(e);
		return true;
	}
	while (i < a->nr_filter && command_check(a->filter[i], &ignored) < 0)
		i++;
	if (i < a->nr_filter)
		cli_error("%s; if %s is the COMMAND, write -- before it", d.text,
			  cli_safe(a->filter[i]));
	else
		cli_error("%s", d.text);
	return false;
}

static int parse_and_run(struct arguments *a, int argc, char **argv)
{
	static const struct argp argp = {
		options, parse, "[PCAP-FILTER...] [-- COMMAND [ARG...]]", doc, NULL, NULL, NULL,
	};
	char *filter;
	int ret = cli_parse(&argp, argc, argv, a);

	if (ret)
		return ret - 1;
	libbpf_set_print(print_libbpf);
	filter = make_filter(a);
	if (!filter)
		return EXIT_COULD_NOT;
	a->s.filter = filter;
	a->s.fields = a->fields;
	a->s.tests = a->tests;
	if (!check_filter(a, filter) || find_place(a) < 0)
		ret = EXIT_COULD_NOT;
	else
		ret = a->dry_run ? dry_run(&a->s) : run(&a->s, a->stats);
	free(filter);
	return ret;
}

int main(int argc, char **argv)
{
	struct arguments a = { .s = { .nice = 19 } };
	char *arguments;
	int ret = capture_child_main(argc, argv);

	if (ret >= 0)
		return ret;
	a.filter = calloc((size_t)argc + 1, sizeof(char *));
	arguments = expr_join(argv, (size_t)argc);
	a.s.arguments = arguments;
	if (a.filter && arguments) {
		ret = parse_and_run(&a, argc, argv);
	} else {
		cli_error("out of memory");
		ret = EXIT_COULD_NOT;
	}
	free(arguments);
	free(a.tests);
	free(a.filter);
	return ret;
}

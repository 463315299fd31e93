/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "preflight.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/kernel/tracefs.h"

#define FIRST_USERNS 0xeffffffdu /* PROC_USER_INIT_INO, include/linux/proc_ns.h */
#define BIT(cap) (1ull << (cap))

static bool has(const struct preflight_facts *f, unsigned int cap)
{
	return f->caps & BIT(cap);
}

/* kernel/capability.c: the older CAP_SYS_ADMIN stands for these two (bpf_capable(),
 * perfmon_capable()). */
static bool lacks_bpf(const struct preflight_facts *f)
{
	return !has(f, CAP_BPF) && !has(f, CAP_SYS_ADMIN);
}

static bool lacks_perfmon(const struct preflight_facts *f)
{
	return !has(f, CAP_PERFMON) && !has(f, CAP_SYS_ADMIN);
}

/* kallsyms_show_value(), kernel/ksyms_common.c */
static bool lacks_syslog(const struct preflight_facts *f)
{
	return !has(f, CAP_SYSLOG) && (f->kptr_restrict || f->perf_event_paranoid > 1);
}

static bool lacks_read(const struct preflight_facts *f)
{
	return !f->reads_tracefs && !has(f, CAP_DAC_READ_SEARCH) && !has(f, CAP_DAC_OVERRIDE);
}

static bool lacks_write(const struct preflight_facts *f)
{
	return f->uses_kprobes && !f->writes_tracefs && !has(f, CAP_DAC_OVERRIDE);
}

static const struct {
	bool (*lacks)(const struct preflight_facts *f);
	const char *name;
} capabilities[] = {
	{ lacks_bpf, "CAP_BPF" },
	{ lacks_perfmon, "CAP_PERFMON" },
	{ lacks_syslog, "CAP_SYSLOG" },
	{ lacks_read, "CAP_DAC_READ_SEARCH" },
	{ lacks_write, "CAP_DAC_OVERRIDE" }, /* kprobe_events belongs to root */
};

#define NR_CAPABILITIES (sizeof(capabilities) / sizeof(capabilities[0]))

static bool lacks_some(const struct preflight_facts *f)
{
	size_t i;

	for (i = 0; i < NR_CAPABILITIES; i++)
		if (capabilities[i].lacks(f))
			return true;
	return false;
}

static void name_missing(const struct preflight_facts *f, char *buf, size_t len)
{
	size_t i, n = (size_t)snprintf(buf, len, "no permission to trace: run as root, or add");

	for (i = 0; i < NR_CAPABILITIES && n < len; i++)
		if (capabilities[i].lacks(f))
			n += (size_t)snprintf(buf + n, len - n, " %s", capabilities[i].name);
}

static bool in_userns(const struct preflight_facts *f)
{
	return f->in_userns;
}

static bool is_confidential(const struct preflight_facts *f)
{
	return f->is_confidential;
}

static bool hides_addresses(const struct preflight_facts *f)
{
	return f->kptr_restrict >= 2;
}

static bool ftrace_is_off(const struct preflight_facts *f)
{
	return !f->ftrace_enabled;
}

static bool kprobes_are_off(const struct preflight_facts *f)
{
	return f->uses_kprobes && !f->kprobes_enabled;
}

/* Problem and remedy, worst first: the first that applies is shown. */
static const struct {
	bool (*applies)(const struct preflight_facts *f);
	const char *text; /* NULL: name_missing() */
} problems[] = {
	{ in_userns, "the capabilities of a user namespace do not allow tracing: run as root "
		     "outside of it" },
	{ is_confidential,
	  "the kernel is locked down (confidentiality) and allows no tracing: boot "
	  "with lockdown=integrity, or without lockdown" },
	{ lacks_some, NULL },
	{ hides_addresses, "kernel.kptr_restrict is 2 and hides the kernel's addresses: run sysctl "
			   "kernel.kptr_restrict=1" },
	{ ftrace_is_off, "kernel.ftrace_enabled is 0, so that no probe would run: run sysctl "
			 "kernel.ftrace_enabled=1" },
	{ kprobes_are_off, "kprobes are disabled, so that no probe would run: write 1 into "
			   "/sys/kernel/debug/kprobes/enabled" },
};

bool preflight_problem(const struct preflight_facts *f, char *buf, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(problems) / sizeof(problems[0]); i++) {
		if (!problems[i].applies(f))
			continue;
		if (problems[i].text)
			snprintf(buf, len, "%s", problems[i].text);
		else
			name_missing(f, buf, len);
		return true;
	}
	return false;
}

/* The text of a small file of the kernel; "" when it cannot be read. */
static void read_text(const char *path, char *buf, size_t len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, buf, len - 1) : 0;

	buf[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

static unsigned int read_number(const char *path, unsigned int otherwise)
{
	char text[32];

	read_text(path, text, sizeof(text));
	return *text ? (unsigned int)strtol(text, NULL, 10) : otherwise;
}

bool preflight_ftrace_enabled(void)
{
	return read_number("/proc/sys/kernel/ftrace_enabled", 1);
}

/* Checks that this file of tracefs can be read. A missing file is reported elsewhere. */
static bool tracefs_allows(const char *name, int how)
{
	struct pwrt_diag ignored;
	const char *dir = tracefs_dir(&ignored);
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir ? dir : "", name);
	return !dir || !faccessat(AT_FDCWD, path, how, AT_EACCESS) || errno != EACCES;
}

static uint64_t effective(void)
{
	uint64_t caps = 0;
	unsigned int cap;

	if (capng_get_caps_process())
		return UINT64_MAX; /* the kernel will say what is missing */
	for (cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (capng_have_capability(CAPNG_EFFECTIVE, cap))
			caps |= BIT(cap);
	return caps;
}

int preflight_check(bool uses_kprobes, struct pwrt_diag *d)
{
	struct preflight_facts f = { .uses_kprobes = uses_kprobes, .caps = effective() };
	char text[256];
	struct stat st;

	f.in_userns = !stat("/proc/self/ns/user", &st) && st.st_ino != FIRST_USERNS;
	/* "none integrity [confidentiality]": the one in force is in brackets. */
	read_text("/sys/kernel/security/lockdown", text, sizeof(text));
	f.is_confidential = strstr(text, "[confidentiality]");
	f.reads_tracefs = tracefs_allows("available_filter_functions", R_OK);
	f.writes_tracefs = tracefs_allows("kprobe_events", W_OK);
	f.kptr_restrict = read_number("/proc/sys/kernel/kptr_restrict", 1);
	f.perf_event_paranoid = read_number("/proc/sys/kernel/perf_event_paranoid", 2);
	f.ftrace_enabled = preflight_ftrace_enabled();
	f.kprobes_enabled = read_number("/sys/kernel/debug/kprobes/enabled", 1);
	return preflight_problem(&f, text, sizeof(text)) ?
		       pwrt_fail(d, PWRT_EINVAL, 0, "%s", text) :
		       0;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Without these two the kernel takes a caller of bpf(2) for an unprivileged one. */
static const unsigned int for_bpf[] = { CAP_BPF, CAP_SYS_ADMIN };

/* Puts them out of effect, or those that were in effect back. */
static bool set_for_bpf(const bool had[2], bool on)
{
	int i;

	for (i = 0; i < 2; i++)
		if (had[i] &&
		    capng_update(on ? CAPNG_ADD : CAPNG_DROP, CAPNG_EFFECTIVE, for_bpf[i]))
			return false;
	return capng_apply(CAPNG_SELECT_CAPS) == 0;
}

/*
 * Does every call of bpf(2) need CAP_BPF, be it to read a map? Until 5.19 it did, where
 * kernel.unprivileged_bpf_disabled is set (kernel/bpf/syscall.c, __sys_bpf()). Found out by a call
 * that fails in any case: EBADF shows that the kernel looked at the descriptor.
 */
static bool bpf_needs_it(void)
{
	union bpf_attr attr = { .map_fd = UINT32_MAX };
	bool had[2], denied;
	int i;

	for (i = 0; i < 2; i++)
		had[i] = capng_have_capability(CAPNG_EFFECTIVE, for_bpf[i]);
	if (!set_for_bpf(had, false))
		return true;
	denied = syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr)) && errno == EPERM;
	return !set_for_bpf(had, true) || denied;
}

static bool keep(const unsigned int *caps, size_t nr)
{
	bool had[8];
	size_t i;

	for (i = 0; i < nr; i++)
		had[i] = capng_have_capability(CAPNG_PERMITTED, caps[i]);
	capng_clear(CAPNG_SELECT_BOTH);
	for (i = 0; i < nr; i++)
		if (had[i] && capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, caps[i]))
			return false;
	/* Nothing that is executed from here gets them back. */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return capng_apply(CAPNG_SELECT_CAPS) == 0;
}

bool privileges_drop(bool rotating, bool arming)
{
	unsigned int caps[8];
	size_t nr = 0;

	if (capng_get_caps_process())
		return false;
	caps[nr++] = CAP_SYS_PTRACE;
	caps[nr++] = CAP_DAC_READ_SEARCH;
	/* perf_event_open(2): where perf_event_paranoid is 3, Debian's 6.1 asks for CAP_SYS_ADMIN. */
	if (arming) {
		caps[nr++] = CAP_PERFMON;
		caps[nr++] = CAP_SYS_ADMIN;
	}
	if (bpf_needs_it())
		caps[nr++] = CAP_BPF;
	if (rotating)
		caps[nr++] = CAP_DAC_OVERRIDE; /* a folder that belongs to another user */
	return keep(caps, nr);
}

bool privileges_drop_all(void)
{
	return capng_get_caps_process() == 0 && keep(NULL, 0);
}

#include "privileges.h"

#include <cap-ng.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

/* Until 5.19 every call of bpf(2) wants it, be it to read a map: kernel/bpf/syscall.c. */
static bool bpf_needs_it(void)
{
	unsigned int major, minor;
	struct utsname u;

	return uname(&u) || sscanf(u.release, "%u.%u", &major, &minor) != 2 || major < 5 ||
	       (major == 5 && minor < 19);
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

bool privileges_drop(bool rotating)
{
	unsigned int caps[6];
	size_t nr = 0;

	if (capng_get_caps_process())
		return false;
	caps[nr++] = CAP_SYS_PTRACE;
	caps[nr++] = CAP_DAC_READ_SEARCH;
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

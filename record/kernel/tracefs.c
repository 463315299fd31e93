/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/vfs.h>

static bool is_tracefs(const char *dir)
{
	struct statfs st;

	return !statfs(dir, &st) && (unsigned long)st.f_type == TRACEFS_MAGIC;
}

const char *tracefs_dir(struct pwrt_diag *d)
{
	static const char *const places[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	static const char *found;
	size_t i;

	for (i = 0; !found && i < 2; i++)
		if (is_tracefs(places[i]))
			found = places[i];
	if (found)
		return found;
	if (!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) &&
	    !mount("tracefs", places[0], "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL)) {
		found = places[0];
		return found;
	}
	pwrt_fail(d, PWRT_ESYS, 0,
		  "tracefs is not mounted on %s, and to mount it takes CAP_SYS_ADMIN", places[0]);
	return NULL;
}

FILE *tracefs_open(const char *name, struct pwrt_diag *d)
{
	const char *dir = tracefs_dir(d);
	char path[256];
	FILE *f;

	if (!dir)
		return NULL;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "re");
	if (!f && errno == EPERM)
		pwrt_fail(d, PWRT_ESYS, 0,
			  "%s: the kernel is locked down, or a container's profile forbids it",
			  path);
	else if (!f)
		pwrt_fail(d, PWRT_ESYS, 0, "%s", path);
	return f;
}

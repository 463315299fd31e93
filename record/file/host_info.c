/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "host_info.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The first line of a file, "" when there is none. */
static void first_line(const char *path, char *buf, int len)
{
	FILE *f = fopen(path, "re");

	*buf = '\0';
	if (f && !fgets(buf, len, f))
		*buf = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	if (f)
		fclose(f);
}

int host_info_write(struct pwrt_writer *w, struct pwrt_diag *d)
{
	char boot_id[64], cpus[16], page[16];
	struct utsname u;

	uname(&u);
	first_line("/proc/sys/kernel/random/boot_id", boot_id, sizeof(boot_id));
	snprintf(cpus, sizeof(cpus), "%d", get_nprocs_conf());
	snprintf(page, sizeof(page), "%ld", sysconf(_SC_PAGESIZE));
	const struct pwrt_info info[] = {
		{ "kernel.release", u.release },
		{ "kernel.version", u.version },
		{ "kernel.arch", u.machine },
		{ "kernel.page_size", page },
		{ "host", u.nodename },
		{ "boot_id", boot_id },
		{ "cpus", cpus },
	};

	return pwrt_writer_info(w, info, sizeof(info) / sizeof(info[0]), d);
}

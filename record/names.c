#include "names.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static bool has_inode(const char *path, uint32_t inum)
{
	struct stat st;

	return !stat(path, &st) && st.st_ino == inum;
}

const char *names_netns(uint32_t inum)
{
	static const char *const folders[] = { "/run/netns", "/var/run/netns" };
	static char name[256];
	char path[512];
	struct dirent *e;
	size_t i;
	DIR *dir;

	for (i = 0; i < 2; i++) {
		dir = opendir(folders[i]);
		while (dir && (e = readdir(dir))) {
			snprintf(path, sizeof(path), "%s/%s", folders[i], e->d_name);
			if (e->d_name[0] == '.' || !has_inode(path, inum))
				continue;
			snprintf(name, sizeof(name), "%s", e->d_name);
			closedir(dir);
			return name;
		}
		if (dir)
			closedir(dir);
	}
	/* kthreadd, of which every kernel thread is a child, lives in the first namespace. */
	if (has_inode("/proc/2/ns/net", inum))
		return "init";
	dir = opendir("/proc");
	while (dir && (e = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%s/ns/net", e->d_name);
		if (e->d_name[0] < '0' || e->d_name[0] > '9' || !has_inode(path, inum))
			continue;
		snprintf(name, sizeof(name), "pid:%.16s", e->d_name);
		closedir(dir);
		return name;
	}
	if (dir)
		closedir(dir);
	return "";
}

static uint64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t names_now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

struct pwrt_clock names_clock(void)
{
	uint64_t before = clock_ns(CLOCK_MONOTONIC), real = clock_ns(CLOCK_REALTIME),
		 after = clock_ns(CLOCK_MONOTONIC);

	return (struct pwrt_clock){ .mono_ns = before + (after - before) / 2,
				    .real_ns = real,
				    .within_ns = after - before };
}

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

int names_write_modules(struct pwrt_writer *w, struct pwrt_diag *d)
{
	FILE *f = fopen("/proc/modules", "re");
	unsigned long long size, addr;
	char *line = NULL, name[64];
	size_t cap = 0;
	int ret = 0;

	/* NAME SIZE USERS BY STATE ADDRESS */
	while (f && ret == 0 && getline(&line, &cap, f) > 0)
		if (sscanf(line, "%63s %llu %*s %*s %*s 0x%llx", name, &size, &addr) == 3)
			ret = pwrt_writer_module(
				w,
				&(struct pwrt_module){ .name = name, .addr = addr, .size = size },
				d);
	free(line);
	if (f)
		fclose(f);
	return ret;
}

int names_write_system(struct pwrt_writer *w, struct pwrt_diag *d)
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

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

struct pwrt_clock names_clock(void)
{
	struct timespec mono, real;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_REALTIME, &real);
	return (struct pwrt_clock){
		.mono_ns = (uint64_t)mono.tv_sec * 1000000000u + (uint64_t)mono.tv_nsec,
		.real_ns = (uint64_t)real.tv_sec * 1000000000u + (uint64_t)real.tv_nsec,
	};
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

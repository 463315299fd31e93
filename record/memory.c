/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "memory.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The files of one version of control groups, and where its groups are. */
struct version {
	const char *top;
	const char *limits[3]; /* NULL-terminated */
	const char *usage;
	const char *file_pages[2]; /* keys of memory.stat */
};

static const struct version second = { "/sys/fs/cgroup",
				       { "memory.max", "memory.high", NULL },
				       "memory.current",
				       { "inactive_file", "active_file" } };
static const struct version first = { "/sys/fs/cgroup/memory",
				      { "memory.limit_in_bytes", NULL },
				      "memory.usage_in_bytes",
				      { "total_inactive_file", "total_active_file" } };

/* The number in a file of a group; false where there is none ("max"), or no such file. */
static bool read_number(const char *folder, const char *name, uint64_t *n)
{
	char path[PATH_MAX + 64], line[64], *end = line;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		*line = '\0';
	fclose(f);
	errno = 0;
	*n = strtoull(line, &end, 10);
	return isdigit((unsigned char)*line) && !errno && (!*end || *end == '\n');
}

/* The number behind a key of a file with "KEY NUMBER" lines ("KEY: NUMBER kB", too); 0: none. */
static uint64_t read_key(const char *path, const char *key)
{
	size_t n = strlen(key);
	uint64_t value = 0;
	char line[256];
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, n) && (line[n] == ' ' || line[n] == ':'))
			value = strtoull(line + n + 1, NULL, 10);
	if (f)
		fclose(f);
	return value;
}

static void lower(struct memory_room *r, uint64_t bytes, const char *what)
{
	if (bytes >= r->bytes)
		return;
	r->bytes = bytes;
	snprintf(r->what, sizeof(r->what), "%s", what);
}

/* Lowers the room by the limits of one group. */
static void look_at_group(struct memory_room *r, const struct version *v, const char *folder)
{
	uint64_t limit, used = 0, file = 0;
	char path[PATH_MAX + 64];
	int i;

	read_number(folder, v->usage, &used);
	snprintf(path, sizeof(path), "%s/memory.stat", folder);
	for (i = 0; i < 2; i++)
		file += read_key(path, v->file_pages[i]);
	used -= file < used ? file : used;
	for (i = 0; v->limits[i]; i++)
		if (read_number(folder, v->limits[i], &limit))
			lower(r, limit > used ? limit - used : 0, v->limits[i]);
}

/* The group and all above it. A group that is not to be seen from here is passed over. */
static void look_at_groups(struct memory_room *r, const struct version *v, const char *root,
			   const char *group)
{
	char path[PATH_MAX];
	size_t top = (size_t)snprintf(path, sizeof(path), "%s%s", root, v->top);
	char *slash;

	snprintf(path + top, sizeof(path) - top, "%s", group);
	for (;;) {
		look_at_group(r, v, path);
		slash = strrchr(path + top, '/');
		if (!slash)
			break;
		*slash = '\0';
	}
}

/* Returns whether the controller "memory" is in this comma-separated list. */
static bool has_memory(char *list)
{
	char *save = NULL, *word;

	for (word = strtok_r(list, ",", &save); word; word = strtok_r(NULL, ",", &save))
		if (!strcmp(word, "memory"))
			return true;
	return false;
}

/* A line of /proc/self/cgroup: "NUMBER:CONTROLLERS:GROUP", without controllers the second version. */
static void take_line(struct memory_room *r, const char *root, char *line)
{
	char *controllers = strchr(line, ':'),
	     *end = controllers ? strchr(controllers + 1, ':') : NULL;
	const char *group;

	if (!end)
		return;
	*end = '\0';
	controllers++;
	/* "/" is the top itself; "/.." is above what this namespace sees. */
	group = !strcmp(end + 1, "/") || !strncmp(end + 1, "/..", 3) ? "" : end + 1;
	if (!*controllers)
		look_at_groups(r, &second, root, group);
	else if (has_memory(controllers))
		look_at_groups(r, &first, root, group);
}

void memory_find_room(struct memory_room *r, const char *root)
{
	char path[PATH_MAX], line[PATH_MAX];
	uint64_t kib;
	FILE *f;

	*r = (struct memory_room){ .bytes = UINT64_MAX };
	snprintf(path, sizeof(path), "%s/proc/meminfo", root);
	kib = read_key(path, "MemAvailable");
	if (kib)
		lower(r, kib * 1024, "MemAvailable");
	snprintf(path, sizeof(path), "%s/proc/self/cgroup", root);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		take_line(r, root, line);
	}
	if (f)
		fclose(f);
}

/* Returns the bytes of the rings and of the auxiliary ring: aux_ring_fit(). */
static uint64_t with_aux_ring(uint64_t rings)
{
	return rings + rings / 8;
}

uint64_t memory_fit_rings(uint64_t bytes, uint64_t least, uint64_t other, uint64_t room)
{
	uint64_t fit = 1;

	if (other <= room && with_aux_ring(bytes) <= room - other)
		return bytes;
	while (fit * 2 < bytes)
		fit *= 2;
	for (; fit >= least; fit /= 2)
		if (other <= room && with_aux_ring(fit) <= room - other)
			return fit;
	return 0;
}

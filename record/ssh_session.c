/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "ssh_session.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/tool/cli.h"

#define NAME "SSH_CONNECTION"
#define ANCESTORS_MAX 32

/* The value of a variable in the environment that a process began with; false: it has none. */
static bool environ_of(pid_t pid, char *value, size_t len)
{
	char path[64], *line = NULL;
	bool found = false;
	size_t cap = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (!found && getdelim(&line, &cap, '\0', f) > 0) {
		found = !strncmp(line, NAME "=", sizeof(NAME));
		if (found)
			snprintf(value, len, "%s", line + sizeof(NAME));
	}
	free(line);
	fclose(f);
	return found;
}

/* 0: there is none. */
static pid_t parent_of(pid_t pid)
{
	char path[64], line[512], *at;
	long parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	/* "PID (COMM) STATE PPID", and anything may be in a name. */
	if (fgets(line, sizeof(line), f) && (at = strrchr(line, ')')) && strlen(at) > 4)
		parent = strtol(at + 4, NULL, 10);
	fclose(f);
	return parent > 0 && parent <= INT_MAX ? (pid_t)parent : 0;
}

/*
 * An address, of which the zone is cut off ("fe80::1%eth0"): a packet has none, and libpcap takes
 * none.
 */
static bool take_address(char *text)
{
	uint8_t addr[16];

	if (strchr(text, ':'))
		text[strcspn(text, "%")] = '\0';
	return inet_pton(AF_INET, text, addr) == 1 || inet_pton(AF_INET6, text, addr) == 1;
}

static bool is_port(const char *text)
{
	uint64_t n;

	return cli_u64(text, &n) && n && n <= UINT16_MAX;
}

int ssh_filter(char *buf, size_t len, const char *value, struct pwrt_diag *d)
{
	/* sshd(8): client's address and port, server's address and port */
	enum { CLIENT, CLIENT_PORT, SERVER, SERVER_PORT, NR_WORDS };
	char copy[256], *word[NR_WORDS + 1], *save = NULL;
	int i;

	snprintf(copy, sizeof(copy), "%s", value);
	for (i = 0; i <= NR_WORDS; i++)
		word[i] = i && !word[i - 1] ? NULL : strtok_r(i ? NULL : copy, " ", &save);
	if (!word[SERVER_PORT] || word[NR_WORDS] || !take_address(word[CLIENT]) ||
	    !take_address(word[SERVER]) || !is_port(word[CLIENT_PORT]) ||
	    !is_port(word[SERVER_PORT]))
		return pwrt_fail(
			d, PWRT_EINVAL, 0,
			"--exclude-ssh: " NAME " is not two addresses with ports: '%.100s'", value);
	snprintf(buf, len, "not (tcp and host %s and host %s and port %s and port %s)",
		 word[CLIENT], word[SERVER], word[CLIENT_PORT], word[SERVER_PORT]);
	return 0;
}

int ssh_exclude(char *buf, size_t len, struct pwrt_diag *d)
{
	char value[256] = "";
	pid_t pid = getpid();
	unsigned int i;

	for (i = 0; i < ANCESTORS_MAX && pid > 0; i++, pid = parent_of(pid))
		if (environ_of(pid, value, sizeof(value)))
			break;
	if (!*value)
		return pwrt_fail(
			d, PWRT_EINVAL, 0,
			"--exclude-ssh: no ssh session (" NAME
			" is set neither here nor in the processes that this one comes from)");
	return ssh_filter(buf, len, value, d);
}

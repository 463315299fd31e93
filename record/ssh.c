#include "ssh.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	int parent = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	/* "PID (COMM) STATE PPID", and anything may be in a name. */
	if (fgets(line, sizeof(line), f) && (at = strrchr(line, ')')) &&
	    sscanf(at + 1, " %*c %d", &parent) != 1)
		parent = 0;
	fclose(f);
	return parent;
}

static bool is_address(const char *text)
{
	uint8_t addr[16];

	return inet_pton(AF_INET, text, addr) == 1 || inet_pton(AF_INET6, text, addr) == 1;
}

int ssh_exclude(char *buf, size_t len, struct pwrt_diag *d)
{
	char value[256] = "", client[64], server[64], rest;
	unsigned int client_port, server_port, i;
	pid_t pid = getpid();

	for (i = 0; i < ANCESTORS_MAX && pid > 0; i++, pid = parent_of(pid))
		if (environ_of(pid, value, sizeof(value)))
			break;
	if (!*value)
		return pwrt_fail(
			d, PWRT_EARG, 0,
			"--exclude-ssh: no ssh session (" NAME
			" is set neither here nor in the processes that this one comes from)");
	/* sshd(8): client's address and port, server's address and port */
	if (sscanf(value, "%63s %u %63s %u %c", client, &client_port, server, &server_port,
		   &rest) != 4 ||
	    !is_address(client) || !is_address(server) || client_port > UINT16_MAX ||
	    server_port > UINT16_MAX)
		return pwrt_fail(d, PWRT_EARG, 0,
				 "--exclude-ssh: " NAME " makes no sense: '%.100s'", value);
	snprintf(buf, len, "not (tcp and host %s and host %s and port %u and port %u)", client,
		 server, client_port, server_port);
	return 0;
}

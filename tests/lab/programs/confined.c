/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lab-confined PORT: receives UDP datagrams as a task that AppArmor confines. Its profile refuses
 * packets with a security mark, whatever the mark, and minds nothing else.
 *
 * The parser that Debian has knows no rules about marks, so the profile is put together here as the
 * kernel reads it: security/apparmor/policy_unpack.c, unpack_profile() and unpack_secmark().
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#define PROFILE "lab-confined"
#define LSM_FS "/sys/kernel/security"

/* enum aa_code */
enum {
	U8 = 0,
	U32 = 2,
	NAME = 4,
	STRING = 5,
	STRUCT = 7,
	STRUCT_END = 8,
	ARRAY = 11,
	ARRAY_END = 12
};

static uint8_t policy[512];
static size_t len;

static void byte(unsigned int v)
{
	policy[len++] = (uint8_t)v;
}

static void little(uint32_t v, unsigned int bytes)
{
	for (; bytes; bytes--, v >>= 8)
		byte(v);
}

static void text(unsigned int code, const char *s)
{
	byte(code);
	little((uint32_t)strlen(s) + 1, 2);
	memcpy(policy + len, s, strlen(s) + 1);
	len += strlen(s) + 1;
}

static void number(uint32_t v)
{
	byte(U32);
	little(v, 4);
}

static void flag(unsigned int v)
{
	byte(U8);
	byte(v);
}

static void begin(const char *name)
{
	text(NAME, name);
	byte(STRUCT);
}

static void make_policy(void)
{
	int i;

	text(NAME, "version");
	number(5);
	begin("profile");
	text(STRING, PROFILE);
	begin("flags");
	for (i = 0; i < 3; i++) /* no hat, enforced, not audited */
		number(0);
	byte(STRUCT_END);
	for (i = 0; i < 4; i++) /* capabilities: allowed, audited, quiet, extended */
		number(0);
	begin("secmark");
	byte(ARRAY);
	little(1, 2);
	flag(0); /* audit */
	flag(1); /* deny */
	text(STRING, "*");
	byte(ARRAY_END);
	byte(STRUCT_END);
	byte(STRUCT_END);
}

/* All of it in one call: the kernel takes a policy in no other way. */
static int put(const char *path, const void *p, size_t n)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, p, n) != (ssize_t)n) {
		perror(path);
		return -1;
	}
	return close(fd);
}

int main(int argc, char **argv)
{
	static const char change[] = "changeprofile " PROFILE;
	struct sockaddr_in to = { .sin_family = AF_INET };
	char datagram[2048];
	int s;

	if (argc != 2)
		return 2;
	if (access(LSM_FS "/apparmor", F_OK))
		mount("securityfs", LSM_FS, "securityfs", 0, NULL);
	make_policy();
	if (put(LSM_FS "/apparmor/.replace", policy, len) ||
	    put("/proc/self/attr/apparmor/current", change, sizeof(change) - 1))
		return 2;
	to.sin_port = htons((uint16_t)atoi(argv[1]));
	s = socket(AF_INET, SOCK_DGRAM, 0);
	if (s < 0 || bind(s, (struct sockaddr *)&to, sizeof(to))) {
		perror("lab-confined");
		return 2;
	}
	fprintf(stderr, "confined, port %s\n", argv[1]);
	while (recv(s, datagram, sizeof(datagram), 0) >= 0)
		;
	return 1;
}

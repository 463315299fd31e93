/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "format/tool/cli.h"

#define BY_INODE "inode:"

/* The file that is the namespace; in buf where it has to be made up. */
static const char *path_of(const char *text, char buf[PATH_MAX])
{
	if (!text)
		return "/proc/self/ns/net";
	if (strchr(text, '/'))
		return text;
	snprintf(buf, PATH_MAX, "/run/netns/%s", text); /* ip-netns(8) */
	return buf;
}

/*
 * Returns a descriptor of the network namespace that text names, or PWRT_EINVAL. Every namespace is
 * a file of nsfs, and only the kernel can make one; NS_GET_NSTYPE distinguishes the kinds
 * (fs/nsfs.c, ns_ioctl()). O_NONBLOCK: a FIFO has to be refused, too.
 */
static int netns_open(const char *text, struct pwrt_diag *d)
{
	char buf[PATH_MAX];
	const char *path = path_of(text, buf);
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0)
		return pwrt_fail(d, PWRT_EINVAL, 0, "cannot open network namespace %s: %s", path,
				 strerror(errno));
	if (!fstatfs(fd, &fs) && fs.f_type == NSFS_MAGIC &&
	    ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET)
		return fd;
	close(fd);
	return pwrt_fail(d, PWRT_EINVAL, 0,
			 "%s is not a network namespace: give a name of `ip netns`, "
			 "/proc/PID/ns/net or inode:N",
			 path);
}

int netns_find(uint32_t *inum, const char *text, struct pwrt_diag *d)
{
	struct stat st;
	uint64_t n;
	int fd, ret;

	if (text && !strncmp(text, BY_INODE, strlen(BY_INODE))) {
		if (!cli_u64(text + strlen(BY_INODE), &n) || !n || n > UINT32_MAX)
			return pwrt_fail(d, PWRT_EINVAL, 0, "'%s' is not an inode number", text);
		*inum = (uint32_t)n;
		return 0;
	}
	fd = netns_open(text, d);
	if (fd < 0)
		return fd;
	ret = fstat(fd, &st) ? pwrt_fail(d, PWRT_ESYS, 0, "cannot read the inode of a namespace") :
			       0;
	if (ret == 0)
		*inum = (uint32_t)st.st_ino;
	close(fd);
	return ret;
}

struct lookup {
	int fd; /* of the namespace */
	const char *name;
	uint32_t ifindex;
	int error;
};

/* In a thread of its own, since it is threads that are in a namespace. */
static void *look_inside(void *arg)
{
	struct lookup *l = arg;

	if (setns(l->fd, CLONE_NEWNET))
		l->error = errno;
	else
		l->ifindex = if_nametoindex(l->name);
	return NULL;
}

int netns_ifindex(uint32_t *ifindex, const char *text, const char *name, struct pwrt_diag *d)
{
	struct lookup l = { .name = name };
	char buf[PATH_MAX];
	pthread_t thread;

	if (text && !strncmp(text, BY_INODE, strlen(BY_INODE)))
		return pwrt_fail(d, PWRT_EINVAL, 0,
				 "to find a device, name the network namespace or its path");
	l.fd = netns_open(text, d);
	if (l.fd < 0)
		return l.fd;
	l.error = pthread_create(&thread, NULL, look_inside, &l);
	if (!l.error)
		pthread_join(thread, NULL);
	close(l.fd);
	if (l.error) {
		errno = l.error;
		return pwrt_fail(d, PWRT_ESYS, 0, "cannot enter network namespace %s",
				 path_of(text, buf));
	}
	if (!l.ifindex)
		return pwrt_fail(d, PWRT_EINVAL, 0, "no device '%s' in network namespace %s", name,
				 text ? text : "of this process");
	*ifindex = l.ifindex;
	return 0;
}

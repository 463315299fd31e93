#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/cli.h"

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

int netns_find(uint32_t *inum, const char *text, struct pwrt_diag *d)
{
	char buf[PATH_MAX];
	struct stat st;
	uint64_t n;

	if (text && !strncmp(text, BY_INODE, strlen(BY_INODE))) {
		if (!cli_u64(text + strlen(BY_INODE), &n) || !n || n > UINT32_MAX)
			return pwrt_fail(d, PWRT_EARG, 0, "'%s' is not an inode number", text);
		*inum = (uint32_t)n;
		return 0;
	}
	if (stat(path_of(text, buf), &st))
		return pwrt_fail(d, PWRT_EARG, 0, "no network namespace '%s' (%s: %s)", text,
				 path_of(text, buf), strerror(errno));
	*inum = (uint32_t)st.st_ino;
	return 0;
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
		return pwrt_fail(d, PWRT_EARG, 0,
				 "to find a device, name the network namespace or its path");
	l.fd = open(path_of(text, buf), O_RDONLY | O_CLOEXEC);
	if (l.fd < 0)
		return pwrt_fail(d, PWRT_EARG, 0, "no network namespace '%s' (%s: %s)", text,
				 path_of(text, buf), strerror(errno));
	l.error = pthread_create(&thread, NULL, look_inside, &l);
	if (!l.error)
		pthread_join(thread, NULL);
	close(l.fd);
	if (l.error) {
		errno = l.error;
		return pwrt_fail(d, PWRT_EOS, 0, "cannot enter network namespace %s",
				 path_of(text, buf));
	}
	if (!l.ifindex)
		return pwrt_fail(d, PWRT_EARG, 0, "no device '%s' in network namespace %s", name,
				 text ? text : "of this process");
	*ifindex = l.ifindex;
	return 0;
}

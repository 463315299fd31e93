/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "printer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The views, each with its options for pwru-show. */
static const struct {
	const char *name, *options[2];
} views[] = {
	{ "hops", { "--hops", NULL } },
	{ "packets", { "--packets", NULL } },
	{ "drops", { "--packets", "--dropped" } },
	{ "events", { "--events", NULL } },
};

#define NR_VIEWS (sizeof(views) / sizeof(views[0]))

const char *printer_view(size_t i)
{
	return i < NR_VIEWS ? views[i].name : NULL;
}

/* Replaces this process by the pwru-show beside its program, else by that of PATH. */
static void run(char *const *argv)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - sizeof("pwru-show"));
	char *name;

	if (n > 0) {
		path[n] = '\0';
		name = strrchr(path, '/');
		if (name) {
			strcpy(name + 1, argv[0]);
			execv(path, argv);
		}
	}
	execvp(argv[0], argv);
}

/* Runs pwru-show in the child. in: its standard input, or -1. Does not return. */
static void child(size_t view, const char *path, int in, pid_t parent)
{
	const char *argv[8] = { "pwru-show" };
	size_t n = 1, i;

	/* An interrupt of the terminal ends the recording, whose last packets are still printed. */
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	if (in >= 0)
		dup2(in, STDIN_FILENO);
	else
		argv[n++] = "--follow";
	for (i = 0; i < 2 && views[view].options[i]; i++)
		argv[n++] = views[view].options[i];
	argv[n++] = "--";
	argv[n++] = path;
	run((char *const *)(uintptr_t)argv);
	fprintf(stderr, "pwru-record: --print: cannot run pwru-show: %s\n", strerror(errno));
	_exit(127);
}

static int start(struct printer *p, const char *view, const char *path, int in, struct pwrt_diag *d)
{
	const pid_t parent = getpid();
	size_t i = 0;

	while (i < NR_VIEWS && strcmp(views[i].name, view))
		i++;
	if (i == NR_VIEWS)
		return pwrt_fail(d, PWRT_EINVAL, 0, "no view '%s'", view);
	fflush(stdout);
	p->pid = fork();
	if (p->pid == 0)
		child(i, path, in, parent);
	if (p->pid > 0)
		return 0;
	p->pid = 0;
	return pwrt_fail(d, PWRT_ESYS, 0, "fork");
}

int printer_start_on_pipe(struct printer *p, const char *view, struct pwrt_diag *d)
{
	int fds[2], ret;

	if (pipe2(fds, O_CLOEXEC))
		return pwrt_fail(d, PWRT_ESYS, 0, "pipe");
	ret = start(p, view, "-", fds[0], d);
	if (ret == 0 && dup2(fds[1], STDOUT_FILENO) < 0)
		ret = pwrt_fail(d, PWRT_ESYS, 0, "pipe");
	close(fds[0]);
	close(fds[1]);
	return ret;
}

int printer_start_on_file(struct printer *p, const char *view, const char *path,
			  struct pwrt_diag *d)
{
	return start(p, view, path, -1, d);
}

void printer_wait(struct printer *p)
{
	if (!p->pid)
		return;
	close(STDOUT_FILENO);
	TEMP_FAILURE_RETRY(waitpid(p->pid, NULL, 0));
	p->pid = 0;
}

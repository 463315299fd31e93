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
#include <time.h>
#include <unistd.h>

/* The views, each with its options for pwru-show. */
static const struct {
	const char *name, *options[3];
} views[] = {
	{ "hops", { "--hops" } },
	{ "packets", { "--packets" } },
	{ "drops", { "--packets", "--dropped" } },
	{ "drop-table", { "--drop-table", "--dropped", "--time=local" } },
	{ "events", { "--events" } },
};

#define NOT_RUN 127 /* exit status of the child without pwru-show */
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
			memcpy(name + 1, argv[0], strlen(argv[0]) + 1); /* readlink() left room */
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

	/*
	 * A signal that ends the recording often goes to the whole group. The last packets are
	 * still printed.
	 */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	if (in >= 0)
		dup2(in, STDIN_FILENO);
	else
		argv[n++] = "--follow";
	for (i = 0; i < 3 && views[view].options[i]; i++)
		argv[n++] = views[view].options[i];
	argv[n++] = "--";
	argv[n++] = path;
	run((char *const *)(uintptr_t)argv);
	fprintf(stderr, "pwru-record: --print: cannot run pwru-show: %s\n", strerror(errno));
	_exit(NOT_RUN);
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
	p->has_pipe = ret == 0;
	close(fds[0]);
	close(fds[1]);
	return ret;
}

int printer_start_on_file(struct printer *p, const char *view, const char *path,
			  struct pwrt_diag *d)
{
	return start(p, view, path, -1, d);
}

#define LAST_WORDS_MS 1000 /* for a printer that does not end by itself */

bool printer_wait(struct printer *p, bool complete, bool (*is_given_up)(void))
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	int status = 0, waited_ms = 0;

	if (!p->pid)
		return true;
	if (p->has_pipe)
		close(STDOUT_FILENO);
	while (waitpid(p->pid, &status, WNOHANG) == 0) {
		/* A follower waits for the end of the file, which a recording that failed lacks. */
		if (is_given_up() || (!complete && !p->has_pipe && waited_ms > LAST_WORDS_MS))
			kill(p->pid, SIGKILL);
		nanosleep(&pause, NULL);
		waited_ms += 20;
	}
	p->pid = 0;
	p->reader_left = WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE;
	return !WIFEXITED(status) || WEXITSTATUS(status) != NOT_RUN;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "child_command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* False with errno. */
static bool is_runnable(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return false;
	if (!S_ISREG(st.st_mode)) {
		errno = EACCES;
		return false;
	}
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0;
}

/* Returns whether a folder of PATH has a program of this name. False: errno is set. */
static bool is_in_path(const char *name)
{
	const char *at = getenv("PATH"), *end;
	char path[PATH_MAX];
	int error = ENOENT;

	for (at = at ? at : "/bin:/usr/bin"; *name; at = end + 1) { /* execvp(3) without PATH */
		end = strchrnul(at, ':');
		/* An empty folder is the current one. */
		snprintf(path, sizeof(path), "%.*s%s%s", (int)(end - at), at, end > at ? "/" : "",
			 name);
		if (is_runnable(path))
			return true;
		error = errno == EACCES ? EACCES : error;
		if (!*end)
			break;
	}
	errno = error;
	return false;
}

int child_command_check(const char *name, struct pwrt_diag *d)
{
	if (strchr(name, '/') ? is_runnable(name) : is_in_path(name))
		return 0;
	return pwrt_fail(d, PWRT_ESYS, 0, "cannot run '%s'", name);
}

void child_command_exec(char *const *argv, int failed)
{
	int err;

	execvp(argv[0], argv);
	err = errno;
	_exit(write(failed, &err, sizeof(err)) < 0 ? 126 : 127);
}

int child_command_exec_error(int failed)
{
	int err = 0;

	return TEMP_FAILURE_RETRY(read(failed, &err, sizeof(err))) == sizeof(err) ? err : 0;
}

int child_command_start(struct child_command *c, char *const *argv, bool stdout_taken,
			struct pwrt_diag *d)
{
	int go[2], failed[2];

	if (pipe2(go, O_CLOEXEC))
		return pwrt_fail(d, PWRT_ESYS, 0, "pipe");
	if (pipe2(failed, O_CLOEXEC)) {
		close(go[0]);
		close(go[1]);
		return pwrt_fail(d, PWRT_ESYS, 0, "pipe");
	}
	c->pid = fork();
	if (c->pid == 0) {
		char byte;

		close(go[1]);
		if (read(go[0], &byte, 1) != 1)
			_exit(127);
		if (stdout_taken)
			dup2(STDERR_FILENO, STDOUT_FILENO);
		signal(SIGPIPE, SIG_DFL); /* what we ignore is not the command's business */
		child_command_exec(argv, failed[1]);
	}
	close(go[0]);
	close(failed[1]);
	c->go = go[1];
	c->failed = failed[0];
	if (c->pid > 0)
		return 0;
	close(c->go);
	close(c->failed);
	c->pid = 0;
	return pwrt_fail(d, PWRT_ESYS, 0, "fork");
}

int child_command_go(struct child_command *c, const char *name, struct pwrt_diag *d)
{
	int err;

	if (write(c->go, "g", 1) != 1)
		return pwrt_fail(d, PWRT_ESYS, 0, "cannot start '%s'", name);
	err = child_command_exec_error(c->failed);
	if (!err)
		return 0;
	errno = err;
	return pwrt_fail(d, PWRT_ESYS, 0, "cannot run '%s'", name);
}

bool child_command_ended(struct child_command *c)
{
	if (c->pid && !c->ended)
		c->ended = waitpid(c->pid, &c->status, WNOHANG) == c->pid;
	return c->pid && c->ended;
}

bool child_command_wait(struct child_command *c, bool (*goes_on)(void *arg), void *arg)
{
	while (!child_command_ended(c) && goes_on(arg))
		usleep(50000);
	return c->ended;
}

/* Looks each 100 ms, for two seconds, whether it has ended. */
static bool wait_for_end(struct child_command *c)
{
	int tries;

	for (tries = 0; tries < 20 && !child_command_ended(c); tries++)
		usleep(100000);
	return child_command_ended(c);
}

void child_command_stop(struct child_command *c)
{
	if (!c->pid)
		return;
	close(c->go); /* a child that still waits for it ends */
	close(c->failed);
	if (!c->ended) {
		kill(c->pid, SIGTERM);
		if (!wait_for_end(c)) {
			kill(c->pid, SIGKILL);
			wait_for_end(c); /* an uninterruptible sleep outlives SIGKILL */
		}
	}
	c->pid = 0;
}

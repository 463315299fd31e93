#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int command_start(struct command *c, char *const *argv, bool stdout_taken, struct pwrt_diag *d)
{
	int go[2], failed[2];

	if (pipe2(go, O_CLOEXEC))
		return pwrt_fail(d, PWRT_EOS, 0, "pipe");
	if (pipe2(failed, O_CLOEXEC)) {
		close(go[0]);
		close(go[1]);
		return pwrt_fail(d, PWRT_EOS, 0, "pipe");
	}
	c->pid = fork();
	if (c->pid == 0) {
		char byte;
		int err;

		close(go[1]);
		if (read(go[0], &byte, 1) != 1)
			_exit(127);
		if (stdout_taken)
			dup2(STDERR_FILENO, STDOUT_FILENO);
		signal(SIGPIPE, SIG_DFL); /* what we ignore is not the command's business */
		execvp(argv[0], argv);
		err = errno;
		if (write(failed[1], &err, sizeof(err)) < 0)
			_exit(126);
		_exit(127);
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
	return pwrt_fail(d, PWRT_EOS, 0, "fork");
}

int command_go(struct command *c, const char *name, struct pwrt_diag *d)
{
	int err = 0;
	ssize_t n;

	if (write(c->go, "g", 1) != 1)
		return pwrt_fail(d, PWRT_EOS, 0, "cannot start '%s'", name);
	/* The pipe closes without a word when the command runs. */
	do
		n = read(c->failed, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(err)) {
		errno = err;
		return pwrt_fail(d, PWRT_EOS, 0, "cannot run '%s'", name);
	}
	return 0;
}

bool command_ended(struct command *c)
{
	if (c->pid && !c->ended)
		c->ended = waitpid(c->pid, &c->status, WNOHANG) == c->pid;
	return c->pid && c->ended;
}

void command_stop(struct command *c)
{
	int tries;

	if (!c->pid)
		return;
	close(c->go); /* if it was still held, it ends by itself */
	close(c->failed);
	if (!c->ended) {
		/* Asked first, then made to: we must not wait for ever. */
		kill(c->pid, SIGTERM);
		for (tries = 0; tries < 20 && !command_ended(c); tries++)
			usleep(100000);
		if (!c->ended) {
			kill(c->pid, SIGKILL);
			waitpid(c->pid, &c->status, 0);
		}
	}
	c->pid = 0;
}

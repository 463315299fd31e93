/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "packet_text.h"

#include <stdio.h>

#include "append.h"
#include "decision.h"
#include "format/tool/cli.h"

void packet_drop_words(const struct trace *t, const struct packet *p, char *to, size_t size)
{
	char words[DECISION_WORDS];
	size_t n = 0;

	decision_words(trace_reader(t), p, words);
	if (*words)
		n = append_text(to, size, n, " by %s", cli_escape(words));
	append_text(to, size, n, " (%s in %s, netns %s)",
		    cli_escape(reason_text(trace_reader(t), p->drop.reason, NAME_BUF)),
		    cli_escape(drop_function(trace_reader(t), p, NAME_BUF)),
		    cli_escape(drop_netns(trace_reader(t), p, NAME_BUF)));
}

const char *packet_line(const struct trace *t, const struct packet *p, char line[LINE_LEN])
{
	enum fate fate = p->fate;
	size_t n;

	n = (size_t)snprintf(line, LINE_LEN, "%s%s%s %s%s%s", cli_color_code(C_BOLD),
			     *p->text ? p->text : "(no headers)", cli_color_code(C_OFF),
			     cli_color_code(fate == FATE_DROPPED ? C_RED :
					    fate == FATE_DELIVERED || fate == FATE_TRANSMITTED ?
								   C_GREEN :
								   C_YELLOW),
			     fate_names[fate], cli_color_code(C_OFF));
	if (fate == FATE_DROPPED && n < LINE_LEN)
		packet_drop_words(t, p, line + n, LINE_LEN - n);
	return line;
}

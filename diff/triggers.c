/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "triggers.h"

#include <string.h>

#include "format/tool/cli.h"
#include "replay/append.h"
#include "replay/packet_text.h"

#define PRINTED_MAX 4 /* triggers that are printed: one fault causes many alike */

/* Sets *n to the number behind a prefix, which ends with the text or at a comma. */
static bool number_behind(const char *text, const char *prefix, uint64_t *n)
{
	const size_t len = strlen(prefix);
	char digits[24] = "";
	size_t end;

	if (strncmp(text, prefix, len) != 0)
		return false;
	text += len;
	end = strcspn(text, ",");
	if (end >= sizeof(digits))
		return false;
	memcpy(digits, text, end);
	return cli_u64(digits, n);
}

/* Finds the packet whose drop triggered: aiming_trigger_text() of the recorder names it. */
static bool find_packet(const struct trace *t, const char *fact, struct packet *p)
{
	uint64_t id;
	uint32_t index;

	if (!number_behind(fact, "packet ", &id))
		return false;
	index = model_find(t->m, id);
	if (index == MODEL_NONE)
		return false;
	model_packet(t->m, index, p);
	return p->fate_alone == FATE_DROPPED;
}

bool triggers_next(const struct trace *t, uint32_t *at, struct trigger *to)
{
	const struct pwrt_info *info;
	uint64_t nr;

	while ((info = pwrt_reader_info(t->first, *at))) {
		++*at;
		if (!number_behind(info->key, "aim.", &nr) || nr <= to->nr)
			continue;
		to->nr = nr;
		to->fact = info->value;
		to->has_packet = find_packet(t, info->value, &to->packet);
		return true;
	}
	return false;
}

void trigger_words(const struct trace *t, const struct trigger *trigger, char to[TRIGGER_WORDS])
{
	const struct packet *p = &trigger->packet;
	char words[LINE_LEN];
	uint64_t us;
	size_t n = append_text(to, TRIGGER_WORDS, 0, "%s", cli_escape(trigger->fact));

	if (!trigger->has_packet)
		return;
	us = (p->last_ns - t->start_ns) / 1000;
	packet_drop_words(t, p, words, sizeof(words));
	n = append_text(to, TRIGGER_WORDS, n, ": %s dropped%s", cli_escape(p->text), words);
	if (p->flow)
		n = append_text(to, TRIGGER_WORDS, n, ", flow %u", p->flow);
	append_text(to, TRIGGER_WORDS, n, ", at %llu.%06llu s", (unsigned long long)us / 1000000,
		    (unsigned long long)us % 1000000);
}

uint64_t triggers_print(const struct trace *t, const char *path, uint32_t *flow)
{
	struct trigger trigger = { 0 };
	char words[TRIGGER_WORDS];
	uint64_t nr = 0;
	uint32_t at = 0;

	*flow = 0;
	while (triggers_next(t, &at, &trigger)) {
		if (!*flow && trigger.has_packet)
			*flow = trigger.packet.flow;
		if (nr++ >= PRINTED_MAX)
			continue;
		trigger_words(t, &trigger, words);
		cli_error("%s: trigger %llu: %s", cli_escape(path), (unsigned long long)trigger.nr,
			  words);
	}
	if (nr > PRINTED_MAX)
		cli_error("%s: and %llu more triggers: pwru-show --info", cli_escape(path),
			  (unsigned long long)(nr - PRINTED_MAX));
	return nr;
}

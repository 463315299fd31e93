/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "drop_decider.h"

#include <stdio.h>
#include <string.h>

#include "append.h"
#include "value.h"

/* The values of a drop about its decider, by the beginning of their names: record/file/values.c. */
static const char *const names[] = { "qdisc.", "bpf.", "tc.hook", "tc.kind", "tc.pref" };

bool drop_decider_has(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncmp(name, names[i], strlen(names[i])))
			return true;
	return false;
}

static bool is_function(const void *arg, const char *func)
{
	return !strcmp(arg, func);
}

/* Returns what a discipline of this kind does that drops a packet, or the line for any kind. */
static const struct drop_knowledge *qdisc_knowledge(const char *kind)
{
	char func[96];
	const struct drop_evidence e = { is_function, is_function, func };

	snprintf(func, sizeof(func), "%s_enqueue", kind);
	return drop_reason_find("QDISC_DROP", NULL, &e);
}

/* Returns the cause in words for a discipline, with the colon: ": its queue is full"; "": none. */
static const char *qdisc_cause(const struct drop_knowledge *k)
{
	const char *cause = k ? strchr(k->words, ':') : NULL;

	return cause ? cause : "";
}

/*
 * Writes the queueing discipline that a drop names, as tc(8) does: "qdisc bfifo 10: of eth0". The
 * packet was given to it. Where others may be below it, one of them may have dropped the packet.
 */
static void qdisc_words(const struct step *s, const struct drop_knowledge *k, char *to, size_t size)
{
	const struct drop_knowledge *of_kind;
	struct value kind, handle, children;
	bool below;
	size_t n;

	if (!step_named(s, "qdisc.kind", &kind))
		return;
	of_kind = qdisc_knowledge(kind.text);
	if (!strcmp(kind.text, "noop")) { /* noop_qdisc: net/sched/sch_generic.c */
		append_text(to, size, 0, "%s", of_kind ? of_kind->words : "");
		return;
	}
	below = !step_named(s, "qdisc.children", &children) || strcmp(children.text, "0") != 0;
	n = append_text(to, size, 0, "qdisc %s", kind.text);
	if (step_named(s, "qdisc.handle", &handle))
		n = append_text(to, size, n, " %s", handle.text);
	if (*step_ifname(s))
		n = append_text(to, size, n, " of %s", step_ifname(s));
	append_text(to, size, n, "%s",
		    below ? ", or one below it" : qdisc_cause(*qdisc_cause(k) ? k : of_kind));
}

/* Words for a program, by where it is attached: bpf.hook. */
static const struct {
	const char *hook, *words;
	const char *direction; /* of a device's packets, or NULL */
	bool of_device;	       /* the device decides which program runs */
	const char *nameless;  /* for a program of classic BPF, which has neither name nor id */
} programs[] = {
	{ "cgroup_ingress", "cgroup BPF program", "ingress", false, "a cgroup BPF program" },
	{ "cgroup_egress", "cgroup BPF program", "egress", false, "a cgroup BPF program" },
	{ "socket_filter", "socket filter", NULL, false, "a classic BPF filter of the socket" },
	{ "tcx_ingress", "tcx BPF program", "ingress", true, "a tcx BPF program" },
	{ "tcx_egress", "tcx BPF program", "egress", true, "a tcx BPF program" },
};

/* Writes the name and the id of a program as far as a step has them. Returns the length. */
static size_t append_program(const struct step *s, const char *words, const char *nameless,
			     char *to, size_t size)
{
	struct value name, id;
	const bool has_name = step_named(s, "bpf.name", &name);
	const bool has_id = step_named(s, "bpf.id", &id);
	size_t n = append_text(to, size, 0, "%s", has_name || has_id ? words : nameless);

	if (has_name)
		n = append_text(to, size, n, " %s", name.text);
	if (has_id)
		n = append_text(to, size, n, " (id %s)", id.text);
	return n;
}

/* Appends the direction of packets, and the device where it decides. */
static size_t append_direction(const struct step *s, const char *direction, bool of_device,
			       char *to, size_t size, size_t n)
{
	n = append_text(to, size, n, " on %s", direction);
	if (of_device && *step_ifname(s))
		n = append_text(to, size, n, " of %s", step_ifname(s));
	return n;
}

static void program_words(const struct step *s, char *to, size_t size)
{
	struct value hook, certain;
	size_t i = 0, n;

	if (!step_named(s, "bpf.hook", &hook))
		return;
	while (i < sizeof(programs) / sizeof(programs[0]) && strcmp(programs[i].hook, hook.text))
		i++;
	if (i == sizeof(programs) / sizeof(programs[0]))
		return;
	n = append_program(s, programs[i].words, programs[i].nameless, to, size);
	if (programs[i].direction)
		n = append_direction(s, programs[i].direction, programs[i].of_device, to, size, n);
	if (step_named(s, "bpf.certain", &certain) && !strcmp(certain.text, "0"))
		append_text(to, size, n, ", or a security module");
}

static void filter_words(const struct step *s, char *to, size_t size)
{
	struct value kind, pref, hook, program;
	size_t n;

	if (!step_named(s, "tc.kind", &kind))
		return;
	if (step_named(s, "bpf.name", &program) || step_named(s, "bpf.id", &program))
		n = append_program(s, "tc BPF program", "", to, size);
	else
		n = append_text(to, size, 0, "tc filter %s", kind.text);
	if (step_named(s, "tc.pref", &pref))
		n = append_text(to, size, n, ", pref %s,", pref.text);
	if (step_named(s, "tc.hook", &hook))
		append_direction(s, hook.text, true, to, size, n);
}

bool drop_decider_is_known(const struct step *s)
{
	struct value v;

	return step_named(s, "qdisc.kind", &v) || step_named(s, "bpf.hook", &v) ||
	       step_named(s, "tc.kind", &v);
}

void drop_decider_words(const struct step *s, const struct drop_knowledge *k, char *to, size_t size)
{
	qdisc_words(s, k, to, size);
	program_words(s, to, size);
	filter_words(s, to, size);
}

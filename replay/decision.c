/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "decision.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "append.h"
#include "drop_decider.h"
#include "drop_stack.h"
#include "func_state.h"
#include "func_words.h"

const char *drop_function(const struct pwrt_reader *r, const struct packet *p, char buf[NAME_LEN])
{
	const struct pwrt_caller *c = pwrt_reader_caller(r, p->drop.caller);
	const struct pwrt_func *f = pwrt_reader_func(r, p->drop.func);

	if (p->drop.func == PWRT_NONE)
		return "";
	return c && *c->name ? plain_name(c->name, buf) : f ? f->name : "";
}

const char *drop_netns(const struct pwrt_reader *r, const struct packet *p, char buf[NAME_LEN])
{
	struct step s = { .r = r, .ev.dev = p->drop.dev };

	return step_netns(&s, buf);
}

bool decision_step(const struct pwrt_reader *r, const struct packet *p, struct step *s)
{
	step_set_return(s, r, p->decision.func, p->drop.dev, p->decision.values, p->decision.len);
	return p->decision.func != PWRT_NONE;
}

/*
 * Tools whose chains a function of a hook runs: net/netfilter/nft_chain_filter.c,
 * net/ipv4/netfilter.
 */
static const struct {
	const char *prefix, *words;
} tools[] = {
	{ "nft_", "nft" },
	{ "nftables:", "nft" },
	{ "iptables:", "iptables" },
	{ "ipt_do_table", "iptables" },
	{ "iptable_", "iptables" },
	{ "ip6t_do_table", "ip6tables" },
	{ "ip6table_", "ip6tables" },
	{ "arpt_do_table", "arptables" },
	{ "ebt_", "ebtables" },
};

static const char *tool_of(const char *func)
{
	size_t i;

	for (i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
		if (!strncmp(func, tools[i].prefix, strlen(tools[i].prefix)))
			return tools[i].words;
	return "netfilter";
}

/* Writes the place of a rule, with the function of the hook where the table is unknown. */
static void hook_words(const struct step *s, const uint32_t *rule, char buf[DECISION_WORDS])
{
	struct value table, chain, hook, number;
	const char *func = plain_name(step_func(s, NAME_BUF), NAME_BUF);
	size_t n;

	if (step_named(s, "nf.table", &table))
		n = append_text(buf, DECISION_WORDS, 0, "%s table %s", tool_of(func), table.text);
	else
		n = append_text(buf, DECISION_WORDS, 0, "%s%s",
				func_words_of_hook(func) ? "" : "netfilter function ",
				func_words_of_hook(func) ? func_words_of_hook(func) : func);
	if (step_named(s, "nf.chain", &chain))
		n = append_text(buf, DECISION_WORDS, n, ", chain %s", chain.text);
	if (rule)
		n = append_text(buf, DECISION_WORDS, n, ", rule handle %u", *rule);
	else if (step_named(s, "nf.rule", &number))
		n = append_text(buf, DECISION_WORDS, n, ", rule %s", number.text);
	if (step_named(s, "nf.hook", &hook))
		append_text(buf, DECISION_WORDS, n, ", hook %s", hook.text);
}

bool verdict_is_ordinary(const char *verdict)
{
	static const char *const ordinary[] = { "ACCEPT", "CONTINUE", "PASS",	   "OK",
						"UNSPEC", "PIPE",     "RECLASSIFY" };
	size_t i;

	for (i = 0; i < sizeof(ordinary) / sizeof(ordinary[0]); i++)
		if (!strcmp(ordinary[i], verdict))
			return true;
	return false;
}

bool decider_words(const struct step *s, const uint32_t *rule, char buf[DECISION_WORDS])
{
	struct value v;
	bool xdp;

	buf[0] = '\0';
	if (step_named(s, "nf.verdict", &v) || step_named(s, "nf.table", &v)) {
		hook_words(s, rule, buf);
		return true;
	}
	xdp = step_named(s, "xdp.verdict", &v);
	if (!xdp && !step_named(s, "tc.verdict", &v))
		return false;
	append_text(buf, DECISION_WORDS, 0, "%s program %s", xdp ? "XDP" : "tc",
		    step_func(s, NAME_BUF));
	return true;
}

/*
 * Types of routes that deliver nothing: include/uapi/linux/rtnetlink.h. Input routing in IPv4 gives
 * all of them the type unreachable. drop_reasons.c has words for that type, which depend on the
 * reason.
 */
static const struct {
	const char *type, *words;
} routes[] = {
	{ "prohibit", "a prohibit route" },
	{ "blackhole", "a blackhole route" },
	{ "throw", "a throw route" },
};

static const char *route_words(const char *type)
{
	size_t i;

	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (!strcmp(routes[i].type, type))
			return routes[i].words;
	return NULL;
}

/* Copies words of drop_reasons.c without the parts in brackets, which need fields of a path. */
static void plain_words(const char *words, char buf[DECISION_WORDS])
{
	bool skip = false;
	size_t n = 0;

	for (; *words && n + 1 < DECISION_WORDS; words++) {
		skip |= *words == '[';
		if (!skip)
			buf[n++] = *words;
		skip &= *words != ']';
	}
	buf[n] = '\0';
}

struct dropped_packet {
	const struct pwrt_reader *r;
	const struct packet *p;
};

static bool is_named(const struct pwrt_reader *r, uint32_t id, const char *func)
{
	const struct pwrt_func *f = pwrt_reader_func(r, id);

	return f && !strcmp(plain_name(f->name, NAME_BUF), func);
}

static bool passed(const void *arg, const char *func)
{
	const struct dropped_packet *d = arg;

	return is_named(d->r, d->p->drop.after, func) || is_named(d->r, d->p->decision.func, func);
}

static bool is_traced(const void *arg, const char *func)
{
	const struct dropped_packet *d = arg;

	return func_state(d->r, func) == FUNC_TRACED;
}

const struct drop_knowledge *decision_knowledge(const struct pwrt_reader *r, const struct packet *p)
{
	const struct dropped_packet dropped = { r, p };
	const struct drop_evidence e = { passed, is_traced, &dropped };

	return drop_reason_find(reason_text(r, p->drop.reason, NAME_BUF),
				drop_function(r, p, NAME_BUF), &e);
}

/*
 * Functions that keep a packet from its socket, by the beginning of their names. They are the hooks
 * of security modules (include/linux/lsm_hook_defs.h, kernel/bpf/bpf_lsm.c), and
 * sk_filter_trim_cap() (net/core/filter.c), which calls the programs of control groups
 * (kernel/bpf/cgroup.c), the modules, and then the socket's filter.
 */
struct guard {
	const char *prefix, *words;
	/* For a module that refuses with EACCES alone: words for another error, which the next
	 * module returned. Single kprobes see no function that a BPF LSM program replaces. */
	const char *behind;
};

static const struct guard guards[] = {
	{ "bpf_lsm_", "a BPF LSM program", NULL },
	{ "apparmor_", "AppArmor", "a security module behind AppArmor, such as a BPF LSM program" },
	{ "selinux_", "SELinux", "a security module behind SELinux, such as a BPF LSM program" },
	{ "smack_", "Smack", "a security module behind Smack, such as a BPF LSM program" },
	{ "tomoyo_", "TOMOYO", NULL },
	{ "landlock_", "Landlock", NULL },
	{ "sk_filter_trim_cap", "the filter of a socket", NULL },
	{ "__cgroup_bpf_run_filter_skb", "a cgroup BPF program on ingress", NULL },
	{ "security_", "a security module", NULL },
};

static const struct guard *find_guard(const struct pwrt_reader *r, uint32_t func)
{
	const struct pwrt_func *f = pwrt_reader_func(r, func);
	size_t i;

	for (i = 0; f && i < sizeof(guards) / sizeof(guards[0]); i++)
		if (!strncmp(f->name, guards[i].prefix, strlen(guards[i].prefix)))
			return &guards[i];
	return NULL;
}

static bool returned_eacces(const struct pwrt_reader *r, const struct packet *p)
{
	struct value ret;
	struct step s;

	return decision_step(r, p, &s) && step_named(&s, "ret", &ret) && atoi(ret.text) == -EACCES;
}

/*
 * Returns words for the module or filter that kept a packet from its socket, or NULL. The one that
 * was called last counts.
 */
static const char *socket_guard(const struct pwrt_reader *r, const struct packet *p)
{
	const struct guard *guard = find_guard(r, p->decision.func), *by = NULL;

	if (!guard)
		return NULL;
	/* The modules let pass what the socket's filter refuses: then one of them was called last. */
	if (is_named(r, p->decision.by, "__cgroup_bpf_run_filter_skb") ||
	    !strcmp(guard->prefix, "security_"))
		by = find_guard(r, p->decision.by);
	if (!by || by == guard)
		return guard->words;
	return by->behind && !returned_eacces(r, p) ? by->behind : by->words;
}

bool decision_has_guard(const struct pwrt_reader *r, const struct packet *p)
{
	struct step s;

	return socket_guard(r, p) || (decision_step(r, p, &s) && drop_decider_is_known(&s));
}

/*
 * Returns whether a decision is a rule that was traced without a verdict, in another hook than the
 * one that dropped the packet: the rule let it pass.
 */
static bool is_of_another_hook(const struct pwrt_reader *r, const struct packet *p,
			       const struct step *s)
{
	const char *hook = drop_stack_hook(r, p->drop.stack);
	struct value v;

	return hook && !step_named(s, "nf.verdict", &v) && step_named(s, "nf.hook", &v) &&
	       strcmp(v.text, hook) != 0;
}

void decision_words(const struct pwrt_reader *r, const struct packet *p, char buf[DECISION_WORDS])
{
	const struct drop_knowledge *k;
	const char *route, *guard = socket_guard(r, p);
	struct value v;
	struct step s;

	buf[0] = '\0';
	if (decision_step(r, p, &s) && !is_of_another_hook(r, p, &s)) {
		if (decider_words(&s, p->decision.has_rule ? &p->decision.rule : NULL, buf))
			return;
		route = step_named(&s, "route.type", &v) ? route_words(v.text) : NULL;
		if (route) {
			append_text(buf, DECISION_WORDS, 0, "routing: %s", route);
			return;
		}
	}
	k = decision_knowledge(r, p);
	if (decision_step(r, p, &s))
		drop_decider_words(&s, k, buf, DECISION_WORDS);
	if (*buf)
		return;
	if (guard)
		append_text(buf, DECISION_WORDS, 0, "%s", guard);
	else if (k && !strcmp(k->reason, "NETFILTER_DROP"))
		drop_stack_hook_words(r, p->drop.stack, buf, DECISION_WORDS);
	if (!*buf && k)
		plain_words(k->words, buf);
}

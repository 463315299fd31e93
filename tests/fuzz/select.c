/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Any bytes as a recording, with each selector. A packet is selected by a value, or by the same
 * value behind "!", and never by both. For libFuzzer and for AFL++ (whose driver has the same
 * entry).
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_limit.h"
#include "memory_file.h"
#include "replay/trace.h"
#include "replay/trace_names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECONDS_MAX 5 /* of processor time, with sanitizers, for one input */

static const struct pwrt_limits limits = { .mem_bytes = 64 << 20 };

static void check(bool good)
{
	if (!good)
		abort();
}

/* Selections of packets, and the list that "!" goes to; a filter instead where list is 0. */
static const struct {
	const char *value;
	size_t list;
	enum filter_on on;
} cases[] = {
	{ "dropped", offsetof(struct selection, fate), FILTER_ON_ANY },
	{ "NETFILTER_DROP,5", offsetof(struct selection, reason), FILTER_ON_ANY },
	{ "filter,guard/gate", offsetof(struct selection, rule), FILTER_ON_ANY },
	{ "vlan and (ip or ip6)", 0, FILTER_ON_ANY },
	{ "vlan 5 or icmp", 0, FILTER_ON_FIRST },
	{ "udp or vlan", 0, FILTER_ON_LAST },
	{ "ip[8] > 1 or ether[0] & 1 = 0", 0, FILTER_ON_INNER },
};

/* Makes the selection of a case, with "!" or without. Returns false where it cannot have it. */
static bool make(struct selection *sel, size_t i, bool no)
{
	static char values[2][64];
	struct pwrt_diag d;

	*sel = (struct selection){ .filter_on = cases[i].on };
	if (!cases[i].list)
		return !no && pcap_expr_compile(&sel->filter, cases[i].value, &d) == 0;
	snprintf(values[no], sizeof(values[no]), "%s%s", no ? "!" : "", cases[i].value);
	return names_add((void *)((char *)sel + cases[i].list), values[no], &d) == 0;
}

/* Uses the names of all rules, as the message does where nothing matches. */
static void use_names(const struct trace *t)
{
	static const trace_name names[] = { trace_netns, trace_ifname, trace_task,
					    trace_fate,	 trace_reason, trace_rule };
	char buf[NAME_LEN];
	struct named n;
	uint32_t k;
	size_t i, len;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (k = 0; k < 1000 && names[i](t, k, &n, buf); k++)
			for (len = 0; len < NAMED_MAX && n.name[len]; len++)
				check(strlen(n.name[len]) < NAME_LEN);
}

/* Returns the number of selected packets, and that of all in *all; -1 where memory is short. */
static int64_t count(const char *path, const struct selection *sel, uint32_t *all)
{
	struct trace t = { .spool = -1 };
	struct pwrt_diag d;
	struct packet p;
	int64_t nr = -1;
	uint32_t at = 0;

	if (trace_open(&t, path, true, &limits, &d) == 0 && trace_scan(&t, sel, &d) == 0) {
		for (nr = 0; trace_packet(&t, sel, &at, &p);)
			nr++;
		*all = model_nr_packets(t.m);
		check(nr <= *all);
		use_names(&t);
	}
	trace_close(&t);
	return nr;
}

/* Selects single events by all lists at once. */
static void select_events(const char *path)
{
	struct selection sel = { .longer_ns = 1 };
	struct pwrt_diag d;
	uint32_t all;

	check(names_add(&sel.netns, "!a,4026531840", &d) == 0);
	check(names_add(&sel.ifname, "!eth0", &d) == 0);
	check(names_add(&sel.task, "!ping,1", &d) == 0);
	check(names_add_pattern(&sel.func, "^(ip|tcp)_", &d) == 0);
	count(path, &sel, &all);
	select_free(&sel);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory_file file = memory_file(data, size);
	struct selection sel;
	uint32_t all = 0;
	int64_t with, without;
	size_t i;

	cpu_limit(SECONDS_MAX);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check(make(&sel, i, false));
		with = count(file.path, &sel, &all);
		select_free(&sel);
		if (!make(&sel, i, true))
			continue;
		without = count(file.path, &sel, &all);
		check(with < 0 || without < 0 || with + without == all);
		select_free(&sel);
	}
	select_events(file.path);
	cpu_limit(0);
	memory_file_close(&file);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* EXPR of --keep: the conditions under which a packet is written. One of them is enough. */
#ifndef KEEP_RULES_H
#define KEEP_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "format/pwrt.h"

/* The numbers of packets that are compared. The time that a packet took is slower_ns. */
enum keep_field { KEEP_LEN, KEEP_HOPS };

enum keep_operator { KEEP_ABOVE, KEEP_NOT_BELOW, KEEP_BELOW, KEEP_NOT_ABOVE };

struct keep_test {
	enum keep_field field;
	enum keep_operator is;
	uint64_t number;
};

#define KEEP_TESTS_MAX 8

struct keep_rules {
	const char *text; /* NULL: every packet is written */
	/* Which conditions the text has. */
	bool drops, resets, netns, rules, retransmissions, unanswered;
	uint64_t slower_ns; /* 0: none */
	struct keep_test tests[KEEP_TESTS_MAX];
	unsigned int nr_tests;
};

/* A rule or a chain that had a packet, as pwru-show names it; texts are "" where it is unknown. */
struct keep_rule {
	char table[33], chain[33]; /* the chain of a table of iptables is its hook: "FORWARD" */
	char number[24];	   /* a handle (nft), or a number in its chain (iptables) */
};

/* Reads the conditions. The text is borrowed. PWRT_EINVAL names the one that is wrong. */
int keep_rules_parse(struct keep_rules *r, const char *text, struct pwrt_diag *d);
/* Returns whether a condition needs more than one event of a packet: a time, or hops. */
bool keep_rules_need_path(const struct keep_rules *r);
/* Return whether a condition wants this drop reason, as named in the kernel, or this namespace. */
bool keep_rules_reason(const struct keep_rules *r, const char *reason);
bool keep_rules_netns(const struct keep_rules *r, const char *name);
/* Returns whether a condition wants this rule: TABLE/CHAIN/NUMBER, TABLE/CHAIN, TABLE or CHAIN. */
bool keep_rules_rule(const struct keep_rules *r, const struct keep_rule *rule);
/* Returns whether a comparison holds for this number. */
bool keep_rules_number(const struct keep_rules *r, enum keep_field field, uint64_t number);

#endif

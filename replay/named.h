/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The names and numbers of things in a file, as a user may write them to select by them. */
#ifndef NAMED_H
#define NAMED_H

#include "fate.h"
#include "name.h"
#include "step.h"

#define NO_NUMBER UINT64_MAX

#define NAMED_MAX 5 /* ways to write one thing */

/* One thing. Its names are borrowed from the reader or from the buffer that filled them. */
struct named {
	const char *name[NAMED_MAX]; /* the first is the one to print, "" for none; NULL: no more */
	uint64_t number[2];	     /* or NO_NUMBER */
};

/* The fate of a packet: its name. */
void named_fate(struct named *n, enum fate fate);
/*
 * A drop reason: its name without and with the prefix, and its number. PWRT_NONE has none of these.
 */
void named_reason(struct named *n, const struct pwrt_reader *r, uint32_t reason,
		  char buf[NAME_LEN]);
/* A function: its name. */
void named_func(struct named *n, const struct pwrt_reader *r, uint32_t func, char buf[NAME_LEN]);
/*
 * The network namespace of a device: its name and its inode number. Where the files are of several
 * hosts, HOST/NAME, and NAME alone.
 */
void named_netns(struct named *n, const struct pwrt_reader *r, uint32_t dev, char buf[NAME_LEN]);
/* A device: its name. */
void named_ifname(struct named *n, const struct pwrt_reader *r, uint32_t dev);
/* A thread: "ping:248" and "ping", its id and the id of its process. */
void named_task(struct named *n, const struct pwrt_reader *r, uint32_t task, char buf[NAME_LEN]);
/*
 * The rule of a decision: "guard/gate handle 3" for nft, "filter/FORWARD rule 2" for iptables, then
 * "guard/gate/3", "guard/gate", its table and its chain. Where no rule was traced, it has the names
 * of table and chain. For a base chain of iptables, the hook is the chain. A decision without a
 * table has no names.
 */
void named_rule(struct named *n, const struct step *s, char buf[NAME_LEN]);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The functions of this kernel that take an skb: the argument, and whether they can be probed. */
#ifndef TARGETS_H
#define TARGETS_H

#include <bpf/btf.h>

#include "drop_reasons.h"
#include "format/pwrt.h"
#include "ksyms.h"
#include "profile.h"

struct target {
	const char *name;    /* in the BTF it came from */
	const char *module;  /* "" for the kernel itself */
	const char *why;     /* when refused: a constant, or owned by the targets */
	uint64_t addr;	     /* 0: no symbol */
	uint32_t btf_id;     /* by which it can have a trampoline; 0: it cannot */
	uint32_t cookie;     /* what the probe must know: bpf/event.h */
	uint32_t ret_cookie; /* not 0: what it returns is noted: the same, for when that works */
	uint8_t arg; /* which argument is the skb, from 1; 0: none, the packet comes from the stack */
	uint8_t status; /* enum pwrt_func_status */
	bool gone;	/* its module was removed while recording */
	bool is_extra;	/* --max-overhead gives it up before the others */
	bool shed;	/* that was done */
	int8_t ret;	/* bytes of the number that it returns, negative: with a sign; 0: none */
	bool ret_is_reason; /* a negative number that it returns is a drop reason, not an error */
	uint32_t ret_enum;  /* BTF id, in its module, of the enumeration that it returns; 0: none */
};

struct target_module {
	struct btf *btf;
	char *name;
};

struct targets {
	struct target *t;
	size_t nr;
	size_t nr_early;  /* of them, found at the start; the others came with modules since */
	size_t nr_attach; /* with status PWRT_FUNC_ATTACHED */
	size_t nr_extra;  /* of these, that are extra */
	struct btf *btf;  /* of the kernel itself */
	struct target_module *modules;
	size_t nr_modules;
	struct drop_reasons reasons; /* of the kernel and of all modules */
	size_t nr_returns;	     /* of those to attach, with leave */
	size_t nr_non_skb;	     /* of those, without an skb */
	size_t nr_allocs;	     /* of those, that make an skb */
};

struct targets_options {
	const char *modules;	       /* comma-separated; NULL: none */
	bool all_modules;	       /* all that are loaded, whatever modules names */
	const char *func_regex;	       /* POSIX extended, whole name; NULL: all */
	const struct profile *profile; /* NULL: all */
	const struct profile *core;    /* functions outside of it are extra; NULL: none is */
	const char *returns; /* the same for functions whose return values are recorded, besides the
				table of return_targets.c; NULL: no more */
	bool no_returns;     /* none at all */
	const char *non_skb_funcs; /* the same for functions without an skb; NULL: none */
	bool alloc_func;	   /* what makes skbs, too, to follow those by the stack */
	bool bpf_helpers;	   /* BPF helper functions, too */
	bool programs;		   /* BPF programs are traced, too */
	bool filter_at_entry; /* the functions of entries.h have COOKIE_ENTRY, and are attached */
};

/*
 * Begins with the types of the kernel: from a file, or where it shows them itself (NULL).
 * PWRT_EINVAL where it does not.
 */
int targets_types(struct targets *ts, const char *path, struct pwrt_diag *d);
/*
 * Finds them, and marks every function that is worth a probe as PWRT_FUNC_ATTACHED, the others with
 * the reason why not. PWRT_EINVAL for what the user can mend.
 */
int targets_find(struct targets *ts, const struct targets_options *o, const struct ksyms *k,
		 struct pwrt_diag *d);
/*
 * Adds what a module has that was loaded since: functions, marked as above, and drop reasons. A
 * module without types, or that is gone again, adds nothing. PWRT_ENOMEM; what was there stays.
 */
int targets_add_module(struct targets *ts, const char *name, const struct targets_options *o,
		       const struct ksyms *k, struct pwrt_diag *d);
/*
 * Returns the address of the first one that is attached; 0: none is. The probes send the upper half
 * of a caller that has another one.
 */
uint64_t targets_text(const struct targets *ts);
/*
 * Sets the text ranges of the functions that release the data of an skb and keep it: pairs
 * of first address and address behind the end, 0 and 0 for one that this kernel has not.
 */
void targets_skb_realloc_funcs(const struct ksyms *k, uint64_t ranges[][2], unsigned int nr);
/* Takes one off the list of those to attach; why is a constant. */
void target_refuse(struct targets *ts, struct target *t, const char *why);
/* Marks the functions that are extra as given up: --max-overhead. */
void targets_shed(struct targets *ts);
/* Returns whether the target's return is recorded. */
bool target_has_return(const struct target *t);
void targets_free(struct targets *ts);

#endif

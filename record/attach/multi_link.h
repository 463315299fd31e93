/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Links of one program to many functions: kprobe.multi, and since Linux 7.2 tracing_multi, with a
 * trampoline for each function.
 */
#ifndef MULTI_LINK_H
#define MULTI_LINK_H

#include <bpf/btf.h>
#include <stdbool.h>
#include <stdint.h>

#include "record/kernel/targets.h"

struct multi_links;

struct multi_program {
	int fd;
	uint32_t type;	  /* enum bpf_attach_type of the kernel */
	bool returns;	  /* runs as the functions return, and not as they are entered */
	bool trampolines; /* the kernel takes BTF ids and not addresses */
};

/* Returns whether the kernel has kprobe.multi. */
bool kprobe_multi_is_there(const struct btf *btf);
/*
 * Returns the attach type of kprobe.session, whose program decides at a function's entry whether it
 * runs at the return too; 0: the kernel does not have it.
 */
uint32_t kprobe_multi_session_type(const struct btf *btf);

/*
 * Returns the attach type of programs at the entries of functions with trampolines; 0: the kernel
 * attaches no program to many trampolines at once, or bpf/trampoline.bpf.h has no programs for
 * this processor.
 */
uint32_t trampolines_entry_type(const struct btf *btf);

struct multi_links *multi_links_new(void); /* NULL: no memory */
/*
 * Attaches to n functions with their cookies. Those that the kernel does not allow are handed to
 * refused(); an error is what concerns all of them.
 */
int multi_links_attach(struct multi_links *m, const struct multi_program *p,
		       struct target *const *of, size_t n,
		       void (*refused)(void *arg, struct target *t), void *arg,
		       struct pwrt_diag *d);
/* Detaches all; NULL is nothing. */
void multi_links_free(struct multi_links *m);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* kprobe.multi: one program on many functions, by one link. */
#ifndef KPROBE_MULTI_H
#define KPROBE_MULTI_H

#include <bpf/btf.h>
#include <stdbool.h>
#include <stdint.h>

#include "record/kernel/targets.h"

struct kprobe_multi;

struct kprobe_multi_program {
	int fd;
	uint32_t type; /* enum bpf_attach_type of the kernel */
	bool returns;  /* runs as the functions return, and not as they are entered */
};

/* Returns whether the kernel has kprobe.multi. */
bool kprobe_multi_is_there(const struct btf *btf);
/*
 * Returns the attach type of kprobe.session, whose program decides at a function's entry whether it
 * runs at the return too; 0: the kernel does not have it.
 */
uint32_t kprobe_multi_session_type(const struct btf *btf);

struct kprobe_multi *kprobe_multi_new(void); /* NULL: no memory */
/*
 * Attaches to n functions with their cookies. Those that the kernel does not allow are handed to
 * refused(); an error is what concerns all of them.
 */
int kprobe_multi_attach(struct kprobe_multi *m, const struct kprobe_multi_program *p,
			struct target *const *of, size_t n,
			void (*refused)(void *arg, struct target *t), void *arg,
			struct pwrt_diag *d);
/* Detaches all; NULL is nothing. */
void kprobe_multi_free(struct kprobe_multi *m);

#endif

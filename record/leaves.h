/* Sees deciding functions return, where the kernel has kprobe.multi; kprobes.c does it elsewhere. */
#ifndef LEAVES_H
#define LEAVES_H

#include <bpf/libbpf.h>

#include "targets.h"

struct leaves;

/*
 * Attaches to every target that is attached and has ->leave, and adds that to the cookies of their
 * probes: so these are attached afterwards, which also lets them see a function's caller and not
 * what the kernel puts in its place. What the kernel refuses has no ->leave then.
 */
int leaves_attach(struct leaves **out, struct targets *ts, const struct bpf_program *prog,
		  struct pwrt_diag *d);
void leaves_detach(struct leaves *l);

#endif

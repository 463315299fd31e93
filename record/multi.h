/* kprobe.multi: one program on many functions, by one link. */
#ifndef MULTI_H
#define MULTI_H

#include <bpf/btf.h>
#include <stdbool.h>
#include <stdint.h>

#include "targets.h"

struct multi;

struct multi_program {
	int fd;
	uint32_t type; /* enum bpf_attach_type of the kernel */
	bool returns;  /* runs as the functions return, and not as they are entered */
};

/* Has the kernel kprobe.multi? */
bool multi_is_there(const struct btf *btf);
/*
 * The attach type of a program that is asked at the entry of a function whether it wants to see
 * the return, or 0 where the kernel has none.
 */
uint32_t multi_session_type(const struct btf *btf);

struct multi *multi_new(void); /* NULL: no memory */
/*
 * Attaches to n functions with their cookies. Those that the kernel does not allow are handed to
 * refused(); an error is what concerns all of them.
 */
int multi_attach(struct multi *m, const struct multi_program *p, struct target *const *of, size_t n,
		 void (*refused)(void *arg, struct target *t), void *arg, struct pwrt_diag *d);
/* Detaches all; NULL is nothing. */
void multi_free(struct multi *m);

#endif

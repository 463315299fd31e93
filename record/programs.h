/*
 * BPF programs that packets run through: which there are, and how to be there when they begin and
 * return. Those that are loaded later are not seen.
 */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include <bpf/libbpf.h>

#include "format/pwrt.h"

enum program_kind { PROGRAM_TC, PROGRAM_XDP, NR_PROGRAM_KINDS };

struct program {
	char *name;	 /* of its function, whole */
	const char *why; /* when refused: a constant */
	uint64_t addr;
	uint32_t id;	 /* of the program */
	uint32_t btf_id; /* of its function, in its own BTF */
	int links[2];	 /* as it begins, as it returns; -1 */
	uint8_t kind;	 /* enum program_kind */
	uint8_t status;	 /* enum pwrt_func_status */
};

struct programs {
	struct program *p;
	size_t nr;
	bool is_full; /* more match than can be traced: NR_PROGRAMS_MAX */
	bool wanted[NR_PROGRAM_KINDS];
};

/* POSIX extended, whole names; NULL: none of that kind. */
struct programs_options {
	const char *names[NR_PROGRAM_KINDS];
};

/* Finds those that are loaded now. None at all is no failure. */
int programs_find(struct programs *ps, const struct programs_options *o, struct pwrt_diag *d);
/*
 * Attaches copies of loaded programs of ours, for each kind one for the beginning and one for the
 * return, with the number of the program in the place of PROGRAM_MARK. What the kernel refuses is
 * noted in it.
 */
int programs_attach(struct programs *ps, struct bpf_program *const ours[NR_PROGRAM_KINDS][2],
		    struct pwrt_diag *d);
void programs_detach(struct programs *ps);
void programs_free(struct programs *ps);

#endif

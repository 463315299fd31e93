/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Loads our BPF programs: fills in the filters and settings, selects what this kernel needs, sizes
 * the maps. record/attach/attach.h attaches them.
 */
#ifndef LOADER_H
#define LOADER_H

#include <bpf/libbpf.h>

#include "bpf/event.h"
#include "format/tool/pcap_expr.h"
#include "format/pwrt.h"
#include "packet_filter.h"
#include "record/kernel/field_expr.h"
#include "record/kernel/targets.h"
#include "record/kernel/traced_progs.h"

enum backend { BACKEND_AUTO, BACKEND_TRAMPOLINES, BACKEND_MULTI, BACKEND_KPROBE };

extern const char *const backend_names[]; /* by enum backend, NULL-terminated */

/* Conditions on a packet in addition to the filter of its headers; zero: any packet. */
struct meta_filter {
	uint32_t netns, ifindex;
	uint32_t mark, mark_mask; /* (skb->mark & mark_mask) == mark */
	bool no_track;		  /* only events that match by themselves */
};

/*
 * Triggers besides drops. TCP events: retransmissions, of SYN-ACKs too, and received resets; for
 * requests without an answer: what devices send and receive.
 */
enum { LOAD_RETRANSMISSION, LOAD_SYN_ACK, LOAD_RESET, LOAD_SENT, LOAD_RECEIVED, NR_TRIGGERS };

struct load_options {
	enum backend backend;
	const struct pcap_expr *filter; /* NULL: every packet, or with tunnel none */
	const struct pcap_expr
		*tunnel; /* or a match inside a tunnel; NULL: tunnels are not searched */
	struct meta_filter meta;
	const char *kernel_btf; /* for CO-RE; NULL: the running kernel's */
	const struct field_exprs *fields;
	const struct field_tests *tests; /* all must hold */
	uint32_t snaplen;		 /* bytes of each packet; 0: headers only */
	bool stack;			 /* return addresses with every event */
	bool drops_only;		 /* drops are recorded without any function */
	uint32_t sample;		 /* record one flow in so many; 0: all */
	bool may_shed;			 /* capture_shed_flows() may be called */
	bool filter_at_entry;		 /* packets begin at functions with COOKIE_ENTRY alone */
	bool aims;			 /* functions record the flows of capture_aim() alone */
	bool triggers[NR_TRIGGERS];	 /* events that are reported, too */
	struct traced_progs *programs;	 /* of other owners, to attach to; stays the caller's */
	uint32_t ring_chunks;		 /* of each CPU, a power of two */
	uint32_t aux_bytes;		 /* of the auxiliary ring: pages, a power of two */
};

/* The programs of the skeleton for functions: how each is found, and when it is used. */
enum program {
	/* Functions with trampolines. */
	PROG_TRAMPOLINE_ARG1,
	PROG_TRAMPOLINE_ARG2,
	PROG_TRAMPOLINE_ARG3,
	PROG_TRAMPOLINE,
	/* Functions with kprobes. The skb at a usual place, and no flags. */
	PROG_ARG1,
	PROG_ARG2,
	PROG_ARG3,
	PROG_ARG5,
	PROG_ARG6,
	PROG_ARG9,
	PROG_ENTRY_ARG1, /* with --filter-at entry: those that apply the filter */
	PROG_ENTRY_ARG2,
	PROG_ENTRY_ARG3,
	/* The same with flags; the cookie is looked up only where it matters. */
	PROG_FLAGGED_ARG1,
	PROG_LATE_ARG1, /* functions that never begin a packet */
	PROG_INDIRECT_ARG1,
	PROG_INDIRECT_ARG6,
	PROG_COPY,
	PROG_SPECIAL,	   /* all others */
	PROG_SPECIAL_CALL, /* for kprobe.multi without bpf_rdonly_cast() */
	PROG_SESSION_ARG1, /* these run at the returns of deciding functions, too */
	PROG_SESSION_ARG2,
	PROG_SESSION_ARG3,
	PROG_SESSION,
	PROG_RETURN, /* where the kernel has no sessions */
	PROG_SINGLE,
	PROG_RETURN_SINGLE,
	NR_PROGRAMS
};

/* The loaded programs and their maps. All of it is read by attach.c and capture.c. */
struct loader {
	struct pwru_bpf *skel;
	struct bpf_program *prog[NR_PROGRAMS];
	enum backend backend; /* BACKEND_MULTI or BACKEND_KPROBE */
	unsigned int nr_cpus;
	bool has_rdonly_cast;
	struct rdonly_cast_ids rdonly_cast;
	uint32_t trampoline_type;		    /* multi_link.h; 0: no trampolines */
	uint32_t preempt_disable, preempt_enable;   /* BTF ids */
	uint32_t session_type;			    /* multi_link.h; 0: no sessions */
	uint32_t session_is_return, session_cookie; /* BTF ids */
	const char *refusals[NR_FUNC_SPECIAL];	    /* of tracepoints[]; NULL: attach to it */
	/* By kind, one for the beginning and one for the return: copied for each traced program. */
	struct bpf_program *tracer_templates[NR_PROGRAM_KINDS][2];
};

/*
 * Loads the programs for ts. Returns 0, or PWRT_EINVAL where this kernel lacks what the options
 * require, PWRT_ESYS, PWRT_ENOMEM; loader_close() then too.
 */
int loader_open(struct loader *l, const struct load_options *o, const struct targets *ts,
		const struct ksyms *k, struct pwrt_diag *d);
void loader_close(struct loader *l);
/* Returns whether a recording by this backend attaches by links to many functions, and not by
 * single kprobes, on the kernel with these types. */
bool loader_uses_multi(enum backend backend, const struct btf *btf);
/* Returns the program that the function of t requires, loaded or not. */
enum program loader_required_program(const struct loader *l, const struct target *t);
/* Returns whether the program runs at the returns of its functions, too. */
bool loader_is_session(enum program prog);
/* Returns whether the program's functions have trampolines. */
bool loader_is_trampoline(enum program prog);
/* Returns the enum bpf_attach_type of the kernel for a program of BACKEND_MULTI at entries. */
uint32_t loader_attach_type(const struct loader *l, enum program prog);
/* Returns the one to attach: the program for special functions replaces one that is not loaded. */
enum program loader_program(const struct loader *l, const struct target *t);
/* Returns the program of a trigger; NULL: it is not loaded. */
struct bpf_program *loader_trigger_program(const struct loader *l, unsigned int nr);
struct bpf_program *loader_tracepoint_program(const struct loader *l, unsigned int nr);
/* Reads 16 bytes of kernel memory at addr. Borrowed until the next call; NULL: not readable. */
const uint8_t *loader_read_kernel(const struct loader *l, uint64_t addr);

#endif

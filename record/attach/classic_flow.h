/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ways through a program of classic BPF (bpf_filter() in libpcap). */
#ifndef CLASSIC_FLOW_H
#define CLASSIC_FLOW_H

#include "format/tool/pcap_expr.h"

/*
 * Sets next[] to the numbers of the instructions that may follow instruction at, and returns how
 * many these are: none after a return. They may be past the program's end.
 */
size_t classic_flow_next(const struct pcap_expr_insn *c, size_t at, size_t next[2]);
#endif

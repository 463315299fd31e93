/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "classic_flow.h"

#include <linux/filter.h>

size_t classic_flow_next(const struct pcap_expr_insn *c, size_t at, size_t next[2])
{
	next[0] = at + 1;
	switch (BPF_CLASS(c[at].code)) {
	case BPF_RET:
		return 0;
	case BPF_JMP:
		if (BPF_OP(c[at].code) == BPF_JA) {
			next[0] += c[at].k;
			return 1;
		}
		next[1] = next[0] + c[at].jf;
		next[0] += c[at].jt;
		return 2;
	}
	return 1;
}

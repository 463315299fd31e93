/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The loads of a packet filter whose value is only compared with constants. Their bytes can stay in
 * network order, and the constants are turned instead.
 */
#ifndef NETWORK_ORDER_H
#define NETWORK_ORDER_H

#include "format/tool/pcap_expr.h"

/*
 * Sets bytes[i] for each of nr instructions of classic BPF, whose jumps lead forward. Of a load of
 * A that can stay in network order, and of the comparisons with its value: the bytes of the value,
 * 2 or 4. Of all others: 0. Returns 0 or PWRT_ENOMEM.
 */
int network_order_find(uint8_t *bytes, const struct pcap_expr_insn *c, size_t nr,
		       struct pwrt_diag *d);
#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Translates classic BPF for Ethernet frames to classic BPF for packets without a link layer. */
#ifndef RAW_PROGRAM_H
#define RAW_PROGRAM_H

#include <pcap/pcap.h>
#include <stdbool.h>

/*
 * Makes *out decide as *ether does, if the packet had an Ethernet header with addresses of zero and
 * the EtherType of its contents: IPv4, IPv6 or ARP. The caller frees *out with pcap_freecode().
 * Returns false, with *out empty, when the program reads that header in another way than by its
 * fields, when a jump becomes too long, or without memory.
 */
bool raw_program_build(struct bpf_program *out, const struct bpf_program *ether);

#endif

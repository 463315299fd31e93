/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads the conntrack entry, the route, the socket, the hook and the table for auxiliary records. */
#ifndef PWRU_PACKET_DETAILS_BPF_H
#define PWRU_PACKET_DETAILS_BPF_H

#include "event.h"
#include "kernel_read.bpf.h"
#include "kernel_types.bpf.h"

#define AF_INET 2
#define AF_INET6 10

/*
 * Mixes bytes of kernel memory, a multiple of 8, into a digest. A copy of them would take stack
 * from probe_session, whose calls share 512 bytes.
 */
static __always_inline __u64 mix_digest(__u64 digest, __u64 address, const __u64 bytes,
					const bool cast)
{
	__u64 done;

#pragma unroll
	for (done = 0; done < bytes; done += 8)
		digest = digest * 0x9e3779b97f4a7c15ull + READ_U64(address + done);
	return digest;
}

/*
 * Returns the address of an entry's 128 labels, which connlabel and nft set; 0: it has none.
 * nf_ct_labels_find(), include/net/netfilter/nf_conntrack_labels.h.
 */
static __always_inline __u64 ct_labels_of(const struct nf_conn *ct, const bool cast)
{
	__u64 ext, place;
	__u8 off;

	if (!bpf_core_enum_value_exists(enum nf_ct_ext_id, NF_CT_EXT_LABELS))
		return 0;
	ext = READ_POINTER(nf_conn, ct, ext);
	if (!ext)
		return 0;
	place = ext + bpf_core_field_offset(struct nf_ct_ext, offset) +
		bpf_core_enum_value(enum nf_ct_ext_id, NF_CT_EXT_LABELS);
	off = READ_U64(place);
	return off ? ext + off : 0;
}

/*
 * Returns a digest of the members of a conntrack entry that a hook may change and a record has:
 * status, mark, zone, labels, reply tuple. nfct is skb->_nfct. 0: no entry.
 */
static __always_inline __u64 ct_digest(__u64 nfct, const bool cast)
{
	const struct nf_conn *ct = (const void *)(nfct & ~7ull);
	__u64 digest, labels;

	if (!bpf_core_type_exists(struct nf_conn) || !ct)
		return 0;
	digest = nfct + READ_POINTER(nf_conn, ct, status) * 31;
	if (bpf_core_field_exists(ct->mark))
		digest = digest * 0x9e3779b97f4a7c15ull + (__u32)READ_POINTER(nf_conn, ct, mark);
	if (bpf_core_field_exists(ct->zone))
		digest = digest * 0x9e3779b97f4a7c15ull + (__u16)READ_POINTER(nf_conn, ct, zone.id);
	labels = ct_labels_of(ct, cast);
	if (labels)
		digest = mix_digest(digest, labels, 16, cast);
	digest = mix_digest(digest,
			    (__u64)ct + bpf_core_field_offset(struct nf_conn, tuplehash[1].tuple),
			    sizeof(struct nf_conntrack_tuple), cast);
	return digest | 1;
}

static __always_inline void fill_tuple(struct pw_tuple *to, const struct nf_conntrack_tuple *from)
{
	__builtin_memcpy(to->src, &from->src.u3, sizeof(to->src));
	__builtin_memcpy(to->dst, &from->dst.u3, sizeof(to->dst));
	to->sport = from->src.u.all;
	to->dport = from->dst.u.all;
}

/*
 * Sets the connection that expected this one (RELATED, but not by an ICMP error). room is a buffer
 * of the caller: the stack is short.
 */
static __always_inline void fill_ct_parent(struct pw_nf_info *d, const struct nf_conn *ct,
					   struct nf_conntrack_tuple *room)
{
	const struct nf_conn *master = BPF_CORE_READ(ct, master);

	d->ct_parent_proto = 0;
	if (!master)
		return;
	BPF_CORE_READ_INTO(room, master, tuplehash[0].tuple);
	fill_tuple(&d->parent, room);
	d->ct_parent_proto = room->dst.protonum;
}

/* Reads the entry again: one that changed since its digest was made will be recorded once more. */
static __always_inline void fill_ct(struct pw_nf_info *d, __u64 nfct, const bool cast)
{
	const struct nf_conn *ct = (const void *)(nfct & ~7ull);
	struct nf_conntrack_tuple tuple;
	__u64 labels;

	if (!bpf_core_type_exists(struct nf_conn))
		return;
	BPF_CORE_READ_INTO(&tuple, ct, tuplehash[1].tuple);
	fill_tuple(&d->tuple[1], &tuple);
	BPF_CORE_READ_INTO(&tuple, ct, tuplehash[0].tuple);
	fill_tuple(&d->tuple[0], &tuple);
	d->ct_l3 = tuple.src.l3num;
	d->ct_proto = tuple.dst.protonum;
	d->ct_status = BPF_CORE_READ(ct, status);
	d->ct_info = nfct & 7;
	d->ct_mark = bpf_core_field_exists(ct->mark) ? BPF_CORE_READ(ct, mark) : 0;
	d->ct_zone = bpf_core_field_exists(ct->zone) ? BPF_CORE_READ(ct, zone.id) : 0;
	labels = ct_labels_of(ct, cast);
	d->ct_labels[0] = labels ? READ_U64(labels) : 0;
	d->ct_labels[1] = labels ? READ_U64(labels + 8) : 0;
	fill_ct_parent(d, ct, &tuple);
}

/* skb->_skb_refdst without SKB_DST_NOREF: include/linux/skbuff.h. */
static __always_inline __u64 dst_of(__u64 skb, const bool cast)
{
	const struct sk_buff *view = VIEW(sk_buff, skb);

	return READ(view, _skb_refdst) & ~1ull;
}

static __always_inline void fill_route(struct pw_hook_info *d, __u64 address, const bool cast)
{
	const struct rt6_info *rt6 = (const void *)address;
	const struct rtable *rt = VIEW(rtable, address);
	const struct net_device *dev = VIEW(net_device, READ_POINTER(dst_entry, address, dev));
	const struct dst_ops *ops = VIEW(dst_ops, READ_POINTER(dst_entry, address, ops));

	d->dst_family = READ(ops, family);
	d->ifindex = READ(dev, ifindex);
	BPF_CORE_READ_INTO(&d->ifname, dev, name);
	d->gw_family = 0;
	d->route_type = 0;
	__builtin_memset(d->gw, 0, sizeof(d->gw));
	if (d->dst_family == AF_INET) {
		d->route_type = READ(rt, rt_type);
		d->gw_family = READ(rt, rt_gw_family);
		if (d->gw_family == AF_INET)
			*(__be32 *)d->gw = READ(rt, rt_gw4);
		else if (d->gw_family == AF_INET6)
			BPF_CORE_READ_INTO((struct in6_addr *)d->gw, rt, rt_gw6);
	} else if (d->dst_family == AF_INET6 && bpf_core_type_exists(struct rt6_info)) {
		BPF_CORE_READ_INTO((struct in6_addr *)d->gw, rt6, rt6i_gateway);
		d->gw_family = ((__u64 *)d->gw)[0] || ((__u64 *)d->gw)[1] ? AF_INET6 : 0;
	}
}

static __always_inline void fill_sock(struct pw_hook_info *d, __u64 address, const bool cast)
{
	const struct sock *sk = VIEW(sock, address);
	__u64 socket = READ_POINTER(sock, address, sk_socket), file, inode;

	/* 0: a socket of the kernel, or not accepted yet. */
	file = socket ? READ_POINTER(socket, socket, file) : 0;
	inode = file ? READ_POINTER(file, file, f_inode) : 0;
	d->ino = inode ? READ_POINTER(inode, inode, i_ino) : 0;
	d->uid = READ(sk, sk_uid.val);
	d->sk_proto = READ(sk, sk_protocol);
	d->sk_state = READ(sk, __sk_common.skc_state);
}

static __always_inline void fill_hook(struct pw_hook_info *d, __u64 address, const bool cast)
{
	const struct nf_hook_state *state = VIEW(nf_hook_state, address);

	d->hook = READ(state, hook);
	d->pf = READ(state, pf);
}

static __always_inline void fill_table(struct pw_nf_info *d, __u64 address, __u32 contents)
{
	const struct nft_chain *chain = (const void *)address;
	const struct xt_table *table = (const void *)address;

	if (contents & AUX_CHAIN && bpf_core_type_exists(struct nft_chain)) {
		bpf_probe_read_kernel_str(d->chain, sizeof(d->chain), BPF_CORE_READ(chain, name));
		bpf_probe_read_kernel_str(d->table, sizeof(d->table),
					  BPF_CORE_READ(chain, table, name));
	} else if (bpf_core_type_exists(struct xt_table)) {
		bpf_probe_read_kernel_str(d->table, sizeof(d->table), &table->name);
	}
}

#endif

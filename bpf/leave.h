/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Return values of functions that decide a packet's path (netfilter, routing, sockets), and drop
 * reasons from kfree_skb. A probe may interrupt a program at a tracepoint, so that these records go
 * through a ring buffer with many writers, and not through the rings of the CPUs.
 */
#ifndef PWRU_LEAVE_H
#define PWRU_LEAVE_H

#include "event.h"
#include "kern.h"
#include "ring.h"
#include "size.h"
#include "stack.h"
#include "track.h"

#define AF_INET 2
#define AF_INET6 10

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* the recorder decides */
} aux_ring SEC(".maps");

/* ---- calls that are under way ---- */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NR_CALL_BUCKETS);
	__type(key, __u32);
	__type(value, struct call_bucket);
} calls SEC(".maps");

/*
 * How many bytes the stack may be below a function's entry where its return is seen. The registers
 * that the program gets lie there (arch_rethook_trampoline(), arch/x86/kernel/rethook.c;
 * arch/arm64/kernel/probes/kprobes_trampoline.S), and little more. The kernel's structure may be
 * larger than ours: on arm64 it ends with more than registers.
 */
#define RETURN_MAX (bpf_core_type_size(struct pt_regs) + 64)

/* A call that is under way for so long returned without being seen: the kernel misses returns. */
#define CALL_MAX_NS 1000000000ull

/* By the task, whatever CPU it is on by then; the idle tasks are all number 0. */
static __always_inline struct call_bucket *bucket_of_task(void)
{
	__u32 pid = (__u32)bpf_get_current_pid_tgid(),
	      at = (pid ? pid : ~bpf_get_smp_processor_id()) * 0x9e3779b1u >> 22;

	return bpf_map_lookup_elem(&calls, &at);
}

#define RINGBUF_HEADER 8 /* BPF_RINGBUF_HDR_SZ: include/uapi/linux/bpf.h */

/* Notes that were due, and are not written. */
static __always_inline void count_lost_aux(__u64 nr)
{
	struct pw_ring *r = ring_of_cpu(bpf_get_smp_processor_id());

	if (!r || !nr)
		return;
	__sync_fetch_and_add(&r->aux_records, nr);
	__sync_fetch_and_add(&r->aux_lost, nr);
}

/* One that is. */
static __always_inline void count_aux(__u64 bytes)
{
	struct pw_ring *r = ring_of_cpu(bpf_get_smp_processor_id());

	if (!r)
		return;
	__sync_fetch_and_add(&r->aux_records, 1);
	__sync_fetch_and_add(&r->aux_bytes, bytes + RINGBUF_HEADER);
}

static __always_inline struct call *call_at(struct call_bucket *b, __u32 at)
{
	return &b->call[at & (CALLS_PER_BUCKET - 1)];
}

static __always_inline void close_call(struct call_bucket *b, struct call *c)
{
	c->sp = 0;
	__sync_fetch_and_add(&b->open, -1);
}

/*
 * Takes a place in the task's bucket; returns its number there. What was never seen to return is
 * counted: whoever calls this lies above it on the stack, so that what lies below has returned.
 * Global, so that the verifier goes through it once and not once for each way that leads here.
 */
__noinline int claim_call(__u64 sp)
{
	struct call_bucket *b = bucket_of_task();
	__u64 missed = 0;
	__u32 i, at = 0;

	if (!b)
		return 0;
	for (i = 0; i < CALLS_PER_BUCKET; i++) {
		struct call *c = &b->call[i];

		if (c->sp <= sp && !((c->sp ^ sp) & ~(STACK_MAX - 1))) {
			c->sp = 0;
			missed++;
		}
	}
	for (i = 0; i < CALLS_PER_BUCKET; i++)
		if (!b->call[i].sp)
			at = i;
	at &= CALLS_PER_BUCKET - 1;
	if (b->call[at].sp || __sync_val_compare_and_swap(&b->call[at].sp, 0, sp)) {
		b->call[at].sp = sp;
		missed++;
	}
	__sync_fetch_and_add(&b->open, 1 - missed);
	count_lost_aux(missed);
	return at;
}

/* Remembers a call; 1: its return will be noted. */
static __always_inline int open_call(const struct pt_regs *regs, __u64 skb, __u64 packet,
				     __u32 slot, __u32 func, __u32 cookie)
{
	__u32 at = claim_call(REG_SP(regs));
	struct call_bucket *b = bucket_of_task();
	struct call *c;

	if (!b)
		return 0;
	c = call_at(b, at);
	c->ts = bpf_ktime_get_ns();
	c->skb = skb;
	c->packet = packet;
	c->slot = slot;
	c->func = func;
	c->cookie = cookie;
	c->args[0] = REG_ARG1(regs);
	c->args[1] = REG_ARG2(regs);
	c->args[2] = REG_ARG3(regs);
	c->args[3] = REG_ARG4(regs);
	return 1;
}

/*
 * The number, in the task's bucket, of the call that was entered nearest above this place on the
 * stack, and no more than max bytes above; of this function, or of any (0). Negative: there is
 * none. Global for the same reason.
 */
__noinline int find_call(__u32 func, __u64 here, __u64 max)
{
	struct call_bucket *b = bucket_of_task();
	int i, at = -1;

	if (!b)
		return -1;
	for (i = 0; i < CALLS_PER_BUCKET; i++) {
		const struct call *c = &b->call[i];

		if ((!func || c->func == func) && c->sp - here < max) {
			at = i;
			max = c->sp - here;
		}
	}
	return at;
}

/* Where a program's arguments are, as a number: on the stack of what it is about. */
static __always_inline __u64 stack_address(const void *ctx)
{
	const void *p = ctx;
	__u64 here = 0;

	bpf_probe_read_kernel(&here, sizeof(here), &p);
	return here;
}

/* An argument by its number, from 1. */
static __always_inline __u64 call_arg(const struct call *c, __u32 nr)
{
	return c->args[(nr - 1) & (CALL_ARGS_MAX - 1)];
}

/* ---- what is said ---- */

/*
 * Mix bytes of kernel memory, a multiple of 8, into a digest. A copy of them would take stack from
 * probe_session, whose calls share 512 bytes.
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
 * Return the address of an entry's 128 labels, which connlabel and nft set; 0: it has none.
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
 * Return a digest of the members of a conntrack entry that a note has and a hook may change:
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
 * The connection that let this one be expected: what RELATED is to, and not by an ICMP error. room
 * is the caller's: the stack is short.
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

/* The entry is read again here: one that changed since its digest was made is noted once more. */
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

	/* 0: of the kernel itself, or not accepted yet. */
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

/* ---- how it is said ---- */

/*
 * A note, of so many bytes with what follows it: a constant. NULL: there is no room for it. What it
 * has besides is to be filled in before bpf_ringbuf_submit().
 */
static __always_inline void *new_aux(const __u64 bytes, __u64 packet, __u32 slot, __u32 func,
				     __u32 contents, __u64 sp)
{
	struct pw_aux *n = bpf_ringbuf_reserve(&aux_ring, bytes, 0);

	if (!n) {
		count_lost_aux(1);
		return 0;
	}
	count_aux(bytes);
	n->ts = bpf_ktime_get_ns();
	n->packet = packet;
	n->slot = slot;
	n->cpu = bpf_get_smp_processor_id();
	n->contents = contents;
	n->sp = sp;
	n->func = func;
	return n;
}

struct drop_aux {
	struct pw_aux aux;
	struct pw_origin origin;
};

struct hook_aux {
	struct pw_aux aux;
	struct pw_hook_info hook_info;
};

struct nf_aux {
	struct pw_aux aux;
	struct pw_hook_info hook_info;
	struct pw_nf_info nf_info;
};

/* A note about the packet of a call, with the details to be filled in. */
static __always_inline struct nf_aux *new_nf_aux(const struct call *c, __u32 func, __u32 contents,
						 __u64 sp)
{
	return new_aux(sizeof(struct nf_aux), c->packet, c->slot, func, contents, sp);
}

/* What a function decided: all that is known of it when it returns. */
struct decision {
	const struct call *call;
	__u64 ret, dst, nfct;
	__u32 contents;
};

/*
 * What there is to say, compared with what was said before. t is NULL when the packet has ended, in
 * this function or meanwhile: nothing of it is there to be looked at any more.
 */
static __always_inline void select_contents(struct decision *d, struct pw_track *t, const bool cast)
{
	const __u32 cookie = d->call->cookie;

	d->contents = cookie & COOKIE_RET ? AUX_RET : 0;
	if (COOKIE_STATE_ARG(cookie))
		d->contents |= AUX_HOOK;
	if (cookie & COOKIE_XT)
		d->contents |= AUX_TABLE;
	if (cookie & COOKIE_NFT)
		d->contents |= AUX_TABLE | AUX_CHAIN;
	if (COOKIE_SOCK_ARG(cookie))
		d->contents |= AUX_SOCK;
	if (!t)
		return;
	if (cookie & COOKIE_CT) {
		const struct sk_buff *view = VIEW(sk_buff, d->call->skb);
		__u64 digest;

		d->nfct = READ(view, _nfct);
		digest = ct_digest(d->nfct, cast);
		if (digest && digest != t->last_ct_digest)
			d->contents |= AUX_CT;
		t->last_ct_digest = digest;
	}
	if (cookie & COOKIE_ROUTE) {
		d->dst = dst_of(d->call->skb, cast);
		if (d->dst && d->dst != t->last_dst)
			d->contents |= AUX_ROUTE;
		t->last_dst = d->dst;
	}
}

static __always_inline void fill_hook_info(struct pw_hook_info *to, const struct decision *d,
					   const bool cast)
{
	if (d->contents & AUX_HOOK)
		fill_hook(to, call_arg(d->call, COOKIE_STATE_ARG(d->call->cookie)), cast);
	if (d->contents & AUX_ROUTE) {
		fill_route(to, d->dst, cast);
		fill_sizes(&to->sizes, d->call->skb, d->dst, cast);
	}
	if (d->contents & AUX_SOCK)
		fill_sock(to, call_arg(d->call, COOKIE_SOCK_ARG(d->call->cookie)), cast);
}

static __always_inline void fill_nf_info(struct pw_nf_info *to, const struct decision *d,
					 const bool cast)
{
	if (d->contents & AUX_TABLE)
		fill_table(to, call_arg(d->call, 1), d->contents);
	if (d->contents & AUX_CT)
		fill_ct(to, d->nfct, cast);
}

static __always_inline void emit_decision(const struct decision *d, const bool cast)
{
	const struct call *c = d->call;
	struct hook_aux *brief;
	struct nf_aux *full;
	struct pw_aux *n;

	if (d->contents & AUX_NF_INFO) {
		full = new_nf_aux(c, c->func, d->contents, c->sp);
		if (!full)
			return;
		full->aux.ret = d->ret;
		fill_hook_info(&full->hook_info, d, cast);
		fill_nf_info(&full->nf_info, d, cast);
		bpf_ringbuf_submit(full, BPF_RB_NO_WAKEUP);
		return;
	}
	if (d->contents & AUX_HOOK_INFO) {
		brief = new_aux(sizeof(*brief), c->packet, c->slot, c->func, d->contents, c->sp);
		if (!brief)
			return;
		brief->aux.ret = d->ret;
		fill_hook_info(&brief->hook_info, d, cast);
		bpf_ringbuf_submit(brief, BPF_RB_NO_WAKEUP);
		return;
	}
	n = new_aux(sizeof(*n), c->packet, c->slot, c->func, d->contents, c->sp);
	if (!n)
		return;
	n->ret = d->ret;
	bpf_ringbuf_submit(n, BPF_RB_NO_WAKEUP);
}

/* A function that decides returns, or that somebody wants to know of. */
static __always_inline int on_return(struct pt_regs *regs, const bool cast)
{
	struct call_bucket *b = bucket_of_task();
	struct decision d = {};
	struct call *c;
	struct pw_track *t;
	__u32 slot;
	int at;

	if (!b || !b->open)
		return 0;
	at = find_call((__u32)bpf_get_func_ip(regs), stack_address(regs), RETURN_MAX);
	if (at < 0)
		return 0;
	c = call_at(b, at);
	if (bpf_ktime_get_ns() - c->ts > CALL_MAX_NS) {
		close_call(b, c);
		count_lost_aux(1);
		return 0;
	}
	d.call = c;
	d.ret = REG_RET(regs);
	if (track_by_stack && c->cookie & COOKIE_ALLOC && d.ret && enabled)
		track_begin(d.ret, c->packet, &t);
	slot = c->slot;
	t = track_of(slot);
	if (t && (keys[slot & (NR_SLOTS - 1)] != c->skb || t->packet != c->packet || t->end_sp))
		t = 0;
	select_contents(&d, t, cast);
	if (d.contents)
		emit_decision(&d, cast);
	close_call(b, c);
	return 0;
}

SEC("kretprobe.multi")
int return_multi(struct pt_regs *regs)
{
	return on_return(regs, false);
}

SEC("kretprobe")
int return_single(struct pt_regs *regs)
{
	return on_return(regs, false);
}

/* The packet that an skb is, for what the kernel tells of by itself. */
struct packet_ref {
	__u64 packet;
	__u32 slot;
};

/* false: it is none that is followed, or, which is counted, nobody has heard of it yet. */
static __always_inline bool find_announced(struct packet_ref *p, __u64 skb)
{
	struct pw_track *t;

	if (!enabled || !track_might_contain(skb))
		return false;
	p->slot = track_find(skb);
	t = track_of(p->slot);
	if (!t)
		return false;
	if (!t->announced) {
		count_lost_aux(1);
		return false;
	}
	p->packet = t->packet;
	return true;
}

/* A note that an skb is dropped, for this reason and by this caller. Returns 0, for a program. */
static __always_inline int emit_drop(__u64 *ctx, __u64 skb, __u32 func, __u64 caller, __u64 reason)
{
	struct drop_aux *n;
	struct packet_ref p;
	const bool cast = false;

	if (!find_announced(&p, skb))
		return 0;
	n = new_aux(sizeof(*n), p.packet, p.slot, func, AUX_DROP, stack_address(ctx));
	if (!n)
		return 0;
	n->aux.ret = reason;
	n->origin.caller = caller;
	n->origin.task = bpf_get_current_pid_tgid();
	bpf_get_current_comm(n->origin.comm, sizeof(n->origin.comm));
	fill_sizes(&n->origin.sizes, skb, dst_of(skb, cast), cast);
	bpf_ringbuf_submit(n, BPF_RB_NO_WAKEUP);
	return 0;
}

/*
 * trace_kfree_skb() (include/trace/events/skb.h): every drop passes here, whatever function the
 * kernel's version makes of it. skb, location, and since 5.17 the reason.
 */
SEC("raw_tp/kfree_skb")
int dropped(__u64 *ctx)
{
	return emit_drop(ctx, ctx[0], FUNC_DROPPED, ctx[1], ctx[2]);
}

/*
 * trace_qdisc_drop() (include/trace/events/qdisc.h, since Linux 7.0): qdisc, queue, device, skb,
 * and the reason, of enum qdisc_drop_reason. The kernel frees the skb later, with the reason
 * QDISC_DROP.
 */
SEC("raw_tp/qdisc_drop")
int qdisc_dropped(__u64 *ctx)
{
	return emit_drop(ctx, ctx[3], FUNC_QDISC, 0, (__u32)ctx[4]);
}

#endif

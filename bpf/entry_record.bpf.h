/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Emission of entries (struct pw_entry) into the ring of the CPU: compares a packet with its last
 * entry, and writes the deltas and the extras.
 */
#ifndef PWRU_ENTRY_RECORD_BPF_H
#define PWRU_ENTRY_RECORD_BPF_H

#include "call_tracking.bpf.h"
#include "event.h"
#include "field_expr.bpf.h"
#include "headers.bpf.h"
#include "kernel_read.bpf.h"
#include "kernel_types.bpf.h"
#include "netdev.bpf.h"
#include "packet_filter.bpf.h"
#include "patch.h"
#include "payload.bpf.h"
#include "regs.bpf.h"
#include "rings.bpf.h"
#include "sizes.bpf.h"
#include "stack_context.bpf.h"
#include "tc_xdp.bpf.h"
#include "tracked_packets.bpf.h"
#include "verifier.bpf.h"

/* The recorder sets these before it loads the programs. */
const volatile __u32 text_high = 0xffffffff; /* upper half of the kernel's text addresses */
const volatile bool want_stack = false;
/* Text of skb_realloc_funcs[] in record/kernel/targets.c; 0, 0 if this kernel lacks a function. */
const volatile struct {
	__u64 start, end;
} skb_realloc_funcs[NR_REALLOC_FUNCS] = {};

/*
 * The address of the kernel's return_to_handler(). If another tracer hooks the return of a
 * function, ftrace overwrites the return address with it before the trampoline runs
 * (ftrace_graph_func(), arch/x86/kernel/ftrace.c).
 */
const volatile __u64 return_to_handler = 0;

/* Returns the address to which the function returns; 0: unknown. */
static __always_inline __u64 caller_of(const struct pt_regs *regs, const bool cast)
{
#ifdef REG_LR
	return REG_LR(regs);
#else
	__u64 caller = READ_U64(REG_SP(regs));

	return has_trampolines && caller == return_to_handler ? 0 : caller;
#endif
}

/* Returns whether a return address is in a function that goes on with the skb, or may be. */
static __always_inline bool returns_to_realloc(__u64 ip)
{
	int i;

	if (has_trampolines && !ip)
		return true;
	/* The verifier needs nothing of what it learns about ip here. */
	asm volatile("%0 += 0" : "+r"(ip));
#pragma unroll
	for (i = 0; i < NR_REALLOC_FUNCS; i++)
		if (ip > skb_realloc_funcs[i].start && ip <= skb_realloc_funcs[i].end)
			return true;
	return false;
}

/*
 * Rounds len up to a multiple of 8. The verifier sees that the result is at most EV_HDR_MAX. The
 * limit applies to the number of words. A limit on the bytes would leave a branch for results from
 * 129 to 135, and none of these is a multiple of 8: Linux 6.18 prints a WARNING for such
 * contradictory bounds (reg_bounds_sanity_check(), kernel/bpf/verifier.c).
 */
static __always_inline __u64 round_up_words(__u64 len)
{
	__u64 words = VERIFIER_CLAMP((len + 7) >> 3, EV_HDR_MAX / 8);

	/* With 32 bits, as the compiler would shift, the verifier of Linux 6.1 forgets the limit. */
	asm volatile("%0 <<= 3" : "+r"(words));
	return words;
}

/* One word after the other: a comparison with a constant is one instruction. */
#define HEADER_WORDS(X) \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
_Static_assert(EV_HDR_MAX / 8 == 16, "HEADER_WORDS");

/* Returns a word of the view in headers_changed(). The load has the offset, no code computes it. */
#define VIEW_WORD(view, nr)                                                     \
	({                                                                      \
		__u64 word;                                                     \
		asm volatile("%0 = *(u64 *)(%1 + %2)"                           \
			     : "=r"(word)                                       \
			     : "r"(view), "i"(FILTER_VIEW_OFF + (nr) % 8 * 8)); \
		word;                                                           \
	})

/*
 * Returns whether the headers, of which t->avail bytes are at t->hdr_start, differ from those in
 * the packet's last deltas.
 */
static __always_inline bool headers_changed(const struct pw_track *t, __u64 *room, const bool cast)
{
	__u64 len = round_up_words(t->hdr_len), start = t->hdr_start - FILTER_VIEW_OFF;
	const void *view = 0;

	if (!len)
		return false;
	if (!cast && bpf_probe_read_kernel(room, len, (const void *)t->hdr_start))
		return true;
#define X(nr)                                                                                    \
	if (len <= nr * 8)                                                                       \
		return false;                                                                    \
	if (cast && nr % 8 == 0)                                                                 \
		view = kernel_cast(start + nr * 8, bpf_core_type_id_kernel(struct FILTER_VIEW)); \
	if ((cast ? VIEW_WORD(view, nr) : room[nr]) != t->hdr[nr])                               \
		return true;
	HEADER_WORDS(X)
#undef X
	return false;
}

static __always_inline void update_headers(struct pw_track *t)
{
	__u64 len = VERIFIER_CLAMP(t->avail, EV_HDR_MAX);

	t->hdr_len = 0;
	if (!len || bpf_probe_read_kernel(t->hdr, round_up_words(len), (const void *)t->hdr_start))
		return;
	t->hdr_len = headers_end((const __u8 *)t->hdr, len, t->l3_off);
}

static __always_inline void update_dev(struct pw_track *t, const bool cast)
{
	struct netdev p = { .dev = t->dev, .sk = t->sk };

	netdev_find(&p, cast);
	/* An skb without device and socket stays in its namespace. */
	t->netns = p.netns ? p.netns : t->netns;
	t->ifindex = p.ifindex;
	remember_dev_name(&p);
}

/*
 * Returns the address for the next bytes of a record. The length is in memory: the verifier forgets
 * which deltas came before, and does not check each combination of them.
 */
static __always_inline __u8 *append(struct pw_ring *r, struct pw_entry *to, __u32 bytes)
{
	__u64 at = *(volatile __u64 *)&r->len & 0xf8;

	*(volatile __u64 *)&r->len = at + bytes;
	return (__u8 *)to + at;
}

static __always_inline void emit_headers(struct pw_ring *r, struct pw_entry *to,
					 const struct pw_track *t)
{
	__u64 len = round_up_words(t->hdr_len);
	struct pw_headers *h = (struct pw_headers *)append(r, to, 8 + len);
	__u64 *words = (__u64 *)h->bytes;

	h->len = t->hdr_len;
	h->l3_off = t->l3_off;
	h->vlan_tci = t->vlan;
	h->vlan_proto = t->vlan >> 16;
#define X(nr)              \
	if (len <= nr * 8) \
		return;    \
	words[nr] = t->hdr[nr];
	HEADER_WORDS(X)
#undef X
}

/*
 * Writes the deltas that the flags name. The packet has the new values already, except for those
 * that are found only now. Returns the record's length.
 */
static __always_inline __u64 emit_deltas(const struct pt_regs *regs, struct pw_ring *r,
					 struct pw_entry *to, struct pw_track *t, __u64 skb,
					 __u32 reason, const bool cast)
{
	const __u32 flags = *(volatile __u64 *)&r->flags;

	r->len = sizeof(*to);
	if (flags & EV_ID) {
		struct pw_id *id = (struct pw_id *)append(r, to, sizeof(*id));

		id->packet = t->packet;
		id->parent = t->parent;
		id->skb = skb;
		t->announced = 1;
	}
	if (flags & EV_META) {
		struct pw_meta *more = (struct pw_meta *)append(r, to, sizeof(*more));

		more->ct = t->ct;
		more->mark = t->mark;
		more->sp_high = t->sp_high;
		more->caller_high = caller_of(regs, cast) >> 32;
		more->reason = reason > EV_NO_REASON ? reason : 0;
	}
	if (flags & EV_DEV) {
		struct pw_dev *dev = (struct pw_dev *)append(r, to, sizeof(*dev));

		update_dev(t, cast);
		dev->netns = t->netns;
		dev->ifindex = t->ifindex;
	}
	if (flags & EV_TASK) {
		struct pw_task *p = (struct pw_task *)append(r, to, sizeof(*p));

		p->pid = (__u32)t->task;
		p->tgid = t->task >> 32;
		bpf_get_current_comm(p->comm, sizeof(p->comm));
	}
	if (flags & EV_HEADERS) {
		update_headers(t);
		emit_headers(r, to, t);
	}
	return *(volatile __u64 *)&r->len;
}

/* Writes the extras behind the deltas. Returns the length of the record. */
static __noinline __u64 emit_extras(const struct pt_regs *regs, struct pw_ring *r,
				    struct pw_entry *to, __u64 skb)
{
	__u64 at = *(volatile __u64 *)&r->len & 0xf8;
	long n;
	__u32 i;

	if (snaplen && *(volatile __u64 *)&r->flags & EV_HEADERS) {
		__u8 *bytes = (__u8 *)to + at;

		n = read_payload(bytes + 8, skb);
		*(__u64 *)bytes = n;
		at = (at + 8 + n + 7) & 0x7f8;
	}
	for (i = 0; i < NR_FIELDS_MAX && i < nr_fields; i++) {
		*(__u64 *)((__u8 *)to + (at & 0x7f8)) = read_field(&fields[i], skb);
		at += 8;
	}
	if (skb_bytes) {
		bpf_probe_read_kernel((__u8 *)to + (at & 0x7f8),
				      VERIFIER_CLAMP(skb_bytes, SKB_BYTES_MAX), (const void *)skb);
		at += skb_bytes;
	}
	if (want_stack) {
		n = bpf_get_stack((void *)regs, (__u8 *)to + (at & 0x7f8), STACK_FRAMES_MAX * 8, 0);
		at += n > 0 ? n & 0xf8 : 0;
	}
	return at & 0x7f8;
}

/* Stores the end of a packet, which begins with this call if the cookie has the flag. */
static __always_inline void begin_end(const struct pt_regs *regs, struct pw_track *t, __u32 cookie,
				      volatile __u64 *flags, const bool cast)
{
	/* Also if the ring is full: the address will be used again. */
	if (cookie & COOKIE_END && !t->end_sp && !returns_to_realloc(caller_of(regs, cast))) {
		t->end_ts = bpf_ktime_get_ns();
		t->end_pid = (__u32)bpf_get_current_pid_tgid();
		t->end_sp = REG_SP(regs);
		*flags |= EV_END;
	}
}

/* Counts a lost entry. Keeps the call for its return all the same, unless the packet has no first
 * entry. */
static __always_inline __u64 lose_entry(const struct pt_regs *regs, struct pw_ring *r,
					const struct pw_track *t, __u64 skb, __u32 slot, __u64 func,
					__u32 cookie)
{
	r->lost++;
	/* Without the packet's first entry, the return would have no packet. */
	if (cookie & COOKIE_WANTS_RETURN && t->announced)
		return open_call(regs, skb, t->packet, slot, func, cookie, bpf_ktime_get_ns());
	return 0;
}

/*
 * The values of an event are written, or compared with the last ones of the packet, as soon as they
 * are read: four registers keep their content over a call, and every other value would be stored on
 * the stack.
 */

/* Writes the function, its caller and the stack pointer. Sets EV_META if upper halves differ. */
static __always_inline void write_place(const struct pt_regs *regs, struct pw_entry *to,
					struct pw_track *t, volatile __u64 *flags, const bool cast)
{
	__u64 caller = caller_of(regs, cast), sp = REG_SP(regs);

	to->caller = (__u32)caller;
	to->sp = (__u32)sp;
	if (caller >> 32 != text_high || sp >> 32 != t->sp_high) {
		t->sp_high = sp >> 32;
		*flags |= EV_META;
	}
}

static __always_inline void compare_task(struct pw_track *t, volatile __u64 *flags)
{
	__u64 task = bpf_get_current_pid_tgid();

	if (task != t->task) {
		t->task = task;
		*flags |= EV_TASK;
	}
}

/* Compares conntrack entry and mark, device and socket. */
static __always_inline void compare_members(const struct sk_buff *view, struct pw_track *t,
					    volatile __u64 *flags, const bool cast)
{
	__u64 ct = READ(view, _nfct), dev = (__u64)READ(view, dev), sk = (__u64)READ(view, sk);
	__u32 mark = READ(view, mark);

	if (ct != t->ct || mark != t->mark) {
		t->ct = ct;
		t->mark = mark;
		*flags |= EV_META;
	}
	if (dev != t->dev || sk != t->sk) {
		t->dev = dev;
		t->sk = sk;
		*flags |= EV_DEV;
	}
}

/*
 * Finds the headers, if they are at another place than at the packet's last entry. Returns whether
 * there are more bytes or fewer, or another layer in front.
 */
static __always_inline bool place_changed(const struct sk_buff *view, struct pw_track *t,
					  const bool cast)
{
	__u64 head, offsets = offsets_load(view, &head, cast);
	struct span s;
	bool changed;

	if (head == t->hdr_head && offsets == t->hdr_offsets)
		return false;
	t->hdr_head = head;
	t->hdr_offsets = offsets;
	if (!headers_at(&s, head, offsets))
		s.start = s.len = s.l3_off = 0;
	s.len = VERIFIER_CLAMP(s.len, EV_HDR_MAX);
	changed = s.l3_off != t->l3_off || s.len != t->avail;
	t->hdr_start = s.start;
	t->l3_off = s.l3_off;
	t->avail = s.len;
	return changed;
}

/* Sets EV_HEADERS if the headers or the VLAN tag differ from the last ones. */
static __always_inline void compare_headers(const struct sk_buff *view, struct pw_track *t,
					    struct scratch *s, volatile __u64 *flags,
					    const bool cast)
{
	__u32 vlan;

	if (place_changed(view, t, cast) || headers_changed(t, s ? s->hdr : 0, cast))
		*flags |= EV_HEADERS;
	/* The tag changes only with the device or the headers. */
	if (!(*flags & (EV_HEADERS | EV_DEV)))
		return;
	vlan = vlan_of(view, cast);
	if (vlan != t->vlan) {
		t->vlan = vlan;
		*flags |= EV_HEADERS;
	}
}

/* Stores where the packet was seen, for events without an skb. */
static __always_inline void update_context(const struct pt_regs *regs, struct pw_ring *r,
					   struct pw_track *t, __u64 skb, __u32 slot, __u32 cookie,
					   const bool cast)
{
	__u64 sp = REG_SP(regs), caller = caller_of(regs, cast);

	if (trace_xdp)
		remember_head(skb, t, slot, cast);
	if (track_by_stack)
		stack_set_outermost(r, t, sp, caller, t->task, cookie & COOKIE_WANTS_RETURN, cast);
	if (trace_xdp || trace_non_skb || track_by_stack)
		stack_set_last(r, t, slot, sp, caller, t->task);
}

/*
 * Emits the entry of a tracked packet. "of" is the skb with its content: for a copy without content
 * yet, the original. Returns the key of the call if its return will be recorded, else 0.
 */
static __always_inline __u64 record_entry(const struct pt_regs *regs, __u64 skb,
					  __u64 slot_and_cookie, struct pw_track *t, __u64 func,
					  __u64 of, const bool cast)
{
	__u32 slot = (__u32)slot_and_cookie, cookie = slot_and_cookie >> 32, at = SCRATCH_PROBES;
	__u32 reason = EV_NO_REASON;
	const struct sk_buff *view;
	struct pw_ring *r = ring_of_cpu(bpf_get_smp_processor_id());
	struct scratch *s = cast ? 0 : bpf_map_lookup_elem(&scratch, &at);
	struct pw_entry *to;
	__u64 len = sizeof(*to), ts;
	volatile __u64 *flags;

	if (!t || !r || (!cast && !s))
		return 0;
	/* In memory: the verifier would check every combination of flags in a register. */
	flags = &r->flags;
	*flags = t->announced ? 0 : EV_FIRST | EV_DELTAS;
	if (cookie) {
		if (COOKIE_REASON_ARG(cookie))
			reason = argument(regs, COOKIE_REASON_ARG(cookie), cast);
		if (reason > EV_NO_REASON)
			*flags |= EV_META;
		begin_end(regs, t, cookie, flags, cast);
		if (cookie & COOKIE_FREE)
			*flags |= EV_FREED;
	}
	r->entries++;
	to = (struct pw_entry *)ring_reserve(r);
	if (!to)
		return lose_entry(regs, r, t, skb, slot, func, cookie);
	to->func = func;
	to->slot = slot;
	to->reason = reason > EV_NO_REASON ? EV_NO_REASON : reason;
	compare_task(t, flags);
	write_place(regs, to, t, flags, cast);
	view = VIEW(sk_buff, of);
	to->len = READ(view, len);
	compare_members(view, t, flags, cast);
	compare_headers(view, t, s, flags, cast);
	if (has_extras)
		update_context(regs, r, t, skb, slot, cookie, cast);
	to->ts = ts = bpf_ktime_get_ns();
	to->flags = *flags;
	r->len = len;
	if (to->flags & EV_DELTAS)
		len = emit_deltas(regs, r, to, t, skb, reason, cast);
	if (has_extras && (nr_fields || skb_bytes || want_stack || snaplen))
		len = emit_extras(regs, r, to, of);
	to->bytes8 = len / 8;
	ring_commit(r, len);
	return cookie & COOKIE_WANTS_RETURN ?
		       open_call(regs, skb, t->packet, slot, func, cookie, ts) :
		       0;
}

/* Not inlined: else every program would have two copies. */
static __noinline __u64 record_entry_cast(const struct pt_regs *regs, __u64 skb,
					  __u64 slot_and_cookie, __u64 func, __u64 of)
{
	return record_entry(regs, skb, slot_and_cookie, track_of(slot_and_cookie), func, of, true);
}

static __noinline __u64 record_entry_call(const struct pt_regs *regs, __u64 skb,
					  __u64 slot_and_cookie, __u64 func, __u64 of)
{
	return record_entry(regs, skb, slot_and_cookie, track_of(slot_and_cookie), func, of, false);
}

#define RECORD_ENTRY(...) (cast ? record_entry_cast(__VA_ARGS__) : record_entry_call(__VA_ARGS__))

#endif

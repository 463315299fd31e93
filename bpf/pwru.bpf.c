/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The probes: on every function that takes an skb. They decide whether the skb is a packet that we
 * follow, and if so say that it was here. docs/probes.md says why each step is where it is.
 */
#include "kern.h"

#include "bytes.h"
#include "event.h"
#include "fields.h"
#include "headers.h"
#include "leave.h"
#include "match.h"
#include "ovs.h"
#include "place.h"
#include "programs.h"
#include "ring.h"
#include "rules.h"
#include "size.h"
#include "stack.h"
#include "track.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* What the recorder knows before the programs are loaded. */
const volatile __u32 text_high = 0xffffffff; /* of the kernel's addresses */
const volatile bool want_stack = false;
const volatile bool has_extras = false; /* something is asked for that most do not ask for */
/* Text of the functions named in record/kernel/targets.c, skb_realloc_funcs[]; 0, 0 where this
 * kernel has none. */
const volatile struct {
	__u64 start, end;
} skb_realloc_funcs[NR_REALLOC_FUNCS] = {};

/* For the backend that has no cookies: by the address that is probed. */
struct pw_probe_site {
	__u32 func, cookie;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct pw_probe_site);
} probe_sites SEC(".maps");

static __always_inline __u64 caller_of(const struct pt_regs *regs, const bool cast)
{
#ifdef REG_LR
	return REG_LR(regs);
#else
	return READ_U64(REG_SP(regs));
#endif
}

/*
 * Is a packet whose end has begun still the one that lives at its address? Calls made from inside
 * the function that ends it are, and so are the functions that only ever see dying skbs. Anything
 * else means that the address is in use again. A function that only sees new skbs means so in any
 * case: those of a list or an array are freed in bulk, where there is no probe.
 */
static __always_inline bool is_same_life(const struct pw_track *t, __u64 sp, __u32 cookie)
{
	if (cookie & COOKIE_JUST_ALLOCATED)
		return false;
	return !t->end_sp || cookie & COOKIE_NEVER_FIRST ||
	       (sp < t->end_sp && (__u32)bpf_get_current_pid_tgid() == t->end_pid);
}

/* Is the return address in a function that keeps the skb? */
static __always_inline bool returns_to_realloc(__u64 ip)
{
	int i;

	/* What is learned of it here is of no use to the verifier elsewhere. */
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

/* One after the other, with a constant: what is compared with one is an instruction. */
#define HEADER_WORDS(X) \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
_Static_assert(EV_HDR_MAX / 8 == 16, "HEADER_WORDS");

/* A word that the view of headers_changed() shows: the address is not computed, but in the load. */
#define VIEW_WORD(view, nr)                                                     \
	({                                                                      \
		__u64 word;                                                     \
		asm volatile("%0 = *(u64 *)(%1 + %2)"                           \
			     : "=r"(word)                                       \
			     : "r"(view), "i"(FILTER_VIEW_OFF + (nr) % 8 * 8)); \
		word;                                                           \
	})

/* Are the headers other than was said of the packet last? */
static __always_inline bool headers_changed(const struct pw_track *t, __u64 *room,
					    const struct span *s, const bool cast)
{
	__u64 len = round_up_words(t->hdr_len), start = s->start - FILTER_VIEW_OFF;
	const void *view = 0;

	if (s->l3_off != t->l3_off || s->len != t->avail)
		return true;
	if (!len)
		return false;
	if (!cast && bpf_probe_read_kernel(room, len, (const void *)s->start))
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

static __always_inline void update_headers(struct pw_track *t, const struct span *s)
{
	__u64 len = VERIFIER_CLAMP(s->len, EV_HDR_MAX);

	t->l3_off = s->l3_off;
	t->avail = s->len;
	t->hdr_len = 0;
	if (!len || bpf_probe_read_kernel(t->hdr, round_up_words(len), (const void *)s->start))
		return;
	t->hdr_len = headers_end((const __u8 *)t->hdr, len, s->l3_off);
}

static __always_inline void update_dev(struct pw_track *t, __u64 dev, __u64 sk, const bool cast)
{
	struct netdev p = { .dev = dev, .sk = sk };

	netdev_find(&p, cast);
	t->dev = dev;
	t->sk = sk;
	/* What belongs to nobody for a while has not moved. */
	t->netns = p.netns ? p.netns : t->netns;
	t->ifindex = p.ifindex;
	remember_dev_name(&p);
}

/* What there is to say of a packet, as it is found at one event. */
struct event_state {
	__u64 skb, dev, sk, ct, task, sp, caller;
	__u32 mark, reason, vlan;
	struct span span;
};

/*
 * Where the next part of a record goes. By way of memory, so that the verifier forgets which parts
 * there were before, and need not go each of their combinations.
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

/* Says behind the step what its flags tell, and keeps it in mind. Returns the length of the record.
 */
static __always_inline __u64 emit_deltas(struct pw_ring *r, struct pw_entry *to, struct pw_track *t,
					 const struct event_state *n, const bool cast)
{
	const __u32 flags = *(volatile __u64 *)&r->flags;

	r->len = sizeof(*to);
	if (flags & EV_ID) {
		struct pw_id *id = (struct pw_id *)append(r, to, sizeof(*id));

		id->packet = t->packet;
		id->parent = t->parent;
		id->skb = n->skb;
		t->announced = 1;
	}
	if (flags & EV_META) {
		struct pw_meta *more = (struct pw_meta *)append(r, to, sizeof(*more));

		more->ct = t->ct = n->ct;
		more->mark = t->mark = n->mark;
		more->sp_high = t->sp_high = n->sp >> 32;
		more->caller_high = n->caller >> 32;
		more->reason = n->reason > EV_NO_REASON ? n->reason : 0;
	}
	if (flags & EV_DEV) {
		struct pw_dev *dev = (struct pw_dev *)append(r, to, sizeof(*dev));

		update_dev(t, n->dev, n->sk, cast);
		dev->netns = t->netns;
		dev->ifindex = t->ifindex;
	}
	if (flags & EV_TASK) {
		struct pw_task *p = (struct pw_task *)append(r, to, sizeof(*p));

		t->task = n->task;
		p->pid = (__u32)n->task;
		p->tgid = n->task >> 32;
		bpf_get_current_comm(p->comm, sizeof(p->comm));
	}
	if (flags & EV_HEADERS) {
		t->vlan = n->vlan;
		update_headers(t, &n->span);
		emit_headers(r, to, t);
	}
	return *(volatile __u64 *)&r->len;
}

/* What the user asks for: behind all else. Returns the length of the record. */
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

/*
 * One event of a packet that is followed. "of" describes it: for a copy that has no content yet,
 * this is what it is copied from. 1: the return of this call is waited for.
 */
static __always_inline int record_entry(const struct pt_regs *regs, __u64 skb,
					__u64 slot_and_cookie, struct pw_track *t, __u64 func,
					__u64 of, const bool cast)
{
	__u32 slot = (__u32)slot_and_cookie, cookie = slot_and_cookie >> 32, at = SCRATCH_PROBES;
	struct event_state n = { .skb = skb, .sp = REG_SP(regs), .reason = EV_NO_REASON };
	const struct sk_buff *view = VIEW(sk_buff, of);
	__u32 cpu = bpf_get_smp_processor_id();
	struct pw_ring *r = ring_of_cpu(cpu);
	struct scratch *s = cast ? 0 : bpf_map_lookup_elem(&scratch, &at);
	struct pw_entry *to;
	__u64 len = sizeof(*to);
	volatile __u64 *flags;

	func = func ? func : bpf_get_func_ip((void *)regs);

	if (!t || !r || (!cast && !s))
		return 0;
	/* In memory: the verifier would follow every combination of what is in a register. */
	flags = &r->flags;
	*flags = t->announced ? 0 : EV_FIRST | EV_DELTAS;
	n.caller = caller_of(regs, cast);
	n.task = bpf_get_current_pid_tgid();
	if (cookie) {
		if (COOKIE_REASON_ARG(cookie))
			n.reason = argument(regs, COOKIE_REASON_ARG(cookie), cast);
		/* Whether or not there is room to say so: the address will be used again. */
		if (cookie & COOKIE_END && !t->end_sp && !returns_to_realloc(n.caller)) {
			t->end_ts = bpf_ktime_get_ns();
			t->end_pid = (__u32)n.task;
			t->end_sp = n.sp;
			*flags |= EV_END;
		}
		if (cookie & COOKIE_FREE)
			*flags |= EV_FREED;
	}
	r->entries++;
	to = (struct pw_entry *)ring_reserve(r);
	if (!to) {
		r->lost++;
		/* Had the packet's first step been lost, nobody could make sense of the return. */
		if (cookie & COOKIE_WANTS_RETURN && t->announced)
			return open_call(regs, skb, t->packet, slot, func, cookie);
		return 0;
	}
	n.ct = READ(view, _nfct);
	n.mark = READ(view, mark);
	if (n.ct != t->ct || n.mark != t->mark || n.sp >> 32 != t->sp_high ||
	    n.caller >> 32 != text_high || n.reason > EV_NO_REASON)
		*flags |= EV_META;
	n.dev = (__u64)READ(view, dev);
	n.sk = (__u64)READ(view, sk);
	if (n.dev != t->dev || n.sk != t->sk)
		*flags |= EV_DEV;
	if (n.task != t->task)
		*flags |= EV_TASK;
	if (!headers_find(view, &n.span, cast))
		n.span.len = n.span.l3_off = 0;
	n.span.len = VERIFIER_CLAMP(n.span.len, EV_HDR_MAX);
	if (*flags & EV_HEADERS || headers_changed(t, s ? s->hdr : 0, &n.span, cast))
		*flags |= EV_HEADERS;
	/* A tag comes and goes with a device, or with bytes of the headers. */
	if (*flags & (EV_HEADERS | EV_DEV)) {
		n.vlan = vlan_of(view, cast);
		if (n.vlan != t->vlan)
			*flags |= EV_HEADERS;
	}

	if (has_extras) {
		if (trace_xdp)
			remember_head(skb, t, slot, cast);
		if (track_by_stack)
			stack_set_outermost(r, t, n.sp, n.caller, n.task,
					    cookie & COOKIE_WANTS_RETURN, cast);
		if (trace_xdp || trace_non_skb || track_by_stack)
			stack_set_last(r, t, slot, n.sp, n.caller, n.task);
	}

	to->ts = bpf_ktime_get_ns();
	to->func = func;
	to->caller = (__u32)n.caller;
	to->sp = (__u32)n.sp;
	to->len = READ(view, len);
	to->slot = slot;
	to->reason = n.reason > EV_NO_REASON ? EV_NO_REASON : n.reason;
	to->flags = *flags;
	r->len = len;
	if (to->flags & EV_DELTAS)
		len = emit_deltas(r, to, t, &n, cast);
	if (has_extras && (nr_fields || skb_bytes || want_stack || snaplen))
		len = emit_extras(regs, r, to, of);
	to->bytes8 = len / 8;
	ring_commit(r, len);
	return cookie & COOKIE_WANTS_RETURN ? open_call(regs, skb, t->packet, slot, func, cookie) :
					      0;
}

/* Not inlined, or every program would have two of them. */
static __noinline int record_entry_cast(const struct pt_regs *regs, __u64 skb,
					__u64 slot_and_cookie, __u64 func, __u64 of)
{
	return record_entry(regs, skb, slot_and_cookie, track_of(slot_and_cookie), func, of, true);
}

static __noinline int record_entry_call(const struct pt_regs *regs, __u64 skb,
					__u64 slot_and_cookie, __u64 func, __u64 of)
{
	return record_entry(regs, skb, slot_and_cookie, track_of(slot_and_cookie), func, of, false);
}

#define RECORD_ENTRY(...) (cast ? record_entry_cast(__VA_ARGS__) : record_entry_call(__VA_ARGS__))

/*
 * The slot of a copy, which is followed when what it is made of is: it has no content yet, and *of
 * is what describes it. A fragment that came as one is a packet of its own, and stays it. NO_SLOT:
 * nothing is to be recorded.
 */
static __always_inline __u32 slot_of_copy(const struct pt_regs *regs, __u64 skb, __u32 cookie,
					  __u64 *of)
{
	__u64 old = REG_ARG2(regs);
	__u32 slot = track_find(skb);
	struct pw_track *t = track_of(slot);

	if (cookie & COOKIE_FRAGMENT && t && is_same_life(t, REG_SP(regs), cookie))
		return track_packets ? slot : NO_SLOT;
	t = track_of(track_find(old));
	if (!t || !track_packets) {
		if (slot != NO_SLOT)
			track_remove(slot, skb);
		return NO_SLOT;
	}
	*of = old;
	return track_begin(skb, t->packet, &t);
}

/*
 * The slot of any other skb, if it is followed or what the user asked for, and what is in it; else
 * NO_SLOT.
 */
static __always_inline __u32 slot_of_skb(const struct pt_regs *regs, __u64 skb, __u32 cookie,
					 struct pw_track **of, const bool cast)
{
	struct pw_track *t = 0;
	__u64 parent = 0;
	__u32 slot;

	if (!track_might_contain(skb)) {
		if (cookie & COOKIE_NEVER_FIRST)
			return NO_SLOT;
		if (cast && !quick_filter(skb) && !(trace_xdp && frame_of_skb(skb, cast)))
			return NO_SLOT;
	}
	/* Or the compiler would keep what it knows so far, at a price for those that went above. */
	asm volatile("" : "+r"(skb));
	if (!enabled || !skb)
		return NO_SLOT;
	slot = track_find(skb);
	if (slot != NO_SLOT) {
		t = track_of(slot);
		if (!t || !is_same_life(t, REG_SP(regs), cookie)) {
			track_remove(slot, skb);
			slot = NO_SLOT;
		}
	}
	*of = t;
	if (slot != NO_SLOT && track_packets)
		return slot;
	if (slot == NO_SLOT && cookie & COOKIE_NEVER_FIRST)
		return NO_SLOT;
	if (trace_xdp && slot == NO_SLOT)
		parent = frame_of_skb(skb, cast);
	if (!(parent && track_packets) && !(cast ? full_filter_cast(skb) : full_filter_call(skb))) {
		if (slot != NO_SLOT && cookie & (COOKIE_END | COOKIE_FREE))
			track_remove(slot, skb);
		return NO_SLOT;
	}
	if (parent)
		forget_frame(skb, cast);
	return slot == NO_SLOT ? track_add(skb, parent, of) : slot;
}

/* A function that makes an skb, in the time of a packet that is followed: 1, its return is waited
 * for. */
static __always_inline int watch_alloc(const struct pt_regs *regs, __u32 cookie, __u64 func)
{
	__u64 packet = enabled && cookie & COOKIE_WANTS_RETURN ? packet_of_stack(regs) : 0;

	func = func ? func : bpf_get_func_ip((void *)regs);
	return packet ? open_call(regs, 0, packet, 0, func, cookie) : 0;
}

/*
 * Every probe comes here. What is a constant where it is called costs nothing. 1: the return of
 * this call is waited for.
 */
static __always_inline int on_entry(const struct pt_regs *regs, __u64 skb, __u32 cookie, __u64 func,
				    const bool cast)
{
	struct pw_track *t = 0;
	int awaited;
	__u64 of;
	__u32 slot;

	if (track_by_stack && cookie & COOKIE_ALLOC && !(trace_non_skb && cookie & COOKIE_NON_SKB))
		return watch_alloc(regs, cookie, func);
	if (cookie & COOKIE_INDIRECT)
		skb = READ_U64(skb);
	if (trace_non_skb && cookie & COOKIE_NON_SKB)
		slot = slot_of_stack(REG_SP(regs), &skb);
	else if (cookie & COOKIE_COPY)
		slot = slot_of_copy(regs, skb, cookie, &of);
	else
		slot = slot_of_skb(regs, skb, cookie, &t, cast);
	if (slot == NO_SLOT) {
		if (track_by_stack && !(cookie & COOKIE_NON_SKB))
			stack_invalidate(REG_SP(regs));
		return 0;
	}
	if (!(cookie & COOKIE_COPY))
		of = skb;
	VERIFIER_FORGET(slot, skb);
	/* Where it is known that there is nothing to know the call would cost more than it saves. */
	if (__builtin_constant_p(cookie) && !cookie)
		awaited = record_entry(regs, skb, slot, t, func, of, cast);
	else
		awaited = RECORD_ENTRY(regs, skb, slot | (__u64)cookie << 32, func, of);
	if (cookie & COOKIE_FREE)
		track_remove(slot, skb);
	return awaited;
}

/* One program for each argument that an skb often is: the commonest functions need no cookie. */
#define PROBE(nr, way, cast)                                   \
	SEC("kprobe.multi")                                    \
	int probe_arg##nr##_##way(struct pt_regs *regs)        \
	{                                                      \
		on_entry(regs, REG_ARG##nr(regs), 0, 0, cast); \
		return 0;                                      \
	}

/* Functions that mean more, and skbs in stranger places. */
static __always_inline int on_special_entry(const struct pt_regs *regs, const bool cast)
{
	__u32 cookie = bpf_get_attach_cookie((void *)regs);

	return on_entry(regs, argument(regs, COOKIE_ARG(cookie), cast), cookie, 0, cast);
}

SEC("kprobe.multi")
int probe_special_cast(struct pt_regs *regs)
{
	on_special_entry(regs, true);
	return 0;
}

SEC("kprobe.multi")
int probe_special_call(struct pt_regs *regs)
{
	on_special_entry(regs, false);
	return 0;
}

/*
 * bpf_session_is_return(): kernel/trace/bpf_trace.c. It takes the context since 7.0; older kernels
 * ignore the register.
 */
static __always_inline bool session_is_return(const struct pt_regs *regs)
{
	register const void *r1 asm("r1") = regs;
	register __u64 r0 asm("r0");

	asm volatile("call " STRINGIFY(KERNEL_SESSION_MARK)
		     : "=r"(r0), "+r"(r1)
		     :
		     : "r2", "r3", "r4", "r5");
	return r0 & 1;
}

/*
 * Functions that decide, where the kernel has sessions (6.10): it asks at the entry whether to come
 * back at the return, and 1 means no.
 */
SEC("kprobe.multi")
int probe_session(struct pt_regs *regs)
{
	if (session_is_return(regs))
		return on_return(regs, true);
	return on_special_entry(regs, true) ? 0 : 1;
}

PROBE(1, cast, true)
PROBE(2, cast, true)
PROBE(3, cast, true)

SEC("kprobe")
int probe_single(struct pt_regs *regs)
{
	const bool cast = false;
	__u64 ip = REG_IP(regs);
	struct pw_probe_site *site;

#if defined(__TARGET_ARCH_x86)
	ip--; /* as after the breakpoint instruction, whatever the probe is made of */
#endif
	site = bpf_map_lookup_elem(&probe_sites, &ip);
	if (!site)
		return 0;
	on_entry(regs, argument(regs, COOKIE_ARG(site->cookie), cast), site->cookie, site->func,
		 cast);
	return 0;
}

/* Reads 16 bytes of kernel text at an address, run once per function by the recorder. */
struct kernel_text_args {
	__u64 addr;
};

__u8 kernel_text[16];

SEC("raw_tp")
int read_kernel_text(struct kernel_text_args *args)
{
	return bpf_probe_read_kernel(kernel_text, sizeof(kernel_text), (const void *)args->addr);
}

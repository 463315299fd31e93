/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "anonymize_policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The allowed form of a fact's value. A value of another form is not shared. */
enum form {
	FORM_TEXT,   /* any text: it is from the kernel or the recorder, not from the user */
	FORM_NUMBER, /* digits, and a sign */
	FORM_NAME,   /* letters, digits and '_': a name in the kernel's C */
	FORM_WORDS,  /* small letters and spaces: a sentence of the recorder */
};

/* The facts that stay, each with the reason. A name that ends in '.' stands for a prefix. */
static const struct {
	const char *key;
	enum form form;
} facts[] = {
	{ "kernel.release", FORM_TEXT },     /* the functions belong to this version */
	{ "kernel.version", FORM_TEXT },     /* the build of the distribution */
	{ "kernel.arch", FORM_TEXT },	     /* needed to read stacks and registers */
	{ "kernel.page_size", FORM_NUMBER }, /* the same on all machines of a kind */
	{ "cpus", FORM_NUMBER },	     /* events have the number of their CPU too */
	{ "recorder", FORM_TEXT },	     /* the version of pwru-record */
	{ "backend", FORM_TEXT },	     /* the way to attach: one of three words */
	{ "filter.at", FORM_NAME },	     /* one of two words: where packets can begin */
	{ "aim.control", FORM_NAME },	     /* one word: packets that the filter leaves out */
	{ "max_overhead", FORM_TEXT },	     /* a percentage; the recorder gave parts up for it */
	{ "shed.", FORM_TEXT },		     /* the parts and when: sentences of the recorder */
	{ "part", FORM_NUMBER },	     /* --rotate: earlier parts are missing */
	{ "end", FORM_WORDS },		     /* the cause of the end */
	{ "command.status", FORM_NUMBER },   /* success of the recorded command */
	{ "stats.", FORM_NUMBER },	     /* counts of losses, to judge the trace */
	{ "ret.", FORM_NAME },	   /* the enumeration of the kernel that a function returns */
	{ "excerpt.", FORM_NAME }, /* one word: conditions on events, without their values */
	{ "source", FORM_TEXT },   /* the damage: a sentence of the reader */
};

static bool has_form(const char *value, enum form form)
{
	switch (form) {
	case FORM_TEXT:
		return true;
	case FORM_NUMBER:
		return !value[strspn(value, "-0123456789")];
	case FORM_NAME:
		return !value[strspn(value, "_0123456789abcdefghijklmnopqrstuvwxyz"
					    "ABCDEFGHIJKLMNOPQRSTUVWXYZ")];
	case FORM_WORDS:
		return !value[strspn(value, " abcdefghijklmnopqrstuvwxyz")];
	}
	return false;
}

bool anonymize_keeps_fact(const struct pwrt_info *info)
{
	size_t i, n;

	for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		n = strlen(facts[i].key);
		if (facts[i].key[n - 1] == '.' ? !strncmp(facts[i].key, info->key, n) :
						 !strcmp(facts[i].key, info->key))
			return has_form(info->value, facts[i].form);
	}
	return false;
}

/* The treatment of a value: it stays, or gets a pseudonym of this kind. */
enum action {
	STAYS,
	SMALL,	 /* stays if it is small, because a larger number may be an address */
	ADDRESS, /* an IP address */
	PID,
	UID,
	INODE,
	ECHO,  /* the identifier of an ICMP echo */
	OWNER, /* "comm:pid" */
	DEV,
	TABLE,
	CHAIN,
	PROGRAM,
	KIND, /* stays if it is a queueing discipline of the kernel, else the name of a program */
	WORD, /* stays if it is a short word of small letters and digits, or a handle of tc */
	ID,   /* bytes without a meaning of their own */
};

/* The values that are shared, each with the reason or a note. */
static const struct {
	const char *key;
	enum action action;
} keys[] = {
	{ "ret", SMALL }, /* an errno or a decision; with --trace-returns, it may be a pointer or
			     an IP address */
	{ "ret.errno", STAYS },	    /* an error number */
	{ "nf.verdict", STAYS },    /* an enumeration of the kernel */
	{ "nf.trace", STAYS },	    /* an enumeration of the kernel */
	{ "nf.rule", STAYS },	    /* the number of a rule in its chain */
	{ "nf.handle", STAYS },	    /* the number of a rule in its table */
	{ "nf.family", STAYS },	    /* an enumeration of the kernel */
	{ "nf.hook", STAYS },	    /* an enumeration of the kernel */
	{ "nf.other_hook", STAYS }, /* a number of the kernel */
	{ "nf.table", TABLE },	    /* administrators name them after customers and purposes */
	{ "nf.chain", CHAIN },	    /* the same: "KUBE-SVC-..." is a hash of a service's name */
	{ "ct.state", STAYS },	    /* an enumeration of the kernel */
	{ "ct.status", STAYS },	    /* bits of the kernel */
	{ "ct.mark", STAYS },	    /* local policy, as skb.mark; rules match it */
	{ "ct.zone", STAYS },	    /* local policy: a small number */
	{ "ct.labels", ID },	    /* OVN keeps MAC addresses in them */
	{ "ct.proto", STAYS },	    /* a protocol number, which is in the header too */
	{ "ct.orig.src", ADDRESS },
	{ "ct.orig.dst", ADDRESS },
	{ "ct.orig.sport", STAYS }, /* ports stay in headers too */
	{ "ct.orig.dport", STAYS },
	{ "ct.orig.ident", ECHO }, /* ping makes it of its pid */
	{ "ct.reply.src", ADDRESS },
	{ "ct.reply.dst", ADDRESS },
	{ "ct.reply.sport", STAYS },
	{ "ct.reply.dport", STAYS },
	{ "ct.parent.proto", STAYS },
	{ "ct.parent.src", ADDRESS },
	{ "ct.parent.dst", ADDRESS },
	{ "ct.parent.sport", STAYS },
	{ "ct.parent.dport", STAYS },
	{ "route.type", STAYS }, /* an enumeration of the kernel */
	{ "route.nexthop", ADDRESS },
	{ "route.dev", DEV },
	{ "route.ifindex", STAYS },  /* a small number that counts devices */
	{ "route.mtu", STAYS },	     /* bytes */
	{ "dev.mtu", STAYS },	     /* bytes */
	{ "skb.gso_size", STAYS },   /* bytes */
	{ "skb.vlan_id", STAYS },    /* local policy, as ct.zone: a small number */
	{ "skb.vlan_proto", STAYS }, /* an EtherType */
	{ "sk.inode", INODE },
	{ "sk.owner", OWNER },
	{ "sk.uid", UID },
	{ "sk.protocol", STAYS }, /* a protocol number */
	{ "sk.state", STAYS },	  /* an enumeration of the kernel */
	{ "tc.verdict", STAYS },  /* an enumeration of the kernel */
	{ "xdp.verdict", STAYS }, /* an enumeration of the kernel */
	{ "ovs.ufid", ID },	  /* a hash over the match of the flow, which has addresses */
	{ "ovs.action", STAYS },  /* an enumeration of the kernel */
	{ "ovs.port", STAYS },	  /* small numbers that Open vSwitch counts */
	{ "ovs.recirc_id", STAYS },
	{ "ovs.meter", STAYS },
	{ "ovs.upcall", STAYS },  /* an enumeration of the kernel */
	{ "qdisc.kind", KIND },	  /* since 6.16, users name queueing disciplines in BPF */
	{ "qdisc.handle", WORD }, /* small numbers of local policy */
	{ "qdisc.parent", WORD },
	{ "qdisc.children", STAYS }, /* a property of the kind */
	{ "bpf.hook", STAYS },	     /* an enumeration of the kernel */
	{ "bpf.name", PROGRAM },     /* users name BPF programs */
	{ "bpf.id", STAYS },	     /* a small number that counts programs */
	{ "bpf.certain", STAYS },
	{ "tc.hook", STAYS },  /* an enumeration of the kernel */
	{ "tc.kind", WORD },   /* a name of the kernel or of a module */
	{ "tc.pref", STAYS },  /* a small number of local policy */
	{ "ovs.portid", PID }, /* of netlink: in most cases the pid of the listener */
	/* packet.bytes and the values of --field and --dump-skb ("skb->...") go. They may be of
	   any kind. */
};

static const enum pseudonym_number numbers[] = {
	[PID] = PSEUDONYM_PID,
	[UID] = PSEUDONYM_UID,
	[INODE] = PSEUDONYM_INODE,
	[ECHO] = PSEUDONYM_ECHO,
};

static const enum pseudonym_name names[] = {
	[DEV] = PSEUDONYM_DEV,	       [TABLE] = PSEUDONYM_TABLE,  [CHAIN] = PSEUDONYM_CHAIN,
	[PROGRAM] = PSEUDONYM_PROGRAM, [KIND] = PSEUDONYM_PROGRAM,
};

/* The queueing disciplines of the kernel and its modules: net/sched, to Linux 7.3. */
static const char *const qdiscs[] = {
	"atm",	    "bfifo",  "blackhole",  "cake",
	"cake_mq",  "cbq",    "cbs",	    "choke",
	"clsact",   "codel",  "drr",	    "dsmark",
	"dualpi2",  "etf",    "ets",	    "fq",
	"fq_codel", "fq_pie", "gred",	    "hfsc",
	"hhf",	    "htb",    "ingress",    "mq",
	"mqprio",   "multiq", "netem",	    "noop",
	"noqueue",  "pfifo",  "pfifo_fast", "pfifo_head_drop",
	"pie",	    "plug",   "prio",	    "qfq",
	"red",	    "sfb",    "sfq",	    "skbprio",
	"taprio",   "tbf",
};

static bool is_qdisc(const char *text)
{
	size_t i;

	for (i = 0; i < sizeof(qdiscs) / sizeof(qdiscs[0]); i++)
		if (!strcmp(qdiscs[i], text))
			return true;
	return false;
}

#define NR_KEYS (sizeof(keys) / sizeof(keys[0]))

/* Returns the index of a key, or NR_KEYS for an unknown one. */
static size_t find_key(const char *key)
{
	size_t i;

	for (i = 0; i < NR_KEYS && strcmp(keys[i].key, key); i++)
		;
	return i;
}

bool anonymize_keeps_key(const char *key)
{
	return find_key(key) < NR_KEYS;
}

/*
 * Returns whether a function returns numbers of this type: "ret.FUNCTION" in docs/pwrt-format.md.
 */
static bool is_returned(const struct pwrt_reader *r, const char *type)
{
	const struct pwrt_info *info;
	uint32_t i;

	for (i = 0; (info = pwrt_reader_info(r, i)); i++)
		if (!strncmp(info->key, "ret.", 4) && !strcmp(info->value, type))
			return anonymize_keeps_fact(info);
	return false;
}

bool anonymize_keeps_enum(const struct pwrt_reader *r, const char *type)
{
	return !strcmp(type, "skb_drop_reason") || anonymize_keeps_key(type) ||
	       is_returned(r, type);
}

static struct pwrt_value number(const struct pwrt_value *v, uint64_t n)
{
	return (struct pwrt_value){ .key = v->key, .type = PWRT_VALUE_NUMBER, .num = n };
}

static struct pwrt_value bytes(const struct pwrt_value *v, const struct policy_room *room,
			       size_t len)
{
	return (struct pwrt_value){
		.key = v->key, .type = v->type, .bytes = room->bytes, .len = len
	};
}

/* Writes the pseudonym of a process, "comm:pid". */
static void owner(const struct anonymizer *a, char *text, char *to, size_t size)
{
	char *colon = strrchr(text, ':'), name[PSEUDONYM_MAX];

	if (colon)
		*colon++ = '\0';
	pseudonym_name(a, PSEUDONYM_TASK, text, name);
	if (colon)
		snprintf(to, size, "%s:%llu", name,
			 (unsigned long long)pseudonym_number(a, PSEUDONYM_PID,
							      strtoull(colon, NULL, 10)));
	else
		snprintf(to, size, "%s", name);
}

static bool anonymize_number(const struct anonymizer *a, enum action action, struct pwrt_value *v)
{
	switch (action) {
	case STAYS:
		return true;
	case SMALL:
		/* MAX_ERRNO of include/linux/err.h; an IPv4 address of a host has more bits. */
		return (int64_t)v->num >= -4095 && (int64_t)v->num < 1 << 24;
	case PID:
	case UID:
	case INODE:
	case ECHO:
		*v = number(v, pseudonym_number(a, numbers[action], v->num));
		return true;
	default:
		return false;
	}
}

static bool is_word(const char *text)
{
	static const char public[] = "abcdefghijklmnopqrstuvwxyz0123456789_:";
	const size_t n = strspn(text, public);

	return !text[n] && n < 16; /* IFNAMSIZ: struct Qdisc_ops, struct tcf_proto_ops */
}

static bool anonymize_text(const struct anonymizer *a, enum action action, struct pwrt_value *v,
			   struct policy_room *room)
{
	char text[sizeof(room->bytes)], *to = (char *)room->bytes;

	snprintf(text, sizeof(text), "%.*s", (int)v->len, (const char *)v->bytes);
	if (action == WORD)
		return strlen(text) == v->len && is_word(text);
	if (action == KIND && is_qdisc(text))
		return strlen(text) == v->len;
	if (action == OWNER)
		owner(a, text, to, sizeof(room->bytes));
	else if (action == DEV || action == TABLE || action == CHAIN || action == PROGRAM ||
		 action == KIND)
		pseudonym_name(a, names[action], text, to);
	else
		return false;
	*v = bytes(v, room, strlen(to));
	return true;
}

bool anonymize_value(const struct anonymizer *a, const char *key, struct pwrt_value *v,
		     struct policy_room *room)
{
	size_t i = find_key(key);

	if (i == NR_KEYS)
		return false;
	switch (v->type) {
	case PWRT_VALUE_NUMBER:
	case PWRT_VALUE_SIGNED:
		return anonymize_number(a, keys[i].action, v);
	case PWRT_VALUE_TEXT:
		return anonymize_text(a, keys[i].action, v, room);
	case PWRT_VALUE_ADDRESS:
		if (keys[i].action != ADDRESS || (v->len != 4 && v->len != 16))
			return false;
		memcpy(room->bytes, v->bytes, v->len);
		pseudonym_addr(a, room->bytes, v->len);
		break;
	case PWRT_VALUE_BYTES:
		if (keys[i].action != ID || v->len > PSEUDONYM_BYTES_MAX)
			return false;
		memcpy(room->bytes, v->bytes, v->len);
		pseudonym_bytes(a, room->bytes, v->len);
		break;
	default:
		return false;
	}
	*v = bytes(v, room, v->len);
	return true;
}

uint64_t anonymize_ct(const struct anonymizer *a, uint64_t ct)
{
	return (pseudonym_kernel_addr(a, ct & ~7ull) & ~7ull) | (ct & 7);
}

/* Users name BPF programs. The names of functions of the kernel and its modules are public. */
static const char *function_name(const struct anonymizer *a, const char *module, const char *name,
				 char to[PSEUDONYM_MAX])
{
	if (strcmp(module, "bpf"))
		return name;
	pseudonym_name(a, PSEUDONYM_PROGRAM, name, to);
	return to;
}

/*
 * Copies a function without its address. The distance from the address in the build of the kernel
 * would give away the random base address (KASLR).
 */
struct pwrt_func anonymize_func(const struct anonymizer *a, const struct pwrt_func *f,
				struct policy_name *to)
{
	struct pwrt_func copy = *f;

	copy.addr = 0;
	copy.name = function_name(a, f->module, f->name, to->text);
	return copy;
}

struct pwrt_caller anonymize_caller(const struct anonymizer *a, const struct pwrt_caller *c,
				    struct policy_name *to)
{
	struct pwrt_caller copy = *c;

	copy.addr = 0;
	copy.name = function_name(a, c->module, c->name, to->text);
	return copy;
}

struct pwrt_task anonymize_task(const struct anonymizer *a, const struct pwrt_task *t,
				struct policy_name *to)
{
	pseudonym_name(a, PSEUDONYM_TASK, t->comm, to->text);
	return (struct pwrt_task){ (uint32_t)pseudonym_number(a, PSEUDONYM_PID, t->pid),
				   (uint32_t)pseudonym_number(a, PSEUDONYM_PID, t->tgid),
				   to->text };
}

struct pwrt_dev anonymize_dev(const struct anonymizer *a, const struct pwrt_dev *v,
			      struct policy_name *to)
{
	pseudonym_name(a, PSEUDONYM_DEV, v->name, to->text);
	return (struct pwrt_dev){ (uint32_t)pseudonym_number(a, PSEUDONYM_NETNS, v->netns),
				  v->ifindex, to->text };
}

/* Copies a namespace. Without a name of its own, it has that of a process in it: "pid:7". */
struct pwrt_netns anonymize_netns(const struct anonymizer *a, const struct pwrt_netns *n,
				  struct policy_name *to)
{
	if (!strncmp(n->name, "pid:", 4) && n->name[4] &&
	    !n->name[4 + strspn(n->name + 4, "0123456789")])
		snprintf(to->text, sizeof(to->text), "pid:%llu",
			 (unsigned long long)pseudonym_number(a, PSEUDONYM_PID,
							      strtoull(n->name + 4, NULL, 10)));
	else
		pseudonym_name(a, PSEUDONYM_NAMESPACE, n->name, to->text);
	return (struct pwrt_netns){ (uint32_t)pseudonym_number(a, PSEUDONYM_NETNS, n->inum),
				    to->text };
}

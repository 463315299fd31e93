/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hops: the path of a packet in pieces. A hop begins when the packet comes into a network
 * namespace, and ends when it leaves it. Inside a hop, a stage begins where a queue gives the
 * packet out.
 *
 * hops_step() takes the events of one packet in order of time, and keeps hops, not events. A hop
 * has flags for those facts that no event shows.
 */
#ifndef HOPS_H
#define HOPS_H

#include "fields.h"
#include "landmarks.h"
#include "trace.h"
#include "paths.h"

/* The part that a namespace plays for a packet. */
enum hop_role {
	ROLE_UNKNOWN,
	ROLE_OUTPUT,	 /* the namespace made the packet and sent it */
	ROLE_FORWARD,	 /* the packet came in, and routing sent it out */
	ROLE_INPUT,	 /* the packet came in, and ended here */
	ROLE_BRIDGE,	 /* the packet came in by one port of a bridge, and left by another */
	ROLE_TUNNEL_IN,	 /* a tunnel or IPsec made this outer packet, which goes out */
	ROLE_TUNNEL_OUT, /* an outer packet came in, and a tunnel or IPsec unpacked it */
	ROLE_COPY,	 /* a clone or a copy, which neither came in nor went out */
	ROLE_NR,
};

/* Names for output, by role: "tunnel in". */
extern const char *const hop_role_names[ROLE_NR];

/* The way in which a hop begins. */
enum hop_start {
	START_FIRST,	 /* with the packet's first event */
	START_RECEIVED,	 /* a device received it */
	START_MOVED,	 /* it is in another namespace; the recording does not show the way */
	START_WRAPPED,	 /* a tunnel or IPsec put it into another packet */
	START_UNWRAPPED, /* a tunnel or IPsec took it out of another packet */
	START_REUSED,	 /* another packet begins in the memory of the previous one */
	START_NR,
};

/* The way in which a hop ends. */
enum hop_end {
	END_FATE,      /* with the packet's fate: the last hop */
	END_SENT,      /* a driver's transmit made another device receive it */
	END_MOVED,     /* it went on in another namespace; the recording does not show the way */
	END_WRAPPED,   /* a tunnel or IPsec put it into another packet */
	END_UNWRAPPED, /* a tunnel or IPsec took it out of another packet */
	END_REUSED,    /* it was freed; the recording does not show when */
	END_NR,
};

/* Names for output, by start and by end: "received", "sent". */
extern const char *const hop_start_names[START_NR];
extern const char *const hop_end_names[END_NR];

/* The headers and the mark of a packet at one event. */
struct look {
	bool known; /* false: no event had them, and the other members are zero */
	uint8_t ip_version, addr_len, proto, ttl, tos;
	bool has_ports;
	uint16_t sport, dport;
	uint32_t ip_len; /* bytes: IPv4 total length, IPv6 payload length; 0: unknown */
	uint32_t mark;
	uint8_t src[16], dst[16];
};

#define HOP_STAGES 4 /* stages that a hop keeps; it counts all of them */
#define HOP_TEXT 128 /* bytes of its headers as text */

/* A queue that gave the packet out. */
struct hop_stage {
	const struct queue *queue;
	uint64_t waited_ns; /* since the previous event of the packet */
};

struct hop_frame;
struct incidents;
struct moments;

/* One hop. Devices, functions and namespaces are those of the packet's file. */
struct hop {
	enum hop_start start;
	enum hop_end end;
	enum hop_role role;
	bool start_unseen;	  /* the packet was in this namespace before its first event */
	bool taken;		  /* a socket or a protocol took it */
	bool text_known;	  /* text is final */
	bool shown;		  /* the caller wanted one of its events: hops_step() */
	uint32_t netns;		  /* inode number; 0: unknown */
	uint32_t dev_in, dev_out; /* ids; PWRT_NONE: none, or unknown */
	uint32_t dev_upper; /* the device on top of dev_out (VLAN, bridge, bond), or PWRT_NONE */
	uint32_t dev_freed; /* the device of another namespace that freed it, or PWRT_NONE */
	uint32_t layers;    /* a bit (1 << enum layer) for each layer that it passed */
	enum layer first_layer, last_layer; /* of its landmarks; LAYER_NONE without one */
	uint32_t from, to; /* its events by their numbers in the packet: [from, to) */
	uint64_t start_ns;
	uint64_t end_ns; /* the last event before it was freed, or read from a socket */
	struct look first, last;
	uint32_t nr_stages;
	struct hop_stage stages[HOP_STAGES];
	uint32_t last_func;	     /* id of the last function before it was freed, or PWRT_NONE */
	const struct landmark *took; /* the protocol or socket function that took it, or NULL */
	char owner[64];		     /* the process that holds the socket: "socat:897"; or "" */
	char text[HOP_TEXT];	     /* its headers where the hop begins, or "" */
	/* With HOPS_FRAMES: its bytes where the hop begins and where it ends; NULL: not recorded. */
	struct hop_frame *came, *went;
};

/* Details that hops have on request. */
enum hops_with {
	HOPS_FRAMES = 1,    /* hops get came and went: hop_frames.h */
	HOPS_INCIDENTS = 2, /* incidents.h */
	HOPS_MOMENTS = 4,   /* moments.h */
};

/* The hops of one packet. Start with a zeroed struct that has memory set. */
struct hops {
	struct pwrt_memory *memory;
	struct hop *v;
	uint32_t nr, cap;
	/* For hops_step(): events so far, the time of the last one, the queue of the last stage. */
	uint32_t nr_events;
	uint64_t last_ns;
	const struct queue *queue;
	/* The last hop so far: a driver has the packet, a tunnel unpacks it, it goes out. */
	bool driver, unwrap, sending;
	bool ready;	   /* the IP header of the packet is complete */
	unsigned int with; /* set by the caller: bits of enum hops_with */
	/* The last event showed headers of the packet; and these are the first ones of the hop. */
	bool looked, looked_anew;
	bool looks_alike;	     /* they are those of the last look, and so is the mark */
	uint32_t hdr_id;	     /* of the last look of the hop, or 0 */
	struct look before;	     /* the look before the last one; known is false without one */
	struct hop_frame *payload;   /* with frames: bytes of --snaplen, or NULL */
	struct incidents *incidents; /* with incidents; NULL: no event so far */
	struct moments *moments;     /* with moments; NULL: no event so far */
};

/*
 * Adds the next event of the packet. shown: the caller wants the hop of this event. Returns false
 * when over the limit of the account, or out of memory.
 */
bool hops_step(struct hops *h, struct landmarks *l, const struct step *s, bool shown);
/* Sets the roles after the last event. p is the packet of the hops. */
void hops_finish(struct hops *h, const struct packet *p);
/*
 * Returns whether a packet is a copy that went nowhere and was consumed, as for a tap: it adds
 * nothing to a story.
 */
bool hops_are_idle(const struct hops *h, const struct packet *p);
/* Frees the hops and gives their memory back. Then h can take another packet. */
void hops_free(struct hops *h);

/*
 * Fills h with the hops of a path that has all events of its packet. Returns false without memory;
 * then h is empty.
 */
bool hops_of_path(struct hops *h, struct landmarks *l, const struct path *p);

/*
 * A callback that gets the hops of a packet, borrowed. It returns 0, or a negative enum pwrt_err
 * that stops hops_each().
 */
typedef int (*hops_fn)(void *arg, const struct packet *p, const struct hops *h);

/*
 * Calls cb with the hops of each selected packet, in the order of first events. Call it after
 * trace_scan(), or with t->live: stream.h. with: bits of enum hops_with. A hop is shown if one of
 * its events is selected. Where the hops that wait for their turn need too much memory, the last
 * ones are left for another pass over the file. Returns 0; PWRT_ENOMEM if the hops of one packet
 * need too much; or an error of cb or of reading.
 */
int hops_each(struct trace *t, const struct selection *sel, unsigned int with, hops_fn cb,
	      void *arg, struct pwrt_diag *d);

/* ---- words: hop_words.c ---- */

#define HOP_WORDS 512 /* bytes of a buffer for words */

/* The fields of a look that can change on a hop. */
enum look_field {
	LOOK_SRC,
	LOOK_DST,
	LOOK_SPORT,
	LOOK_DPORT,
	LOOK_TTL,
	LOOK_TOS,
	LOOK_MARK,
	LOOK_LEN,
	LOOK_NR,
};

/*
 * Returns the name that fields.c has for this field, for the protocols of this hop; "" for none.
 * The name is static.
 */
const char *hop_field_name(const struct hop *h, enum look_field f);
/* Returns whether the field is known at both ends of the hop and differs. */
bool hop_changed(const struct hop *h, enum look_field f);
/*
 * Fills *v with the value of a field at the beginning of the hop, or at its end if last. Returns
 * false where the value is unknown.
 */
bool hop_value(const struct hop *h, enum look_field f, bool last, struct value *v);

/* Sets of fields for words. The bit of an address stands for its port, too. */
#define LOOK_BIT(field) (1u << (field))
#define LOOK_ALL (LOOK_BIT(LOOK_NR) - 1)
/* Fields that keep their values on an ordinary way, so that each change of one has a cause. */
#define LOOK_KEPT \
	(LOOK_BIT(LOOK_SRC) | LOOK_BIT(LOOK_DST) | LOOK_BIT(LOOK_TOS) | LOOK_BIT(LOOK_MARK))

/* Returns whether a field is known in two looks of one kind and differs. */
bool look_differs(const struct look *a, const struct look *b, enum look_field f);
/*
 * Writes those fields of a set that changed: "source 10.0.0.1 -> 192.0.2.1, TTL 64 -> 63"; or "".
 */
void look_change_words(const struct look *a, const struct look *b, unsigned int which,
		       char buf[HOP_WORDS]);
/* Does the same for the beginning and the end of a hop. */
void hop_change_words(const struct hop *h, unsigned int which, char buf[HOP_WORDS]);
/* Writes the end of hop i of a packet: "sent to eth0 in server". */
void hop_end_words(const struct pwrt_reader *r, const struct packet *p, const struct hops *h,
		   uint32_t i, char buf[HOP_WORDS]);
/*
 * Returns the name of a hop's namespace, else its inode number, else "". The name is in buf, or
 * borrowed from the reader.
 */
const char *hop_netns(const struct pwrt_reader *r, const struct hop *h, char buf[NAME_LEN]);
/* Writes the devices of a hop: "r0 -> r1", or "- -> r0.10>r0" for a VLAN device on r0. */
void hop_devices(const struct pwrt_reader *r, const struct hop *h, char buf[HOP_WORDS]);
/* Returns the name of a device, borrowed from the reader, or "-". */
const char *hop_device(const struct pwrt_reader *r, uint32_t dev);

#endif

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writes hops as the records of a pcapng file, and an interface for each device that has one. */
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "exports.h"
#include "frame.h"
#include "output.h"
#include "record_words.h"
#include "records.h"
#include "replay/append.h"
#include "replay/wall_clock.h"

/* A device in a namespace, as it is known to the file that is written. */
struct interface_key {
	uint32_t netns, dev, link;
};

struct interface {
	UT_hash_handle hh;
	struct interface_key key;
	uint32_t id;
};

struct export
{
	const struct export_options *o;
	struct pwrt_reader *r;
	struct pwrt_memory *memory;
	struct wall_clock clock;
	struct output out;
	struct interface *interfaces;
	struct records waiting;
	struct pcapng_block block;
	struct export_result *res;
	struct pwrt_diag *d;
};

static int no_memory(struct export *x)
{
	return model_no_memory(x->r, "its records", x->d);
}

/* Appends a fact of the file behind a word. Without that fact it appends nothing. */
static size_t add_fact(const struct export *x, char buf[CLI_ESCAPED_LEN], size_t n,
		       const char *word, const char *key)
{
	const char *value = pwrt_reader_get(x->r, key);

	if (!value || !*value)
		return n;
	return append_text(buf, CLI_ESCAPED_LEN, n, "%s%s%s", n ? " " : "", word, value);
}

/* Writes the section header: the recorded machine, the tools, and the losses. */
static int write_section(struct export *x)
{
	char hardware[CLI_ESCAPED_LEN] = "", os[CLI_ESCAPED_LEN] = "", about[CLI_ESCAPED_LEN] = "",
	     tools[CLI_ESCAPED_LEN] = "pwru-show " PWRT_VERSION;
	const uint64_t lost = pwrt_reader_lost_total(x->r);
	size_t n = add_fact(x, os, 0, "Linux ", "kernel.release");

	add_fact(x, os, n, "", "kernel.version");
	add_fact(x, hardware, 0, "", "kernel.arch");
	add_fact(x, tools, strlen(tools), "on a recording of ", "recorder");
	n = add_fact(x, about, 0, "host ", "host");
	n = add_fact(x, about, n, "command ", "arguments");
	if (lost)
		append_text(about, sizeof(about), n, "%slost while recording: %llu events",
			    n ? "; " : "", (unsigned long long)lost);
	pcapng_section(&x->block, &(struct pcapng_section){
					  .hardware = cli_escape(hardware),
					  .os = cli_escape(os),
					  .application = cli_escape(tools),
					  .comment = cli_escape(about),
				  });
	return output_write(&x->out, x->block.bytes, x->block.len);
}

/* Sets *id to the interface of a device, which it describes in the file the first time. */
static int find_interface(struct export *x, const struct hop *hop, uint32_t dev,
			  enum pcapng_link link, uint32_t *id)
{
	const struct interface_key key = { hop->netns, dev, link };
	char name[HOP_WORDS];
	struct interface *e;

	HASH_FIND(hh, x->interfaces, &key, sizeof(key), e);
	if (e) {
		*id = e->id;
		return 0;
	}
	e = counted_realloc(x->memory, NULL, 0, sizeof(*e));
	if (!e)
		return no_memory(x);
	*e = (struct interface){ .key = key, .id = HASH_COUNT(x->interfaces) };
	HASH_ADD(hh, x->interfaces, key, sizeof(key), e);
	if (!e->hh.tbl) {
		counted_free(x->memory, e, sizeof(*e));
		return no_memory(x);
	}
	append_text(name, sizeof(name), 0, "%s/%s", hop_netns(x->r, hop, NAME_BUF),
		    hop_device(x->r, dev));
	pcapng_interface(&x->block, link, cli_escape(name));
	*id = e->id;
	return output_write(&x->out, x->block.bytes, x->block.len);
}

/* Adds the record of a moment of a hop. */
static int add_record(struct export *x, const struct described *what, uint64_t ts_ns)
{
	const struct hop *hop = &what->hops->v[what->hop];
	const uint32_t dev = what->moment == MOMENT_IN	? hop->dev_in :
			     what->moment == MOMENT_OUT ? hop->dev_out :
							  PWRT_NONE;
	char comment[CLI_ESCAPED_LEN];
	struct pcapng_packet p = { .id = what->packet->id, .ns = ts_ns, .comment = comment };
	struct frame frame;
	int ret;

	if (!frame_set(&frame, what->frame)) {
		x->res->without_headers++;
		return 0;
	}
	ret = find_interface(x, hop, dev, frame.link, &p.interface);
	if (ret < 0)
		return ret;
	record_words(what, comment);
	wall_clock_at(&x->clock, ts_ns, &p.ns);
	p.bytes = frame.bytes;
	p.len = frame.len;
	p.original_len = frame.original_len;
	if (dev != PWRT_NONE)
		p.direction = what->moment == MOMENT_IN ? PCAPNG_INBOUND : PCAPNG_OUTBOUND;
	pcapng_packet(&x->block, &p);
	if (!records_add(&x->waiting, ts_ns, x->block.bytes, x->block.len))
		return no_memory(x);
	x->res->items++;
	return 0;
}

/* Returns whether a field of the headers changed on a hop: all but the mark, which is not in them. */
static bool headers_changed(const struct hop *hop)
{
	enum look_field f;

	for (f = 0; f < LOOK_NR; f++)
		if (f != LOOK_MARK && hop_changed(hop, f))
			return true;
	return false;
}

/* Returns whether the packet began in this namespace, and went out or ended on its way out. */
static bool is_sent(const struct hop *hop)
{
	return hop->role == ROLE_OUTPUT || hop->role == ROLE_TUNNEL_IN;
}

/* Adds the records of a hop: the packet as it came, and as it went where that differs. */
static int add_hop(struct export *x, struct described *what)
{
	const struct hop *hop = &what->hops->v[what->hop];
	const bool sent = is_sent(hop), both = headers_changed(hop) && !what->whole_packet;
	int ret = 0;

	if (!sent || both) {
		what->moment = sent ? MOMENT_MADE : MOMENT_IN;
		what->frame = hop->came;
		ret = add_record(x, what, hop->start_ns);
	}
	if (ret == 0 && (sent || both)) {
		what->moment = hop->dev_out != PWRT_NONE ? MOMENT_OUT : MOMENT_LAST;
		what->frame = hop->went;
		ret = add_record(x, what, hop->end_ns);
	}
	return ret;
}

/* Adds the records of a packet. A hops_fn. */
static int add_packet(void *arg, const struct packet *p, const struct hops *h)
{
	struct export *x = arg;
	struct described what = {
		.r = x->r, .packet = p, .hops = h, .whole_packet = x->o->per == PCAPNG_PER_PACKET
	};
	int ret = records_take(&x->waiting, p->first_ns, output_write, &x->out);

	for (what.hop = 0; what.hop < h->nr && ret == 0; what.hop++) {
		if (!h->v[what.hop].shown)
			continue;
		ret = add_hop(x, &what);
		if (what.whole_packet)
			break;
	}
	return ret;
}

static void free_interfaces(struct export *x)
{
	struct interface *e, *tmp;

	HASH_ITER(hh, x->interfaces, e, tmp) {
		HASH_DEL(x->interfaces, e);
		counted_free(x->memory, e, sizeof(*e));
	}
}

static int write_all(struct export *x, struct trace *t, const struct selection *sel)
{
	int ret = write_section(x);

	if (ret == 0)
		ret = hops_each(t, sel, HOPS_FRAMES, add_packet, x, x->d);
	if (ret == 0)
		ret = records_take(&x->waiting, UINT64_MAX, output_write, &x->out);
	return ret;
}

int export_pcapng(const struct export_options *o, struct trace *t, const struct selection *sel,
		  struct export_result *res, struct pwrt_diag *d)
{
	struct export x = { .o = o,
			    .r = t->first,
			    .clock.r = t->first,
			    .memory = pwrt_reader_memory(t->first),
			    .waiting.memory = pwrt_reader_memory(t->first),
			    .res = res,
			    .d = d };
	int ret;

	*res = (struct export_result){ .no_clock = !pwrt_reader_clock(t->first, 0) };
	ret = output_open(&x.out, o, trace_source(t, o->path), d);
	if (ret < 0)
		return ret;
	ret = output_close(&x.out, write_all(&x, t, sel));
	res->bytes = x.out.bytes;
	records_free(&x.waiting);
	free_interfaces(&x);
	return ret;
}

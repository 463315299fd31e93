/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "flow_json.h"

#include "packet_json.h"

/* Writes a time, and the same as time of day where the file has it. */
static void write_time(struct json_writer *w, struct time_text *time, const char *key,
		       const char *key_of_day, uint64_t ns)
{
	const char *text = time_rfc3339(time, ns);

	json_key_name(w, key);
	json_number(w, (int64_t)ns);
	json_key_name(w, key_of_day);
	json_text_or_null(w, text);
}

/* Writes what one end sent. */
static void write_sent(struct json_writer *w, const struct flow_facts *f, enum flow_end end)
{
	static const char *const keys[2][3] = {
		{ "client_packets", "client_bytes", "client_retransmissions" },
		{ "server_packets", "server_bytes", "server_retransmissions" },
	};
	const struct flow_sent *s = &f->sent[end];

	json_key_name(w, keys[end][0]);
	json_number(w, (int64_t)s->packets);
	json_key_name(w, keys[end][1]);
	json_number(w, (int64_t)s->bytes);
	json_key_name(w, keys[end][2]);
	json_number_or_null(w, f->has_segments, s->retransmissions);
}

/* Writes {"delivered":3,"dropped":2}. */
static void write_fates(struct json_writer *w, const struct flow_facts *f)
{
	const char *open = "{";
	int i;

	json_key(w, JSON_KEY("fates"));
	for (i = 0; i < FATE_NR; i++) {
		if (!f->fates[i])
			continue;
		json_raw(w, open, 1);
		json_text(w, fate_names[i]);
		json_raw(w, ":", 1);
		json_number(w, f->fates[i]);
		open = ",";
	}
	json_raw(w, "}", 1);
}

void flow_json_write(struct json_writer *w, const struct trace *t, struct time_text *time,
		     const struct flow_facts *f)
{
	const struct packet_facts ends = { .first = &f->first, .last = &f->last };
	struct packet dropped;

	json_begin(w);
	json_key(w, JSON_KEY("flow"));
	json_number(w, f->flow);
	packet_json_endpoints(w, &f->first);
	packet_json_nat(w, &ends);
	write_sent(w, f, FLOW_CLIENT);
	write_sent(w, f, FLOW_SERVER);
	write_time(w, time, "first", "first_time", f->first_ns);
	write_time(w, time, "last", "last_time", f->last_ns);
	json_key(w, JSON_KEY("duration_ns"));
	json_number(w, (int64_t)(f->last_ns - f->first_ns));
	json_key(w, JSON_KEY("rtt_ns"));
	json_number_or_null(w, f->rtt_ns, f->rtt_ns);
	write_fates(w, f);
	if (f->dropped != MODEL_NONE)
		model_packet(t->m, f->dropped, &dropped);
	packet_json_drop(w, t->first, f->dropped != MODEL_NONE ? &dropped : NULL);
}

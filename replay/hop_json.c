/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "hop_json.h"

#include "incidents.h"

static json_t *look_object(const struct hop *h, bool last)
{
	json_t *o = json_object();
	enum look_field f;
	struct value v;

	for (f = 0; f < LOOK_NR; f++)
		if (*hop_field_name(h, f) && hop_value(h, f, last, &v))
			put(o, hop_field_name(h, f), value(&v));
	return o;
}

static json_t *changed_array(const struct hop *h)
{
	json_t *list = json_array();
	enum look_field f;

	for (f = 0; f < LOOK_NR; f++)
		if (hop_changed(h, f))
			json_array_append_new(list, str(hop_field_name(h, f)));
	return list;
}

static json_t *stages_array(const struct hop *h)
{
	json_t *list = json_array(), *o;
	uint32_t i;

	for (i = 0; i < h->nr_stages && i < HOP_STAGES; i++) {
		o = json_object();
		put(o, "queue", str(h->stages[i].queue->words));
		put(o, "waited", json_integer((json_int_t)h->stages[i].waited_ns));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *layers_array(const struct hop *h)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = LAYER_NONE + 1; i < LAYER_NR; i++)
		if (h->layers & 1u << i)
			json_array_append_new(list, str(layer_names[i]));
	return list;
}

static json_t *device_value(const struct pwrt_reader *r, uint32_t dev)
{
	const struct pwrt_dev *v = pwrt_reader_dev(r, dev);

	return v && *v->name ? str(v->name) : NULL;
}

static json_t *incidents_array(const struct pwrt_reader *r, const struct incidents *in,
			       uint32_t hop)
{
	const struct pwrt_func *f;
	json_t *list = json_array(), *o;
	uint32_t i = incidents_of_hop(in, hop);

	for (; i < in->nr && in->v[i].hop == hop; i++) {
		f = pwrt_reader_func(r, in->v[i].func);
		o = json_object();
		put(o, "ts", json_integer((json_int_t)in->v[i].ts_ns));
		put(o, "kind", str(incident_name(in->v[i].kind)));
		put(o, "func", f ? str(f->name) : NULL);
		put(o, "words", str(in->v[i].words));
		json_array_append_new(list, o);
	}
	return list;
}

json_t *hop_object(const struct pwrt_reader *r, const struct packet *p, const struct hops *h,
		   uint32_t i)
{
	const struct hop *hop = &h->v[i];
	char words[HOP_WORDS];
	json_t *o = json_object();

	put(o, "packet", json_integer((json_int_t)p->id));
	if (pwrt_reader_host(r, p->id, NULL))
		put(o, "host", str(pwrt_reader_host(r, p->id, NULL)));
	put(o, "hop", json_integer(i + 1));
	put(o, "netns", str(hop_netns(r, hop, NAME_BUF)));
	put(o, "role", str(hop_role_names[hop->role]));
	put(o, "dev_in", device_value(r, hop->dev_in));
	put(o, "dev_upper", device_value(r, hop->dev_upper));
	put(o, "dev_out", device_value(r, hop->dev_out));
	put(o, "start", str(hop_start_names[hop->start]));
	put(o, "start_recorded", json_boolean(!hop->start_unseen));
	put(o, "first", json_integer((json_int_t)hop->start_ns));
	put(o, "spent", json_integer((json_int_t)(hop->end_ns - hop->start_ns)));
	put(o, "events", json_integer(hop->to - hop->from));
	put(o, "what", str(hop->text));
	put(o, "came", look_object(hop, false));
	put(o, "went", look_object(hop, true));
	put(o, "changed", changed_array(hop));
	put(o, "layers", layers_array(hop));
	put(o, "stages", stages_array(hop));
	if (h->incidents)
		put(o, "incidents", incidents_array(r, h->incidents, i));
	hop_end_words(r, p, h, i, words);
	put(o, "end", str(hop->end == END_FATE ? fate_names[p->fate] : hop_end_names[hop->end]));
	put(o, "end_words", str(words));
	put(o, "owner", *hop->owner ? str(hop->owner) : NULL);
	return o;
}

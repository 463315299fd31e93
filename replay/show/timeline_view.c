/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The timeline of a packet or a flow. Time goes down, each network namespace has a column, and
 * arrows lead from one to the next. The lines fit 80 columns, or those of the terminal.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "format/tool/cli.h"
#include "json_writer.h"
#include "replay/append.h"
#include "replay/timeline.h"
#include "time_text.h"
#include "views.h"

#define COLUMNS 80     /* of a line that does not go to a terminal */
#define COLUMNS_MIN 60 /* a narrower terminal wraps the lines */
#define LANES_MAX 12
#define LANE_MIN 4
#define LANE_MAX 16
#define TEXT_WANTED 32 /* columns for the text of the last lane */
#define TEXT_MIN 16    /* the same, where there are many lanes */
#define WIDTH_MAX 256  /* columns of a line without its beginning */

struct lane {
	uint32_t netns;
	unsigned int at; /* column */
};

struct timeline_view {
	const struct timeline *tl;
	struct time_text time;
	struct lane lanes[LANES_MAX];
	unsigned int nr_lanes;
	bool others;		  /* the last lane has all further namespaces */
	unsigned int id_width;	  /* digits of packet numbers; 0: there is one packet */
	unsigned int left, width; /* columns before the lanes, and of the lanes */
	bool functions;		  /* rows of functions are printed */
	uint64_t gap_ns;	  /* a longer time without a row gets a line */
	/* The row before: its time, CPU, packet and namespace. The device printed last. */
	uint64_t last_ns;
	uint32_t cpu, packet, netns, dev;
	bool begun;
};

/* Returns the lane of a namespace, or nr_lanes where it has none. */
static unsigned int lane_of(const struct timeline_view *v, uint32_t netns)
{
	unsigned int i;

	for (i = 0; i < v->nr_lanes; i++)
		if (v->lanes[i].netns == netns)
			return i;
	return v->others ? v->nr_lanes - 1 : v->nr_lanes;
}

/* Returns whether an arrow leads from the hop before to this one. */
static bool has_arrow(const struct timeline_view *v, const struct timeline_row *row)
{
	const unsigned int from = lane_of(v, row->from_netns);

	return row->came && from < v->nr_lanes && from != lane_of(v, row->netns);
}

/* Adds the lanes in the order in which packets came to their namespaces, and places them. */
static void make_lanes(struct timeline_view *v)
{
	unsigned int max = v->width < TEXT_MIN ? 1 : 1 + (v->width - TEXT_MIN) / LANE_MIN, i, step;
	uint32_t k;

	max = max < LANES_MAX ? max : LANES_MAX;
	for (k = 0; k < v->tl->nr && !v->others; k++) {
		const uint32_t netns = v->tl->v[k].netns;

		if (lane_of(v, netns) < v->nr_lanes)
			continue;
		v->others = v->nr_lanes == max;
		if (!v->others)
			v->lanes[v->nr_lanes++].netns = netns;
	}
	if (v->nr_lanes < 2)
		return;
	step = v->width > TEXT_WANTED ? (v->width - TEXT_WANTED) / (v->nr_lanes - 1) : 0;
	step = step < LANE_MIN ? LANE_MIN : step > LANE_MAX ? LANE_MAX : step;
	for (i = 0; i < v->nr_lanes; i++)
		v->lanes[i].at = i * step;
}

/*
 * Prints the beginning of a line: time, CPU and packet of a row; of a wait, the packet alone. row
 * is NULL for a line without any of them.
 */
static void print_left(struct timeline_view *v, const struct timeline_row *row)
{
	static const char marks[] = {
		[SENDER_CLIENT] = '>', [SENDER_SERVER] = '<', [SENDER_UNKNOWN] = ' '
	};
	const bool timed = row && row->kind != TIMELINE_WAIT;
	const struct timeline_packet *p;

	if (timed)
		printf("%*s ", time_text_width(), time_text(&v->time, row->ts_ns));
	if (timed && (!v->begun || row->cpu != v->cpu))
		printf("%3u ", row->cpu);
	else
		printf("%*s", timed ? 4 : time_text_width() + 5, "");
	if (row && v->id_width) {
		p = &v->tl->packets[row->packet];
		printf("%*" PRIu64 "%c ", (int)v->id_width, p->packet.id, marks[p->sender]);
	} else {
		printf("%*s", v->id_width ? (int)v->id_width + 2 : 0, "");
	}
	if (timed) {
		v->cpu = row->cpu;
		v->begun = true;
	}
}

/* Prints a part of a line in a color. */
static void print_part(enum cli_color color, const char *from, size_t len)
{
	if (len)
		printf("%s%.*s%s", cli_color_code(color), (int)len, from, cli_color_code(C_OFF));
}

/* Prints the lanes as bars, and over them a text from a column on, in a color. */
static void print_lanes(const struct timeline_view *v, unsigned int at, const char *text,
			size_t len, enum cli_color color)
{
	const size_t end = at + len, last = v->lanes[v->nr_lanes - 1].at + 1;
	char line[WIDTH_MAX];
	unsigned int i;

	memset(line, ' ', sizeof(line));
	for (i = 0; i < v->nr_lanes; i++)
		line[v->lanes[i].at] = '|';
	memcpy(line + at, text, len);
	if (end < last)
		line[end] = ' ';
	print_part(C_DIM, line, at);
	print_part(color, line + at, len);
	if (end + 1 < last)
		print_part(C_DIM, line + end, last - end);
	putchar('\n');
}

/* Returns how many bytes of a text fit a line: whole words, or at least whole characters. */
static size_t fitting(const char *text, size_t room)
{
	size_t len = strlen(text), n = room;

	if (len <= room)
		return len;
	while (n && text[n] != ' ')
		n--;
	if (n)
		return n;
	for (n = room; n > 1 && ((unsigned char)text[n] & 0xc0) == 0x80;)
		n--;
	return n;
}

/* Prints a text in a lane. row: whose beginning the first line has, or NULL. */
static void print_text(struct timeline_view *v, const struct timeline_row *row, unsigned int at,
		       const char *words, enum cli_color color)
{
	char text[CLI_ESCAPED_LEN], line[WIDTH_MAX];
	const char *rest = cli_escape_to(text, words);
	size_t n, indent = 0;

	do {
		memset(line, ' ', indent);
		print_left(v, row);
		n = fitting(rest, v->width - at - indent);
		memcpy(line + indent, rest, n);
		print_lanes(v, at, line, indent + n, color);
		rest += n;
		rest += strspn(rest, " ");
		indent = 2;
		row = NULL;
	} while (*rest);
}

/* Prints an arrow from the lane of the hop before to that of this hop, with the device out. */
static void print_arrow(struct timeline_view *v, const struct timeline_row *row)
{
	const char *dev = hop_device(trace_reader(v->tl->t), row->from_dev);
	char arrow[WIDTH_MAX], name[CLI_ESCAPED_LEN];
	const size_t name_len = strlen(cli_escape_to(name, dev));
	unsigned int from, to, low, len;

	if (!has_arrow(v, row))
		return;
	from = v->lanes[lane_of(v, row->from_netns)].at;
	to = v->lanes[lane_of(v, row->netns)].at;
	low = from < to ? from : to;
	len = (from < to ? to - from : from - to) + 1;
	memset(arrow, row->start == START_MOVED ? '.' : '-', len);
	arrow[from < to ? 0 : len - 1] = '+';
	arrow[from < to ? len - 1 : 0] = from < to ? '>' : '<';
	if (row->from_dev != PWRT_NONE && name_len + 6 <= len) {
		arrow[from < to ? 2 : len - name_len - 4] = ' ';
		memcpy(arrow + (from < to ? 3 : len - name_len - 3), name, name_len);
		arrow[from < to ? 3 + name_len : len - 3] = ' ';
	}
	print_left(v, NULL);
	print_lanes(v, low, arrow, len, C_CYAN);
}

/* Writes "packet 2: HEADERS, copy of 1, delivered after 1.646 ms, 3 hops". */
static void packet_words(const struct timeline_packet *tp, const char *text, char buf[HOP_WORDS])
{
	const struct packet *p = &tp->packet;
	size_t n = append_text(buf, HOP_WORDS, 0, "packet %" PRIu64 ": %s", p->id,
			       *text ? text : "(no headers)");

	if (p->parent)
		n = append_text(buf, HOP_WORDS, n, ", copy of %" PRIu64, p->parent);
	append_text(buf, HOP_WORDS, n, ", %s after %.3f ms, %u hop%s", fate_names[p->fate],
		    (double)(p->last_ns - p->first_ns) / 1e6, tp->nr_hops,
		    tp->nr_hops == 1 ? "" : "s");
}

/* Writes ": 0.023 ms in the CPU's backlog, CPU 1 -> 0". */
static void wait_words(const struct timeline_row *row, char buf[HOP_WORDS])
{
	size_t n = append_text(buf, HOP_WORDS, 0, ": %.3f ms", (double)row->waited_ns / 1e6);

	if (row->queue)
		n = append_text(buf, HOP_WORDS, n, " in %s", row->queue->words);
	if (row->cpu != row->cpu_before)
		append_text(buf, HOP_WORDS, n, ", CPU %u -> %u", row->cpu_before, row->cpu);
}

/* Writes "lan0: forward", or "eth0 -> lan0: forward" where no arrow shows the device out. */
static void hop_words(const struct timeline_view *v, const struct timeline_row *row,
		      char buf[HOP_WORDS])
{
	const struct pwrt_reader *r = trace_reader(v->tl->t);
	size_t n = 0;

	buf[0] = '\0';
	if (v->others && lane_of(v, row->netns) == v->nr_lanes - 1)
		n = append_text(buf, HOP_WORDS, n, "%s: ", netns_text(r, row->netns, NAME_BUF));
	if (row->from_dev != PWRT_NONE && !has_arrow(v, row))
		n = append_text(buf, HOP_WORDS, n, "%s -> ", hop_device(r, row->from_dev));
	if (row->dev != PWRT_NONE)
		n = append_text(buf, HOP_WORDS, n, "%s: ", hop_device(r, row->dev));
	append_text(buf, HOP_WORDS, n, "%s", hop_role_names[row->role]);
}

/* Writes the function, and its device where the rows before had another one. */
static void function_words(struct timeline_view *v, const struct timeline_row *row,
			   char buf[HOP_WORDS])
{
	const struct pwrt_reader *r = trace_reader(v->tl->t);
	const struct pwrt_func *f = pwrt_reader_func(r, row->func);
	size_t n = append_text(buf, HOP_WORDS, 0, "%s",
			       f ? plain_name(f->name, NAME_BUF) : "an unknown function");

	if (row->dev != PWRT_NONE && row->dev != v->dev)
		append_text(buf, HOP_WORDS, n, " (%s)", hop_device(r, row->dev));
}

/* The colors of rows. A PACKET has the color of its fate. */
static enum cli_color color_of(const struct timeline_view *v, const struct timeline_row *row)
{
	const struct packet *p = &v->tl->packets[row->packet].packet;
	const bool dropped = p->fate_alone == FATE_DROPPED;

	switch (row->kind) {
	case TIMELINE_PACKET:
	case TIMELINE_HOP:
		return C_BOLD;
	case TIMELINE_END:
		return dropped && row->last ? C_RED : row->last ? C_GREEN : C_OFF;
	case TIMELINE_INCIDENT:
		return row->incident == INCIDENT_CHANGE ? C_YELLOW :
		       row->incident == INCIDENT_ERROR || row->incident == INCIDENT_VERDICT ?
							  C_RED :
							  C_OFF;
	case TIMELINE_WAIT:
		return C_CYAN;
	default:
		return C_DIM;
	}
}

/* Prints the time since the row before, where it is long, and no other line has it. */
static void print_gap(struct timeline_view *v, const struct timeline_row *row)
{
	const struct timeline_row wait = { .waited_ns = row->ts_ns - v->last_ns };
	const uint32_t netns = row->packet == v->packet ? v->netns : row->netns;
	char words[HOP_WORDS];

	if (!v->begun || row->kind == TIMELINE_WAIT || row->kind == TIMELINE_LEFT_OUT ||
	    row->ts_ns - v->last_ns <= v->gap_ns)
		return;
	wait_words(&wait, words);
	print_text(v, NULL, v->lanes[lane_of(v, netns)].at, words, C_CYAN);
}

static void print_row(struct timeline_view *v, const struct timeline_row *row)
{
	const unsigned int at = v->lanes[lane_of(v, row->netns)].at;
	char words[HOP_WORDS];

	if ((row->kind == TIMELINE_FUNCTION || row->kind == TIMELINE_LEFT_OUT) && !v->functions &&
	    !row->late)
		return;
	print_gap(v, row);
	v->last_ns = row->ts_ns;
	if (row->packet != v->packet)
		v->dev = PWRT_NONE;
	v->packet = row->packet;
	v->netns = row->netns;
	switch (row->kind) {
	case TIMELINE_PACKET:
		packet_words(&v->tl->packets[row->packet], row->words, words);
		print_text(v, NULL, 0, words, color_of(v, row));
		return;
	case TIMELINE_WAIT:
		wait_words(row, words);
		break;
	case TIMELINE_HOP:
		print_arrow(v, row);
		hop_words(v, row, words);
		break;
	case TIMELINE_FUNCTION:
		function_words(v, row, words);
		break;
	case TIMELINE_LEFT_OUT:
		append_text(words, sizeof(words), 0, "%u moments left out", row->left_out);
		break;
	default:
		append_text(words, sizeof(words), 0, "%s", row->words);
	}
	if (row->dev != PWRT_NONE)
		v->dev = row->dev;
	print_text(v, row, at, words, color_of(v, row));
}

/* Prints the names of the columns. A name is cut where the next one begins. */
static void print_header(const struct timeline_view *v)
{
	const struct pwrt_reader *r = trace_reader(v->tl->t);
	unsigned int i;

	printf("%s%*s CPU %*s", cli_color_code(C_BOLD), time_text_width(), "TIME",
	       v->id_width ? (int)v->id_width + 2 : 0, "");
	for (i = 0; i < v->nr_lanes; i++) {
		const bool last = i + 1 == v->nr_lanes;
		const char *name = last && v->others ? "others" :
				   v->lanes[i].netns ? netns_text(r, v->lanes[i].netns, NAME_BUF) :
						       "?";
		const int room = last ? (int)(v->width - v->lanes[i].at) :
					(int)(v->lanes[i + 1].at - v->lanes[i].at);

		printf("%-*.*s", last ? 0 : room, room - !last, cli_escape(name));
	}
	printf("%s\n", cli_color_code(C_OFF));
}

/* Sets the columns, and the time that is a gap: a tenth of the whole. */
static void lay_out(struct timeline_view *v)
{
	const struct timeline *tl = v->tl;
	unsigned int columns = cli_terminal_width();
	uint64_t id = 0;
	uint32_t i;

	for (i = 0; i < tl->nr_packets; i++)
		if (tl->packets[i].packet.id > id)
			id = tl->packets[i].packet.id;
	if (tl->nr_packets > 1)
		for (v->id_width = 1; id >= 10; id /= 10)
			v->id_width++;
	columns = !columns ? COLUMNS : columns < COLUMNS_MIN ? COLUMNS_MIN : columns;
	v->left = (unsigned int)time_text_width() + 5 + (v->id_width ? v->id_width + 2 : 0);
	v->width = columns - v->left < WIDTH_MAX ? columns - v->left : WIDTH_MAX;
	v->functions = tl->nr_packets == 1 || views_show_all();
	v->gap_ns = (tl->v[tl->nr - 1].ts_ns - tl->v[0].ts_ns) / 10;
	v->dev = PWRT_NONE;
	make_lanes(v);
}

/* Prints the sum of the packets of each end, which explains the marks behind packet numbers. */
static void print_senders(const struct timeline *tl)
{
	uint32_t nr[SENDER_UNKNOWN + 1] = { 0 }, i;

	for (i = 0; i < tl->nr_packets; i++)
		nr[tl->packets[i].sender]++;
	printf("%u packet%s: %u from the client (>), %u from the server (<)\n", tl->nr_packets,
	       tl->nr_packets == 1 ? "" : "s", nr[SENDER_CLIENT], nr[SENDER_SERVER]);
}

int text_timeline(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct timeline tl;
	struct timeline_view v = { .tl = &tl };
	uint32_t i;
	int ret = timeline_make(&tl, t, sel, views_show_all(), d);

	if (ret < 0)
		return ret;
	time_text_begin(&v.time, t);
	if (tl.nr) {
		lay_out(&v);
		if (v.id_width)
			print_senders(&tl);
		print_header(&v);
	}
	for (i = 0; i < tl.nr; i++)
		print_row(&v, &tl.v[i]);
	if (tl.idle_copies)
		printf("\n%" PRIu64
		       " copies that only were consumed are left out: --all shows them\n",
		       tl.idle_copies);
	timeline_free(&tl);
	return 0;
}

/* ---- JSON ---- */

static void put_device(struct json_writer *w, const struct pwrt_reader *r, uint32_t dev)
{
	json_text_or_null(w, dev == PWRT_NONE ? NULL : hop_device(r, dev));
}

static void put_hop(struct json_writer *w, const struct pwrt_reader *r,
		    const struct timeline_row *row)
{
	json_key(w, JSON_KEY("hop"));
	json_number(w, row->hop + 1);
	json_key(w, JSON_KEY("role"));
	json_plain(w, hop_role_names[row->role]);
	json_key(w, JSON_KEY("start"));
	json_plain(w, hop_start_names[row->start]);
	json_key(w, JSON_KEY("from_netns"));
	json_text_or_null(w, row->from_netns ? netns_text(r, row->from_netns, NAME_BUF) : NULL);
	json_key(w, JSON_KEY("from_ifname"));
	put_device(w, r, row->from_dev);
}

static void put_wait(struct json_writer *w, const struct timeline_row *row)
{
	json_key(w, JSON_KEY("waited"));
	json_number(w, (int64_t)row->waited_ns);
	json_key(w, JSON_KEY("queue"));
	json_text_or_null(w, row->queue ? row->queue->words : NULL);
	json_key(w, JSON_KEY("from_cpu"));
	json_number(w, row->cpu_before);
}

static void put_packet(struct json_writer *w, const struct packet *p)
{
	json_key(w, JSON_KEY("parent"));
	json_number_or_null(w, p->parent, p->parent);
	json_key(w, JSON_KEY("fate"));
	json_plain(w, fate_names[p->fate]);
}

/* Writes the members of the kind of a row. */
static void put_kind(struct json_writer *w, const struct timeline *tl,
		     const struct timeline_row *row)
{
	const struct pwrt_reader *r = trace_reader(tl->t);
	const struct pwrt_func *f = pwrt_reader_func(r, row->func);

	json_key(w, JSON_KEY("kind"));
	json_plain(w, row->kind == TIMELINE_INCIDENT ? incident_name(row->incident) :
						       timeline_kind_names[row->kind]);
	if (row->kind == TIMELINE_PACKET)
		put_packet(w, &tl->packets[row->packet].packet);
	if (row->kind == TIMELINE_HOP)
		put_hop(w, r, row);
	if (row->kind == TIMELINE_WAIT)
		put_wait(w, row);
	if (row->kind == TIMELINE_FUNCTION || row->kind == TIMELINE_INCIDENT) {
		json_key(w, JSON_KEY("func"));
		json_text_or_null(w, f ? f->name : NULL);
	}
	if (row->kind == TIMELINE_LEFT_OUT) {
		json_key(w, JSON_KEY("left_out"));
		json_number(w, row->left_out);
	}
	if (row->words) {
		json_key(w, JSON_KEY("words"));
		json_text(w, row->words);
	}
}

static int print_object(struct json_writer *w, const struct timeline *tl, struct time_text *time,
			const struct timeline_row *row, struct pwrt_diag *d)
{
	static const char *const senders[] = {
		[SENDER_CLIENT] = "client", [SENDER_SERVER] = "server", [SENDER_UNKNOWN] = NULL
	};
	const struct timeline_packet *p = &tl->packets[row->packet];
	const struct pwrt_reader *r = trace_reader(tl->t);
	const char *of_day = time_rfc3339(time, row->ts_ns);

	json_begin(w);
	json_key(w, JSON_KEY("ts"));
	json_number(w, (int64_t)row->ts_ns);
	if (of_day) {
		json_key(w, JSON_KEY("time"));
		json_plain(w, of_day);
	}
	json_key(w, JSON_KEY("packet"));
	json_number(w, (int64_t)p->packet.id);
	json_key(w, JSON_KEY("flow"));
	json_number(w, p->packet.flow);
	json_key(w, JSON_KEY("sender"));
	json_text_or_null(w, senders[p->sender]);
	json_key(w, JSON_KEY("cpu"));
	json_number(w, row->cpu);
	json_key(w, JSON_KEY("netns"));
	json_text(w, netns_text(r, row->netns, NAME_BUF));
	json_key(w, JSON_KEY("ifname"));
	put_device(w, r, row->dev);
	put_kind(w, tl, row);
	return views_print_object(w, d);
}

int json_timeline(struct trace *t, const struct selection *sel, struct pwrt_diag *d)
{
	struct json_writer w = { 0 };
	struct time_text time;
	struct timeline tl;
	uint32_t i;
	int ret = timeline_make(&tl, t, sel, views_show_all(), d);

	if (ret < 0)
		return ret;
	time_text_begin(&time, t);
	for (i = 0; ret == 0 && i < tl.nr; i++)
		ret = print_object(&w, &tl, &time, &tl.v[i], d);
	json_writer_free(&w);
	timeline_free(&tl);
	return ret;
}

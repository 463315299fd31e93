/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads any bytes as records of the probes: the rings of two CPUs (record/ring/rings.c), the ring
 * of auxiliary records (record/ring/aux_ring.c), and what record/file/convert.c makes of them. The
 * file that comes out must be whole.
 *
 * An input is a byte of options (1: fields, 2: the whole skb, 4: bytes of the packet, 8: a second
 * file behind the rings, 16: losses alone, 32: --keep between the rings and the file), three 16-bit
 * lengths, and as many bytes of CPU 0, CPU 1 and auxiliary records. An auxiliary record begins with
 * a byte that chooses what stands behind it.
 */
#include <bpf/libbpf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_limit.h"
#include "format/cursor.h"
#include "memory_file.h"
#include "record/file/convert.h"
#include "record/file/values.h"
#include "record/keep.h"
#include "record/ring/aux_ring.h"
#include "record/ring/rings.h"
#include "tests/unit/small_btf.h"

#define CPUS 2
#define CHUNKS 1
#define STRIDE (RING_CHUNK + RING_SLACK)
#define TEXT 0xffffffff00000000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECONDS_MAX 1 /* of processor time, with sanitizers, for one input */
void *__real_mmap(void *at, size_t len, int prot, int flags, int fd, off_t off);
void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t off);

struct input {
	uint8_t options;
	struct cursor cpu[CPUS], aux;
};

struct scene {
	struct convert *c;
	struct keep *keep; /* NULL: records go to the file at once */
	struct pwrt_writer *w;
	struct field_exprs fields;
	int fd;
	uint64_t events; /* in the file under way */
};

static struct small_btf types;
static struct ksyms *symbols;

static void check(bool good)
{
	if (!good)
		abort();
}

/* The slots of all packets take 30 MB. Few inputs touch more than one of them. */
void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t off)
{
	return __real_mmap(at, len, prot, flags & ~MAP_POPULATE, fd, off);
}

/* ---- libbpf's ring, which this feeds ---- */

struct ring_buffer {
	ring_buffer_sample_fn on_aux;
	void *arg;
	struct cursor left;
};

static struct ring_buffer ring;

struct ring_buffer *ring_buffer__new(int fd, ring_buffer_sample_fn on_aux, void *arg,
				     const struct ring_buffer_opts *opts)
{
	(void)fd;
	(void)opts;
	ring.on_aux = on_aux;
	ring.arg = arg;
	return &ring;
}

/* Returns the size of an auxiliary record: that of its parts, or, rarely, another one. */
int ring_buffer__consume(struct ring_buffer *r)
{
	struct pw_aux aux;
	const uint8_t *how, *bytes;
	size_t len;
	void *copy;
	int ret = 0;

	while (ret == 0 && (how = cursor_take(&r->left, 1)) &&
	       cursor_left(&r->left) >= sizeof(aux)) {
		memcpy(&aux, r->left.p, sizeof(aux));
		len = *how == 0xff ? sizeof(aux) : aux_record_bytes(aux.contents);
		bytes = cursor_take(&r->left, len);
		if (!bytes)
			break;
		copy = malloc(len);
		memcpy(copy, bytes, len);
		ret = r->on_aux(r->arg, copy, len);
		free(copy);
	}
	return ret;
}

void ring_buffer__free(struct ring_buffer *r)
{
	(void)r;
}

/* ---- names ---- */

static bool dev_name(void *arg, uint32_t netns, uint32_t ifindex, char name[16])
{
	(void)arg;
	(void)netns;
	snprintf(name, 16, "eth%u", ifindex % 1000);
	return ifindex & 1;
}

static const char *netns_name(void *arg, uint32_t inum)
{
	(void)arg;
	return inum & 1 ? "blue" : "";
}

/* An inode number is used again now and then. */
static uint32_t netns_number(void *arg, uint32_t inum, uint64_t ts_ns)
{
	(void)arg;
	return ts_ns & 64 ? inum % 1000 + 1 : inum;
}

static struct netns_id netns(void *arg, uint32_t inum, uint64_t ts_ns)
{
	return (struct netns_id){ netns_number(arg, inum, ts_ns), netns_name(arg, inum) };
}

static const char *owner(void *arg, uint64_t inode)
{
	(void)arg;
	return inode & 1 ? "nc:7" : "";
}

/* ---- one input ---- */

static bool cut_input(struct input *in, const uint8_t *data, size_t size)
{
	struct cursor at = cursor_on(data, size);
	uint64_t options, len[3];
	size_t i;

	if (!cursor_le(&at, 1, &options))
		return false;
	for (i = 0; i < 3; i++)
		if (!cursor_le(&at, 2, &len[i]))
			return false;
	for (i = 0; i < 3; i++) {
		size_t n = len[i] < cursor_left(&at) ? len[i] : cursor_left(&at);
		const uint8_t *p = cursor_take(&at, n);

		*(i < CPUS ? &in->cpu[i] : &in->aux) = cursor_on(p, n);
	}
	in->options = (uint8_t)options;
	return true;
}

static void load_symbols(void)
{
	static const char text[] = "ffffffff00000100 T ip_rcv\n"
				   "ffffffff00000200 T consume_skb\n"
				   "ffffffff00000300 t nf_hook\t[nf_tables]\n";
	struct memory_file syms = memory_file(text, strlen(text)), mods = memory_file("", 0);
	struct pwrt_diag d;

	check(ksyms_open(&symbols, syms.path, mods.path, &d) == 0);
	memory_file_close(&syms);
	memory_file_close(&mods);
}

static void begin_file(struct scene *s)
{
	static const struct pwrt_clock clock = { .mono_ns = 1, .real_ns = 1 };
	static const struct pwrt_writer_options o = { .block_events = 16 };
	const struct pwrt_func func = { .name = "f", .module = "", .why = "" };
	struct pwrt_diag d;
	size_t i;

	s->events = 0;
	s->fd = memfd_create("file", 0);
	check(pwrt_writer_new(&s->w, s->fd, &o, &d) == 0);
	check(pwrt_writer_clock(s->w, &clock, &d) == 0);
	/* Two targets, the special ones, two programs. */
	for (i = 0; i < 2 + NR_FUNC_SPECIAL + 2; i++)
		check(pwrt_writer_func(s->w, &func, &d) == 0);
	check(values_write_keys(s->w, &d) == 0);
	for (i = 0; i < s->fields.nr + s->fields.skb.nr; i++)
		check(pwrt_writer_key(s->w, &(struct pwrt_key){ .name = "k" }, &d) == 0);
	convert_set_output(s->c, s->w);
}

/* Everything that was written is read again. */
static void end_file(struct scene *s)
{
	struct pwrt_reader *r = NULL;
	struct pwrt_event ev;
	struct pwrt_diag d;
	char path[32];
	uint64_t nr = 0;

	check(pwrt_writer_finish(s->w, &d) == 0);
	pwrt_writer_free(s->w);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", s->fd);
	check(pwrt_open(&r, path, NULL, &d) == 0);
	while (pwrt_reader_next(r, &ev, &d) == 1)
		nr++;
	check(pwrt_reader_integrity(r)->complete);
	check(nr == s->events);
	pwrt_close(r);
	close(s->fd);
}

/* Reading past the end of the copy is an error that the sanitizer sees. */
static int on_record(void *arg, unsigned int cpu, const struct pw_entry *entry)
{
	struct scene *s = arg;
	size_t len = entry->bytes8 * 8u;
	struct pw_entry *copy = malloc(len);
	struct pwrt_diag d;
	int ret;

	memcpy(copy, entry, len);
	ret = convert_entry(s->c, cpu, copy, &d);
	free(copy);
	check(ret == 0 || ret == PWRT_ECORRUPT);
	s->events += ret == 0;
	return 0;
}

static int on_aux(void *arg, const struct pw_aux *aux, const void *more)
{
	struct scene *s = arg;
	size_t len = aux_record_bytes(aux->contents);
	struct pw_aux *copy = malloc(len);
	struct pwrt_diag d;
	int ret;

	memcpy(copy, aux, sizeof(*aux));
	memcpy(copy + 1, more, len - sizeof(*aux));
	ret = convert_aux(s->c, copy, copy + 1, &d);
	free(copy);
	check(ret == 0 || ret == PWRT_ECORRUPT);
	s->events += ret == 0;
	return 0;
}

static const char *drop_reason(void *arg, const struct pw_aux *aux, const void *more)
{
	const struct scene *s = arg;

	return convert_drop(s->c, aux, more);
}

/* The records of the rings, through --keep where an input has it. */
static int on_ring_entry(void *arg, unsigned int cpu, const struct pw_entry *entry)
{
	struct scene *s = arg;
	size_t len = entry->bytes8 * 8u;
	struct pw_entry *copy;
	int ret;

	if (!s->keep)
		return on_record(s, cpu, entry);
	copy = malloc(len);
	memcpy(copy, entry, len);
	ret = keep_entry(s->keep, cpu, copy);
	free(copy);
	check(ret == 0);
	return ret;
}

static int on_ring_aux(void *arg, const struct pw_aux *aux, const void *more)
{
	struct scene *s = arg;

	return s->keep ? keep_aux(s->keep, aux, more) : on_aux(s, aux, more);
}

static void begin_keep(struct scene *s, struct keep_options *o)
{
	const struct keep_source from = { drop_reason, netns_name, s };
	const struct merge_sink to = { on_record, on_aux, s };
	struct pwrt_diag d;

	check(keep_rules_parse(&o->rules,
			       "dropped,slower:1ms,reset,netns:b*,rule:t*,len>9000,hops>3",
			       &d) == 0);
	check(keep_new(&s->keep, o, &from, &to, &d) == 0);
}

static void take_rings(struct scene *s, struct input *in)
{
	static uint8_t chunks[CPUS * CHUNKS * STRIDE];
	struct pw_ring shared[CPUS] = { 0 };
	struct memory_file rings, bytes;
	struct rings *r;
	struct pwrt_diag d;
	size_t i;

	for (i = 0; i < CPUS; i++) {
		shared[i].head = cursor_left(&in->cpu[i]) & ~7u;
		memcpy(chunks + i * CHUNKS * STRIDE, in->cpu[i].p, shared[i].head);
	}
	rings = memory_file(shared, sizeof(shared));
	bytes = memory_file(chunks, sizeof(chunks));
	check(rings_open(&r, rings.fd, bytes.fd, CPUS, CHUNKS, &d) == 0);
	rings_take(r, UINT64_MAX, on_ring_entry, s, &d);
	rings_close(r);
	memory_file_close(&rings);
	memory_file_close(&bytes);
}

static void take_aux(struct scene *s, struct input *in)
{
	static const uint8_t positions[2 * 4096];
	struct memory_file map = memory_file(positions, sizeof(positions));
	struct pwrt_diag d;
	struct aux_ring *n;

	check(aux_ring_open(&n, map.fd, 4096, &d) == 0);
	ring.left = in->aux;
	if (aux_ring_gather(n, 1, &d) == 0) {
		aux_ring_take(n, UINT64_MAX / 2, on_ring_aux, s);
		aux_ring_gather(n, 2, &d);
		aux_ring_take(n, UINT64_MAX, on_ring_aux, s);
	}
	aux_ring_close(n);
	memory_file_close(&map);
}

static void run(struct input *in)
{
	static struct target t[2] = {
		{ .name = "ip_rcv", .module = "", .addr = TEXT | 0x100, .arg = 1 },
		{ .name = "nf_hook",
		  .module = "nf_tables",
		  .addr = TEXT | 0x300,
		  .ret_cookie = COOKIE_WANTS_RETURN | COOKIE_RET | COOKIE_VERDICT,
		  .ret = 4 },
	};
	static struct traced_prog p[2];
	const struct targets ts = { .t = t, .nr = 2, .nr_attach = 2, .btf = types.btf };
	const struct traced_progs ps = { .p = p, .nr = 2 };
	const struct convert_names names = { dev_name, netns_number, netns, owner, NULL };
	struct keep_options keep = { .before = 2, .sample = 3, .bytes = KEEP_BYTES_MIN };
	struct scene s = { .fields = { .nr = 0 } };
	struct pwrt_diag d;

	if (in->options & 1)
		check(field_expr_add(&s.fields, "skb->len", types.btf, &d) == 0 &&
		      field_expr_add(&s.fields, "skb->delta", types.btf, &d) == 0);
	if (in->options & 2)
		check(skb_members_find(&s.fields.skb, "sk_buff", "skb", SKB_BYTES_MAX, types.btf,
				       &d) == 0);
	check(convert_new(&s.c, &ts, &ps, symbols, &names, &s.fields,
			  in->options & 4 ? SNAPLEN_MAX : 0, in->options & 16, &d) == 0);
	begin_file(&s);
	if (in->options & 32)
		begin_keep(&s, &keep);
	take_rings(&s, in);
	if (in->options & 8) {
		end_file(&s);
		begin_file(&s);
	}
	take_aux(&s, in);
	if (s.keep)
		check(keep_end(s.keep) == 0);
	end_file(&s);
	keep_free(s.keep);
	convert_free(s.c);
	skb_members_free(&s.fields.skb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in;

	cpu_limit(SECONDS_MAX);
	if (!types.btf) {
		types = small_btf_new();
		load_symbols();
	}
	if (cut_input(&in, data, size))
		run(&in);
	cpu_limit(0);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Records without a kernel, from rings and auxiliary records made here: record FILE [KEEP]. With
 * KEEP it begins a new file three times and keeps so many. The exit status is the recorder's: 0:
 * all is written; 1: after an error the last file was cut to whole blocks; 2: there is no file.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "record/file/file_set.h"
#include "record/kernel/netns_names.h"
#include "record/kernel/socket_owners.h"
#include "record/ring/aux_ring.h"
#include "record/ring/rings.h"
#include "tests/unit/fake_ring.h"
#include "tests/unit/small_btf.h"
#include "tests/unit/entries.h"

#define TEXT 0xffffffff00000000ull
#define NR_PACKETS 40
#define ENTRIES_PER_PACKET 8

/* ---- replacements for the recorder's calls of the kernel ---- */

static const char *tracepoint_refusal(const void *arg, unsigned int nr)
{
	(void)arg;
	(void)nr;
	return NULL;
}

static bool dev_name(void *arg, uint32_t netns, uint32_t ifindex, char name[16])
{
	(void)arg;
	(void)netns;
	snprintf(name, 16, "eth%u", ifindex % 1000);
	return true;
}

uint32_t netns_number_callback(void *arg, uint32_t inum, uint64_t ts_ns)
{
	(void)arg;
	(void)ts_ns;
	return inum;
}

struct netns_id netns_names_callback(void *arg, uint32_t inum, uint64_t ts_ns)
{
	(void)arg;
	(void)ts_ns;
	return (struct netns_id){ inum, "blue" };
}

const char *socket_owners_find(uint64_t inode)
{
	(void)inode;
	return "nc:7";
}

/* ---- one recording ---- */

struct recording {
	struct small_btf types;
	struct field_exprs fields;
	struct file_set_options options;
	struct file_set parts;
	struct ksyms *symbols;
	struct rings *rings;
	struct aux_ring *aux;
	int aux_map;
	struct pwrt_diag d;
};

/* A descriptor of a file in memory. Its calls are the driver's own: they do not fail. */
static int memory_fd(const void *bytes, size_t len)
{
	int fd = memfd_create("record", MFD_CLOEXEC);

	if (fd < 0 || pwrite(fd, bytes, len, 0) != (ssize_t)len)
		abort();
	return fd;
}

static int open_symbols(struct recording *r)
{
	static const char syms[] = "ffffffff00000100 T ip_rcv\n"
				   "ffffffff00000200 T consume_skb\n"
				   "ffffffff00000300 t nf_hook\t[nf_tables]\n";
	static const char mods[] = "nf_tables 4096 0 - Live 0xffffffff00000300\n";
	int fd[2] = { memory_fd(syms, strlen(syms)), memory_fd(mods, strlen(mods)) };
	char path[2][32];
	int ret, i;

	for (i = 0; i < 2; i++)
		snprintf(path[i], sizeof(path[i]), "/proc/self/fd/%d", fd[i]);
	ret = ksyms_open(&r->symbols, path[0], path[1], &r->d);
	close(fd[0]);
	close(fd[1]);
	return ret;
}

static int open_fields(struct recording *r)
{
	int ret = field_expr_add(&r->fields, "skb->len", r->types.btf, &r->d);

	return ret < 0 ? ret :
			 skb_members_find(&r->fields.skb, "sk_buff", "skb", SKB_BYTES_MAX,
					  r->types.btf, &r->d);
}

/* The entries of all packets, one after the other, in the ring of the only CPU. */
static int open_rings(struct recording *r)
{
	static uint8_t chunk[RING_CHUNK + RING_SLACK];
	struct pw_ring ring = { 0 };
	const size_t extra_words = (r->fields.nr * 8 + r->fields.skb.bytes) / 8;
	unsigned int i;
	int ret, fd[2];

	for (i = 0; i < NR_PACKETS * ENTRIES_PER_PACKET; i++) {
		const struct entry_made m = {
			.ts_ns = i + 1,
			.func = (uint32_t)(i % 2 ? 0x300 : 0x100),
			.caller = 0x200 + i % 5,
			.slot = i / ENTRIES_PER_PACKET,
			.packet = i / ENTRIES_PER_PACKET + 1,
			.flags = i % ENTRIES_PER_PACKET ? 0 : EV_FIRST | EV_DELTAS,
			.pid = 100 + i % 7,
			.extra_words = (unsigned int)extra_words,
			.frames = { TEXT | 0x100, TEXT | 0x210, TEXT | 0x220 },
			.nr_frames = 3,
		};

		ring.head += entry_put(chunk + ring.head, &m);
	}
	fd[0] = memory_fd(&ring, sizeof(ring));
	fd[1] = memory_fd(chunk, sizeof(chunk));
	ret = rings_open(&r->rings, fd[0], fd[1], 1, 1, &r->d);
	close(fd[0]);
	close(fd[1]);
	return ret;
}

static int open_all(struct recording *r)
{
	int ret = r->types.btf ? open_symbols(r) : pwrt_fail(&r->d, PWRT_ENOMEM, 0, "types");

	if (ret == 0)
		ret = open_fields(r);
	if (ret == 0)
		ret = open_rings(r);
	if (ret == 0)
		ret = aux_ring_open(&r->aux, r->aux_map, 256, &r->d);
	return ret;
}

static int on_entry(void *arg, unsigned int cpu, const struct pw_entry *entry)
{
	struct recording *r = arg;

	return convert_entry(r->parts.convert, cpu, entry, &r->d);
}

static int on_aux(void *arg, const struct pw_aux *aux, const void *more)
{
	struct recording *r = arg;

	return convert_aux(r->parts.convert, aux, more, &r->d);
}

/* More than were reserved for: a drop at every packet, with the address that dropped it. */
static int take_aux(struct recording *r)
{
	struct {
		struct pw_aux aux;
		struct pw_origin origin;
	} n = { .aux = { .func = FUNC_DROPPED, .ret = 2, .contents = AUX_DROP } };
	unsigned int i;
	int ret;

	for (i = 0; i < NR_PACKETS; i++) {
		n.aux.ts = n.aux.packet = i + 1;
		n.aux.slot = i;
		n.origin.caller = TEXT | 0x210;
		n.origin.task = 1000 + i;
		fake_ring_put(&n, sizeof(n));
	}
	ret = aux_ring_gather(r->aux, NR_PACKETS + 1, &r->d);
	return ret == 0 ? aux_ring_take(r->aux, UINT64_MAX, on_aux, r) : ret;
}

/* Every file gets a part of the rings. */
static int record(struct recording *r)
{
	const unsigned int files = r->options.keep ? 4 : 1;
	unsigned int i;
	int ret = 0;

	for (i = 1; i <= files && ret == 0; i++) {
		ret = rings_take(r->rings, NR_PACKETS * ENTRIES_PER_PACKET * i / files, on_entry, r,
				 &r->d);
		if (ret == 0)
			ret = file_set_flush(&r->parts, &r->d);
		if (ret == 0 && i < files)
			ret = file_set_rotate(&r->parts, &r->d);
	}
	if (ret == 0)
		ret = take_aux(r);
	return ret == 0 ? file_set_finish(&r->parts, "limit", &r->d) : ret;
}

/* As session_run() begins and ends a recording. */
static int run(struct recording *r)
{
	struct pwrt_diag late;
	bool saved;
	int ret = file_set_check(&r->parts, &r->d);

	if (ret == 0)
		ret = open_all(r);
	r->parts.ksyms = r->symbols;
	if (ret == 0)
		ret = file_set_begin(&r->parts, &r->d);
	if (ret == 0)
		ret = file_set_functions(&r->parts, &r->d);
	saved = ret == 0;
	if (ret == 0)
		ret = record(r);
	if (file_set_close(&r->parts, ret < 0, saved, &late) < 0 && ret == 0) {
		r->d = late;
		ret = late.code;
	}
	if (file_set_synced(&r->parts, &late) < 0 && ret == 0) {
		r->d = late;
		ret = late.code;
	}
	if (ret < 0)
		fprintf(stderr, "record: %s\n", r->d.text);
	return ret == 0 ? 0 : saved ? 1 : 2;
}

int main(int argc, char **argv)
{
	static struct target t[] = {
		{ .name = "ip_rcv", .module = "", .why = "", .addr = TEXT | 0x100, .arg = 1 },
		{ .name = "nf_hook", .module = "nf_tables", .why = "", .addr = TEXT | 0x300 },
	};
	static const struct traced_progs programs = { .nr = 0 };
	static struct recording r;
	struct targets targets = { .t = t, .nr = 2, .nr_early = 2, .nr_attach = 2 };
	int status;

	if (argc < 2)
		return 2;
	r.aux_map = fake_ring_open();
	r.types = small_btf_new();
	targets.btf = r.types.btf;
	r.options = (struct file_set_options){ .path = argv[1],
					       .keep = argc > 2 ? (uint32_t)atoi(argv[2]) : 0,
					       .arguments = "record",
					       .filter = "",
					       .fields = &r.fields };
	r.parts = (struct file_set){
		.o = &r.options,
		.targets = &targets,
		.programs = &programs,
		.output.file.fd = -1,
		.source = { "auto", dev_name, tracepoint_refusal, NULL },
	};
	status = run(&r);
	file_set_free(&r.parts);
	aux_ring_close(r.aux);
	fake_ring_close(r.aux_map);
	rings_close(r.rings);
	skb_members_free(&r.fields.skb);
	ksyms_free(r.symbols);
	btf__free(r.types.btf);
	return status;
}

#include "capture.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "filter.h"
#include "kprobes.h"
#include "pwru.skel.h"

const char *const backend_names[] = { "auto", "kprobe-multi", "kprobe", NULL };

struct capture {
	struct pwru_bpf *skel;
	struct bpf_program *prog; /* the one in use */
	enum backend backend;
	struct bpf_link **links; /* BACKEND_MULTI: one, or more where functions had to be left out */
	size_t nr_links;
	struct kprobes *kprobes; /* BACKEND_KPROBE */
	struct ring_buffer *ring;
	unsigned int nr_cpus;
	struct pw_stats *stats; /* nr_cpus of them */
	capture_event cb;
	void *cb_arg;
};

static int on_sample(void *arg, void *data, size_t len)
{
	struct capture *c = arg;

	return c->cb(c->cb_arg, data, len);
}

/* Puts the filter into the program before it is loaded. */
static int place_filter(struct bpf_program *prog, const struct expr *filter, struct pwrt_diag *d)
{
	size_t nr = bpf_program__insn_cnt(prog);
	struct bpf_insn *slot = calloc(FILTER_SLOT_LEN, sizeof(*slot)),
			*copy = calloc(nr, sizeof(*copy));
	int ret = 0;

	if (!slot || !copy) {
		ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
		goto out;
	}
	memcpy(copy, bpf_program__insns(prog), nr * sizeof(*copy));
	if (filter)
		ret = filter_build(slot, filter, d);
	else
		filter_build_all(slot);
	if (ret == 0 && (!filter_place(copy, nr, slot) || bpf_program__set_insns(prog, copy, nr)))
		ret = pwrt_fail(d, PWRT_EARG, 0, "the program has no place for a filter");
out:
	free(slot);
	free(copy);
	return ret;
}

/* The kernel has kprobe.multi when it is built with fprobes: kernel/trace/bpf_trace.c. */
static bool has_multi(const struct btf *btf)
{
	return btf__find_by_name_kind(btf, "bpf_kprobe_multi_link", BTF_KIND_STRUCT) > 0;
}

static int load_failed(int err, struct pwrt_diag *d)
{
	errno = -err;
	if (err == -EPERM)
		return pwrt_fail(d, PWRT_EOS, 0,
				 "no permission to load BPF programs: run as root, or with "
				 "CAP_BPF, CAP_PERFMON and CAP_SYSLOG");
	return pwrt_fail(d, PWRT_EOS, 0, "the kernel did not load the probe (--verbose shows why)");
}

int capture_open(struct capture **out, const struct capture_options *o, const struct targets *ts,
		 const struct ksyms *k, struct pwrt_diag *d)
{
	uint64_t keepers[NR_KEEPERS][2];
	unsigned int i;
	struct capture *c = calloc(1, sizeof(*c));
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = o->kernel_btf);
	uint64_t ring = (uint64_t)sysconf(_SC_PAGESIZE);
	int ret;

	if (!c)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	c->backend = o->backend;
	if (c->backend == BACKEND_AUTO)
		c->backend = has_multi(ts->btf) ? BACKEND_MULTI : BACKEND_KPROBE;
	if (c->backend == BACKEND_MULTI && !has_multi(ts->btf)) {
		ret = pwrt_fail(d, PWRT_EARG, 0,
				"this kernel has no kprobe.multi: use --backend kprobe");
		goto fail;
	}
	c->skel = pwru_bpf__open_opts(&opts);
	if (!c->skel) {
		ret = load_failed(-errno, d);
		goto fail;
	}
	c->prog = c->backend == BACKEND_MULTI ? c->skel->progs.probe_multi :
						c->skel->progs.probe_single;
	bpf_program__set_autoload(c->skel->progs.probe_multi, c->backend == BACKEND_MULTI);
	bpf_program__set_autoload(c->skel->progs.probe_single, c->backend == BACKEND_KPROBE);
	bpf_program__set_autoload(c->skel->progs.peek, c->backend == BACKEND_KPROBE);
	targets_keepers(k, keepers, NR_KEEPERS);
	for (i = 0; i < NR_KEEPERS; i++) {
		c->skel->rodata->keepers[i].start = keepers[i][0];
		c->skel->rodata->keepers[i].end = keepers[i][1];
	}
	ret = place_filter(c->prog, o->filter, d);
	if (ret < 0)
		goto fail;
	while (ring < o->ring_bytes && ring < 1u << 31)
		ring *= 2;
	bpf_map__set_max_entries(c->skel->maps.events, (uint32_t)ring);
	c->skel->rodata->wake_at = ring / 8;
	if (o->max_packets)
		bpf_map__set_max_entries(c->skel->maps.tracked, o->max_packets);
	ret = pwru_bpf__load(c->skel);
	if (ret) {
		ret = load_failed(ret, d);
		goto fail;
	}
	c->nr_cpus = (unsigned int)libbpf_num_possible_cpus();
	c->stats = calloc(c->nr_cpus, sizeof(*c->stats));
	c->ring = ring_buffer__new(bpf_map__fd(c->skel->maps.events), on_sample, c, NULL);
	if (!c->ring || !c->stats) {
		ret = pwrt_fail(d, PWRT_EOS, 0, "ring buffer");
		goto fail;
	}
	*out = c;
	return 0;
fail:
	capture_close(c);
	return ret;
}

enum backend capture_backend(const struct capture *c)
{
	return c->backend;
}

/* The functions still to attach, as the two arrays that kprobe.multi wants, and back to the
 * targets. */
struct batch {
	unsigned long *addrs;
	__u64 *cookies;
	struct target **of;
};

/*
 * Attaches [lo, hi) of a batch with one link. The kernel takes all or nothing and does not say
 * which one it minds, so a refused batch is halved until the culprits are alone.
 */
static int attach_range(struct capture *c, struct targets *ts, const struct batch *b, size_t lo,
			size_t hi, struct pwrt_diag *d)
{
	LIBBPF_OPTS(bpf_kprobe_multi_opts, opts, .addrs = b->addrs + lo, .cookies = b->cookies + lo,
		    .cnt = hi - lo);
	struct bpf_link *link = bpf_program__attach_kprobe_multi_opts(c->prog, NULL, &opts), **more;
	size_t mid = lo + (hi - lo) / 2;
	int ret;

	if (!link && (errno == EPERM || errno == EOPNOTSUPP || errno == ENOMEM))
		return pwrt_fail(d, PWRT_EOS, 0, "attaching %zu probes", hi - lo);
	if (!link && hi - lo == 1) {
		target_refuse(ts, b->of[lo], "the kernel refused the probe");
		return 0;
	}
	if (!link) {
		ret = attach_range(c, ts, b, lo, mid, d);
		return ret < 0 ? ret : attach_range(c, ts, b, mid, hi, d);
	}
	more = realloc(c->links, (c->nr_links + 1) * sizeof(*more));
	if (!more) {
		bpf_link__destroy(link);
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	}
	c->links = more;
	c->links[c->nr_links++] = link;
	return 0;
}

static int attach_multi(struct capture *c, struct targets *ts, struct pwrt_diag *d)
{
	struct batch b = {
		.addrs = calloc(ts->nr_attach, sizeof(*b.addrs)),
		.cookies = calloc(ts->nr_attach, sizeof(*b.cookies)),
		.of = calloc(ts->nr_attach, sizeof(struct target *)),
	};
	size_t i, n = 0;
	int ret;

	if (!b.addrs || !b.cookies || !b.of) {
		ret = pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
		goto out;
	}
	for (i = 0; i < ts->nr; i++) {
		if (ts->t[i].status != PWRT_FUNC_ATTACHED)
			continue;
		b.addrs[n] = ts->t[i].addr;
		b.cookies[n] = ts->t[i].cookie | i;
		b.of[n++] = &ts->t[i];
	}
	ret = attach_range(c, ts, &b, 0, n, d);
out:
	free(b.addrs);
	free(b.cookies);
	free(b.of);
	return ret;
}

struct single {
	struct capture *c;
	const struct targets *ts;
};

/*
 * How far behind a function's first byte ftrace's instruction ends: 5 bytes of nop (or of a call,
 * while somebody traces), after endbr64 or what the kernel put in its place. 0 where it is not
 * found.
 */
static unsigned int offset_of(void *arg, uint64_t addr)
{
#if defined(__x86_64__)
	static const uint8_t nop5[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
	/* endbr64, and the nop that seals it (arch/x86/include/asm/ibt.h) */
	static const uint8_t endbr[][4] = { { 0xf3, 0x0f, 0x1e, 0xfa },
					    { 0x66, 0x0f, 0x1f, 0x00 } };
	struct single *s = arg;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &addr, .ctx_size_in = sizeof(addr));
	const uint8_t *text = s->c->skel->bss->peeked;
	unsigned int at = 0;

	if (bpf_prog_test_run_opts(bpf_program__fd(s->c->skel->progs.peek), &opts) || opts.retval)
		return 0;
	if (!memcmp(text, endbr[0], 4) || !memcmp(text, endbr[1], 4))
		at = 4;
	if (!memcmp(text + at, nop5, sizeof(nop5)) || text[at] == 0xe8)
		return at + 5;
#else
	(void)arg;
	(void)addr;
#endif
	return 0;
}

static int define(void *arg, uint64_t ip, const struct target *t)
{
	struct single *s = arg;
	__u32 cookie = t->cookie | (__u32)(t - s->ts->t);

	return bpf_map__update_elem(s->c->skel->maps.by_ip, &ip, sizeof(ip), &cookie,
				    sizeof(cookie), BPF_ANY);
}

int capture_attach(struct capture *c, struct targets *ts, capture_progress progress, void *arg,
		   struct pwrt_diag *d)
{
	struct single s = { .c = c, .ts = ts };
	int ret;

	if (c->backend == BACKEND_MULTI)
		ret = attach_multi(c, ts, d);
	else
		ret = kprobes_attach(&c->kprobes, ts, bpf_program__fd(c->prog), offset_of, define,
				     &s, progress, arg, d);
	if (ret == 0)
		progress(arg, ts->nr_attach, ts->nr_attach);
	return ret;
}

void capture_enable(struct capture *c, bool on)
{
	c->skel->bss->enabled = on;
}

int capture_poll(struct capture *c, int timeout_ms, capture_event cb, void *arg)
{
	int ret;

	c->cb = cb;
	c->cb_arg = arg;
	/* The probe wakes us up only when much has gathered: look at the ring after every wait. */
	ret = ring_buffer__poll(c->ring, timeout_ms);
	if (ret == -EINTR)
		ret = 0;
	if (ret >= 0)
		ret = ring_buffer__consume(c->ring);
	return ret < 0 ? ret : 0;
}

unsigned int capture_nr_cpus(const struct capture *c)
{
	return c->nr_cpus;
}

void capture_stats(struct capture *c, unsigned int cpu, struct capture_stats *s)
{
	struct bpf_prog_info info = { 0 };
	__u32 zero = 0, len = sizeof(info);
	unsigned int i;

	*s = (struct capture_stats){ 0 };
	if (bpf_map__lookup_elem(c->skel->maps.stats, &zero, sizeof(zero), c->stats,
				 c->nr_cpus * sizeof(*c->stats), 0))
		return;
	for (i = 0; i < c->nr_cpus; i++) {
		if (cpu != c->nr_cpus && cpu != i)
			continue;
		s->entered += c->stats[i].entered;
		s->lost += c->stats[i].lost;
		s->untracked += c->stats[i].untracked;
	}
	if (cpu == c->nr_cpus && !bpf_obj_get_info_by_fd(bpf_program__fd(c->prog), &info, &len))
		s->missed = info.recursion_misses;
}

bool capture_dev_name(struct capture *c, uint32_t netns, uint32_t ifindex, char name[16])
{
	struct pw_dev key = { .netns = netns, .ifindex = ifindex };
	struct pw_dev_name value;

	if (bpf_map__lookup_elem(c->skel->maps.devs, &key, sizeof(key), &value, sizeof(value), 0))
		return false;
	memcpy(name, value.name, 16);
	name[15] = '\0';
	return true;
}

size_t capture_detach(struct capture *c)
{
	size_t left;

	while (c->nr_links)
		bpf_link__destroy(c->links[--c->nr_links]);
	left = kprobes_detach(c->kprobes);
	c->kprobes = NULL;
	return left;
}

void capture_close(struct capture *c)
{
	if (!c)
		return;
	if (c->links || c->kprobes)
		capture_detach(c);
	ring_buffer__free(c->ring);
	pwru_bpf__destroy(c->skel);
	free(c->links);
	free(c->stats);
	free(c);
}

int capture_child_main(int argc, char **argv)
{
	return kprobes_child_main(argc, argv);
}

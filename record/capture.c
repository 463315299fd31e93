/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "capture.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pwru.skel.h"
#include "record/attach/attach.h"
#include "record/attach/kprobe_cleanup.h"
#include "record/kernel/clock.h"
#include "record/ring/tracked_packets.h"

struct capture {
	struct loader loader;
	struct attachment attachment;
	struct ring_buffer *wakeup;
	struct rings *rings;
	struct aux_ring *aux_ring;
	struct tracked_packets *tracked;
	int stats_fd; /* the kernel counts run times while it is open; negative: it is not */
	uint32_t requests_at; /* where capture_requests() goes on */
	bool requests_end;
	uint64_t forgotten_calls; /* of capture_suspend() */
};

#define AUX_DUE 50 /* percent */

static int on_wakeup(void *arg, void *data, size_t len)
{
	(void)arg;
	(void)data;
	(void)len;
	return 0;
}

/* Maps the memory that the programs share with us. */
static int map_memory(struct capture *c, uint32_t chunks, struct pwrt_diag *d)
{
	int ret;

	c->wakeup =
		ring_buffer__new(bpf_map__fd(c->loader.skel->maps.wakeup_ring), on_wakeup, c, NULL);
	if (!c->wakeup)
		return pwrt_fail(d, PWRT_ESYS, 0, "ring buffer");
	ret = rings_open(&c->rings, bpf_map__fd(c->loader.skel->maps.rings),
			 bpf_map__fd(c->loader.skel->maps.chunks), c->loader.nr_cpus, chunks, d);
	if (ret == 0)
		ret = aux_ring_open(&c->aux_ring, bpf_map__fd(c->loader.skel->maps.aux_ring),
				    bpf_map__max_entries(c->loader.skel->maps.aux_ring), d);
	if (ret == 0)
		ret = tracked_packets_open(
			&c->tracked,
			&(struct tracked_packets_index){ .keys = c->loader.skel->bss->keys,
							 .occupied = c->loader.skel->bss->occupied,
							 .tracked = c->loader.skel->bss->tracked },
			bpf_map__fd(c->loader.skel->maps.tracks), d);
	return ret;
}

int capture_open(struct capture **out, const struct load_options *o, uint64_t ring_bytes,
		 const struct targets *ts, const struct ksyms *k, struct pwrt_diag *d)
{
	struct capture *c = calloc(1, sizeof(*c));
	struct load_options sized = *o;
	int ret;

	if (!c)
		return pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");
	/* Without functions there are no entries. */
	sized.ring_chunks =
		rings_fit(o->drops_only ? 0 : ring_bytes, (unsigned int)libbpf_num_possible_cpus());
	sized.aux_bytes = aux_ring_fit(ring_bytes);
	c->stats_fd = -1;
	c->attachment = (struct attachment){ .loader = &c->loader, .programs = o->programs };
	ret = loader_open(&c->loader, &sized, ts, k, d);
	if (ret == 0)
		ret = map_memory(c, sized.ring_chunks, d);
	if (ret == 0)
		*out = c;
	else
		capture_close(c);
	return ret;
}

enum backend capture_backend(const struct capture *c)
{
	return c->loader.trampoline_type ? BACKEND_TRAMPOLINES : c->loader.backend;
}

const char *capture_tracepoint_refusal(const struct capture *c, unsigned int nr)
{
	return c->loader.refusals[nr];
}

int capture_attach(struct capture *c, struct targets *ts, attach_progress progress, void *arg,
		   struct pwrt_diag *d)
{
	return attach_all(&c->attachment, ts, progress, arg, d);
}

void capture_attach_more(struct capture *c, struct targets *ts, size_t first)
{
	attach_more(&c->attachment, ts, first);
}

void capture_aim(struct capture *c, const struct pw_aim *aims, uint32_t nr)
{
	c->loader.skel->bss->nr_aims = 0;
	memcpy(c->loader.skel->bss->aims, aims, nr * sizeof(*aims));
	__atomic_store_n(&c->loader.skel->bss->nr_aims, nr, __ATOMIC_RELEASE);
}

void capture_requests(void *capture, bool first, struct requests *to)
{
	struct capture *c = capture;
	const int fd = bpf_map__fd(c->loader.skel->maps.requests);
	uint32_t nr = UNANSWERED_BATCH;
	int ret;

	to->nr = 0;
	if (!first && c->requests_end)
		return;
	ret = bpf_map_lookup_batch(fd, first ? NULL : &c->requests_at, &c->requests_at, to->r,
				   to->since_ns, &nr, NULL);
	/* With ENOENT these are the last ones. */
	c->requests_end = ret < 0;
	if (ret == 0 || ret == -ENOENT)
		to->nr = nr;
}

void capture_forget_request(void *capture, const struct pw_request *r)
{
	const struct capture *c = capture;

	bpf_map_delete_elem(bpf_map__fd(c->loader.skel->maps.requests), r);
}

uint64_t capture_unread_request(void *capture, const struct pw_request *r)
{
	const struct capture *c = capture;
	struct pw_request hosts = *r;
	uint64_t ns;

	hosts.end[0].port = hosts.end[1].port = 0;
	hosts.id = hosts.seq = 0;
	return bpf_map_lookup_elem(bpf_map__fd(c->loader.skel->maps.unread), &hosts, &ns) ? 0 : ns;
}

/*
 * Time for programs that run: a call that was remembered before is noted when it returns, if that
 * is soon.
 */
#define RETURNS_GRACE_US 10000

/* Returns are recorded no more: of calls from now on at once, of earlier ones soon. */
static void end_returns(struct capture *c)
{
	c->loader.skel->bss->returns_shed = 1;
	usleep(RETURNS_GRACE_US);
}

/* Returns the number of calls under way in a bucket, which it copies to *b. */
static uint64_t open_calls_in(const struct capture *c, __u32 bucket, struct call_bucket *b)
{
	return bpf_map__lookup_elem(c->loader.skel->maps.calls, &bucket, sizeof(bucket), b,
				    sizeof(*b), 0) ?
		       0 :
		       b->open;
}

/* Forgets the calls under way: without probes they return unseen. */
static void forget_calls(struct capture *c)
{
	static const struct call_bucket none;
	struct call_bucket b;
	uint64_t nr;
	__u32 i;

	for (i = 0; i < NR_CALL_BUCKETS; i++) {
		nr = open_calls_in(c, i, &b);
		if (nr && !bpf_map__update_elem(c->loader.skel->maps.calls, &i, sizeof(i), &none,
						sizeof(none), BPF_ANY))
			c->forgotten_calls += nr;
	}
}

void capture_suspend(struct capture *c)
{
	const int shed = c->loader.skel->bss->returns_shed;

	end_returns(c);
	attach_suspend(&c->attachment);
	forget_calls(c);
	tracked_packets_forget(c->tracked);
	c->loader.skel->bss->returns_shed = shed;
}

int capture_resume(struct capture *c, struct targets *ts, struct pwrt_diag *d)
{
	return attach_resume(&c->attachment, ts, d);
}

void capture_shed_returns(struct capture *c)
{
	end_returns(c);
	attach_shed(&c->attachment, ATTACH_RETURNS);
}

void capture_shed_functions(struct capture *c, struct targets *ts)
{
	attach_shed(&c->attachment, ATTACH_EXTRA);
	targets_shed(ts);
}

void capture_shed_flows(struct capture *c, uint32_t one_in)
{
	c->loader.skel->data->shed_flows = one_in;
}

/* Returns whether the kernel counts run times for another reason. */
static bool counts_already(void)
{
	FILE *f = fopen("/proc/sys/kernel/bpf_stats_enabled", "re");
	const int c = f ? fgetc(f) : '0';

	if (f)
		fclose(f);
	return c == '1';
}

int capture_count_run_time(struct capture *c, struct pwrt_diag *d)
{
	c->stats_fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (c->stats_fd >= 0 || counts_already())
		return 0;
	return pwrt_fail(d, PWRT_ESYS, 0,
			 "--max-overhead: the kernel does not count the run time of programs: run "
			 "with CAP_SYS_ADMIN, or set kernel.bpf_stats_enabled=1");
}

void capture_enable(struct capture *c, bool on)
{
	c->loader.skel->bss->enabled = on;
}

void capture_wait(struct capture *c, int timeout_ms)
{
	/* The probes wake us only when much has gathered: read the rings after each wait. */
	if (timeout_ms > 0)
		ring_buffer__poll(c->wakeup, timeout_ms);
}

int capture_take(struct capture *c, bool all, const struct merge_sink *to, struct pwrt_diag *d)
{
	return merge_take(c->rings, c->aux_ring, all ? MERGE_ALL : clock_now_ns(), to, d);
}

unsigned int capture_nr_cpus(const struct capture *c)
{
	return c->loader.nr_cpus;
}

/* Adds the counters of a program, if it is loaded. */
static void add_program(struct capture_stats *s, const struct bpf_program *p)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);

	if (!bpf_program__autoload(p) || bpf_obj_get_info_by_fd(bpf_program__fd(p), &info, &len))
		return;
	s->missed += info.recursion_misses;
	s->runs += info.run_cnt;
	s->run_ns += info.run_time_ns;
}

static void add_programs(struct capture_stats *s, const struct capture *c)
{
	unsigned int i;

	for (i = 0; i < NR_PROGRAMS; i++)
		add_program(s, c->loader.prog[i]);
	for (i = 0; i < NR_FUNC_SPECIAL; i++)
		add_program(s, loader_tracepoint_program(&c->loader, i));
	for (i = 0; i < NR_TRIGGERS; i++)
		if (loader_trigger_program(&c->loader, i))
			add_program(s, loader_trigger_program(&c->loader, i));
}

void capture_stats(struct capture *c, unsigned int cpu, struct capture_stats *s)
{
	unsigned int i;

	*s = (struct capture_stats){ 0 };
	for (i = 0; i < c->loader.nr_cpus; i++) {
		const volatile struct pw_ring *r = rings_of(c->rings, i);

		if (cpu != c->loader.nr_cpus && cpu != i)
			continue;
		s->entered += r->entries + r->aux_records;
		s->lost += r->lost + r->aux_lost[AUX_LOST_FULL] + r->aux_lost[AUX_LOST_RETURN] +
			   r->aux_lost[AUX_LOST_EARLY];
		s->missed_returns += r->aux_lost[AUX_LOST_RETURN];
		s->early += r->aux_lost[AUX_LOST_EARLY];
		s->untracked += r->untracked;
		s->missed += r->nested;
	}
	if (cpu == c->loader.nr_cpus)
		add_programs(s, c);
}

uint64_t capture_run_ns(const struct capture *c)
{
	struct capture_stats s = { 0 };

	add_programs(&s, c);
	return s.run_ns;
}

uint64_t capture_open_calls(const struct capture *c)
{
	uint64_t nr = c->forgotten_calls;
	struct call_bucket b;
	__u32 i;

	for (i = 0; i < NR_CALL_BUCKETS; i++)
		nr += open_calls_in(c, i, &b);
	return nr;
}

unsigned int capture_sweep(struct capture *c, uint64_t age_ns)
{
	return tracked_packets_sweep(c->tracked, clock_now_ns() - age_ns);
}

static uint64_t aux_written(const struct capture *c)
{
	uint64_t bytes = 0;
	unsigned int i;

	for (i = 0; i < c->loader.nr_cpus; i++)
		bytes += rings_of(c->rings, i)->aux_bytes;
	return bytes;
}

unsigned int capture_fill(const struct capture *c)
{
	unsigned int entries = rings_fill(c->rings),
		     aux = aux_ring_fill(c->aux_ring, aux_written(c));

	return entries > aux ? entries : aux;
}

bool capture_is_due(const struct capture *c)
{
	return rings_are_due(c->rings) || aux_ring_fill(c->aux_ring, aux_written(c)) >= AUX_DUE;
}

int capture_wakeup_fd(const struct capture *c)
{
	return ring_buffer__epoll_fd(c->wakeup);
}

bool capture_dev_name(struct capture *c, uint32_t netns, uint32_t ifindex, char name[16])
{
	struct pw_dev key = { .netns = netns, .ifindex = ifindex };
	struct pw_dev_name value;

	if (bpf_map__lookup_elem(c->loader.skel->maps.dev_names, &key, sizeof(key), &value,
				 sizeof(value), 0))
		return false;
	memcpy(name, value.name, 16);
	name[15] = '\0';
	return true;
}

void capture_reread_dev_names(struct capture *c)
{
	memset(c->loader.skel->bss->recent_devs, 0, sizeof(c->loader.skel->bss->recent_devs));
}

uint32_t capture_dev_name_changes(const struct capture *c)
{
	return c->loader.skel->bss->dev_name_changes;
}

size_t capture_detach(struct capture *c)
{
	return attach_detach(&c->attachment);
}

void capture_close(struct capture *c)
{
	if (!c)
		return;
	capture_detach(c);
	ring_buffer__free(c->wakeup);
	rings_close(c->rings);
	if (c->stats_fd >= 0)
		close(c->stats_fd);
	aux_ring_close(c->aux_ring);
	tracked_packets_close(c->tracked);
	loader_close(&c->loader);
	free(c);
}

int capture_child_main(int argc, char **argv)
{
	return kprobe_cleanup_main(argc, argv);
}

/* From what the probe sends to what the file holds: the only bridge between the two layouts. */
#ifndef CONVERT_H
#define CONVERT_H

#include "bpf/event.h"
#include "format/pwrt.h"
#include "ksyms.h"

struct convert;

/* Where the names of things come from; called once per thing. */
struct convert_names {
	bool (*dev)(void *arg, uint32_t netns, uint32_t ifindex, char name[16]);
	/* Returns "" where there is no name. Borrowed until the next call. */
	const char *(*netns)(void *arg, uint32_t inum);
	void *arg;
};

int convert_new(struct convert **out, struct pwrt_writer *w, const struct ksyms *k,
		const struct convert_names *names, struct pwrt_diag *d);
/* Writes one event, and first the table entries that it refers to. len is what came out of the
 * ring. */
int convert_event(struct convert *c, const struct pw_event *ev, size_t len, struct pwrt_diag *d);
uint64_t convert_packets(const struct convert *c); /* begun so far */
void convert_free(struct convert *c);

#endif

/* A table from addresses to small numbers, made for one look-up an event. */
#ifndef ADDRS_H
#define ADDRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct addrs {
	struct addr {
		uint64_t addr; /* 0: free */
		uint32_t id;
	} * slot;
	size_t size, nr; /* size is 0 or a power of two */
};

/* The number of an address, or NULL. */
const uint32_t *addrs_find(const struct addrs *a, uint64_t addr);
/* addr is not 0 and not in there yet. False: out of memory. */
bool addrs_add(struct addrs *a, uint64_t addr, uint32_t id);
/* The same for one that may be in there: it gets the new number. */
bool addrs_set(struct addrs *a, uint64_t addr, uint32_t id);
void addrs_free(struct addrs *a);

#endif

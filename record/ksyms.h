/* The kernel's text symbols, as /proc/kallsyms shows them. */
#ifndef KSYMS_H
#define KSYMS_H

#include "format/pwrt.h"

struct ksym {
	uint64_t addr;
	const char *name;
	const char *module; /* "" for the kernel itself */
};

struct ksyms;

/* PWRT_EARG when the kernel hides the addresses: d says which setting does. */
int ksyms_load(struct ksyms **out, struct pwrt_diag *d);
void ksyms_free(struct ksyms *k);
/* The symbol that addr lies in, or NULL before the first one. */
const struct ksym *ksyms_at(const struct ksyms *k, uint64_t addr);
/* The address of a variable of the kernel, of those that are known here; 0: there is none. */
uint64_t ksyms_data(const struct ksyms *k, const char *name);
/* The address behind a symbol: where the next one begins. */
uint64_t ksyms_end(const struct ksyms *k, const struct ksym *sym);
/* How many text symbols have this name in this module; *sym is one of them, NULL with none. */
unsigned int ksyms_find(const struct ksyms *k, const char *name, const char *module,
			const struct ksym **sym);
/* The same for what the compiler made of a function, whole but under the name with a suffix
 * (".constprop.0", ".isra.0"). */
unsigned int ksyms_variants(const struct ksyms *k, const char *name, const char *module,
			    const struct ksym **sym);

#endif

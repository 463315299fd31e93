/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel's text symbols, as /proc/kallsyms shows them. */
#ifndef KSYMS_H
#define KSYMS_H

#include <stdio.h>

#include "format/pwrt.h"
#include "modules.h"

struct ksym {
	uint64_t addr;
	const char *name;
	const char *module; /* "" for the kernel itself */
};

struct ksyms;

/*
 * Reads the symbols, and which modules there are. PWRT_EINVAL when the kernel hides the addresses:
 * d names the setting. The files stay open: the kernel checks the rights at that time.
 */
int ksyms_load(struct ksyms **out, struct pwrt_diag *d);
/* The same from other files, for tests: lines as in /proc/kallsyms and /proc/modules. */
int ksyms_open(struct ksyms **out, const char *kallsyms, const char *modules, struct pwrt_diag *d);
/*
 * Reads them anew, after modules came or went. On failure what was known stays. Pointers to symbols
 * are no longer valid afterwards.
 */
int ksyms_reload(struct ksyms *k, struct pwrt_diag *d);
void ksyms_free(struct ksyms *k);
/* The modules at the last reading; borrowed until the next one. */
const struct modules *ksyms_modules(const struct ksyms *k);
/* The file of the modules, to be read from its beginning; NULL: the kernel has none. */
FILE *ksyms_modules_file(const struct ksyms *k);
/*
 * The symbol that addr lies in, or NULL: before the first one, and behind the end of a module that
 * is not followed by another one at once.
 */
const struct ksym *ksyms_at(const struct ksyms *k, uint64_t addr);
/* The address of a variable of the kernel, of those that are known here; 0: there is none. */
uint64_t ksyms_data(const struct ksyms *k, const char *name);
/* The address behind a symbol: where the next one begins, or its module ends. */
uint64_t ksyms_end(const struct ksyms *k, const struct ksym *sym);
/* Returns the number of text symbols with this name in this module; *sym is one of them, or NULL. */
unsigned int ksyms_find(const struct ksyms *k, const char *name, const char *module,
			const struct ksym **sym);
/* The same for what the compiler made of a function, whole but under the name with a suffix
 * (".constprop.0", ".isra.0"). */
unsigned int ksyms_variants(const struct ksyms *k, const char *name, const char *module,
			    const struct ksym **sym);

#endif

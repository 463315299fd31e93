/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where the functions that make a name for print put it: in the caller's memory. */
#ifndef NAME_H
#define NAME_H

/* The longest function name of a kernel (KSYM_NAME_LEN, include/linux/kallsyms.h) and some words. */
#define NAME_LEN 544
/* Memory for one name, good to the end of the block that it is in. */
#define NAME_BUF ((char[NAME_LEN]){ "" })

#endif

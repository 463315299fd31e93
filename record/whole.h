/* Regular expressions of the command line, for whole names. */
#ifndef WHOLE_H
#define WHOLE_H

#include <regex.h>

#include "format/pwrt.h"

/*
 * Compiles one, POSIX extended, given for this option. *use is re then, to be freed with
 * regfree(), or NULL where text is NULL. PWRT_EARG for what is none.
 */
int whole_regex(regex_t *re, const regex_t **use, const char *text, const char *option,
		struct pwrt_diag *d);

#endif

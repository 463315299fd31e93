/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "attached.h"

#include <stdio.h>
#include <string.h>

#include "detours.h"

static int add_function(struct string_ids **seen, const struct pwrt_func *f)
{
	char text[NAME_LEN + 8], buf[NAME_LEN];
	const char *name = detour_name(plain_name(f->name, buf));
	uint32_t id;

	if (f->status == PWRT_FUNC_ATTACHED)
		return string_id(seen, name, &id);
	snprintf(text, sizeof(text), "- %.512s", name);
	return string_id(seen, text, &id);
}

static int add_module(struct string_ids **seen, const char *module)
{
	char text[NAME_LEN + 8];
	uint32_t id;

	snprintf(text, sizeof(text), "module %s", module);
	return string_id(seen, text, &id);
}

int attached_add(struct string_ids **seen, const struct pwrt_reader *r)
{
	const struct pwrt_func *f;
	const char *module = NULL; /* of the function before: a module's functions are in a row */
	uint32_t i;

	for (i = 0; r && (f = pwrt_reader_func(r, i)); i++) {
		/* The kernel of a host does not determine its BPF programs. */
		if (!strcmp(f->module, "bpf"))
			continue;
		if (add_function(seen, f))
			return -1;
		if (f->status != PWRT_FUNC_ATTACHED || (module && !strcmp(module, f->module)))
			continue;
		if (add_module(seen, f->module))
			return -1;
		module = f->module;
	}
	return 0;
}

bool attached_lacks(struct string_ids *attached, const struct step *s, bool two_kernels)
{
	const struct pwrt_func *f = pwrt_reader_func(s->r, s->ev.func);
	char text[NAME_LEN + 8], buf[NAME_LEN];
	const char *name;

	if (!f || !*f->name || !strcmp(f->module, "bpf"))
		return false;
	name = detour_name(plain_name(f->name, buf));
	if (string_ids_has(attached, name))
		return false;
	snprintf(text, sizeof(text), "- %.512s", name);
	if (string_ids_has(attached, text))
		return true;
	snprintf(text, sizeof(text), "module %s", f->module);
	return two_kernels && string_ids_has(attached, text);
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "field_expr.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btf_util.h"
#include "format/tool/cli.h"

#define DEPTH_MAX 8 /* anonymous structures one in the other */

static const struct {
	const char *name, *type;
	uint8_t root;
} roots[] = {
	{ "skb", "sk_buff", FIELD_OF_SKB },
	{ "shinfo", "skb_shared_info", FIELD_OF_SHINFO },
	{ "xdp", "xdp_buff", FIELD_OF_XDP },
};

/* A position in an expression: an object of a type, at a bit offset from the last pointer. */
struct place {
	const struct btf_type *type;
	uint32_t bit, bits; /* bits: of a bit field, else 0 */
};

/* The member of this name, also inside members without a name. */
static bool find_member(const struct btf *btf, const struct btf_type *of, const char *name,
			size_t len, struct place *p, unsigned int depth)
{
	const struct btf_member *m = btf_members(of);
	unsigned int i;

	for (i = 0; i < btf_vlen(of); i++, m++) {
		const char *text = btf__name_by_offset(btf, m->name_off);
		uint32_t bit = btf_member_bit_offset(of, i);
		const struct btf_type *t = btf_plain(btf, m->type);
		struct place inner = { .bit = p->bit + bit };

		if (strlen(text) == len && !memcmp(text, name, len)) {
			p->type = t;
			p->bit += bit;
			p->bits = btf_member_bitfield_size(of, i);
			return t;
		}
		if (*text || !t || !btf_is_composite(t) || depth == DEPTH_MAX ||
		    !find_member(btf, t, name, len, &inner, depth + 1))
			continue;
		*p = inner;
		return true;
	}
	return false;
}

static int bad(struct pwrt_diag *d, const char *option, const char *text, const char *at,
	       const char *what)
{
	return pwrt_fail(d, PWRT_EINVAL, 0, "%s %.80s: %s at '%.40s'", option, text, what, at);
}

/* Follows a pointer: what has been gone so far is one load. */
static bool follow(struct field_expr *f, const struct btf *btf, struct place *p)
{
	if (!p->type || !btf_is_ptr(p->type) || f->at.nr_loads == FIELD_LOADS_MAX ||
	    p->bit / 8 > UINT16_MAX)
		return false;
	f->at.off[f->at.nr_loads++] = (uint16_t)(p->bit / 8);
	*p = (struct place){ .type = btf_plain(btf, p->type->type) };
	return true;
}

static bool element(const struct btf *btf, struct place *p, unsigned long nr)
{
	const struct btf_array *a = p->type && btf_is_array(p->type) ? btf_array(p->type) : NULL;
	int64_t size = a ? btf__resolve_size(btf, a->type) : 0;

	if (size <= 0 || nr >= a->nelems)
		return false;
	p->bit += (uint32_t)(nr * (unsigned long)size * 8);
	p->type = btf_plain(btf, a->type);
	return true;
}

/* The member whose name is at *at, which moves on behind it. */
static const char *member(const struct btf *btf, struct place *p, const char **at)
{
	size_t len = strcspn(*at, "-.[");

	if (!p->type || !btf_is_composite(p->type) || !find_member(btf, p->type, *at, len, p, 0))
		return "no such member";
	*at += len;
	return NULL;
}

/* Parses the members behind the root. After an error *at is at the text that is wrong. */
static const char *walk(struct field_expr *f, const struct btf *btf, struct place *p,
			const char **at)
{
	const char *wrong;

	while (**at) {
		bool arrow = !strncmp(*at, "->", 2);

		if (**at == '[') {
			char *end;
			unsigned long nr = strtoul(*at + 1, &end, cli_base(*at + 1));

			if (end == *at + 1 || *end != ']' || !element(btf, p, nr))
				return "no such element";
			*at = end + 1;
		} else if (arrow || **at == '.') {
			if (arrow && !follow(f, btf, p))
				return "not a pointer, or too many dereferences,";
			*at += arrow ? 2 : 1;
			wrong = member(btf, p, at);
			if (wrong)
				return wrong;
		} else {
			return "something else than '->', '.' or '[' ";
		}
	}
	return NULL;
}

/* The last load: a number of 1, 2, 4 or 8 bytes, or the bits of one. */
static bool finish(struct field_expr *f, const struct place *p)
{
	uint32_t size = btf_number(p->type, &f->is_signed);

	if (!size)
		return false;
	f->at.last = (uint16_t)(p->bit / 8);
	if (p->bits) {
		f->bits = (uint8_t)p->bits;
		f->shift = p->bit % 8;
		size = (uint32_t)(f->shift + f->bits + 7) / 8;
		size = size <= 1 ? 1 : size <= 2 ? 2 : size <= 4 ? 4 : 8;
	}
	f->at.size = (uint8_t)size;
	return (size == 1 || size == 2 || size == 4 || size == 8) && p->bit / 8 <= UINT16_MAX &&
	       f->shift + f->bits <= 64;
}

/* From the text to where the field is. */
static int resolve(struct field_expr *f, const char *option, const char *text,
		   const struct btf *btf, struct pwrt_diag *d)
{
	size_t i, len = strcspn(text, "-.[");
	const char *at = text + len, *wrong;
	struct place p = { 0 };
	int id;

	*f = (struct field_expr){ .text = text };
	for (i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (strlen(roots[i].name) == len && !memcmp(roots[i].name, text, len))
			break;
	if (i == sizeof(roots) / sizeof(roots[0]))
		return bad(d, option, text, text, "must start with skb, shinfo or xdp");
	if (strncmp(at, "->", 2))
		return bad(d, option, text, at, "no '->'");
	id = btf__find_by_name_kind(btf, roots[i].type, BTF_KIND_STRUCT);
	if (id < 0)
		return bad(d, option, text, text, "the kernel's BTF has no such structure");
	f->at.root = roots[i].root;
	p.type = btf__type_by_id(btf, (uint32_t)id);
	/* The root is at hand: its arrow is no load. */
	at += 2;
	wrong = member(btf, &p, &at);
	if (!wrong)
		wrong = walk(f, btf, &p, &at);
	if (wrong)
		return bad(d, option, text, at, wrong);
	return finish(f, &p) ? 0 :
			       bad(d, option, text, text, "not an integer, enumeration or pointer");
}

int field_expr_add(struct field_exprs *to, const char *text, const struct btf *btf,
		   struct pwrt_diag *d)
{
	int ret;

	if (to->nr == NR_FIELDS_MAX)
		return pwrt_fail(d, PWRT_EINVAL, 0, "--field: no more than %d", NR_FIELDS_MAX);
	ret = resolve(&to->f[to->nr], "--field", text, btf, d);
	if (ret == 0 && to->f[to->nr].at.root == FIELD_OF_XDP)
		ret = bad(d, "--field", text, text, "only an skb has what can be shown, no frame");
	to->nr += ret == 0;
	return ret;
}

static unsigned int bits_of(const struct field_expr *f)
{
	return f->bits ? f->bits : f->at.size * 8u;
}

/* Those of two characters first. */
static const struct {
	const char *text;
	uint8_t op;
} operators[] = {
	{ "==", TEST_EQ }, { "!=", TEST_NE }, { "<=", TEST_LE }, { ">=", TEST_GE },
	{ "<", TEST_LT },  { ">", TEST_GT },  { "&", TEST_ANY },
};

/* The operator's number in the table at this place, or that of the table's end. */
static size_t operator_at(const char *at)
{
	size_t i;

	for (i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (!strncmp(at, operators[i].text, strlen(operators[i].text)))
			break;
	return i;
}

/* A number that the field can be; nothing but spaces behind it. */
static bool number(const char *text, const struct field_expr *f, __u64 *v)
{
	unsigned int bits = bits_of(f);
	char *end;

	errno = 0;
	text += strspn(text, " ");
	*v = f->is_signed ? (uint64_t)strtoll(text, &end, cli_base(text)) :
			    strtoull(text, &end, cli_base(text));
	if (errno || end == text || end[strspn(end, " ")] || (!f->is_signed && strchr(text, '-')))
		return false;
	if (f->is_signed)
		return bits == 64 || ((int64_t)*v >> (bits - 1)) + 1ull <= 1;
	return bits == 64 || !(*v >> bits);
}

/* One condition, whose text may be written on. */
static int add_test(struct field_tests *to, char *text, const struct btf *btf, struct pwrt_diag *d)
{
	static const char option[] = "--filter-field";
	struct pw_test *t = &to->t[to->nr];
	struct field_expr f;
	char *at = text, *end;
	size_t i, nr = sizeof(operators) / sizeof(operators[0]);
	int ret;

	if (to->nr == NR_TESTS_MAX)
		return pwrt_fail(d, PWRT_EINVAL, 0, "%s: no more than %d", option, NR_TESTS_MAX);
	while (*at && (operator_at(at) == nr || (at > text && at[-1] == '-' && *at == '>')))
		at++;
	i = operator_at(at);
	if (i == nr)
		return bad(d, option, text, text,
			   "no comparison (==, !=, <, <=, >, >=, &) with a number");
	for (end = at; end > text && end[-1] == ' '; end--)
		;
	at += strlen(operators[i].text);
	*end = '\0';
	ret = resolve(&f, option, text, btf, d);
	if (ret < 0)
		return ret;
	*t = (struct pw_test){ .field = f.at, .is_signed = f.is_signed, .op = operators[i].op };
	if (!number(at, &f, &t->value))
		return bad(d, option, text, at, "value out of range for this field");
	t->left = (uint8_t)(64 - bits_of(&f) - f.shift);
	t->right = (uint8_t)(64 - bits_of(&f));
	to->nr++;
	return 0;
}

int field_test_add(struct field_tests *to, const char *text, const struct btf *btf,
		   struct pwrt_diag *d)
{
	char *copy = strdup(text), *at = copy, *next;
	int ret = copy ? 0 : pwrt_fail(d, PWRT_ENOMEM, 0, "out of memory");

	for (; at && ret == 0; at = next) {
		next = strstr(at, "&&");
		if (next) {
			*next = '\0';
			next += 2;
		}
		ret = add_test(to, at + strspn(at, " "), btf, d);
	}
	free(copy);
	return ret;
}

void field_expr_value(const struct field_expr *f, uint64_t raw, struct pwrt_value *v)
{
	btf_number_value(v, raw >> f->shift, bits_of(f), f->is_signed);
}

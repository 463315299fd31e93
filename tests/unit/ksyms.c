/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel symbols and modules, from files like those of /proc. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/kernel/ksyms.h"

static char kallsyms[] = "/tmp/kallsyms-XXXXXX", modules[] = "/tmp/modules-XXXXXX";
static struct ksyms *k;

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
}

/* Two modules with a gap between them; the kernel's first symbol is one of data. */
static const char symbols[] = "ffffffff81000000 T _stext\n"
			      "ffffffff81000000 D page_offset_base\n"
			      "ffffffff81000010 T ip_rcv\n"
			      "ffffffff81000010 t ip_rcv_alias\n"
			      "ffffffff81090000 t __pfx_ip_output\n"
			      "ffffffff81090010 T ip_output\n"
			      "ffffffff81900000 T _etext\n"
			      "ffffffffc0100000 t nat_init\t[nf_nat]\n"
			      "ffffffffc0100800 t cleanup_module\t[nf_nat]\n"
			      "ffffffffc0300000 t bpf_prog_1234\t[bpf]\n"
			      "ffffffffc0500000 t vxlan_rcv\t[vxlan]\n";
static const char loaded[] = "vxlan 8192 0 - Live 0xffffffffc0500000\n"
			     "nf_nat 4096 2 nft_nat,ip_tables, Live 0xffffffffc0100000 (E)\n"
			     "going 4096 0 - Unloading 0xffffffffc0700000\n";

static void set_up(void)
{
	struct pwrt_diag d;

	close(mkstemp(kallsyms));
	close(mkstemp(modules));
	write_file(kallsyms, symbols);
	write_file(modules, loaded);
	ck_assert_int_eq(ksyms_open(&k, kallsyms, modules, &d), 0);
}

static void tear_down(void)
{
	ksyms_free(k);
	unlink(kallsyms);
	unlink(modules);
}

static const struct {
	uint64_t addr;
	const char *name; /* NULL: in no function */
} at[] = {
	{ 0xffffffff80ffffff, NULL },
	{ 0xffffffff81000000, "_stext" },
	{ 0xffffffff81000010, "ip_rcv" },
	{ 0xffffffff81080000, "ip_rcv" }, /* within the kernel a function may be long */
	{ 0xffffffff81090010, "ip_output" },
	{ 0xffffffffc0000000, NULL }, /* behind the kernel */
	{ 0xffffffffc01007ff, "nat_init" },
	{ 0xffffffffc0100fff, "cleanup_module" },
	{ 0xffffffffc0101000, NULL }, /* behind its module */
	{ 0xffffffffc02fffff, NULL },
	{ 0xffffffffc0300800, "bpf_prog_1234" },
	{ 0xffffffffc0400000, NULL },
	{ 0xffffffffc0501fff, "vxlan_rcv" },
	{ 0xffffffffc0502000, NULL },
	{ UINT64_MAX, NULL },
};
#define NR_AT (int)(sizeof(at) / sizeof(at[0]))

START_TEST(symbol_at)
{
	const struct ksym *sym = ksyms_at(k, at[_i].addr);

	if (at[_i].name)
		ck_assert_msg(sym && !strncmp(sym->name, at[_i].name, strlen(at[_i].name)), "%s",
			      sym ? sym->name : "none");
	else
		ck_assert_msg(!sym, "%s", sym ? sym->name : "");
}
END_TEST

START_TEST(end_of_symbol)
{
	const struct ksym *sym;

	ck_assert_uint_eq(ksyms_find(k, "ip_rcv", "", &sym), 1);
	ck_assert_uint_eq(ksyms_end(k, sym), 0xffffffff81090010);
	ck_assert_uint_eq(ksyms_find(k, "cleanup_module", "nf_nat", &sym), 1);
	ck_assert_uint_eq(ksyms_end(k, sym), 0xffffffffc0101000);
	ck_assert_uint_eq(ksyms_data(k, "page_offset_base"), 0xffffffff81000000);
}
END_TEST

/* A module comes: what was unknown has a name, and what was known keeps its own. */
START_TEST(reload)
{
	struct pwrt_diag d;
	FILE *f = fopen(kallsyms, "a");

	fputs("ffffffffc0600000 t do_execute_actions\t[openvswitch]\n", f);
	fclose(f);
	f = fopen(modules, "a");
	fputs("openvswitch 4096 0 - Live 0xffffffffc0600000\n", f);
	fclose(f);
	ck_assert_ptr_null(ksyms_at(k, 0xffffffffc0600100));
	ck_assert_int_eq(ksyms_reload(k, &d), 0);
	ck_assert_str_eq(ksyms_at(k, 0xffffffffc0600100)->name, "do_execute_actions");
	ck_assert_str_eq(ksyms_at(k, 0xffffffffc0600100)->module, "openvswitch");
	ck_assert_ptr_null(ksyms_at(k, 0xffffffffc0601000));
	ck_assert_str_eq(ksyms_at(k, 0xffffffffc0100000)->name, "nat_init");
}
END_TEST

START_TEST(reload_fails)
{
	struct pwrt_diag d;

	/* Addresses that the kernel hides. */
	write_file(kallsyms, "0000000000000000 T _stext\n0000000000000000 T ip_rcv\n");
	ck_assert_int_eq(ksyms_reload(k, &d), PWRT_EINVAL);
	ck_assert_str_eq(ksyms_at(k, 0xffffffff81000010)->module, "");
}
END_TEST

/* Writes the modules that changed, as "-NAME" and "+NAME". */
static int went(void *arg, const struct module *m)
{
	strcat(strcat(arg, "-"), m->name);
	return 0;
}

static int came(void *arg, const struct module *m)
{
	strcat(strcat(arg, "+"), m->name);
	return 0;
}

static const struct {
	const char *now, *changes;
} lists[] = {
	{ "b 1 0 - Live 0x20\na 1 0 - Live 0x10\n", "" },
	{ "a 1 0 - Live 0x10\n", "-b" },
	{ "a 1 0 - Live 0x10\nb 1 0 - Live 0x20\nc 1 0 - Live 0x30\n", "+c" },
	{ "a 1 0 - Live 0x10\nb 1 0 - Live 0x40\n", "-b+b" }, /* loaded again */
	{ "a 1 0 - Live 0x10\nb 1 0 - Unloading 0x20\n", "-b" },
	{ "a 1 0 - Live 0x10\nb 1 0 - Live 0x20\nc 1 0 - Loading 0x30\n", "" },
	{ "", "-a-b" },
	{ "a\nb 1\n\nc 1 0 - Live\nd x 0 - Live 0x1\ne 1 0 - Live zz\n", "-a-b" }, /* nonsense */
};
#define NR_LISTS (int)(sizeof(lists) / sizeof(lists[0]))

START_TEST(changes)
{
	char text[64] = "";
	const struct modules_changes c = { went, came, text };
	struct modules before, now;
	struct pwrt_diag d;
	FILE *f = fopen(modules, "re");

	write_file(modules, "a 1 0 - Live 0x10\nb 1 0 - Live 0x20\n");
	ck_assert_int_eq(modules_read(&before, f, &d), 0);
	write_file(modules, lists[_i].now);
	ck_assert_int_eq(modules_read(&now, f, &d), 0);
	ck_assert_int_eq(modules_compare(&before, &now, &c), 0);
	ck_assert_str_eq(text, lists[_i].changes);
	modules_free(&before);
	modules_free(&now);
	fclose(f);
}
END_TEST

START_TEST(no_modules)
{
	struct modules m;
	struct pwrt_diag d;

	ck_assert_int_eq(modules_read(&m, NULL, &d), 0);
	ck_assert_uint_eq(m.nr, 0);
	ck_assert_ptr_null(modules_find(&m, "a"));
}
END_TEST

Suite *suite_ksyms(void)
{
	Suite *s = suite_create("ksyms");
	TCase *t = tcase_create("ksyms");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_loop_test(t, symbol_at, 0, NR_AT);
	tcase_add_test(t, end_of_symbol);
	tcase_add_test(t, reload);
	tcase_add_test(t, reload_fails);
	tcase_add_loop_test(t, changes, 0, NR_LISTS);
	tcase_add_test(t, no_modules);
	suite_add_tcase(s, t);
	return s;
}

# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# pwru-record, pwru-show, pwru-diff. `make` builds them, `make demo` shows them, `make test` checks them; see README.md.
# `make show install-show` builds and installs pwru-show and pwru-diff alone, without clang, bpftool and libbpf.
#
# Variables: O (build folder), CC, SYSROOT, CFLAGS, SANITIZE=1, WERROR=1 (warnings are errors: for CI), V=1 (show commands),
# NATIVE (see "installing"), DESTDIR, prefix, and the folders of the GNU conventions: bindir, libdir, mandir, ...
#
# CC gives the architecture: `make CC=aarch64-linux-gnu-gcc` builds for arm64. SYSROOT is a folder with that architecture's
# headers and libraries, which tests/sysroot makes. Without it, make takes them from Debian's folders for that architecture on
# this machine.

O      ?= build
# A build with sanitizers has a folder of its own, inside the ordinary one.
ifdef SANITIZE
override O := $(O)/sanitize
endif
CLANG  ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
CFLAGS ?= -O2 -g
# make itself defines CC as cc and AR as ar. These values are not a choice of the user.
ifeq ($(origin CC),default)
CC := gcc
endif

# No check writes outside of the build folder.
export PYTHONDONTWRITEBYTECODE := 1

ifdef SYSROOT
override CC += --sysroot=$(abspath $(SYSROOT))
endif
ifeq ($(origin AR),default)
AR := $(shell $(CC) -print-prog-name=ar)
endif
# The compiler's machine, and the kernel's name of that architecture, which the BPF programs need.
machine := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
arch    := $(patsubst aarch64,arm64,$(patsubst x86_64,x86,$(machine)))
# The packages of another architecture have their .pc files in a folder named after it.
pc_dirs    := $(SYSROOT)/usr/lib/$(shell $(CC) -print-multiarch)/pkgconfig:$(SYSROOT)/usr/share/pkgconfig
pkg_config := $(if $(SYSROOT)$(filter-out $(shell uname -m),$(machine)),PKG_CONFIG_SYSROOT_DIR=$(SYSROOT) PKG_CONFIG_LIBDIR=$(pc_dirs) )pkg-config

std  := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -I$O/bpf -MMD -MP
warn := -Wall -Wextra $(if $(WERROR),-Werror) -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wwrite-strings -Wshadow
san  := $(if $(SANITIZE),-fsanitize=address -fsanitize=undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
say   = $(if $(V),,@echo "  $(1)	$(@:$O/%=%)";)
obj   = $(patsubst %.c,$O/%.o,$(filter-out %/main.c,$(wildcard $(1)/*.c)))

# The library needs zstd and ISA-L only. format/tool is linked by the tools alone.
tool_objs := $(call obj,format/tool)
lib_objs  := $(call obj,format)
tools     := pwru-record pwru-show pwru-diff
# Each tool is main.o and a library of its other objects. The tests link that library, too.
diff_dirs := diff diff/pair diff/words diff/output
show_dirs := replay/show replay/show/export
record_dirs := record record/kernel record/attach record/ring record/file

all: $(tools:%=$O/%)
show: $O/pwru-show $O/pwru-diff

$O/libpwrt.a: $(lib_objs)
$O/librecord.a: $(foreach d,$(record_dirs),$(call obj,$d))
$O/libreplay.a: $(call obj,replay)
$O/libshow.a: $(foreach d,$(show_dirs),$(call obj,$d))
$O/libdiff.a: $(foreach d,$(diff_dirs),$(call obj,$d))
$O/lib%.a:
	$(call say,AR)rm -f $@ && $(AR) rcs $@ $^

$O/pwru-record: $O/record/main.o $O/librecord.a $(tool_objs) $O/libpwrt.a
	$(call say,LD)$(CC) $(san) $(LDFLAGS) -o $@ $^ -lbpf -lelf -lz -lcap-ng -lpcap -lzstd -lisal -pthread
$O/pwru-show: $O/replay/show/main.o $O/libshow.a $O/libreplay.a $(tool_objs) $O/libpwrt.a
	$(call say,LD)$(CC) $(san) $(LDFLAGS) -o $@ $^ -ljansson -lnettle -lsmartcols -lpcap -lpcre2-8 -lzstd -lisal
$O/pwru-diff: $O/diff/main.o $O/libdiff.a $O/libreplay.a $(tool_objs) $O/libpwrt.a
	$(call say,LD)$(CC) $(san) $(LDFLAGS) -o $@ $^ -ljansson -lpcap -lpcre2-8 -lzstd -lisal

$O/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(std) $(warn) $(san) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

bpf_cc = $(CLANG) -g -O2 -mcpu=v3 -Wall $(if $(WERROR),-Werror) -target bpf -D__TARGET_ARCH_$(arch) -I. -MMD -MP -MT $@

# The folder in which the compiler finds <asm/types.h>. The compiler has none for "-target bpf".
asm_folder = $(patsubst %/asm/types.h,%,$(filter %/asm/types.h,$(shell $(CC) -M -x c -include asm/types.h /dev/null)))

$O/bpf/pwru.bpf.o: bpf/pwru.bpf.c
	@mkdir -p $(@D)
	$(call say,BPF)$(bpf_cc) -c -o $@ $<
$O/bpf/empty.bpf.o: tests/bench/empty.bpf.c
$O/bpf/deny.bpf.o $O/bpf/verdicts.bpf.o: $O/bpf/%.bpf.o: tests/lab/programs/%.bpf.c
$O/bpf/empty.bpf.o $O/bpf/deny.bpf.o $O/bpf/verdicts.bpf.o:
	@mkdir -p $(@D)
	$(call say,BPF)$(bpf_cc) -I$(asm_folder) -c -o $@ $<
$O/bpf/%.skel.h: $O/bpf/%.bpf.o
	$(call say,SKEL)$(BPFTOOL) gen skeleton $< name $*_bpf >$@
$(foreach d,$(record_dirs),$(call obj,$d)) $O/record/main.o: | $O/bpf/pwru.skel.h
$O/record/capture.o $O/record/attach/loader.o $O/record/attach/attach.o: $O/bpf/pwru.skel.h

# ---- tests ----

# The lab's kernels, and the scenarios of each. Scenarios run in three boots of some ten minutes each, on 6.1 in two.
kernels := 6.1 6.12 6.18 7.3
scenarios := founding lifecycle pidns bad-input tracking lineage selection shedding
# latemod needs modules that the other scenarios load.
late := latemod verifier reasons tunnels programs churn names blocked-output
# The way of attaching matters little to these scenarios. 6.1 attaches slowly and leaves them out.
scenarios_6.12 := limits files killed memory survey live drops deciders keep-conditions aiming unanswered on-signal
# Minutes each, for which `make test` has no time.
scenarios_6.18 := $(scenarios_6.12) keep storm filter-at milestones
scenarios_7.3 := $(scenarios_6.18)
# The scenarios on kernels for which `make test` has no time for all.
scenarios_quick := founding reasons trampolines
scenarios_deployed := container unit

$O/unit-tests: $(call obj,tests/unit) $O/tests/unit/main.o $O/librecord.a $O/libdiff.a $O/libshow.a $O/libreplay.a $(tool_objs) $O/libpwrt.a
	$(call say,LD)$(CC) $(san) $(LDFLAGS) -o $@ $^ $(shell $(pkg_config) --libs check) -lbpf -lelf -lz -lcap-ng -ljansson -lnettle -lsmartcols -lpcap -lpcre2-8 -lzstd -lisal

test-unit: $O/unit-tests
	$(if $(V),,@)$(BESIDE) $O/unit-tests
# The same in two parts, for two processors.
test-unit-odd test-unit-even: test-unit-%: $O/unit-tests
	$(if $(V),,@)$O/unit-tests $*
.PHONY: test-unit-odd test-unit-even

# Each view of each recording, as sums.
$O/view-sums: $O/tests/views/sums.o $O/libshow.a $O/libreplay.a $(tool_objs) $O/libpwrt.a
	$(call say,LD)$(CC) $(san) $(LDFLAGS) -o $@ $^ -ljansson -lnettle -lsmartcols -lpcap -lpcre2-8 -lzstd -lisal

test-views: $O/view-sums
	$(if $(V),,@)tests/views/run $O
.PHONY: test-views

test-golden: all test-secrets test-docs test-views
	$(if $(V),,@)tests/golden/run $O
	$(if $(V),,@)tests/verdicts/run $O
	$(if $(V),,@)tests/sameness/run $O

# All pairs of good flows in tests/data/sameness.
test-sameness: all
	$(if $(V),,@)$(BESIDE) tests/sameness/run $O --all
.PHONY: test-sameness

# One packet of each recording: its views are the same whether pwru-show reads a part of the file or all of it.
test-packets: all
	$(if $(V),,@)$(BESIDE) tests/packets $O
.PHONY: test-packets

# The verdicts alone: compares those of the recorded failures with the kernel's reports.
test-verdicts: all
	$(if $(V),,@)tests/verdicts/run $O
.PHONY: test-verdicts

# The failures that pwru-diff names right in recordings with the functions of --profile milestones alone.
test-milestones: all
	$(if $(V),,@)$(BESIDE) tests/verdicts/milestones $O
.PHONY: test-milestones

# An anonymized file has none of its secrets: a program makes a file of secrets, and the test searches for them.
$O/secrets-make: $O/tests/secrets/make.o $O/libpwrt.a
	$(call say,LD)$(CC) $(san) $(LDFLAGS) -o $@ $^ -lzstd -lisal -pthread

test-secrets: all $O/secrets-make
	$(if $(V),,@)$(BESIDE) tests/secrets/run $O

# The pages: lines, links, options, messages, and the output of commands.
test-docs: all
	$(if $(V),,@)$(BESIDE) tests/docs $O
.PHONY: test-docs

# The golden files hold the present output of the tools. Read the difference before you commit it.
update-golden: all $O/view-sums
	tests/golden/run $O --update
	tests/views/run $O --update

# The compiler does not change the output of the tools: compares the golden files with show and diff by gcc and by clang.
test-compilers: all
	$(if $(V),,@)for cc in gcc clang; do \
		$(MAKE) --no-print-directory O=$O/$$cc CC=$$cc $O/$$cc/pwru-show $O/$$cc/pwru-diff && \
		ln -sf ../pwru-record $O/$$cc/pwru-record && tests/golden/run $O/$$cc || exit 1; done
.PHONY: test-compilers

# Other programs read what pwru-show exports.
test-exports: all
	$(if $(V),,@)$(BESIDE) tests/exports $O
.PHONY: test-exports

# The JSON of pwru-show fits its schemas, for all recordings. A golden case has some of them.
test-schemas: all
	$(if $(V),,@)$(BESIDE) tests/schemas $O
.PHONY: test-schemas

# Static analysis, which takes minutes. .clang-tidy lists the checks, and the reasons why others are left out.
tidy_files := $(filter-out format/diag.c,$(wildcard $(addsuffix /*.c,format format/tool $(record_dirs) replay $(show_dirs) $(diff_dirs))))
tidy: $(tidy_files:%=tidy/%)
$(tidy_files:%=tidy/%): tidy/%: | $O/bpf/pwru.skel.h
	$(call say,TIDY)clang-tidy --quiet $* -- $(filter-out -MMD -MP,$(std)) -include tests/tidy.h 2>/dev/null
.PHONY: tidy $(tidy_files:%=tidy/%)

# Compares the specification with the code.
test-format: all
	$(if $(V),,@)$(BESIDE) tests/format/run $O

# No memory error and no leak when the tools read and compare, with whole files and cut ones.
test-valgrind: all
	$(if $(V),,@)$(BESIDE) tests/valgrind $O

# Show and diff need only the library. The library must not print or exit, or include headers of the tools.
test-layers: $O/libpwrt.a
	$(if $(V),,@)tests/layers $O

# The programs for arm64 compile on every machine, and order their stores.
$O/bpf/arm64/pwru.bpf.o: arch := arm64
$O/bpf/arm64/pwru.bpf.o: bpf/pwru.bpf.c
	@mkdir -p $(@D)
	$(call say,BPF)$(bpf_cc) -c -o $@ $<

test-ring-order: $O/bpf/arm64/pwru.bpf.o
	$(if $(V),,@)tests/ring-order $<

# Fuzzing, with sanitizers. A target is tests/fuzz/NAME.c and a line fuzz_src_NAME with the sources that it needs besides
# format/. `make test-fuzz FUZZ_TARGETS=diff FUZZ_SECONDS=3600` fuzzes one of them for an hour; `make fuzz-afl` uses AFL++.
FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?= $(basename $(notdir $(wildcard tests/fuzz/*.c)))
fuzz_src_diff := $(filter-out diff/main.c,$(wildcard $(diff_dirs:%=%/*.c))) \
		 $(wildcard replay/*.c)
fuzz_src_select := $(wildcard replay/*.c)
fuzz_src_several := $(wildcard replay/*.c)
fuzz_src_exports := $(wildcard replay/*.c) replay/show/json_writer.c replay/show/key_list.c $(wildcard replay/show/export/*.c)
fuzz_src_lists := $(wildcard replay/*.c) $(filter-out replay/show/main.c,$(wildcard $(show_dirs:%=%/*.c)))
fuzz_src_read := $(wildcard replay/*.c) $(filter-out replay/show/main.c,$(wildcard $(show_dirs:%=%/*.c)))

fuzz_src_fields := tests/unit/small_btf.c $(addprefix record/kernel/,field_expr.c btf_util.c skb_members.c)
fuzz_src_kallsyms := $(addprefix record/kernel/,ksyms.c modules.c)
fuzz_src_records := $(fuzz_src_fields) $(fuzz_src_kallsyms) record/kernel/drop_reasons.c $(addprefix record/,$(addprefix file/,addr_map.c convert.c entry_parser.c intern.c packet_ends.c values.c) ring/aux_ring.c ring/rings.c keep.c keep_rules.c families.c reason_list.c)
fuzz_flags_records := -Wl,--wrap=mmap

fuzz_opts := -g -O1 $(filter-out -MMD -MP,$(std)) -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION \
	     -fsanitize=address,undefined -fno-sanitize-recover=all -fsanitize=fuzzer
fuzz_libs := -lbpf -lelf -lz -ljansson -lnettle -lsmartcols -lpcap -lpcre2-8 -lzstd -lisal -pthread
fuzz_link  = $(fuzz_opts) $(fuzz_flags_$*) -o $@ $(filter %.c,$^) $(fuzz_libs)

.SECONDEXPANSION:
$(FUZZ_TARGETS:%=$O/fuzz/%): $O/fuzz/%: tests/fuzz/%.c $$(fuzz_src_$$*) $(wildcard format/*.[ch] format/tool/*.[ch] replay/*.h $(show_dirs:%=%/*.h) $(addsuffix /*.h,$(record_dirs) $(diff_dirs)))
	@mkdir -p $(@D)
	$(call say,FUZZ)$(CLANG) $(fuzz_link)
$(FUZZ_TARGETS:%=$O/fuzz/%-afl): $O/fuzz/%-afl: tests/fuzz/%.c $$(fuzz_src_$$*) $(wildcard format/*.[ch] format/tool/*.[ch] replay/*.h $(show_dirs:%=%/*.h) $(addsuffix /*.h,$(record_dirs) $(diff_dirs)))
	@mkdir -p $(@D)
	$(call say,FUZZ)afl-clang-fast $(fuzz_link)

test-fuzz: $(FUZZ_TARGETS:%=$O/fuzz/%) $O/unit-tests
	$(if $(V),,@)tests/fuzz/run $O libfuzzer $(FUZZ_SECONDS) $(FUZZ_TARGETS)
fuzz-afl: $O/unit-tests
	$(if $(V),,@)tests/install-deps fuzz && $(MAKE) --no-print-directory $(FUZZ_TARGETS:%=$O/fuzz/%-afl)
	$(if $(V),,@)tests/fuzz/run $O afl $(FUZZ_SECONDS) $(FUZZ_TARGETS)

# Fault injection: each allocation and file call of the tools fails once. With sanitizers only some fail; FAULTS=all selects each.
# Alone it builds in a folder of its own, since test-sanitize may build at the same time.
faults_wrapped := malloc calloc realloc strdup strndup getdelim ZSTD_createCCtx ZSTD_createDCtx ZSTD_compressCCtx pcap_open_dead \
		  pthread_create open64 fopen64 fstat64 mmap64 read pread64 lseek64 write fsync fdatasync ftruncate64 unlink opendir eventfd
faults_link = $(CC) $(san) $(faults_wrapped:%=-Wl,--wrap=%) $(LDFLAGS) -o $@ $^

$O/faults/pwru-show: $O/tests/faults/inject.o $O/replay/show/main.o $O/libshow.a $O/libreplay.a $(tool_objs) $O/libpwrt.a
	@mkdir -p $(@D)
	$(call say,LD)$(faults_link) -ljansson -lnettle -lsmartcols -lpcap -lpcre2-8 -lzstd -lisal -pthread
$O/faults/pwru-diff: $O/tests/faults/inject.o $O/diff/main.o $O/libdiff.a $O/libreplay.a $(tool_objs) $O/libpwrt.a
	@mkdir -p $(@D)
	$(call say,LD)$(faults_link) -ljansson -lpcap -lpcre2-8 -lzstd -lisal -pthread
$O/faults/write: $O/tests/faults/inject.o $O/tests/faults/write.o $O/libpwrt.a
	@mkdir -p $(@D)
	$(call say,LD)$(faults_link) -lzstd -lisal -lpcap -pthread
# The recorder without the parts that need a kernel: tests/faults/record.c replaces these.
$O/faults/record: $O/tests/faults/inject.o $O/tests/faults/record.o $(addprefix $O/tests/unit/,fake_ring.o small_btf.o entries.o) \
		  $O/librecord.a $(tool_objs) $O/libpwrt.a
	@mkdir -p $(@D)
	$(call say,LD)$(faults_link) -lbpf -lelf -lz -lcap-ng -lpcap -lzstd -lisal -pthread
faults := $(addprefix $O/faults/,pwru-show pwru-diff write record)
# Under the sanitizers some of the calls fail, and without them every call.
ifdef SANITIZE
test-faults: $(faults)
	$(if $(V),,@)$(BESIDE) tests/faults/run $O/faults
else
test-faults:
	$(if $(V),,@)$(MAKE) --no-print-directory SANITIZE=1 O=$O/faults test-faults
endif
test-faults-all: $(faults)
	$(if $(V),,@)FAULTS=all $(BESIDE) tests/faults/run $O/faults

test-sanitize:
	$(if $(V),,@)$(BESIDE) $(MAKE) --no-print-directory SANITIZE=1 BESIDE= test-unit
# Both checks with sanitizers, on one set of objects.
test-sanitized:
	$(if $(V),,@)$(BESIDE) $(MAKE) --no-print-directory SANITIZE=1 BESIDE= test-unit test-faults test-views

# Real kernels: `make test-lab-7.3` runs all scenarios on one, and `make test-lab-7.3-quick` three of them. `make test-lab` runs all
# on each; `make check-kernel` is the same.
lab_programs := $O/bench-traffic $O/lab-confined $O/lab-deny $O/lab-paged $O/lab-size $O/lab-switch $O/lab-verdicts
# Programs that only measure. `make test` builds them, so that they still build when a benchmark needs them.
bench_programs := $O/bench $O/bench-empty $O/bench-many
lab_run = $(if $(V),,@)O=$(abspath $O) tests/lab/lab run -k $* -t 1800
test-lab check-kernel: $(kernels:%=test-lab-%)
$(kernels:%=test-lab-%): test-lab-%:
	$(MAKE) test-lab-$*-first
	$(MAKE) test-lab-$*-rest
	$(if $(scenarios_$*),$(MAKE) test-lab-$*-more)
$(kernels:%=test-lab-%-first): test-lab-%-first: all $(lab_programs)
	$(lab_run) $(scenarios)
$(kernels:%=test-lab-%-rest): test-lab-%-rest: all $(lab_programs)
	$(lab_run) -o $(abspath $O)/lab/$*/out-rest $(late)
$(kernels:%=test-lab-%-more): test-lab-%-more: all $(lab_programs)
	$(lab_run) -o $(abspath $O)/lab/$*/out-more $(scenarios_$*)
$(kernels:%=test-lab-%-quick): test-lab-%-quick: all $(lab_programs)
	$(lab_run) -o $(abspath $O)/lab/$*/out-quick $(scenarios_quick)
# The recorder as share/ deploys it.
$(kernels:%=test-lab-%-deployed): test-lab-%-deployed: all $(lab_programs)
	$(lab_run) -o $(abspath $O)/lab/$*/out-deployed $(scenarios_deployed)

# arm64, emulated: two scenarios on Debian's 6.12, with programs from the cross compiler. `make test` leaves them out.
arm64_root := $O/lab/arm64/sysroot
test-arm64: all
	tests/install-deps arm64
	tests/sysroot arm64 $(arm64_root)
	$(MAKE) O=$O/arm64 CC=aarch64-linux-gnu-gcc SYSROOT=$(arm64_root) all $(lab_programs:$O/%=$O/arm64/%)
	$(if $(V),,@)O=$(abspath $O) tests/lab/lab run -k 6.12-arm64 -t 3600 -s 1800 $(scenarios_quick)

# A guest takes one processor. `make test` has two lanes of about the same length, each with one guest at a time.
lane-1:
	$(MAKE) test-lab-6.12-first
	$(MAKE) test-lab-6.12-rest
	$(MAKE) test-lab-6.18-quick
	$(MAKE) test-lab-7.3-quick
lane-2:
	$(MAKE) test-lab-6.1
	$(MAKE) test-lab-6.12-more

# The cost of the format and of its peers, in the table of docs/performance.md.
$O/bench: $O/tests/bench/bench.o $O/libreplay.a $(tool_objs) $O/libpwrt.a
	$(call say,LD)$(CC) $(san) $(LDFLAGS) -o $@ $^ -ljansson -lpcap -lpcre2-8 -lzstd -lisal

# Traffic to record, and probes with an empty program.
$O/bench-traffic: $O/tests/bench/traffic.o
	$(call say,LD)$(CC) $(san) $(LDFLAGS) -o $@ $^
$O/bench-empty: $O/tests/bench/empty.o
	$(call say,LD)$(CC) $(san) $(LDFLAGS) -o $@ $^ -lbpf
$O/tests/bench/empty.o: $O/bpf/empty.skel.h
# Files with many packets: `bench-many listed 5000000 FILE`.
$O/bench-many: $O/tests/bench/many.o $O/libpwrt.a
	$(call say,LD)$(CC) $(san) $(LDFLAGS) -o $@ $^ -lzstd -lisal -pthread
# Edits of good paths: the comparison must find their places. `make test-mutate EDITS=10000` makes more of them.
EDITS := 1000
$O/mutate: $O/tests/mutate/mutate.o $O/libdiff.a $O/libreplay.a $(tool_objs) $O/libpwrt.a
	$(call say,LD)$(CC) $(san) $(LDFLAGS) -o $@ $^ -ljansson -lpcap -lpcre2-8 -lzstd -lisal
test-mutate: $O/mutate
	$(if $(V),,@)$(BESIDE) $O/mutate $(EDITS) tests/data/good-6.12.pwrt $(wildcard tests/data/verdicts/*.good.pwrt)
.PHONY: test-mutate
# pwru-record with a default size limit of 64 KiB.
$O/tests/lab/programs/size.o: record/command_line.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(std) $(warn) $(san) $(CPPFLAGS) $(CFLAGS) -DDEFAULT_BYTES=65536u -c -o $@ $<
$O/lab-size: $O/record/main.o $O/tests/lab/programs/size.o $O/librecord.a $(tool_objs) $O/libpwrt.a
	$(call say,LD)$(CC) $(san) $(LDFLAGS) -o $@ $^ -lbpf -lelf -lz -lcap-ng -lpcap -lzstd -lisal -pthread
# Programs that refuse or answer packets, and a switch.
$O/tests/lab/programs/switch.o: CPPFLAGS += $(shell $(pkg_config) --cflags libnl-genl-3.0)
$O/lab-switch: $O/tests/lab/programs/switch.o
	$(call say,LD)$(CC) $(san) $(LDFLAGS) -o $@ $^ -lnl-genl-3 -lnl-3
$O/lab-confined $O/lab-deny $O/lab-verdicts: $O/lab-%: $O/tests/lab/programs/%.o
	$(call say,LD)$(CC) $(san) $(LDFLAGS) -o $@ $^ -lbpf
$O/lab-paged: $O/tests/lab/programs/paged.o
	$(call say,LD)$(CC) $(san) $(LDFLAGS) -o $@ $^
$O/tests/lab/programs/deny.o $O/tests/lab/programs/verdicts.o: $O/tests/lab/programs/%.o: $O/bpf/%.skel.h

bench: all $O/bench $O/bench-traffic $O/bench-empty $O/bench-many
	$(if $(V),,@)tests/bench/run $O

# The cost of comparing, without a lab.
bench-diff: all $O/bench $O/bench-many
	$(if $(V),,@)tests/bench/diff $O
# The cost of the views of pwru-show: the table "Views" of docs/performance.md. It needs no lab.
bench-show: all $O/bench $O/bench-many
	$(if $(V),,@)tests/bench/show $O
# Compares the recordings of failures by diff, by git diff and by pwru-diff: the table of docs/comparison.md.
bench-verdicts: all
	$(if $(V),,@)tests/bench/verdicts $O

# The checks that a change must pass first. They take less than a minute, and need no root and no network.
check: all $O/unit-tests
	$(MAKE) --no-print-directory -j3 --output-sync=target test-unit-odd test-unit-even test-golden test-layers test-ring-order format-check

# On a fresh machine, installs the packages that it needs. The other checks run in parallel with the two lanes of guests, at a
# lower priority. The fuzzers come first, since they take a fixed time on a busy machine, too; they are built before, or make
# starts other checks in their place.
test: export WERROR := 1
test:
	tests/install-deps test
	$(MAKE) -j2 all $O/unit-tests $(lab_programs) $(bench_programs) $(FUZZ_TARGETS:%=$O/fuzz/%)
	$(MAKE) test-golden test-layers test-ring-order format-check
	$(MAKE) -j3 --output-sync=line lane-1 lane-2 test-fuzz test-sanitized test-mutate test-sameness test-packets test-milestones test-exports test-schemas test-valgrind test-format test-unit test-install \
		BESIDE="nice -n 10 env CK_TIMEOUT_MULTIPLIER=10"
	@echo "all tests passed"

demo:
	tests/install-deps test
	$(MAKE) all
	tests/demo $O

# ---- installing ----

prefix      ?= $(or $(PREFIX),/usr/local)
exec_prefix ?= $(prefix)
bindir      ?= $(exec_prefix)/bin
libdir      ?= $(exec_prefix)/lib
includedir  ?= $(prefix)/include
datarootdir ?= $(prefix)/share
datadir     ?= $(datarootdir)
mandir      ?= $(datarootdir)/man
docdir      ?= $(datarootdir)/doc/pwru-record
pcdir       ?= $(libdir)/pkgconfig
unitdir     ?= $(prefix)/lib/systemd/system
INSTALL     ?= install
# Man pages and completions come from the tools' own option tables. A tool of another architecture does not run here.
# NATIVE is then a folder with the tools built for this machine.
NATIVE      ?= $O
version     := $(shell sed -n 's/^#define PWRT_VERSION "\(.*\)".*/\1/p' format/pwrt.h)
shells      := bash zsh fish

# The files of each tool: the program, its man page, its completions.
tool_files  = $(bindir)/$(1) $(mandir)/man1/$(1).1 $(datadir)/bash-completion/completions/$(1) \
	      $(datadir)/zsh/site-functions/_$(1) $(datadir)/fish/vendor_completions.d/$(1).fish
show_files := $(call tool_files,pwru-show) $(call tool_files,pwru-diff) \
	      $(addprefix $(mandir)/man5/,pwrt.5) $(addprefix $(datadir)/pwru-record/,pwrt.magic) $(addprefix $(docdir)/,pwrt-format.md)
all_files  := $(show_files) $(call tool_files,pwru-record) \
	      $(libdir)/libpwrt.a $(includedir)/pwrt.h $(pcdir)/pwrt.pc \
	      $(unitdir)/pwru-record.service $(datadir)/pwru-record/pwru-record.conf

install: $(all_files:%=$(DESTDIR)%)
install-show: $(show_files:%=$(DESTDIR)%)
uninstall:
	rm -f $(all_files:%=$(DESTDIR)%)
	rmdir $(DESTDIR)$(datadir)/pwru-record $(DESTDIR)$(docdir) 2>/dev/null || true

put = $(call say,INSTALL)$(INSTALL) -D -m $(1) $< $@
$(DESTDIR)$(bindir)/%: $O/% FORCE
	$(call put,755)
$(DESTDIR)$(mandir)/man1/%: $O/install/% FORCE
	$(call put,644)
$(DESTDIR)$(mandir)/man5/%: $O/install/% FORCE
	$(call put,644)
$(DESTDIR)$(datadir)/bash-completion/completions/%: $O/install/%.bash FORCE
	$(call put,644)
$(DESTDIR)$(datadir)/zsh/site-functions/_%: $O/install/%.zsh FORCE
	$(call put,644)
$(DESTDIR)$(datadir)/fish/vendor_completions.d/%.fish: $O/install/%.fish FORCE
	$(call put,644)
$(DESTDIR)$(datadir)/pwru-record/%: share/% FORCE
	$(call put,644)
$(DESTDIR)$(datadir)/pwru-record/%: share/systemd/% FORCE
	$(call put,644)
$(DESTDIR)$(unitdir)/%: $O/install/% FORCE
	$(call put,644)
$(DESTDIR)$(docdir)/%: docs/% FORCE
	$(call put,644)
$(DESTDIR)$(libdir)/%: $O/install/% FORCE
	$(call put,644)
$(DESTDIR)$(pcdir)/%: $O/install/% FORCE
	$(call put,644)
$(DESTDIR)$(includedir)/%: format/% FORCE
	$(call put,644)
FORCE:

# The installed library has one object, in which only the names of pwrt.h are global.
$O/install/libpwrt.a: $(lib_objs)
	@mkdir -p $(@D)
	$(call say,AR)$(CC) -r -nostdlib -o $O/install/pwrt.o $^ && \
	$(or $(OBJCOPY),$(shell $(CC) -print-prog-name=objcopy)) --wildcard --keep-global-symbol='pwrt_*' $O/install/pwrt.o && \
	rm -f $@ && $(AR) rcs $@ $O/install/pwrt.o
$O/install/pwrt.pc: share/pwrt.pc.in FORCE
	@mkdir -p $(@D)
	$(call say,GEN)sed 's|@prefix@|$(prefix)|; s|@libdir@|$(libdir)|; s|@includedir@|$(includedir)|; s|@version@|$(version)|' $< >$@
$O/install/%.service: share/systemd/%.service FORCE
	@mkdir -p $(@D)
	$(call say,GEN)sed 's|/usr/bin/pwru-record|$(bindir)/pwru-record|' $< >$@
$O/install/pwrt.5: share/man/pwrt.5.in FORCE
	@mkdir -p $(@D)
	$(call say,GEN)sed 's|@VERSION@|$(version)|; s|@DOCDIR@|$(docdir)|; s|@DATADIR@|$(datadir)/pwru-record|' $< >$@
$O/install/%.table: $(NATIVE)/%
	@mkdir -p $(@D)
	$(call say,GEN)$< --print-options >$@
$O/install/%.1: $O/install/%.table share/man/%.1.in share/man.awk
	$(call say,GEN)awk -v version=$(version) -f share/man.awk $< share/man/$*.1.in >$@
completion = $(call say,GEN)awk -v shell=$(1) -v tool=$* -f share/completion.awk $< >$@
$O/install/%.bash: $O/install/%.table share/completion.awk
	$(call completion,bash)
$O/install/%.zsh: $O/install/%.table share/completion.awk
	$(call completion,zsh)
$O/install/%.fish: $O/install/%.table share/completion.awk
	$(call completion,fish)
.SECONDARY: $(tools:%=$O/install/%.table)
man: $(tools:%=$O/install/%.1) $O/install/pwrt.5
completions: $(foreach s,$(shells),$(tools:%=$O/install/%.$(s)))

# The installed files are complete, the tools that look for them find them, and make removes them again.
test-install: all
	$(if $(V),,@)$(BESIDE) tests/install $O

# ---- sources ----

format-check:
	$(if $(V),,@)find bpf diff format record replay tests -name '*.[ch]' -exec clang-format --dry-run -Werror {} +
.PHONY: show install-show uninstall man completions test-install format-check check-kernel FORCE

clean:
	rm -rf $O

.PHONY: all install clean test check demo bench bench-diff bench-show bench-verdicts test-unit test-faults test-faults-all test-sanitized test-golden test-secrets update-golden test-format test-valgrind test-layers test-ring-order test-sanitize test-arm64 \
	test-fuzz fuzz-afl test-lab lane-1 lane-2 $(foreach k,$(kernels),test-lab-$(k) test-lab-$(k)-first test-lab-$(k)-rest test-lab-$(k)-more test-lab-$(k)-quick test-lab-$(k)-deployed)
.DELETE_ON_ERROR:
-include $(wildcard $(foreach d,bpf bpf/arm64 format format/tool $(record_dirs) replay $(show_dirs) $(diff_dirs) tests/* tests/lab/programs,$O/$d/*.d))

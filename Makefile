# SPDX-License-Identifier: MIT
# lastwords: one Makefile, not recursive.
#
#   make demo        all of it on one machine, in QEMU: the main job, with each stage as it happens; STAY=1
#   make check       what every change must pass          make check-full   the long matrix
#   make all         the programs, into build/bin         make images       what the lab boots
#   make arm64       the same of the machine's side for arm64, into build/arm64
#   make ipxe        our own iPXE, with boot.ipxe in it   make capture-kernel
#   make campaign N=300        so many deaths at random
#   make lint fuzz bench install html deb clean
#
# Every folder of C is a room: one static library, build/lib/FOLDER.a. A program is its folder's main.c,
# its room, and the rooms below it, linked in that order. V=1 shows the commands, SAN=1 builds with ASan
# and UBSan.

VERSION := 0.1
CC ?= cc
PREFIX ?= /usr
SYSCONFDIR ?= /etc
DESTDIR ?=
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
MAKEFLAGS += --no-builtin-rules

B := build$(if $(SAN),/san)
CROSS.arm64 := aarch64-linux-gnu-
CROSS.i386 := i686-linux-gnu-
# ARCH=arm64, or i386: the static programs for machines of that kind, and what they are linked from, into build/ARCH.
ARCH ?=
A := build$(if $(ARCH),/$(ARCH))
T := $(A)/third-party
CROSS := $(if $(ARCH),$(or $(CROSS.$(ARCH)),$(error ARCH=$(ARCH): unknown; use arm64 or i386)))
MUSL_CC ?= $(if $(ARCH),$(T)/bin/musl-cc,musl-gcc)
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(patsubst $(CURDIR)/%,%,$@)';)

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wwrite-strings \
	-Wpointer-arith -Wformat=2 $(if $(CI),-Werror)
OPT ?= -O2 -g
CPPFLAGS_ALL = -D_GNU_SOURCE -DLASTWORDS_VERSION='"$(VERSION)"' -I. -Iserver -Iinitramfs $(CPPFLAGS)
ifdef SAN
HARDEN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else
HARDEN := -fstack-protector-strong -ffile-prefix-map=$(CURDIR)=. -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
CFLAGS_ALL = -std=c11 $(OPT) $(WARN) $(HARDEN) $(CFLAGS)
LDFLAGS_ALL = -Wl,-z,relro,-z,now,--as-needed $(LDFLAGS)

# --- rooms and programs ---------------------------------------------------------------------------

# The rooms that the server's programs share. Each may use only those after it in this list: linked in
# this order, one that uses a room before it is an undefined symbol (tests/unit/rooms.t names it).
ROOMS := $(addprefix server/,repro target query retain config boot store record report session base)
# The same of the rooms of the command, which are above those.
CLI_ROOMS := $(addprefix server/cli/,doctor fsck power attach export serve dhcp host screen)

# folder:program of what runs on the server (host's libc, shared libraries)
PROGRAMS := cgi/boot:lastwords-boot cgi/ingest:lastwords-ingest cgi/web:lastwords-web \
	server/collector:lastwords-collector server/console:lastwords-console server/cli:lastwords \
	server/decode:lastwords-decode server/relay:lastwords-relay
# what runs in the booted or crashed machine (musl, static), and is built natively for tests too
STATIC_PROGRAMS := initramfs/arm:lastwords-arm initramfs/capture:lastwords-dmesg

# below a program's own room, in order
below.cgi/boot := cgi/http $(ROOMS)
below.cgi/ingest := cgi/http $(ROOMS)
below.cgi/web := cgi/boot cgi/http $(ROOMS)
below.server/collector := server/collector/log server/collector/wire $(ROOMS)
below.server/console := server/console/log server/console/wire $(ROOMS)
below.server/decode := $(ROOMS)
below.server/relay := $(ROOMS)
below.server/cli := $(CLI_ROOMS) server/console/log server/console/wire cgi/boot cgi/http $(ROOMS)
below.initramfs/arm := initramfs/https server/session server/base
below.initramfs/capture := initramfs/autopsy initramfs/dmesg initramfs/ship initramfs/https initramfs/vmcore server/session server/base
# of all programs only this one is linked with libipmiconsole, which is GPL-3+
host.server/console := -lipmiconsole
# the server's certificate and its key: do they belong together?
host.server/cli := -lcrypto
# debug information, in a program of its own
host.server/decode := -ldw
# PostgreSQL's client, in a program of its own
host.server/relay := -lpq
# arm's parts know each other: keeper/ and pstore/ are folders of one room
subfolders.initramfs/arm := initramfs/arm/keeper initramfs/arm/pstore
subfolders.server/record := server/record/serial

folder = $(word 1,$(subst :, ,$(1)))
program = $(word 2,$(subst :, ,$(1)))
sources = $(filter-out %/main.c,$(wildcard $(addsuffix /*.c,$(1) $(subfolders.$(1)))))
objects = $(patsubst %.c,$(B)/obj/%.o,$(1))
libname = $(B)/lib/$(subst /,-,$(1)).a
libs = $(foreach r,$(1),$(call libname,$(r)))

HOST_BINS := $(foreach p,$(PROGRAMS),$(B)/bin/$(call program,$(p)))
STATIC_BINS := $(foreach p,$(STATIC_PROGRAMS),$(A)/bin/$(call program,$(p)) $(A)/bin/$(call program,$(p))-tls) \
	$(A)/bin/lastwords-autopsy
# all of them, in an order in which everything links
ALL_ROOMS := server/decode server/relay server/cli $(CLI_ROOMS) server/console server/console/log server/console/wire \
	server/collector server/collector/log server/collector/wire \
	cgi/web cgi/boot cgi/ingest cgi/http initramfs/arm initramfs/autopsy initramfs/dmesg initramfs/ship initramfs/https initramfs/vmcore \
	$(ROOMS)
LIBS := $(call libs,$(ALL_ROOMS))

HOST_LIBS = -lfcgi -lsqlite3 -lhogweed -lnettle -lzstd -lz -lcurl -ljansson -lcrypt -larchive -lm
# the few shared files that the static programs use
STATIC_SHARED := $(patsubst %,server/%.c,$(addprefix base/,address array cert clock digest err hex ip kv levels mac num option) session/conf)

.PHONY: all programs static arm64 images debian test-programs demo check check-full lint fuzz fuzz-run bench install html deb clean \
	need-build need-image need-check
.DELETE_ON_ERROR:
.SECONDARY:

all: need-build
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) programs

programs: $(HOST_BINS) $(STATIC_BINS) build/web/tried

# What the pages use of others. Tried once: without npm or its registry the pages do without.
build/web/tried: images/uplot.sh
	$(Q)mkdir -p $(@D) && sh $< $(@D)
	$(Q)touch $@

static: $(STATIC_BINS)

# What image.sh needs for arm64 kernels, built on any machine, into build/arm64.
arm64:
	$(Q)sh images/need.sh build cross
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) ARCH=arm64 static build/arm64/third-party/busybox.stamp build/arm64/third-party/kexec.stamp

define lib_rule
$(call libname,$(1)): $(call objects,$(call sources,$(1)))
	$$(call say,AR)rm -f $$@ && mkdir -p $$(@D) && $$(AR) rcs $$@ $$^
endef
$(foreach f,$(ALL_ROOMS),$(eval $(call lib_rule,$(f))))

define program_rule
$(B)/bin/$(2): $(call objects,$(1)/main.c) $(call libs,$(filter $(ALL_ROOMS),$(1)) $(below.$(1)))
	$$(call say,LINK)mkdir -p $$(@D) && $$(CC) $$(CFLAGS_ALL) $$(LDFLAGS_ALL) -o $$@ $$^ $$(HOST_LIBS) $(host.$(1))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program_rule,$(call folder,$(p)),$(call program,$(p)))))
# the static programs' native twins, for the unit tests, sanitizers and measurements
$(foreach p,$(STATIC_PROGRAMS),$(eval $(call program_rule,$(call folder,$(p)),native/$(call program,$(p)))))
NATIVE_BINS := $(foreach p,$(STATIC_PROGRAMS),$(B)/bin/native/$(call program,$(p))) $(B)/bin/native/lastwords-autopsy

# the capture kernel's program has two names
%/lastwords-autopsy: %/lastwords-dmesg
	$(call say,LINK)ln -sf lastwords-dmesg $@

$(B)/obj/%.o: %.c
	$(call say,CC)mkdir -p $(@D) && $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# The upgrades of the central database, as strings.
UPGRADES := $(sort $(wildcard server/relay/schema/*.sql))
$(B)/gen/relay_upgrades.h: $(UPGRADES)
	$(call say,GEN)mkdir -p $(@D) && { echo 'static const char *const schema_upgrades[] = {'; for f in $(UPGRADES); do \
	    sed 's/[\\"]/\\&/g; s/^/"/; s/$$/\\n"/' $$f; echo ,; done; echo '};'; } >$@
$(B)/obj/server/relay/schema.o: $(B)/gen/relay_upgrades.h
$(B)/obj/server/relay/%.o $(B)/obj/tests/unit/relay%.o: CPPFLAGS += -I$(B)/gen $(shell pkg-config --cflags libpq 2>/dev/null)

# --- static programs (musl) -----------------------------------------------------------------------

# initramfs/recipes/NAME.sh OUT-DIR builds NAME from Debian's source package into build/third-party.
STATIC_CFLAGS = -std=c11 -Os -g -static -ffile-prefix-map=$(CURDIR)=. -ffunction-sections -fdata-sections $(WARN) \
	-isystem $(T)/musl-include -I$(T)/static/include -DCURL_STATICLIB
# libc first: what it has for the program itself is then next to it, on pages that are in use anyway
STATIC_LIBS = -L$(T)/static/lib -lc -lcurl -lnettle -lz
# their twins with HTTPS (initramfs/https/https.h)
STATIC_LIBS_TLS = -L$(T)/static/lib -lc -lcurl-tls -lbearssl -lnettle -lz

$(T)/%.stamp: initramfs/recipes/%.sh initramfs/recipes/lib.sh
	$(call say,BUILD)mkdir -p $(T) && LASTWORDS_ARCH=$(ARCH) sh $< $(CURDIR)/$(T) >$(T)/$*.log 2>&1 || \
	    { tail -n 20 $(T)/$*.log >&2; echo "lastwords: building $* failed; the whole log: $(T)/$*.log" >&2; exit 1; }
	$(Q)touch $@

# of another architecture, the compiler comes first
$(if $(ARCH),$(addprefix $(T)/,$(addsuffix .stamp,musl-include zlib nettle curl curl-tls bearssl busybox kexec)): $(T)/cross.stamp)
$(T)/curl.stamp: $(T)/zlib.stamp
$(T)/curl-tls.stamp: $(T)/curl.stamp $(T)/bearssl.stamp initramfs/recipes/curl.sh
STATIC_DEPS := $(T)/musl-include.stamp $(T)/zlib.stamp $(T)/nettle.stamp $(T)/curl.stamp

$(A)/static/%.o: %.c $(STATIC_DEPS)
	$(call say,MUSL)mkdir -p $(@D) && $(MUSL_CC) $(CPPFLAGS_ALL) $(STATIC_CFLAGS) -MMD -MP -c -o $@ $<

define static_rule
$(A)/bin/$(2): $(patsubst %.c,$(A)/static/%.o,$(1)/main.c $(call sources,$(1)) \
		$(foreach r,$(filter initramfs/%,$(below.$(1))),$(call sources,$(r))) $(STATIC_SHARED))
	$$(call say,LINK)mkdir -p $$(@D) && $$(MUSL_CC) -static -Wl,--gc-sections -o $$@.debug $$^ $$(STATIC_LIBS) && \
	    $(CROSS)strip -o $$@ $$@.debug
endef
$(foreach p,$(STATIC_PROGRAMS),$(eval $(call static_rule,$(call folder,$(p)),$(call program,$(p)))))

$(patsubst %.c,$(A)/static/%.o,$(wildcard initramfs/https/tls/*.c)): $(T)/curl-tls.stamp
define static_tls_rule
$(A)/bin/$(2)-tls: $(patsubst %.c,$(A)/static/%.o,$(1)/main.c $(call sources,$(1)) \
		$(foreach r,$(filter-out initramfs/https,$(filter initramfs/%,$(below.$(1)))),$(call sources,$(r))) \
		$(call sources,initramfs/https/tls) $(STATIC_SHARED))
	$$(call say,LINK)mkdir -p $$(@D) && $$(MUSL_CC) -static -Wl,--gc-sections -o $$@.debug $$^ $$(STATIC_LIBS_TLS) && \
	    $(CROSS)strip -o $$@ $$@.debug
endef
$(foreach p,$(STATIC_PROGRAMS),$(eval $(call static_tls_rule,$(call folder,$(p)),$(call program,$(p)))))

# --- images ---------------------------------------------------------------------------------------

# images/image.sh makes one; the lab's is of Debian's own kernel and the lab OS.
LAB := build/images/lab
IMAGE_PARTS := $(STATIC_BINS) $(T)/busybox.stamp $(T)/kexec.stamp images/image.sh images/modules.sh images/tree.sh \
	images/nics.list initramfs/capture/init

$(T)/busybox.stamp: initramfs/capture/busybox.config tests/lab/busybox.config

images: need-image
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) $(LAB)/image.conf

# (a rule of its own, so that it is fetched while the compilers run)
KERNEL := build/kernel/own-amd64.release
$(KERNEL): images/kernel.sh
	$(call say,FETCH)mkdir -p build/kernel && sh $< --headers build/kernel >build/kernel.log 2>&1 || \
	    { tail -n 5 build/kernel.log >&2; exit 1; }
	$(Q)touch $@

$(LAB)/image.conf: $(IMAGE_PARTS) $(KERNEL) tests/lab/lab.sh images/kernel.sh $(wildcard tests/lab/*.* tests/lab/init tests/lab/module/*)
	$(call say,IMAGE)mkdir -p build/images && sh tests/lab/lab.sh build/kernel $(LAB) 2>build/images/lab.log || \
	    { tail -n 5 build/images/lab.log >&2; exit 1; }

# --- capture kernel ---

# The small one, from Debian's source, some minutes; kept by the hash of what it is made of. TIER=2: the
# larger one. And the lab's image with it, for the tests of check-full.
CAPTURE_KERNEL := build/capture-kernel
LAB_SMALL := build/images/lab-small

.PHONY: capture-kernel
capture-kernel:
	$(Q)sh images/need.sh kernel
	$(Q)JOBS=$(JOBS) sh images/capture-kernel.sh $(CAPTURE_KERNEL) $(TIER)

$(LAB_SMALL)/image.conf: $(LAB)/image.conf $(CAPTURE_KERNEL)/tier1/bzImage
	$(call say,IMAGE)sh tests/lab/lab.sh build/kernel $(LAB_SMALL) '' --capture small 2>build/images/lab-small.log || \
	    { tail -n 5 build/images/lab-small.log >&2; exit 1; }

# The same with the larger one, and both with the kernels that they need.
LAB_TIER2 := build/images/lab-tier2

$(LAB_TIER2)/image.conf: $(LAB)/image.conf $(CAPTURE_KERNEL)/tier2/bzImage
	$(call say,IMAGE)sh tests/lab/lab.sh build/kernel $(LAB_TIER2) '' --capture small:$(CAPTURE_KERNEL)/tier2 \
	    2>build/images/lab-tier2.log || { tail -n 5 build/images/lab-tier2.log >&2; exit 1; }

.PHONY: lab-small lab-tier2
lab-small:
	$(Q)$(MAKE) --no-print-directory capture-kernel
	$(Q)$(MAKE) --no-print-directory $(LAB_SMALL)/image.conf

lab-tier2:
	$(Q)$(MAKE) --no-print-directory capture-kernel TIER=2
	$(Q)$(MAKE) --no-print-directory $(LAB_TIER2)/image.conf

# The real Debian of the end-to-end tests; needs root, without it those tests skip.
DEBIAN := build/debian/release

debian: need-check images
	$(Q)if [ "$$(id -u)" = 0 ]; then $(MAKE) --no-print-directory build/images/debian/image.conf \
	    build/images/debian-dracut/image.conf; else echo '  SKIP    the real Debian: needs root'; fi

$(DEBIAN): tests/debian/debian.sh $(wildcard tests/debian/*) $(LAB)/image.conf
	$(call say,DEBIAN)sh tests/debian/debian.sh build/debian $(LAB)/lab_die.ko 2>build/debian.log || \
	    { tail -n 5 build/debian.log >&2; exit 1; }

debian_image = sh images/image.sh --kernel build/kernel/$$(cat $(DEBIAN)) --initrd build/debian/$(1).img --out $(@D) \
	2>build/images/$(1).log || { tail -n 5 build/images/$(1).log >&2; exit 1; }

build/images/debian/image.conf: $(DEBIAN) $(IMAGE_PARTS)
	$(call say,IMAGE)$(call debian_image,initramfs-tools)
	$(Q)ln -f build/debian/root.squashfs $(@D)/

build/images/debian-dracut/image.conf: $(DEBIAN) $(IMAGE_PARTS)
	$(call say,IMAGE)$(call debian_image,dracut)

# --- our own iPXE ---

# From Debian's source package, kept by the hash of what it is made of; served instead of Debian's
# ready-made one once it is here. CONSOLE=ttyS1,115200n8 URL=http://SERVER:8080 TRUST=CA.pem: images/ipxe.sh.
IPXE := build/ipxe

.PHONY: ipxe
ipxe:
	$(Q)sh images/need.sh ipxe
	$(Q)JOBS=$(JOBS) URL='$(URL)' PORT='$(PORT)' CONSOLE='$(CONSOLE)' TRUST='$(TRUST)' IPXE_SOURCE='$(IPXE_SOURCE)' \
	    sh images/ipxe.sh $(IPXE)

# The guest of the bench beside kdump-tools, and the image of its kernel and initrd; needs root.
KDUMP := build/kdump/release

$(KDUMP): tests/bench/kdump-guest.sh $(wildcard tests/debian/*) | $(LAB)/image.conf
	$(call say,DEBIAN)sh $< $(@D) $(LAB)/lab_die.ko >build/kdump.log 2>&1 || { tail -n 5 build/kdump.log >&2; exit 1; }

.PHONY: kdump-guest
kdump-guest: capture-kernel
	$(Q)[ "$$(id -u)" != 0 ] || $(MAKE) --no-print-directory build/images/kdump/image.conf

build/images/kdump/image.conf: $(KDUMP) $(IMAGE_PARTS) $(CAPTURE_KERNEL)/tier1/bzImage
	$(call say,IMAGE)sh images/image.sh --kernel build/kdump/root --initrd build/kdump/initrd.img --capture small \
	    --out $(@D) 2>build/images/kdump.log || { tail -n 5 build/images/kdump.log >&2; exit 1; }

# --- tests ----------------------------------------------------------------------------------------

UNIT_TESTS := $(patsubst tests/unit/%.c,$(B)/tests/unit/%.t,$(wildcard tests/unit/*.c))

$(B)/tests/unit/%.t: $(B)/obj/tests/unit/%.o $(LIBS)
	$(call say,LINK)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $< $(LIBS) $(HOST_LIBS) -lpq

$(B)/tests/lib/%: tests/lib/%.c
	$(call say,LINK)mkdir -p $(@D) && $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $<

# a test BMC, which has a folder
$(B)/tests/lib/bmc: $(call objects,$(wildcard tests/lib/bmc/*.c)) $(call libs,server/base)
	$(call say,LINK)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ -lnettle

# a store to measure with, of the rooms' own code, and what queries of it cost
ROOM_TOOLS := $(B)/tests/lib/mkstore $(B)/tests/lib/querytime $(B)/tests/lib/answer

$(B)/tests/lib/mkstore: $(call objects,$(wildcard tests/lib/mkstore/*.c))
$(B)/tests/lib/querytime: $(call objects,$(wildcard tests/lib/querytime/*.c))
$(B)/tests/lib/answer: $(call objects,$(wildcard tests/lib/answer/*.c))
$(ROOM_TOOLS): $(LIBS)
	$(call say,LINK)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(LIBS) $(HOST_LIBS)

$(B)/tests/vmcore/%: tests/vmcore/%.c $(wildcard tests/vmcore/*.h tests/unit/autopsy_*.h)
	$(call say,LINK)mkdir -p $(@D) && $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(TEST_WARN) $(LDFLAGS_ALL) -o $@ $<

# headers of tests hold more than each test uses
TEST_WARN := -Wno-unused-function -Wno-write-strings -Wno-discarded-qualifiers
$(B)/obj/tests/%.o: WARN += $(TEST_WARN)

TEST_TOOLS := $(patsubst %.c,$(B)/%,$(wildcard tests/lib/*.c tests/vmcore/*.c)) $(B)/tests/lib/bmc $(ROOM_TOOLS)
FUZZ_TARGETS := $(filter-out replay,$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))
FUZZ_REPLAYS := $(patsubst %,$(B)/tests/fuzz/%,$(FUZZ_TARGETS))

# a fuzz target with a main that gives it the corpus, for make check
$(B)/tests/fuzz/%: $(B)/obj/tests/fuzz/%.o $(B)/obj/tests/fuzz/replay.o $(LIBS)
	$(call say,LINK)mkdir -p $(@D) && $(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(LIBS) $(HOST_LIBS)

# The browser's long test first, then what needs no machine to boot, then machines.
TEST_DIRS := $(B)/tests/unit tests/unit tests/fuzz tests/cli tests/title tests/vmcore tests/collector tests/console tests/cgi tests/relay
TESTS := $(if $(SAN),$(TEST_DIRS),tests/browser $(TEST_DIRS) tests/e2e)

test-programs: programs $(NATIVE_BINS) $(UNIT_TESTS) $(TEST_TOOLS) $(FUZZ_REPLAYS)

# The browser's driver, at the versions and hashes of package-lock.json. Without npm, or what it would fetch, the tests of the
# pages skip. (Node has certificates of its own, but a proxy's may be among the system's.)
BROWSER := build/browser/driver.stamp

$(BROWSER): tests/browser/package.json tests/browser/package-lock.json
	$(call say,NPM)mkdir -p $(@D) && cp $^ $(@D)/ && cd $(@D) && \
	    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1 || \
	    echo '  SKIP    the pages in a browser: npm could not fetch its driver ($(@D)/npm.log)'
	$(Q)[ ! -d $(@D)/node_modules ] || touch $@

# The one run that counts: prove prints its own closing lines last.
check: need-check
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) test-programs
	$(if $(SAN),,$(Q)$(MAKE) --no-print-directory images debian $(BROWSER))
	$(Q)LASTWORDS_BIN=$(CURDIR)/$(B)/bin LASTWORDS_BUILD=$(CURDIR)/$(B) \
	    LASTWORDS_DMESG=$(CURDIR)/$(if $(SAN),$(B)/bin/native,build/bin)/lastwords-dmesg \
	    LASTWORDS_AUTOPSY=$(CURDIR)/$(if $(SAN),$(B)/bin/native,build/bin)/lastwords-autopsy \
	    LASTWORDS_TOOLS=$(CURDIR)/$(B)/tests prove --jobs $(JOBS) --timer \
	    $(if $(V),--verbose) $(TESTS)

# The same tests under ASan and UBSan, other kernels and machines, then every mutation the fuzzers find
# in a minute each.
check-full: check
	$(Q)$(MAKE) --no-print-directory SAN=1 check
	$(Q)sh images/need.sh full
	$(Q)$(MAKE) --no-print-directory arm64
	$(Q)$(MAKE) --no-print-directory lab-small
	$(Q)$(MAKE) --no-print-directory lab-tier2
	$(Q)prove --timer $(if $(V),--verbose) tests/slow
	$(Q)$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=60

# N machines die at random, one after the other (some 20 s each); 99 of 100 must leave a whole record.
# SEED repeats a run. Not for CI.
N ?= 300
SEED ?=

.PHONY: campaign
campaign: need-check
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) test-programs
	$(Q)$(MAKE) --no-print-directory images
	$(Q)$(MAKE) --no-print-directory capture-kernel
	$(Q)$(MAKE) --no-print-directory $(LAB_SMALL)/image.conf
	$(Q)sh tests/slow/campaign.sh $(N) $(SEED)

# All attacks at once against a server with machines of its own, on loopback. Not for CI.
MINUTES ?= 30

.PHONY: soak
soak: need-check
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) test-programs
	$(Q)LASTWORDS_BIN=$(CURDIR)/$(B)/bin LASTWORDS_TOOLS=$(CURDIR)/$(B)/tests sh tests/slow/soak.sh $(MINUTES)

FUZZ_SECONDS ?= 600
FUZZ_CFLAGS := -g -O1 -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all

fuzz:
	$(Q)sh images/need.sh build fuzz
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) B=build/fuzz CC=clang CFLAGS='$(FUZZ_CFLAGS)' fuzz-run

fuzz-run: $(patsubst %,build/fuzz/run/%,$(FUZZ_TARGETS))
	$(Q)for t in $(FUZZ_TARGETS); do \
		echo "  FUZZ    $$t, $(FUZZ_SECONDS) s"; mkdir -p build/fuzz/corpus/$$t; \
		build/fuzz/run/$$t -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		    -artifact_prefix=build/fuzz/$$t- build/fuzz/corpus/$$t tests/fuzz/corpus/$$t \
		    >build/fuzz/$$t.log 2>&1 || { tail -n 30 build/fuzz/$$t.log; exit 1; }; \
		grep number_of_executed build/fuzz/$$t.log; \
	done

build/fuzz/run/%: build/fuzz/obj/tests/fuzz/%.o $(LIBS)
	$(call say,LINK)mkdir -p $(@D) && clang $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $< $(LIBS) $(HOST_LIBS)

lint:
	$(Q)sh images/need.sh lint
	$(Q)clang-format --dry-run -Werror $$(git ls-files '*.c' '*.h' | grep -v '^tests/lab/module/')
	$(Q)git ls-files | while read -r f; do head -c 40 "$$f" | head -n 1 | grep -q '^#!/bin/.*sh' && echo "$$f"; done | \
	    xargs shellcheck -x -S warning && shellcheck -s sh -S warning tests/lib/*.sh initramfs/recipes/*.sh tests/debian/*.sh
	$(Q)mandoc -Tlint -W warning $(MANUALS)

demo:
	$(Q)sh images/need.sh demo
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) programs $(B)/tests/lib/free-ports
	$(Q)$(MAKE) --no-print-directory images
	$(Q)STAY='$(STAY)' sh tests/demo/demo.sh

# --- bench ----------------------------------------------------------------------------------------

# Figures, the peer's beside; BENCH_RUNS of each. Not a test: wall times are of this machine and moment.
# BENCH=collector, say: only that one of tests/bench. CAPTURE_RUNS=2, say: fewer deaths for each capture's
# memory; CAPTURE_MACHINES: of which. peers and console need root.
# BENCH="relay central": the central database, which takes an hour (SERVERS=20 MACHINES=10000, CRASHES=100000: less).
BENCH_RUNS ?= 3
BENCH ?= dmesg autopsy collector console requests pages bisect repro capture-memory run peers

bench:
	$(Q)sh images/need.sh bench
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) programs $(B)/tests/lib/free-ports $(B)/tests/lib/peak \
	    $(B)/tests/vmcore/mkvmcore $(B)/tests/lib/packet-pace $(B)/tests/lib/bmc $(B)/tests/lib/ipxe-lint $(B)/tests/lib/mkstore $(B)/tests/unit/repro_simulation.t
	$(Q)$(MAKE) --no-print-directory images
	$(if $(filter capture-memory,$(BENCH)),$(Q)$(MAKE) --no-print-directory lab-small)
	$(if $(filter peers,$(BENCH)),$(Q)$(MAKE) --no-print-directory kdump-guest)
	$(Q)failed=; for b in $(BENCH); do \
		[ -e tests/bench/$$b.sh ] || { echo "lastwords: there is no tests/bench/$$b.sh; BENCH names some of them" >&2; exit 2; }; \
		BENCH_RUNS=$(BENCH_RUNS) sh tests/bench/$$b.sh || failed="$$failed $$b"; \
	done; \
	[ -z "$$failed" ] || { echo "lastwords: not all could be measured of:$$failed; the lines above say why" >&2; exit 1; }

# --- installing -----------------------------------------------------------------------------------

MANUALS := $(wildcard */*/*.[1578])

# Programs, the capture's parts and recipes, manuals, an example configuration and the unit.
install: programs $(T)/busybox.stamp $(T)/kexec.stamp
	$(Q)install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/lastwords $(DESTDIR)$(SYSCONFDIR)/lastwords \
	    $(DESTDIR)$(PREFIX)/lib/systemd/system $(addprefix $(DESTDIR)$(PREFIX)/share/lastwords/,etc ipxe images capture web/templates web/static web/errors) \
	    $(addprefix $(DESTDIR)$(PREFIX)/share/man/man,1 5 7 8) \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	$(Q)install $(HOST_BINS) $(DESTDIR)$(PREFIX)/bin/
	$(Q)ln -sf ../lib/lastwords/lastwords-dmesg $(DESTDIR)$(PREFIX)/bin/lastwords-dmesg
	$(Q)ln -sf lastwords-dmesg $(DESTDIR)$(PREFIX)/bin/lastwords-autopsy
	$(Q)install $(filter-out %-autopsy,$(STATIC_BINS)) $(T)/bin/busybox $(T)/bin/kexec $(DESTDIR)$(PREFIX)/lib/lastwords/
	$(Q)for f in build/arm64/bin/lastwords-arm build/arm64/bin/lastwords-arm-tls build/arm64/bin/lastwords-dmesg build/arm64/bin/lastwords-dmesg-tls \
	    build/arm64/third-party/bin/kexec build/arm64/third-party/bin/busybox build/arm64/third-party/bin/busybox.links; do \
	    [ ! -e $$f ] || install -D $$f $(DESTDIR)$(PREFIX)/lib/lastwords/arm64/$${f##*/}; done
	$(Q)install -m 644 server/etc/lighttpd*.conf.in $(DESTDIR)$(PREFIX)/share/lastwords/etc/
	$(Q)install -d $(DESTDIR)$(PREFIX)/share/lastwords/etc/verified
	$(Q)install -m 644 server/etc/verified/* $(DESTDIR)$(PREFIX)/share/lastwords/etc/verified/
	$(Q)install -m 644 ipxe/boot.ipxe ipxe/*.conf.in $(DESTDIR)$(PREFIX)/share/lastwords/ipxe/
	$(Q)install -m 644 cgi/web/errors/* $(DESTDIR)$(PREFIX)/share/lastwords/web/errors/
	$(Q)install -m 644 cgi/web/templates/* $(DESTDIR)$(PREFIX)/share/lastwords/web/templates/
	$(Q)install -m 644 cgi/web/static/* $$(ls build/web/uPlot.* 2>/dev/null) $(DESTDIR)$(PREFIX)/share/lastwords/web/static/
	$(Q)install images/image.sh images/estimate.sh $(DESTDIR)$(PREFIX)/share/lastwords/images/
	$(Q)install -m 644 images/modules.sh images/tree.sh images/nics.list $(DESTDIR)$(PREFIX)/share/lastwords/images/
	$(Q)for f in tier1/bzImage tier1/config tier1/made tier2/bzImage tier2/config tier2/made; do \
	    [ ! -e $(CAPTURE_KERNEL)/$$f ] || install -D -m 644 \
	    $(CAPTURE_KERNEL)/$$f $(DESTDIR)$(PREFIX)/lib/lastwords/capture-kernel/$$f; done
	$(Q)for f in undionly.kpxe snponly.efi ipxe.efi; do [ ! -e $(IPXE)/current/$$f ] || install -D -m 644 \
	    $(IPXE)/current/$$f $(DESTDIR)$(PREFIX)/lib/lastwords/ipxe/$$f; done
	$(Q)install initramfs/capture/init $(DESTDIR)$(PREFIX)/share/lastwords/capture/
	$(Q)sed 's#/usr/bin/#$(PREFIX)/bin/#' server/etc/lastwords.service >$(DESTDIR)$(PREFIX)/lib/systemd/system/lastwords.service
	$(Q)chmod 644 $(DESTDIR)$(PREFIX)/lib/systemd/system/lastwords.service
	$(Q)install -m 644 -D server/etc/sysusers.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/lastwords.conf
	$(Q)install -m 644 -D server/etc/sysctl.conf $(DESTDIR)$(PREFIX)/lib/sysctl.d/60-lastwords.conf
	$(Q)[ -e $(DESTDIR)$(SYSCONFDIR)/lastwords/lastwords.conf ] || \
	    install -m 644 server/etc/lastwords.conf $(DESTDIR)$(SYSCONFDIR)/lastwords/
	$(Q)for m in $(MANUALS); do install -m 644 $$m $(DESTDIR)$(PREFIX)/share/man/man$${m##*.}/; done
	$(Q)$(B)/bin/lastwords completion bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/lastwords
	$(Q)chmod 644 $(DESTDIR)$(PREFIX)/share/bash-completion/completions/lastwords

# The manuals as pages: build/html/index.html.
html:
	$(Q)sh images/need.sh html
	$(call say,HTML)sh server/etc/html/html.sh build/html $(MANUALS)

# Packages for this machine's Debian, to build/*.deb: server/etc/deb/build.sh. CAPTURE=: without the capture
# kernels, which take some 12 minutes each the first time.
CAPTURE ?= 1 2

deb:
	$(Q)sh images/need.sh build $(if $(CAPTURE),kernel)
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) programs
	$(Q)for t in $(CAPTURE); do [ -e $(CAPTURE_KERNEL)/tier$$t/bzImage ] || \
	    echo "  BUILD   capture kernel, tier $$t: some 12 minutes on 2 cores, once"; \
	    $(MAKE) --no-print-directory capture-kernel TIER=$$t || exit; done
	$(Q)rm -rf build/deb build/lastwords*.deb && umask 022 && $(MAKE) --no-print-directory install PREFIX=/usr DESTDIR=build/deb
	$(if $(CAPTURE),,$(Q)rm -rf build/deb/usr/lib/lastwords/capture-kernel)
	$(call say,DEB)sh server/etc/deb/build.sh build/deb build $(VERSION)

# --- installing what is missing -------------------------------------------------------------------

need-build need-image need-check:
	$(Q)sh images/need.sh $(@:need-%=%)

-include $(shell find $(B)/obj $(A)/static -name '*.d' 2>/dev/null)

clean:
	rm -rf build

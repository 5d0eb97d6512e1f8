# tinygrad for Lua. `make help` lists the targets.

# --- What you may set: make LUA=lua5.1 PREFIX=$HOME/.local install ---------

# The Lua to build for: 5.4, under the first of its usual names. A plain `lua`
# may be of any version, which it is asked for.
ifeq ($(origin LUA), undefined)
LUA := $(or $(shell for lua in lua5.4 lua54 lua-5.4 lua; do \
    test "$$($$lua -e 'io.write(_VERSION)' 2>&1)" = "Lua 5.4" && \
      echo $$lua && break; \
  done), lua5.4)
endif
PREFIX ?= /usr/local
CFLAGS ?= -O2 -g
WARNINGS ?= -Wall -Wextra -pedantic -Wshadow
C_STANDARD ?= -std=c99
# SPEC: the spec files to run (default: all).
# ARGS: arguments for busted, or for the bench.
BENCH ?= suite
# RUN: a command by which Lua and hosts are run (a debugger, valgrind ...).
# V=1: prints the commands instead of a line for each file.

# $(call say,WHAT,FILE): begins a command that is printed as this line. `make
# -s` prints neither.
ifneq ($(findstring s, $(firstword -$(MAKEFLAGS))),)
say = @
tell = @:
else
say = $(if $(filter 1, $(V)),,@printf '%-8s %s\n' '$(1)' '$(2)';) #
tell = @printf '%s\n'
endif

# --- The chosen Lua --------------------------------------------------------

# Three words about the chosen Lua: its tag (lua5.4, luajit ...), version, and
# LUA_VERSION_NUM.
ABOUT := $(shell $(LUA) -e ' \
  local major, minor = _VERSION:match("(%d+)%.(%d+)") \
  local version = major .. "." .. minor \
  print(rawget(_G, "jit") and "luajit" or "lua" .. version, version, \
        major .. "0" .. minor)' 2>/dev/null)
TAG := $(word 1, $(ABOUT))
LUA_VERSION := $(word 2, $(ABOUT))
LUA_NUM := $(word 3, $(ABOUT))

# The chosen Lua's names in pkg-config and among libraries, likeliest first.
ifeq ($(TAG), luajit)
PACKAGES := luajit
LIBRARIES := luajit-5.1
else
PACKAGES := $(foreach v, $(LUA_VERSION), lua$v lua-$v lua$(subst .,,$v) lua)
LIBRARIES := $(PACKAGES)
endif

# LUA_INCDIR is the first directory whose lua.h has the chosen Lua's version.
LUA_PREFIX := $(shell \
  lua=$$(command -v $(LUA)) && cd "$$(dirname "$$lua")/.." && pwd)
ifeq ($(LUA_INCDIR),)
LUA_INCDIR := $(shell \
  own=$$(for p in $(PACKAGES); do pkg-config --cflags-only-I $$p; done \
         2>/dev/null | sed 's/-I//g'); \
  prefix='$(LUA_PREFIX)/include'; \
  for d in "$$prefix/$(TAG)" "$$prefix/luajit-2.1" "$$prefix" $$own \
      /usr/include/$(TAG) /usr/include/luajit-2.1 /usr/include; do \
    test "$(TAG)" = luajit && test ! -f "$$d/luajit.h" && continue; \
    grep -Eqs 'LUA_VERSION_NUM.*($(LUA_NUM)|MAJOR)' "$$d/lua.h" && \
      (cd "$$d" && pwd) && break; \
  done)
endif

# The library of Lua, static if there is one. Only C programs link it: modules
# find Lua's functions in the interpreter.
LUA_LIB ?= $(or $(firstword $(foreach l, $(LIBRARIES), \
  $(wildcard $(LUA_PREFIX)/lib/lib$l.a) \
  $(filter /%, $(shell $(CC) -print-file-name=lib$l.a)))), \
  -l$(firstword $(LIBRARIES)))

# --- Files and flags -------------------------------------------------------

BUILD := build/$(or $(TAG),none)
CORE := $(BUILD)/tinygrad/core.so
KERNELS := $(dir $(CORE))kernels$(suffix $(CORE))
# The sources are all files in these folders. (The rockspec must list them:
# `make generated` writes its lists.)
SOURCES := $(sort $(shell find csrc/engine csrc/binding -name '*.c'))
HEADERS_OF_ALL := $(shell find csrc -name '*.h' -o -name '*.def')
MODULES := $(shell cd lua && find tinygrad -name '*.lua' | LC_ALL=C sort)
# The files kernels.c are a module of their own, with the files that it shares
# with the core.
KERNELS_SOURCES := $(filter %/kernels.c, $(SOURCES)) \
  csrc/engine/numeric/ieee.c csrc/engine/numeric/numeric.c
CORE_SOURCES := $(filter-out %/kernels.c, $(SOURCES))
# One build of the engine serves all Luas, as it includes nothing of Lua.
ENGINE := build/engine
objects = $(patsubst csrc/engine/%.c, $(ENGINE)/%.o, \
  $(patsubst csrc/binding/%.c, $(BUILD)/binding/%.o, $(1)))
OBJECTS := $(call objects, $(SOURCES))
ENGINE_OBJECTS := $(filter $(ENGINE)/%, $(OBJECTS))
CORE_OBJECTS := $(call objects, $(CORE_SOURCES))
KERNELS_OBJECTS := $(call objects, $(KERNELS_SOURCES))

COMPILE_ENGINE = $(CC) $(C_STANDARD) $(WARNINGS) $(CFLAGS) -fPIC \
  -fvisibility=hidden $(CPPFLAGS) -Icsrc
COMPILE = $(COMPILE_ENGINE) -I$(LUA_INCDIR)
# The engine needs no unwind tables: Lua's errors, which are C++ exceptions on
# some Luas, pass through the binding but never through the engine.
UNWIND ?= -fno-asynchronous-unwind-tables
ifeq ($(shell uname), Darwin)
SHARED := -bundle -undefined dynamic_lookup
else
# Modules stay loaded until the process ends: when Lua 5.1 and LuaJIT close a
# state, they unload modules before they run finalisers, which may call a
# module's functions. A module calls its own functions even if a host exports
# functions of the same names.
STAY := -Wl,-z,nodelete -Wl,-Bsymbolic
SHARED := -shared $(if $(filter %.so, $(CORE)), $(STAY))
EXPORT := -Wl,-E
# Relocations are packed if the linker and the system's loader know how, which a
# small program tries. Tables hold pointers, and a relocation that is not packed
# takes 24 bytes.
PACKED := -Wl,-z,pack-relative-relocs
PACK = $(shell exec 2>/dev/null; program=$$(mktemp) && \
  echo 'int x; int *p = &x; int main(void) { return p != &x; }' | \
  $(CC) -fPIC -pie $(PACKED),--fatal-warnings -o "$$program" -x c - && \
  "$$program" && echo $(PACKED); rm -f "$$program")
endif
# On some systems, threads are in a library beside libc.
LIBS := -lm $(if $(filter %.dll, $(CORE)),,-pthread)
LINK_SHARED = $(CC) $(CFLAGS) $(LDFLAGS) $(SHARED) $(PACK)
LINK_HOST = $(COMPILE) $(LDFLAGS) $(EXPORT)

# Programs in the recipes find this tree first, and then what you have set. (A
# variable LUA_PATH_5_4 would hide LUA_PATH, and is merged into it.)
suffix := _$(subst .,_,$(LUA_VERSION))
HIDING := $(strip \
  $(foreach v, LUA_PATH$(suffix) LUA_CPATH$(suffix), $(if $($v),$v)))
LUA_PATH_BEFORE := $(or $(LUA_PATH$(suffix)),$(LUA_PATH),;)
LUA_CPATH_BEFORE := $(or $(LUA_CPATH$(suffix)),$(LUA_CPATH),;)
export LUA_PATH := \
  $(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;$(LUA_PATH_BEFORE)
export LUA_CPATH := \
  $(abspath $(BUILD))/?$(suffix $(CORE));$(LUA_CPATH_BEFORE)
unexport LUA_PATH$(suffix) LUA_CPATH$(suffix)

# --- Building --------------------------------------------------------------

.PHONY: all engine amalgamation library run test setup env smoke example specs bench \
  bench-report instructions host hosts faults suite run-suite coverage threads \
  generated mutants fuzz scale linear fmt lint doc install uninstall clean help FORCE

BUILT := $(CORE) $(KERNELS)

all: $(BUILT) ## build for the chosen Lua, into build/ (the default)
	$(tell) 'Built for $(LUA), in $(BUILD). Next: make example; make test;' \
	  'make install; make help lists more.'

$(CORE): $(CORE_OBJECTS)
$(KERNELS): $(KERNELS_OBJECTS)
$(CORE) $(KERNELS):
	@mkdir -p $(@D)
	$(call say,link,$@)$(LINK_SHARED) -o $@ $^ $(LDLIBS) $(LIBS)

$(BUILD)/%.o: csrc/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,compile,$<)$(COMPILE) -MMD -MP -c -o $@ $<

# This file changes, and everything is built anew, when a flag or the list of
# sources changes. It also checks that header and interpreter agree: a build for
# another Lua would crash.
$(BUILD)/flags: FORCE
	@test -n "$(TAG)" || { echo "No Lua found as '$(LUA)': make setup," \
	  "or choose another, as in make LUA=lua5.3" >&2; exit 1; }
	@test -n "$(LUA_INCDIR)" || { echo "No lua.h of $(TAG) found:" \
	  "make setup, or set LUA_INCDIR" >&2; exit 1; }
	@command -v $(firstword $(CC)) >/dev/null || { echo "No C compiler" \
	  "'$(firstword $(CC))': make setup, or set CC" >&2; exit 1; }
	@mkdir -p $(@D)
	@echo '$(FLAGS)' | cmp -s - $@ || if $(agree); then \
	  echo '$(FLAGS)' > $@; \
	  else echo "$(LUA) is Lua $(LUA_VERSION), but $(LUA_INCDIR)/lua.h" \
	    "is not (above): set LUA_INCDIR" >&2; exit 1; fi

FLAGS = $(COMPILE) $(LDFLAGS) $(SOURCES)
agree = printf '%s\n' '\#include "lua.h"' \
  '\#if LUA_VERSION_NUM != $(LUA_NUM)' '\#error another Lua' '\#endif' \
  'extern int unused;' | \
  $(filter-out --coverage, $(COMPILE)) -fsyntax-only -x c -

-include $(OBJECTS:.o=.d)

# --- The engine alone ------------------------------------------------------

# These targets need neither Lua's interpreter nor its header.
engine: $(ENGINE)/libtinygrad.a ## build libtinygrad.a, which needs no Lua

$(ENGINE)/libtinygrad.a: $(ENGINE_OBJECTS)
	$(call say,archive,$@)rm -f $@ && $(AR) rcs $@ $^

$(ENGINE)/%.o: csrc/engine/%.c $(ENGINE)/flags
	@mkdir -p $(@D)
	$(call say,compile,$<)$(COMPILE_ENGINE) $(UNWIND) -MMD -MP -c -o $@ $<

$(ENGINE)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(COMPILE_ENGINE) $(UNWIND)' | cmp -s - $@ || \
	  echo '$(COMPILE_ENGINE) $(UNWIND)' > $@

$(ENGINE)/saved: examples/embed/saved.c examples/embed/lbfgs.c \
    examples/embed/lbfgs.h $(ENGINE)/libtinygrad.a csrc/tinygrad.h
	$(call say,link,$@)$(COMPILE_ENGINE) $(LDFLAGS) -pthread -o $@ $(filter %.c %.a, $^) -lm

# --- All of it -------------------------------------------------------------

# Engine, binding and Lua modules, as one C file and as a library.
AMALGAMATION := build/amalgamation
MODULES_C := build/modules.c
WHOLE := $(BUILD)/libtinygrad-$(TAG).a
LOADER := csrc/embed/loader.c

amalgamation: $(AMALGAMATION)/tinygrad.c ## write all as tinygrad.c, to be added to a host

$(AMALGAMATION)/tinygrad.c: csrc/embed/amalgamate.lua $(SOURCES) $(LOADER) \
    $(HEADERS_OF_ALL) $(MODULES:%=lua/%) LICENSE
	@mkdir -p $(@D)
	$(call say,write,$(@D))$(LUA) $< $(@D) $(MODULES_C) $(SOURCES) $(LOADER) $(MODULES:%=lua/%)

library: $(WHOLE) engine ## build a library of all, to be linked into a host

$(WHOLE): $(OBJECTS) $(BUILD)/embed/loader.o $(BUILD)/embed/modules.o
	$(call say,archive,$@)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/embed/modules.o: $(AMALGAMATION)/tinygrad.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(COMPILE) -Icsrc/embed -c -o $@ $(MODULES_C)

# --- Using -----------------------------------------------------------------

# `run` and `test` first install what is missing. They then call make again,
# since what make knows of the system may have changed.
run: setup-build ## run examples/complex.lua, after installing what it needs
	@$(MAKE) --no-print-directory example

test: setup-test ## install what the specs need, run them (SPEC=file: only these)
	@$(MAKE) --no-print-directory specs

setup: setup-test ## install what is missing (setup-gate: for lint and .ci/run)

setup-%:
	@.ci/setup $* $(LUA)

# Prints shell commands that set LUA_PATH and LUA_CPATH: to this tree, or to
# PREFIX if it was given. Earlier settings follow; `;;` keeps Lua's own paths.
quoted = '$(subst ','\'',$(1))'
ifeq ($(origin PREFIX), file)
ENV_PATH = $(LUA_PATH)
ENV_CPATH = $(LUA_CPATH)
else
INSTALLED = $(if $(filter /%, $(firstword $(PREFIX))),,$(CURDIR)/)$(PREFIX)
ENV_LUA = $(INSTALLED)/share/lua/$(LUA_VERSION)
ENV_PATH = $(ENV_LUA)/?.lua;$(ENV_LUA)/?/init.lua;$(LUA_PATH_BEFORE)
ENV_CPATH = $(INSTALLED)/lib/lua/$(LUA_VERSION)/?$(suffix $(CORE));$(LUA_CPATH_BEFORE)
endif

env: ## eval "$(make -s env)" lets Lua find this build (or PREFIX=...)
	@test -n "$(TAG)" || { echo "No Lua found as '$(LUA)'" >&2; exit 1; }
	@printf 'export %s=%s\n' LUA_PATH $(call quoted,$(call quoted,$(ENV_PATH))) \
	  LUA_CPATH $(call quoted,$(call quoted,$(ENV_CPATH)))
	@$(if $(HIDING),echo unset $(HIDING))

smoke: example ## build, run one example and one gradient check
	@$(RUN) $(LUA) spec/smoke.lua

example: $(BUILT)
	@$(RUN) $(LUA) examples/complex.lua

specs: export CC := $(CC)
specs: export LUA_INCDIR := $(LUA_INCDIR)
specs: $(BUILT) # some specs build C modules, with CC and LUA_INCDIR
	@$(RUN) $(LUA) spec/run.lua $(ARGS) $(SPEC)

bench: export CC := $(CC)
bench: export LUA_INCDIR := $(LUA_INCDIR)
bench: $(BUILT) ## measure (BENCH: spec/bench/run, programs, batch, fit ...)
	@set -e; for each in $(BENCH); do \
	  $(RUN) $(LUA) spec/bench/$$each.lua $(ARGS); \
	done

bench-report: export CC := $(CC)
bench-report: export LUA_INCDIR := $(LUA_INCDIR)
bench-report: $(BUILT) ## measure; table and bar charts into build/bench
	@mkdir -p build/bench
	@$(RUN) $(LUA) spec/bench/suite.lua --report=build/bench $(ARGS)

instructions: $(BUILT) ## count instructions of hot paths (ARGS=--update: new baseline)
	@LUA=$(LUA) CC='$(CC)' spec/bench/callgrind.sh $(or $(ARGS),--check)

# The hosts are C programs, linked with tinygrad's objects or libraries; `saved`
# has no Lua.
host: $(BUILT) $(addprefix $(BUILD)/, host minimise onefile) $(ENGINE)/saved
host: ## build and run the C hosts of examples/embed
	@$(RUN) $(BUILD)/host lua examples/embed/function.lua
	@$(RUN) $(BUILD)/minimise lua examples/embed/cost.lua
	@$(RUN) $(LUA) examples/embed/save.lua examples/embed/cost.lua \
	  $(BUILD)/cost.tgp
	@$(RUN) $(ENGINE)/saved $(BUILD)/cost.tgp 10 50 0
	@$(RUN) $(BUILD)/onefile examples/embed/sandboxed.lua

hosts: ## load tinygrad into Neovim, nginx, HAProxy and Nmap (spec/hosts)
	@spec/hosts/get.sh
	@spec/hosts/run.sh

# The sizes of the objects of engine and binding, smallest first, and of the
# stripped modules.
size: $(BUILT) ## report the sizes of the objects and of the stripped modules
	@size $(OBJECTS) | awk 'NR > 1 { sub(".*/", "", $$6); \
	  sum += $$4; print $$4 "\t" $$6 } END { print sum "\tall objects" }' | \
	  sort -n
	@for module in $(KERNELS) $(CORE); do \
	  strip -o $(BUILD)/stripped.so $$module; \
	  wc -c < $(BUILD)/stripped.so | tr '\n' '\t'; \
	  echo "the module $$(basename $$module)"; \
	done

sandboxes: $(BUILD)/sandbox ## run tinygrad in states that lack some of Lua's libraries
	@$(RUN) $(BUILD)/sandbox spec/embed/sandbox.lua

FAULTS := load.lua compile.lua api.lua data.lua fits.lua training.lua examples.lua

faults: $(BUILD)/faults ## fail each memory request in turn (spec/faults)
	@$(RUN) $(BUILD)/faults $(FAULTS)

# The build has small limits. The specs run under an allocator that checks all
# memory, with each collector; slow specs that test no C are left out.
SUITE_MODES ?= plain stop generational emergency
suite: ## run the specs in a build for tests (spec/faults/suite_host.c)
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/test ENGINE=build/engine/test \
	  CPPFLAGS='$(CPPFLAGS) -DTG_TEST' run-suite

run-suite: $(BUILD)/suite $(BUILD)/closing
	@$(RUN) $(BUILD)/closing spec/faults/closing.lua
	@for mode in $(SUITE_MODES); do \
	  echo "$$mode:"; LUA=$(LUA) $(BUILD)/suite $$mode spec/faults/suite.lua \
	    $(SPEC) || exit 1; done

threads: $(BUILD)/threads ## evaluate a Program on 8 threads (spec/threads)
	@$(RUN) $(BUILD)/threads

HOST_FILES := $(addprefix examples/embed/, embed.h lbfgs.h lbfgs.c)

$(BUILD)/host $(BUILD)/minimise: $(BUILD)/%: examples/embed/%.c \
    $(HOST_FILES) $(OBJECTS) csrc/tinygrad_lua.h
	$(call say,link,$@)$(LINK_HOST) -o $@ $< examples/embed/lbfgs.c $(OBJECTS) $(LUA_LIB) -lm -ldl

$(BUILD)/sandbox: spec/embed/sandbox.c $(WHOLE)
	$(call say,link,$@)$(LINK_HOST) -o $@ $< $(WHOLE) $(LUA_LIB) -lm -ldl

$(BUILD)/onefile: examples/embed/onefile.c $(WHOLE) csrc/tinygrad_lua.h
	$(call say,link,$@)$(LINK_HOST) -o $@ $< $(WHOLE) $(LUA_LIB) -lm -ldl

$(BUILD)/faults: spec/faults/fault_host.c spec/faults/memory.c \
    spec/faults/memory.h $(OBJECTS)
	$(call say,link,$@)$(LINK_HOST) -o $@ $(filter %.c, $^) $(OBJECTS) $(LUA_LIB) -lm -ldl

$(BUILD)/suite: spec/faults/suite_host.c spec/faults/memory.c \
    spec/faults/memory.h $(OBJECTS)
	$(call say,link,$@)$(LINK_HOST) -o $@ $(filter %.c, $^) $(OBJECTS) $(LUA_LIB) -lm -ldl

$(BUILD)/closing: spec/faults/closing_host.c $(OBJECTS)
	$(call say,link,$@)$(LINK_HOST) -o $@ $< $(OBJECTS) $(LUA_LIB) -lm -ldl

# Runs the specs on a build that counts which lines run. Lines of C that the
# hosts and the failing memory requests reach count, too. Fails if more than
# COVERAGE_MISSED lines are not reached.
COVERAGE_MISSED ?= 0
COVERED := build/coverage
COVERAGE_BUILD := BUILD=$(COVERED)/$(TAG) ENGINE=$(COVERED)/engine \
  CPPFLAGS=-DTG_NO_DISPATCH \
  CFLAGS='-O0 --coverage -fprofile-update=atomic'

coverage: $(COVERED)/lines.so ## tell which lines of C and Lua the specs do not reach
	@find $(COVERED) -name '*.gcda' -o -name '*.lines' | xargs rm -f
	@COVERAGE=$(abspath $(COVERED)) \
	  LUA_INIT='package.loadlib("$(abspath $<)", "luaopen_lines")()' \
	  $(MAKE) -s $(COVERAGE_BUILD) specs
	@TINYGRAD_SPEC_SCALE=1 $(MAKE) -s $(COVERAGE_BUILD) FAULTS=compile.lua \
	  faults > $(COVERED)/log
	@$(MAKE) -s $(COVERAGE_BUILD) FAULTS='load.lua api.lua data.lua' \
	  faults host sandboxes $(COVERED)/lanes >> $(COVERED)/log
	@$(COVERED)/lanes 1000 >> $(COVERED)/log
	@$(LUA) spec/tools/coverage.lua $(COVERED) \
	  $(subst lua,luac,$(LUA)) gcov $(COVERAGE_MISSED)

$(COVERED)/lanes: spec/lanes/accuracy.c csrc/engine/numeric/lanes.h
	$(call say,link,$@)$(LINK_HOST) -o $@ $< -lm

$(COVERED)/lines.so: spec/tools/lines.c
	@mkdir -p $(@D)
	$(CC) $(C_STANDARD) $(WARNINGS) -O2 -fPIC -I$(LUA_INCDIR) $(SHARED) \
	  -o $@ $<

mutants: export LUA_INCDIR := $(LUA_INCDIR)
mutants: ## change formulas of the table: specs must fail (MUTANTS=20: some)
	@$(LUA) spec/tools/mutants.lua $(MUTANTS)

# Each of FUZZERS runs for FUZZ_SECONDS, with clang and Lua 5.4:
#   load      damaged saved Programs
#   files     damaged files, for what reads files in Lua
#   snippets  random programs that use the API
#   reach     random calls of every function that Lua can reach
# FUZZ_SEED is libFuzzer's seed.
FUZZERS ?= load files snippets reach
FUZZ_SECONDS ?= 20
FUZZ_SEED ?= 1
FUZZ = clang -std=c99 -g -Icsrc -I$(LUA_INCDIR) -DTG_NO_DISPATCH -Wno-pass-failed \
  -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_OBJECTS := $(patsubst csrc/%.c, build/fuzz/%.o, $(SOURCES))

fuzz: $(FUZZERS:%=build/fuzz/%) ## feed tinygrad damaged files and absurd programs (spec/fuzz)
	@set -e; for each in $(FUZZERS); do mkdir -p build/corpus/$$each; \
	  build/fuzz/$$each -max_total_time=$(FUZZ_SECONDS) -max_len=4096 \
	  -seed=$(FUZZ_SEED) -rss_limit_mb=4096 -malloc_limit_mb=1024 -timeout=300 \
	  -artifact_prefix=build/$$each- -verbosity=0 -print_final_stats=1 \
	  build/corpus/$$each spec/fuzz/corpus/$$each; \
	done

scale: $(BUILT) ## run large graphs and Programs, and a long soak (spec/scale)
	$(RUN) $(LUA) spec/scale/work.lua backward 1e7
	$(RUN) $(LUA) spec/scale/work.lua compile 5e7
	$(RUN) $(LUA) spec/scale/work.lua gradient 1e7
	$(RUN) $(LUA) spec/scale/soak.lua 1800

linear: $(BUILT) # checks that work is linear, by instructions at two sizes
	LUA=$(LUA) spec/scale/linear.sh

# clang would take minutes to optimise the loops of these interpreters.
build/fuzz/engine/program/eval.o build/fuzz/engine/batch/block.o: FUZZ_LEVEL := -O0

build/fuzz/%.o: csrc/%.c $(HEADERS_OF_ALL)
	@mkdir -p $(@D)
	$(FUZZ) $(or $(FUZZ_LEVEL),-O1) -fsanitize=fuzzer-no-link -c -o $@ $<

build/fuzz/load: spec/fuzz/load.c $(FUZZ_OBJECTS)
	$(FUZZ) -O1 -fsanitize=fuzzer -o $@ $< \
	  $(filter-out %/program/save.o, $(filter build/fuzz/engine/%, $(FUZZ_OBJECTS))) -lm

build/fuzz/files build/fuzz/snippets build/fuzz/reach: build/fuzz/%: spec/fuzz/script.c \
    $(FUZZ_OBJECTS)
	$(FUZZ) -O1 -fsanitize=fuzzer -DFUZZ_SCRIPT='"$*"' -o $@ $^ \
	  $(LUA_LIB) -lm -ldl

$(BUILD)/threads: spec/threads/threads.c $(OBJECTS)
	$(LINK_HOST) -pthread -o $@ $< $(OBJECTS) $(LUA_LIB) -lm -ldl

# --- Looking after ---------------------------------------------------------

C_FILES := $(shell find csrc examples spec -name '*.[ch]' -o -name '*.[ch]pp')

fmt: ## lay out the C sources
	clang-format -i $(C_FILES)

lint: ## check layout and Lua sources
	clang-format --dry-run -Werror $(C_FILES)
	luacheck --quiet lua spec examples csrc
	luacheck --quiet --std rockspec - <tinygrad-scm-1.rockspec
	! grep -rnI '[[:space:]]$$' --exclude-dir=build --exclude-dir=.git .

INSTALL_LUA := $(DESTDIR)$(PREFIX)/share/lua/$(LUA_VERSION)
INSTALL_C := $(DESTDIR)$(PREFIX)/lib/lua/$(LUA_VERSION)

INSTALL_LIB := $(DESTDIR)$(PREFIX)/lib
INSTALL_H := $(DESTDIR)$(PREFIX)/include
HEADERS := tinygrad.h tinygrad_lua.h
VERSION = $(shell sed -n 's/.*TG_VERSION "\(.*\)"/\1/p' csrc/tinygrad.h)

# The chosen Lua's package in pkg-config; without one, the flags it would give.
LUA_PACKAGE = $(firstword $(shell for p in $(PACKAGES); do \
  pkg-config --modversion $$p 2>/dev/null | \
    grep -q '^$(if $(filter luajit, $(TAG)),2,$(LUA_VERSION))' && echo $$p; done))
LUA_FLAGS = $(if $(LUA_PACKAGE),,-I$(LUA_INCDIR))
LUA_LIBS = $(if $(LUA_PACKAGE),,$(LUA_LIB) -ldl)

# $(call package,NAME,DESCRIPTION,REQUIRES,CFLAGS,LIBS): writes a file for
# pkg-config.
package = printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$${prefix}/lib' \
  'includedir=$${prefix}/include' '' 'Name: $(1)' 'Description: $(2)' \
  'Version: $(VERSION)' 'Requires: $(3)' \
  'Cflags: -I$${includedir} $(4)' \
  'Libs: -L$${libdir} -l$(1) $(5) -lm -pthread' \
  > "$(INSTALL_LIB)/pkgconfig/$(1).pc"

install: $(BUILT) library ## install under PREFIX (/usr/local); DESTDIR is put before it
	@for f in $(MODULES); do \
	  mkdir -p "$(INSTALL_LUA)/$$(dirname $$f)" && \
	  install -m 644 lua/$$f "$(INSTALL_LUA)/$$f" || exit 1; \
	done
	@mkdir -p "$(INSTALL_C)/tinygrad"
	@install -m 755 $(CORE) $(KERNELS) "$(INSTALL_C)/tinygrad"
	@mkdir -p "$(INSTALL_LIB)/pkgconfig" "$(INSTALL_H)"
	@install -m 644 $(ENGINE)/libtinygrad.a $(WHOLE) "$(INSTALL_LIB)"
	@install -m 644 $(HEADERS:%=csrc/%) "$(INSTALL_H)"
	@$(call package,tinygrad,Programs from tinygrad: evaluation without Lua)
	@$(call package,tinygrad-$(TAG),All of tinygrad for hosts of $(TAG),$(LUA_PACKAGE),$(LUA_FLAGS),$(LUA_LIBS))
	$(tell) 'Installed under $(DESTDIR)$(PREFIX). Next:' \
	  '$(LUA) -e "print(require(\"tinygrad\").help())"'

uninstall: ## remove what install put there
	cd "$(INSTALL_LUA)" && rm -f $(MODULES)
	-find "$(INSTALL_LUA)/tinygrad" -depth -type d -exec rmdir {} \;
	cd "$(INSTALL_C)/tinygrad" && rm -f $(notdir $(CORE) $(KERNELS))
	-rmdir "$(INSTALL_C)/tinygrad"
	for l in tinygrad tinygrad-$(TAG); do \
	  rm -f "$(INSTALL_LIB)/lib$$l.a" "$(INSTALL_LIB)/pkgconfig/$$l.pc"; \
	done
	cd "$(INSTALL_H)" && rm -f $(HEADERS)

generated: $(BUILT) ## make anew what is made from other files (operation tables ...)
	@$(LUA) spec/tools/generated.lua
	@$(LUA) spec/tools/tutorial.lua

doc: $(BUILT) ## write the reference as HTML, into build/doc
	@mkdir -p build/doc
	@$(LUA) spec/tools/reference.lua build/doc
	@echo build/doc/index.html

clean: ## remove what was built
	rm -rf build tinygrad # luarocks leaves the folder tinygrad
	find csrc -name '*.o' -exec rm {} +

help: ## print this list
	@echo 'make [LUA=lua5.4] [TARGET]'
	@sed -n 's/^\([a-z-]*\):.*## /  \1#/p' Makefile | \
	  awk -F '#' '{ printf "%-15s %s\n", $$1, $$2 }'
	@echo 'Lua: $(or $(TAG),none), lua.h in $(or $(LUA_INCDIR),no place)'

print-%:
	@echo '$($*)'

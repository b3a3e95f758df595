# recpipe: `make help` explains the targets. Objects of each variant live apart, in build/VARIANT/ (build/VARIANT-clang/
# with CC=clang): release asan ubsan tsan valgrind fuzz.
VARIANT ?= release
ifeq ($(origin CC),default)
CC := gcc
endif
PREFIX ?= /usr/local
DESTDIR ?=
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
T ?=
FUZZ_S ?= 60
B := build/$(VARIANT)$(if $(findstring clang,$(CC)),$(if $(filter-out fuzz,$(VARIANT)),-clang))

WARN := -Wall -Wextra -Werror -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
OPT_release := -O3
OPT_asan := -O1 -g -fsanitize=address -fno-omit-frame-pointer
OPT_ubsan := -O1 -g -fsanitize=undefined -fno-sanitize-recover=all
OPT_tsan := -O1 -g -fsanitize=thread
OPT_valgrind := -O2 -g -include tests/valgrind.h
OPT_fuzz := -O1 -g -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
CPPFLAGS += -Isrc -D_GNU_SOURCE
CFLAGS += -std=c17 $(WARN) $(OPT_$(VARIANT)) -ffp-contract=off -pthread
LDLIBS += -lopenblas -llapacke -lcsv -lz -ljansson -lutf8proc -lstemmer -lnettle -lm

COMMANDS := $(filter-out command,$(patsubst src/cmd/%.c,%,$(wildcard src/cmd/*.c)))
LIB_SRC := $(filter-out src/cmd/%,$(wildcard src/*/*.c)) src/cmd/command.c
LIB_OBJ := $(LIB_SRC:src/%.c=$(B)/%.o)
BIN := $(COMMANDS:%=$(B)/bin/%)
UNIT := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/*.c tests/grad/*.c))
FUZZ := $(patsubst tests/fuzz/%.c,%,$(filter-out tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c)))
REPLAY := $(FUZZ:%=$(B)/tests/fuzz/%)
MAN := $(COMMANDS:%=build/man/recpipe-%.1) build/man/recpipe.1

all: $(BIN) $(B)/bin/recpipe links ## build the commands into bin/ (the default)
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile
	@echo '  Variables: VARIANT=asan|ubsan|tsan|valgrind  CC=clang  JOBS=N  T="PATTERN..." (tests to run)'
	@echo '             PREFIX=/usr/local  DESTDIR=  FUZZ_S=60 (seconds a fuzz target)'

demo: ## the whole loop on the bundled sample data
	@.ci/setup build
	@$(MAKE) -s --no-print-directory -j$(JOBS) all
	@data/demo
check: ## all set-up, then every test that needs only the distribution's packages
	@.ci/setup build check
	@$(MAKE) -s --no-print-directory -j$(JOBS) all tests
	@tests/run -b $(B) -j $(JOBS) $(T)
check-quick: all tests ## unit and command tests only, well under a minute
	@tests/run -b $(B) -j $(JOBS) unit cli
check-all: ## check, then again under each sanitizer, valgrind and clang, then the long tests
	@$(MAKE) --no-print-directory check lint
	@$(MAKE) --no-print-directory check CC=clang
	@for v in asan ubsan tsan valgrind; do $(MAKE) --no-print-directory check VARIANT=$$v || exit 1; done
	@tests/run -b $(B) -j 1 long
asan ubsan tsan valgrind: ## the tests, built for that checker
	@$(MAKE) --no-print-directory check VARIANT=$@
lint: all ## layers, registries, sizes, man pages, scripts
	@tests/lint
bench: all ## the benchmarks of tests/bench (not tests: no timed assertion)
	@for f in tests/bench/*.sh; do echo "== $$f"; sh "$$f" || exit 1; done
fuzz: ## every fuzz target for FUZZ_S seconds (clang)
	@$(MAKE) -s --no-print-directory -j$(JOBS) VARIANT=fuzz CC=clang $(FUZZ:%=build/fuzz/fuzz/%)
	@for f in $(FUZZ); do echo "== $$f"; mkdir -p build/fuzz/corpus/$$f; \
		build/fuzz/fuzz/$$f -max_total_time=$(FUZZ_S) -timeout=20 -rss_limit_mb=4096 -verbosity=0 -print_final_stats=1 \
			-artifact_prefix=build/fuzz/ build/fuzz/corpus/$$f $(wildcard tests/fuzz/$$f) || exit 1; done
install: all $(MAN) ## into $(DESTDIR)$(PREFIX): bin/recpipe, the commands behind it, man pages
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/libexec/recpipe" "$(DESTDIR)$(PREFIX)/share/man/man1"
	install -m 755 src/cmd/recpipe.sh "$(DESTDIR)$(PREFIX)/bin/recpipe"
	install -m 755 $(BIN) "$(DESTDIR)$(PREFIX)/libexec/recpipe/"
	install -m 644 $(MAN) "$(DESTDIR)$(PREFIX)/share/man/man1/"
uninstall: ## take out what install put there
	rm -f "$(DESTDIR)$(PREFIX)/bin/recpipe" $(MAN:build/man/%="$(DESTDIR)$(PREFIX)/share/man/man1/%")
	rm -rf "$(DESTDIR)$(PREFIX)/libexec/recpipe"
clean: ## remove what was built
	rm -rf build bin

tests: $(UNIT) $(REPLAY)
ifeq ($(B),build/release)
links: $(COMMANDS:%=bin/%) bin/recpipe
bin/%: $(B)/bin/%
	@mkdir -p bin
	@ln -sf ../$< $@
else
links:
endif
$(B)/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
$(B)/librecpipe.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^
$(B)/bin/recpipe: src/cmd/recpipe.sh
	@mkdir -p $(@D)
	install -m 755 $< $@
$(B)/bin/%: $(B)/cmd/%.o $(B)/librecpipe.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/tests/fuzz/%: tests/fuzz/%.c tests/fuzz/replay.c $(B)/librecpipe.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
# What learns, with real = double: gradients are checked by finite differences, which need more digits than a float has.
F64_OBJ := $(patsubst src/%.c,$(B)/f64/%.o,$(wildcard src/nn/*.c src/optim/*.c src/model/*_net.c src/encoder/*_net.c))
$(B)/f64/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -DREAL_F64 $(CFLAGS) -MMD -MP -c -o $@ $<
$(B)/f64/libf64.a: $(F64_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^
$(B)/tests/grad/%: tests/grad/%.c $(B)/f64/libf64.a $(B)/librecpipe.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -DREAL_F64 -Itests/unit $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $(filter-out %.h,$^) $(LDLIBS) -lcmocka
$(B)/tests/%: tests/%.c $(B)/librecpipe.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests/unit $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $(filter-out %.h,$^) $(LDLIBS) -lcmocka
build/fuzz/fuzz/%: tests/fuzz/%.c build/fuzz/librecpipe.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(LDLIBS)
build/man/recpipe.1: docs/recpipe.1
	@mkdir -p $(@D)
	cp $< $@
build/man/recpipe-%.1: $(B)/bin/%
	@mkdir -p $(@D)
	$< --man >$@
-include $(wildcard $(B)/*/*.d $(B)/f64/*/*.d $(B)/tests/*/*.d)
.PHONY: all help demo check check-quick check-all asan ubsan tsan valgrind lint bench fuzz install uninstall clean tests links
.SECONDARY:
.DELETE_ON_ERROR:

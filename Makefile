# recpipe: `make help` explains the targets. Objects of each variant live apart, in build/VARIANT/.
VARIANT ?= release
CC ?= cc
PREFIX ?= /usr/local
B := build/$(VARIANT)

WARN := -Wall -Wextra -Werror -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
OPT_release := -O3
OPT_asan := -O1 -g -fsanitize=address -fno-omit-frame-pointer
OPT_ubsan := -O1 -g -fsanitize=undefined -fno-sanitize-recover=all
OPT_tsan := -O1 -g -fsanitize=thread
OPT_valgrind := -O1 -g
CPPFLAGS += -Isrc -D_GNU_SOURCE
CFLAGS += -std=c17 $(WARN) $(OPT_$(VARIANT)) -ffp-contract=off -pthread
LDLIBS += -lopenblas -llapacke -lcsv -lz -ljansson -lutf8proc -lstemmer -lnettle -lm

COMMANDS := $(filter-out command,$(patsubst src/cmd/%.c,%,$(wildcard src/cmd/*.c)))
LIB_SRC := $(filter-out src/cmd/%,$(wildcard src/*/*.c)) src/cmd/command.c
LIB_OBJ := $(LIB_SRC:src/%.c=$(B)/%.o)
BIN := $(COMMANDS:%=$(B)/bin/%)

all: $(BIN)
$(B)/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
$(B)/librecpipe.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^
$(B)/bin/%: $(B)/cmd/%.o $(B)/librecpipe.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
-include $(wildcard $(B)/*/*.d)
.PHONY: all
.SECONDARY:

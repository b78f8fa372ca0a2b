# `make run` and `make test` do all the set-up that they need: a virtual environment with the pinned packages.
PYTHON ?= python3
DATASET ?= fashion
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test test-all test-processors lint bench reference browser setup clean

run: setup
	$(BIN)/python -m harness.run --dataset "$(DATASET)" $(ARGS)

# In a process for each core. A core that has nothing left to do takes over half of what another has still to do.
PARALLEL := -n logical --maxprocesses 4 --dist worksteal

test: setup
	$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

# With the slow ones, and all examples of the property tests; one after the other, as some of the slow ones measure time.
test-all: setup
	$(BIN)/python -m pytest -m "slow or not slow" --hypothesis-profile all $(ARGS)

# Those whose result could depend on rounding, kernels of BLAS, threads or load, as other processors would run them.
test-processors: setup
	$(BIN)/python -m tests.processors $(ARGS)

bench: setup
	$(BIN)/python -m harness.bench $(ARGS)

# What is missing of the runs that results/reference/plan.toml names, and the tables of all, that of the answers last.
reference: setup
	$(BIN)/python -m harness.sweep --plan results/reference/plan.toml $(ARGS)
	$(BIN)/python -m harness.tables --answers results/reference

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# Debian's Chromium, as root, for those tests of the report that need a browser and are skipped without.
browser:
	apt-get update
	DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends chromium chromium-driver

setup: $(VENV)/.installed

# Made last, so that an interrupted installation is done again.
$(VENV)/.installed: requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "Python 3.11 to 3.13 is needed, and this is " + sys.version.split()[0] + "; name another with make PYTHON=python3.13")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

clean:
	rm -rf $(VENV)

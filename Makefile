# `make run` and `make test` do all the set-up that they need: a virtual environment with the pinned packages.
PYTHON ?= python3
DATASET ?= fashion
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test test-all lint bench setup clean

run: setup
	$(BIN)/python -m harness.run --dataset "$(DATASET)" $(ARGS)

test: setup
	$(BIN)/python -m pytest $(ARGS)

# With the slow ones.
test-all: setup
	$(BIN)/python -m pytest -m "slow or not slow" $(ARGS)

bench: setup
	$(BIN)/python -m harness.bench $(ARGS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

setup: $(VENV)/.installed

# Made last, so that an interrupted installation is done again.
$(VENV)/.installed: requirements.txt requirements-dev.txt constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "Python 3.11 to 3.13 is needed, and this is " + sys.version.split()[0] + "; name another with make PYTHON=python3.13")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt -c constraints.txt
	touch $@

clean:
	rm -rf $(VENV)

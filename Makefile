# Two commands: `make demo` and `make test`. Both set up what is missing in .venv and say what they do.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO ?= demo
SERVE ?= 1
PORT ?= 8866
# More than one core each: many tests wait for processes that they started.
WORKERS ?= 3

.PHONY: help demo test check setup model lock swift clean

help:
	@echo "make demo          set up, analyse clips in all four disciplines, serve the dashboard"
	@echo "make demo SERVE=0  the same, and stop before serving"
	@echo "make test          set up what is missing and pass the tests, WORKERS=3 files at a time (0: one by one)"
	@echo "make check         ruff and mypy alone"
	@echo "make swift         install OpenStack Swift, apart, for the tests of stores (else they skip)"
	@echo "make lock          resolve requirements.lock anew from pyproject.toml"

$(BIN)/python:
	@echo "== Making a virtual environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Cricksy needs Python 3.11 or newer; name one with 'make PYTHON=python3.12 …'."; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.locked: requirements.lock | $(BIN)/python
	@echo "== Installing the locked dependencies (a few minutes the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.locked
	@echo "== Installing Cricksy itself"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: $(VENV)/.installed model

model: $(VENV)/.installed
	@$(BIN)/cricksy model install

demo: setup
	@$(BIN)/python -m cricksy_lib.demo --dir $(DEMO)
ifneq ($(SERVE),0)
	@echo "== Serving the dashboard; end it with Ctrl-C"
	@CRICKSY_STORE=$(DEMO)/store $(BIN)/cricksy dashboard --port $(PORT)
else
	@echo "== Look at it with: CRICKSY_STORE=$(DEMO)/store $(BIN)/cricksy dashboard"
endif

check: $(VENV)/.installed
	@echo "== Style and types"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

test: setup check
	@echo "== Tests"
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS)

lock: $(VENV)/.installed
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --python-version 3.11 \
	  --extra dev --upgrade pyproject.toml -o requirements.lock
	cd tests/stores && $(CURDIR)/$(BIN)/uv pip compile --universal --generate-hashes --no-header \
	  --python-version 3.11 --upgrade swift.in -o swift.lock

swift: $(VENV)/.installed
	@$(BIN)/python tests/stores/swift_server.py

clean:
	rm -rf $(VENV) $(DEMO)

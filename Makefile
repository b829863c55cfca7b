# Two commands matter: `make demo` shows the hub, `make test` proves it. Both set up everything they need.
# Every target installs what it needs first (tools/environment), which takes no time when nothing changed.

SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
# One worker more than there are cores (tests/conftest.py says why). `make test WORKERS=1` runs in one.
WORKERS ?= auto
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --durations=30 --durations-min=5
export PYTHON
# Keep compiled modules, whatever the shell says: the tests start some hundred processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo demo-check test test-sqlite test-postgres test-fast \
        check check-format check-lint check-types check-floors check-papers \
        format bench peers faults isolation matrix lock clean environment environment-dev system-packages node-packages

help:  ## What there is to make
	@grep -hE '^[a-z-]+:.*  ##' $(MAKEFILE_LIST) | awk -F ':.*  ## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: environment  ## A running hub with demo data, at a printed address with a printed sign-in
	$(BIN)/hub demo

demo-check: environment  ## The demo's journey without a browser, on fresh data; fails if a step is lost or done twice
	$(BIN)/hub demo --check

test: test-sqlite test-postgres  ## Every test, on SQLite and on PostgreSQL

test-sqlite: environment-dev node-packages
	$(PYTEST) --database=sqlite

test-postgres: environment-dev system-packages
	$(PYTEST) --database=postgres --database-only

test-fast: environment-dev  ## The quick tests, on SQLite, without a browser
	$(PYTEST) --database=sqlite -m "not slow and not browser"

# Two at a time: the types and the papers take longest, and each runs in one process.
CHECKS := check-format check-lint check-types check-floors check-papers

check: environment-dev  ## Format, lint, types, floors, papers
	@$(MAKE) --no-print-directory --jobs=2 $(CHECKS)

check-format: environment-dev
	$(BIN)/ruff format --check --quiet .

check-lint: environment-dev
	$(BIN)/ruff check --quiet .

check-types: environment-dev
	$(BIN)/mypy

check-floors: environment-dev
	$(BIN)/lint-imports --no-logo

check-papers: environment-dev
	$(BIN)/python -m pytest -q -m "not slow and not browser" $(wildcard tests/house tests/docs)

format: environment-dev  ## Put the code in the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: environment-dev peers  ## Speed, beside peers, in one run
	$(BIN)/python -m bench $(BENCH)

peers: environment-dev
	@tools/peers

faults: environment-dev  ## The long fault run, over an hour (`FIGURE=quarter`, `SEED=7` repeats a draw, `ONLY=scaled` one way)
	$(BIN)/python -m pytest tests/model tests/faults -x --faults=$(or $(FIGURE),large) \
	  $(if $(SEED),--faults-seed=$(SEED)) $(if $(ONLY),-k $(ONLY))

isolation: environment-dev  ## Every plugin in a process of its own: all cases of the kit, and the demo's journey
	$(BIN)/python -m pytest tests/dispatch/apart tests/process/test_apart.py --faults=large
	HUB_PLUGIN_ISOLATION=process $(BIN)/hub demo --check

matrix: environment-dev system-packages  ## The whole isolation matrix: every route, principal and account, on both databases
	$(BIN)/python -m pytest tests/isolation --matrix=large --database=sqlite
	$(BIN)/python -m pytest tests/isolation --matrix=large --database=postgres

# The lock holds versions and hashes and no address: whoever installs says where from.
# Universal: one lock for every Python from 3.11 on and every platform.
COMPILE := $(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
           --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock: environment-dev  ## Pin the newest fitting versions of every dependency (`make lock UPGRADE=--upgrade`)
	$(BIN)/python -m pip install --quiet --upgrade uv
	$(COMPILE) $(UPGRADE) pyproject.toml --extra server --group build -o requirements/server.txt
	$(COMPILE) $(UPGRADE) pyproject.toml --extra server --group build --group dev -c requirements/server.txt -o requirements/dev.txt
	$(COMPILE) $(UPGRADE) --group peers -c requirements/dev.txt -o requirements/peers.txt

clean:  ## Remove the environment and every cache; data in var/ stays
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

environment:
	@tools/environment server

environment-dev:
	@tools/environment dev

system-packages:
	@tools/system-packages

node-packages: system-packages
	@tools/node-packages

.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

SPELLED := README.md CHANGELOG.md Makefile pyproject.toml .dlt docs benchmarks centra_source centra_jobs \
	centra_notebooks centra_sandbox centra_pipeline.py pipelines tests

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

run: .venv/run  ## load a demo shop into centra.duckdb and write its Global-e catalog into globale/
	@$(BIN)/centra load --sandbox
	@$(BIN)/centra globale catalog --exit-zero

test: .venv/dev  ## run the tests that take minutes: every resource, every kind of fault, every rule
	@$(BIN)/python -m pytest -n auto --dist worksteal

test-rest: .venv/dev  ## run the tests that make test leaves out: those that need servers, schedulers or more time
	@$(BIN)/python -m pytest -n auto --dist worksteal -m "slow or full"

test-all: test test-rest  ## run all tests

soak: .venv/dev  ## run thousands of random histories, and hundreds of kills and faults
	@$(BIN)/python -m pytest -n auto --dist worksteal --soak tests/loading/test_histories.py \
		tests/loading/test_crashes.py tests/loading/test_any_faults.py

check: .venv/dev  ## check style, spelling, layers and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/codespell $(SPELLED)
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/mypy

format: .venv/dev  ## format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: .venv/dev  ## generate the pages docs/tables.md, docs/commands.md and docs/reference.md
	@$(BIN)/python -m docs.tables
	@$(BIN)/python -m docs.commands
	@$(BIN)/python -m docs.reference

lock: .venv/dev  ## write constraints.txt with the newest versions; run the tests afterwards
	@sed '/^[^#]/d' constraints.txt > .venv/constraints.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --all-extras --no-header --no-annotate \
		pyproject.toml >> .venv/constraints.txt
	@mv .venv/constraints.txt constraints.txt

bench: .venv/dev  ## measure against other ways to load, in minutes; writes docs/benchmarks.md
	@$(BIN)/python -m benchmarks

bench-catalog: .venv/dev  ## compare with Global-e's published script, in minutes; writes docs/benchmarks_catalog.md
	@$(BIN)/python -m benchmarks.catalog

bench-full: .venv/dev  ## like bench, with up to a million orders, in a quarter of an hour
	@$(BIN)/python -m benchmarks --full

notebook: .venv/notebooks  ## open the first notebook in a browser
	@$(BIN)/centra notebook

notebooks: .venv/notebooks  ## write docs/notebooks: the notebooks of a demo shop as pages
	@$(BIN)/python -m centra_notebooks.export --sandbox --output docs/notebooks

dashboard: .venv/notebooks  ## open dlt's dashboard on the loaded shop
	@$(BIN)/centra dashboard

sandbox: .venv/run  ## serve a demo shop until Ctrl-C
	@$(BIN)/centra sandbox

# uv installs in seconds what takes pip a minute. If it cannot reach the package index, pip installs.
.venv/run: EXTRA = sandbox
.venv/notebooks: EXTRA = notebooks
.venv/dev: EXTRA = dev
.venv/run .venv/notebooks .venv/dev: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing into .venv ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[$(EXTRA)]' \
		|| $(BIN)/pip install --quiet -c constraints.txt -e '.[$(EXTRA)]'
	@touch $@

.PHONY: help run test test-rest test-all soak check format docs lock bench bench-catalog bench-full notebook notebooks dashboard sandbox

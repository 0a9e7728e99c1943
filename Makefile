.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

run: .venv/run  ## load a made-up shop into centra.duckdb and write its Global-e catalog into globale/
	@$(BIN)/python centra_pipeline.py --sandbox
	@$(BIN)/python pipelines/globale_catalog_pipeline.py --exit-zero

test: .venv/dev  ## run the tests
	@$(BIN)/python -m pytest -n auto --dist worksteal

test-slow: .venv/dev  ## run the tests that need servers and schedulers of their own
	@$(BIN)/python -m pytest -n auto --dist loadfile -m slow

soak: .venv/dev  ## run the long versions: thousands of histories, hundreds of kills
	@$(BIN)/python -m pytest -n auto --dist worksteal --soak tests/loading/test_histories.py tests/loading/test_crashes.py

check: .venv/dev  ## lint and type-check
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/mypy

format: .venv/dev  ## put the code into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: .venv/dev  ## measure against other ways to load, in minutes, into docs/benchmarks.md
	@$(BIN)/python -m benchmarks

bench-catalog: .venv/dev  ## compare with Global-e's published script, in minutes, into docs/benchmarks_catalog.md
	@$(BIN)/python -m benchmarks.catalog

bench-full: .venv/dev  ## as bench, with up to a million orders, in a quarter of an hour
	@$(BIN)/python -m benchmarks --full

docs: .venv/dev  ## generate docs/tables.md and docs/reference.md from the code
	@$(BIN)/python -m docs.tables
	@$(BIN)/python -m docs.reference

notebook: .venv/notebooks  ## open the first notebook in a browser
	@$(BIN)/python -m marimo run centra_notebooks/first_look.py

notebooks: .venv/notebooks  ## write docs/notebooks: the notebooks of a made-up shop as pages
	@$(BIN)/python centra_notebooks/export.py --sandbox --output docs/notebooks

dashboard: .venv/notebooks  ## open dlt's dashboard on the loaded shop
	@$(BIN)/python centra_notebooks/dashboard.py

sandbox: .venv/run  ## serve the made-up shop until Ctrl-C
	@$(BIN)/python -m centra_sandbox

# uv installs in seconds what takes pip a minute; where it cannot reach the package index, pip does it.
.venv/run: EXTRA = sandbox
.venv/notebooks: EXTRA = notebooks
.venv/dev: EXTRA = dev
.venv/run .venv/notebooks .venv/dev: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing into .venv ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -e '.[$(EXTRA)]' \
		|| $(BIN)/pip install --quiet -e '.[$(EXTRA)]'
	@touch $@

.PHONY: help run test test-slow soak check format bench bench-catalog bench-full docs notebook notebooks dashboard sandbox

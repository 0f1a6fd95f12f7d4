# Two commands matter: `make run` and `make test`. Both install what they need first.
.DEFAULT_GOAL := help
PYTHON ?= python3.11
UV_VERSION := 0.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Tests that share neither ports nor time with others: one process a core runs them.
TOGETHER := tests/unit tests/contract core ingest stream models

.PHONY: help install run test test-all lint bench lock

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMP) ## Fill .venv from requirements.lock (about 6 GB on Linux: torch brings CUDA)

$(STAMP): requirements.lock pyproject.toml
	@echo "Filling $(VENV): about 6 GB, some minutes on a fresh machine"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(BIN)/uv || { $(BIN)/python -m ensurepip && $(BIN)/python -m pip install --quiet "uv>=$(UV_VERSION)"; }
	$(BIN)/uv pip sync --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $(STAMP)

run: install ## Start everything: Kafka, PostgreSQL, worker, dashboard, Airflow, demo
	$(BIN)/groundswell up

test: install ## Unit, contract, integration and short end-to-end tests (about 20 minutes on 2 cores)
	$(BIN)/python -m pytest -m "not slow" -n auto --maxprocesses 4 $(TOGETHER)
	$(BIN)/python -m pytest -m "not slow" tests $(TOGETHER:%=--ignore %)

test-all: install ## The same, and the long crash, soak and end-to-end runs
	$(BIN)/python -m pytest

lint: install ## Format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

bench: install ## Measurements, printed as tables
	$(BIN)/python -m pytest -m bench tests/benchmarks -s

lock: install ## Resolve pyproject.toml again into requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-annotate \
	  --python-version 3.11 --custom-compile-command "make lock" --quiet --output-file requirements.lock

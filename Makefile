# Every check, test and server of Runfold has its one definition here: people, the commit hook and CI call the same.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh

UV_VERSION := 0.13.9
UV := .boot/bin/uv
PY := .venv/bin/python
# Standard tools alone are needed before the environment exists: the first Python that is new enough.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
UV_BOOT := .boot/uv-$(UV_VERSION)
# The development set holds the runtime set: where it is installed it serves for both.
RUNTIME := $(if $(wildcard .venv/development.installed),.venv/development.installed,.venv/runtime.installed)
DEV := .venv/development.installed
NPM := $(if $(wildcard package-lock.json),node_modules/.installed)

HOST ?= 127.0.0.1
PORT ?= 8000
TESTS ?= tests
WORKERS ?= auto
PYTEST := $(PY) -m pytest --numprocesses=$(WORKERS)
DJADE := .venv/bin/djade --target-version 5.2
MANAGE := DJANGO_SETTINGS_MODULE=config.settings.test $(PY) manage.py

export UV_PYTHON_DOWNLOADS := never
export PYTHONDONTWRITEBYTECODE :=

help: ## This text
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
.PHONY: help

# --- Running -----------------------------------------------------------------------------------------------------

up: $(RUNTIME) ## Run Runfold here (HOST, PORT; data in .runfold/)
	@$(PY) manage.py up --host $(HOST) --port $(PORT) $(UP)
.PHONY: up

bench: $(DEV) ## Compare with MLflow's own server: figures, not a test
	@$(PY) -m bench $(BENCH)
.PHONY: bench

# --- Tests -------------------------------------------------------------------------------------------------------

test: test-js test-sqlite test-postgres ## Everything, on SQLite and on PostgreSQL
.PHONY: test

test-fast: $(DEV) ## On SQLite, without browsers, clients and killed processes
	@$(PYTEST) -m "not browser and not faults and not mlflow_client" $(TESTS)
.PHONY: test-fast

test-sqlite: $(DEV)
	@RUNFOLD_TEST_DATABASE=sqlite $(PYTEST) $(TESTS)
.PHONY: test-sqlite

test-postgres: $(DEV) # what touches no database ran already
	@RUNFOLD_TEST_DATABASE=postgres $(PYTEST) --only-database $(TESTS)
.PHONY: test-postgres

test-js: $(NPM)
	@$(if $(NPM),npm run --silent test,:)
.PHONY: test-js

coverage: $(DEV) ## Lines and branches that no test on SQLite reaches
	@$(PY) -m coverage erase
	@$(PY) -m coverage run -m pytest --numprocesses=0 -m "not browser and not faults and not mlflow_client" $(TESTS)
	@$(PY) -m coverage combine --quiet
	@$(PY) -m coverage report
.PHONY: coverage

# --- Checks ------------------------------------------------------------------------------------------------------

CHECKS := check-format check-lint check-types check-imports check-dependencies check-templates check-migrations \
	check-openapi check-js check-compose check-dockerfile check-proxy check-audit
check: $(CHECKS) ## Format, lint, types, imports, templates, migrations, OpenAPI, images, dependencies
	@echo "check: all of $(words $(CHECKS)) passed"
.PHONY: check $(CHECKS)

check-format: $(DEV)
	@$(PY) -m ruff format --check --quiet . || { echo "Run: make fmt"; exit 1; }

check-lint: $(DEV)
	@$(PY) -m ruff check --quiet .

check-types: $(DEV)
	@$(PY) -m mypy --no-error-summary

check-imports: $(DEV)
	@said=$$(PYTHONPATH=. .venv/bin/lint-imports --no-logo 2>&1) || { echo "$$said"; exit 1; }

check-dependencies: $(DEV)
	@said=$$($(PY) -m deptry . 2>&1) || { echo "$$said"; exit 1; }

check-templates: $(DEV)
	@find templates -name '*.html' -exec $(DJADE) --check {} + || { echo "Run: make fmt"; exit 1; }
	@said=$$($(PY) -m djlint templates --lint --quiet) || { echo "$$said"; exit 1; }

# Only make a column take more than it did: a longer text, a NULL. The linter cannot tell.
WIDENING := 0008_owners

check-migrations: $(DEV)
	@$(MANAGE) makemigrations --check --dry-run --verbosity 0 || { echo "Models changed: make a migration, named by hand."; exit 1; }
	@said=$$(RUNFOLD_LOG_LEVEL=WARNING DJANGO_SETTINGS_MODULE=config.settings.test $(PY) -m tests.servers.with_postgres \
		manage.py lintmigrations --quiet ok ignore --no-cache --project-root-path . \
		--ignore-name $(WIDENING) 2>&1) || { echo "$$said"; exit 1; }

check-openapi: $(DEV)
	@$(MANAGE) spectacular --validate --fail-on-warn --file .venv/openapi.current.yaml
	@diff -u docs/api/openapi.yaml .venv/openapi.current.yaml && rm .venv/openapi.current.yaml || { echo "The native API changed: make openapi, and read the difference."; exit 1; }

check-js: $(NPM)
	@$(if $(NPM),npm run --silent check,:)

# No engine is needed. The example's empty fields are what must stop it: filled in, the whole has to be valid.
check-compose: $(DEV)
	@sed 's/=$$/=filled-in/' .env.example > .venv/compose.env
	@.venv/bin/docker-compose --env-file .venv/compose.env -f docker-compose.yml config --quiet
	@! .venv/bin/docker-compose --env-file .env.example -f docker-compose.yml config --quiet 2>/dev/null || { echo "docker-compose.yml: no secret is asked for."; exit 1; }

check-dockerfile: $(DEV)
	@.venv/bin/hadolint Dockerfile

check-proxy: $(DEV)
	@said=$$(RUNFOLD_SITE=localhost .venv/bin/caddy validate --adapter caddyfile --config deploy/caddy/Caddyfile 2>&1) || { echo "$$said"; exit 1; }

# --strict: without it, what cannot be looked up passes in silence. Whether anything can be looked up is asked first.
AUDIT := $(PY) -m pip_audit --strict --disable-pip --progress-spinner off
check-audit: $(DEV)
	@if echo 'pip==25.3' | $(AUDIT) --no-deps -r /dev/stdin 2>&1 | grep -q -e 'could not be audited' -e Error; \
	then echo "check-audit: SKIPPED, the vulnerability service is out of reach"; \
	else $(AUDIT) --require-hashes -r requirements.lock; fi

fmt: $(DEV) ## Format Python and templates, sort imports
	@$(PY) -m ruff check --quiet --fix-only .
	@$(PY) -m ruff format --quiet .
	@find templates -name '*.html' -exec $(DJADE) {} + || true # it fails when it changed something
.PHONY: fmt

openapi: $(DEV) ## Write docs/api/openapi.yaml from the code
	@$(MANAGE) spectacular --validate --fail-on-warn --file docs/api/openapi.yaml
.PHONY: openapi

budgets: $(DEV) ## Write tests/architecture/query_budgets.json from what is measured
	@for database in sqlite postgres; do RUNFOLD_TEST_DATABASE=$$database $(PYTEST) --quiet --record-queries \
		-m "not browser and not faults and not mlflow_client" $(TESTS) || exit 1; done
.PHONY: budgets

# --- Environment -------------------------------------------------------------------------------------------------

LOCK := $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock"
lock: $(UV_BOOT) ## Resolve pyproject.toml again into the two lock files (UPGRADE=1 for the newest versions)
	@$(LOCK) $(if $(UPGRADE),--upgrade) --output-file requirements.lock
	@$(LOCK) $(if $(UPGRADE),--upgrade) --group dev --constraint requirements.lock --output-file requirements-dev.lock
.PHONY: lock

dev: $(DEV) $(NPM) ## The development environment and nothing else
.PHONY: dev

clean: ## Remove environments, caches and built files; data in .runfold/ stays
	@rm -rf .venv .boot node_modules static-collected .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
.PHONY: clean

$(UV_BOOT):
	@test -n "$(PYTHON)" || { echo "Runfold needs Python 3.11 or newer; none was found. Install it, or: make PYTHON=/path/to/python3"; exit 1; }
	@echo "Preparing the environment (once)"
	@rm -rf .boot
	@$(PYTHON) -m venv .boot || { echo "This Python has no venv module. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@.boot/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

.venv/pyvenv.cfg: | $(UV_BOOT)
	@$(UV) venv --quiet --allow-existing --python .boot/bin/python .venv

.venv/runtime.installed: requirements.lock .venv/pyvenv.cfg | $(UV_BOOT)
	@$(UV) pip sync --quiet --python .venv/bin/python --require-hashes requirements.lock
	@touch $@

.venv/development.installed: requirements-dev.lock .venv/pyvenv.cfg | $(UV_BOOT)
	@$(UV) pip sync --quiet --python .venv/bin/python --require-hashes requirements-dev.lock
	@rm -f .venv/runtime.installed
	@touch $@

node_modules/.installed: package-lock.json
	@command -v npm >/dev/null || { echo "This needs npm (Node 20 or newer). On Debian and Ubuntu: apt-get install npm"; exit 1; }
	@npm ci --silent --ignore-scripts
	@touch $@

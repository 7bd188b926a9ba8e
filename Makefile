# Everything that a person or a machine does here. `make help` lists it.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
WORKERS ?= 2
MINUTES ?= 30
export DEMO_DIR ?= .demo
# Tests start tens of Python processes; each would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

PYTEST = $(PY) -m pytest -n $(WORKERS) --dist worksteal
MEASURED = env COVERAGE_FILE=.coverage.$(1) $(PYTEST) --cov --cov-report=
ON_POSTGRES = $(PY) -m tests.postgres --
WITH_CHROMIUM = CHROMIUM_PATH="$$($(PY) -m tests.chromium)" && export CHROMIUM_PATH &&
DENO = DENO_NO_UPDATE_CHECK=1 DENO_DIR=.deno_cache $(BIN)/deno
COMPILE = $(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make requirements"

# Says what a part of the work is, and afterwards how long it took: $(call part,NAME,COMMANDS).
define part
@echo "== $(1)"; begun=$$(date +%s); { $(2); }; ended=$$?; \
	echo "-- $(1): $$(( $$(date +%s) - begun )) s"; exit $$ended
endef
comma := ,

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- installing: a stamp for each set says that what it pins is installed -----

.PHONY: install
install: $(VENV)/.installed-dev ## Create .venv with all that a developer needs

$(VENV)/.installed-base: requirements/base.txt requirements/install.sh
	@VENV=$(VENV) sh requirements/install.sh base
	@touch $@

$(VENV)/.installed-test: requirements/test.txt requirements/install.sh
	@VENV=$(VENV) sh requirements/install.sh test
	@touch $(VENV)/.installed-base $@

$(VENV)/.installed-dev: requirements/dev.txt requirements/install.sh
	@VENV=$(VENV) sh requirements/install.sh dev
	@touch $(VENV)/.installed-base $(VENV)/.installed-test $@

# --- trying ------------------------------------------------------------------

.PHONY: demo demo-reset
demo: $(VENV)/.installed-base ## Run the whole portal on this machine, with a local Google
	@exec $(PY) manage.py demo

demo-reset: $(VENV)/.installed-base ## Throw away the demo's data (DEMO_DIR, default .demo)
	@$(PY) manage.py demo --reset

# --- testing -----------------------------------------------------------------

# What asks no database runs on SQLite alone. What is slow runs on PostgreSQL, which production
# uses, unless it is marked as one for SQLite, only or as well.

.PHONY: test test-all test-sqlite test-postgres test-browser test-fast coverage
test: test-sqlite test-postgres coverage ## Run every test: on both databases what is quick and asks one

test-all: $(VENV)/.installed-test ## Run every test on each of both databases, whatever it takes
	$(call part,Every test$(comma) on SQLite,$(WITH_CHROMIUM) env -u DATABASE_URL $(PYTEST))
	$(call part,Every test$(comma) on PostgreSQL,$(WITH_CHROMIUM) $(ON_POSTGRES) $(PYTEST))

test-sqlite: $(VENV)/.installed-test ## Run what is quick, and what is slow and for SQLite
	$(call part,Tests on SQLite,env -u DATABASE_URL $(call MEASURED,sqlite) -m "not browser and (not slow or sqlite)")

test-postgres: $(VENV)/.installed-test ## Run on PostgreSQL what asks a database, is slow or walks a browser
	$(call part,Tests on PostgreSQL,$(WITH_CHROMIUM) $(ON_POSTGRES) $(call MEASURED,postgres) -m "(database or slow or browser) and not sqlite(only=True)")

coverage: ## Say what no test of `make test` has run; fails below the goals
	$(call part,Coverage,$(BIN)/coverage combine --quiet --keep && $(BIN)/coverage report --fail-under=95)

test-browser: $(VENV)/.installed-test ## Run the tests that need a browser, on SQLite
	$(call part,Every test with a browser$(comma) on SQLite,$(WITH_CHROMIUM) env -u DATABASE_URL $(PYTEST) -m browser)

test-fast: $(VENV)/.installed-test ## Run what takes no browser and no real processes, on SQLite
	$(call part,Tests without browsers and processes$(comma) on SQLite,env -u DATABASE_URL $(PYTEST) -m "not browser and not slow")

.PHONY: mutate
mutate: .venv-mutate/.installed ## Change the pure modules in hundreds of ways, and see that tests notice
	$(call part,Changes to the pure modules,rm -rf mutants && env -u DATABASE_URL .venv-mutate/bin/mutmut run >mutants.log || { tail -c 2000 mutants.log; exit 1; })
	@.venv-mutate/bin/mutmut results --all true | .venv-mutate/bin/python -m tests.mutants

.venv-mutate/.installed: requirements/mutate.txt requirements/install.sh
	@VENV=.venv-mutate sh requirements/install.sh mutate
	@touch $@

.PHONY: test-foreign
test-foreign: $(VENV)/.installed-test ## Connect to three OAuth servers that nobody here wrote (Node, npm)
	@env -u DATABASE_URL $(PY) -m pytest -n 0 tests/foreign/walks.py

.PHONY: soak-returns
soak-returns: $(VENV)/.installed-test ## Send a hundred thousand hostile returns from the terms page
	@env -u DATABASE_URL HOSTILE_RETURNS=100000 $(PYTEST) -n 1 tests/test_create/test_hostile_returns.py

.PHONY: soak-walks
soak-walks: $(VENV)/.installed-test ## Walk five hundred times at random over requests, on both databases
	@env -u DATABASE_URL WALKS=500 $(PY) -m pytest -n 2 tests/test_create/test_walks.py
	@WALKS=500 $(ON_POSTGRES) $(PY) -m pytest -n 2 tests/test_create/test_walks.py

.PHONY: bench
bench: $(VENV)/.installed-test ## Measure, on both databases, into docs/benchmarks.md (MEASURES="refresh claims")
	@env -u DATABASE_URL $(PY) -m tests.bench $(MEASURES)
	@$(ON_POSTGRES) $(PY) -m tests.bench $(MEASURES)

.PHONY: soak
soak: $(VENV)/.installed-test ## Watch a worker's memory under steady work (MINUTES=30)
	@env -u DATABASE_URL $(PY) -m tests.bench soak --minutes $(MINUTES)

# --- checking ----------------------------------------------------------------
# Production's settings, with keys that live as long as the check.

RANDOM_KEY = head -c 32 /dev/urandom | base64 | tr '+/' '-_'
PRODUCTION = env -i PATH="$$PATH" PORTAL_ENV_FILE=/dev/null \
	SECRET_KEY="$$($(RANDOM_KEY))$$($(RANDOM_KEY))" FIELD_ENCRYPTION_KEY="$$($(RANDOM_KEY))" \
	BASE_URL=https://portal.example.com ALLOWED_HOSTS=portal.example.com TRUSTED_PROXY_COUNT=1 \
	DATABASE_URL=postgres://portal@db/portal CACHE_URL=rediscache://redis/1 \
	BROKER_URL=redis://redis/0 EMAIL_URL=smtp://mail:25

.PHONY: check check-code check-scripts check-types check-imports check-templates check-django format
check: check-code check-imports check-templates check-scripts check-types check-django ## Check everything but tests

check-code: $(VENV)/.installed-dev ## Check formatting and run the linter
	$(call part,Formatting of code,$(BIN)/ruff format --check .)
	$(call part,Linter,$(BIN)/ruff check .)

check-types: $(VENV)/.installed-dev ## Check types, strictly
	$(call part,Types,$(BIN)/mypy)

check-scripts: $(VENV)/.installed-dev ## Lint what runs in the browser, and check its types
	$(call part,Linter of scripts,$(DENO) lint --quiet)
	$(call part,Types of scripts,$(DENO) check --quiet --no-remote portal/static/portal/*.js)

check-imports: $(VENV)/.installed-dev ## Check that imports go downward only
	$(call part,Imports go downward,$(BIN)/lint-imports)

check-templates: $(VENV)/.installed-dev ## Check formatting of templates and lint them
	$(call part,Formatting of templates,$(BIN)/djlint --quiet --check templates)
	$(call part,Linter of templates,$(BIN)/djlint --quiet --lint templates)

check-django: $(VENV)/.installed-dev ## Check migrations, and the deployment checks on production's settings
	$(call part,Migrations,$(PRODUCTION) DATABASE_URL=sqlite://:memory: $(PY) manage.py makemigrations --check --dry-run)
	$(call part,Deployment checks on production's settings,$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING)

format: $(VENV)/.installed-dev ## Format code and templates, and mend what the linter can
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .
	@$(BIN)/djlint --quiet --reformat templates || true

# --- keeping -----------------------------------------------------------------

.PHONY: requirements clean
requirements: $(VENV)/.installed-dev ## Pin requirements/*.in with hashes (UPGRADE=--upgrade to renew)
	@$(COMPILE) $(UPGRADE) requirements/base.in -o requirements/base.txt
	@$(COMPILE) $(UPGRADE) -c requirements/base.txt requirements/test.in -o requirements/test.txt
	@$(COMPILE) $(UPGRADE) -c requirements/test.txt requirements/dev.in -o requirements/dev.txt
	@$(COMPILE) $(UPGRADE) -c requirements/test.txt requirements/mutate.in -o requirements/mutate.txt

clean: ## Remove what tools leave behind; keeps .venv and the demo's data
	rm -rf .foreign .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .deno_cache .hypothesis mutants mutants.log .venv-mutate \
		.coverage .coverage.* htmlcov test-results staticfiles
	find . -name __pycache__ -not -path './.venv/*' -type d -prune -exec rm -rf {} +

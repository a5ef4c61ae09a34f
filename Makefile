# ZI Portal: `make run` and `make test` each work alone from a fresh clone. `make` lists the rest.

PORT ?= 8000
# Python 3.11 or newer.
ifndef PYTHON
PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
endif
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes
UV := $(CURDIR)/$(BIN)/uv pip compile --quiet --no-python-downloads --python $(CURDIR)/$(BIN)/python --python-version 3.11 \
	--universal --generate-hashes --no-emit-index-url --no-header
COMPILE := $(UV) pyproject.toml --output-file requirements.txt && \
	$(UV) --group dev --constraints requirements.txt --output-file tests/requirements.txt
INSTRUMENT := fixtures/permenpanrb-90-2021.yaml
MESSAGES := $(patsubst %.po,%.mo,$(wildcard zi_portal/locale/*/LC_MESSAGES/*.po))
RUN_PACKAGES := deploy/apt-packages.txt
TEST_PACKAGES := $(RUN_PACKAGES) tests/apt-packages.txt
SOAKED := -v tests/assessments/parallel/test_model.py tests/assessments/parallel/test_submitting.py \
	tests/assessments/parallel/test_reviewing.py tests/assessments/importers/test_round_trip.py
# make lint looks at the project as it runs for real.
PRODUCTION := env -u DATABASE_URL DEBUG=0 SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
	ALLOWED_HOSTS=zi.example.go.id CSRF_TRUSTED_ORIGINS=https://zi.example.go.id

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help install setup run test soak lint requirements messages run-packages test-packages rebuild clean \
	lint-python lint-format lint-templates lint-types lint-layers lint-migrations lint-deploy lint-requirements

help:
	@echo "make run            jalankan portal dengan data contoh / run with demo data: http://127.0.0.1:$(PORT)"
	@echo "                    PORT=9000 make run memakai porta lain / another port"
	@echo "make test           semua uji / all tests: SQLite, PostgreSQL, peramban / browser"
	@echo "make soak           uji acak dan serentak dalam ukuran penuh / random and parallel tests in full size"
	@echo "make lint           periksa kode / check the code"
	@echo "make install        paket sistem, .venv, terjemahan / system packages, .venv, translations"
	@echo "make setup          install, lalu basis data dan instrumen / then database and instrument"
	@echo "make requirements   kunci ulang paket Python / lock the Python packages again"
	@echo "make clean          hapus .venv dan hasil antara, bukan data / remove .venv and caches, not data"

# System packages, then Python packages, then translations. A second run does only the quick checks.

ifeq ($(PYTHON),)
run-packages test-packages:
	@echo "Python 3.11 atau lebih baru tidak ditemukan / Python 3.11 or newer was not found." >&2; exit 1
else
run-packages:
	@PYTHON="$(PYTHON)" sh deploy/packages.sh $(RUN_PACKAGES)
test-packages:
	@PYTHON="$(PYTHON)" sh deploy/packages.sh $(TEST_PACKAGES)
endif

# A venv whose Python is gone (upgraded, moved) is made anew.
$(VENV)/.made: $(if $(shell $(BIN)/python -c 'print(1)' 2>/dev/null),,rebuild) | run-packages
	@echo "Membuat $(VENV) / making $(VENV)"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run-requirements: requirements.txt $(VENV)/.made
	@echo "Memasang paket Python / installing Python packages: $<"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.test-requirements: tests/requirements.txt $(VENV)/.run-requirements
	@echo "Memasang paket Python / installing Python packages: $<"
	@$(PIP) -r tests/requirements.txt
	@touch $@

messages: $(MESSAGES)
%.mo: %.po
	@msgfmt --check-format --output-file=$@ $<

# What any installation needs, without touching its database.
install: run-packages $(VENV)/.run-requirements messages

setup: export DEBUG ?= 1
setup: install
	@mkdir -p var
	@test -e .env || printf '# Untuk pengembangan / for development; docs/operator.md lists the rest.\nDEBUG=1\n' > .env
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) load_instrument $(INSTRUMENT)

# The web server, and the worker that draws previews; either signal ends both.
run: export DEBUG ?= 1
run: setup
	@$(MANAGE) load_demo
	@trap 'kill $$web $$worker 2>/dev/null; wait' EXIT; trap 'exit 130' INT; trap 'exit 143' TERM HUP; \
		$(MANAGE) runserver 127.0.0.1:$(PORT) & web=$$!; $(MANAGE) db_worker --no-reload & worker=$$!; wait $$web

# Everything that CI runs.

test: test-packages $(VENV)/.test-requirements messages
	@$(BIN)/python tests/legs.py

# Random and parallel work in the sizes that the requirements name: about an hour, before a release.
soak: export SOAK = 1
soak: test-packages $(VENV)/.test-requirements messages
	@$(BIN)/python -m pytest $(SOAKED)
	@$(BIN)/python tests/postgres.py $(BIN)/python -m pytest $(SOAKED)

lint: run-packages $(VENV)/.test-requirements messages
	@$(MAKE) --no-print-directory --keep-going \
		lint-python lint-format lint-templates lint-types lint-layers lint-migrations lint-deploy lint-requirements

lint-python:
	$(BIN)/ruff check --output-format concise .
lint-format:
	$(BIN)/ruff format --check --output-format concise .
# Not --check: djLint's formatting adds blanks that people see, before a comma for instance.
lint-templates:
	$(BIN)/djlint --lint templates
lint-types:
	DEBUG=1 $(BIN)/mypy
lint-layers:
	$(BIN)/lint-imports --no-logo
lint-migrations:
	DEBUG=1 DATABASE_URL=sqlite://:memory: $(MANAGE) makemigrations --check --dry-run
lint-deploy:
	@echo "manage.py check --deploy --fail-level WARNING"
	@$(PRODUCTION) $(MANAGE) check --deploy --fail-level WARNING
# Compiling onto a copy keeps its pins, so that only a change of pyproject.toml shows.
lint-requirements:
	@echo "uv pip compile onto a copy of requirements.txt and tests/requirements.txt"
	@copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && mkdir "$$copy/tests" && \
		cp pyproject.toml requirements.txt "$$copy" && cp tests/requirements.txt "$$copy/tests" && \
		(cd "$$copy" && $(COMPILE)) && \
		diff -u requirements.txt "$$copy/requirements.txt" && \
		diff -u tests/requirements.txt "$$copy/tests/requirements.txt"

requirements: $(VENV)/.test-requirements
	$(COMPILE)

clean:
	rm -rf $(VENV) .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} + -o -name '*.mo' -path './zi_portal/*' -exec rm -f {} +

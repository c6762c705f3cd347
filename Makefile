# One door for everything: make help

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
SOURCES := leadstate plugins/hubspot/leadstate_hubspot plugins/amocrm/leadstate_amocrm \
	demo/leadstate_demo
TESTS := tests plugins/hubspot/tests plugins/amocrm/tests demo/tests
# What answers within minutes: pure code against everything, the rest by example.
FAST := tests/unit tests/architecture \
	$(addprefix tests/property/,definition domain engine guards hours) \
	plugins/hubspot/tests/unit plugins/amocrm/tests/unit demo/tests/test_parts.py
# Databases of tests stay in memory where that has room: no test pulls a plug.
ROOMY := $(shell df -Pm /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 4000 {print $$6}')
IN_MEMORY := $(if $(ROOMY),PYTEST_DEBUG_TEMPROOT=$(ROOMY))
# One more than there are cores: many tests wait for processes.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
PYTEST := $(IN_MEMORY) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# What a process compiled is kept for the next: tests start hundreds of them.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast check lint types layers docs campaign bench constraints clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(STAMP)  ## Make .venv with everything, plugins and demo editable

$(STAMP): pyproject.toml $(wildcard plugins/*/pyproject.toml) demo/pyproject.toml \
		constraints.txt scripts/setup.sh
	@PYTHON=$(PYTHON) VENV=$(VENV) sh scripts/setup.sh
	@touch $(STAMP)

demo: $(STAMP)  ## See Leadstate do its job against CRM sandboxes
	@$(BIN)/leadstate demo

test: $(STAMP)  ## Run every test
	@$(PYTEST) $(TESTS)

test-fast: $(STAMP)  ## Run the tests that take minutes only
	@$(PYTEST) $(FAST)

check: lint types layers docs  ## Everything a change must pass, tests with coverage last
	@$(PYTEST) $(TESTS) --cov --cov-report=term:skip-covered
	@$(BIN)/python scripts/coverage_floor.py

lint: $(STAMP)  ## Style
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(STAMP)  ## Static types, strict
	@$(BIN)/mypy $(SOURCES) tests/typing

layers: $(STAMP)  ## The ladder of layers
	@$(BIN)/lint-imports

docs: $(STAMP)  ## Generated pages are current, changelog fragments are readable
	@$(BIN)/python -m cogapp -P --check $$($(BIN)/python scripts/generated_pages.py)
	@$(BIN)/towncrier build --draft --version next >/dev/null

campaign: $(STAMP)  ## Kill it 200 times, and play thousands of lives (half an hour)
	@LEADSTATE_KILLS=$${LEADSTATE_KILLS:-200} LEADSTATE_LIVES=$${LEADSTATE_LIVES:-3000} \
		LEADSTATE_SEED=$${LEADSTATE_SEED:-$$(date +%s)} \
		$(IN_MEMORY) $(BIN)/python -m pytest -n 2 -rP tests/acceptance/test_campaign.py \
		tests/property/service/test_one_machine.py

bench: $(STAMP)  ## Measure, and print ratios against peers
	@$(BIN)/python -m benchmarks

constraints: $(STAMP)  ## Pin what is installed now into constraints.txt
	@sh scripts/pin.sh

clean:  ## Remove what make made
	rm -rf .venv .venv-* .demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*

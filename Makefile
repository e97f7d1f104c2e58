# Everything here sets itself up: it needs Python 3.11 or newer, make, and the package index that pip is set to.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= auto

.PHONY: help demo test torture bench bench-quick lint format reference schema schemas languages samples pictures lock clean
.DEFAULT_GOAL := help

help:
	@echo "make demo     the whole story on a store in a box, in under a minute"
	@echo "make test     all tests"
	@echo "make torture  the fault suite with its full numbers: 1,000 kills, 10,000 seeds; most of an hour"
	@echo "make bench    every goal of speed and memory beside other tools, as ratios in one run; half an hour, on an idle machine"
	@echo "make bench-quick  less than two minutes of it"
	@echo "make lint     style and types, and known holes in what we depend on (where a network allows it)"
	@echo "make reference  make the pages of commands and columns in bulk_orders/docs anew"
	@echo "make schemas  make the JSON Schemas in bulk_orders/schemas anew"
	@echo "make languages  the sentences of the sources into the catalogues, and compile what is translated"
	@echo "make samples  make sample_data anew"
	@echo "make pictures photograph the sample plan's report for the README (needs Chromium)"
	@echo "make schema   make the devstore's schema anew from the npm package @shopify/dev-mcp"
	@echo "make lock     pin the newest versions anew"
	@echo "make clean    remove what was made here"

demo: $(VENV)/.ready
	@$(BIN)/bulk-orders demo --folder demo

test: $(VENV)/.ready
	@$(BIN)/pytest -n $(JOBS) --dist worksteal

torture: $(VENV)/.ready
	@cd tests && ../$(BIN)/python -m faults.torture $(TORTURE)

bench: $(VENV)/.ready $(VENV)-peers/.ready $(VENV)-airbyte/.ready
	@cd tests && PYTHONPATH=core ../$(BIN)/python -m bench --peers ../$(VENV)-peers ../$(VENV)-airbyte $(BENCH)

bench-quick: $(VENV)/.ready
	@cd tests && PYTHONPATH=core ../$(BIN)/python -m bench --quick --peers $(addprefix ../,$(wildcard $(VENV)-peers $(VENV)-airbyte)) $(BENCH)

# The peers in environments of their own: their dependencies contradict each other's and ours.
$(VENV)-%/.ready: tests/bench/%.txt
	@echo "Setting up $(VENV)-$* (once) ..."
	@python3 -m venv $(VENV)-$*
	@$(VENV)-$*/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

lint: $(VENV)/.ready
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/python tests/audit.py

format: $(VENV)/.ready
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .

reference: $(VENV)/.ready
	@$(BIN)/python -m bulk_orders.cli.reference

schemas: $(VENV)/.ready
	@$(BIN)/python sample_data/schemas.py

languages: $(VENV)/.ready
	@$(BIN)/python -m bulk_orders.language.update

samples: $(VENV)/.ready
	@$(BIN)/python sample_data/make.py

pictures: $(VENV)/.ready
	@$(BIN)/python sample_data/pictures.py

schema: $(VENV)/.ready
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	(cd "$$folder" && npm pack --silent @shopify/dev-mcp >/dev/null) && \
	$(BIN)/python -m bulk_orders.devstore.make_schema "$$folder"/*.tgz

lock:
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	$(PYTHON) -m venv "$$folder" && "$$folder/bin/python" -m pip install --quiet uv && \
	"$$folder/bin/uv" pip compile pyproject.toml --extra dev --universal --python-version 3.11 --upgrade \
	  --generate-hashes --no-annotate --no-header --quiet -o requirements.lock

clean:
	@rm -rf $(VENV) demo dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "bulk-orders needs Python 3.11 or newer. Name one: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Setting up $(VENV) (once, about half a minute) ..."
	@$(PYTHON) -m venv --clear $(VENV) || \
	  { echo "Python's venv module is not whole; on Debian: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Two commands are enough: `make demo` and `make test`. Both build .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export DRUMBEAT_HOME ?= $(CURDIR)/.drumbeat
WORKERS ?= 2

.PHONY: demo test check bench bounds serve lock docs screenshots clean

$(STAMP): pyproject.toml requirements/base.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Drumbeat needs Python 3.11 or newer; name one with make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing pinned requirements into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv 2>/dev/null \
		&& VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet -r requirements/dev.txt \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

demo: $(STAMP)  ## the demo company: plan, schedule, simulate, scorecard, then the site on 127.0.0.1:8000
	@$(BIN)/drumbeat demo --serve

test: $(STAMP)  ## everything that must hold before a change lands; kernels compile while styles and types are looked at
	@$(BIN)/python -m drumbeat.home.warm_up & warming=$$!; $(MAKE) --no-print-directory check || { kill $$warming; exit 1; }
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

check: $(STAMP)  ## style, types, layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(STAMP)  ## every benchmark; results as JSON below benchmarks/results and a table in docs/benchmarks.md
	@$(BIN)/python -m benchmarks

bounds: $(STAMP)  ## the twin's kernels with every index checked: compiles them anew, some minutes
	@$(BIN)/python -m benchmarks.twin.check_bounds

serve: $(STAMP)
	@$(BIN)/drumbeat serve

lock: ## new pins from pyproject.toml, no registry named
	@uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-annotate pyproject.toml -o requirements/base.txt
	@uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-annotate --extra dev pyproject.toml -c requirements/base.txt -o requirements/dev.txt

docs: $(STAMP)  ## what is generated from the models
	@$(BIN)/drumbeat dictionary docs/data-dictionary.md

screenshots: $(STAMP)
	@$(BIN)/python docs/make_screenshots.py

clean:
	rm -rf $(VENV) .drumbeat .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

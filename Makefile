# RadiomicLens: `make demo` and `make test` are all a fresh machine needs (make, git, a C compiler, any Python 3).
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

DEMO_PORT ?= 8501
DEMO_DATA ?= demo-data
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
# With a folder of wheels at hand torch comes from there; otherwise uv picks the build for this machine's GPU or CPU.
TORCH_FROM := $(if $(PIP_FIND_LINKS),--find-links $(PIP_FIND_LINKS),--torch-backend auto)

# A Python 3.13 that starts: pyenv leaves names on the PATH that do not.
PYTHON_313 := $(firstword $(shell for p in python3.13 $$HOME/.pyenv/versions/3.13.*/bin/python; do \
  "$$p" -c '' 2>/dev/null && echo "$$p"; done) python3.13)
VENV_313 := .venv-313
TESTS_313 := tests/test_wheel.py tests/test_packaging.py tests/radiomiclens tests/science/radiomics tests/science/tables tests/science/lens \
  tests/cli/test_features.py tests/cli/test_features_table.py tests/cli/test_feature_map.py tests/cli/test_analyze_tables.py tests/cli/test_tables.py

.PHONY: help demo test test-postgres test-313 python-313 test-gpu wheel sbom check format lock openapi docs bar clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.tools/bin/uv:
	@echo "Installing uv into .tools ..."
	@python3 -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check uv

KERNEL := hatch_build.py $(wildcard backend/science/radiomics/kernel/*.[ch])

$(VENV)/ready: pyproject.toml constraints.txt $(KERNEL) | $(if $(findstring .tools,$(UV)),.tools/bin/uv)
	@echo "Installing RadiomicLens into $(VENV) ..."
	@test -x $(BIN)/python || $(UV) venv --quiet --python 3.11 $(VENV)
	@$(UV) pip install --quiet --compile-bytecode --python $(VENV) -c constraints.txt $(TORCH_FROM) --group dev -e '.[cluster,mlflow,objects,postgres,reference]'
	@touch $@

demo: $(VENV)/ready ## dashboard with a demo cohort on 127.0.0.1 (DEMO_PORT=8501)
	@exec $(BIN)/radiomiclens serve --demo --port $(DEMO_PORT) --data-dir $(DEMO_DATA)

test: $(VENV)/ready ## every test, browser included where Chromium is installed
	@$(BIN)/python -m pytest

$(VENV_313)/ready: pyproject.toml constraints.txt $(KERNEL) | $(if $(findstring .tools,$(UV)),.tools/bin/uv)
	@echo "Installing RadiomicLens into $(VENV_313) ..."
	@test -x $(VENV_313)/bin/python || $(UV) venv --quiet --python $(PYTHON_313) $(VENV_313)
	@$(UV) pip install --quiet --python $(VENV_313) -c constraints.txt $(TORCH_FROM) --group dev -e .
	@touch $@

test-313: $(VENV_313)/ready ## on Python 3.13, without PyRadiomics: the wheel, radiomics, tables, commands on files
	@$(VENV_313)/bin/python -m pytest -rs $(TESTS_313)

python-313: # whether this machine has a Python 3.13
	@$(PYTHON_313) --version

wheel: ## dist/*.whl by plain pip, in isolation
	@$(PYTHON_313) -m pip wheel --quiet --no-deps --wheel-dir dist .

TESTS_POSTGRES := $(addprefix tests/,access api cli jobs models operations queries rendering storage web)

test-postgres: $(VENV)/ready ## what a server on PostgreSQL must hold, on one of its own (Debian: postgresql)
	@RADIOMICLENS_TEST_POSTGRES=1 $(BIN)/python -m pytest -m "not browser and not slow" $(TESTS_POSTGRES)

test-gpu: $(VENV)/ready ## what must hold on this machine's GPU (make test leaves it alone)
	@RADIOMICLENS_TEST_GPU=1 $(BIN)/python -m pytest -n 0 -rs tests/cuda

check: $(VENV)/ready ## ruff, format, mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(VENV)/ready ## rewrite the sources in the house format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: $(VENV)/ready ## resolve constraints.txt anew
	@$(UV) pip compile --quiet --python $(BIN)/python --upgrade --no-header --no-annotate $(TORCH_FROM) \
	  --extra cluster --extra mlflow --extra objects --extra postgres --extra reference --extra onnx --extra zoos --group dev --group mutants pyproject.toml | sed -E '/^--/d; s/\+[a-z0-9.]+$$//' > constraints.new
	@mv constraints.new constraints.txt

openapi: $(VENV)/ready ## write the committed API description anew
	@$(BIN)/radiomiclens openapi > backend/openapi.json.new
	@mv backend/openapi.json.new backend/openapi.json

docs: openapi ## write docs/reference and the picture of the rooms anew, and build the site into build/site
	@$(BIN)/python docs/write_reference.py
	@$(BIN)/python docs/draw_rooms.py
	@$(BIN)/python -m sphinx -W --keep-going -q -b html docs build/site

sbom: $(VENV)/ready ## dist/sbom.json: what is installed, with versions and licences (CycloneDX)
	@mkdir -p dist
	@$(BIN)/python -m cyclonedx_py environment --pyproject pyproject.toml --output-file dist/sbom.json

bar: $(VENV)/ready ## the long figures, printed into docs/performance.md, docs/engine.md and docs/safety.md
	@$(BIN)/python -m pytest -n 0 -rs -m slow tests
	@$(BIN)/python -m benchmarks.acceptance

clean: ## remove what make installed (never data)
	@rm -rf $(VENV) $(VENV_313) .tools .mypy_cache .ruff_cache .pytest_cache

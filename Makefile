# Everything a developer or a build machine runs. `make demo` and `make test` set up all they need on a fresh
# Debian 12, may be repeated, and are quick the second time.

PYTHON ?= /usr/bin/python3
export PYTHON

ENGINE := .venv-engine/bin/python
QGIS_TESTS := .venv-qgis/bin/python

.PHONY: help setup engine engine-dev qgis-tests demo test lint format plugin clean

help:
	@echo "make demo     segment the New York scene with qgis_process, into demo/"
	@echo "make test     all tests: engine, provider, qgis_process   (SUITES=\"core qgis cli\" PYTEST_ARGS=...)"
	@echo "make lint     ruff and mypy;  make format  mends what ruff can mend"
	@echo "make plugin   the zip for the QGIS plugin manager, into dist/"
	@echo "make engine   only the engine's Python environment, .venv-engine"
	@echo "make setup    only QGIS, from the system's packages"
	@echo "make clean    remove what was made, environments included"

setup:
	@scripts/setup-system venv qgis

# The scripts below compare hashes and return at once when nothing changed; Make's timestamps would not do, as git
# gives every file of a fresh clone the time of the clone.
engine:
	@scripts/setup-system venv
	@scripts/make-venv .venv-engine requirements-engine.txt

engine-dev: engine
	@scripts/make-venv --add .venv-engine requirements-dev.txt

qgis-tests:
	@scripts/setup-system venv qgis ps
	@scripts/make-venv --system .venv-qgis requirements-qgis.txt

demo: setup engine
	@$(ENGINE) scripts/demo.py

test: engine-dev qgis-tests
	@$(PYTHON) scripts/run_tests.py $(SUITES) -- $(PYTEST_ARGS)

lint: engine-dev
	$(ENGINE) -m ruff check .
	$(ENGINE) -m ruff format --check .
	$(ENGINE) -m mypy

format: engine-dev
	$(ENGINE) -m ruff check --fix .
	$(ENGINE) -m ruff format .

plugin:
	@$(PYTHON) scripts/build_plugin.py

clean:
	rm -rf .venv-engine .venv-qgis .mypy_cache .pytest_cache .ruff_cache .qgis-settings demo dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

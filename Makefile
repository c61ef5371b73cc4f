# The two commands of the README are `make demo` and `make test`; each makes .venv by itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# What has to reach every branch of the core by itself.
CORE := tests/unit/approvals tests/property/test_promises.py
# What runs and kills real processes runs by itself: beside others on two cores it would wait for the machine.
PROCESSES := tests/faults/test_kills.py tests/faults/test_process.py

.PHONY: demo play test test-browser pictures newcomer soak bench lint types imports check docs locks clean

demo: $(READY)
	$(BIN)/relatch demo --once

# Opens at once, with nobody having asked for anything; PORT=8421 where 8420 is taken.
PORT ?= 8420
play: $(READY)
	$(BIN)/relatch demo --no-story --port $(PORT)

test: $(READY)
	$(BIN)/pytest -q -n auto --dist worksteal $(CORE) --cov=approvals --cov-branch \
		--cov-report=term-missing:skip-covered --cov-fail-under=100
	$(BIN)/pytest -q -n auto --dist worksteal $(CORE:%=--ignore=%) $(PROCESSES:%=--ignore=%) \
		--ignore=tests/bench --ignore=tests/browser
	$(BIN)/pytest -q $(PROCESSES)

# Needs Debian's chromium; leaves what the people saw in build/screenshots, to be looked at.
test-browser: $(READY)
	$(BIN)/pytest -q tests/browser

# Takes the README's pictures anew; look at them before they are committed.
pictures: $(READY)
	$(BIN)/pytest -q tests/browser/test_pictures.py
	mkdir -p docs/pictures
	cp build/screenshots/card.png build/screenshots/page.png build/screenshots/terminal.png docs/pictures/

# From a clone to a restored suspension in the browser, timed; the first step installs everything anew.
newcomer: $(READY)
	$(BIN)/python -m tests.browser.newcomer

# Three processes on one PostgreSQL, killed at random under load while everything around them fails.
MINUTES ?= 10
soak: $(READY)
	SOAK_SECONDS=$$(( $(MINUTES) * 60 )) $(BIN)/pytest -q tests/faults/soak.py

# Twenty minutes; PARTS="rest ack burst status report restore herd queue age record" names some. What was found is in
# docs/measurements.md.
bench: $(READY)
	$(BIN)/pytest -q tests/bench
	$(BIN)/python -m tests.bench $(PARTS)

check: lint types imports

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

imports: $(READY)
	$(BIN)/lint-imports

# Warnings are errors. The pages end up in build/docs.
docs: $(READY)
	$(BIN)/sphinx-build -n -W --keep-going -q -b html docs build/docs

# pip compiles bytecode as it installs; without it a start takes three times as long.
$(READY): requirements-dev.lock pyproject.toml
	@echo "Making $(VENV); this takes a minute or two, once."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	touch $(READY)

# Needs uv. Plain requirements with hashes: no address of any registry is written. Extras stay in the names:
# without, pip looks for the newest release of coverage[toml] beside the coverage that is pinned, and refuses it.
locks:
	uv pip compile --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-header --no-annotate \
		pyproject.toml -o requirements.lock
	uv pip compile --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--group dev pyproject.toml -o requirements-dev.lock
	uv pip compile --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--group build --constraint requirements-dev.lock -o requirements-build.lock

clean:
	rm -rf $(VENV) build dist

# make run    set up .venv and open the studio (or, without a display, run the demo headless)
# make test   set up .venv and run the test suite
# make test-long  the tests that take seconds each, or start, kill and walk through processes
# make check  linter, types, import contracts
# make bench  measure what is promised of speed and memory; into benchmarks/RESULTS.md (20 min)
# make translations  collect the window's texts for the translators, and compile what they wrote
# make clean  remove .venv and caches

PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test test-long check bench translations clean

run: .venv/ready
	@if [ "$$(uname)" = Darwin ] || [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
	  $(BIN)/python -m studio.system_libraries && exec $(BIN)/sila-studio; \
	else \
	  echo "There is no display here, so the same job runs without a window: sila demo"; \
	  exec $(BIN)/sila demo; \
	fi

# Tests start the command line dozens of times: compiled once, it starts seven times as fast.
test test-long: export PYTHONDONTWRITEBYTECODE =
test: .venv/ready-test
	$(BIN)/python -m pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder

test-long: .venv/ready-test
	$(BIN)/python -m pytest -m "(e2e or long) and not slow and not gpu" --numprocesses 3 --dist loadfile

check: .venv/ready-test
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/pyright

# What we are measured against lies apart, so that it cannot change what the project runs with.
PEERS := lightning pytorch-lightning lightning-utilities torchmetrics torchdistill tqdm pyyaml \
  tensorboard tensorboard-data-server absl-py grpcio markdown markupsafe protobuf werkzeug

bench: .venv/ready
	@test -d .venv/peers || \
	  $(BIN)/python -m pip install --quiet --no-deps --target .venv/peers $(PEERS) || \
	  echo "Not all peers could be installed: those that are not there are not measured."
	PYTHONPATH=.venv/peers $(BIN)/python benchmarks/run_all.py

# Texts stand in `self.tr("…")`, or outside of QObjects in `_translate("context", "…")`.
TRANSLATIONS := assets/translations/sila_studio_de.ts
COLLECT := -extensions py -tr-function-alias translate+=_translate -locations none -no-obsolete

translations: .venv/ready
	$(BIN)/pyside6-lupdate $(COLLECT) -target-language de studio -ts $(TRANSLATIONS)
	$(BIN)/pyside6-lrelease $(TRANSLATIONS)

clean:
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "SiLa Studio needs Python 3.11 or newer, and '$(PYTHON)' is:"; $(PYTHON) --version; \
	  echo "Name a newer one:  make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "This Python cannot make environments; on Debian or Ubuntu:"; \
	  echo "  sudo apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/ready: .venv/bin/python pyproject.toml
	@echo "Installing SiLa Studio and its packages into .venv (PyTorch is large: some minutes) ..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/ready-test: .venv/ready
	$(BIN)/python -m studio.system_libraries
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

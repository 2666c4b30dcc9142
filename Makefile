# Everything is done by `make run` and `make test`; `make help` lists the rest.

PYTHON ?= python3
export PYTHON DESTDIR WHEELS

python := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help run test lint format check-units chaos fuzz bench lock prove-fresh install uninstall clean \
	venv-run venv-test venv-bench

help:  ## This list
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

run: venv-run  ## The daemon in the foreground on ./inbox, with its state in ./state; Ctrl-C drains
	@mkdir -p inbox
	@echo "ingestd: drop PDFs into $(CURDIR)/inbox (Ctrl-C finishes what is in work and stops)"
	@exec .venv/bin/ingestd --inbox inbox --state-dir state

test: venv-test lint  ## Every check: style, types, unit files, tests
	$(python) -m pytest $(ARGS)

lint: venv-test  ## Style and types
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	$(python) -m mypy

format: venv-test  ## Rewrite the sources in the house style
	$(python) -m ruff check --fix .
	$(python) -m ruff format .

check-units: venv-test  ## The unit files alone: systemd-analyze verify and security
	$(python) -m pytest tests/systemd/test_unit_files.py $(ARGS)

chaos: venv-test  ## 500 kills at random instants (KILLS=500 SEED=1)
	$(python) -m pytest tests/chaos --timeout=0 --kills=$(or $(KILLS),500) --seed=$(or $(SEED),1) $(ARGS)

fuzz: venv-test  ## Mutated PDFs (INGESTD_CORPUS=folder MUTANTS=1500 SEED=1)
	$(python) -m pytest tests/fuzz --timeout=0 --mutants=$(or $(MUTANTS),1500) --seed=$(or $(SEED),1) $(ARGS)

bench: venv-bench  ## The benchmarks, and what they compare with
	$(python) -m bench $(ARGS)

lock:  ## Write constraints.txt anew from what pyproject.toml allows (PYTHON=python3.11)
	.make/lock

prove-fresh:  ## As root: `make run` and `make test` in a newly made Debian 12, as root and as an ordinary user
	tests/fresh/prove

install:  ## As root: a service under /opt/ingestd (DESTDIR=folder for packagers, WHEELS=folder to work offline)
	@systemd/install

uninstall:  ## As root: remove it, keep state and configuration
	@systemd/uninstall

clean:  ## Remove what `make` made here; ./inbox and ./state stay
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis daemon/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

venv-run venv-test venv-bench: venv-%:
	@.make/venv $*

"""How many mutants and from which seed: ``--mutants N --seed S``. The outcomes are printed at the end."""

from __future__ import annotations

import contextlib
import random

import pytest

from tests.life.conftest import daemon

__all__ = ["daemon"]

SLICE = 60
"""Mutants in ``make test``, of documents made here."""
REPORT = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Another folder may have the same options; whoever comes first defines them."""
    with contextlib.suppress(ValueError):
        parser.addoption("--mutants", type=int, default=SLICE, help="PDFs that are mutated and dropped")
    with contextlib.suppress(ValueError):
        parser.addoption("--seed", type=int, default=None, help="seed of what is left to chance")


@pytest.fixture(scope="session")
def mutant_count(pytestconfig: pytest.Config) -> int:
    """How many."""
    return int(pytestconfig.getoption("--mutants", SLICE))


@pytest.fixture(scope="session")
def seed(pytestconfig: pytest.Config) -> int:
    """Printed: it gives the same mutants again."""
    given = pytestconfig.getoption("--seed", None)
    seed = random.SystemRandom().randrange(10**6) if given is None else int(given)
    _lines(pytestconfig).append(f"seed {seed}")
    return seed


@pytest.fixture
def report(pytestconfig: pytest.Config) -> list[str]:
    """Lines to be printed at the end of the run."""
    return _lines(pytestconfig)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in _lines(config):
        terminalreporter.write_line(f"fuzz: {line}")


def _lines(config: pytest.Config) -> list[str]:
    return config.stash.setdefault(REPORT, [])

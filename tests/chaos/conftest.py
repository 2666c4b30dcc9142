"""How many kills and from which seed: ``--kills N --seed S``. The figures are printed at the end."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.life.daemon import Daemon

SLICE = 12
"""Kills in ``make test``."""
REPORT = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Another folder may have the same options; whoever comes first defines them."""
    with contextlib.suppress(ValueError):
        parser.addoption("--kills", type=int, default=SLICE, help="kills of the chaos test")
    with contextlib.suppress(ValueError):
        parser.addoption("--seed", type=int, default=None, help="seed of what is left to chance")


@pytest.fixture(scope="session")
def kills(pytestconfig: pytest.Config) -> int:
    """How many."""
    return int(pytestconfig.getoption("--kills", SLICE))


@pytest.fixture(scope="session")
def seed(pytestconfig: pytest.Config) -> int:
    """Printed, so that a failure can be met again as far as a race can."""
    given = pytestconfig.getoption("--seed", None)
    seed = random.SystemRandom().randrange(10**6) if given is None else int(given)
    _lines(pytestconfig).append(f"seed {seed}")
    return seed


@pytest.fixture
def report(pytestconfig: pytest.Config) -> list[str]:
    """Lines to be printed at the end of the run."""
    return _lines(pytestconfig)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """Not started yet; killed at the end."""
    made = Daemon(tmp_path)
    yield made
    made.kill()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in _lines(config):
        terminalreporter.write_line(f"chaos: {line}")


def _lines(config: pytest.Config) -> list[str]:
    return config.stash.setdefault(REPORT, [])

"""What a failed attempt means."""

from __future__ import annotations

import random

import pytest

from ingestd.config import Retry
from ingestd.errors import EncryptedPDF, IngestError, StorageError, WorkerCrashed, WorkerTimeout
from ingestd.flow.verdict import GiveUp, TryAgain, judge, recorded
from ingestd.model import Claim, Priority

POLICY = Retry(max_attempts=4, first_delay=2.0, max_delay=10.0)


def claim(failures: int = 0, worker_deaths: int = 0) -> Claim:
    return Claim(
        "ab" * 32, 10, Priority.NORMAL, failures + 1, failures, worker_deaths, "/in", b"/in/a.pdf", 0.0
    )


def verdict(error: BaseException, held: Claim) -> TryAgain | GiveUp:
    return judge(error, held, POLICY, random.Random(1))


@pytest.mark.parametrize(
    "error", [EncryptedPDF("locked"), WorkerCrashed("dead", exitcode=-11), WorkerTimeout("late")]
)
def test_a_bad_document_is_given_up_at_once(error: IngestError) -> None:
    """Trying again cannot help; within the attempt everything was tried."""
    assert GiveUp() == verdict(error, claim())


def test_a_worker_killed_from_outside_is_chance_once() -> None:
    """Twice is the document's fault: it may be what makes the kernel kill."""
    error = WorkerCrashed("dead", exitcode=-9)
    assert isinstance(verdict(error, claim()), TryAgain)
    assert GiveUp() == verdict(error, claim(failures=1, worker_deaths=1))


@pytest.mark.parametrize("error", [StorageError("disk full"), ValueError("a fault of ours")])
def test_the_machinery_is_tried_again_later_and_later(error: BaseException) -> None:
    """Delays grow under full jitter, up to a limit, a bounded number of times."""
    longest = []
    for failures in range(3):
        judged = [judge(error, claim(failures), POLICY, random.Random(seed)) for seed in range(200)]
        longest.append(max(v.delay for v in judged if isinstance(v, TryAgain)))
    assert [2.0, 4.0, 8.0] == [round(delay) for delay in longest]
    assert GiveUp() == verdict(error, claim(failures=3))


def test_the_last_failure_says_that_it_is_the_last() -> None:
    """The operator reads how often it was tried, and how to try again."""
    held = claim(failures=3)
    error = recorded(StorageError("disk full", hint="Free some."), GiveUp(), held)
    assert "disk full (4 attempts failed, no more will be made)" == error.message
    assert error.hint.endswith(f"Then `ingestctl retry {held.sha256[:12]}`.")
    assert "storage" == error.type
    assert "unexpected" == recorded(ValueError("x"), TryAgain(1.0), claim()).type

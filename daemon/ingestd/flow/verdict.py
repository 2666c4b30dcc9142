"""What becomes of a document after a failed attempt: one pure decision."""

from __future__ import annotations

import random
from typing import NamedTuple

from ingestd.concurrency import backoff_delay
from ingestd.config import Retry
from ingestd.errors import DocumentError, IngestError, WorkerError, known
from ingestd.flow.extraction import killed_from_outside
from ingestd.model import Claim

MAX_WORKER_DEATHS = 2
"""Attempts ended by the death of a worker after which a document is never again tried by itself."""


class TryAgain(NamedTuple):
    """After ``delay`` seconds."""

    delay: float


class GiveUp(NamedTuple):
    """To quarantine, for good until an operator says otherwise."""


def judge(error: BaseException, claim: Claim, policy: Retry, rng: random.Random) -> TryAgain | GiveUp:
    """The document is bad: give up. The machinery is bad: try again, later and later, but not for ever.

    A worker's death is the document's fault, and every means to save some of it has been tried within the
    attempt, unless the worker was killed from outside: that may be chance once.
    """
    if isinstance(error, DocumentError):
        return GiveUp()
    if isinstance(error, WorkerError) and (
        not killed_from_outside(error) or claim.worker_deaths + 1 >= MAX_WORKER_DEATHS
    ):
        return GiveUp()
    if claim.failures + 1 >= policy.max_attempts:
        return GiveUp()
    return TryAgain(backoff_delay(claim.failures + 1, policy.first_delay, policy.max_delay, rng))


def recorded(error: BaseException, verdict: TryAgain | GiveUp, claim: Claim) -> IngestError:
    """The error as ledger, log and operator see it: at the end of all attempts it says so."""
    failure = known(error)
    if isinstance(verdict, TryAgain) or isinstance(failure, DocumentError | WorkerError):
        return failure
    return failure.__class__(
        f"{failure.message} ({claim.failures + 1} attempts failed, no more will be made)",
        hint=f"{failure.hint} Then `ingestctl retry {claim.sha256[:12]}`.".strip(),
        **failure.context,
    )

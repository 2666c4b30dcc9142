"""PDFs spoiled by chance, dropped on the real daemon: each has an outcome that is said, and the daemon lives."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import random
import subprocess
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from ingestd.model import Status
from ingestd.store import DocumentRow
from tests.fuzz import seeds
from tests.fuzz.mutants import mutants
from tests.life.daemon import Daemon
from tests.pdfs import pdf, prose

SETTINGS = """
[executors]
cpu_workers = 2
[limits]
max_pages = 2000
max_text = "16MiB"
worker_memory = "512MiB"
seconds_base = 5.0
seconds_per_page = 0.2
[throttle]
enabled = false
[watch]
settle_quiet = 0.05
settle_quiet_unfinished = 0.05
[pdf]
engine = "{engine}"
range_pages = 8
"""
REASONS = {"damaged", "encrypted", "empty", "too_large", "timeout", "cpu", "memory", "crash"}
"""What a quarantined mutant may be. Anything else is a fault of ours."""
BATCH = 200
"""Mutants in the inbox at a time."""
PER_MUTANT = 3.0
"""Seconds within which a mutant is done, on the average of a batch, on a busy machine."""
MACHINE_TALK = ("Traceback", "Error(", "Exception", "NoneType", "object has no", "0x", "list index", "\\x")
"""What no sentence for a person holds."""


@pytest.mark.parametrize("engine", ["auto", "pypdf"])
def test_mutants_of_made_documents(
    daemon: Daemon, mutant_count: int, seed: int, report: list[str], engine: str
) -> None:
    """Exact counts, a sentence for each in quarantine, nothing unexpected, a daemon that goes on."""
    count = mutant_count if engine == "auto" else mutant_count // 3
    run = Run(daemon, engine)
    run.fuzz(random.Random(seed), seeds.made(), count)
    report.append(f"made, engine {engine}: {run.verdict()}")


@pytest.mark.slow
def test_mutants_of_a_corpus(daemon: Daemon, mutant_count: int, seed: int, report: list[str]) -> None:
    """The same over real files."""
    documents = seeds.corpus()
    if not documents:
        pytest.skip("INGESTD_CORPUS names no folder with PDFs")
    run = Run(daemon, "auto")
    run.fuzz(random.Random(seed), documents, mutant_count)
    report.append(f"corpus of {len(documents)}: {run.verdict()}")


class Run:
    """A daemon fed with mutants, and the books of what became of them."""

    def __init__(self, daemon: Daemon, engine: str) -> None:
        self._daemon = daemon
        daemon.configure(SETTINGS.format(engine=engine))
        self._dropped: set[str] = set()

    def fuzz(self, rng: random.Random, documents: Sequence[bytes], count: int) -> None:
        """Drops ``count`` mutants, batch by batch, and waits for each batch."""
        self._daemon.start()
        source = mutants(rng, documents)
        while count > 0:
            batch = list(itertools.islice(source, min(BATCH, count)))
            count -= len(batch)
            for data in filter(None, batch):
                name = hashlib.sha256(data).hexdigest()
                if name not in self._dropped:
                    self._dropped.add(name)
                    self._daemon.drop(f"{name}.pdf", data)
            self._settle(PER_MUTANT * len(batch) + 30)

    def verdict(self) -> str:
        """The outcomes, once all that must hold was seen to hold."""
        self._daemon.drop("innocent.pdf", pdf(prose(3), marker="innocent"))
        self._dropped.add(hashlib.sha256(pdf(prose(3), marker="innocent")).hexdigest())
        self._settle(30)
        assert 0 == self._daemon.stop()
        rows = self._rows()
        left = {path.stem for path in self._daemon.inbox.iterdir()}
        assert self._dropped == {row.sha256 for row in rows} | left
        assert not left & {row.sha256 for row in rows}
        faults = [fault for row in rows for fault in faults_of(row)] + self._faults_in_log(len(left))
        assert not faults, "\n".join(fault[:1000] for fault in faults[:20])
        counts = Counter(
            f"{row.status} {row.error['type']}" if row.error else str(row.status) for row in rows
        )
        counts["left in the inbox, not_a_pdf"] = len(left)
        assert len(self._dropped) == counts.total()
        outcomes = ", ".join(f"{counts[name]} {name}" for name in sorted(counts))
        return f"{len(self._dropped)} different files: {outcomes}"

    def _settle(self, within: float) -> None:
        """Until each mutant has its outcome. Fails when the daemon ends."""
        assert self._daemon.process is not None
        for _ in range(int(within / 0.2)):
            with contextlib.suppress(subprocess.TimeoutExpired):
                raise AssertionError(f"the daemon ended with status {self._daemon.process.wait(0.2)}")
            ended = self._daemon.documents()
            left = len(self._daemon.events("inbox.ignored"))
            if ended.done + ended.quarantined + left >= len(self._dropped):
                return
        raise AssertionError(f"not all mutants have an outcome after {within} s: {ended}, {left} left")

    def _rows(self) -> Sequence[DocumentRow]:
        with self._daemon.catalog() as catalog:
            return list(catalog.documents())

    def _faults_in_log(self, left: int) -> list[str]:
        lines = self._daemon.log()  # fails on a line that is not one JSON object
        faults = [f"in the log: {line}" for line in lines if line["level"] == "error" or "exception" in line]
        faults += [f"in the log: {line}" for line in lines if _reason(line) == "unexpected"]
        ignored = [line for line in lines if line["event"] == "inbox.ignored"]
        faults += [f"ignored: {line}" for line in ignored if line["reason"] != "not_a_pdf"]
        return faults if len(ignored) == left else [*faults, f"{left} left, {len(ignored)} said to be"]


def faults_of(row: DocumentRow) -> list[str]:
    """What is wrong with the outcome of one document."""
    if row.status is Status.DONE:
        return [] if row.pages else [f"{row.sha256} is done and has no pages"]
    if row.status is not Status.QUARANTINED or row.error is None:
        return [f"{row.sha256} is {row.status}, {row.error}"]
    kind, message, hint = (str(row.error[key]) for key in ("type", "message", "hint"))
    faults = [] if kind in REASONS else [f"reason {kind}: {message}"]
    faults += [f"no sentence: {kind} {text!r}" for text in (message, hint) if not _is_sentence(text)]
    return faults


def _reason(line: dict[str, Any]) -> str:
    error = line.get("error")
    return str(error["type"]) if isinstance(error, dict) else ""


def _is_sentence(text: str) -> bool:
    return text.isprintable() and 10 < len(text) < 400 and not any(talk in text for talk in MACHINE_TALK)

"""The process executor: a worker that was taken over does not get at its parent through its results."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from ingestd.concurrency import ProcessExecutor
from ingestd.concurrency.process.trust import reader
from ingestd.errors import PDFParseError, UnpicklableError
from ingestd.model import Chunk, Status
from tests.concurrency import process_tasks as tasks

TRUSTED = ("ingestd.model",)


@pytest.fixture(scope="module")
def executor() -> Iterator[ProcessExecutor]:
    with tasks.executor(1, results_from=TRUSTED) as executor:
        yield executor


@pytest.mark.parametrize(
    "value",
    [
        [1, "two", b"3", 4.0, None, {5}, frozenset({6}), (7,), {"eight": [9]}, bytearray(b"10"), 1 + 1j],
        Chunk(0, 1, 2, 3, 4, ("a", "b")),
        [Status.DONE] * 3,
        b"x" * 3_000_000,
    ],
)
def test_what_is_trusted_comes_through(executor: ProcessExecutor, value: Any) -> None:
    """Plain data and classes of the modules named, of any size."""
    assert executor.submit(tasks.same, value).result(30) == value


def test_errors_come_through(executor: ProcessExecutor) -> None:
    """Python's and ours, with all that they tell."""
    with pytest.raises(LookupError, match="lost"):
        executor.submit(tasks.fail, "lost").result(30)
    with pytest.raises(PDFParseError) as caught:
        executor.submit(tasks.fail_by, PDFParseError("bad", hint="mend it", page=3)).result(30)
    assert caught.value.to_dict() == PDFParseError("bad", hint="mend it", page=3).to_dict()


class _Call:
    """A pickle that calls a function where it is read."""

    def __init__(self, fn: Any, *args: Any) -> None:
        self._call = fn, args

    def __reduce__(self) -> Any:
        return self._call


def test_a_result_cannot_call(executor: ProcessExecutor, tmp_path: Any) -> None:
    """The task fails by name; nothing was called in our process."""
    with pytest.raises(UnpicklableError, match="nothing that results are made of"):
        executor.submit(tasks.return_call, str(tmp_path / "made")).result(30)
    assert not (tmp_path / "made").exists()
    assert executor.submit(tasks.double, 1).result(30) == 2


@pytest.mark.parametrize(
    "evil",
    [
        pickle.dumps(_Call(os.getpid)),
        pickle.dumps(_Call(eval, "1")),
        pickle.dumps(_Call(getattr, 1, "real")),
        b"\x80\x04\x8c\x0dingestd.model\x8c\x09dataclass\x93.",  # imported there, not its own
        b"\x80\x04\x8c\x0dingestd.model\x8c\x11StrEnum.__new__.x\x93.",  # a path through attributes
        b"\x80\x04\x8c\x0eingestd.models\x8c\x05Chunk\x93.",  # begins alike
    ],
)
def test_ways_around_are_closed(evil: bytes) -> None:
    """Functions, re-exports and paths through attributes are refused."""
    with pytest.raises(pickle.UnpicklingError, match="nothing that results are made of"):
        reader(TRUSTED)(evil)

"""The one interface: awaitable and blocking twins, mapping, streaming, cascades, nested calls."""

from __future__ import annotations

import asyncio
import itertools
import operator
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ingestd.concurrency import CircuitBreaker, ConcurrencyManager, get_concurrency_manager
from ingestd.errors import NestedExecutorError
from tests.concurrency.conftest import Make
from tests.concurrency.gate import Gate
from tests.eventually import eventually

EXECUTORS = ["io", "chunk", "cpu"]
MAPS = {"io": "io", "chunk": "chunks", "cpu": "cpu"}


@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_call_and_its_twin_agree(manager: ConcurrencyManager, executor: str) -> None:
    """Awaited or blocking, positional and keyword arguments arrive, and the result comes back."""
    awaitable = getattr(manager, f"run_{executor}")
    blocking = getattr(manager, f"run_{executor}_sync")
    assert asyncio.run(awaitable(int, "11", base=2, priority="high", timeout=20)) == 3
    assert blocking(int, "11", base=2, priority="high", timeout=20) == 3
    with pytest.raises(ZeroDivisionError):
        asyncio.run(awaitable(operator.floordiv, 1, 0))
    with pytest.raises(ZeroDivisionError):
        blocking(operator.floordiv, 1, 0)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_maps_keep_order_in_all_their_forms(manager: ConcurrencyManager, executor: str) -> None:
    """``map`` and ``imap``, awaited or blocking, give the results in the order of the items."""
    name = MAPS[executor]
    expected = [n * 2 for n in range(30)]
    items = (range(30), itertools.repeat(2))

    async def awaited() -> tuple[list[int], list[int]]:
        mapped = await getattr(manager, f"map_{name}")(operator.mul, *items)
        return mapped, [r async for r in getattr(manager, f"imap_{name}")(operator.mul, *items)]

    assert asyncio.run(awaited()) == (expected, expected)
    assert getattr(manager, f"map_{name}_sync")(operator.mul, *items) == expected
    assert list(getattr(manager, f"imap_{name}_sync")(operator.mul, *items)) == expected


def test_return_exceptions_keeps_going(manager: ConcurrencyManager) -> None:
    """With return_exceptions an error stands in its place; without, the first ends the map."""
    texts = ["1", "x", "3"]
    mapped = manager.map_io_sync(int, texts, return_exceptions=True)
    assert (mapped[0], type(mapped[1]), mapped[2]) == (1, ValueError, 3)
    mapped = asyncio.run(manager.map_io(int, texts, return_exceptions=True))
    assert (mapped[0], type(mapped[1]), mapped[2]) == (1, ValueError, 3)
    with pytest.raises(ValueError, match="'x'"):
        manager.map_io_sync(int, texts)
    with pytest.raises(ValueError, match="'x'"):
        asyncio.run(manager.map_io(int, texts))


def _count(taken: list[int], items: int) -> Iterator[int]:
    for n in range(items):
        taken.append(n)
        yield n


def test_streams_keep_only_a_window(manager: ConcurrencyManager) -> None:
    """The input is taken in step with the results, never more than ``window`` ahead."""
    taken: list[int] = []
    for done, _ in enumerate(manager.imap_io_sync(int, _count(taken, 100), window=5), start=1):
        assert len(taken) <= done + 5

    async def stream() -> None:
        done = 0
        async for _ in manager.imap_io(int, _count(taken, 100), window=5):
            done += 1
            assert len(taken) <= done + 5

    taken.clear()
    asyncio.run(stream())
    assert len(taken) == 100
    with pytest.raises(ValueError, match="at least 1"):
        manager.map_io_sync(int, [1], window=0)


def test_leaving_a_stream_takes_the_rest_back(make_manager: Make) -> None:
    """Who stops listening does not leave work behind that has not started."""
    manager = make_manager(io_workers=1)
    gate = Gate()
    blocker = manager.submit_io(gate)
    stream = manager.imap_io_sync(int, itertools.count(), window=8)
    first = manager.submit_io(next, stream, priority="high")  # waits inside: refused, see nesting
    eventually(lambda: gate.inside == 1)
    gate.open()
    blocker.result(10)
    with pytest.raises(NestedExecutorError):
        first.result(10)
    stream = manager.imap_io_sync(int, itertools.count(), window=8)
    assert next(stream) == 0
    stream.close()  # type: ignore[attr-defined]
    eventually(lambda: manager.get_stats()["executors"]["io"]["queued"] == 0)


def test_cancelling_the_awaiter_takes_back_what_has_not_started(make_manager: Make) -> None:
    """The awaiting task's cancellation reaches the queue; a running call is left to end."""
    manager = make_manager(io_workers=1)
    gate = Gate()

    async def scenario() -> None:
        running = asyncio.create_task(manager.run_io(gate))
        waiting = asyncio.create_task(manager.run_io(gate))
        await asyncio.sleep(0)
        for task in (running, waiting):
            task.cancel()
        assert [type(r) for r in await asyncio.gather(running, waiting, return_exceptions=True)] == [
            asyncio.CancelledError
        ] * 2

    asyncio.run(scenario())
    stats = manager.get_stats()["executors"]["io"]
    assert (stats["cancelled"], stats["running"], stats["queued"]) == (1, 1, 0)
    gate.open()


def _nested(manager: ConcurrencyManager, outer: str, inner: Callable[[], Any]) -> BaseException | None:
    future = getattr(manager, f"submit_{outer}")(inner)
    error: BaseException | None = future.exception(20)
    return error


def test_a_wait_for_the_own_executor_is_refused(manager: ConcurrencyManager) -> None:
    """Each way of waiting inside an io task for io is an error at once; from outside nothing is."""
    ways: list[Callable[[], Any]] = [
        lambda: manager.run_io_sync(int),
        lambda: manager.map_io_sync(int, [1]),
        lambda: asyncio.run(manager.run_io(int)),
        lambda: manager.submit_io(int).result(),
        lambda: manager.run_cascade_sync(int, str),
        manager.shutdown,
    ]
    manager.set_limit("io", 1)
    for way in ways:
        error = _nested(manager, "io", way)
        assert isinstance(error, NestedExecutorError), way
        assert error.context["executor"] == "io"


def nested_cpu() -> int:
    return get_concurrency_manager().run_cpu_sync(int)


def test_a_worker_process_starts_no_processes_of_its_own(manager: ConcurrencyManager) -> None:
    """Inside a cpu task a call of the cpu executor is refused, not answered by a pool within the pool."""
    with pytest.raises(NestedExecutorError, match="cpu executor"):
        manager.run_cpu_sync(nested_cpu, timeout=20)


def test_calls_to_another_executor_are_free(manager: ConcurrencyManager) -> None:
    """io may wait for chunk and cpu, chunk for cpu and io."""
    assert manager.run_io_sync(lambda: manager.run_chunk_sync(int)) == 0
    assert manager.run_io_sync(lambda: manager.run_cpu_sync(int)) == 0
    assert manager.run_chunk_sync(lambda: manager.run_cpu_sync(int)) == 0
    assert manager.run_chunk_sync(lambda: manager.run_io_sync(int)) == 0


def test_a_circle_over_two_executors_is_refused(manager: ConcurrencyManager) -> None:
    """io waiting for chunk waiting for io is the same dead end with a detour."""
    error = _nested(manager, "io", lambda: manager.run_chunk_sync(lambda: manager.run_io_sync(int)))
    assert isinstance(error, NestedExecutorError)


def test_two_executors_that_wait_for_each_other_do_not_lock_up(make_manager: Make) -> None:
    """io waiting for chunk and chunk for io are fine alone; the wait that would close the circle is refused."""
    manager = make_manager(io_workers=2, chunk_processor_workers=2)
    together = threading.Barrier(4)

    def wait_for(run: Callable[..., Any]) -> Any:
        together.wait(20)
        return run(int)

    futures = [manager.submit_io(wait_for, manager.run_chunk_sync) for _ in range(2)]
    futures += [manager.submit_chunk(wait_for, manager.run_io_sync) for _ in range(2)]
    errors = [future.exception(20) for future in futures]
    refused = [error for error in errors if error is not None]
    assert 1 <= len(refused) <= 3
    assert all(isinstance(error, NestedExecutorError) for error in refused)
    assert manager.run_io_sync(lambda: manager.run_chunk_sync(int)) == 0


def test_another_manager_is_no_nesting(manager: ConcurrencyManager, make_manager: Make) -> None:
    """A second manager's io executor is another executor."""
    other = make_manager()
    assert manager.run_io_sync(lambda: other.run_io_sync(int)) == 0


def test_submitting_without_waiting_is_free(make_manager: Make) -> None:
    """A task may put further work into its own executor as long as it does not wait for it."""
    manager = make_manager(io_workers=1)
    inner = manager.run_io_sync(lambda: manager.submit_io(int, "7"))
    assert inner.result(10) == 7


def test_cascade_feeds_one_result_into_the_next(manager: ConcurrencyManager) -> None:
    """io first, its result to cpu, in one call; an error of either is the error of the whole."""
    assert manager.run_cascade_sync(str, int, 12) == 12
    assert asyncio.run(manager.run_cascade(str, int, 12, priority="high", timeout=20)) == 12
    with pytest.raises(ValueError, match="'x'"):
        manager.run_cascade_sync(str, int, "x")
    with pytest.raises(ZeroDivisionError):
        manager.run_cascade_sync(operator.floordiv, int, 1, 0)
    stats = manager.get_stats()["executors"]
    assert (stats["io"]["submitted"], stats["cpu"]["submitted"]) == (4, 3)


def test_cascade_can_be_cancelled_before_it_starts(make_manager: Make) -> None:
    """A cascade waiting for its first stage is taken back as one."""
    manager = make_manager(io_workers=1)
    gate = Gate()
    manager.submit_io(gate)
    cascade = manager.submit_cascade(str, int, 12)
    assert cascade.cancel()
    assert cascade.cancelled()
    gate.open()


def test_breakers_stand_in_the_statistics(manager: ConcurrencyManager) -> None:
    """A breaker that was added shows its state; it works over the manager's calls, awaited and blocking."""
    breaker = manager.add_breaker(CircuitBreaker("disk"))
    assert asyncio.run(breaker.call(manager.run_io, int, "3")) == 3
    assert breaker.call_sync(manager.run_io_sync, int, "4") == 4
    assert manager.get_stats()["breakers"]["disk"]["state"] == "closed"
    assert manager.get_stats()["breakers"]["disk"]["succeeded"] == 2


def test_limit_of_processes_follows(manager: ConcurrencyManager, tmp_path: Path) -> None:
    """A raised cpu limit brings more processes: two calls that wait for each other both end."""
    manager.run_cpu_sync(int)
    manager.set_limit("cpu", 2)
    futures = [manager.submit_cpu(meet, tmp_path / "a", tmp_path / "b", timeout=20)]
    futures += [manager.submit_cpu(meet, tmp_path / "b", tmp_path / "a", timeout=20)]
    assert [future.result() for future in futures] == ["met", "met"]


def meet(mine: Path, theirs: Path) -> str:
    mine.touch()
    while not theirs.exists():
        time.sleep(0.001)
    return "met"

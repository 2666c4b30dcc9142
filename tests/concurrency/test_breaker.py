"""The circuit breaker, on a clock that tests turn."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from ingestd.concurrency import BreakerState, CircuitBreaker
from ingestd.errors import CircuitOpenError
from tests.concurrency.gate import Gate
from tests.eventually import eventually


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def fail(error: BaseException | None = None) -> None:
    raise error or OSError("broken")


def break_it(breaker: CircuitBreaker, times: int) -> None:
    for _ in range(times):
        with pytest.raises(OSError, match="broken"):
            breaker.call_sync(fail)


def breaker_of(threshold: int = 3, **settings: Any) -> tuple[CircuitBreaker, Clock, list[tuple[str, str]]]:
    clock, heard = Clock(), []
    breaker = CircuitBreaker(
        "disk", failure_threshold=threshold, recovery_timeout=60, clock=clock, **settings
    )
    breaker.on_change(lambda _, old, new: heard.append((str(old), str(new))))
    return breaker, clock, heard


def test_opens_after_failures_in_a_row() -> None:
    """A success in between starts the count anew; open means that nothing is called."""
    breaker, clock, heard = breaker_of()
    break_it(breaker, 2)
    assert breaker.call_sync(int) == 0
    break_it(breaker, 3)
    assert breaker.state == "open"
    clock.now += 20
    with pytest.raises(CircuitOpenError, match="the call was not made") as caught:
        breaker.call_sync(pytest.fail, "it was called")
    assert caught.value.retryable
    assert caught.value.context == {"breaker": "disk", "state": "open", "retry_after": 40.0}
    assert heard == [("closed", "open")]


def test_default_is_five_failures_and_sixty_seconds() -> None:
    """The documented defaults."""
    breaker = CircuitBreaker()
    break_it(breaker, 4)
    assert breaker.state is BreakerState.CLOSED
    break_it(breaker, 1)
    assert 59 < breaker.retry_after <= 60


def test_a_good_probe_closes_a_bad_one_opens_again() -> None:
    """After the recovery time one call decides."""
    breaker, clock, heard = breaker_of()
    break_it(breaker, 3)
    clock.now += 60
    break_it(breaker, 1)
    assert breaker.state is BreakerState.OPEN
    clock.now += 60
    assert breaker.retry_after == 0
    assert breaker.call_sync(int) == 0
    assert breaker.state is BreakerState.CLOSED
    assert heard == [
        ("closed", "open"), ("open", "half_open"), ("half_open", "open"),
        ("open", "half_open"), ("half_open", "closed"),
    ]  # fmt: skip


def test_one_probe_only() -> None:
    """While the probe is under way everyone else is refused, threads and tasks alike."""
    breaker, clock, _ = breaker_of()
    break_it(breaker, 3)
    clock.now += 60
    gate = Gate()
    probe = threading.Thread(target=breaker.call_sync, args=(gate,))
    probe.start()
    eventually(lambda: gate.inside == 1)

    async def others() -> list[Any]:
        calls = (breaker.call(asyncio.sleep, 0) for _ in range(10))
        return await asyncio.gather(*calls, return_exceptions=True)

    assert {type(r) for r in asyncio.run(others())} == {CircuitOpenError}
    gate.open()
    probe.join(10)
    assert breaker.state is BreakerState.CLOSED


def test_late_results_of_an_older_state_do_not_count() -> None:
    """A call that began before the breaker opened neither closes it nor keeps it open."""
    breaker, clock, heard = breaker_of()
    late = {"succeed": Gate(), "fail": Gate()}

    def late_failure() -> None:
        late["fail"]()
        fail()

    def quietly() -> None:
        with pytest.raises(OSError, match="broken"):
            breaker.call_sync(late_failure)

    threads = [
        threading.Thread(target=breaker.call_sync, args=(late["succeed"],)),
        threading.Thread(target=quietly),
    ]
    for thread in threads:
        thread.start()
    eventually(lambda: all(gate.inside for gate in late.values()))
    break_it(breaker, 3)
    late["succeed"].open()
    threads[0].join(10)
    assert breaker.state is BreakerState.OPEN
    assert breaker.stats()["failures_in_a_row"] == 3
    clock.now += 60
    breaker.call_sync(int)
    late["fail"].open()
    threads[1].join(10)
    assert breaker.stats()["failures_in_a_row"] == 0
    assert heard[-1] == ("half_open", "closed")


def test_cancellation_is_neutral() -> None:
    """Cancelled calls are no failures, and a cancelled probe lets the next one try."""
    breaker, clock, _ = breaker_of(threshold=1)

    async def cancelled() -> None:
        task = asyncio.create_task(breaker.call(asyncio.sleep, 3600))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert breaker.state is BreakerState.CLOSED
    break_it(breaker, 1)
    clock.now += 60
    asyncio.run(cancelled())
    assert breaker.state is BreakerState.HALF_OPEN
    assert breaker.call_sync(int) == 0
    assert breaker.state is BreakerState.CLOSED
    assert breaker.stats()["neutral"] == 2


@pytest.mark.parametrize("counts", [(OSError,), lambda error: isinstance(error, OSError)])
def test_only_named_exceptions_count(counts: Any) -> None:
    """What is not on the list is the caller's affair."""
    breaker, _, _ = breaker_of(threshold=1, counts=counts)
    with pytest.raises(ValueError, match="mine"):
        breaker.call_sync(fail, ValueError("mine"))
    assert breaker.state is BreakerState.CLOSED
    break_it(breaker, 1)
    assert breaker.state is BreakerState.OPEN


def test_a_listener_that_fails_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """Its error is logged; the breaker and the other listeners go on."""
    breaker, _, heard = breaker_of(threshold=1)
    breaker._listeners.insert(0, lambda *_: fail())
    break_it(breaker, 1)
    assert heard == [("closed", "open")]
    assert "a listener of breaker disk failed" in caplog.text

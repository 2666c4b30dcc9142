"""Yielding to others: the law on invented numbers, the thread on an invented machine, real neighbours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.concurrency import ConcurrencyManager, Load, ThrottleChange
from ingestd.concurrency import throttle as module
from ingestd.concurrency.load import MachineLoad
from ingestd.concurrency.throttle import FLOOR, LINGER, AutoThrottle, Law
from tests.concurrency.conftest import Make
from tests.concurrency.gate import Gate
from tests.eventually import eventually

IDLE = Load(cpu=3, cpu_others=3, memory_others=30, cpu_pressure=0, memory_pressure=0, memory_stall=0)
OWN_WORK = IDLE._replace(cpu=100, cpu_others=2, cpu_pressure=60)
OTHERS = IDLE._replace(cpu=100, cpu_others=90, cpu_pressure=40)


class Scripted:
    """A machine whose load the test sets."""

    def __init__(self, load: Load = IDLE) -> None:
        self.load = load
        self.looks = 0

    def sample(self) -> Load | None:
        self.looks += 1
        return self.load

    def forget(self) -> None:
        """Nothing is remembered."""


def factors(law: Law, load: Load, seconds: int, start: int = 0) -> list[float]:
    return [law.step(load, start + second) for second in range(seconds)]


def law() -> Law:
    return Law(cpu_threshold=85.0, memory_threshold=80.0)


def test_own_full_work_is_no_reason() -> None:
    """On a machine that does nothing else the factor stays at 1, whatever the pressure."""
    assert set(factors(law(), OWN_WORK, 600)) == {1.0}


@pytest.mark.parametrize(
    "load",
    [
        OTHERS,
        IDLE._replace(cpu=90, cpu_others=88, cpu_pressure=0),  # we sleep, others fill the machine
        IDLE._replace(cpu=100, cpu_others=33, cpu_pressure=50),  # one neighbour against our two workers
        IDLE._replace(cpu=100, cpu_others=33, cpu_pressure=None),  # the same without pressure information
        IDLE._replace(memory_others=85),
        IDLE._replace(memory_pressure=15),
        IDLE._replace(memory_stall=3),
        IDLE._replace(memory_of_limit=95),
    ],
)
def test_reacts_within_five_seconds_and_recovers_within_thirty(load: Load) -> None:
    """Each kind of load of others lowers the factor, and calm brings all of it back in time."""
    one = law()
    assert min(factors(one, load, 5)) < 1.0
    assert one.reason
    factors(one, load, 600, start=5)
    assert one.factor >= FLOOR
    assert factors(one, IDLE, 30, start=605)[-1] == 1.0
    assert one.reason == ""


def test_one_busy_look_is_not_enough() -> None:
    """A single peak changes nothing."""
    one = law()
    assert set(factors(one, OTHERS, 1) + factors(one, IDLE, 3, 1) + factors(one, OTHERS, 1, 4)) == {1.0}


def test_a_cut_is_given_time_to_show() -> None:
    """After lowering, the factor holds for five seconds before it is lowered again."""
    seen = factors(law(), OTHERS, 13)
    assert seen == [1.0] + [0.7] * 5 + [0.49] * 5 + [0.343] * 2


def test_between_the_thresholds_the_factor_rests() -> None:
    """Half a machine used by others neither lowers nor raises it: hysteresis."""
    one = law()
    factors(one, OTHERS, 2)
    middle = IDLE._replace(cpu=100, cpu_others=50, cpu_pressure=1)
    assert set(factors(one, middle, 60, 2)) == {0.7}


@given(st.lists(st.builds(Load, *[st.floats(0, 100)] * 3, *[st.none() | st.floats(0, 100)] * 4), max_size=80))
def test_factor_stays_in_its_range(loads: list[Load]) -> None:
    """For any loads at all: above 0, at most 1, a reason exactly when below 1, one bounded step a look."""
    one = law()
    before = 1.0
    for second, load in enumerate(loads):
        factor = one.step(load, second)
        assert FLOOR <= factor <= 1.0
        assert bool(one.reason) == (factor < 1.0)
        assert 0.69 * before <= factor <= before + 0.081
        before = factor


@contextmanager
def work(manager: ConcurrencyManager) -> Iterator[Gate]:
    gate = Gate()
    manager.submit_io(gate)
    yield gate
    gate.open()


def test_factor_reaches_the_executors_and_the_listeners(
    make_manager: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lowered, fewer calls run at once, one at least; raised, they all run again; each change is told."""
    monkeypatch.setattr(module, "TICK", 0.002)
    monkeypatch.setattr(module, "HOLD", 0.02)
    source = Scripted(OTHERS)
    manager = make_manager(io_workers=20, enable_auto_throttle=True, load_source=source)
    told: list[ThrottleChange] = []
    manager.on_throttle(told.append)
    with work(manager):
        eventually(lambda: manager.throttle_factor == FLOOR)
        stats = manager.get_stats()
        assert [stats["executors"][name]["allowed"] for name in ("io", "chunk", "cpu")] == [1, 1, 1]
        assert stats["throttle"]["reason"] == "others use 90 % of the processors, 100 % are busy"
        assert stats["throttle"]["load"]["cpu_others"] == 90
        assert manager.run_chunk_sync(int) == 0
        source.load = IDLE
        eventually(lambda: manager.throttle_factor == 1.0)
        assert manager.get_stats()["executors"]["io"]["allowed"] == 20
    assert told[0].old == 1.0
    assert told[0].factor == 0.7
    assert told == manager.throttle.history[: len(told)]
    assert (told[-1].factor, told[-1].reason) == (1.0, "")


def test_sleeps_while_there_is_no_work(make_manager: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """No look at the machine before the first call, none after the last, and new work wakes it."""
    monkeypatch.setattr(module, "TICK", 0.002)
    source = Scripted()
    manager = make_manager(enable_auto_throttle=True, load_source=source)
    assert source.looks == 0
    for _ in range(3):
        with work(manager):
            seen = source.looks
            eventually(lambda: source.looks > seen + 3)  # noqa: B023  # evaluated before the next round
        eventually(lambda: not manager.throttle.awake)
        seen = source.looks
        time.sleep(0.02)  # ten ticks: what is shown is that nothing happens
        assert source.looks == seen


def test_without_work_nothing_stays_throttled() -> None:
    """A loaded machine and nothing to do: after a while the factor is 1 again, and the throttle sleeps."""
    throttle = AutoThrottle(law(), Scripted(OTHERS))
    throttle.govern([])
    looks = [throttle.look(float(second)) for second in range(1, int(LINGER) + 2)]
    assert throttle.factor == 1.0
    assert looks[-2:] == [True, False]


def test_switched_off_means_full_speed(make_manager: Make) -> None:
    """Without auto-throttle there is no thread and the factor is 1."""
    before = threading.enumerate()
    manager = make_manager(enable_auto_throttle=False, load_source=Scripted(OTHERS))
    manager.run_io_sync(int)
    assert manager.throttle_factor == 1.0
    assert "ingestd-throttle" not in {thread.name for thread in threading.enumerate() if thread not in before}


def test_a_listener_that_fails_harms_nobody(
    make_manager: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its error is logged; the throttle goes on."""
    monkeypatch.setattr(module, "TICK", 0.002)
    manager = make_manager(enable_auto_throttle=True, load_source=Scripted(OTHERS))
    told: list[ThrottleChange] = []
    manager.on_throttle(lambda change: int("x"))
    manager.on_throttle(told.append)
    with work(manager):
        eventually(lambda: told)
    assert "a listener of the throttle failed" in caplog.text


def test_a_machine_that_cannot_be_seen_is_no_reason(
    make_manager: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the kernel's files are hidden the engine runs at full speed and says so once."""
    monkeypatch.setattr(module, "TICK", 0.002)

    class Hidden(Scripted):
        def sample(self) -> Load | None:
            raise FileNotFoundError("/proc/stat")

    manager = make_manager(enable_auto_throttle=True, load_source=Hidden())
    with work(manager):
        eventually(lambda: "auto-throttle is off" in caplog.text)
        assert manager.throttle_factor == 1.0


SPIN = "print(flush=True)\nwhile True: pass"


LEAVE_BEHIND = """
import subprocess, sys
spin = [sys.executable, "-c", "while True: pass"]
print(subprocess.Popen(spin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).pid)
"""


@contextmanager
def neighbours(count: int) -> Iterator[list[int]]:
    """Busy processes that are no descendants of ours: their parents have gone."""
    leave = [sys.executable, "-c", LEAVE_BEHIND]
    pids = [int(subprocess.run(leave, capture_output=True, check=True).stdout) for _ in range(count)]
    try:
        yield pids
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)


def test_tells_own_work_from_that_of_others() -> None:
    """Busy children count as ours; the same processes, once nobody's children, count as others."""
    source = MachineLoad()
    cores = len(os.sched_getaffinity(0))

    def shares(pids: list[int], seconds: float = 0.5) -> tuple[Load, float]:
        """The load, and what these processes had of it, both in percent."""
        spinning = [psutil.Process(pid) for pid in pids]
        source.forget()
        source.sample()
        began, used = time.monotonic(), sum(sum(one.cpu_times()[:2]) for one in spinning)
        time.sleep(seconds)  # the time over which the load is measured
        load = source.sample()
        assert load is not None
        used = sum(sum(one.cpu_times()[:2]) for one in spinning) - used
        return load, 100 * used / (cores * (time.monotonic() - began))

    children = [subprocess.Popen([sys.executable, "-c", SPIN], stdout=subprocess.PIPE) for _ in range(cores)]
    try:
        for child in children:
            assert child.stdout is not None
            child.stdout.readline()
        load, share = shares([child.pid for child in children])
        assert share - 10 <= load.cpu - load.cpu_others <= share + 10
    finally:
        for child in children:
            child.kill()
            child.communicate()
    with neighbours(2 * cores) as pids:
        load, share = shares(pids)
    assert share > 10
    assert load.cpu_others >= share - 10


@pytest.mark.timeout(90)
def test_real_neighbours_lower_the_factor_within_five_seconds(make_manager: Make) -> None:
    """Busy processes of others, with work of ours in flight: the real machine's numbers suffice."""
    manager = make_manager(enable_auto_throttle=True)
    with work(manager), neighbours(2 * len(os.sched_getaffinity(0))):
        eventually(lambda: manager.throttle_factor < 1.0, within=6)
        assert manager.throttle.reason

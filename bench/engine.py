"""The process executor against the standard library's pool, loky and Pebble, interleaved in one run.

``python -m bench.engine [--rounds N] [--workers N]``; loky and Pebble come with the extra ``bench`` and are
left out when missing. Figures are medians over the rounds, then ratios to the best of the others: the
machine's noise hits all of them alike, so trust the ratios.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import random
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path
from typing import Any

from ingestd.concurrency import ProcessExecutor

Make = Callable[[int], contextlib.AbstractContextManager[Any]]


def nothing() -> None:
    """The smallest task."""


def echo(data: bytes) -> bytes:
    """There and back."""
    return data


def die() -> None:
    """Take the worker along."""
    os.kill(os.getpid(), signal.SIGKILL)


def pid() -> int:
    """Of the worker."""
    time.sleep(0.02)
    return os.getpid()


# -- the competitors -------------------------------------------------------------------------------------


def ours(workers: int) -> Executor:
    """ingestd."""
    return ProcessExecutor(workers)


def standard(workers: int) -> Executor:
    """concurrent.futures, forkserver."""
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("forkserver"))


@contextlib.contextmanager
def loky(workers: int) -> Iterator[Any]:
    """loky."""
    from loky.process_executor import ProcessPoolExecutor as Loky

    executor = Loky(workers)
    try:
        yield executor
    finally:
        executor.shutdown(kill_workers=True)


@contextlib.contextmanager
def pebble(workers: int) -> Iterator[Any]:
    """Pebble, behind ``submit``."""
    from pebble import ProcessPool

    class Pool(ProcessPool):  # type: ignore[misc]
        def submit(self, fn: Any, *args: Any) -> Any:
            return self.schedule(fn, args=args)

    pool = Pool(workers, context=multiprocessing.get_context("forkserver"))
    try:
        yield pool
    finally:
        pool.stop()
        pool.join()


COMPETITORS: dict[str, Make] = {"ingestd": ours, "standard": standard, "loky": loky, "pebble": pebble}


def _available() -> dict[str, Make]:
    found: dict[str, Make] = {}
    for name, make in COMPETITORS.items():
        try:
            with make(1) as pool:
                pool.submit(nothing).result(60)
            found[name] = make
        except ImportError:
            print(f"{name} is not installed")
    return found


# -- what is measured; each takes a warm pool and returns one figure ----------------------------------------


def throughput(pool: Any, _: int) -> float:
    """No-op tasks a second, submitted at once."""
    count = 3000
    started = time.perf_counter()
    for future in [pool.submit(nothing) for _ in range(count)]:
        future.result(60)
    return count / (time.perf_counter() - started)


def _latency(pool: Any, count: int, *call: Any) -> float:
    times = []
    for _ in range(count):
        started = time.perf_counter()
        pool.submit(*call).result(60)
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1e6


def latency_nothing(pool: Any, _: int) -> float:
    """Microseconds, no-op, one after another."""
    return _latency(pool, 500, nothing)


def latency_100k(pool: Any, _: int) -> float:
    """Microseconds, 100 KB there and back."""
    return _latency(pool, 200, echo, os.urandom(100_000))


def latency_1m(pool: Any, _: int) -> float:
    """Microseconds, 1 MB there and back."""
    return _latency(pool, 60, echo, os.urandom(1_000_000))


def wakeups(pool: Any, workers: int) -> float:
    """Voluntary context switches a second at rest, of all threads of parent and workers."""
    pids = {os.getpid(), *(f.result(60) for f in [pool.submit(pid) for _ in range(workers * 4)])}
    time.sleep(0.5)
    before, started = _switches(pids), time.perf_counter()
    time.sleep(2)
    # Our own sleep is one of them.
    return max(0.0, (_switches(pids) - before - 1) / (time.perf_counter() - started))


def _switches(pids: set[int]) -> int:
    total = 0
    for process in pids:
        for task in Path(f"/proc/{process}/task").iterdir():
            lines = (task / "status").read_text(encoding="ascii").splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt"))
    return total


def recovery(pool: Any, workers: int) -> float:
    """Milliseconds from submitting a task that kills its worker to the result of the next; inf: never."""
    pool.submit(nothing).result(60)
    started = time.perf_counter()
    try:
        doomed = pool.submit(die)
        doomed.exception(60)
        pool.submit(nothing).result(60)
    except Exception:  # noqa: BLE001 - each has errors of its own; the pool is lost
        return float("inf")
    return (time.perf_counter() - started) * 1e3


def survival(pool: Any, workers: int) -> float:
    """Share of 300 KB tasks that succeed while workers are killed at random for 3 s; 0: the pool is lost."""
    dice, until, good, all_ = random.Random(7), time.monotonic() + 3, 0, 0
    data = os.urandom(300_000)
    try:
        while time.monotonic() < until:
            futures = [pool.submit(echo, data) for _ in range(40)]
            victim = pool.submit(pid)
            with contextlib.suppress(Exception):
                os.kill(victim.result(10), signal.SIGKILL)
            time.sleep(dice.random() * 0.02)
            good += sum(future.exception(10) is None for future in futures)
            all_ += len(futures)
        pool.submit(nothing).result(10)
    except Exception:  # noqa: BLE001 - as above
        return 0.0
    return good / all_


WARM = (throughput, latency_nothing, latency_100k, latency_1m, wakeups)
"""On one pool, in this order."""
HARSH = (recovery, survival)
"""On a pool of their own each."""
HIGHER_IS_BETTER = (throughput, survival)


def _round(make: Make, workers: int) -> dict[str, float]:
    figures = {}
    with make(workers) as pool:
        for future in [pool.submit(pid) for _ in range(workers * 4)]:
            future.result(60)
        for measure in WARM:
            figures[measure.__name__] = measure(pool, workers)
    for measure in HARSH:
        with contextlib.suppress(Exception), make(workers) as pool:
            figures[measure.__name__] = measure(pool, workers)
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    competitors = _available()
    results: dict[str, list[dict[str, float]]] = {name: [] for name in competitors}
    for _ in range(options.rounds):
        for name, make in competitors.items():
            results[name].append(_round(make, options.workers))
    _report(results)


def _report(results: dict[str, list[dict[str, float]]]) -> None:
    print(f"{'':18}" + "".join(f"{name:>12}" for name in results) + f"{'ours : best':>14}")
    for measure in (*WARM, *HARSH):
        medians = {
            name: statistics.median(figures.get(measure.__name__, float("nan")) for figures in rounds)
            for name, rounds in results.items()
        }
        others = [value for name, value in medians.items() if name != "ingestd"]
        best = max(others) if measure in HIGHER_IS_BETTER else min(others)
        ratio = medians["ingestd"] / best if best else float("nan")
        print(
            f"{measure.__name__:18}"
            + "".join(f"{value:12.2f}" for value in medians.values())
            + f"{ratio:14.2f}"
        )


if __name__ == "__main__":
    main()

"""Run CPython's executor tests with our executor in the place of the standard pool.

Usage: ``python -m tests.concurrency.cpython_suite DIRECTORY-OF-PACKAGE-test REPORT.json [PATTERN]``.
A process of its own: the standard module is patched, and CPython's tests look for left threads and children.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
import unittest
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.concurrency import dropin

_LIVES = "demands that the pool breaks; here one task fails, with "
_COUNTS = "counts the pool's private processes, started for tasks that cannot be pickled"

LEFT_OUT = {
    "test_killed_child": _LIVES + "WorkerCrashed",
    "test_crash_at_task_unpickle": _LIVES + "WorkerCrashed",
    "test_crash_during_func_exec_on_worker": _LIVES + "WorkerCrashed",
    "test_crash_during_result_pickle_on_worker": _LIVES + "WorkerCrashed",
    "test_crash_big_data": _LIVES + "WorkerCrashed",
    "test_shutdown_deadlock": _LIVES + "WorkerCrashed",
    "test_exit_at_task_unpickle": _LIVES + "UnpicklableError",
    "test_error_at_task_unpickle": _LIVES + "UnpicklableError",
    "test_error_during_result_unpickle_in_result_handler": _LIVES + "UnpicklableError",
    "test_exit_during_result_unpickle_in_result_handler": _LIVES + "UnpicklableError",
    "test_exit_during_result_pickle_on_worker": "demands the bare SystemExit; here UnpicklableError names it",
    "test_processes_terminate": _COUNTS,
    "test_saturation": _COUNTS,
    "test_submit_after_interpreter_shutdown": "looks for the printed name RuntimeError; ours derives from it",
    "test_max_tasks_per_child_defaults_to_spawn_context": "reads the private start method; ours is fixed",
    "test_gh105829_should_not_deadlock_if_wakeup_pipe_full": "replaces the pool's private wake-up pipe",
    "test_python_finalization_error": "forbids the pool's private second thread; ours has one in all",
    "test_max_workers_too_large": "a limit of Windows",
}
"""Tests not run, each with its reason: they look into private parts, or we promise more (and test that)."""

MODULES = (
    "test_wait",
    "test_as_completed",
    "test_init",
    "test_shutdown",
    "test_deadlock",
    "test_process_pool",
)
"""Of the package that the test module became in Python 3.12."""


def _load(directory: Path) -> list[ModuleType]:
    package = "test.test_concurrent_futures"
    if (directory / "test_concurrent_futures.py").exists():
        return [importlib.import_module(package)]
    return [importlib.import_module(f"{package}.{name}") for name in MODULES]


def _substitute(modules: list[ModuleType]) -> None:
    dropin.ProcessPoolExecutor.preload = tuple(module.__name__ for module in modules)
    futures.ProcessPoolExecutor = dropin.ProcessPoolExecutor  # type: ignore[misc]
    for module in modules:
        if run := getattr(module, "assert_python_ok", None):
            module.assert_python_ok = _rewriting(run)  # type: ignore[attr-defined]


def _rewriting(run: Any) -> Any:
    """CPython's helper, for scripts that import the standard pool."""

    def assert_python_ok(*args: str, **env: str) -> Any:
        ours = [
            arg.replace("from concurrent.futures import", f"from {dropin.__name__} import") for arg in args
        ]
        return run(*ours, PYTHONPATH=os.pathsep.join(sys.path), **env)

    return assert_python_ok


def _cases(modules: list[ModuleType]) -> Iterator[unittest.TestCase]:
    loader = unittest.TestLoader()
    for module in modules:
        for case in vars(module).values():
            if (
                isinstance(case, type)
                and issubclass(case, unittest.TestCase)
                and getattr(case, "ctx", "") == "forkserver"
            ):
                case.executor_type = dropin.ProcessPoolExecutor  # type: ignore[attr-defined]
                yield from loader.loadTestsFromTestCase(case)  # type: ignore[misc]


def _run(directory: Path, pattern: str) -> dict[str, Any]:
    modules = _load(directory)
    _substitute(modules)
    cases = list(_cases(modules))
    names = {case.id().rpartition(".")[2] for case in cases}
    chosen = [c for c in cases if c.id().rpartition(".")[2] not in LEFT_OUT and pattern in c.id()]
    result = unittest.TextTestRunner(stream=sys.stderr, verbosity=2).run(unittest.TestSuite(chosen))
    return {
        "ran": result.testsRun,
        "failed": [f"{case.id()}\n{text}" for case, text in result.failures + result.errors],
        "skipped": [f"{case.id()}: {why}" for case, why in result.skipped],
        "left_out": sorted(names & LEFT_OUT.keys()),
    }


def main() -> None:
    """Run, report."""
    directory = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as home:
        # The package must be importable as ``test`` by workers and scripts too, whatever python they are of.
        (Path(home) / "test").symlink_to(directory)
        sys.path.insert(0, home)
        report = _run(directory, sys.argv[3] if len(sys.argv) > 3 else "")
    Path(sys.argv[2]).write_text(json.dumps(report), encoding="utf-8")


if __name__ == "__main__":
    main()

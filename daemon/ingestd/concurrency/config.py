"""How large the engine is and how it behaves: one frozen object, checked as a whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ingestd.concurrency.machine import usable_cpus
from ingestd.concurrency.process.options import WorkerOptions
from ingestd.errors import ConfigError

MAX_WORKERS = 1024


def default_cpu_workers() -> int:
    """The processors this process may use, one left free for everyone else; at least 1."""
    return max(1, int(usable_cpus()) - 1)


@dataclass(frozen=True)
class ConcurrencyConfig:
    """Settings of a ``ConcurrencyManager``.

    Raises ``ConfigError`` that names every wrong value at once.
    """

    cpu_workers: int = field(default_factory=default_cpu_workers)
    """Processes of the cpu executor."""
    io_workers: int = 20
    """Threads of the io executor."""
    chunk_processor_workers: int = 16
    """Threads of the chunk executor."""
    enable_auto_throttle: bool = True
    cpu_threshold: float = 85.0
    """Percent of the processors busy, above which work of others makes the engine yield."""
    memory_threshold: float = 80.0
    """Percent of memory used by others, above which the engine yields."""
    chunk_batch_size: int = 32
    """Items in one batch of a ``ChunkProcessor``; half of it while throttled."""
    use_process_pool: bool = True
    """May a ``ChunkProcessor`` send large workloads to processes?"""
    enable_metrics: bool = True
    drain_timeout: float = 30.0
    """Seconds that running and waiting calls get when the interpreter or an ``async with`` block ends."""
    initializer: Callable[..., object] | None = None
    """Called with ``initargs`` in each worker process before its first task."""
    initargs: tuple[Any, ...] = ()
    worker_options: WorkerOptions = WorkerOptions()  # noqa: RUF009  # frozen
    """Modules preloaded in worker processes, their memory, and the like."""
    max_tasks_per_child: int | None = None
    """A worker process is replaced after so many tasks."""

    def __post_init__(self) -> None:
        problems = [p for name, rule in _RULES.items() if (p := rule(name, getattr(self, name)))]
        if problems:
            raise _config_error(problems)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ, **settings: Any) -> ConcurrencyConfig:
        """``settings``, overridden by the variables of ``VARIABLES`` that are set in ``environ``."""
        problems = []
        for variable, name in VARIABLES.items():
            if (text := environ.get(variable, "").strip()) == "":
                continue
            try:
                settings[name] = _READERS[_TYPES[name]](text)
            except ValueError as error:
                problems.append({"field": variable, "value": repr(text), "rule": str(error)})
        if problems:
            raise _config_error(problems)
        return cls(**settings)


VARIABLES = {
    "MAX_PARALLEL_WORKERS": "cpu_workers",
    "CPU_THRESHOLD": "cpu_threshold",
    "MEMORY_THRESHOLD": "memory_threshold",
    "ENABLE_AUTO_THROTTLE": "enable_auto_throttle",
    "CHUNK_BATCH_SIZE": "chunk_batch_size",
    "USE_PROCESS_POOL": "use_process_pool",
    "ENABLE_METRICS": "enable_metrics",
}
"""Environment variables and the settings they set."""

_TYPES: dict[str, Any] = {f.name: f.type for f in fields(ConcurrencyConfig)}


def _read_int(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("must be a whole number") from None


def _read_float(text: str) -> float:
    try:
        return float(text.removesuffix("%"))
    except ValueError:
        raise ValueError("must be a number") from None


def _read_bool(text: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True}
    words |= {"0": False, "false": False, "no": False, "off": False}
    if (value := words.get(text.lower())) is None:
        raise ValueError("must be true or false")
    return value


_READERS: dict[str, Callable[[str], Any]] = {"int": _read_int, "float": _read_float, "bool": _read_bool}


Problem = dict[str, str]
Rule = Callable[[str, Any], Problem | None]


def _rule(test: Callable[[Any], bool], text: str) -> Rule:
    def check(name: str, value: Any) -> Problem | None:
        return None if test(value) else {"field": name, "value": repr(value)[:200], "rule": text}

    return check


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_WORKERS = _rule(
    lambda v: _whole(v) and 1 <= v <= MAX_WORKERS, f"must be a whole number from 1 to {MAX_WORKERS}"
)
_PERCENT = _rule(lambda v: _number(v) and 0 < v <= 100, "must be a percentage above 0 and at most 100")
_FLAG = _rule(lambda v: isinstance(v, bool), "must be true or false")
_COUNT = _rule(lambda v: _whole(v) and v >= 1, "must be a whole number of at least 1")
_COUNT_OR_NONE = _rule(
    lambda v: v is None or (_whole(v) and v >= 1), "must be None or a whole number of at least 1"
)

_RULES: dict[str, Rule] = {
    "cpu_workers": _WORKERS,
    "io_workers": _WORKERS,
    "chunk_processor_workers": _WORKERS,
    "enable_auto_throttle": _FLAG,
    "cpu_threshold": _PERCENT,
    "memory_threshold": _PERCENT,
    "chunk_batch_size": _COUNT,
    "use_process_pool": _FLAG,
    "enable_metrics": _FLAG,
    "drain_timeout": _rule(lambda v: _number(v) and v >= 0, "must be a number of seconds, 0 or more"),
    "initializer": _rule(lambda v: v is None or callable(v), "must be callable"),
    "worker_options": _rule(lambda v: isinstance(v, WorkerOptions), "must be WorkerOptions"),
    "max_tasks_per_child": _COUNT_OR_NONE,
}


def _config_error(problems: list[Problem]) -> ConfigError:
    count = "1 error" if len(problems) == 1 else f"{len(problems)} errors"
    lines = "".join(f"\n  {p['field']} = {p['value']}: {p['rule']}" for p in problems)
    return ConfigError(
        f"the engine's configuration has {count}:{lines}", hint="Mend the values named.", problems=problems
    )

"""Importing ahead all that could be imported late: a closed sandbox opens no file, so loads no module."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

_NOT_LIBRARY = frozenset({"__main__", "tests", "idlelib"})


def preload(*packages: str) -> tuple[str, ...]:
    """Import the packages with every module below them; returns the names of the modules that would not load.

    Parsers import at the moment of need: a codec when a font names it, a filter when a stream does.
    Call it before `close`, best in the process that workers are forked from, which shares the memory.
    """
    return tuple(name for package in packages for name in _names(package) if not _loads(name))


def _names(package: str) -> Iterator[str]:
    yield package
    path = getattr(importlib.import_module(package), "__path__", ())
    for module in pkgutil.walk_packages(path, f"{package}.", onerror=lambda _: None):
        if not _NOT_LIBRARY & set(module.name.split(".")):
            yield module.name


def _loads(name: str) -> bool:
    try:
        importlib.import_module(name)
    except Exception:  # noqa: BLE001 - an optional part of a library may fail in any way; it is reported
        return False
    return True

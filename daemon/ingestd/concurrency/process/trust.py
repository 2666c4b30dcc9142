"""Reading what a worker sends without believing it.

A pickle can name any function and have it called. Where workers meet hostile input, whoever takes over a
worker would thus take over its parent, sandbox or not. So a parent may name the modules whose classes a
result consists of; of plain data and exceptions it needs no telling.
"""

from __future__ import annotations

import builtins
import enum
import importlib
import io
import pickle
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from ingestd import errors

_PLAIN = frozenset({"bytearray", "complex", "frozenset", "range", "set", "slice"})


class _Reader(pickle.Unpickler):
    def __init__(self, body: Any, modules: tuple[str, ...]) -> None:
        super().__init__(io.BytesIO(body))
        self._modules = modules

    def find_class(self, module: str, name: str) -> Any:
        """Only classes, and only from where they are defined: a module also holds what it has imported."""
        if module == "builtins" and (name in _PLAIN or _is_exception(name)):
            return getattr(builtins, name)
        if (module, name) == ("builtins", "getattr"):
            return _member  # so Python up to 3.11.3 pickles the members of enums; Debian 12 has 3.11.2
        if (module, name) == (errors.__name__, errors.rebuild.__name__):
            return errors.rebuild
        if (module == errors.__name__ or _within(module, self._modules)) and "." not in name:
            found = _class(module, name)
            if found is not None:
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is nothing that results are made of")


def _member(kind: Any, name: Any) -> enum.Enum:
    """A member of an enum, and no other attribute of anything."""
    if isinstance(kind, enum.EnumType) and isinstance(name, str) and name in kind.__members__:
        return kind.__members__[name]
    raise pickle.UnpicklingError("an attribute is nothing that results are made of")


@lru_cache(256)  # bounded: a worker may send any name
def _class(module: str, name: str) -> type | None:
    """The class of this name, if it is defined in this module. Raises ``ImportError`` without the module."""
    found = getattr(importlib.import_module(module), name, None)
    return found if isinstance(found, type) and found.__module__ == module else None


@lru_cache(256)
def _within(module: str, names: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(name + ".") for name in names)


def _is_exception(name: str) -> bool:
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, BaseException)


def reader(modules: tuple[str, ...] | None) -> Callable[[Any], Any]:
    """``pickle.loads``, or one that knows only classes of the modules (and packages) named."""
    return pickle.loads if modules is None else partial(_read, modules=modules)


def _read(body: Any, *, modules: tuple[str, ...]) -> Any:
    return _Reader(body, modules).load()

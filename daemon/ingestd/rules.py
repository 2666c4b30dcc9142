"""What a setting may be: fields of a dataclass, each with its default and the rule for what an operator writes.

A rule takes what stands in TOML, or the text of an environment variable, and returns the setting's value.
It raises ``ValueError`` with what must be so; ``taken`` gathers all of a table's.
"""

from __future__ import annotations

import os
import string
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, field, fields
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
Rule = Callable[[Any], Any]

_RULE = "rule"
_WORDS = {
    **dict.fromkeys(("true", "yes", "on", "1", "t", "y"), True),
    **dict.fromkeys(("false", "no", "off", "0", "f", "n"), False),
}
_UNITS = {"": 1, "b": 1}
for _power, _letter in enumerate("kmgtpe", 1):
    _UNITS |= {_letter: 1000**_power, f"{_letter}b": 1000**_power, f"{_letter}ib": 1024**_power}


class Wrong(ValueError):
    """Settings that break their rules: of each its name, what was written, and the rule."""

    def __init__(self, problems: list[tuple[str, Any, str]]) -> None:
        super().__init__("; ".join(f"{name}: {rule}" for name, _, rule in problems))
        self.problems = problems


def flag(default: bool) -> Any:
    """True or false."""
    return _setting(default, _flag)


def whole(default: int, least: int, most: int | None = None) -> Any:
    """A whole number."""
    return _setting(default, partial(_whole, least=least, most=most))


def number(default: float, most: float | None = None) -> Any:
    """A number above 0."""
    return _setting(default, partial(_number, most=most))


def size(default: int, least: int = 0, reason: str = "") -> Any:
    """A number of bytes, or a text with a unit; ``reason``: why it must have ``least``."""
    return _setting(default, partial(_size, least=least, reason=reason))


def choice(default: str, *others: str) -> Any:
    """One of a few words; a member of the default's enumeration, where it has one."""
    if isinstance(default, StrEnum):
        return _setting(default, partial(_choice, {member.value: member for member in type(default)}))
    return _setting(default, partial(_choice, {word: word for word in (default, *others)}))


def texts(default: tuple[str, ...] = ()) -> Any:
    """A list of texts, without the white space around them."""
    return _setting(default, partial(_listed, _text))


def place(default: Any = MISSING) -> Any:
    """A path, made absolute, with ``~`` for a home directory; without a default it must be given."""
    return _setting(default, _place)


def section(kind: type[Any]) -> Any:
    """A table of settings, all of which have defaults."""
    return _setting(kind(), partial(taken, kind))


def sections(kind: type[Any]) -> Any:
    """A list of such tables, by default none."""
    return _setting((), partial(_listed, partial(taken, kind)))


def taken(kind: type[T], raw: Any) -> T:
    """A ``kind`` of what the table ``raw`` says, defaults for the rest.

    Raises ``Wrong`` that names all that is, or the ``ValueError`` of a ``kind`` that must not be as a whole.
    """
    if not isinstance(raw, Mapping):
        raise ValueError("must be a table")
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    values, problems = _each({name: (_rule_of(known.get(name)), value) for name, value in raw.items()})
    missing = [name for name, f in known.items() if f.default is MISSING and name not in raw]
    problems += [(name, raw, "must be given") for name in missing]
    if problems:
        raise Wrong(problems)
    return kind(**values)


def _setting(default: Any, rule: Rule) -> Any:
    return field(default=default, metadata={_RULE: rule})


def _rule_of(known: Field[Any] | None) -> Rule:
    return known.metadata[_RULE] if known else _unknown


def _each(written: Mapping[str, tuple[Rule, Any]]) -> tuple[dict[str, Any], list[tuple[str, Any, str]]]:
    """The values by name, and the problems of those that are none."""
    values: dict[str, Any] = {}
    problems: list[tuple[str, Any, str]] = []
    for name, (rule, value) in written.items():
        try:
            values[name] = rule(value)
        except Wrong as inner:
            problems += [(f"{name}.{below}", wrong, broken) for below, wrong, broken in inner.problems]
        except ValueError as error:
            problems.append((name, value, str(error)))
    return values, problems


def _listed(rule: Rule, raw: Any) -> tuple[Any, ...]:
    if not isinstance(raw, list):
        raise ValueError("must be a list")
    values, problems = _each({str(n): (rule, value) for n, value in enumerate(raw)})
    if problems:
        raise Wrong(problems)
    return tuple(values.values())


def _unknown(value: Any) -> Any:
    raise ValueError("no such setting")


def _flag(value: Any) -> bool:
    found = _WORDS.get(str(value).strip().lower()) if isinstance(value, bool | int | str) else None
    if found is None:
        raise ValueError("must be true or false")
    return found


def _whole(value: Any, *, least: int, most: int | None) -> int:
    bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
    refused = ValueError(f"must be a whole number {bounds}")
    try:
        found = None if isinstance(value, bool) else int(value)
    except (TypeError, ValueError, OverflowError):
        raise refused from None
    cut = isinstance(value, float) and found != value
    if found is None or cut or found < least or (most is not None and found > most):
        raise refused
    return found


def _number(value: Any, *, most: float | None) -> float:
    refused = ValueError("must be a number above 0" + ("" if most is None else f" and at most {most:g}"))
    try:
        found = 0.0 if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        raise refused from None
    if not found > 0 or (most is not None and found > most):
        raise refused
    return found


def _size(value: Any, *, least: int, reason: str) -> int:
    found = _bytes(value)
    if found is None or found < 0:
        raise ValueError('must be a number of bytes or a text like "64MiB"')
    if found < least:
        raise ValueError(f"must be at least {least // 1024**2}MiB, {reason}")
    return found


def _bytes(value: Any) -> int | None:
    if not isinstance(value, str):
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    text = value.strip()
    digits = text.rstrip(string.ascii_letters)
    factor = _UNITS.get(text[len(digits) :].lower())
    try:
        return None if factor is None else int(float(digits) * factor)
    except (ValueError, OverflowError):
        return None


def _choice(words: Mapping[str, str], value: Any) -> str:
    found = words.get(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("must be one of " + ", ".join(f'"{word}"' for word in words))
    return found


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text")
    return value.strip()


def _place(value: Any) -> Path:
    if not isinstance(value, str | Path):
        raise ValueError("must be a path")
    written = Path(value.strip()) if isinstance(value, str) else value
    return Path(os.path.abspath(written.expanduser()))

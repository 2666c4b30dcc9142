"""Statements and their rows. SQLite's values have no static type: here, once, they become ``Any``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import apsw


def rows(db: apsw.Connection, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows."""
    found: list[tuple[Any, ...]] = db.execute(statement, values).fetchall()
    return found


def row(db: apsw.Connection, statement: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
    """The first row, if any."""
    found: tuple[Any, ...] | None = db.execute(statement, values).fetchone()
    return found


def the_row(db: apsw.Connection, statement: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
    """The one row that is there by construction. Raises ``LookupError`` if it is not."""
    found = row(db, statement, values)
    if found is None:
        raise LookupError(f"no row for {statement!r}")
    return found


def value(db: apsw.Connection, statement: str, values: Sequence[Any] = ()) -> Any:
    """The first column of the first row; None if there is no row."""
    found = row(db, statement, values)
    return None if found is None else found[0]


def column(db: apsw.Connection, statement: str, values: Sequence[Any] = ()) -> list[Any]:
    """The first column of all rows."""
    return [found[0] for found in rows(db, statement, values)]

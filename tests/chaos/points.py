"""The names of all fault points, read from the source: a new one is aimed at from the day it is there."""

from __future__ import annotations

import re
from pathlib import Path

import ingestd

_NAMED = re.compile(r'(?:\bpoint|_writer\.run)\(\s*"([a-z_]+\.[a-z_]+)"')
_MOVED = ("archive.moved", "quarantine.moved")
"""Named after a place at run time."""


def all_points() -> list[str]:
    """In a fixed order."""
    sources = (path.read_text(encoding="utf-8") for path in Path(ingestd.__file__).parent.rglob("*.py"))
    return sorted({name for source in sources for name in _NAMED.findall(source)} | set(_MOVED))

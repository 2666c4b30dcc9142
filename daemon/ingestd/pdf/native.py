"""The C module for lines, where it was built: ``native`` is None where there was no compiler."""

from __future__ import annotations

from typing import Any

try:
    from ingestd.pdf import _lines
except ImportError:
    native: Any = None
else:
    native = _lines

"""The C module, where it was built: ``native`` is None where there was no compiler."""

from __future__ import annotations

from typing import Any

try:
    from ingestd.chunking import _borders
except ImportError:
    native: Any = None
else:
    native = _borders

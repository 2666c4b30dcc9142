"""The C module, where it was built: ``native`` is None where there was no compiler."""

from __future__ import annotations

from typing import Any

try:
    import ingestd.chunking._borders as _borders  # noqa: PLR0402  not from the package, which imports this
except ImportError:
    native: Any = None
else:
    native = _borders

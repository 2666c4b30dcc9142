"""The C module, where it was built: ``native`` is None where there was no compiler."""

from __future__ import annotations

from typing import Any

from ingestd.compiled import load

native: Any = load("ingestd.pdf.engines._glyphs")

"""The C module, where it was built: ``native`` is None where there was no compiler.

A lexicon asks once, when it is made; what is counted with its words goes the same way.
"""

from __future__ import annotations

from typing import Any

from ingestd.compiled import load

native: Any = load("ingestd.concepts._phrases")

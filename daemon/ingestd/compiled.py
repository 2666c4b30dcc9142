"""The C modules: built where a compiler is, each beside the plain way of the same.

``python -m ingestd.compiled`` says what to do where some are missing: reading every character of a page without
them takes ten times as long as all else together.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

MODULES = (
    "ingestd.chunking._borders",
    "ingestd.concepts._phrases",
    "ingestd.pdf._lines",
    "ingestd.pdf.engines._glyphs",
)


def load(name: str) -> Any:
    """The C module, None where it was not built. One that is there and cannot be loaded is warned of."""
    try:
        return import_module(name)
    except ModuleNotFoundError:
        return None
    except ImportError as error:
        warnings.warn(f"{name} is left out: {error}", RuntimeWarning, stacklevel=2)
        return None


def advice() -> str:
    """What to tell whoever installs; empty where all were built."""
    missing = [name for name in MODULES if load(name) is None]
    if not missing:
        return ""
    return (
        "without its C modules a page takes eight times as long: for speed, `apt-get install gcc python3-dev`"
        f" and install again (missing: {', '.join(missing)})"
    )


if __name__ == "__main__":
    print(advice())  # noqa: T201

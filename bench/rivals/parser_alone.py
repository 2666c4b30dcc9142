"""The physical limit: a parser on all processors, every page's raw text, nothing kept.

python -m bench.rivals.parser_alone pdfium|pypdf FOLDER
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from functools import partial
from pathlib import Path

from bench.rivals.text import pdfium, pypdf


def characters(reader: str, path: str) -> int:
    """Of the text of one file."""
    return sum(map(len, {"pdfium": pdfium, "pypdf": pypdf}[reader](Path(path))))


def main() -> None:
    """Largest first, so that all processors are busy to the end."""
    parse = partial(characters, sys.argv[1])
    paths = sorted(Path(sys.argv[2]).glob("*.pdf"), key=lambda path: -path.stat().st_size)
    with multiprocessing.Pool(len(os.sched_getaffinity(0))) as pool:
        print(sum(pool.imap_unordered(parse, map(str, paths))))


if __name__ == "__main__":
    main()

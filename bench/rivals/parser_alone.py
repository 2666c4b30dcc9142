"""The physical limit: a parser on all processors, every page's raw text, nothing kept.

python -m bench.rivals.parser_alone pdfium|pypdf FOLDER
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path


def pdfium(path: str) -> int:
    """Characters of the raw text."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        return 0
    characters = 0
    for number in range(len(document)):
        page = document[number]
        text = page.get_textpage()
        characters += len(text.get_text_range())
        text.close()
        page.close()
    document.close()
    return characters


def pypdf(path: str) -> int:
    """Characters of the extracted text."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        return sum(len(page.extract_text()) for page in PdfReader(path).pages)
    except (PyPdfError, ValueError, KeyError):
        return 0


def main() -> None:
    """Largest first, so that all processors are busy to the end."""
    parse = {"pdfium": pdfium, "pypdf": pypdf}[sys.argv[1]]
    paths = sorted(Path(sys.argv[2]).glob("*.pdf"), key=lambda path: -path.stat().st_size)
    with multiprocessing.Pool(len(os.sched_getaffinity(0))) as pool:
        print(sum(pool.imap_unordered(parse, map(str, paths))))


if __name__ == "__main__":
    main()

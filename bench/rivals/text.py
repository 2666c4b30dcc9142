"""Text of a PDF by others, as their documentation shows it; a file that they cannot read is empty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

Reader = Callable[[Path], Sequence[str]]


def pdfium(path: Path) -> Sequence[str]:
    """pdfium's raw text, page by page."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        return []
    texts = []
    for number in range(len(document)):
        page = document[number]
        text = page.get_textpage()
        texts.append(text.get_text_range())
        text.close()
        page.close()
    document.close()
    return texts


def pypdf(path: Path) -> Sequence[str]:
    """pypdf's text, page by page."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        return [page.extract_text() for page in PdfReader(path).pages]
    except (PyPdfError, ValueError, KeyError):
        return []


def kreuzberg() -> Reader:
    """Kreuzberg's content, in one piece. Raises ``ImportError`` where it is not installed."""
    from kreuzberg import ExtractionConfig, KreuzbergError, extract_file_sync

    config = ExtractionConfig(use_cache=False)

    def read(path: Path) -> Sequence[str]:
        try:
            return [extract_file_sync(str(path), config=config).content]
        except KreuzbergError:
            return []

    return read

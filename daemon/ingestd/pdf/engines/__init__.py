"""The parsers of PDF behind one protocol. Which one reads what is decided in ``ingestd.pdf.opening``."""

from __future__ import annotations

from typing import Protocol

from ingestd.model import DocumentInfo
from ingestd.pdf.layout import PageLayout


class PageUnreadable(Exception):
    """This engine cannot read this page; another one may."""


class OpenDocument(Protocol):
    """A document one engine has open. Not for more than one thread."""

    engine: str
    page_count: int

    def info(self) -> DocumentInfo:
        """What the document says of itself; what cannot be read is left empty."""
        ...

    def layout(self, number: int) -> PageLayout:
        """The lines of page ``number`` (from 1) in stream order. Raises ``PageUnreadable``."""
        ...

    def close(self) -> None:
        """Gives everything back; the document is of no use afterwards."""
        ...

"""What a PDF knows of its subject and plain text does not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hints:
    """Where to look for the subject of a document besides its text. Absent facts are empty."""

    title: str = ""
    headings: tuple[str, ...] = ()
    """Headings found in the text, and outline titles."""
    author_keywords: tuple[str, ...] = ()
    """The author's own key phrases (a keyword line, the PDF's metadata), one each."""

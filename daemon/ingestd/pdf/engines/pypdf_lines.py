"""From pypdf's text visitor to lines with places. Widths are guessed: it says only where text begins."""

from __future__ import annotations

import math
from typing import Any

from pypdf import PageObject

from ingestd.pdf.engines.letters import BREAK, DROP, PRIVATE, TABLE
from ingestd.pdf.engines.lines import unfolded
from ingestd.pdf.layout import Line, PageLayout, sane, sane_box


def page_layout(page: PageObject) -> PageLayout:
    """The lines of a page in stream order."""
    box = sane_box(*map(float, page.mediabox))
    lines: list[Line] = []

    def visit(text: str, cm: Any, tm: Any, font: Any, size: float) -> None:
        place = _times(tm, cm)
        height = max(0.5, sane(abs(size) * math.hypot(place[2], place[3])))
        x, base = sane(place[4] - box.left), sane(box.top - place[5])
        parts = (_clean(part).strip() for part in text.split("\n"))
        lines.extend(Line(part, x, x + 0.5 * height * len(part), base, height) for part in parts if part)

    page.extract_text(visitor_text=visit)
    letters = sum(len(line.text) for line in lines)
    return PageLayout(box.right - box.left, box.top - box.bottom, lines, letters)


def _clean(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    kept = [c for c in text if not TABLE[min(ord(c), 0xFFFF)] & (DROP | BREAK | PRIVATE)]
    return unfolded("".join(kept))


def _times(m: Any, n: Any) -> tuple[float, ...]:
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )

"""From pypdf's text visitor to lines with places. Widths are guessed: pypdf knows where text begins, not where it ends."""

from __future__ import annotations

import math
from typing import Any

from pypdf import PageObject

from ingestd.pdf.layout import Line, PageLayout


def page_layout(page: PageObject) -> PageLayout:
    """The lines of a page in stream order."""
    box = page.mediabox
    left, top = float(box.left), float(box.top)
    lines: list[Line] = []

    def visit(text: str, cm: Any, tm: Any, font: Any, size: float) -> None:
        for part in text.split("\n"):
            if part.strip():
                lines.append(_line(part.strip(), cm, tm, size, left, top))

    page.extract_text(visitor_text=visit)
    return PageLayout(float(box.width), float(box.height), lines)


def _line(text: str, cm: Any, tm: Any, size: float, left: float, top: float) -> Line:
    a, b, c, d, e, f = _times(tm, cm)
    height = max(0.5, abs(size) * math.hypot(c, d))
    return Line(text, e - left, e - left + 0.5 * height * len(text), top - f, height)


def _times(m: Any, n: Any) -> tuple[float, ...]:
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )

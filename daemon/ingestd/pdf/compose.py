"""From the layouts of a page range and the habits of its document to text."""

from __future__ import annotations

from collections.abc import Container, Sequence
from itertools import pairwise

from ingestd.model import Heading, PageText
from ingestd.pdf import flow, furniture, hyphens
from ingestd.pdf.garbled import is_garbled
from ingestd.pdf.headings import level_of, standing_out
from ingestd.pdf.layout import PageLayout
from ingestd.pdf.order import in_order
from ingestd.pdf.paragraphs import NOTHING, SPACE, WORD, Block, blocks_of, starts_low
from ingestd.pdf.script import in_its_script
from ingestd.pdf.survey import Habits

BLOCK_BREAK = "\n\n"
FEW_LINES = 2
"""A page of so few lines keeps them: what else is it there for?"""


class _Page:
    """One page on its way to text."""

    __slots__ = ("blocks", "furniture", "number", "texts", "unmapped")

    def __init__(self, layout: PageLayout, number: int, habits: Habits) -> None:
        self.number = number
        self.unmapped = layout.unmapped
        lines = layout.lines
        out = furniture.find(layout, number, habits.furniture)
        if habits.short:
            out = sorted({*out, *furniture.find_alone(layout)})
        if len(out) == len(lines) <= FEW_LINES and not all(_is_number(lines[i].text) for i in out):
            out = []
        self.furniture = tuple(lines[i].text for i in out)
        if out:
            lines = lines.copy()
            for i in reversed(out):
                del lines[i]
        self.blocks = flow.mend(blocks_of(in_order(in_its_script(lines))), habits.body) if lines else []
        self.texts = [_text_of(block, habits.hyphenated) for block in self.blocks]


def compose_pages(
    first: int,
    layouts: Sequence[PageLayout | None],
    habits: Habits,
    before: PageLayout | None,
    after: PageLayout | None,
) -> tuple[tuple[PageText, ...], tuple[Heading, ...]]:
    """The pages of a range as text, and the headings in them; offsets count from the range's start.

    ``before`` and ``after`` are the neighbouring pages: a word that goes over the edge belongs, whole, to the
    page where it begins. ``None`` stands for a page that there is not or that could not be read.
    """
    numbered = enumerate([before, *layouts, after], first - 1)
    pages = [_Page(layout, number, habits) if layout else None for number, layout in numbered]
    for page, following in pairwise(pages):
        if page and following:
            _carry(page, following, habits)
    texts: list[PageText] = []
    headings: list[Heading] = []
    offset = 0
    for page in pages[1:-1]:
        if page is not None:
            headings += _headings(page, habits, offset)
            texts.append(_finish(page))
            offset += len(texts[-1].text) + 1
    return tuple(texts), tuple(headings)


def _text_of(block: Block, kept: Container[str]) -> str:
    if len(block.lines) == 1:
        return _clean(block.lines[0][0])
    texts = [line[0] for line in block.lines]
    if block.ties.count(SPACE) < len(texts) - 1:
        texts = _tied(texts, block.ties, kept)
    return _clean(" ".join(texts))


def _tied(texts: Sequence[str], ties: str, kept: Container[str]) -> list[str]:
    """The texts that a space stands between."""
    parts = [texts[0]]
    for text, tie in zip(texts[1:], ties[1:], strict=True):
        if tie == SPACE:
            parts.append(text)
        elif tie == WORD:
            parts[-1] = hyphens.join(parts[-1], text, kept)
        else:
            parts[-1] += text if tie == NOTHING else tie + text
    return parts


def _is_number(text: str) -> bool:
    return any(map(str.isdigit, text)) and not any(map(str.isalpha, text))


def _clean(text: str) -> str:
    if not text.isascii():
        text = text.replace("\xa0", " ").replace("\xad", "")
    return text.strip()


def _carry(page: _Page, following: _Page, habits: Habits) -> None:
    """Brings the rest of a word that the page's edge parts back to where it begins."""
    last, first = flow.last_of(page.blocks, habits.body), flow.first_of(following.blocks, habits.body)
    if last is None or first is None or not hyphens.is_parted(page.texts[last]):
        return
    text = following.texts[first]
    if not starts_low(text):
        return
    word, _, rest = text.partition(" ")
    page.texts[last] = hyphens.join(page.texts[last], word, habits.hyphenated)
    following.texts[first] = rest


def _headings(page: _Page, habits: Habits, offset: int) -> list[Heading]:
    blocks, texts = page.blocks, page.texts
    listed = page.number in habits.outline
    asked = range(len(blocks)) if listed else standing_out(blocks, habits)
    found: list[Heading] = []
    seen = 0
    for i in asked:
        offset += sum([len(text) + len(BLOCK_BREAK) for text in texts[seen:i] if text])
        seen = i
        level = level_of(blocks[i], texts[i], page.number, habits) if texts[i] else None
        if level is not None:
            found.append(Heading(offset, level, " ".join(texts[i].split())))
    return found


def _finish(page: _Page) -> PageText:
    text = BLOCK_BREAK.join(filter(None, page.texts))
    return PageText(page.number, text, page.furniture, is_garbled(text, page.unmapped))

"""From the layouts of a page range and the habits of its document to text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ingestd.model import Heading, PageText
from ingestd.pdf import flow, furniture, hyphens
from ingestd.pdf.garbled import is_garbled
from ingestd.pdf.headings import level_of, may_be_heading
from ingestd.pdf.layout import Line, PageLayout
from ingestd.pdf.order import in_order
from ingestd.pdf.paragraphs import LINE, SPACE, Block, blocks_of, starts_low
from ingestd.pdf.survey import Habits

BLOCK_BREAK = "\n\n"
FEW_LINES = 2
"""A page of so few lines keeps them: what else is it there for?"""
_SPECIAL_ENDS = frozenset(hyphens.MARKS)
_WIDE = "\u3000"
"""The first character of the scripts that are written without spaces (kana, Han, full-width forms)."""
_WIDE_END = re.compile("[\u3000-\u9fff\uff00-\uffef\U00020000-\U0010ffff] ")


class _Page:
    """One page on its way to text."""

    __slots__ = ("blocks", "furniture", "number", "texts", "unmapped")

    def __init__(self, layout: PageLayout, number: int, habits: Habits) -> None:
        self.number = number
        self.unmapped = layout.unmapped
        lines: Sequence[Line] = layout.lines
        out = furniture.find(layout, number, habits.furniture)
        if habits.short:
            out = sorted({*out, *furniture.find_alone(layout)})
        if len(out) == len(lines) <= FEW_LINES and not all(_is_number(lines[i].text) for i in out):
            out = []
        self.furniture = tuple(lines[i].text for i in out)
        if out:
            aside = set(out)
            lines = [line for i, line in enumerate(lines) if i not in aside]
        self.blocks = flow.mend(blocks_of(in_order(lines)), habits.body) if lines else []
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


def _text_of(block: Block, kept: frozenset[str]) -> str:
    texts = [line[0] for line in block.lines]
    if len(texts) == 1:
        return _clean(texts[0])
    text = " ".join(texts)
    if LINE in block.ties or not (text.isascii() or _WIDE_END.search(text) is None):
        return _clean(_tied(texts, block.ties, kept))
    ends = [i for i, text in enumerate(texts[:-1]) if text[-1] in _SPECIAL_ENDS]
    if not ends:
        return _clean(text)
    gone = 0
    for i in ends:
        left = texts[i - gone]
        if hyphens.is_parted(left):
            texts[i - gone : i - gone + 2] = [hyphens.join(left, texts[i - gone + 1], kept)]
            gone += 1
    return _clean(" ".join(texts))


def _tied(texts: Sequence[str], ties: str, kept: frozenset[str]) -> str:
    """The long way: some ties end lines, or some lines are of a script without spaces."""
    text = texts[0]
    parts = [text]
    for following, tie in zip(texts[1:], ties[1:], strict=True):
        end, text = text[-1], following
        if tie != SPACE:
            parts.append(tie)
        elif end in _SPECIAL_ENDS and hyphens.is_parted(parts[-1]):
            parts[-1] = text = hyphens.join(parts[-1], text, kept)
            continue
        elif end < _WIDE or not (_is_wide(end) and _is_wide(text[0])):
            parts.append(tie)
        parts.append(text)
    return "".join(parts)


def _is_number(text: str) -> bool:
    return any(map(str.isdigit, text)) and not any(map(str.isalpha, text))


def _clean(text: str) -> str:
    if not text.isascii():
        text = text.replace("\xa0", " ").replace("\xad", "")
    return text.strip()


def _is_wide(character: str) -> bool:
    return _WIDE <= character <= "\u9fff" or "\uff00" <= character <= "\uffef" or character >= "\U00020000"


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
    found: list[Heading] = []
    listed = page.number in habits.outline
    for block, text in zip(page.blocks, page.texts, strict=True):
        if not text:
            continue
        if listed or may_be_heading(block, habits):
            level = level_of(block, text, page.number, habits)
            if level is not None:
                found.append(Heading(offset, level, " ".join(text.split())))
        offset += len(text) + len(BLOCK_BREAK)
    return found


def _finish(page: _Page) -> PageText:
    text = BLOCK_BREAK.join(filter(None, page.texts))
    return PageText(page.number, text, page.furniture, is_garbled(text, page.unmapped))

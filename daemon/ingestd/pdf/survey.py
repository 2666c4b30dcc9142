"""What only a whole document tells: gathered range by range, merged, then settled once into habits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from ingestd.model import DocumentInfo, OutlineEntry
from ingestd.pdf import furniture, hyphens
from ingestd.pdf.layout import BOLD, Key, PageLayout

MAX_WORDS = 200_000
"""Different words kept of one document; beyond, the rare ones are dropped."""

_size_and_look = itemgetter(4, 5)

Style = tuple[float, int]
"""Size, rounded to half a point, and whether bold."""


class Habits(NamedTuple):
    """What a document does throughout, as far as the order and text of one page depend on it."""

    furniture: frozenset[Key]
    hyphenated: Container[str]
    """Words that keep their hyphen at a line's end."""
    short: bool
    """Too few pages for anything to come back."""
    body: float
    """Size of the running text."""
    styles: tuple[Style, ...]
    """Styles of headings, the most prominent first."""
    outline: Mapping[int, tuple[OutlineEntry, ...]]
    """The outline's entries by page."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Counts of one page range; surveys of all ranges merged are the document's."""

    pages: int = 0
    furniture: Counter[Key] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    hyphenated: Counter[str] = field(default_factory=Counter)
    styles: Counter[Style] = field(default_factory=Counter)
    """Lines by style."""
    texts: Sequence[str] | None = None
    """Of a whole document its lines, in place of ``words`` and ``hyphenated``: few of them are asked for."""

    @staticmethod
    def merge(surveys: Iterable[Survey]) -> Survey:
        """The survey of all the pages together."""
        total = Survey()
        pages = 0
        for survey in surveys:
            pages += survey.pages
            total.furniture.update(survey.furniture)
            total.words.update(survey.words)
            total.hyphenated.update(survey.hyphenated)
            total.styles.update(survey.styles)
            if len(total.words) > MAX_WORDS:
                _drop_rare(total.words)
        return Survey(pages, total.furniture, total.words, total.hyphenated, total.styles)

    def settle(self, info: DocumentInfo) -> Habits:
        """What the counts mean: small, however long the document."""
        body = self._body()
        outline: dict[int, tuple[OutlineEntry, ...]] = {}
        for entry in info.outline:
            if entry.page is not None:
                outline[entry.page] = (*outline.get(entry.page, ()), entry)
        return Habits(
            furniture.settle(self.furniture, self.pages),
            self._spelling(),
            self.pages < furniture.REPEATS,
            body,
            self._heading_styles(body),
            outline,
        )

    def _spelling(self) -> Container[str]:
        if self.texts is None:
            return hyphens.kept_whole(self.words, self.hyphenated)
        return hyphens.Written(self.texts)

    def _body(self) -> float:
        sizes: Counter[float] = Counter()
        for (size, _), n in self.styles.items():
            sizes[size] += n
        return sizes.most_common(1)[0][0] if sizes else 10.0

    def _heading_styles(self, body: float) -> tuple[Style, ...]:
        total = sum(self.styles.values())
        found = [
            style
            for style, n in self.styles.items()
            if n < 0.25 * total and (style[0] > body * 1.08 or style[1])
        ]
        return tuple(sorted((s for s in found if s[0] >= 0.95 * body), reverse=True))


def _drop_rare(words: Counter[str]) -> None:
    for word in [word for word, n in words.items() if n == 1]:
        del words[word]


def survey_pages(first: int, layouts: Iterable[PageLayout | None], *, whole: bool) -> Survey:
    """The survey of consecutive pages, ``None`` for one that could not be read; ``whole``: of all there are."""
    repeats: Counter[Key] = Counter()
    texts: list[str] = []
    styles: Counter[tuple[float, int]] = Counter()
    pages = 0
    for number, layout in enumerate(layouts, first):
        if layout is None:
            continue
        pages += 1
        repeats.update(furniture.count(layout, number))
        texts += [line[0] for line in layout.lines]
        styles.update(map(_size_and_look, layout.lines))
    rounded: Counter[Style] = Counter()
    for (size, look), n in styles.items():
        rounded[round(size * 2) / 2, look & BOLD] += n
    if whole:
        return Survey(pages, repeats, styles=rounded, texts=texts)
    return Survey(pages, repeats, *hyphens.count_words(texts), rounded)

"""Candidates gathered by page range, merged, ranked once."""

from __future__ import annotations

import pickle

import pytest

from ingestd.concepts import Candidates, extract_concepts, gather, rank
from ingestd.concepts.candidates import _CAP

PAGES = [
    f"Chapter {number} of the survey. Query planners choose join orders. The join order of a query planner "
    f"depends on cardinality estimates. Cardinality estimates on page {number} use histograms and sampling. "
    f"{'Learned models replace it. Learned models drift.' if number > 4 else 'Cost models are simple.'}"
    for number in range(1, 9)
]  # fmt: skip


def by_ranges(pages: list[str], size: int, travel: bool = True) -> Candidates:
    found = [gather("\f".join(pages[i : i + size]), first_page=i + 1) for i in range(0, len(pages), size)]
    if travel:
        found = [pickle.loads(pickle.dumps(part)) for part in found]
    return found[0].merge(*found[1:])


@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_ranges_and_whole_agree(size: int) -> None:
    """Gathered in ranges, sent between processes and merged, a document has the concepts of its whole."""
    whole = rank(gather("\f".join(PAGES)))
    assert rank(by_ranges(PAGES, size)) == whole


def test_whole_is_extract() -> None:
    """``extract_concepts`` is gather and rank."""
    text = "\f".join(PAGES)
    assert rank(gather(text)) == extract_concepts(text)


def test_pages_of_a_concept() -> None:
    """A concept names the pages on which it stands, in any range."""
    found = {concept.text.lower(): concept for concept in rank(by_ranges(PAGES, 3), 40)}
    assert found["learned models"].pages == (5, 6, 7, 8)
    assert found["cost models"].pages == (1, 2, 3, 4)


def test_pages_by_offsets() -> None:
    """Pages may be given as offsets in place of form feeds."""
    text, starts = "", []
    for page in PAGES:
        starts.append(len(text))
        text += page + "\n"
    found = {c.text.lower(): c for c in rank(gather(text, page_starts=starts, first_page=11), 40)}
    assert found["learned models"].pages == (15, 16, 17, 18)


def test_counts_add_up() -> None:
    """Counts are those of the document."""
    found = {concept.text.lower(): concept.count for concept in rank(by_ranges(PAGES, 2), 40)}
    assert found["cardinality estimates"] == 16


def test_language_is_told() -> None:
    """What was gathered knows its language."""
    assert gather("\f".join(PAGES)).language == "en"
    assert pickle.loads(pickle.dumps(gather("Le chat et le chien sont dans la maison."))).language == "fr"


def test_memory_is_bounded() -> None:
    """However many words a text has, no more than a bounded number of candidates is kept."""
    words = " ".join(f"w{i:x}q {i * 7919 % 99991:x}z" for i in range(20_000))
    found = gather(words)
    assert len(found.counts) <= _CAP
    merged = found.merge(gather(words[::-1], first_page=2))
    assert len(merged.counts) <= _CAP


def test_work_does_not_grow_faster_than_the_text() -> None:
    """Ten times the text leaves about the same table: what costs is reading, not what is kept."""
    text = " ".join(PAGES) + " "
    once, often = gather(text * 40), gather(text * 400)
    assert len(often.counts) <= 1.1 * len(once.counts)
    assert rank(often, 1)[0].count == 10 * rank(once, 1)[0].count


def test_ten_megabytes() -> None:
    """Ten megabytes are read, and the subject is still found."""
    text = ("\f".join(PAGES) + "\n") * (10_000_000 // sum(map(len, PAGES)))
    assert any("join order" in concept.text.lower() for concept in extract_concepts(text, 8))

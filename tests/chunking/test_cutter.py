"""Tests of chunks as a whole: what is promised of every text."""

from __future__ import annotations

import statistics
import time

import pytest
from hypothesis import given, settings

from ingestd.chunking import chunk_text, context_of, cut, native, shifted
from ingestd.chunking.cutter import page_starts
from ingestd.model import Heading
from tests.chunking.texts import HOSTILE, PROSE, texts


@given(texts)
@settings(max_examples=300, deadline=None)
def test_chunks_partition_the_text(text: str) -> None:
    """Every character not white space is in exactly one chunk; chunks are trimmed, in order, short."""
    last = 0
    for index, chunk in enumerate(chunk_text(text)):
        assert chunk.index == index
        assert last <= chunk.start < chunk.end <= len(text)
        assert not text[last : chunk.start].strip()
        assert text[chunk.start : chunk.end] == text[chunk.start : chunk.end].strip()
        assert chunk.end - chunk.start <= 1200
        last = chunk.end
    assert not text[last:].strip()


@given(texts)
@settings(max_examples=100, deadline=None)
def test_same_text_same_chunks(text: str) -> None:
    """Cutting is a function of the text alone."""
    assert chunk_text(text) == chunk_text(text)


@given(texts)
@settings(max_examples=150, deadline=None)
def test_pages_and_context_follow_from_offsets(text: str) -> None:
    """Pages count the form feeds before; the context follows from text, offsets and section."""
    for chunk in chunk_text(text):
        assert chunk.page_start == text.count("\f", 0, chunk.start) + 1
        assert chunk.page_end == text.count("\f", 0, chunk.end) + 1
        assert chunk.context == context_of(text, chunk.start, chunk.end, chunk.section)


def test_prose_is_cut_at_sentences_near_the_wanted_length() -> None:
    """Plain prose gives chunks of 350 to 450 characters at the mean that end with a sentence."""
    text = PROSE * 40
    chunks = chunk_text(text)
    assert 350 <= statistics.mean(c.end - c.start for c in chunks) <= 450
    assert all(text[c.end - 1] == "." for c in chunks)


@pytest.mark.parametrize("text", ["", " \n\f\t ", "\u2028"])
def test_no_text_no_chunks(text: str) -> None:
    """White space alone makes no chunk."""
    assert chunk_text(text) == []


def test_a_paragraph_goes_on_across_a_page_edge() -> None:
    """A page edge within a sentence is no place to cut; the chunk spans both pages."""
    text = PROSE * 2 + "It was a cold\fmorning on the shore. " + PROSE * 2
    edge = text.index("\f")
    spanning = [c for c in chunk_text(text) if c.start < edge < c.end]
    assert [(c.page_start, c.page_end) for c in spanning] == [(1, 2)]


def test_a_page_edge_after_a_sentence_is_a_good_place() -> None:
    """Where a page ends with its sentence, a chunk ends there too."""
    text = f"{PROSE.strip()}\f{PROSE.strip()}"
    assert [(c.page_start, c.page_end) for c in chunk_text(text)] == [(1, 1), (2, 2)]


def test_a_range_gives_the_chunks_of_its_document() -> None:
    """A page range with what stands around it, shifted, has the sections, pages and contexts of the whole."""
    first, second = "1 Start\n\n" + PROSE * 4, PROSE * 3 + "\n\n1.1 More\n\n" + PROSE * 2
    whole = f"{first}\f{second}"
    headings = [Heading(0, 1, "1 Start"), Heading(whole.index("1.1 More"), 2, "1.1 More")]
    offset = len(first) + 1
    moved = [Heading(h.start - offset, h.level, h.title) for h in headings]
    head = cut(first, [0], headings[:1], after=f"\f{second}")
    tail = cut(second, [0], moved, first_page=2, before=f"{first}\f")
    chunks = head + shifted(tail, index=len(head), offset=offset)
    assert [c.index for c in chunks] == list(range(len(chunks)))
    assert {c.section for c in chunks} == {("1 Start",), ("1 Start", "1.1 More")}
    for chunk in chunks:
        assert chunk.context == context_of(whole, chunk.start, chunk.end, chunk.section)
        assert chunk.page_start == whole.count("\f", 0, chunk.start) + 1


def test_page_starts() -> None:
    """Each form feed begins a page, also an empty one."""
    assert page_starts("a\f\fb") == [0, 2, 3]


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_time_is_linear(unit: str, compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times the text costs about four times as much, whatever it holds (10 is allowed for noise)."""
    size = 40_000
    if not compiled:
        monkeypatch.setattr(native, "native", None)

    def cost(text: str) -> float:
        began = time.process_time()
        chunk_text(text)
        return time.process_time() - began

    small = min(cost(unit * (size // len(unit))) for _ in range(3))
    large = min(cost(unit * (4 * size // len(unit))) for _ in range(2))
    assert large <= 10 * small + 0.05

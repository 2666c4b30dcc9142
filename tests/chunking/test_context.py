"""Tests of the words around a chunk."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingestd.chunking import context_of
from tests.chunking.texts import PROSE, texts

TEXT = PROSE * 8


def test_path_then_both_sides() -> None:
    """The heading path comes first, then about 300 characters on each side; the chunk itself is left out."""
    text = "a" * 10 + " before " + "CHUNK" + " after"
    start = text.index("CHUNK")
    assert context_of(text, start, start + 5, ("2 Method", "2.1 Data")) == (
        "2 Method\n2.1 Data\naaaaaaaaaa before\nafter"
    )


def test_words_are_whole() -> None:
    """No word is cut at the far ends."""
    before, after = context_of(TEXT, 1000, 1400).split("\n")
    assert f" {before}" in TEXT
    assert f"{after} " in TEXT
    assert 240 <= len(before) <= 300
    assert 240 <= len(after) <= 300


def test_scripts_without_spaces_have_context() -> None:
    """Where no word ends near, the characters are taken as they come."""
    assert len(context_of("漢" * 2000, 900, 1100)) == 601


@given(texts, st.integers(0, 500), st.integers(0, 500))
def test_bounded_for_any_text(text: str, start: int, length: int) -> None:
    """Whatever the text, the context has at most 300 characters a side."""
    assert len(context_of(text, min(start, len(text)), min(start + length, len(text)))) <= 601

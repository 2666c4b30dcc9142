"""Snippets: one line, cut at words, marks on what matches."""

from __future__ import annotations

import apsw
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestd.store import snippet
from ingestd.store.query import Term

_DB = apsw.Connection(":memory:")


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab é\n中\f.\u200b", max_size=700), st.sampled_from(["ab", "é", "中", "aba"]))
def test_marks_cover_what_was_asked_for(text: str, word: str) -> None:
    """Whatever the text: marks lie inside the snippet, in order, on spellings of the word."""
    want = snippet.wanted(_DB, [Term(word)])
    found = snippet.matches(_DB, text, want)
    cut = snippet.cut(text, found)
    assert bool(cut.marks) == bool(found)
    assert [m for pair in cut.marks for m in pair] == sorted(m for pair in cut.marks for m in pair)
    for start, end in cut.marks:
        assert cut.text[start:end].casefold().startswith(word[:1].replace("é", cut.text[start].casefold()))
    assert len(cut.text) <= snippet.WIDTH + 40
    assert "\n" not in cut.text


def test_the_densest_place_is_shown() -> None:
    """Where most different words stand together, not where the first one does."""
    text = "cat " + "filler " * 100 + "cat and dog " + "filler " * 100
    want = snippet.wanted(_DB, [Term("cat"), Term("dog")])
    cut = snippet.cut(text, snippet.matches(_DB, text, want))
    assert "cat and dog" in cut.text
    assert cut.text.startswith("…filler")
    assert cut.text.endswith("…")
    assert cut.at == text.index("cat and")


def test_the_shortest_place_is_shown() -> None:
    """Words of the query that stand about, before the sentence sought, do not lead away from it."""
    text = "the cat of the house. " + "filler " * 12 + "\fThe dog of the cat sleeps."
    want = snippet.wanted(_DB, [Term(word) for word in "the dog of cat sleeps".split()])
    cut = snippet.cut(text, snippet.matches(_DB, text, want))
    assert cut.at > text.index("\f")


def test_nothing_found_shows_the_beginning() -> None:
    """A snippet is never empty where there is text."""
    cut = snippet.cut("Some text.", [])
    assert (cut.text, cut.marks, cut.at) == ("Some text.", (), 0)

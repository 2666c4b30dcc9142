"""Tests of headings in plain text and of section paths."""

from __future__ import annotations

from ingestd.chunking.headings import LOWEST, Sections, find_headings, number_of
from ingestd.model import Heading
from tests.chunking.texts import PROSE


def found(text: str) -> list[tuple[int, str]]:
    for heading in find_headings(text):
        assert text.startswith(heading.title, text.find(heading.title, heading.start))
    return [(h.level, h.title) for h in find_headings(text)]


def paths(headings: list[tuple[int, str]]) -> list[tuple[str, ...]]:
    text, placed = "", []
    for level, title in headings:
        placed.append(Heading(len(text), level, title))
        text += f"{title}\nSome words.\n"
    sections = Sections(text, placed)
    return [sections.path(h.start) for h in placed]


def test_marked_headings() -> None:
    """Markdown's, the wiki's and underlined headings, with their levels."""
    assert found("# One\ntext\n\n## Two ##\ntext") == [(1, "One"), (2, "Two")]
    assert found(" = One = \ntext\n = = Two = = \ntext") == [(1, "One"), (2, "Two")]
    assert found("One\n===\ntext\nTwo\n---\ntext") == [(1, "One"), (2, "Two")]


def test_remarks_in_programs_are_no_headings() -> None:
    """A single ``#`` in the midst of lines heads nothing."""
    assert found("x = 1\n# add one\nx += 1") == []


def test_lines_like_titles() -> None:
    """A short line alone above running text is a heading; its number gives the level."""
    text = f"2.1 Data and methods\n\n{PROSE}\n\nRelated work\n\n{PROSE}"
    assert found(text) == [(2, "2.1 Data and methods"), (LOWEST, "Related work")]


def test_lines_unlike_titles() -> None:
    """Sentences, rows, small beginnings and lines in a run are no headings."""
    for line in ("This is a sentence.", "12 34 56 78", "and so on", "Total | 3", "- An item"):
        assert found(f"{PROSE}\n\n{line}\n\n{PROSE}") == []
    assert found(f"A line\nof a paragraph\n{PROSE}") == []


def test_numbers() -> None:
    """The number that a title begins with, in its parts."""
    assert number_of("2.1 Data") == ("2", "1")
    assert number_of("A.3. Proofs") == ("A", "3")
    assert number_of("Kapitel 4 Ergebnisse") == ("4",)
    assert number_of("B. Experiments") == ("B",)
    assert number_of("Data 2.1") == ()
    assert number_of("A simple method") == ()


def test_paths_from_levels() -> None:
    """A heading closes those of its level and below."""
    assert paths([(1, "A"), (2, "B"), (3, "C"), (2, "D"), (1, "E")]) == [
        ("A",), ("A", "B"), ("A", "B", "C"), ("A", "D"), ("E",),
    ]  # fmt: skip


def test_numbers_tell_better_than_levels() -> None:
    """Where all headings look alike, their numbers give the path."""
    assert paths([(1, "2 Method"), (1, "2.1 Data"), (1, "2.2 Model"), (1, "3 Results")]) == [
        ("2 Method",), ("2 Method", "2.1 Data"), ("2 Method", "2.2 Model"), ("3 Results",),
    ]  # fmt: skip


def test_headings_that_follow_each_other_open_together() -> None:
    """A chunk that begins with several headings stands under the last of them."""
    text = "2 Method\n2.1 Data\nSome words."
    sections = Sections(text, [Heading(0, 1, "2 Method"), Heading(9, 2, "2.1 Data")])
    assert sections.path(0) == ("2 Method", "2.1 Data")


def test_before_the_first_heading_there_is_no_path() -> None:
    """Text above all headings has no section; one before the range stays open in it."""
    text = "Words.\n1 A\nWords."
    assert Sections(text, [Heading(7, 1, "1 A")]).path(0) == ()
    assert Sections(text, [Heading(-50, 1, "0 Z"), Heading(7, 1, "1 A")]).path(0) == ("0 Z",)


def test_paths_are_bounded() -> None:
    """An outline of a thousand levels gives paths of eight."""
    assert max(map(len, paths([(n, f"level {n}") for n in range(1, 1000)]))) == 8

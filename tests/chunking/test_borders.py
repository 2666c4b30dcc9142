"""Tests of where texts are cut."""

from __future__ import annotations

import pytest

from ingestd.chunking import chunk_text
from tests.chunking.texts import PROSE


def pieces(text: str) -> list[str]:
    return [text[c.start : c.end] for c in chunk_text(text)]


def test_blank_lines_win_over_sentences() -> None:
    """Paragraphs of a good length are the chunks."""
    paragraph = PROSE.strip()
    assert pieces("\n\n".join([paragraph] * 5)) == [paragraph] * 5


def test_a_heading_stays_with_its_text() -> None:
    """A chunk begins with a heading, none ends with one."""
    text = "\n\n".join(f"## Part {n}\n\n{PROSE * 2}" for n in range(6))
    for piece in pieces(text):
        assert piece.count("## Part") == piece.startswith("## Part")


def test_tables_are_cut_between_rows() -> None:
    """No row of a table is torn."""
    rows = [f"item {n} | {n * 17} | {n * 31}.50 | second quarter" for n in range(80)]
    found = [row for piece in pieces("\n".join(rows)) for row in piece.split("\n")]
    assert found == rows


def test_lists_are_cut_between_items() -> None:
    """Each chunk of a long list begins with an item."""
    text = "We need:\n" + "\n".join(
        f"- part number {n} of the machine, in steel or in brass" for n in range(50)
    )
    assert all(piece.startswith(("- ", "We need")) for piece in pieces(text))


def test_code_is_cut_between_blocks() -> None:
    """Programs are cut at their empty lines before their lines."""
    block = "def area(width, height):\n    # both in metres\n    result = width * height\n    return result"
    block += "\n" + "    \n".join(["    print(result)"] * 12)
    assert all(piece.startswith("def area") for piece in pieces("\n\n\n".join([block] * 8)))


def test_wide_scripts_are_cut_at_their_sentences() -> None:
    """Chinese has no spaces, yet its sentences stay whole."""
    text = "人工智能是计算机科学的一个分支，它企图了解智能的实质。该领域的研究包括机器人、语言识别。" * 40
    assert all(piece.endswith("。") for piece in pieces(text))


def test_thai_is_cut_at_its_spaces() -> None:
    """Thai puts a space between phrases: the place to cut."""
    phrase = "ภาษาไทยเป็นภาษาที่มีระดับเสียงของคำแน่นอนหรือวรรณยุกต์เช่นเดียวกับภาษาจีน"
    assert all(piece.endswith(phrase) for piece in pieces(" ".join([phrase] * 60)))


@pytest.mark.parametrize("unit", ["e\u0301", "กำ", "👩\u200d👧"])
def test_no_mark_is_torn_from_its_letter(unit: str) -> None:
    """A cut inside a word stands before a whole letter."""
    assert all(piece.startswith(unit[0]) for piece in pieces(unit * 1500))


def test_wrapped_lines_flow() -> None:
    """Line ends of wrapped prose are no borders: chunks still end with sentences."""
    words = (PROSE * 12).split()
    text = "\n".join(" ".join(words[n : n + 11]) for n in range(0, len(words), 11))
    assert all(piece.endswith((".", ";")) for piece in pieces(text))


def test_records_of_a_dump() -> None:
    """A dump of records is cut between them."""
    record = '{"role": "user", "content": "how do I bake bread without any yeast at all, said she"}'
    assert all(piece.startswith(("{", "[")) for piece in pieces("[" + ", ".join([record] * 60) + "]"))

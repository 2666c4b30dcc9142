"""What PDFs put into a text and no concept may come from."""

from __future__ import annotations

import time

import pytest

from ingestd.concepts import extract_concepts, gather, rank
from ingestd.concepts.cleaning import clean, running_heads, split_keywords

BODY = "Sparse attention reduces the cost of transformers. Sparse attention keeps local tokens. " * 3


def found(text: str) -> list[str]:
    return [concept.text.lower() for concept in extract_concepts(text)]


def test_words_broken_over_lines_are_joined() -> None:
    """A word broken by a line end is whole again, and keeps its hyphen only where the text writes it so."""
    body, _ = clean("The trans-\nformer and a state-of-the-art well-\nknown model. It is well-known.")
    assert "transformer" in body
    assert "well-known model" in body


def test_ligatures_are_folded() -> None:
    """Ligatures do not split a word from its variants."""
    body, _ = clean("eﬃcient ﬁlters, soft\xadware")
    assert body == "efficient filters, software"


@pytest.mark.parametrize(
    "heading", ["References", "7 REFERENCES", "VII. References", "Bibliographie", "Literatur"]
)
def test_reference_list_is_left_out(heading: str) -> None:
    """Names of the reference list never win on count; an appendix after it is read."""
    listed = "".join(f"\n[{i}] Q. Zweistein. Zebra methods. Zebra Press, 20{i:02}." for i in range(10, 40))
    text = f"{BODY}\n{heading}{listed}\nAppendix A\nRotary embedding. Rotary embedding details."
    assert not any("zebra" in concept or "zweistein" in concept for concept in found(text))
    assert "rotary embedding" in found(text)


def test_a_chapter_called_references_is_read() -> None:
    """A heading alone does not cut: what follows must look like a list."""
    assert "weak pointer" in found(f"{BODY}\nReferences\n{'A weak pointer is a kind of reference. ' * 5}")


def test_boilerplate_is_no_concept() -> None:
    """Notices and the headings every paper has are never concepts."""
    notice = (
        "Permission to make digital or hard copies of this work is granted without fee provided that copies "
        "are not made for profit. To republish requires prior specific permission and/or a fee.\n"
        "Copyright 2003 Some Press\n"
    )
    text = f"ABSTRACT\n{BODY}\nGeneral Terms\nAlgorithms\n\n1. INTRODUCTION\n{notice}{BODY}"
    bad = {"abstract", "general terms", "hard copies", "permission", "copyright", "introduction", "profit"}
    assert not bad & set(found(text))


def test_running_heads_are_left_out() -> None:
    """A line at the edge of every page, with or without its page number, is not counted."""
    pages = [f"Proceedings of Quagga Days {i}\n{BODY}\n{i}" for i in range(1, 6)]
    assert "Proceedings of Quagga Days" in running_heads(pages)
    kept = rank(gather("\f".join(pages)), 100)
    assert not any("Quagga" in concept.text for concept in kept)


def test_repeated_lines_count_once() -> None:
    """Furniture in a text without page breaks counts once."""
    lines = [f"line {i} about sparse attention and its cost" for i in range(60)]
    lines[::6] = ["Quagga Journal Vol 7"] * 10
    body, _ = clean("\n".join(lines))
    assert body.count("Quagga Journal") == 1


def test_keyword_line() -> None:
    """The author's keyword line is read to its end and no further."""
    text = (
        f"Title\nKeywords: sparse attention, quality of service;\nlong context.\n1 Introduction, here\n{BODY}"
    )
    assert clean(text)[1] == ["sparse attention", "quality of service", "long context"]


def test_keywords_stop_at_a_sentence() -> None:
    """What is no key phrase ends the list."""
    assert split_keywords("a cat, the dog, and this goes on as a whole sentence does, more") == [
        "a cat",
        "the dog",
    ]


def test_hostile_hyphens_cost_no_more_than_their_length() -> None:
    """Many broken words are joined in linear time: a tenfold text never costs a hundredfold."""

    def cost(times: int) -> float:
        begun = time.process_time()
        clean("ab-\ncd " * times)
        return time.process_time() - begun

    small = max(min(cost(5_000) for _ in range(3)), 1e-3)
    assert cost(50_000) < 40 * small

"""Headings and their levels."""

from __future__ import annotations

from tests.pdf.making import Page, make, read, words


def text_page(*headings: tuple[str, float, str]) -> Page:
    page, y = Page(), 80.0
    for title, size, font in headings:
        page.line(50, y, title, size, font)
        page.lines(50, y + 24, [words(9, len(title) + i) for i in range(5)])
        y += 120
    return page


def document_text(data: bytes) -> str:
    return "\f".join(page.text for page in read(data).pages)


def sections(data: bytes) -> dict[str, tuple[str, ...]]:
    extract = read(data)
    text = "\f".join(page.text for page in extract.pages)
    return {text[c.start : c.end][:20]: c.section for c in extract.chunks}


def test_size_and_weight_make_headings() -> None:
    """Larger before bold, by prominence."""
    data = make(
        [text_page(("Great Things", 18, "F2"), ("Smaller ones", 13, "F2"), ("Other Great", 18, "F2"))]
    )
    found = set(sections(data).values())
    assert ("Great Things",) in found
    assert ("Great Things", "Smaller ones") in found
    assert ("Other Great",) in found


def test_numbers_tell_the_level() -> None:
    """Section numbers are believed over sizes."""
    data = make([text_page(("2 Method", 13, "F2"), ("2.1 Data", 13, "F2"), ("3 Results", 13, "F2"))])
    found = set(sections(data).values())
    assert ("2 Method", "2.1 Data") in found
    assert ("3 Results",) in found


def test_the_outline_tells_headings_that_look_like_text() -> None:
    """A title of the outline on its page is a heading, however it is set."""
    outline = [
        "<< /Type /Outlines /First 9 0 R /Last 9 0 R /Count 1 >>",
        "<< /Title (Plain words) /Parent 8 0 R /Dest [10 0 R /Fit] >>",
    ]
    data = make([text_page(("Plain words", 10, "F1"))], extra=outline, root="/Outlines 8 0 R")
    assert ("Plain words",) in set(sections(data).values())


def test_bold_sentences_are_no_headings() -> None:
    """What ends as a sentence is one."""
    data = make([text_page(("This is a bold statement, and no heading.", 10, "F2"))])
    assert set(sections(data).values()) == {()}


def test_offsets_of_chunks_hold() -> None:
    """Each chunk is the text between its offsets, without white space at its ends."""
    data = make([text_page(("1 One", 14, "F2"), ("2 Two", 14, "F2")) for _ in range(3)])
    text = document_text(data)
    for chunk in read(data).chunks:
        piece = text[chunk.start : chunk.end]
        assert piece and piece == piece.strip()

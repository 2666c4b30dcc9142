"""Paragraphs across lines, columns and pages."""

from __future__ import annotations

from tests.pdf.making import Page, text_of

FULL = "A line of text that is as wide as the column it stands in, nearly"


def test_lines_of_a_paragraph_are_one_line_and_a_gap_parts_blocks() -> None:
    """Between paragraphs stands a blank line, inside them none."""
    page = (
        Page()
        .lines(50, 80, [FULL, "and it goes on here until it ends."])
        .lines(50, 120, [FULL, "again it ends."])
    )
    assert text_of(page) == f"{FULL} and it goes on here until it ends.\n\n{FULL} again it ends."


def test_an_indent_begins_a_paragraph() -> None:
    """Without any gap the first line's indent tells."""
    page = (
        Page()
        .line(50, 80, FULL)
        .line(50, 92, f"{FULL[:-8]} now.")
        .line(62, 104, FULL[:-8])
        .line(50, 116, "the end of it.")
    )
    assert text_of(page) == f"{FULL} {FULL[:-8]} now.\n\n{FULL[:-8]} the end of it."


def test_a_short_line_that_ends_a_sentence_ends_its_paragraph() -> None:
    """The next word would have had room: its place on a new line is meant."""
    page = Page().lines(50, 80, [FULL, "is where it ends.", f"{FULL}", "is another."])
    assert text_of(page) == f"{FULL} is where it ends.\n\n{FULL} is another."


def test_a_list_mark_begins_a_block() -> None:
    """Each item stands alone, its further lines with it."""
    page = Page().lines(50, 80, ["• one item that is short", "• another that is longer than the first by"])
    page.line(58, 104, "a line of its own").line(50, 116, "• a third")
    assert text_of(page).split("\n\n") == [
        "• one item that is short",
        "• another that is longer than the first by a line of its own",
        "• a third",
    ]


def test_a_paragraph_goes_on_in_the_next_column() -> None:
    """The column's edge is no end."""
    left = Page().lines(50, 700, [FULL, "and then it goes on, across the edge, in the"])
    page = left.lines(330, 80, ["column on the right, and ends there.", "So."])
    assert "across the edge, in the column on the right" in text_of(page)


def test_a_footnote_does_not_interrupt() -> None:
    """Small print at the end of the column comes after the paragraph that goes on in the next one."""
    page = Page().lines(50, 600, [FULL, FULL, "and so the sentence stops here without an"])
    page.line(50, 760, "1 A note in small print.", size=7)
    page.lines(330, 80, ["end of its own, which stands over here in", "the column on the right."])
    text = text_of(page)
    assert "without an end of its own" in text
    assert text.endswith("1 A note in small print.")


def test_a_caption_does_not_interrupt() -> None:
    """A figure's caption between two parts of a sentence is set aside."""
    page = (
        Page()
        .lines(50, 80, [FULL, "and so the sentence is interrupted by the"])
        .line(50, 130, "Figure 3: What is seen.")
    )
    page.lines(50, 170, ["picture that stands in the middle of it, and", "goes on."])
    text = text_of(page)
    assert "interrupted by the picture" in text
    assert "Figure 3: What is seen." in text


def test_a_word_over_the_page_edge_belongs_to_the_page_where_it_begins() -> None:
    """Whole, not in two halves, also where a footnote stands below it."""
    first = Page().lines(50, 700, [FULL, "here we have an inter-"]).line(50, 780, "1 A note.", size=7)
    second = Page().lines(
        50, 80, ["national word, and the rest of it stands on this page, as we", "expect it to."]
    )
    one, two = text_of(first, second).split("\f")
    assert "an international" in one
    assert two.startswith("word, and the rest")


def test_code_keeps_its_lines() -> None:
    """Lines in a fixed pitch are not run together."""
    page = Page().lines(50, 80, [FULL, FULL[:-3] + "so."])
    for i, code in enumerate(["for x in numbers:", "    print(x)", "print(done)"]):
        page.line(60, 120 + 12 * i, code, font="F3")
    assert "for x in numbers:\nprint(x)\nprint(done)" in text_of(page)


def test_a_wide_table_above_a_column_does_not_part_its_paragraphs() -> None:
    """Full lines of the column end far from the table's edge; names begin the next lines all the same."""
    page = Page()
    for i in range(6):
        page.line(50, 80 + 12 * i, f"row {i}").line(
            300, 80 + 12 * i, "and a good deal more text in the last cell"
        )
    lines = [f"A line of the column that Nobody parts no{i}" for i in range(9)]
    page.lines(50, 200, lines)
    assert " ".join(lines) in text_of(page).split("\n\n")

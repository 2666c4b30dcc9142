"""Running heads, footers and page numbers."""

from __future__ import annotations

from tests.pdf.making import Page, make, read, words


def body(number: int) -> Page:
    return Page().lines(50, 110, [words(9, 11 * number + i) for i in range(30)])


def test_what_comes_back_on_every_page_is_furniture() -> None:
    """Heads and numbered feet leave the text and stay readable as furniture."""
    pages = [
        body(n).line(50, 40, "Journal of Careful Machines").line(280, 810, f"Page {n} of 5")
        for n in range(1, 6)
    ]
    for number, page in enumerate(read(make(pages)).pages, 1):
        assert page.furniture == ("Journal of Careful Machines", f"Page {number} of 5")
        assert "Journal" not in page.text
        assert "Page" not in page.text


def test_heads_that_change_are_told_by_their_page_numbers() -> None:
    """A section's title beside a page number that counts on."""
    heads = ["Beginnings", "Middle parts", "Something else", "The end", "An appendix", "Index"]
    pages = [body(n).line(50, 40, f"{n + 11}  {head}") for n, head in enumerate(heads)]
    assert all(len(page.furniture) == 1 for page in read(make(pages)).pages)


def test_a_sentence_that_stands_once_is_no_furniture() -> None:
    """Body text in the outer zone stays."""
    pages = [body(n).line(50, 60, f"{words(6, 17 * n)} stands once") for n in range(5)]
    assert all("stands once" in page.text for page in read(make(pages)).pages)


def test_of_a_single_page_what_stands_apart_in_the_margin_is_furniture() -> None:
    """A page number and a line at the very edge, with white between them and the text."""
    page = read(make([body(1).line(50, 20, "Downloaded from example.org").line(290, 825, "17")])).pages[0]
    assert set(page.furniture) == {"Downloaded from example.org", "17"}


def test_a_page_of_nothing_else_keeps_its_line() -> None:
    """A title page is not emptied."""
    assert read(make([Page().line(50, 30, "A title alone")])).pages[0].text == "A title alone"


def test_heads_below_the_outer_zone_are_furniture_when_nothing_is_further_out() -> None:
    """A small block of text on a large page has its head far from the edge."""
    pages = [
        Page()
        .line(150, 130, "A NEW THEORY OF MACHINES")
        .lines(150, 160, [words(8, 13 * n + i) for i in range(30)])
        for n in range(4)
    ]
    assert all(page.furniture == ("A NEW THEORY OF MACHINES",) for page in read(make(pages)).pages)


def test_numbers_of_sections_and_items_are_no_page_numbers() -> None:
    """Headings and items at the top of pages stay, though their numbers happen to count on with the pages."""
    tops = [
        "1.1 Reading",
        "2) keep what was read",
        "3. Writing",
        "4.2 Search for k4",
        "5.1 The end of part 4.5",
    ]
    pages = [body(n).line(50, 60, top) for n, top in enumerate(tops)]
    texts = [page.text for page in read(make(pages)).pages]
    assert all(top in text for top, text in zip(tops, texts, strict=True))


def test_a_page_number_elsewhere_on_the_first_pages_of_chapters_is_furniture() -> None:
    """At the foot there, in the head on all the others."""
    pages = []
    for n in range(1, 41):
        opens = n % 12 == 1
        pages.append(body(n).line(290, 810 if opens else 40, str(n + 8)))
        if not opens:
            pages[-1].line(50, 40, f"Chapter {n // 12}")
    assert all(str(n + 8) in page.furniture for n, page in enumerate(read(make(pages)).pages, 1))


def test_what_is_alike_but_for_its_number_must_come_back_often() -> None:
    """In a long document three definitions stand first on their pages by chance; notes on most pages do not."""
    pages = [body(n).line(50, 40, f"Draft {7 * n} of the committee") for n in range(40)]
    for n in (4, 17, 30):
        pages[n].line(50, 60, f"Definition {3 * n + 1}")
    texts = [page.text for page in read(make(pages)).pages]
    assert [n for n, text in enumerate(texts) if "Definition" in text] == [4, 17, 30]
    assert not any("Draft" in text for text in texts)

"""From glyphs to clean lines."""

from __future__ import annotations

import unicodedata

import pytest

from ingestd.pdf.engines import glyphs, lines, native
from ingestd.pdf.layout import Line
from tests.pdf.making import Page, make, read, text_of, words


def test_ligatures_are_folded() -> None:
    """U+FB00 to FB06 come out as letters."""
    page = Page().line(50, 80, "Aa ofBce", font="F4")
    data = make([page], unicode_map="<41> <FB01>\n<42> <FB03>")
    assert read(data).pages[0].text == "fia offfice"


def test_full_width_and_superior_signs_are_not_folded() -> None:
    """Only the Latin ligatures are: squares and full-width letters keep their meaning."""
    data = make([Page().line(50, 80, "xA yB", font="F4")], unicode_map="<41> <00B2>\n<42> <FF21>")
    assert read(data).pages[0].text == "x² yＡ"


def test_private_use_and_controls_are_no_text() -> None:
    """What no font-less reader can read is left out; list signs of symbol fonts become bullets."""
    data = make(
        [Page().line(50, 80, "A one B two C", font="F4")], unicode_map="<41> <F0B7>\n<42> <E123>\n<43> <0007>"
    )
    text = read(data).pages[0].text
    assert text.split() == ["•", "one", "two"]


@pytest.mark.parametrize(
    "code", ["D800", "DC00", "FFFE", "FFFF", "FFFD", "0000", "0001", "00AD", "F8FF", "FEFF"]
)
def test_no_map_brings_odd_characters_into_the_text(code: str) -> None:
    """Whatever a font's map says: no surrogate, no control, no mark of pdfium's own, nothing that says nothing."""
    data = make([Page().line(50, 80, "before AAA behind", font="F4")], unicode_map=f"<41> <{code}>")
    extract = read(data)
    text = extract.pages[0].text
    text.encode()
    assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cn", "Co", "Cs") or c == "\ufffd"]
    assert text.split()[0] == "before"
    assert text.split()[-1] == "behind"


@pytest.mark.parametrize("accent_first", [True, False])
def test_loose_accents_are_put_on_their_letters(accent_first: bool) -> None:
    """An accent drawn over a letter makes one character of both, before or behind it in the stream."""
    draw = "BT /F1 10 Tf 1 0 0 1 {x} 700 Tm ({t}) Tj ET"
    accent, letter = draw.format(x=57.78, t="\xa8"), draw.format(x=56.67, t="u")
    page = Page().raw(draw.format(x=53.9, t="f"))
    for operator in (accent, letter) if accent_first else (letter, accent):
        page.raw(operator)
    page.raw(draw.format(x=62.23, t="r alle"))
    assert text_of(page) == "für alle"


def test_an_accent_far_down_the_stream_finds_its_letter() -> None:
    """Its place tells, not its turn."""
    page = Page().line(50, 142, "fur alle da")
    page.raw("BT /F1 10 Tf 1 0 0 1 53.9 700 Tm (\xa8) Tj ET")
    assert text_of(page) == "für alle da"


def test_a_raised_glyph_stays_with_its_letter() -> None:
    """No space before an exponent, and the line goes on behind it."""
    page = Page().raw(
        "BT /F1 10 Tf 50 700 Td (the set R) Tj /F1 7 Tf 4 Ts (n) Tj /F1 10 Tf 0 Ts ( is open) Tj ET"
    )
    assert text_of(page) == "the set Rn is open"


def test_a_wide_jump_on_a_row_joins_it_with_a_space() -> None:
    """Two runs of a justified row are one line."""
    row = Page().lines(50, 80, ["A full line of words that ends at the right hand edge of it all"])
    assert "\n" not in text_of(row)


def test_the_compiled_way_and_the_plain_way_agree() -> None:
    """Every array and every cut is the same, with the C module and without it."""
    if native.native is None:
        pytest.skip("the C module is not built: no compiler was there")
    page = (
        Page(90)
        .lines(50, 80, [words(9, i) for i in range(9)])
        .line(300, 80, "far right \xe9\xa8 -", 14, "F2")
    )
    page.raw("BT /F3 9 Tf 0 1 -1 0 400 300 Tm (turned left) Tj ET")
    page.raw("BT /F1 10 Tf 50 500 Td (the set R) Tj /F1 7 Tf 4 Ts (n) Tj /F1 10 Tf 0 Ts ( is open) Tj ET")
    for slow, fast, box in _both_ways(make([page])):
        assert slow.rows.tolist() == fast.rows.tolist()
        assert slow.kinds.tolist() == fast.kinds.tolist()
        assert (slow.present, slow.unmapped) == (fast.present, fast.unmapped)
        plain, most = lines.lines_plainly(slow, box)
        compiled, same = native.native.lines(fast.buffer, fast.count, box, Line)
        assert most == same
        assert [(n.text, n.look, n.follows, n.turned) for n in plain] == [
            (n.text, n.look, n.follows, n.turned) for n in compiled
        ]
        for a, b in zip(plain, compiled, strict=True):
            assert (a.x0, a.x1, a.base, a.size) == pytest.approx((b.x0, b.x1, b.base, b.size), abs=0.01)
        assert slow.codes.tolist() == fast.codes.tolist()


def _both_ways(data: bytes):  # type: ignore[no-untyped-def]
    import pypdfium2_raw as pdfium

    from ingestd.pdf.engines import pdfium as engine

    handle = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    page = pdfium.FPDF_LoadPage(handle, 0)
    text_page = pdfium.FPDFText_LoadPage(page)
    limit = engine.MAX_GLYPHS
    yield glyphs.read_slowly(text_page, limit), glyphs.read_glyphs(text_page, limit), engine._visible(page)
    pdfium.FPDFText_ClosePage(text_page)
    pdfium.FPDF_ClosePage(page)
    pdfium.FPDF_CloseDocument(handle)


def test_all_goes_on_without_the_c_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no compiler was, the text is the same."""
    page = Page().lines(50, 80, [words(9, i) for i in range(9)])
    compiled = text_of(page)
    monkeypatch.setattr(glyphs, "native", None)
    monkeypatch.setattr(lines, "native", None)
    assert text_of(page) == compiled


def test_hebrew_is_in_reading_order() -> None:
    """A line drawn from right to left reads from its first letter; one glyph of two letters keeps their order."""
    page = Page()
    for i, letter in enumerate("ABCDE"):
        page.raw(f"BT /F4 12 Tf {300 - 9 * i} 700 Td ({letter}) Tj ET")
    data = make([page], unicode_map="<41> <05E9>\n<42> <05DC>\n<43> <05D505DD>\n<44> <05D0>\n<45> <05D1>")
    assert read(data).pages[0].text.replace(" ", "") == "שלוםאב"

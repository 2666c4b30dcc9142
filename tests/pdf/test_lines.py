"""From glyphs to clean lines."""

from __future__ import annotations

import math
import random
import subprocess
import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestd.pdf.engines import glyphs, letters, lines, native, plain
from ingestd.pdf.engines.glyphs import ROWS, Glyphs
from ingestd.pdf.engines.plain.arrays import GENERATED, QUADRANT_SHIFT, Arrays
from ingestd.pdf.layout import Box, Line
from tests.pdf.making import Page, make, read, spoiled, text_of, words

compiled = pytest.mark.skipif(
    native.native is None, reason="the C module is not built: no compiler was there"
)


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


@compiled
def test_the_compiled_way_and_the_plain_way_agree() -> None:
    """Every number and every cut is the same, with the C module and without it."""
    page = (
        Page(90)
        .lines(50, 80, [words(9, i) for i in range(9)])
        .line(300, 80, "far right \xe9\xa8 -", 14, "F2")
    )
    page.raw("BT /F3 9 Tf 0 1 -1 0 400 300 Tm (turned left) Tj ET")
    page.raw("BT /F1 10 Tf 50 500 Td (the set R) Tj /F1 7 Tf 4 Ts (n) Tj /F1 10 Tf 0 Ts ( is open) Tj ET")
    slow, fast, box = _both_ways(make([page]))
    assert slow.buffer == fast.buffer[: len(slow.buffer)]
    assert (slow.present, slow.unmapped) == (fast.present, fast.unmapped)
    plain.mend(slow, box)
    native.native.mend(fast.buffer, fast.count, box, letters)
    assert slow.buffer == fast.buffer[: len(slow.buffer)]
    plainly, most = plain.lines(slow, box)
    found, same = native.native.lines(fast.buffer, fast.count, box, Line)
    assert most == same
    assert [(n.text, n.look, n.follows, n.turned) for n in plainly] == [
        (n.text, n.look, n.follows, n.turned) for n in found
    ]
    for a, b in zip(plainly, found, strict=True):
        assert (a.x0, a.x1, a.base, a.size) == pytest.approx((b.x0, b.x1, b.base, b.size), abs=0.01)
    assert Arrays(slow).codes.tolist() == Arrays(fast).codes.tolist()


@compiled
@pytest.mark.parametrize("seed", range(100))
def test_both_ways_agree_on_places_that_no_page_has(seed: int) -> None:
    """Numbers beyond all pages, and what is no number."""
    slow, fast, _ = _both_ways(make([spoiled(random.Random(seed))]))
    assert slow.buffer == fast.buffer[: len(slow.buffer)]
    assert np.isfinite(Arrays(slow).numbers[2:]).all()


def _both_ways(data: bytes) -> tuple[Glyphs, Glyphs, Box]:
    import pypdfium2_raw as pdfium

    from ingestd.pdf.engines import pdfium as engine

    handle = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    page = pdfium.FPDF_LoadPage(handle, 0)
    text_page = pdfium.FPDFText_LoadPage(page)
    limit = engine.MAX_GLYPHS
    both = plain.read(text_page, limit), glyphs.read_glyphs(text_page, limit), engine._visible(page)
    pdfium.FPDFText_ClosePage(text_page)
    pdfium.FPDF_ClosePage(page)
    pdfium.FPDF_CloseDocument(handle)
    return both


ODD = [0x60, 0xA8, 0xB4, 0xB8, 0x2C6, 0x2C7, 0x131, 0xE9, 0x20, 0x0A, 0x02, 0, 0x5D5, 0x5DD, 0x644, 0x627]
ODD += [0xE123, 0xF0B7, 0xFFFF, 0x1F600, 0xF0000, 0x110000, 0xFFFFFFFF, 0xD800, 0xFB01, 0xFE8E, 0x3C9, 0xFEFF]


@st.composite
def pages(draw: st.DrawFn) -> Glyphs:
    """Characters one on the other and side by side, many of them accents or letters that an accent may be on."""
    count = draw(st.integers(0, 60))
    made = Glyphs(bytearray(count * (4 * ROWS + 1)), count, 0xFF, 0)
    arrays = Arrays(made)
    left = 50.0
    for i in range(count):
        left += draw(st.sampled_from([0.0, 0.0, 1.1, 5.3, 5.3, 5.3, 12.7, -40.2]))
        base = draw(st.sampled_from([700.0, 700.0, 700.0, 703.1, 688.0]))
        size = draw(st.sampled_from([10.0, 10.0, 10.0, 7.0, 0.0, math.nan]))
        code = draw(st.sampled_from([*map(ord, "aeiouAnx"), *ODD]))
        arrays.codes[i] = code
        made_up = GENERATED if code in (0x20, 0x0A) and draw(st.booleans()) else 0
        arrays.flags[i] = made_up | draw(st.sampled_from([0] * 9 + [1, 2, 3])) << QUADRANT_SHIFT
        arrays.numbers[2:, i] = left, base + 8, left + 5.2, base - 2, left, base, size
        arrays.kinds[i] = letters.TABLE[min(code, 0xFFFF)]
    return made


@compiled
@settings(max_examples=500, deadline=None)
@given(pages())
def test_both_ways_set_the_same_right(page: Glyphs) -> None:
    """Private signs, letters that one glyph stands for, accents: equal bytes, whatever stands where."""
    box = Box(0.0, 0.0, 595.3, 841.9)
    buffer = bytearray(page.buffer)
    native.native.mend(buffer, page.count, box, letters)
    plain.mend(page, box)
    assert page.buffer == buffer


@compiled
def test_an_accent_looks_as_far_on_both_ways() -> None:
    """Its letter is found 300 glyphs before it and 299 behind it, and no further; the nearer one is taken."""
    for distance in (-301, -300, -299, -2, 2, 299, 300):
        text = ["x"] * 700
        text[350], text[350 + distance] = "\xa8", "u"
        found = []
        for way in (plain.mend, _natively):
            page = Glyphs(bytearray(700 * (4 * ROWS + 1)), 700, 0xFF, 0)
            arrays = Arrays(page)
            arrays.codes[:] = list(map(ord, text))
            arrays.kinds[:] = [letters.TABLE[ord(c)] for c in text]
            for i in range(700):
                place = 0 if text[i] != "x" else 10 * i + 10
                arrays.numbers[2:, i] = place, 708, place + 5, 698, place, 700, 10
            way(page, Box(0, 0, 600, 800))
            found.append(bytes(page.buffer))
            assert (ord("\xfc") in arrays.codes.tolist()) == (-300 <= distance < 300)
        assert found[0] == found[1]


def _natively(page: Glyphs, box: Box) -> None:
    native.native.mend(page.buffer, page.count, box, letters)


@compiled
def test_what_is_no_page_is_an_error() -> None:
    """Too few bytes, no letters to ask: never a crash; what the letters raise is raised."""
    box = Box(0, 0, 600, 800)
    for count in (-1, 2, 1 << 30):
        with pytest.raises(ValueError, match="are needed"):
            native.native.mend(bytearray(4 * ROWS + 1), count, box, letters)
    for kind in (letters.PRIVATE, letters.ACCENT | letters.VISIBLE, letters.RTL):
        page = Glyphs(bytearray(2 * (4 * ROWS + 1)), 2, 0xFF, 0)
        Arrays(page).kinds[:] = kind
        Arrays(page).codes[:] = 0x5D5
        Arrays(page).numbers[2:] = [[0], [9], [5], [0], [0], [0], [9]]
        with pytest.raises(AttributeError):
            native.native.mend(page.buffer, page.count, box, None)


def test_numpy_is_left_out_where_the_c_module_is() -> None:
    """It costs a start 40 ms and every process memory."""
    code = "import sys; from ingestd import preloaded; from ingestd.pdf.engines.native import native; "
    code += "assert ('numpy' in sys.modules) == (native is None)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


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

"""PDFs that mean harm, small ones: each a way to make a parser take for ever, take all, fall, or do as it is told."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable

from ingestd.pdf.engines.native import native
from tests.raw_pdf import FONT, FORM, document, stream

RESOURCES = "/Resources << /Font << /F 5 0 R >> >>"
PAGE = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R {RESOURCES} >>"
PAGES = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
WORDS = "BT /F 12 Tf 50 700 Td (harmless words in a hostile house) Tj ET"
SECRET = "the secret outside of the document"


def one_page(
    *extra: str | bytes,
    catalog: str = "",
    pages: str = PAGES,
    page: str = PAGE,
    content: str | bytes = WORDS,
    trailer: str = "",
) -> bytes:
    """Catalog 1, page tree 2, page 3, content 4, font 5, and then ``extra`` from 6 on."""
    body = content if isinstance(content, bytes) and content.startswith(b"<<") else stream(content)
    objects = [f"<< /Type /Catalog /Pages 2 0 R {catalog} >>", pages, page, body, FONT, *extra]
    return document(objects, f"/Root 1 0 R {trailer}")


# -- too much -------------------------------------------------------------------------------------------


def zeros_deflated(mebibytes: int) -> bytes:
    """A zlib stream of so many MiB of zeros, made without unpacking them anywhere."""
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = (mebibytes * 2**20 % 65521) << 16 | 1
    return b"\x78\xda" + block * mebibytes + b"\x03\x00" + checksum.to_bytes(4, "big")


def flate_bomb() -> bytes:
    """1.2 MiB that unpack to 1200."""
    return one_page(content=stream(zeros_deflated(1200), "/Filter /FlateDecode"))


def nested_bomb() -> bytes:
    """10 KiB: a bomb packed again and again."""
    data = zeros_deflated(1200)
    for _ in range(3):
        data = zlib.compress(data, 9)
    return one_page(content=stream(data, "/Filter [" + "/FlateDecode " * 4 + "]"))


def bomb_in_object_stream() -> bytes:
    """The catalog itself lies behind the bomb."""
    packed = stream(zeros_deflated(1200), "/Type /ObjStm /N 1 /First 8 /Filter /FlateDecode")
    body = b"%PDF-1.7\n1 0 obj\n" + packed + b"\nendobj\n"
    rows = b"".join([b"\x00\x00\x00\xff", b"\x01\x00\x09\x00", b"\x02\x00\x01\x00"])
    entries = "/Type /XRef /Size 3 /W [1 2 1] /Root 2 0 R"
    return body + b"3 0 obj\n" + stream(rows, entries) + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(body)


def hundred_thousand_pages() -> bytes:
    """Each an object of its own."""
    count = 100_000
    kids = " ".join(f"{n} 0 R" for n in range(6, 6 + count))
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"
    pages = f"<< /Type /Pages /Kids [{kids}] /Count {count} >>"
    return one_page(*([page] * count), pages=pages)


def many_times(pages: int, lines: int, *, packed: bool = True) -> bytes:
    """Pages that share one content of so many lines of a hundred letters."""
    line = (
        "("
        + "so many words that nobody will ever read them all to the end of the page or of the day 12345 "
        + ") Tj T*"
    )
    text = ("BT /F 1 Tf 1 TL 5 790 Td " + f"{line}\n" * lines + " ET").encode()
    content = stream(zlib.compress(text), "/Filter /FlateDecode") if packed else stream(text)
    kids = " ".join(f"{n} 0 R" for n in range(6, 6 + pages))
    tree = f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>"
    return one_page(*([PAGE] * pages), pages=tree, content=content)


def laughing_forms() -> bytes:
    """Ten forms, each drawn ten times by the one before: ten thousand million drawings."""
    forms = [
        stream(f"/X{n} Do " * 10, f"{FORM} /Resources << /XObject << /X{n} {n} 0 R >> >>")
        for n in range(7, 17)
    ]
    last = stream(WORDS, f"{FORM} {RESOURCES}")
    page = PAGE.replace("/Font", "/XObject << /X 6 0 R >> /Font")
    return one_page(*forms, last, page=page, content="/X Do")


def million_contents() -> bytes:
    """One stream named half a million times as the content of a page."""
    return one_page(page=PAGE.replace("4 0 R", "[" + "4 0 R " * 500_000 + "]"))


def map_of_everything() -> bytes:
    """A font whose Unicode map has ranges of the whole of 32 bits."""
    ranges = "<00000000> <ffffffff> <0041>\n" * 100
    cmap = f"begincmap 1 begincodespacerange <00> <ff> endcodespacerange\n100 beginbfrange\n{ranges}endbfrange endcmap"
    font = FONT.replace("/Encoding", "/ToUnicode 6 0 R /Encoding")
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", PAGES, PAGE, stream(WORDS), font, stream(cmap)]
    return document(objects)


# -- too deep ---------------------------------------------------------------------------------------------


def deep(opening: str, closing: str, depth: int = 10_000) -> str:
    """Brackets in brackets."""
    return opening * depth + " 1 " + closing * depth


def deep_page_tree() -> bytes:
    """Ten thousand storeys, one flat."""
    depth = 10_000
    floors = [
        f"<< /Type /Pages /Parent {n - 1} 0 R /Kids [{n + 1} 0 R] /Count 1 >>" for n in range(6, 6 + depth)
    ]
    floors[-1] = floors[-1].replace(f"/Kids [{6 + depth} 0 R]", "/Kids [3 0 R]")
    return one_page(*floors, pages="<< /Type /Pages /Kids [6 0 R] /Count 1 >>")


def deep_outline() -> bytes:
    """Each entry has one below it."""
    count = 5_000
    entries = [
        f"<< /Title (level {n}) /Parent {n - 1} 0 R /First {n + 1} 0 R /Last {n + 1} 0 R >>"
        for n in range(7, 7 + count)
    ]
    return one_page("<< /First 7 0 R /Last 7 0 R >>", *entries, catalog="/Outlines 6 0 R")


# -- in circles -------------------------------------------------------------------------------------------


def previous_is_itself() -> bytes:
    """The table of references says that it is its own predecessor."""
    data = one_page()
    at = data.rindex(b"startxref\n") + 10
    offset = data[at : data.index(b"\n", at)]
    return data.replace(b"trailer << ", b"trailer << /Prev " + offset + b" ")


def tables_in_a_circle() -> bytes:
    """Two tables, each the other's predecessor."""
    data = one_page()
    first = data.rindex(b"xref\n0 ")
    second = len(data) + 20
    data = data.replace(b"trailer << ", b"trailer << /Prev %d " % second)
    more = b"xref\n0 0\ntrailer << /Size 6 /Root 1 0 R /Prev %d >>\n" % first
    return data.ljust(second) + more + b"startxref\n%d\n%%%%EOF\n" % second


def streams_extend_each_other() -> bytes:
    """Object streams in a circle, and an object that is said to lie in the stream that it is itself."""
    body = stream("7 0 << >>", "/Type /ObjStm /N 1 /First 4 /Extends 6 0 R")
    return one_page(body, "7 0 R", "<< /A 8 0 R >>", catalog="/Names 7 0 R")


def type3_in_itself() -> bytes:
    """A glyph that is drawn by writing that glyph."""
    font = (
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /FontMatrix [1 0 0 1 0 0] /FirstChar 97 /LastChar 97"
        " /Widths [9] /CharProcs << /a 6 0 R >> /Encoding << /Differences [97 /a] >>"
        " /Resources << /Font << /F 5 0 R >> >> >>"
    )
    glyph = stream("9 0 d0 BT /F 9 Tf (aaaa) Tj ET")
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        PAGES,
        PAGE,
        stream("BT /F 9 Tf (aaaa) Tj ET"),
        font,
        glyph,
    ]
    return document(objects)


# -- lies -------------------------------------------------------------------------------------------------


def offsets_lie() -> bytes:
    """Every object is said to lie where the first one does."""
    data = one_page()
    return data.replace(b" 00000 n", b" 00000 n").replace(b"00000001", b"00000000")


def start_beyond_the_end() -> bytes:
    """The table of references is said to lie far behind the file."""
    data = one_page()
    at = data.rindex(b"startxref\n") + 10
    return data[:at] + b"99999999999999\n%%EOF\n"


def wild_numbers() -> bytes:
    """Places and sizes that no arithmetic survives."""
    wild = (
        "1e38",
        "-1e38",
        "99999999999999999999",
        "0",
        "0.0000000001",
        "340282350000000000000000000000000000000",
    )
    lines = [f"BT /F {a} Tf {b} 0 0 {a} {b} {c} Tm {b} Tc {c} Tz (wild {i}) Tj ET"
             for i, (a, b, c) in enumerate((a, b, c) for a in wild for b in wild for c in wild)]  # fmt: skip
    return one_page(content="\n".join(lines) + WORDS)


def with_page(**changes: str) -> bytes:
    """The page with some of its entries changed."""
    page = PAGE
    for old, new in changes.items():
        page = page.replace({"box": "[0 0 600 800]", "content": "4 0 R"}[old], new)
    return one_page(page=page)


# -- hidden in words --------------------------------------------------------------------------------------

EVIL = "\x1b]0;owned\x07\x1b[31mred\x1b[2J \x9b5m \r\n\x08\x7f \u202egnp.exe\u202c \u2066\u200b\u2028 <b> {x} %s [red]"
"""What a terminal obeys, a reader is fooled by, or a template takes for its own."""


def pdf_text(text: str) -> str:
    """A PDF string in hexadecimal, UTF-16; lone surrogates stay as they are."""
    return f"<FEFF{text.encode('utf-16-be', 'surrogatepass').hex()}>"


def evil_strings() -> bytes:
    """Title, author, outline, labels, attachments and the text itself, by a font's own map."""
    evil, alone = pdf_text(EVIL), pdf_text("left \ud83d alone \udc00 pair")
    points = [0x1B, 0x5B, 0x33, 0x31, 0x6D, 0x07, 0x9B, 0x202E, 0x2066, 0x0D, 0x0A, 0x7F]
    lines = "\n".join(f"<{65 + i:02X}> <{point:04X}>" for i, point in enumerate(points))
    cmap = (
        "begincmap 1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(points)} beginbfchar\n{lines}\nendbfchar endcmap"
    )
    font = FONT.replace("/Encoding", "/ToUnicode 6 0 R /Encoding")
    page = PAGE.replace("/F 5 0 R", "/F 5 0 R /G 7 0 R")
    content = "BT /F 12 Tf 50 700 Td (visible words) Tj 0 -20 Td /G 12 Tf (ABCDEFGHIJKL) Tj /F 12 Tf ( and more) Tj ET"
    catalog = (
        f"/Outlines 9 0 R /PageLabels << /Nums [0 << /P {evil} /S /r /St 2147483647 >>] >>"
        f" /Names << /EmbeddedFiles << /Names [{evil} 11 0 R] >> >>"
    )
    extra = [
        stream(cmap),
        font,
        f"<< /Title {evil} /Author {alone} /Subject (\\033[31m) /CreationDate (D:99999999999999) >>",
        "<< /First 10 0 R /Last 10 0 R /Count 1 >>",
        f"<< /Title {evil} /Parent 9 0 R /Dest [3 0 R /Fit] >>",
        f"<< /Type /Filespec /F {evil} /UF {evil} /EF << /F 12 0 R >> >>",
        stream("MZ"),
    ]
    return one_page(*extra, catalog=catalog, page=page, content=content, trailer="/Info 8 0 R")


def long_title() -> bytes:
    """One million letters."""
    return one_page(f"<< /Title ({'long ' * 200_000}) >>", trailer="/Info 6 0 R")


# -- orders -----------------------------------------------------------------------------------------------


def orders(canary: str, port: int) -> Iterable[tuple[str, str]]:
    """Actions that would run a program, write ``canary`` or call 127.0.0.1 at ``port``."""
    url = f"http://127.0.0.1:{port}/"
    yield "launch", f"<< /S /Launch /F (/bin/touch) /Unix << /F (/bin/sh) /P (-c touch {canary}) >> >>"
    yield (
        "javascript",
        f"<< /S /JavaScript /JS (this.submitForm\\('{url}'\\); app.launchURL\\('{url}'\\);) >>",
    )
    yield "uri", f"<< /S /URI /URI ({url}) >>"
    yield "gotor", f"<< /S /GoToR /F << /Type /Filespec /FS /URL /F ({url}other.pdf) >> /D [0 /Fit] >>"
    yield "submit", f"<< /S /SubmitForm /F << /FS /URL /F ({url}) >> /Fields [] >>"
    yield "import", f"<< /S /ImportData /F ({canary}) >>"


def obeying(action: str) -> bytes:
    """``action`` on opening, on each event of the page, as a link, and among the document's scripts."""
    page = PAGE.replace("/Contents", f"/AA << /O {action} /C {action} >> /Annots [6 0 R] /Contents")
    link = f"<< /Type /Annot /Subtype /Link /Rect [0 0 600 800] /A {action} >>"
    catalog = (
        f"/OpenAction {action} /AA << /WC {action} >> /Names << /JavaScript << /Names [(x) {action}] >> >>"
    )
    return one_page(link, page=page, catalog=catalog)


def fetching(secret: str, port: int) -> bytes:
    """Contents and a font that lie elsewhere: in a file of the machine, and on the network."""
    url = f"<< /Type /Filespec /FS /URL /F (http://127.0.0.1:{port}/x) >>"
    content = f"<< /F ({secret}) /FFilter /FlateDecode /Length 0 >>\nstream\n\nendstream".encode()
    near = f"<< /F ({secret}) /Length 0 >>\nstream\n\nendstream"
    far = f"<< /F {url} /Length 0 >>\nstream\n\nendstream"
    page = PAGE.replace("4 0 R", "[4 0 R 6 0 R 7 0 R 8 0 R]")
    return one_page(near, far, stream(WORDS), page=page, content=content)


CASES: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "flate bomb": (flate_bomb, {"memory"}),
    "nested bomb": (nested_bomb, {"memory"}),
    "bomb in an object stream": (bomb_in_object_stream, {"memory"}),
    "100,000 pages": (hundred_thousand_pages, {"too_large"}),
    # Without the C modules most of its pages take longer than they may: then they are named, and the rest is kept.
    "100 MB of text": (lambda: many_times(1000, 1000), {"too_large"} if native else {"too_large", "done"}),
    "too much text in the sum of all ranges": (lambda: many_times(60, 250), {"too_large"}),
    # pypdf gives up after 5,000 of them, on a fast machine within its time.
    "forms drawn ten thousand million times": (laughing_forms, {"cpu", "timeout", "memory", "done"}),
    "a content named half a million times": (million_contents, {"cpu", "timeout", "memory"}),
    "a map of everything": (map_of_everything, {"done"}),
    "deep arrays": (lambda: one_page(deep("[", "]"), catalog="/X 6 0 R"), {"done"}),
    "deep dictionaries": (lambda: one_page(deep("<< /A ", ">>"), catalog="/X 6 0 R"), {"done"}),
    "deep arrays in a content": (lambda: one_page(content=deep("[", "]") + " TJ " + WORDS), {"done"}),
    "deep graphics states": (lambda: one_page(content="q " * 500_000 + WORDS), {"done"}),
    "deep page tree": (deep_page_tree, {"damaged"}),
    "deep outline": (deep_outline, {"done"}),
    "a page tree that is its own child": (
        lambda: one_page(pages="<< /Type /Pages /Kids [3 0 R 2 0 R] /Count 4 >>"),
        {"done", "damaged"},
    ),
    "a page that is its own parent": (
        lambda: one_page(page=PAGE.replace("/Parent 2 0 R /MediaBox [0 0 600 800]", "/Parent 3 0 R")),
        {"done"},
    ),
    "a table that precedes itself": (previous_is_itself, {"done"}),
    "tables in a circle": (tables_in_a_circle, {"done"}),
    "object streams in a circle": (streams_extend_each_other, {"done"}),
    "an outline in a circle": (
        lambda: one_page("<< /First 7 0 R >>", "<< /Title (x) /Next 7 0 R /First 6 0 R >>", catalog="/Outlines 6 0 R"),
        {"done"},
    ),
    "a form in itself": (
        lambda: one_page(
            stream("/X Do", f"{FORM} /Resources << /XObject << /X 6 0 R >> >>"),
            page=PAGE.replace("/Font", "/XObject << /X 6 0 R >> /Font"),
            content="/X Do " + WORDS,
        ),
        {"done"},
    ),
    "a glyph in itself": (type3_in_itself, {"done"}),
    "a length that is its own stream": (
        lambda: one_page(content=b"<< /Length 4 0 R >>\nstream\n" + WORDS.encode() + b"\nendstream"),
        {"done"},
    ),
    "a huge length": (
        lambda: one_page(content=b"<< /Length 99999999999 >>\nstream\n" + WORDS.encode() + b"\nendstream"),
        {"done"},
    ),
    "a negative length": (
        lambda: one_page(content=b"<< /Length -1 >>\nstream\n" + WORDS.encode() + b"\nendstream"),
        {"done"},
    ),
    "a count that lies": (lambda: one_page(pages=PAGES.replace("/Count 1", "/Count 40")), {"done"}),
    "no pages": (lambda: one_page(pages="<< /Type /Pages /Kids [] /Count 0 >>"), {"empty", "damaged"}),
    "no catalog": (lambda: document(["<< >>"], "/Root 9 0 R"), {"damaged", "empty"}),
    "offsets that lie": (offsets_lie, {"done"}),
    "a start beyond the end": (start_beyond_the_end, {"done"}),
    "wild numbers": (wild_numbers, {"done"}),
    "a page without an end": (lambda: with_page(box="[-1e38 -1e38 1e38 1e38]"), {"done"}),
    "a page of nothing": (lambda: with_page(box="[0 0 0 0]"), {"done"}),
    "an unknown handler": (
        lambda: one_page("<< /Filter /Foo.Bar /V 99 >>", trailer="/Encrypt 6 0 R /ID [<00> <00>]"),
        {"encrypted"},
    ),
    "an unknown cipher": (
        lambda: one_page(
            f"<< /Filter /Standard /V 4 /R 77 /O ({'o' * 32}) /U ({'u' * 32}) /P -1 >>",
            trailer="/Encrypt 6 0 R /ID [<00> <00>]",
        ),
        {"encrypted"},
    ),
    "evil strings": (evil_strings, {"done"}),
    "a long title": (long_title, {"done"}),
}  # fmt: skip
"""By name: how it is made, and what may become of it: ``done``, or the reason of its quarantine."""

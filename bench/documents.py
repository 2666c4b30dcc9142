"""PDFs made fast: thousands a second, each with a content of its own."""

from __future__ import annotations

import random
from pathlib import Path

WORDS = (
    "the of and to in a is that for it as with on by are this be from or an which at not have its was when "
    "retrieval catalog ledger document reader archive parser index concept lattice gradient equation tensor "
    "storage scheduler kernel pipeline latency throughput entropy estimate boundary operator spectral network "
    "measure theorem protocol consensus replica journal checkpoint transaction isolation recovery daemon worker"
).split()


def one(number: int, pages: int = 1, lines: int = 44) -> bytes:
    """A document of so many pages of text that no other number gives."""
    dice = random.Random(number)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>"
        % (pages, b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(pages))),
        b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>",
    ]
    for page in range(pages):
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</Font<</F 3 0 R>>>>>>"
            % (5 + 2 * page)
        )
        stream = _page(dice, f"Document {number}, page {page + 1}", lines)
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
    return _file(objects)


def _page(dice: random.Random, title: str, lines: int) -> bytes:
    rows = [title, *(" ".join(dice.choices(WORDS, k=12)) for _ in range(lines - 1))]
    shown = "".join(f"({row})'\n" for row in rows)
    return f"BT /F 10 Tf 14 TL 60 790 Td\n{shown}ET".encode("ascii")


def _file(objects: list[bytes]) -> bytes:
    parts = [b"%PDF-1.4\n"]
    offsets, size = [], len(parts[0])
    for number, body in enumerate(objects, start=1):
        part = b"%d 0 obj\n%s\nendobj\n" % (number, body)
        offsets.append(size)
        size += len(part)
        parts.append(part)
    entries = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    parts.append(
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        % (count, entries, count, size)
    )
    return b"".join(parts)


def many(folder: Path, count: int, first: int = 0, **shape: int) -> list[Path]:
    """So many documents, in files named by number."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:06}.pdf" for number in range(first, first + count)]
    for number, path in enumerate(paths, start=first):
        path.write_bytes(one(number, **shape))
    return paths

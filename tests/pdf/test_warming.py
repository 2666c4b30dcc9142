"""What is warm needs neither a module nor a file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf._cmap import _predefined_cmap
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from ingestd.pdf import warming
from ingestd.pdf.tasks import ingest
from ingestd.pdf.travel import PDFIUM, PYPDF, ReadJob

KINDS = ("RC4-40", "RC4-128", "AES-128", "AES-256-R5", "AES-256")

SEALED = """
import os, sys
from ingestd import preloaded, sandbox
from ingestd.concepts.language import detect_language
from ingestd.pdf.tasks import ingest
from ingestd.pdf.travel import ReadJob

def forbid(event, arguments):
    if event in ("import", "open"):
        os.write(2, f"{event} {arguments}".encode())
        os._exit(1)

count = int(sys.argv[1])
files = [open(name, "rb") for name in sys.argv[2 : 2 + count]]
sandbox.close(sandbox.SandboxLimits(memory=256 << 20))
sys.addaudithook(forbid)
for file in files:
    for engine in ("pdfium", "pypdf"):
        assert "Warm words" in ingest(file, ReadJob(engine=engine)).pages[0].text
assert detect_language("\u6f22\u5b57" * 40, []) == "zh"
for codec in sys.argv[2 + count :]:
    "words".encode(codec)
"""


def sample(path: Path, kind: str) -> Path:
    """One page of text, compressed and encrypted, with an outline."""
    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    font = {
        "/Type": "/Font",
        "/Subtype": "/Type1",
        "/BaseFont": "/Helvetica",
        "/Encoding": "/WinAnsiEncoding",
    }
    fonts = DictionaryObject(
        {NameObject("/F"): DictionaryObject({NameObject(k): NameObject(v) for k, v in font.items()})}
    )
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    stream = DecodedStreamObject()
    stream.set_data(b"BT /F 12 Tf 20 100 Td (Warm words, and one to spare.) Tj ET")
    page[NameObject("/Contents")] = writer._add_object(stream.flate_encode())
    writer.add_outline_item(title="Words", page_number=0)
    writer.add_metadata({"/Title": "Wörter", "/CreationDate": "D:20260101000000Z"})
    writer.encrypt("", "owner", algorithm=kind)
    writer.write(path)
    return path


def test_a_sealed_process_needs_no_further_module_and_no_file(tmp_path: Path) -> None:
    """Every kind of encryption is read by each engine, every codec that pypdf names is there, every script told."""
    files = [sample(tmp_path / f"{kind}.pdf", kind) for kind in KINDS]
    codecs = sorted({*_predefined_cmap.values(), "charmap", "gbk", "latin1", "utf-16", "utf-16le", "utf8"})
    command = [sys.executable, "-c", SEALED, str(len(files)), *map(str, files), *codecs]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("engine", [PDFIUM, PYPDF])
def test_the_sample_is_as_the_recipe_says(tmp_path: Path, engine: str) -> None:
    """The file that is read at each start says the same as one newly made."""
    found = []
    for path in (warming._SAMPLE, sample(tmp_path / "new.pdf", "AES-256-R5")):
        with path.open("rb") as file:
            found.append(ingest(file, ReadJob(engine=engine)))
    assert (found[0].info, found[0].pages) == (found[1].info, found[1].pages)
    assert (found[0].info.encrypted, found[0].info.title) == (True, "Wörter")
    assert [entry.title for entry in found[0].info.outline] == ["Words"]

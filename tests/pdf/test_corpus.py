"""Real files, where there are some: ``INGESTD_CORPUS`` names a folder of PDFs."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ingestd.errors import DocumentError
from ingestd.model import Extract
from ingestd.pdf.tasks import ingest
from ingestd.pdf.travel import ReadJob

CORPUS = os.environ.get("INGESTD_CORPUS", "")
SECONDS_A_FILE = 30.0


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not CORPUS, reason="INGESTD_CORPUS does not name a folder of PDFs")
def test_every_file_gives_text_or_says_why_not() -> None:
    """A typed error or an Extract without odd characters, in bounded time, no descriptor left open."""
    files = sorted(Path(CORPUS).rglob("*.pdf"))
    assert files
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - no paths are wanted
    for path in files:
        start = time.monotonic()
        with path.open("rb") as file:
            try:
                extract = ingest(file, ReadJob(range_pages=100_000))
            except DocumentError:
                continue
        assert isinstance(extract, Extract)
        text = "".join(page.text for page in extract.pages)
        assert not set(text) & set("\ufffe\ufffd\x00\x02\ufb00\ufb01\ufb02\xad"), path
        text.encode()
        assert time.monotonic() - start < SECONDS_A_FILE, path
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208

"""Which names are ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestd.config import Inbox
from ingestd.watch.names import Names

NAMES = Names(Inbox(path=Path("/in")))


@pytest.mark.parametrize(
    "name",
    [
        b".report.pdf.Xa3f9Q",  # rsync
        b".syncthing.report.pdf.tmp",
        b"~syncthing~report.pdf.tmp",
        b"report.pdf.part",
        b"report.pdf.crdownload",
        b"Unconfirmed 1234.CRDOWNLOAD",
        b"report.pdf.filepart",
        b"report.pdf~",
        b".hidden.pdf",
    ],
)
def test_temporaries_of_other_programs_are_ignored(name: bytes) -> None:
    """Partial downloads, sync clients' temporaries and hidden files are nobody's documents."""
    assert NAMES.ignored(name)


@pytest.mark.parametrize("name", [b"a.pdf", b"A.PDF", b"a\nb.pdf", b"caf\xe9\xff.Pdf", b"x" * 251 + b".pdf"])
def test_pdfs_are_included_however_they_are_spelled(name: bytes) -> None:
    """Case, newlines, invalid UTF-8 and length do not matter."""
    assert NAMES.included(name)
    assert not NAMES.ignored(name)


@pytest.mark.parametrize("name", [b"a.txt", b"pdf", b"a.pdf.txt", b"a.pdf\n"])
def test_other_names_are_not_included(name: bytes) -> None:
    """Only what a pattern of ``include`` matches as a whole is taken."""
    assert not NAMES.included(name)


def test_a_source_set_aside_by_a_killed_disposal_is_taken() -> None:
    """Its name is hidden, and is ours."""
    name = b".ingestd-0123456789abcdef.pdf"
    assert NAMES.included(name)
    assert not NAMES.ignored(name)


def test_an_empty_pattern_list_matches_nothing() -> None:
    """No ``include`` takes nothing, no ``ignore`` ignores nothing."""
    names = Names(Inbox(path=Path("/in"), include=(), ignore=()))
    assert not names.included(b"a.pdf")
    assert not names.ignored(b".a.pdf")

"""pypdf: the second parser, and the whole engine with ``engine = "pypdf"``. Slow, patient, no native code."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from pypdf import PdfReader
from pypdf.errors import DependencyError, PyPdfError

from ingestd.errors import EncryptedPDF, PDFParseError
from ingestd.model import DocumentInfo
from ingestd.pdf.engines import PageUnreadable
from ingestd.pdf.engines.pypdf_info import read_info
from ingestd.pdf.engines.pypdf_lines import page_layout
from ingestd.pdf.layout import PageLayout
from ingestd.pdf.strings import clean

T = TypeVar("T")

_QUOTED = re.compile(r"\s(?:starting with )?b['\"].*", re.DOTALL)
"""Bytes of the file that pypdf quotes in its messages."""

# It warns of every oddity of every file, once a page; what matters comes as an exception.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


class PypdfDocument:
    """A document open in pypdf."""

    engine = "pypdf"

    def __init__(self, reader: PdfReader) -> None:
        self._reader = reader
        self.page_count = len(reader.pages)

    def info(self) -> DocumentInfo:
        """Metadata, outline, labels, names of attachments."""
        return read_info(self._reader)

    def layout(self, number: int) -> PageLayout:
        """The page's lines in the order of its content stream."""
        try:
            return page_layout(self._reader.pages[number - 1])
        except MemoryError:
            raise  # the limit says so itself
        except Exception as error:  # noqa: BLE001 - pypdf fails on damaged pages in any way Python can fail
            raise PageUnreadable(f"pypdf cannot read page {number}: {_said(error)}") from None

    def close(self) -> None:
        """Frees the document."""
        self._reader.close()


def open_document(data: bytes, passwords: Sequence[str]) -> PypdfDocument:
    """Opens ``data``, trying the empty password and then ``passwords``.

    Raises ``EncryptedPDF``, or ``PDFParseError`` with what pypdf said.
    """
    reader = _attempt(lambda: PdfReader(io.BytesIO(data)))
    if _attempt(lambda: reader.is_encrypted) and not any(
        _attempt(partial(reader.decrypt, password)) for password in ("", *passwords)
    ):
        raise EncryptedPDF("the PDF is encrypted and no known password opens it", tried=len(passwords))
    return _attempt(lambda: PypdfDocument(reader))


def _attempt(call: Callable[[], T]) -> T:
    try:
        return call()
    except MemoryError:
        raise  # as above
    except (DependencyError, NotImplementedError) as error:
        raise EncryptedPDF(f"the PDF's kind of encryption is not known: {clean(str(error), 200)}") from None
    except Exception as error:  # noqa: BLE001 - pypdf fails on damaged files in any way Python can fail
        said = _said(error)
        raise PDFParseError(f"pypdf cannot open the PDF: {said}", engine="pypdf", said=said) from None


def _said(error: BaseException) -> str:
    """In its own words where it has some: what any other code of Python says tells nothing of the document."""
    if isinstance(error, PyPdfError) and str(error):
        return clean(_QUOTED.sub("", str(error)), 200)
    return f"its structure makes no sense ({type(error).__name__})"

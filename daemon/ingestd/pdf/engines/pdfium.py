"""pdfium, called raw: the helper classes of pypdfium2 cost more than the parser on small pages."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import pypdfium2_raw as pdfium

from ingestd.errors import EncryptedPDF, PDFParseError
from ingestd.model import DocumentInfo
from ingestd.pdf.engines import PageUnreadable
from ingestd.pdf.engines.glyphs import read_glyphs
from ingestd.pdf.engines.lines import page_layout
from ingestd.pdf.engines.pdfium_info import read_info
from ingestd.pdf.layout import Box, PageLayout, sane_box

MAX_GLYPHS = 2_000_000
"""Characters read of one page: a page of more is no page that anybody reads."""

_REASONS = {
    pdfium.FPDF_ERR_FILE: "the file cannot be read",
    pdfium.FPDF_ERR_FORMAT: "not a PDF, or damaged beyond repair",
    pdfium.FPDF_ERR_SECURITY: "an unknown kind of encryption",
    pdfium.FPDF_ERR_PAGE: "the page tree is damaged",
}

_NO_FOLDERS = (ctypes.POINTER(ctypes.c_char) * 1)()
"""Where pdfium looks for the system's fonts, ended by a null: nowhere. A sealed worker cannot open them, and what
a page says is the same on every machine. pdfium keeps the address."""

pdfium.FPDF_InitLibraryWithConfig(pdfium.FPDF_LIBRARY_CONFIG(version=2, m_pUserFontPaths=_NO_FOLDERS))


class PdfiumDocument:
    """A document open in pdfium."""

    engine = "pdfium"

    def __init__(self, handle: Any, data: Any, encrypted: bool) -> None:
        self._handle = handle
        self._data = data  # pdfium reads from this memory until the document is closed
        self._encrypted = encrypted
        self.page_count: int = pdfium.FPDF_GetPageCount(handle)

    def info(self) -> DocumentInfo:
        """Metadata, outline, labels, names of attachments."""
        return read_info(self._handle, self.page_count, self._encrypted)

    def layout(self, number: int) -> PageLayout:
        """The page's lines in the order of its content stream."""
        page = pdfium.FPDF_LoadPage(self._handle, number - 1)
        if not page:
            raise PageUnreadable(f"pdfium cannot load page {number}")
        text_page = pdfium.FPDFText_LoadPage(page)
        if not text_page:
            pdfium.FPDF_ClosePage(page)
            raise PageUnreadable(f"pdfium cannot read the text of page {number}")
        try:
            return page_layout(read_glyphs(text_page, MAX_GLYPHS), _visible(page))
        finally:
            pdfium.FPDFText_ClosePage(text_page)
            pdfium.FPDF_ClosePage(page)

    def close(self) -> None:
        """Frees the document."""
        if self._handle is not None:
            pdfium.FPDF_CloseDocument(self._handle)
            self._handle = self._data = None


def _visible(page: Any) -> Box:
    rect = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, rect)
    return sane_box(rect.left, rect.bottom, rect.right, rect.top)


def open_document(data: Any, size: int, passwords: Sequence[str]) -> PdfiumDocument:
    """Opens ``size`` bytes at ``data`` (anything ctypes takes as a pointer), trying ``passwords`` in turn.

    Raises ``EncryptedPDF``, or ``PDFParseError`` with what pdfium said.
    """
    reason = 0
    for password in (None, *passwords):
        secret = None if password is None else password.encode("utf-8", "replace")
        handle = pdfium.FPDF_LoadMemDocument64(data, size, secret)
        if handle:
            return PdfiumDocument(handle, data, pdfium.FPDF_GetSecurityHandlerRevision(handle) >= 0)
        reason = pdfium.FPDF_GetLastError()
        if reason != pdfium.FPDF_ERR_PASSWORD:
            break
    if reason == pdfium.FPDF_ERR_PASSWORD:
        raise EncryptedPDF("the PDF is encrypted and no known password opens it", tried=len(passwords))
    said = _REASONS.get(reason, f"error {reason}")
    raise PDFParseError(f"pdfium cannot open the PDF: {said}", engine="pdfium", said=said)

"""Opening a spool file with the engine asked for, and falling back where that is allowed."""

from __future__ import annotations

import ctypes
import mmap
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from ingestd.errors import DocumentTooLarge, EmptyDocument, PDFParseError
from ingestd.model import PageFailure
from ingestd.pdf.engines import OpenDocument, PageUnreadable
from ingestd.pdf.travel import AUTO, PYPDF, ReadJob, SpoolFile

T = TypeVar("T")


class Opened:
    """A document open in the first engine that can, with the second one at hand for single pages."""

    def __init__(self, file: SpoolFile, job: ReadJob) -> None:
        self._file, self._job = file, job
        self._second: OpenDocument | None = None
        self._no_second = job.engine != AUTO
        self._first = self._open()
        self.engines: set[str] = set()

    def _open(self) -> OpenDocument:
        if self._job.engine == PYPDF:
            return _open_pypdf(self._file, self._job)
        try:
            return _open_pdfium(self._file, self._job)
        except PDFParseError as damaged:
            if self._job.engine != AUTO:
                raise
            return self._open_after(damaged)

    def _open_after(self, damaged: PDFParseError) -> OpenDocument:
        self._no_second = True
        try:
            return _open_pypdf(self._file, self._job)
        except PDFParseError as also:
            said = {"pdfium": damaged.context.get("said"), "pypdf": also.context.get("said")}
            raise PDFParseError(
                f"no engine can open the PDF: {damaged.context.get('said')}", said=said
            ) from None

    @property
    def first(self) -> OpenDocument:
        """The document in the engine that opened it."""
        return self._first

    def page(self, number: int, read: Callable[[OpenDocument, int], T]) -> T | PageFailure:
        """What ``read`` makes of one page, by the second engine where the first fails, or the failure."""
        try:
            result = read(self._first, number)
        except PageUnreadable as unreadable:
            return self._page_after(unreadable, number, read)
        self.engines.add(self._first.engine)
        return result

    def _page_after(
        self, unreadable: PageUnreadable, number: int, read: Callable[[OpenDocument, int], T]
    ) -> T | PageFailure:
        try:
            if not self._no_second and self._second is None:
                self._second = _open_pypdf(self._file, self._job)
        except Exception:  # noqa: BLE001 - the page has failed; why the second engine cannot help adds nothing
            self._no_second = True
        if self._second is not None and number <= self._second.page_count:
            try:
                result = read(self._second, number)
            except PageUnreadable:
                pass  # the first engine's word stands
            else:
                self.engines.add(self._second.engine)
                return result
        return PageFailure(number, number, PDFParseError(str(unreadable), page=number).to_dict())

    def close(self) -> None:
        """Closes what is open."""
        self._first.close()
        if self._second is not None:
            self._second.close()


Key = tuple[int, int, int, ReadJob]
_kept: dict[Key, Opened] = {}
"""The document this worker read a range of last, if it was a range: finding page 5,000 again costs as much as
reading fifty pages."""


@contextmanager
def opened(file: SpoolFile, job: ReadJob, *, keep: bool = False) -> Iterator[Opened]:
    """The document, checked to have pages, and not too many.

    ``keep``: leave it open for the next range of it, until another document is opened or ``let_go`` is called.
    Raises ``EncryptedPDF``, ``PDFParseError``, ``EmptyDocument`` or ``DocumentTooLarge``.
    """
    key = _key(file, job)
    document = _kept.pop(key, None)
    let_go()
    if document is None:
        document = _checked(Opened(file, job), job)
    document.engines.clear()
    try:
        yield document
    except BaseException:
        document.close()
        raise
    if keep:
        _kept[key] = document
    else:
        document.close()


def let_go() -> None:
    """Closes what was kept open."""
    while _kept:
        _kept.popitem()[1].close()


def _key(file: SpoolFile, job: ReadJob) -> Key:
    found = os.fstat(file.fileno())
    return found.st_dev, found.st_ino, found.st_mtime_ns, job


def _checked(document: Opened, job: ReadJob) -> Opened:
    try:
        count = document.first.page_count
        if count == 0:
            raise EmptyDocument("the PDF has no pages")
        if count > job.max_pages:
            raise DocumentTooLarge(
                f"the PDF has {count} pages, the limit is {job.max_pages}", pages=count, limit=job.max_pages
            )
    except BaseException:
        document.close()
        raise
    return document


def _open_pdfium(file: SpoolFile, job: ReadJob) -> OpenDocument:
    from ingestd.pdf.engines import pdfium

    data, size = _mapped(file)
    return pdfium.open_document(data, size, job.passwords)


def _open_pypdf(file: SpoolFile, job: ReadJob) -> OpenDocument:
    from ingestd.pdf.engines import pypdf

    data, _ = _mapped(file)
    return pypdf.open_document(bytes(data), job.passwords)


def _mapped(file: SpoolFile) -> tuple[Any, int]:
    """The file as memory pdfium can read. Private; writable only because ctypes asks for it."""
    size = os.fstat(file.fileno()).st_size
    if size == 0:
        raise EmptyDocument("the file has no bytes")
    mapping = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_COPY)
    return (ctypes.c_char * size).from_buffer(mapping), size

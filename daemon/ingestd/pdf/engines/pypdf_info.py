"""What a document says of itself, through pypdf. Each fact is read apart: a damaged one costs only itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from pypdf import PdfReader

from ingestd.model import DocumentInfo, OutlineEntry
from ingestd.pdf.engines.pdfium_info import MAX_ATTACHMENTS, MAX_OUTLINE, MAX_OUTLINE_DEPTH
from ingestd.pdf.strings import clean, iso_date

T = TypeVar("T")


def read_info(reader: PdfReader) -> DocumentInfo:
    """The facts of an open document."""
    raw: dict[str, Any] = dict(_or(lambda: reader.metadata, None) or {})

    def meta(tag: str) -> str:
        return _or(lambda: str(raw.get(tag) or ""), "")

    return DocumentInfo(
        page_count=len(reader.pages),
        title=clean(meta("/Title")),
        author=clean(meta("/Author")),
        subject=clean(meta("/Subject")),
        keywords=clean(meta("/Keywords")),
        creator=clean(meta("/Creator")),
        producer=clean(meta("/Producer")),
        created=iso_date(meta("/CreationDate")),
        modified=iso_date(meta("/ModDate")),
        outline=_or(lambda: tuple(islice(_outline(reader, reader.outline, 1), MAX_OUTLINE)), ()),
        page_labels=_labels(reader),
        attachments=_or(
            lambda: tuple(clean(n, 255) for n in islice(reader.attachments, MAX_ATTACHMENTS)), ()
        ),
        encrypted=reader.is_encrypted,
    )


def _or(call: Callable[[], T], otherwise: T) -> T:
    try:
        return call()
    except Exception:  # noqa: BLE001 - pypdf fails on damaged files in any way Python can fail
        return otherwise


def _outline(reader: PdfReader, entries: Iterable[Any], level: int) -> Iterator[OutlineEntry]:
    for entry in entries:
        if isinstance(entry, list):
            if level < MAX_OUTLINE_DEPTH:
                yield from _outline(reader, entry, level + 1)
            continue
        title = clean(_or(partial(_title, entry), ""))
        if title:
            index = _or(partial(reader.get_destination_page_number, entry), None)
            yield OutlineEntry(level, title, index + 1 if isinstance(index, int) and index >= 0 else None)


def _title(entry: Any) -> str:
    return str(entry.title or "")


def _labels(reader: PdfReader) -> tuple[str, ...]:
    if not _or(lambda: "/PageLabels" in reader.root_object, False):
        return ()
    return _or(lambda: tuple(clean(label, 100) for label in reader.page_labels), ())

"""PDFs written object by object: for documents that no library would write."""

from __future__ import annotations

import io
from collections.abc import Sequence

FORM = "/Type /XObject /Subtype /Form /BBox [0 0 600 800]"
FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def stream(content: str | bytes, entries: str = "") -> bytes:
    """A stream object of ``content``, with ``entries`` in its dictionary."""
    body = content.encode("latin-1") if isinstance(content, str) else content
    return f"<< {entries} /Length {len(body)} >>\nstream\n".encode("latin-1") + body + b"\nendstream"


def document(objects: Sequence[str | bytes], trailer: str = "/Root 1 0 R") -> bytes:
    """The objects, numbered from 1, with a table of references that is right."""
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n" % number)
        out.write(body.encode("latin-1") if isinstance(body, str) else body)
        out.write(b"\nendobj\n")
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    out.write(f"trailer << /Size {len(objects) + 1} {trailer} >>\n".encode("latin-1"))
    out.write(b"startxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()

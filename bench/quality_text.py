"""Writes what ``ingest`` reads from a folder of PDFs in the shape that text scorers take.

    python bench/quality_text.py FOLDER OUT [--engine auto|pdfium|pypdf]

For each FOLDER/NAME.pdf, OUT/NAME.json holds ``{"pages": [{"number", "text", "furniture"}]}``.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from ingestd.errors import DocumentError
from ingestd.model import Extract
from ingestd.pdf.tasks import ingest
from ingestd.pdf.travel import ReadJob


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--engine", default="auto")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for path in sorted(arguments.folder.glob("*.pdf")):
        try:
            pages = _pages(path, arguments.engine)
        except DocumentError as error:
            print(f"{path.name}: {error.type}: {error}", file=sys.stderr)
            continue
        (arguments.out / f"{path.stem}.json").write_text(json.dumps({"pages": pages}), encoding="utf-8")


def _pages(path: Path, engine: str) -> list[dict[str, object]]:
    with path.open("rb") as file:
        result = ingest(file, ReadJob(engine=engine, range_pages=1_000_000))
    assert isinstance(result, Extract)
    return [{"number": p.number, "text": p.text, "furniture": p.furniture} for p in result.pages]


if __name__ == "__main__":
    main()

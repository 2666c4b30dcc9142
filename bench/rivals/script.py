"""The script that people write in an afternoon: watchdog, pypdf, a process pool, one JSON file a document.

    python -m bench.rivals.script FOLDER OUT

Ends when it has done as many files as the folder holds.
"""

from __future__ import annotations

import collections
import json
import re
import sys
import threading
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

from pypdf import PdfReader
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer


def process(path: str, out: str) -> str:
    """Text, chunks of a fixed size, the most frequent words."""
    try:
        pages = [page.extract_text() for page in PdfReader(path).pages]
    except Exception as error:  # noqa: BLE001 (that is how such scripts do it)
        return f"{path}: {error}"
    text = "\n".join(pages)
    words = collections.Counter(re.findall(r"[a-z]{5,}", text.lower()))
    chunks = [text[start : start + 500] for start in range(0, len(text), 400)]
    result = {"pages": pages, "chunks": chunks, "concepts": words.most_common(15)}
    (Path(out) / f"{Path(path).stem}.json").write_text(json.dumps(result), encoding="utf-8", errors="replace")
    return ""


class Handler(FileSystemEventHandler):
    """Submits every file that comes."""

    def __init__(self, pool: ProcessPoolExecutor, out: str, expected: int) -> None:
        self.pool, self.out, self.left = pool, out, expected
        self.done = threading.Event()

    def on_created(self, event: FileSystemEvent) -> None:
        self.submit(str(event.src_path))

    def submit(self, path: str) -> None:
        self.pool.submit(process, path, self.out).add_done_callback(self.ended)

    def ended(self, future: Future[str]) -> None:
        if message := future.result():
            print(message, file=sys.stderr)
        self.left -= 1
        if not self.left:
            self.done.set()


def main() -> None:
    """What lies there, then what comes."""
    folder, out = sys.argv[1:3]
    paths = sorted(Path(folder).glob("*.pdf"))
    with ProcessPoolExecutor() as pool:
        handler = Handler(pool, out, len(paths))
        observer = Observer()
        observer.schedule(handler, folder)
        observer.start()
        for path in paths:
            handler.submit(str(path))
        handler.done.wait()
        observer.stop()
        observer.join()


if __name__ == "__main__":
    main()

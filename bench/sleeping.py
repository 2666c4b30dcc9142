"""The daemon with workers that sleep instead of parsing: as many as wanted, on few processors.

    python -m bench.sleeping [options of ingestd]

Each document takes ``SLEEP_MS`` (environment) and gives the same made-up extract of ``SLEEP_PAGES`` pages.
"""

from __future__ import annotations

import os
import time
from typing import Any

from bench.store import Corpus
from ingestd.model import Extract

SECONDS = float(os.environ.get("SLEEP_MS", "160")) / 1e3
EXTRACT = Corpus().extract(int(os.environ.get("SLEEP_PAGES", "24")))


def ingest(file: Any, job: Any) -> Extract:
    """As ``ingestd.pdf.tasks.ingest``."""
    time.sleep(SECONDS)
    return EXTRACT


def main() -> None:
    """The daemon, its one task replaced."""
    from ingestd import cli, worker
    from ingestd.pdf import tasks

    tasks.ingest = ingest
    worker.PRELOAD = (*worker.PRELOAD, "bench.sleeping")
    cli.main()


if __name__ == "__main__":
    # By its own name: workers know it by that.
    from bench import sleeping  # noqa: PLW0406

    sleeping.main()

"""Milliseconds of a search in catalogs of several sizes: p50 and p99 over many queries of several kinds.

Documents are made of pseudo-words drawn by Zipf's law, so that common and rare words are as in real text.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from bench.daemon import workspace
from bench.store import Corpus, fill, search
from ingestd.store import open_store


def options(parser: argparse.ArgumentParser) -> None:
    """Of this benchmark."""
    parser.add_argument("--documents", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--queries", type=int, default=1000, help="of each kind")
    parser.add_argument("--dir", type=Path, help="where to work")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure and print."""
    figures: dict[str, float] = {}
    with workspace(arguments.dir) as root:
        store, corpus, have = open_store(root), Corpus(), 0
        for size in sorted(arguments.documents):
            fill(store, corpus, have, size)
            have = size
            store.checkpoint()
            for name, figure in search(store, corpus, size, arguments.queries):
                figures[name] = round(figure, 3)
                print(f"{name:56} {figure:10.3f}", flush=True)
        store.close()
    return figures

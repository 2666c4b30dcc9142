"""A folder of PDFs into a fresh durable catalog, against parsers alone, Kreuzberg and a plain script.

Sides: ``ingestd --once`` (start and drain included); pdfium alone on all processors, nothing kept; Kreuzberg's
batch call with YAKE and chunking; a watchdog + pypdf + ProcessPoolExecutor script; ``ingestd`` with
``engine = "pypdf"``, and pypdf alone. All are processes of their own, timed from start to end.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from bench.daemon import COMMAND, workspace
from bench.figures import Figures, interleaved, medians, ratio, table
from bench.processes import timed

QUICK = ("ingestd", "pdfium alone", "kreuzberg")
SLOW = ("script", "ingestd, pypdf", "pypdf alone")


def options(parser: argparse.ArgumentParser) -> None:
    """Of this benchmark."""
    default = os.environ.get("INGESTD_CORPUS")
    parser.add_argument("folder", type=Path, nargs="?", default=default, help="PDFs (INGESTD_CORPUS)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow-rounds", type=int, default=1, help="for the sides that take minutes; 0: none")
    parser.add_argument("--dir", type=Path, help="where to work")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure and print."""
    if arguments.folder is None:
        raise SystemExit("name a folder of PDFs, or set INGESTD_CORPUS")
    folder = arguments.folder.resolve()
    with workspace(arguments.dir) as root:
        sides = _sides(folder, root)
        results = interleaved(arguments.rounds, {name: sides[name] for name in QUICK})
        if arguments.slow_rounds:
            results |= interleaved(arguments.slow_rounds, {name: sides[name] for name in SLOW})
    figures: dict[str, Any] = {"medians": medians(results), "ratios": _ratios(results)}
    table(figures["medians"])
    table({"ratios of wall time": figures["ratios"]})
    return figures | {"rounds": results}


def _sides(folder: Path, root: Path) -> dict[str, Callable[[], Figures]]:
    python = sys.executable
    rivals = [python, "-m"]
    return {
        "ingestd": partial(_once, folder, root, {}),
        "pdfium alone": partial(timed, [*rivals, "bench.rivals.parser_alone", "pdfium", str(folder)]),
        "kreuzberg": partial(timed, [*rivals, "bench.rivals.kreuzberg_batch", str(folder)]),
        "script": partial(_script, [*rivals, "bench.rivals.script", str(folder)], root),
        "ingestd, pypdf": partial(_once, folder, root, {"INGESTD_PDF_ENGINE": "pypdf"}),
        "pypdf alone": partial(timed, [*rivals, "bench.rivals.parser_alone", "pypdf", str(folder)]),
    }


def _once(folder: Path, root: Path, settings: dict[str, str]) -> Figures:
    inbox, state = root / "inbox", root / "state"
    shutil.copytree(folder, inbox)
    try:
        command = [*COMMAND, "--once", "--inbox", str(inbox), "--state-dir", str(state)]
        return timed(command, settings, expect=(0, 1))
    finally:
        shutil.rmtree(inbox)
        shutil.rmtree(state, ignore_errors=True)


def _script(command: list[str], root: Path) -> Figures:
    out = root / "out"
    out.mkdir(exist_ok=True)
    return timed([*command, str(out)])


def _ratios(results: dict[str, list[Figures]]) -> dict[str, float]:
    wanted = {
        "ingestd : pdfium alone": ("ingestd", "pdfium alone"),
        "kreuzberg : ingestd": ("kreuzberg", "ingestd"),
        "ingestd, pypdf : pypdf alone": ("ingestd, pypdf", "pypdf alone"),
    }
    ratios = {
        name: ratio(results, *sides)
        for name, sides in wanted.items()
        if all(side in results for side in sides)
    }
    if results.get("script"):
        middle = medians(results)
        ratios["script : ingestd"] = round(middle["script"]["wall"] / middle["ingestd"]["wall"], 2)
    return ratios

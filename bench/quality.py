"""What comes out, against known answers and beside what others make of the same: text, chunks, concepts, search.

Data with answers stands outside this repository. ``--data`` names a folder with ``text/`` (PDFs beside their
text), ``text/olmocr/`` (statements about pages) and ``chunks/`` (texts and questions), ``--keyphrases`` one
with the sets Nguyen2007 and SemEval2017, ``--papers`` one of PDFs, for costs and known items. A part whose
data are missing is left out, and said so; so is a peer that is not installed (``pip install 'ingestd[bench]'``).
What each figure means is said in ``bench/judges``. All sides read each document in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bench.daemon import workspace
from bench.figures import table
from bench.judges import chunks, keys, known
from bench.judges.chunks import Piece
from bench.judges.text import Reader, check, judge
from bench.rivals import chunks as other_chunks
from bench.rivals import keys as other_keys
from bench.rivals import text as other_text
from bench.store import spooled
from ingestd.chunking import chunk_text
from ingestd.concepts import extract_concepts
from ingestd.errors import DocumentError
from ingestd.model import Extract
from ingestd.pdf.compose import compose_pages
from ingestd.pdf.opening import opened
from ingestd.pdf.reading import read_pages
from ingestd.pdf.tasks import ingest, warm_up
from ingestd.pdf.travel import ReadJob
from ingestd.store import Store, open_store

PARTS = ("text", "chunks", "concepts", "search")
HEAD = 1_500
"""Characters of a paper that stand for a short document."""
MEGABYTE = 1_000_000
Rows = dict[str, dict[str, Any]]


def options(parser: argparse.ArgumentParser) -> None:
    """Of this benchmark."""
    parser.add_argument("parts", nargs="*", help=f"{', '.join(PARTS)}; all without")
    for name, variable in (("data", "QUALITY"), ("keyphrases", "KEYPHRASES"), ("papers", "CORPUS")):
        default = os.environ.get(f"INGESTD_{variable}")
        parser.add_argument(
            f"--{name}", type=Path, metavar="DIR", default=default, help=f"INGESTD_{variable}"
        )
    parser.add_argument("--sample", type=int, default=0, help="of each set of key phrases; 0: all")
    parser.add_argument("--sentences", type=int, default=200, help="known items")
    parser.add_argument("--texts", type=Path, metavar="DIR", help="keep our texts here: NAME.json, as `show`")
    parser.add_argument("--dir", type=Path, help="where to work")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure and print."""
    if unknown := set(arguments.parts) - set(PARTS):
        raise SystemExit(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    measures = {"text": _text, "chunks": _chunks, "concepts": _concepts, "search": _search}
    figures = {}
    warm_up()
    for part in arguments.parts or PARTS:
        print(f"\n{part}", flush=True)
        figures[part] = _rounded(measures[part](arguments))
    return figures


def _present(folder: Path | None, option: str) -> bool:
    """Whether there are data; says so if not."""
    if folder is None or not folder.is_dir():
        print(f"left out: --{option} names no folder" + (f" ({folder})" if folder else ""))
        return False
    return True


def _installed(sides: Mapping[str, Callable[[], Any]]) -> tuple[dict[str, Any], Rows]:
    """Sides that can be loaded, and rows for those that cannot."""
    found, rows = {}, {}
    for name, load in sides.items():
        try:
            found[name] = load()
        except ImportError as error:
            rows[name] = {"not installed": error.name}
    return found, rows


def _rounded(figures: Any) -> Any:
    if isinstance(figures, dict):
        return {key: _rounded(value) for key, value in figures.items()}
    return round(figures, 3) if isinstance(figures, float) else figures


# -- text ------------------------------------------------------------------------------------------


def _ours(path: Path) -> Sequence[str]:
    """Our text alone, without chunks and concepts."""
    job = ReadJob()
    try:
        with path.open("rb") as file, opened(file, job) as document:
            info = document.first.info()
            pages = read_pages(document, 1, info.page_count, job.max_text)
            habits = pages.survey.settle(info)
        texts, _ = compose_pages(pages.first, pages.layouts, habits, None, None)
    except DocumentError:
        return []
    return [page.text for page in texts]


def _text(arguments: argparse.Namespace) -> Rows:
    readers, rows = _installed(
        {
            "ingestd": lambda: _ours,
            "pdfium": lambda: other_text.pdfium,
            "pypdf": lambda: other_text.pypdf,
            "kreuzberg": other_text.kreuzberg,
        }
    )
    if _present(arguments.data, "data"):
        for name, read in readers.items():
            rows[name] = judge(arguments.data / "text", read) | check(
                arguments.data / "text" / "olmocr", read
            )
        if arguments.texts:
            _keep(arguments.data / "text", arguments.texts)
    if _present(arguments.papers, "papers"):
        for name, ratio in _costs(readers, arguments.papers).items():
            rows.setdefault(name, {})["x pdfium"] = ratio
    table(rows)
    return rows


def _costs(readers: Mapping[str, Reader], folder: Path) -> dict[str, float]:
    """Processor time of each side over the papers, to pdfium's; documents in turn."""
    spent = dict.fromkeys(readers, 0.0)
    for path in sorted(folder.glob("*.pdf")):
        for name, read in readers.items():
            start = time.process_time()
            read(path)
            spent[name] += time.process_time() - start
    return {name: seconds / spent["pdfium"] for name, seconds in spent.items()}


def _keep(folder: Path, out: Path) -> None:
    for path in sorted(folder.rglob("*.pdf")):
        kept = out / path.relative_to(folder).with_suffix(".json")
        kept.parent.mkdir(parents=True, exist_ok=True)
        pages = [{"number": number, "text": text} for number, text in enumerate(_ours(path), start=1)]
        kept.write_text(json.dumps({"pages": pages}), encoding="utf-8")


# -- chunks ----------------------------------------------------------------------------------------


def _our_chunks(text: str) -> Sequence[Piece]:
    return [Piece(chunk.start, chunk.end, chunk.context) for chunk in chunk_text(text)]


def _chunks(arguments: argparse.Namespace) -> Rows:
    recursive, fixed = other_chunks.recursive, other_chunks.fixed
    chunkers, rows = _installed(
        {"ingestd": lambda: _our_chunks}
        | {
            f"LangChain {n}, overlap {o}": partial(recursive, n, o)
            for n, o in ((400, 0), (800, 0), (1000, 200))
        }
        | {f"fixed {n}, overlap {o}": partial(fixed, n, o) for n, o in ((400, 0), (800, 0), (1000, 200))}
    )
    if not _present(arguments.data, "data"):
        return {}
    texts, questions = chunks.read(arguments.data / "chunks")
    rows = {name: chunks.judge(chunker, texts, questions) for name, chunker in chunkers.items()} | rows
    table(rows)
    return rows


# -- concepts --------------------------------------------------------------------------------------


def _our_concepts(text: str) -> Sequence[str]:
    return [concept.text for concept in extract_concepts(text, other_keys.LIMIT)]


def _concepts(arguments: argparse.Namespace) -> Rows:
    extractors, rows = _installed(
        {
            "ingestd": lambda: _our_concepts,
            "YAKE": other_keys.yake,
            "kreuzberg's YAKE": other_keys.kreuzberg,
            "commonest words": lambda: other_keys.commonest,
        }
    )
    if not _present(arguments.keyphrases, "keyphrases"):
        return {}
    papers = keys.load(arguments.keyphrases, "Nguyen2007")
    sets = {
        "Nguyen2007": papers,
        f"Nguyen2007, first {HEAD}": [(text[:HEAD], gold) for text, gold in papers],
        "SemEval2017": keys.load(arguments.keyphrases, "SemEval2017"),
    }
    for name, documents in sets.items():
        judged = keys.judge(extractors, keys.sampled(documents, arguments.sample))
        rows |= {f"{name}: {side}": figures for side, figures in _beside(judged).items()}
    rows["ingestd: long texts"] = _growth("\n\n".join(text for text, _ in papers))
    table(rows)
    return rows


def _beside(judged: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """With how many times our time each takes."""
    ours = judged["ingestd"]["s/MB"]
    return {name: figures | {"x ours": figures["s/MB"] / ours} for name, figures in judged.items()}


def _growth(text: str) -> dict[str, float]:
    """Processor seconds for a text of one megabyte and of ten, and what a megabyte costs more in the latter."""
    spent = []
    for size in (MEGABYTE, 10 * MEGABYTE):
        piece = (text * (1 + size // len(text)))[:size]
        start = time.process_time()
        extract_concepts(piece)
        spent.append(time.process_time() - start)
    return {"1 MB": spent[0], "10 MB": spent[1], "a MB of ten : a MB": spent[1] / spent[0] / 10}


# -- search ----------------------------------------------------------------------------------------


def _search(arguments: argparse.Namespace) -> dict[str, Any]:
    """Shares of sentences, whole and damaged, that bring document and page back first."""
    if not _present(arguments.papers, "papers"):
        return {}
    dice = random.Random(1)
    with workspace(arguments.dir) as root:
        store = open_store(root)
        items = known.unique(_catalogued(store, arguments.papers))
        chosen = dice.sample(items, arguments.sentences)
        half = len(chosen) // 2
        whole = known.first(store, [(item.sentence, item) for item in chosen[:half]])
        hurt = known.first(store, [(known.damaged(item.sentence, dice), item) for item in chosen[half:]])
        store.close()
    figures = {
        "sentences": len(chosen),
        "of": len(items),
        "verbatim %": 100 * statistics.fmean(whole),
        "damaged %": 100 * statistics.fmean(hurt),
    }
    table({"document and page first": figures})
    return figures


def _catalogued(store: Store, folder: Path) -> list[known.Known]:
    """Every paper in the catalog; the sentences they hold."""
    items = []
    for path in sorted(folder.glob("*.pdf")):
        try:
            with path.open("rb") as file:
                extract = ingest(file, ReadJob(range_pages=1_000_000))
        except DocumentError:
            continue
        assert isinstance(extract, Extract)
        store.accept([spooled(path.stem)], 1.0)
        (claim,) = store.claim("bench", 1, 1.0)
        store.complete(claim, extract, 1.0)
        items += known.sentences(claim.sha256, [(page.number, page.text) for page in extract.pages])
    return items

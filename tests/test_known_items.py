"""Known items: a sentence that a person remembers, roughly, brings its document and its page back first."""

from __future__ import annotations

import hashlib
import random
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.judges.known import Known, damaged, first, sentences

from ingestd.model import FileIdentity, Settled, Spooled
from ingestd.store import Store, open_store
from tests.pdf.making import Page, make, read

DOCUMENTS, PAGES, SENTENCES = 44, 3, 14
VERBATIM, DAMAGED = 0.97, 0.85

WHO = """auditors beekeepers botanists bricklayers carpenters clerks divers editors engineers farmers fishermen
foresters gardeners glaziers historians librarians masons mechanics merchants millers miners nurses painters
pilots plumbers printers sailors shepherds surveyors tailors teachers weavers""".split()
WHICH = """careful curious elderly famous former honest impatient junior local patient quiet retired skilled
stubborn tired travelling trusted visiting young""".split()
DID = """borrowed catalogued cleaned compared counted delivered described discovered examined exchanged measured
moved numbered ordered praised rebuilt repaired replaced sketched sold stored tested wrapped""".split()
WHAT = """anchors baskets bells bridges candles carpets chimneys clocks copies engines fences ladders lamps ledgers
letters maps mirrors nets ovens parcels pumps ropes sails saws shelves stamps tables tiles tools wagons wheels
windows""".split()
WHERE = """abbey archive bakery barn brewery canal castle cellar chapel courtyard dairy factory harbour library
lighthouse market mill museum orchard quarry school shipyard station tower valley vineyard warehouse
workshop""".split()
WHEN = "spring summer autumn winter dawn dusk noon night lunch breakfast supper harvest".split()


def sentence(dice: random.Random) -> str:
    """One of some hundred millions."""
    return (
        f"The {dice.choice(WHICH)} {dice.choice(WHO)} {dice.choice(DID)} {dice.randrange(3, 90)} {dice.choice(WHAT)}"
        f" near the {dice.choice(WHERE)} before {dice.choice(WHEN)}, and the {dice.choice(WHO)} of the"
        f" {dice.choice(WHERE)} {dice.choice(DID)} their {dice.choice(WHAT)}."
    )


def document(number: int) -> bytes:
    """Pages with a running head; every other document in two columns written row by row."""
    dice = random.Random(number)
    columns = 1 + number % 2
    pages = []
    for n in range(1, PAGES + 1):
        page = Page().line(60, 40, f"Yearbook of the county, volume {number}").line(300, 810, str(n))
        lines = textwrap.wrap(" ".join(sentence(dice) for _ in range(SENTENCES)), 90 // columns)
        rows = -(-len(lines) // columns)
        for row in range(rows):
            for column, line in enumerate(lines[row::rows]):
                page.line(60 + 260 * column, 80 + 12 * row, line)
        pages.append(page)
    return make(pages)


@pytest.fixture(scope="module")
def items(library: Store) -> list[Known]:
    """Every sentence of every page, as the typesetter was given it."""
    found = []
    for number in range(DOCUMENTS):
        dice = random.Random(number)
        pages = [(n, " ".join(sentence(dice) for _ in range(SENTENCES))) for n in range(1, PAGES + 1)]
        found += sentences(_sha256(number), pages)
    assert len({item.sentence for item in found}) == DOCUMENTS * PAGES * SENTENCES
    return found


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A catalog of all documents, read and stored as the daemon does it."""
    state: Path = tmp_path_factory.mktemp("known")
    store = open_store(state)
    for number in range(DOCUMENTS):
        data = document(number)
        source = Settled("/inbox", f"/inbox/{number}.pdf".encode(), FileIdentity(1, number, 3, 4))
        store.accept([Spooled(_sha256(number), len(data), source)], 1.0)
        (claim,) = store.claim("test", 1, 1.0)
        store.complete(claim, read(data), 1.0)
    yield store
    store.close()


def _sha256(number: int) -> str:
    return hashlib.sha256(document(number)).hexdigest()


def test_sentences_as_they_stand_bring_their_page_back(library: Store, items: list[Known]) -> None:
    """At least 97 of 100, document and page at the first rank."""
    chosen = random.Random(1).sample(items, 200)
    assert sum(first(library, [(item.sentence, item) for item in chosen])) >= VERBATIM * len(chosen)


def test_damaged_sentences_bring_their_page_back(library: Store, items: list[Known]) -> None:
    """At least 85 of 100, with words dropped and swapped."""
    dice = random.Random(2)
    chosen = dice.sample(items, 200)
    queries = [(damaged(item.sentence, dice), item) for item in chosen]
    assert all(query != item.sentence for query, item in queries)
    assert sum(first(library, queries)) >= DAMAGED * len(chosen)

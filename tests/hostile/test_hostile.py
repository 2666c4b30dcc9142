"""PDFs that mean harm cost themselves: the limit that bit is named, and who lay beside them is done."""

from __future__ import annotations

import hashlib
import os
from typing import Any

import pytest

from tests.eventually import eventually
from tests.hostile.conftest import Siege
from tests.hostile.documents import CASES, SECRET, orders
from tests.pdfs import pdf, prose

pytestmark = pytest.mark.timeout(180)  # the first test waits for all of them
ORDERS = [name for name, _ in orders("", 0)]
DAEMON_MEMORY = 400 * 2**20


@pytest.mark.parametrize("name", CASES)
def test_each_has_the_outcome_it_deserves(siege: Siege, name: str) -> None:
    """Done, or in quarantine for the reason that is its own."""
    assert siege.outcome(name) in CASES[name][1], siege.rows[name].error


def test_a_partial_result_says_so(siege: Siege) -> None:
    """The tree promises forty pages and has one: one is read, the others are named."""
    metadata = shown(siege, "a count that lies")["metadata"]
    assert (40, list(range(2, 41))) == (metadata["page_count"], metadata["failed_pages"])


def test_the_words_of_the_harmless_part_are_there(siege: Siege) -> None:
    """What is done is read: a hostile frame takes nothing from the page in it."""
    for name in ("a table that precedes itself", "an outline in a circle", "deep graphics states", *ORDERS):
        (page, *_) = shown(siege, name)["pages"]
        assert "harmless words in a hostile house" in page["text"], name


def test_nobody_beside_them_was_harmed(siege: Siege) -> None:
    """Every innocent document is done at its first attempt, without a failed page."""
    beside = [row for name, row in siege.rows.items() if name.startswith("beside ")]
    assert {("done", 1)} == {(str(row.status), row.attempts) for row in beside}
    assert len(beside) * 2 == len(siege.rows)


@pytest.mark.parametrize("name", [*ORDERS, "fetching"])
def test_nothing_is_obeyed(siege: Siege, name: str) -> None:
    """Launch, JavaScript, links, other documents, forms: the document is text, and is done."""
    assert "done" == siege.outcome(name)
    assert not siege.canary.exists()
    siege.calls.setblocking(False)
    with pytest.raises(BlockingIOError):
        siege.calls.accept()


def test_no_other_file_is_read(siege: Siege) -> None:
    """A content that is said to lie in another file is not fetched from there."""
    text = " ".join(page["text"] for page in shown(siege, "fetching")["pages"])
    assert SECRET not in text


def test_the_daemon_is_well(siege: Siege) -> None:
    """It lives, its memory is bounded, it logged no fault of its own, it takes the next document."""
    assert siege.peak < DAEMON_MEMORY
    for line in siege.daemon.log():  # fails on a line that is not one JSON object
        assert line["level"] in ("info", "warning"), line
        assert "exception" not in line, line
    data = pdf(prose(9), marker=os.urandom(8).hex())
    siege.daemon.drop("next.pdf", data)
    sha256 = hashlib.sha256(data).hexdigest()
    eventually(lambda: sha256 in {line["doc"] for line in siege.daemon.events("document.ingested")})


def shown(siege: Siege, name: str) -> dict[str, Any]:
    """All that the catalog has of a case."""
    with siege.daemon.catalog() as catalog:
        return catalog.show(siege.rows[name].sha256).to_dict()

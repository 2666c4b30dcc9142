"""A page that kills costs that page; a document that kills is named; nobody else notices."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from ingestd.concurrency import ConcurrencyConfig, ConcurrencyManager, WorkerOptions
from ingestd.config import Limits
from ingestd.errors import DocumentTooLarge, EncryptedPDF, PDFParseError, WorkerError
from ingestd.flow.extraction import Extraction, seconds_allowed
from ingestd.flow.room import Room
from ingestd.flow.toll import HOPELESS
from ingestd.model import Claim, Extract, Priority
from ingestd.pdf.travel import ReadJob
from tests.flow import trapped
from tests.pdfs import book, encrypted, pdf, prose

LIMITS = Limits(seconds_base=1.0, seconds_per_page=0.1, seconds_per_mib=0.1)
JOB = ReadJob(range_pages=4)


@pytest.fixture(scope="module")
def manager() -> Iterator[ConcurrencyManager]:
    """Two workers under a memory limit."""
    config = ConcurrencyConfig(
        cpu_workers=2,
        enable_auto_throttle=False,
        worker_options=WorkerOptions(preload=("tests.flow.trapped",), memory_limit=600 * 1024**2),
    )
    with ConcurrencyManager(config) as made:
        yield made


def extract(manager: ConcurrencyManager, data: bytes, job: ReadJob = JOB) -> Extract:
    """What comes out of a document."""
    claim = Claim("0" * 64, len(data), Priority.NORMAL, 1, 0, 0, "/inbox", b"/inbox/a.pdf", 0.0)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()

        async def run() -> Extract:
            extraction = Extraction(
                manager, LIMITS, job, claim, file.fileno(), room=Room(1 << 20), tasks=trapped
            )
            async with AsyncExitStack() as held:
                return await extraction.run(held)

        return asyncio.run(run())


@pytest.mark.parametrize("job", [JOB, JOB._replace(whole_pages=7)])
def test_one_range_and_many_give_the_same(manager: ConcurrencyManager, job: ReadJob) -> None:
    """How a document is divided among workers does not show in what comes out."""
    data = book(11)
    whole = extract(manager, data, JOB._replace(range_pages=100))
    parts = extract(manager, data, job)
    assert [p.text for p in whole.pages] == [p.text for p in parts.pages]
    text = "\f".join(p.text for p in parts.pages)
    assert all("Sentence" in text[c.start : c.end] or c.end > c.start for c in parts.chunks)
    assert list(range(len(parts.chunks))) == [c.index for c in parts.chunks]
    assert [c.text for c in whole.concepts] == [c.text for c in parts.concepts]


def test_a_long_document_keeps_its_room_until_the_caller_has_done(manager: ConcurrencyManager) -> None:
    """What was read of it waits for the store, in memory: no other takes its place so long."""
    data, room = book(11), Room(1)
    claim = Claim("0" * 64, len(data), Priority.NORMAL, 1, 0, 0, "/inbox", b"/inbox/a.pdf", 0.0)

    async def enter() -> None:
        async with room.of(1):
            pass

    async def scene() -> None:
        with tempfile.TemporaryFile() as file:
            file.write(data)
            file.flush()
            async with AsyncExitStack() as held:
                await Extraction(manager, LIMITS, JOB, claim, file.fileno(), room=room, tasks=trapped).run(
                    held
                )
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(enter(), 0.05)
            await asyncio.wait_for(enter(), 10)

    asyncio.run(scene())


def test_a_long_first_range_takes_fewer_calls(manager: ConcurrencyManager) -> None:
    """A document that fits it is one call; a longer one is read in two, composed in two, and ranked."""
    before = manager.get_stats()["executors"]["cpu"]["completed"]
    assert 11 == len(extract(manager, book(11), JOB._replace(whole_pages=11)).pages)
    assert 1 == manager.get_stats()["executors"]["cpu"]["completed"] - before
    assert 12 == len(extract(manager, book(12), JOB._replace(whole_pages=11)).pages)
    assert 1 + 5 == manager.get_stats()["executors"]["cpu"]["completed"] - before


@pytest.mark.parametrize("kind", ["segv", "abort", "exit"])
def test_the_other_engine_reads_what_kills_the_first(manager: ConcurrencyManager, kind: str) -> None:
    """A crash of pdfium is no loss where pypdf can read the page."""
    result = extract(manager, pdf(prose(1), prose(2), marker=f"trap:{kind}:2:auto"))
    assert ((), 2) == (result.failed_pages, len(result.pages))
    assert "pypdf" in result.engine


@pytest.mark.parametrize("whole_pages", [0, 7, 20])
@pytest.mark.parametrize("page", [1, 6, 11])
def test_a_page_that_kills_every_engine_costs_that_page(
    manager: ConcurrencyManager, page: int, whole_pages: int
) -> None:
    """The others are kept, and the failure is said."""
    data = pdf(*(prose(n) for n in range(1, 12)), marker=f"trap:segv:{page}:any")
    result = extract(manager, data, JOB._replace(whole_pages=whole_pages))
    assert (page,) == result.failed_pages
    assert {n for n in range(1, 12) if n != page} <= {p.number for p in result.pages if p.text}
    assert "crash" == result.failures[0].error["type"]


def test_a_document_that_goes_on_killing_is_given_up(manager: ConcurrencyManager) -> None:
    """Bad ranges cost a bounded number of workers, however many there are; what was read is kept."""
    before = manager.get_stats()["executors"]["cpu"]["failed"]
    traps = " ".join(f"trap:segv:{page}:any" for page in range(5, 301))
    result = extract(manager, pdf(*(prose(n) for n in range(1, 301)), marker=traps))
    assert tuple(range(5, 301)) == result.failed_pages
    begun = manager.config.chunk_processor_workers  # ranges under way when hope is lost: one each
    assert manager.get_stats()["executors"]["cpu"]["failed"] - before <= HOPELESS + begun < 300 // 4


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("segv", {"crash"}),
        ("hang", {"timeout"}),
        ("spin", {"cpu", "timeout"}),  # on a busy machine the clock may be first
        ("bloat", {"memory"}),
        ("killed", {"crash"}),
    ],
)
def test_a_document_that_kills_is_named_by_the_limit_that_bit(
    manager: ConcurrencyManager, kind: str, reason: set[str]
) -> None:
    """Opening it is fatal in every way: the reason is the first death's."""
    with pytest.raises(WorkerError) as caught:
        extract(manager, pdf(prose(1), marker=f"trap:{kind}:0:any"))
    assert caught.value.type in reason


def test_too_much_text_is_refused_before_all_of_it_is_read(manager: ConcurrencyManager) -> None:
    """No range alone is too much; all together would be held in memory: most are never read."""
    before = manager.get_stats()["executors"]["cpu"]["completed"]
    with pytest.raises(DocumentTooLarge, match="larger than 12000 bytes"):
        extract(manager, book(240), JOB._replace(max_text=12_000))
    assert manager.get_stats()["executors"]["cpu"]["completed"] - before < 30 < 240 // JOB.range_pages


def test_a_hostile_document_harms_no_other(manager: ConcurrencyManager) -> None:
    """Two good documents are read while a third one keeps killing workers."""

    async def all_three() -> list[object]:
        runs = [asyncio.to_thread(extract, manager, data) for data in (book(9, "a"), bad, book(9, "b"))]
        return await asyncio.gather(*runs, return_exceptions=True)

    bad = pdf(*(prose(n) for n in range(9)), marker="trap:abort:0:any")
    first, failure, second = asyncio.run(all_three())
    assert isinstance(failure, WorkerError)
    for good in (first, second):
        assert isinstance(good, Extract)
        assert (9, ()) == (len(good.pages), good.failed_pages)


def test_bad_documents_are_bad_at_once(manager: ConcurrencyManager) -> None:
    """No second try is wasted on a password that is missing, or on rubbish."""
    began = time.monotonic()
    with pytest.raises(EncryptedPDF):
        extract(manager, encrypted(pdf(prose(1)), "secret"))
    with pytest.raises(PDFParseError):
        extract(manager, b"%PDF-1.7\n" + b"rubbish " * 500 + b"\n%%EOF")
    assert time.monotonic() - began < 20


def test_time_grows_with_pages_and_bytes() -> None:
    """A large document may take longer."""
    small, large = seconds_allowed(LIMITS, 1000, 1), seconds_allowed(LIMITS, 10 * 2**20, 100)
    assert 1.0 < small < 1.2
    assert large == pytest.approx(1.0 + 10.0 + 1.0)

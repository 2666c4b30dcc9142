"""The middle of the cascade: chunk threads shepherd the page ranges of one document through cpu workers.

A document that fits one range is done by one call. A longer one fans out: its ranges are read in
parallel, what only the whole tells is merged, and the ranges are composed in parallel again.
A range that kills its worker is tried with the other engine, then halved to keep its good pages;
how many workers one attempt may cost is bounded.
"""

from __future__ import annotations

import itertools
import signal
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

from ingestd.concurrency import ConcurrencyManager, Descriptor
from ingestd.config import Limits
from ingestd.errors import (
    IngestError,
    PDFParseError,
    WorkerCpuExceeded,
    WorkerCrashed,
    WorkerError,
    WorkerTimeout,
    restored,
)
from ingestd.flow.room import Room
from ingestd.flow.toll import Toll
from ingestd.model import Claim, DocumentInfo, Extract, Heading, PageFailure
from ingestd.pdf import tasks as pdf_tasks
from ingestd.pdf.travel import AUTO, PYPDF, RangeRead, RangeText, ReadJob

T = TypeVar("T")
Part = RangeRead | PageFailure

EXTERNAL_KILLS = 3
"""Tries of a call whose worker was killed from outside (SIGKILL: the kernel short of memory, a person)."""
WALL_PER_CPU = 4.0
"""Seconds on the clock granted for a second of processor time: the machine may be busy."""


class Tasks(Protocol):
    """What a worker can be asked to do with a PDF: ``ingestd.pdf.tasks``, or a test's own build of it."""

    @property
    def inspect(self) -> Callable[..., DocumentInfo]: ...
    @property
    def ingest(self) -> Callable[..., Extract | RangeRead]: ...
    @property
    def read(self) -> Callable[..., RangeRead]: ...
    @property
    def compose(self) -> Callable[..., RangeText]: ...
    @property
    def rank(self) -> Callable[..., Any]: ...
    @property
    def assemble(self) -> Callable[..., Extract]: ...


class Opening(NamedTuple):
    """What became of the first range of a document of several."""

    info: DocumentInfo
    parts: list[Part]


def seconds_allowed(limits: Limits, size: int, pages: int) -> float:
    """Processor time that one call on ``pages`` pages of a file of ``size`` bytes may take."""
    return limits.seconds_base + limits.seconds_per_page * pages + limits.seconds_per_mib * size / 2**20


class Extraction:
    """One attempt at one document, from its spooled bytes to its ``Extract``."""

    def __init__(
        self,
        manager: ConcurrencyManager,
        limits: Limits,
        job: ReadJob,
        claim: Claim,
        file: int,
        *,
        room: Room,
        tasks: Tasks = pdf_tasks,
    ) -> None:
        """``file``: open on the spooled bytes; ``room``: for a document of several ranges;
        ``tasks``: what the workers are asked to do."""
        self._room = room
        self._tasks = tasks
        self._manager = manager
        self._limits = limits
        self._job = job
        self._claim = claim
        self._file = file
        self._toll = Toll(job.max_text)
        self._given_up: IngestError | None = None

    async def run(self, held: AsyncExitStack) -> Extract:
        """Everything that comes out of the document; ``held`` keeps its room until the caller is done with it.

        Raises a ``DocumentError`` when it is bad, a ``WorkerError`` when it kills every worker that meets it.
        """
        begun = await self._manager.run_chunk(self._begin, priority=self._claim.priority)
        if isinstance(begun, Extract):
            extract = begun
        else:
            await held.enter_async_context(self._room.of(begun.info.page_count))
            extract = await self._go_on(begun)
        if extract.failures and len(extract.failed_pages) >= extract.info.page_count:
            raise _failure_of_all(extract.failures)
        return extract

    async def _go_on(self, begun: Opening) -> Extract:
        workers = self._manager.config.cpu_workers
        ranges = self._job.ranges(begun.parts[-1].last + 1, begun.info.page_count, workers)
        found = await self._map(self._read, ranges)
        parts = [*begun.parts, *itertools.chain.from_iterable(found)]
        reads = [p for p in parts if isinstance(p, RangeRead)]
        lost = [p for p in parts if isinstance(p, PageFailure)]
        if not reads:
            raise _failure_of_all(lost)
        from ingestd.pdf.survey import Survey  # with all that tells a page's parts: for long documents only

        habits = Survey.merge(read.survey for read in reads).settle(begun.info)
        edges = [b"", *(read.layouts[-1] for read in reads)], [*(read.layouts[0] for read in reads), b""]
        neighbours = zip(reads, edges[0], edges[1][1:], strict=False)
        texts: list[RangeText] = await self._map(
            self._compose, [(read, habits, before, after) for read, before, after in neighbours]
        )
        headings = _in_document(texts)
        ranked = await self._manager.run_chunk(self._rank, texts, begun.info, headings)
        return self._tasks.assemble(begun.info, texts, ranked, self._job, failures=lost)

    async def _map(self, fn: Callable[..., T], items: Sequence[tuple[Any, ...]]) -> list[T]:
        """``fn`` of all items. After the first failure no more are begun; those that run are waited for,
        since they hold the number of the file."""
        columns = list(zip(*items, strict=True))
        if not columns:
            return []
        results = await self._manager.map_chunks(
            partial(self._unless_given_up, fn),
            *columns,
            priority=self._claim.priority,
            return_exceptions=True,
        )
        for result in results:
            if isinstance(result, BaseException):
                raise self._given_up or result
        return list(results)

    # -- in a chunk thread -------------------------------------------------------------------------

    def _unless_given_up(self, fn: Callable[..., T], *args: Any) -> T:
        if self._given_up is not None:
            raise self._given_up
        try:
            return fn(*args)
        except IngestError as error:
            self._given_up = self._given_up or error
            raise

    def _begin(self) -> Extract | Opening:
        try:
            return self._opened(self._on_file(self._tasks.ingest, self._job, pages=self._job.at_once))
        except WorkerError as death:
            if killed_from_outside(death):
                raise  # as in _read
            return self._begin_again(death)

    def _begin_again(self, death: WorkerError) -> Extract | Opening:
        job = self._job._replace(whole_pages=0)
        if self._other_engine_may_help(death):
            try:
                other = job._replace(engine=PYPDF)
                return self._opened(self._on_file(self._tasks.ingest, other, pages=other.at_once))
            except (WorkerError, PDFParseError):
                pass  # the first death tells more of the document than the second
        try:
            info = self._on_file(self._tasks.inspect, self._job, pages=1)
        except WorkerError:
            raise death from None
        return Opening(info, self._halve(1, job.opening(info.page_count), death))

    def _opened(self, result: Extract | RangeRead) -> Extract | Opening:
        if isinstance(result, Extract):
            return result
        assert result.info is not None, "ingest always says what the document is"
        self._toll.read(result.letters)
        return Opening(result.info, [result])

    def _read(self, first: int, last: int) -> list[Part]:
        if (death := self._toll.hopeless) is not None:
            return [PageFailure(first, last, death.to_dict())]
        try:
            return [self._ranged(self._job, first, last)]
        except (WorkerError, PDFParseError) as error:
            if killed_from_outside(error):
                raise  # no page is to blame: the whole document is tried again later
            return self._read_again(first, last, error)

    def _read_again(self, first: int, last: int, error: IngestError) -> list[Part]:
        if self._other_engine_may_help(error):
            try:
                job = self._job._replace(engine=PYPDF)
                return [self._ranged(job, first, last)]
            except (WorkerError, PDFParseError):
                pass  # as above
        return self._halve(first, last, error)

    def _halve(self, first: int, last: int, error: IngestError) -> list[Part]:
        if first == last or not self._toll.patient:
            return [PageFailure(first, last, error.to_dict())]
        middle = (first + last) // 2
        return self._read(first, middle) + self._read(middle + 1, last)

    def _other_engine_may_help(self, error: IngestError) -> bool:
        # pypdf is fifteen times slower: where pdfium ran out of time it would too.
        slow = isinstance(error, WorkerTimeout | WorkerCpuExceeded)
        return self._job.engine == AUTO and not slow and self._toll.patient

    def _compose(self, *args: Any) -> RangeText:
        part: RangeRead = args[0]
        return self._on_cpu(self._tasks.compose, *args, self._job, pages=part.last - part.first + 1)

    def _rank(self, texts: Sequence[RangeText], info: DocumentInfo, headings: Sequence[Heading]) -> Any:
        candidates = [text.candidates for text in texts]
        return self._on_cpu(self._tasks.rank, candidates, info, headings, self._job, pages=info.page_count)

    def _ranged(self, job: ReadJob, first: int, last: int) -> RangeRead:
        part = self._on_file(self._tasks.read, job, first, last, pages=last - first + 1)
        self._toll.read(part.letters)
        return part

    def _on_file(self, fn: Callable[..., T], *args: Any, pages: int) -> T:
        return self._on_cpu(fn, Descriptor(self._file), *args, pages=pages)

    def _on_cpu(self, fn: Callable[..., T], *args: Any, pages: int) -> T:
        allowed = seconds_allowed(self._limits, self._claim.size, pages)
        for tries_left in reversed(range(EXTERNAL_KILLS)):
            try:
                return self._manager.run_cpu_sync(
                    fn,
                    *args,
                    priority=self._claim.priority,
                    timeout=allowed * WALL_PER_CPU,
                    cpu_seconds=allowed,
                )
            except WorkerError as death:
                self._toll.died(death)
                if not killed_from_outside(death) or not tries_left:
                    raise
        raise AssertionError("unreachable: the last try returns or raises")


def killed_from_outside(error: BaseException) -> bool:
    """Whether the worker died by a SIGKILL that was not ours: no parser does that to itself.

    Where nobody can say how it died, the process that forks workers has died too: that was not the parser.
    """
    if not isinstance(error, WorkerCrashed):
        return False
    return error.context.get("exitcode") in (-signal.SIGKILL, None)


def _failure_of_all(failures: Sequence[PageFailure]) -> IngestError:
    first = failures[0].error
    return restored(first, f"none of its pages can be read: {first['message']}")


def _in_document(texts: Sequence[RangeText]) -> list[Heading]:
    """The headings of all ranges, their positions counted in the document's text."""
    headings: list[Heading] = []
    offset = 0
    for text in texts:
        headings += (h._replace(start=h.start + offset) for h in text.headings)
        offset += sum(len(page.text) + 1 for page in text.pages)
    return headings

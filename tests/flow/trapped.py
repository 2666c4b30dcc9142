"""A test build of the worker's tasks: a PDF can order a disaster, as ``trap:KIND:PAGE:ENGINE`` in its bytes.

KIND: ``segv``, ``abort``, ``exit``, ``killed``, ``hang``, ``spin``, ``bloat``; ENGINE: ``auto`` (with pdfium),
``pypdf`` or ``any``. The disaster happens in the worker when the page is read; all else is the real thing.
"""

from __future__ import annotations

import os
import re
import signal
import time
from typing import NoReturn

from ingestd.model import DocumentInfo, Extract
from ingestd.pdf import tasks
from ingestd.pdf.tasks import assemble, compose, rank
from ingestd.pdf.travel import RangeRead, ReadJob, SpoolFile

__all__ = ["assemble", "compose", "ingest", "inspect", "rank", "read"]

TRAP = re.compile(rb"trap:(\w+):(\d+):(\w+)")


def inspect(file: SpoolFile, job: ReadJob) -> DocumentInfo:
    """Page 0 stands for the opening."""
    _spring(file, job, 0, 0)
    return tasks.inspect(file, job)


def ingest(file: SpoolFile, job: ReadJob) -> Extract | RangeRead:
    """As the real one."""
    _spring(file, job, 0, job.at_once)
    return tasks.ingest(file, job)


def read(file: SpoolFile, job: ReadJob, first: int, last: int) -> RangeRead:
    """As the real one."""
    _spring(file, job, first, last)
    return tasks.read(file, job, first, last)


def _spring(file: SpoolFile, job: ReadJob, first: int, last: int) -> None:
    data = os.pread(file.fileno(), 1 << 24, 0)
    for kind, page, engine in TRAP.findall(data):
        if first <= int(page) <= last and engine.decode() in ("any", job.engine):
            _disaster(kind.decode())


def _disaster(kind: str) -> NoReturn:
    deaths = {"segv": signal.SIGSEGV, "abort": signal.SIGABRT, "killed": signal.SIGKILL}
    if kind in deaths:
        os.kill(os.getpid(), deaths[kind])
    if kind == "exit":
        os._exit(3)
    hoard = []
    while True:
        if kind == "hang":
            time.sleep(3600)
        if kind == "bloat":
            hoard.append(bytearray(1 << 24))

"""A spool on a real disk and settled files to feed it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ingestd.config import Limits
from ingestd.model import Settled
from ingestd.spool import Spool
from ingestd.untrusted import identity_of

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory."""
    return tmp_path / "state"


@pytest.fixture
def spool(state: Path) -> Spool:
    """A spool in it."""
    return Spool(state, Limits())


@pytest.fixture
def drop(tmp_path: Path) -> Callable[..., Settled]:
    """Puts a file into an inbox and says it is settled."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()

    def put(name: str = "a.pdf", content: bytes = PDF) -> Settled:
        path = inbox / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return settled(path, inbox)

    return put


def settled(path: Path, inbox: Path) -> Settled:
    """The file as the watch would hand it out now."""
    return Settled(str(inbox), os.fsencode(path), identity_of(path.lstat()))

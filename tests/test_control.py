"""The socket that a running daemon answers through, and the lock that tells whether one runs."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path
from typing import Any

import pytest

from ingestd import control
from ingestd.errors import ConfigError, IngestError


async def answer(request: dict[str, Any]) -> Any:
    if request["op"] == "fail":
        raise IngestError("cannot", hint="Do otherwise.")
    return {"asked": request["op"]}


async def served(directory: Path, *requests: dict[str, Any]) -> list[Any]:
    server = control.ControlServer(directory, answer)
    await server.start()
    try:
        return [
            await asyncio.gather(asyncio.to_thread(control.ask, directory, request), return_exceptions=True)
            for request in requests
        ]
    finally:
        await server.stop()


def test_a_question_is_answered(tmp_path: Path) -> None:
    """Also when the directory's path is longer than a socket's name may be."""
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    (reply,) = asyncio.run(served(deep, {"op": "status"}))
    assert [{"asked": "status"}] == reply


def test_a_refusal_arrives_with_its_hint(tmp_path: Path) -> None:
    """Errors travel in the one shape."""
    (((error,)),) = asyncio.run(served(tmp_path, {"op": "fail"}))
    assert ("cannot", "Do otherwise.") == (error.message, error.hint)


def test_rubbish_harms_nobody(tmp_path: Path) -> None:
    """The next client is answered as ever."""
    bad, good = asyncio.run(served(tmp_path, {"nothing": 1}, {"op": "x"}))
    assert isinstance(bad[0], IngestError)
    assert [{"asked": "x"}] == good


def test_the_socket_is_private_and_replaces_a_dead_one(tmp_path: Path) -> None:
    """A daemon that was killed leaves a socket behind."""

    async def twice() -> int:
        first = control.ControlServer(tmp_path, answer)
        await first.start()
        second = control.ControlServer(tmp_path, answer)
        await second.start()
        mode = (tmp_path / control.SOCKET).stat().st_mode
        await second.stop()
        await first.stop()
        return mode

    assert 0o600 == stat.S_IMODE(asyncio.run(twice()))


def test_nobody_answers(tmp_path: Path) -> None:
    """It is said so."""
    with pytest.raises(ConnectionError, match="no daemon answers"):
        control.ask(tmp_path, {"op": "status"})


def test_the_lock_tells_who_runs(tmp_path: Path) -> None:
    """One at a time; free as soon as the holder lets go, or is gone."""
    assert not control.is_running(tmp_path)
    lock = control.StateLock(tmp_path)
    lock.take()
    assert control.is_running(tmp_path)
    with pytest.raises(ConfigError, match="another ingestd"):
        control.StateLock(tmp_path).take()
    lock.release()
    assert not control.is_running(tmp_path)
    control.StateLock(tmp_path).take()

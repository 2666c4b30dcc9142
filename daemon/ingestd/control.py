"""What a running daemon answers to ``ingestctl``, and the lock that tells whether one runs.

One socket, one question a connection: a line of JSON in, a line of JSON out. The socket is reachable
by the daemon's own user and root alone. It lies in the runtime directory or, without one, in the
state directory; it is reached through a descriptor of that directory, so that a long path
(a socket's name may have 107 bytes) does no harm.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from ingestd.errors import ConfigError, IngestError, describe

SOCKET = "ingestd.sock"
LOCK = "ingestd.lock"
MAX_MESSAGE = 4 * 1024 * 1024

Answer = Callable[[dict[str, Any]], Awaitable[Any]]


class StateLock:
    """Held by the one process that may write this state directory; free when that process is gone."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / LOCK
        self._fd: int | None = None

    def take(self) -> None:
        """Raises ``ConfigError`` when another process holds it."""
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            raise ConfigError(
                f"another ingestd works on {str(self._path.parent)!r}",
                hint="Stop it first (`systemctl stop ingestd`), or give this one its own --state-dir.",
            ) from None
        self._fd = fd

    def release(self) -> None:
        """Gives it back; harmless when not held."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def is_running(state_dir: Path) -> bool:
    """Whether a daemon holds the lock of this state directory."""
    try:
        fd = os.open(state_dir / LOCK, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


@contextlib.contextmanager
def _reachable(directory: Path) -> Iterator[str]:
    """A short name for the socket in ``directory``."""
    fd = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{fd}/{SOCKET}"
    finally:
        os.close(fd)


class ControlServer:
    """Answers questions while the daemon runs."""

    def __init__(self, directory: Path, answer: Answer) -> None:
        self._directory = directory
        self._answer = answer
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Begins to answer; a socket left behind by a killed daemon is replaced."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _reachable(self._directory) as name:
            with contextlib.suppress(FileNotFoundError):
                Path(name).unlink()
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
            listener.bind(name)
            Path(name).chmod(0o600)
        self._server = await asyncio.start_unix_server(self._serve, sock=listener, limit=MAX_MESSAGE)

    async def stop(self) -> None:
        """Takes no more questions."""
        if self._server is not None:
            self._server.close()
            self._server = None
            with contextlib.suppress(FileNotFoundError):
                (self._directory / SOCKET).unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(ConnectionError, ValueError, TimeoutError):
            async with asyncio.timeout(60):
                line = await reader.readline()
                reply = await self._reply(line)
                writer.write(json.dumps(reply).encode() + b"\n")
                await writer.drain()

    async def _reply(self, line: bytes) -> dict[str, Any]:
        try:
            return {"ok": await self._answer(json.loads(line))}
        except Exception as error:  # noqa: BLE001 (it is this one client's answer)
            return {"error": describe(error)}


def ask(directory: Path, request: dict[str, Any], within: float = 30.0) -> Any:
    """The running daemon's answer.

    Raises ``ConnectionError`` when none listens and ``IngestError`` when it refused.
    """
    try:
        with _reachable(directory) as name, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(within)
            client.connect(name)
            client.sendall(json.dumps(request).encode() + b"\n")
            reply = json.loads(b"".join(iter(lambda: client.recv(65536), b"")) or b"null")
    except (FileNotFoundError, ConnectionError, json.JSONDecodeError) as error:
        raise ConnectionError(f"no daemon answers in {directory}: {error}") from None
    if reply is None:
        raise ConnectionError(f"the daemon in {directory} closed the connection")
    if failure := reply.get("error"):
        raise IngestError(failure["message"], hint=failure["hint"])
    return reply["ok"]

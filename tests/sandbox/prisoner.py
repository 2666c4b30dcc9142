"""A process that closes the sandbox on itself and prints, as JSON, what it can still do.

``python -m tests.sandbox.prisoner PDF [nobody] [landlock] [abort|spin|bloat]``: as an ordinary user;
with Landlock alone; and how to end. Its input is a life pipe: it dies when the writer goes.
"""

from __future__ import annotations

import fcntl
import json
import os
import resource
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from ingestd.sandbox import SandboxLimits, close, preload
from ingestd.sandbox.kernel import process_control
from ingestd.sandbox.landlock import landlock_abi, restrict
from tests.sandbox import attempts

NOBODY = 65534
PR_SET_NO_NEW_PRIVS = 38


def main(victim: Path, wishes: list[str]) -> None:
    preload("pypdf", "encodings")
    attempts.read_pypdf(victim.read_bytes())
    tie_to(sys.stdin.fileno())
    pair = socket.socketpair()
    with victim.open("rb") as file:
        if "nobody" in wishes:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        answer = landlock_alone(victim) if "landlock" in wishes else everything(victim, file.fileno(), pair)
    print(json.dumps(answer), flush=True)  # noqa: T201 - its parent reads it
    end(wishes[-1] if wishes else "")


def tie_to(life: int) -> None:
    """Have the kernel kill this process when the writer of the pipe goes, as workers do."""
    fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(life, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)


def everything(victim: Path, pdf: int, pair: tuple[socket.socket, socket.socket]) -> dict[str, Any]:
    forbidden = attempts.file_attempts(victim) | attempts.other_attempts(victim, pair[0].fileno())
    forbidden["raise memory"] = attempts.raise_limit(resource.RLIMIT_AS)
    forbidden["raise files"] = attempts.raise_limit(resource.RLIMIT_NOFILE)
    forbidden["thread"] = attempts.start_thread
    began = time.perf_counter()
    report = close(SandboxLimits(memory=512 << 20)).to_dict()
    milliseconds = (time.perf_counter() - began) * 1000
    return {
        "report": report,
        "milliseconds": milliseconds,
        "forbidden": attempts.outcomes(forbidden),
        "needs": attempts.outcomes(attempts.needs(pair, pdf)),
    }


def landlock_alone(victim: Path) -> dict[str, Any]:
    parent = os.getppid()
    port = socket.create_server(("127.0.0.1", 0)).getsockname()
    forbidden = attempts.file_attempts(victim)
    process_control(PR_SET_NO_NEW_PRIVS, 1)  # what an ordinary user's Landlock asks for first
    restrict(landlock_abi(), 1)
    return {
        "abi": landlock_abi(),
        "files": attempts.outcomes(forbidden),
        "network": attempts.outcomes({"connect": lambda: socket.create_connection(port, 5)}),
        "signals": attempts.outcomes({"kill": lambda: os.kill(parent, 0)}),
    }


def end(how: str) -> None:
    if how == "abort":
        os.abort()
    while how == "spin":
        pass
    if how == "bloat":
        bytearray(600 << 20)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])

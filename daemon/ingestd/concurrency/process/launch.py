"""Launching the process that will be a forkserver: light, so that a program can do it before all else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import ingestd
from ingestd.concurrency.process.channel import pair

_ROOT = os.path.dirname(ingestd.__path__[0])  # noqa: PTH120 (pathlib is slow to load, and this process is waited for)
"""The directory on the path that holds our package: a source checkout's as well as an installed one's."""

_BOOT = """\
import sys
sys.path[:] = [{root!r}, *filter(None, sys.path)]
from ingestd.concurrency.process.forkserver import main
main({control}, {life}, {preload!r})
"""


class Launch:
    """A forkserver's process, not set up yet, and our ends to it."""

    def __init__(
        self,
        preload: tuple[str, ...] = (),
        environment: tuple[tuple[str, str], ...] = (),
        executable: str | bytes = sys.executable,
    ) -> None:
        self.preload, self.environment, self.caller = preload, environment, os.getpid()
        self.channel, theirs = pair()
        life, self.life = os.pipe2(os.O_CLOEXEC)
        try:
            self.pid = _spawn(executable, theirs.fileno(), life, preload, environment)
        except BaseException:
            self.channel.close()
            os.close(self.life)
            raise
        finally:
            theirs.close()
            os.close(life)


_early: list[Launch] = []


def head_start(*preload: str, environment: tuple[tuple[str, str], ...] = ()) -> None:
    """Launch a forkserver that imports ``preload`` while this process goes on importing what it needs.

    The first executor here whose ``WorkerOptions`` name the same modules and the same ``environment`` takes it
    over. The modules must be found by the path that any Python has: this process's own is told only then.
    """
    _early.append(Launch(preload, environment))


def taken_over(preload: tuple[str, ...], environment: tuple[tuple[str, str], ...]) -> Launch | None:
    """The launch that was made beforehand for these, if there is one: it is the caller's from now on."""
    for launch in _early:
        if launch.caller != os.getpid():  # this is a fork: it is its parent's
            continue
        if (launch.preload, launch.environment) == (preload, environment):
            _early.remove(launch)
            return launch
    return None


def _spawn(
    executable: str | bytes,
    control: int,
    life: int,
    preload: tuple[str, ...],
    environment: tuple[tuple[str, str], ...],
) -> int:
    flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    code = _BOOT.format(root=_ROOT, control=control, life=life, preload=preload)
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        # Onto itself: that clears close-on-exec, in the child only.
        (os.POSIX_SPAWN_DUP2, control, control),
        (os.POSIX_SPAWN_DUP2, life, life),
    ]
    return os.posix_spawn(
        executable,
        [executable, *flags, "-c", code],
        {**os.environ, **dict(environment)},
        file_actions=actions,
        setsigmask=(),  # a caller's blocked SIGCHLD or SIGXCPU would be blocked in all workers
        setsigdef=(signal.SIGXCPU, signal.SIGCHLD),
    )

"""A throw-away machine for tests: the real systemd as PID 1 over a copy-on-write view of this system.

Made of name spaces (mounts, processes, host name, IPC, control groups) and an overlay file system whose
changes live in memory, so nothing done in it is seen outside, and all of it is gone when it ends. The
network is the caller's. It takes root, and a kernel that lets root make these things:
``Host.unavailable()`` says why not.

    with Host.boot() as host:
        host.run("systemctl", "start", "something")
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.eventually import eventually

INIT = "/lib/systemd/systemd"
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Run as PID 1 of the new name spaces: lay the root, move into it, become systemd.
# $1: the system to stand on, $2: an empty folder, $3...: folders to show inside, read-only, as /mnt/NAME.
_BECOME_A_MACHINE = r"""
set -eu
lower=$1 room=$2; shift 2
mount -t tmpfs -o size=75%,mode=755 room "$room"
mkdir "$room/changes" "$room/work" "$room/root"
mount -t overlay -o "lowerdir=$lower,upperdir=$room/changes,workdir=$room/work" overlay "$room/root"
cd "$room/root"
mkdir -p proc sys dev run tmp mnt
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 run run
mount -t tmpfs -o mode=1777 tmp tmp
mount -t tmpfs -o mode=755 dev dev
for node in null zero full random urandom tty; do
    : > "dev/$node"
    mount --bind "/dev/$node" "dev/$node"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts dev/pts
mount -t tmpfs -o mode=1777 shm dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
for shown; do
    mkdir -p "mnt/${shown##*/}"
    mount --bind "$shown" "mnt/${shown##*/}"
    mount -o remount,bind,ro "mnt/${shown##*/}"
done
# None of the services that this system would start by itself.
rm -rf etc/systemd/system/*.wants
mkdir -p etc/systemd/journald.conf.d
printf '[Journal]\nStorage=volatile\nReadKMsg=no\n' > etc/systemd/journald.conf.d/host.conf
tr -d - < /proc/sys/kernel/random/uuid > etc/machine-id
mkdir -p mnt/.outside
pivot_root . mnt/.outside
cd /
umount -l /mnt/.outside
exec env -i "PATH=$SEARCH_PATH" container=throw-away \
    /lib/systemd/systemd --unit=multi-user.target --show-status=0
"""


class HostError(RuntimeError):
    """The machine could not be made or did not come up."""


class Host:
    """One running machine. Use as a context manager, or call ``halt``."""

    def __init__(self, shell: subprocess.Popen[bytes], room: Path, group: Path | None) -> None:
        self._shell = shell
        self._room = room
        self._group = group
        self._init = 0

    @staticmethod
    def unavailable() -> str:
        """Why no machine can be made here, or an empty string."""
        if os.geteuid() != 0:
            return "a throw-away host takes root"
        if not Path(INIT).exists():
            return "a throw-away host needs systemd (Debian: apt-get install systemd)"
        missing = [tool for tool in ("unshare", "nsenter", "setpriv", "pivot_root") if not shutil.which(tool)]
        if missing:
            return f"a throw-away host needs {', '.join(missing)}"
        probe = subprocess.run(
            [
                "unshare",
                *_NAME_SPACES,
                "sh",
                "-c",
                "mount -t tmpfs probe /mnt && mount -t cgroup2 probe /mnt",
            ],
            capture_output=True,
            text=True,
        )
        return f"no name spaces here: {probe.stderr.strip()}" if probe.returncode else ""

    @classmethod
    def boot(cls, lower: Path = Path("/"), shown: Sequence[Path] = ()) -> Self:
        """A machine standing on the system at ``lower``; each folder of ``shown`` is /mnt/NAME, read-only."""
        room = Path(tempfile.mkdtemp(prefix="host-"))
        group = _own_control_group()
        enter = ["sh", "-c", 'echo $$ > "$0/cgroup.procs"; exec "$@"', str(group)] if group else []
        name_spaces = ["setpriv", "--pdeathsig", "KILL", "unshare", *_NAME_SPACES]
        become = ["sh", "-c", _BECOME_A_MACHINE, "boot", str(lower), str(room), *map(str, shown)]
        with room.with_suffix(".log").open("wb") as log:
            shell = subprocess.Popen(
                [*enter, *name_spaces, *become],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={"PATH": SEARCH_PATH, "SEARCH_PATH": SEARCH_PATH},
            )
        host = cls(shell, room, group)
        try:
            host._await_boot()
        except BaseException:
            host.halt()
            raise
        return host

    def _await_boot(self) -> None:
        children = Path(f"/proc/{self._shell.pid}/task/{self._shell.pid}/children")

        def up() -> bool:
            if self._shell.poll() is not None:
                raise HostError(f"the host ended while booting: {self._log()}")
            with suppress(OSError):
                self._init = int((children.read_text().split() or ["0"])[0])
            state = (
                self.run("systemctl", "is-system-running", check=False).stdout.strip() if self._init else ""
            )
            return state in ("running", "degraded")

        try:
            eventually(up, within=60.0)
        except AssertionError:
            raise HostError(f"the host did not boot within 60 s: {self._log()}") from None

    def _log(self) -> str:
        return self._room.with_suffix(".log").read_text(errors="replace")[-2000:]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.halt()

    def halt(self) -> None:
        """End the machine at once, with all that runs in it."""
        self._shell.kill()
        self._shell.wait()
        if self._group:
            _remove_control_group(self._group)
        self._room.with_suffix(".log").unlink(missing_ok=True)
        self._room.rmdir()

    def path(self, inside: str) -> Path:
        """A path of the machine as root can use it from outside."""
        return Path(f"/proc/{self._init}/root{inside}")

    def run(
        self,
        *command: str,
        user: str = "root",
        check: bool = True,
        timeout: float = 60.0,
        environ: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run ``command`` inside to its end, as ``user`` with their groups; what it says is captured."""
        become = [] if user == "root" else ["runuser", "--user", user, "--"]
        inside = ["nsenter", "--target", str(self._init)]
        inside += ["--mount", "--uts", "--ipc", "--pid", "--cgroup", "--wd=/"]
        result = subprocess.run(
            [*inside, *become, *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            env={"PATH": SEARCH_PATH, "LANG": "C.UTF-8", "HOME": "/root", **(environ or {})},
        )
        if check and result.returncode:
            raise AssertionError(f"{command} ended with {result.returncode}:\n{result.stdout}{result.stderr}")
        return result

    def add_user(self, name: str, *groups: str) -> None:
        """An ordinary user, a member of ``groups``."""
        if self.run("id", name, check=False).returncode == 0:  # of the system below: hidden in here alone
            self.run("userdel", "--remove", name, check=False)
        self.run("useradd", "--create-home", name)
        for group in groups:
            self.run("usermod", "--append", "--groups", group, name)

    def journal(self, *selection: str) -> list[dict[str, Any]]:
        """Journal entries that ``journalctl`` gives for ``selection``, oldest first."""
        lines = self.run(
            "journalctl", "--output=json", "--no-pager", "--quiet", *selection
        ).stdout.splitlines()
        return [json.loads(line) for line in lines]


_NAME_SPACES = ("--mount", "--uts", "--ipc", "--cgroup", "--pid", "--fork", "--kill-child")


def _own_control_group() -> Path | None:
    """A control group for the machine alone, where this system has the unified hierarchy and lets us."""
    for line in Path("/proc/mounts").read_text().splitlines():
        _, mounted, kind, *_ = line.split()
        if kind == "cgroup2":
            group = Path(mounted) / f"host-{uuid.uuid4().hex[:8]}"
            try:
                group.mkdir()
            except OSError:
                return None
            return group
    return None


def _remove_control_group(group: Path) -> None:
    def removed() -> bool:
        with suppress(OSError):
            for folder, _, _ in os.walk(group, topdown=False):
                Path(folder).rmdir()
        return not group.exists()

    eventually(removed, within=10.0, message=f"{group} is still in use")

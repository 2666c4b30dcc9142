"""What the operator wrote: one TOML file, validated as a whole, then frozen.

``load`` returns ``Settings`` or raises one ``ConfigError`` that names *every* wrong field with its
value and the rule it breaks. Environment variables override single fields:
``INGESTD_<SECTION>_<FIELD>`` (as ``INGESTD_LIMITS_MAX_PAGES=500``), and the engine's own names
(``MAX_PARALLEL_WORKERS``, ``CPU_THRESHOLD``, ...).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal

from ingestd.errors import ConfigError
from ingestd.model import AfterAccept, Priority
from ingestd.rules import Wrong, choice, flag, number, place, section, sections, size, taken, texts, whole
from ingestd.system import SYSTEM_STATE

DEFAULT_INCLUDE = ("*.pdf",)
DEFAULT_IGNORE = (
    ".*",  # dotfiles: rsync's and Syncthing's temporaries are among them
    "~*",  # Syncthing on Windows shares, office programs' lock files
    "*~",
    "*.part", "*.partial", "*.filepart", "*.crdownload", "*.download", "*.opdownload",  # browsers, WinSCP
    "*.tmp", "*.temp", "*.swp", "*.swx", "*.!sync", "*.bts", "*.aria2",
    "@eaDir", "#recycle", "lost+found", "System Volume Information", "__MACOSX",
)  # fmt: skip


@dataclass(frozen=True)
class Inbox:
    """One watched directory and its policy."""

    path: Path = place()
    recursive: bool = flag(True)
    priority: Priority = choice(Priority.NORMAL)
    after: AfterAccept = choice(AfterAccept.ARCHIVE)
    include: tuple[str, ...] = texts(DEFAULT_INCLUDE)
    ignore: tuple[str, ...] = texts(DEFAULT_IGNORE)
    tags: tuple[str, ...] = texts()
    subfolder_tags: bool = flag(True)


@dataclass(frozen=True)
class Limits:
    """What one document may cost."""

    max_file_size: int = size(2 * 1024**3)
    max_pages: int = whole(20_000, 1)
    max_text: int = size(256 * 1024**2)
    """Bytes of text of one document."""
    worker_memory: int = size(1024**3, 128 * 1024**2, "the parser does not start below")
    """Address space of one worker."""
    seconds_base: float = number(30.0)
    seconds_per_page: float = number(2.0)
    seconds_per_mib: float = number(2.0)


@dataclass(frozen=True)
class Executors:
    """Sizes of the three executors; 0 means: choose for this machine."""

    io_workers: int = whole(20, 1, 1024)
    chunk_workers: int = whole(16, 1, 1024)
    cpu_workers: int = whole(0, 0, 1024)
    memory_limit: int = size(0)
    """Memory of the daemon with its workers; 0 takes the unit's ``MemoryHigh`` or no limit."""


@dataclass(frozen=True)
class Throttle:
    """When to work less because others need the machine."""

    enabled: bool = flag(True)
    cpu_threshold: float = number(85.0, 100)
    memory_threshold: float = number(80.0, 100)


@dataclass(frozen=True)
class Retry:
    """How failures are tried again."""

    max_attempts: int = whole(5, 1, 100)
    """Attempts at a document before it goes to quarantine."""
    first_delay: float = number(2.0)
    max_delay: float = number(600.0)
    call_attempts: int = whole(3, 1, 20)
    """Tries of one transient operation inside an attempt."""


@dataclass(frozen=True)
class Breaker:
    """When to stop hammering a resource that fails."""

    failure_threshold: int = whole(5, 1)
    recovery_timeout: float = number(60.0)


@dataclass(frozen=True)
class Pdf:
    """How PDFs are read."""

    engine: Literal["auto", "pdfium", "pypdf"] = choice("auto", "pdfium", "pypdf")
    """``auto``: pdfium, and pypdf for what pdfium cannot read."""
    passwords: tuple[str, ...] = texts()
    range_pages: int = whole(48, 1, 1000)
    """Pages in one page range."""


@dataclass(frozen=True)
class Concepts:
    """Key phrases of a document."""

    limit: int = whole(15, 0, 200)


@dataclass(frozen=True)
class Watch:
    """How inboxes are watched."""

    rescan_interval: float = number(300.0)
    guard_interval: float = number(5.0)
    poll_interval: float = number(10.0)
    """On file systems that send no events (NFS, CIFS, FUSE)."""
    settle_quiet: float = number(2.0)
    """A file of unknown completeness must rest this long."""
    settle_quiet_unfinished: float = number(30.0)
    """The same for a file without a PDF's end."""


@dataclass(frozen=True)
class Log:
    """What is logged and how."""

    level: Literal["debug", "info", "warning", "error"] = choice("info", "debug", "warning", "error")
    format: Literal["auto", "json", "console"] = choice("auto", "json", "console")
    """``auto``: coloured lines on a terminal, JSON elsewhere."""


@dataclass(frozen=True)
class Settings:
    """The whole configuration."""

    state_dir: Path = place(SYSTEM_STATE)
    runtime_dir: Path | None = place(None)
    """Where the control socket lies; the state directory when not set."""
    drain_timeout: float = number(25.0)
    """Seconds that work in flight may take to finish after SIGTERM."""
    inbox: tuple[Inbox, ...] = sections(Inbox)
    limits: Limits = section(Limits)
    executors: Executors = section(Executors)
    throttle: Throttle = section(Throttle)
    retry: Retry = section(Retry)
    breaker: Breaker = section(Breaker)
    pdf: Pdf = section(Pdf)
    concepts: Concepts = section(Concepts)
    watch: Watch = section(Watch)
    log: Log = section(Log)

    def __post_init__(self) -> None:
        paths = [i.path for i in self.inbox]
        for index, path in enumerate(paths):
            for other in paths[:index]:
                if path == other or (path.is_relative_to(other) or other.is_relative_to(path)):
                    raise ValueError(
                        f"inbox {str(path)!r} and inbox {str(other)!r} must not contain each other"
                    )
            if path.is_relative_to(self.state_dir) or self.state_dir.is_relative_to(path):
                raise ValueError(f"inbox {str(path)!r} and state_dir {str(self.state_dir)!r} must lie apart")

    @property
    def control_dir(self) -> Path:
        """The directory of the control socket."""
        return self.runtime_dir or self.state_dir


def load(
    file: Path | None = None,
    *,
    inboxes: Sequence[Path] = (),
    state_dir: Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Settings from ``file`` (none: the defaults), the environment, then the command line, the last one wins.

    Raises ``ConfigError`` naming every wrong field.
    """
    raw = _read(file) if file is not None else {}
    _override(raw, environ)
    if inboxes:
        raw["inbox"] = [{"path": path} for path in inboxes]
    if state_dir is not None:
        raw["state_dir"] = state_dir
        raw.pop("runtime_dir", None)
    return settings_of(raw, file)


def settings_of(raw: Mapping[str, Any], file: Path | None = None) -> Settings:
    """The settings that ``raw`` says, which is what stands in ``file``. Raises ``ConfigError``."""
    try:
        return taken(Settings, raw)
    except Wrong as error:
        problems = [
            {"field": name, "value": repr(value)[:200], "rule": rule} for name, value, rule in error.problems
        ]
    except ValueError as error:
        problems = [{"field": "(whole file)", "value": "", "rule": str(error)}]
    raise _config_error(problems, file)


def _read(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"cannot read the configuration {str(file)!r}: {error.strerror}",
            hint="Name an existing file with --config, readable for the user the daemon runs as.",
            file=str(file),
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{str(file)!r} is not valid TOML: {error}", hint="Mend the line named.", file=str(file)
        ) from None


# The engine's own names for some fields, as its users know them.
_ENGINE_NAMES = {
    "MAX_PARALLEL_WORKERS": ("executors", "cpu_workers"),
    "CPU_THRESHOLD": ("throttle", "cpu_threshold"),
    "MEMORY_THRESHOLD": ("throttle", "memory_threshold"),
    "ENABLE_AUTO_THROTTLE": ("throttle", "enabled"),
}


def _override(raw: dict[str, Any], environ: Mapping[str, str]) -> None:
    for variable, (table, setting) in _ENGINE_NAMES.items():
        if variable in environ:
            raw.setdefault(table, {})[setting] = environ[variable]
    for field in fields(Settings):
        if is_dataclass(field.default):
            for inner in fields(field.default):
                if (key := f"INGESTD_{field.name}_{inner.name}".upper()) in environ:
                    raw.setdefault(field.name, {})[inner.name] = environ[key]
        elif field.name != "inbox" and (key := f"INGESTD_{field.name}".upper()) in environ:
            raw[field.name] = environ[key]


def _config_error(problems: list[dict[str, str]], file: Path | None) -> ConfigError:
    where = f" in {str(file)!r}" if file else ""
    count = "1 error" if len(problems) == 1 else f"{len(problems)} errors"
    lines = "".join(f"\n  {p['field']} = {p['value']}: {p['rule']}" for p in problems)
    return ConfigError(
        f"the configuration has {count}{where}:{lines}",
        hint="Mend the fields named, then check with `ingestd --check-config`.",
        problems=problems,
    )

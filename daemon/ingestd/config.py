"""What the operator wrote: one TOML file, validated as a whole, then frozen.

``load`` returns ``Settings`` or raises one ``ConfigError`` that names *every* wrong field with its
value and the rule it breaks. Environment variables override single fields:
``INGESTD_<SECTION>_<FIELD>`` (as ``INGESTD_LIMITS_MAX_PAGES=500``), and the engine's own names
(``MAX_PARALLEL_WORKERS``, ``CPU_THRESHOLD``, ...).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ByteSize, ConfigDict, Field, ValidationError, field_validator, model_validator

from ingestd.errors import ConfigError
from ingestd.model import AfterAccept, Priority
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

Fraction = Annotated[float, Field(gt=0, le=1)]
Percent = Annotated[float, Field(gt=0, le=100)]
Seconds = Annotated[float, Field(gt=0)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Inbox(_Section):
    """One watched directory and its policy."""

    path: Path
    recursive: bool = True
    priority: Priority = Priority.NORMAL
    after: AfterAccept = AfterAccept.ARCHIVE
    include: tuple[str, ...] = DEFAULT_INCLUDE
    ignore: tuple[str, ...] = DEFAULT_IGNORE
    tags: tuple[str, ...] = ()
    subfolder_tags: bool = True

    @field_validator("path")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return Path(os.path.abspath(value.expanduser()))


class Limits(_Section):
    """What one document may cost."""

    max_file_size: ByteSize = ByteSize(2 * 1024**3)
    max_pages: int = Field(20_000, ge=1)
    max_text: ByteSize = ByteSize(256 * 1024**2)
    """Bytes of text of one document."""
    worker_memory: ByteSize = ByteSize(1024**3)
    """Address space of one worker."""
    seconds_base: Seconds = 30.0
    seconds_per_page: Seconds = 2.0
    seconds_per_mib: Seconds = 2.0

    @field_validator("worker_memory")
    @classmethod
    def _room_for_a_parser(cls, value: ByteSize) -> ByteSize:
        if value < 128 * 1024**2:
            raise ValueError("must be at least 128MiB, the parser does not start below")
        return value


class Executors(_Section):
    """Sizes of the three executors; 0 means: choose for this machine."""

    io_workers: int = Field(20, ge=1, le=1024)
    chunk_workers: int = Field(16, ge=1, le=1024)
    cpu_workers: int = Field(0, ge=0, le=1024)
    memory_limit: ByteSize = ByteSize(0)
    """Memory of the daemon with its workers; 0 takes the unit's ``MemoryHigh`` or no limit."""


class Throttle(_Section):
    """When to work less because others need the machine."""

    enabled: bool = True
    cpu_threshold: Percent = 85.0
    memory_threshold: Percent = 80.0


class Retry(_Section):
    """How failures are tried again."""

    max_attempts: int = Field(5, ge=1, le=100)
    """Attempts at a document before it goes to quarantine."""
    first_delay: Seconds = 2.0
    max_delay: Seconds = 600.0
    call_attempts: int = Field(3, ge=1, le=20)
    """Tries of one transient operation inside an attempt."""


class Breaker(_Section):
    """When to stop hammering a resource that fails."""

    failure_threshold: int = Field(5, ge=1)
    recovery_timeout: Seconds = 60.0


class Pdf(_Section):
    """How PDFs are read."""

    engine: Literal["auto", "pdfium", "pypdf"] = "auto"
    """``auto``: pdfium, and pypdf for what pdfium cannot read."""
    passwords: tuple[str, ...] = ()
    range_pages: int = Field(48, ge=1, le=1000)
    """Pages in one page range."""


class Concepts(_Section):
    """Key phrases of a document."""

    limit: int = Field(15, ge=0, le=200)


class Watch(_Section):
    """How inboxes are watched."""

    rescan_interval: Seconds = 300.0
    guard_interval: Seconds = 5.0
    poll_interval: Seconds = 10.0
    """On file systems that send no events (NFS, CIFS, FUSE)."""
    settle_quiet: Seconds = 2.0
    """A file of unknown completeness must rest this long."""
    settle_quiet_unfinished: Seconds = 30.0
    """The same for a file without a PDF's end."""


class Log(_Section):
    """What is logged and how."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = "auto"
    """``auto``: coloured lines on a terminal, JSON elsewhere."""


class Settings(_Section):
    """The whole configuration."""

    state_dir: Path = SYSTEM_STATE
    runtime_dir: Path | None = None
    """Where the control socket lies; the state directory when not set."""
    drain_timeout: Seconds = 25.0
    """Seconds that work in flight may take to finish after SIGTERM."""
    inbox: tuple[Inbox, ...] = ()
    limits: Limits = Limits()
    executors: Executors = Executors()
    throttle: Throttle = Throttle()
    retry: Retry = Retry()
    breaker: Breaker = Breaker()
    pdf: Pdf = Pdf()
    concepts: Concepts = Concepts()
    watch: Watch = Watch()
    log: Log = Log()

    @field_validator("state_dir", "runtime_dir")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return None if value is None else Path(os.path.abspath(value.expanduser()))

    @model_validator(mode="after")
    def _inboxes_apart(self) -> Settings:
        paths = [i.path for i in self.inbox]
        for index, path in enumerate(paths):
            for other in paths[:index]:
                if path == other or (path.is_relative_to(other) or other.is_relative_to(path)):
                    raise ValueError(
                        f"inbox {str(path)!r} and inbox {str(other)!r} must not contain each other"
                    )
            if path.is_relative_to(self.state_dir) or self.state_dir.is_relative_to(path):
                raise ValueError(f"inbox {str(path)!r} and state_dir {str(self.state_dir)!r} must lie apart")
        return self

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
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        raise _config_error(error, file) from None


def _read(file: Path) -> dict[str, Any]:
    import tomllib  # a pass over one inbox reads none

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
    for name, (section, field) in _ENGINE_NAMES.items():
        if name in environ:
            raw.setdefault(section, {})[field] = environ[name]
    for name, kind in Settings.model_fields.items():
        section_type = kind.annotation
        if isinstance(section_type, type) and issubclass(section_type, _Section):
            for field in section_type.model_fields:
                key = f"INGESTD_{name}_{field}".upper()
                if key in environ:
                    raw.setdefault(name, {})[field] = environ[key]
        elif name != "inbox" and (key := f"INGESTD_{name}".upper()) in environ:
            raw[name] = environ[key]


def _config_error(error: ValidationError, file: Path | None) -> ConfigError:
    problems = [_problem(dict(e)) for e in error.errors(include_url=False)]
    where = f" in {str(file)!r}" if file else ""
    count = "1 error" if len(problems) == 1 else f"{len(problems)} errors"
    lines = "".join(f"\n  {p['field']} = {p['value']}: {p['rule']}" for p in problems)
    return ConfigError(
        f"the configuration has {count}{where}:{lines}",
        hint="Mend the fields named, then check with `ingestd --check-config`.",
        problems=problems,
    )


def _problem(error: dict[str, Any]) -> dict[str, str]:
    field = ".".join(str(part) for part in error["loc"]) or "(whole file)"
    rule = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        rule = "no such setting"
    value = "" if field == "(whole file)" else repr(error["input"])
    return {"field": field, "value": value[:200], "rule": rule}

"""What the operator wrote is taken as a whole, or every error is named at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestd import config
from ingestd.errors import ConfigError
from ingestd.model import AfterAccept, Priority


def load(tmp_path: Path, text: str, **environ: str) -> config.Settings:
    file = tmp_path / "ingestd.toml"
    file.write_text(text)
    return config.load(file, environ=environ)


def problems(tmp_path: Path, text: str, **environ: str) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text, **environ)
    return {p["field"]: p["rule"] for p in caught.value.context["problems"]}


def test_an_inbox_needs_a_path_alone(tmp_path: Path) -> None:
    """Everything else has a sensible default."""
    (inbox,) = load(tmp_path, f'[[inbox]]\npath = "{tmp_path}/in"').inbox
    assert (True, Priority.NORMAL, AfterAccept.ARCHIVE) == (inbox.recursive, inbox.priority, inbox.after)


def test_every_error_is_named_at_once(tmp_path: Path) -> None:
    """Field, value and rule of each; a typing error in a name is one too."""
    found = problems(
        tmp_path,
        'drain_timeout = 0\nspol = 1\n[[inbox]]\npath = "/in"\npriority = "urgent"\n[limits]\nworker_memory = "1MiB"',
    )
    assert {"drain_timeout", "spol", "inbox.0.priority", "limits.worker_memory"} == set(found)
    assert "no such setting" == found["spol"]
    assert "128MiB" in found["limits.worker_memory"]


@pytest.mark.parametrize(
    "text",
    [
        '[[inbox]]\npath = "/a"\n[[inbox]]\npath = "/a/b"',
        '[[inbox]]\npath = "/a"\n[[inbox]]\npath = "/a"',
        'state_dir = "/a/state"\n[[inbox]]\npath = "/a"',
        'state_dir = "/a"\n[[inbox]]\npath = "/a/in"',
    ],
)
def test_directories_lie_apart(tmp_path: Path, text: str) -> None:
    """An inbox in an inbox would be taken twice; one around the state would swallow it."""
    assert {"(whole file)"} == set(problems(tmp_path, text))


def test_the_environment_overrides_fields(tmp_path: Path) -> None:
    """By section and field, and by the engine's own names."""
    settings = load(
        tmp_path,
        "[limits]\nmax_pages = 7",
        INGESTD_LIMITS_MAX_PAGES="9",
        INGESTD_DRAIN_TIMEOUT="3.5",
        MAX_PARALLEL_WORKERS="3",
        ENABLE_AUTO_THROTTLE="false",
        CPU_THRESHOLD="70",
    )
    assert (9, 3.5) == (settings.limits.max_pages, settings.drain_timeout)
    assert (3, False, 70.0) == (
        settings.executors.cpu_workers,
        settings.throttle.enabled,
        settings.throttle.cpu_threshold,
    )
    assert {"throttle.cpu_threshold"} == set(problems(tmp_path, "", CPU_THRESHOLD="700"))


def test_the_command_line_comes_last(tmp_path: Path) -> None:
    """Its inboxes replace those of the file, and its state directory brings the socket along."""
    file = tmp_path / "c.toml"
    file.write_text('state_dir = "/a"\nruntime_dir = "/run/a"\n[[inbox]]\npath = "/in"')
    settings = config.load(file, inboxes=[Path("rel")], state_dir=tmp_path / "s", environ={})
    assert [Path.cwd() / "rel"] == [inbox.path for inbox in settings.inbox]
    assert (tmp_path / "s", tmp_path / "s") == (settings.state_dir, settings.control_dir)


def test_a_file_that_is_no_toml_or_not_there_is_said_so(tmp_path: Path) -> None:
    """With the line, or the reason."""
    with pytest.raises(ConfigError, match="line 1"):
        load(tmp_path, "= nonsense")
    with pytest.raises(ConfigError, match="No such file"):
        config.load(tmp_path / "none.toml", environ={})

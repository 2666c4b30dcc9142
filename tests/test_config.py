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


RIGHT = [
    ("limits", "max_pages", 7, 7),
    ("limits", "max_pages", 7.0, 7),
    ("limits", "max_pages", " 7 ", 7),
    ("limits", "max_text", 1000, 1000),
    ("limits", "max_text", "1000", 1000),
    ("limits", "max_text", "64MiB", 64 * 1024**2),
    ("limits", "max_text", "1.5 gb", 1_500_000_000),
    ("limits", "seconds_base", 3, 3.0),
    ("limits", "seconds_base", "0.5", 0.5),
    ("throttle", "enabled", False, False),
    ("throttle", "enabled", "Off", False),
    ("throttle", "enabled", "yes", True),
    ("throttle", "enabled", 1, True),
    ("log", "level", "debug", "debug"),
    ("pdf", "passwords", [" a ", "b"], ("a", "b")),
]
"""Section, setting, what is written, what it means."""


@pytest.mark.parametrize(("section", "name", "written", "meant"), RIGHT)
def test_values_are_taken_as_they_are_meant(section: str, name: str, written: object, meant: object) -> None:
    """Numbers, sizes with units, yes and no, also as texts: the environment has nothing else."""
    settings = config.settings_of({section: {name: written}})
    assert repr(meant) == repr(getattr(getattr(settings, section), name))


WRONG = [
    ("limits", "max_pages", 0, "of at least 1"),
    ("limits", "max_pages", 7.5, "a whole number"),
    ("limits", "max_pages", True, "a whole number"),
    ("limits", "max_pages", float("inf"), "a whole number"),
    ("executors", "io_workers", 1025, "from 1 to 1024"),
    ("limits", "max_text", "12 parsecs", "64MiB"),
    ("limits", "max_text", -1, "64MiB"),
    ("limits", "seconds_base", float("nan"), "above 0"),
    ("limits", "seconds_base", "soon", "above 0"),
    ("throttle", "cpu_threshold", 101, "at most 100"),
    ("throttle", "enabled", "maybe", "true or false"),
    ("throttle", "enabled", [], "true or false"),
    ("log", "level", "loud", '"debug"'),
    ("pdf", "passwords", "secret", "a list"),
]
"""Section, setting, what is written, what the rule says among others."""


@pytest.mark.parametrize(("section", "name", "written", "said"), WRONG)
def test_a_rule_says_what_must_be_so(section: str, name: str, written: object, said: str) -> None:
    """The operator learns what to write, not only that it is wrong."""
    with pytest.raises(ConfigError) as caught:
        config.settings_of({section: {name: written}})
    (problem,) = caught.value.context["problems"]
    assert (f"{section}.{name}", repr(written)) == (problem["field"], problem["value"])
    assert said in problem["rule"]


def test_what_is_wrong_inside_of_something_is_named_by_its_place() -> None:
    """The third text of a list, the second inbox; a table that is none; an inbox without its path."""
    raw = {
        "pdf": {"passwords": ["a", "b", 3]},
        "inbox": [{"path": "/in"}, {}, {"path": "/other", "tag": []}],
        "watch": 5,
    }
    with pytest.raises(ConfigError) as caught:
        config.settings_of(raw)
    fields = {problem["field"] for problem in caught.value.context["problems"]}
    assert {"pdf.passwords.2", "inbox.1.path", "inbox.2.tag", "watch"} == fields

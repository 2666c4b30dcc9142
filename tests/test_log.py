"""Logs are data: whatever comes in, one JSON object a line comes out."""

from __future__ import annotations

import base64
import json
import logging
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd import log


@pytest.fixture(autouse=True)
def _quiet_afterwards() -> object:
    handlers = list(logging.getLogger().handlers)
    yield
    logging.getLogger().handlers[:] = handlers
    logging.captureWarnings(False)


def test_a_line_is_one_object_with_its_keys_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    """timestamp in UTC, level, event, then the rest."""
    log.configure("info", "json").info("document.accepted", doc="ab", path=b"/in/a.pdf", bytes=3)
    line = json.loads(capsys.readouterr().out)
    assert ["timestamp", "level", "event", "doc", "path", "bytes"] == list(line)
    assert line["timestamp"].endswith("Z")
    assert ("info", "document.accepted", "/in/a.pdf") == (line["level"], line["event"], line["path"])


def test_a_path_that_is_not_utf8_loses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """As text with escapes, and as base64."""
    raw = b"/in/\xff\n\x1b[31m.pdf"
    log.configure("info", "json").info("inbox.ignored", path=raw)
    out = capsys.readouterr().out
    assert 1 == out.count("\n")
    assert out.isascii()
    assert raw == base64.b64decode(json.loads(out)["path_b64"])


@given(
    st.dictionaries(st.text(min_size=1), st.text() | st.integers() | st.binary(), max_size=5),
    st.integers(0, 30_000),
)
def test_any_event_is_one_bounded_line_of_ascii_json(fields: dict[str, object], length: int) -> None:
    """journald cuts long lines and breaks their JSON: ours are cut before, and stay whole."""
    event = {"timestamp": "t", "level": "info", "event": "e", "long": "\U0001f426" * length, "f": fields}
    line = log.JsonLine(prefix=True)(None, "info", event)
    assert line.startswith("<6>{")
    assert line.isascii()
    assert "\n" not in line
    assert len(line) <= log.MAX_LINE + 3
    assert "e" == json.loads(line[3:])["event"]


@pytest.mark.parametrize(("level", "priority"), [("debug", 7), ("info", 6), ("warning", 4), ("error", 3)])
def test_the_journal_gets_a_priority(level: str, priority: int) -> None:
    """So that ``journalctl -p`` filters."""
    assert log.JsonLine(prefix=True)(None, level, {"level": level}).startswith(f"<{priority}>")


def test_the_journal_is_known_by_its_inode() -> None:
    """``JOURNAL_STREAM`` names the device and inode of our standard output, or it is not the journal."""
    program = "import os,sys; from ingestd import log; print(log.under_journald(sys.stdout), file=sys.stderr)"
    read, write = os.pipe()
    where = os.fstat(write)
    for stream, expected in ((f"{where.st_dev}:{where.st_ino}", "True"), ("1:1", "False")):
        done = subprocess.run(
            [sys.executable, "-c", program],
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"JOURNAL_STREAM": stream},
        )
        assert expected == done.stderr.strip()
    os.close(read)
    os.close(write)


def test_other_libraries_speak_through_us(capsys: pytest.CaptureFixture[str]) -> None:
    """A warning on any standard logger is an event of ours, its traceback inside the object."""
    log.configure("info", "json")
    try:
        raise ValueError("no")
    except ValueError:
        logging.getLogger("watchdog.observers").exception("trouble\nin two lines")
    (line,) = capsys.readouterr().out.splitlines()
    event = json.loads(line)
    assert ("error", "log.message", "trouble\nin two lines") == (
        event["level"],
        event["event"],
        event["message"],
    )
    assert "ValueError: no" in event["exception"]


def test_a_terminal_is_told_nothing_it_would_obey(capsys: pytest.CaptureFixture[str]) -> None:
    """Escape sequences and marks of direction in a name are shown, not sent."""
    log.configure("info", "console").info("inbox.ignored", path=b"/in/\x1b]0;owned\x07.pdf", name="a\u202ebc")
    out = capsys.readouterr().out
    assert "\x1b]0" not in out
    assert "\u202e" not in out
    assert "\\x1b]0;owned\\x07" in out


@given(st.text())
def test_printable_text_prints(text: str) -> None:
    """Any text at all, lone surrogates included."""
    shown = log.printable(text)
    shown.encode("utf-8")
    assert all(c.isprintable() for c in shown)

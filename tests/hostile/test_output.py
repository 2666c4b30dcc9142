"""What hostile PDFs say of themselves reaches no terminal: every command prints it escaped, and valid JSON."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from ingestd.ctl import main
from tests.hostile.conftest import Siege

pytestmark = pytest.mark.timeout(180)  # the first test waits for all documents of the siege
EVIL, LONG, BAD = "evil strings", "a long title", "an unknown handler"
COMMANDS = {
    "ls": ["ls"],
    "quarantined": ["ls", "--status", "quarantined"],
    "search": ["search", "visible OR harmless", "--limit", "100"],
    "concepts": ["concepts"],
    "show": ["show", EVIL],
    "show text": ["show", EVIL, "--text"],
    "show chunks": ["show", EVIL, "--chunks"],
    "show concepts": ["show", EVIL, "--concepts"],
    "show related": ["show", EVIL, "--related"],
    "show long": ["show", LONG],
    "show quarantined": ["show", BAD],
    "status": ["status"],
}
FORBIDDEN = {*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)} - {0x0A}
"""Controls of both sets, and what turns the direction of writing; a line may end."""


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_prints_what_a_terminal_obeys(siege: Siege, name: str) -> None:
    """No escape sequence, no control character, no turned writing; UTF-8 all through."""
    printed = ctl(siege, COMMANDS[name])
    text = printed.decode("utf-8")
    assert text
    assert not {hex(ord(c)) for c in text} & {hex(c) for c in FORBIDDEN}


@pytest.mark.parametrize("name", COMMANDS)
def test_json_is_valid_and_plain(siege: Siege, name: str) -> None:
    """One JSON value that any reader takes; it holds no raw control character either."""
    printed = ctl(siege, [*COMMANDS[name], "--json"])
    json.loads(printed)
    assert printed.isascii()
    assert not set(printed) & (FORBIDDEN - {0x0A})


def test_metadata_is_bounded_and_clean(siege: Siege) -> None:
    """A title of a million letters is no title; no lone surrogate is kept; an impossible date is no date."""
    title = json.loads(ctl(siege, ["show", LONG, "--json"]))["metadata"]["title"]
    assert len(title) <= 2000
    detail = json.loads(ctl(siege, ["show", EVIL, "--json"]))
    json.dumps(detail).encode("utf-8")
    assert "" == detail["metadata"]["created"]
    assert "left \ufffd alone \ufffd pair" == detail["metadata"]["author"]


def test_the_log_is_one_object_a_line(siege: Siege) -> None:
    """Each line is ASCII JSON with a time, a level and an event, and is short enough for the journal."""
    for line in siege.daemon.log_file.read_bytes().splitlines():
        entry = json.loads(line)
        assert {"timestamp", "level", "event"} <= entry.keys()
        assert line.isascii()
        assert len(line) <= 48 * 1024


def ctl(siege: Siege, arguments: list[str]) -> bytes:
    """The bytes that ``ingestctl`` prints; names of cases are replaced by their documents."""
    words = [siege.rows[word].sha256 if word in siege.rows else word for word in arguments]
    done = CliRunner().invoke(main, [*words, "--config", str(siege.daemon.config)])
    assert 0 == done.exit_code, done.output
    return done.output_bytes

"""``ingestd --once`` and ``--check-config``: exit statuses that scripts can rely on."""

from __future__ import annotations

import subprocess
import sys

from tests.life.daemon import Daemon
from tests.pdfs import encrypted, pdf, prose


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from ingestd.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def test_once_ends_with_0_when_all_is_done(daemon: Daemon) -> None:
    """It takes what is there and exits."""
    for n in range(3):
        daemon.drop(f"{n}.pdf", pdf(prose(n)))
    daemon.start("--once", ready=False)
    assert 0 == daemon.wait()
    assert 3 == daemon.documents().done
    assert "stopped" == daemon.ctl("status")["daemon"]


def test_once_ends_with_1_when_something_is_quarantined(daemon: Daemon) -> None:
    """The rest is done all the same."""
    daemon.drop("a.pdf", pdf(prose(1)))
    daemon.drop("b.pdf", encrypted(pdf(prose(2)), "?"))
    daemon.start("--once", ready=False)
    assert 1 == daemon.wait()
    counts = daemon.documents()
    assert (1, 1) == (counts.done, counts.quarantined)


def test_once_works_with_directories_from_the_command_line(daemon: Daemon) -> None:
    """No configuration file is needed."""
    daemon.drop("a.pdf", pdf(prose(1)))
    done = run("--once", "--inbox", str(daemon.inbox), "--state-dir", str(daemon.state))
    assert (0, "") == (done.returncode, done.stderr)
    assert 1 == daemon.documents().done


def test_check_config_names_every_error(daemon: Daemon) -> None:
    """Exit status 78, and field, value and rule of each."""
    daemon.configure("[limits]\nmax_pages = 0\nno_such = 1\n[log]\nlevel = 'loud'")
    done = run("--check-config", "--config", str(daemon.config))
    assert 78 == done.returncode
    for part in ("limits.max_pages = 0", "limits.no_such = 1: no such setting", "log.level = 'loud'"):
        assert part in done.stderr


def test_a_good_configuration_is_said_to_be_good(daemon: Daemon) -> None:
    """Exit status 0."""
    done = run("--check-config", "--config", str(daemon.config))
    assert (0, "The configuration is valid.\n") == (done.returncode, done.stdout)


def test_no_inbox_is_a_configuration_error(daemon: Daemon) -> None:
    """There is nothing to watch: say so, do not sit idle."""
    daemon.config.write_text(f'state_dir = "{daemon.state}"\n')
    done = run("--config", str(daemon.config))
    assert 78 == done.returncode
    assert "no inbox is configured" in done.stderr

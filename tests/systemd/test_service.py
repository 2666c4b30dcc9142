"""The daemon's life under the real systemd."""

from __future__ import annotations

import pytest

from tests.eventually import eventually
from tests.systemd.service import CONFIG, INBOX, Service, a_pdf

pytestmark = pytest.mark.systemd


def test_a_member_s_pdf_is_catalogued(running: Service) -> None:
    """A member of the group copies a PDF into the inbox: it is catalogued, found, and gone from the inbox."""
    path = running.drop("report.pdf", a_pdf("The quarterly figures of the lighthouse"))
    row = running.document("report.pdf")
    assert (row["status"], row["pages"], row["sources"]) == ("done", 1, [path])
    assert [hit["id"] for hit in running.ctl("search", "lighthouse")] == [row["id"]]
    assert running.host.run("ls", path, check=False).returncode != 0
    (event,) = [e for e in running.events_named("document.ingested") if e["doc"] == row["id"]]
    assert (event["path"], event["inbox"], event["pages"]) == (path, INBOX, 1)


@pytest.mark.parametrize("umask", ["022", "077"])
def test_a_member_s_own_folder(running: Service, umask: str) -> None:
    """Folders that members make inside the inbox are emptied too, however private their umask makes them."""
    name = f"umask-{umask}.pdf"
    running.host.run("sh", "-c", f"umask {umask}; mkdir -p {INBOX}/folder-{umask}/inner", user="anna")
    path = running.drop(f"folder-{umask}/inner/{name}", a_pdf(f"Dropped under umask {umask}"))
    assert running.document(name)["status"] == "done"
    eventually(lambda: running.host.run("ls", path, check=False).returncode != 0, within=10.0)


def test_the_journal_filters_by_priority(running: Service) -> None:
    """`journalctl -p warning` shows what needs a person, one JSON object a line, and not the daily work."""
    running.drop("broken.pdf", b"%PDF-1.7\nthis is none\n%%EOF\n")
    running.drop("sound.pdf", a_pdf("A sound document"))
    broken, sound = running.document("broken.pdf"), running.document("sound.pdf")
    assert (broken["status"], sound["status"]) == ("quarantined", "done")
    assert broken["error"]["message"]
    warned = {line.get("doc") for line in running.events("--priority=warning")}
    assert (broken["id"] in warned, sound["id"] in warned) == (True, False)


def test_workers_are_locked_in(running: Service) -> None:
    """The unit leaves every layer of the workers' sandbox in force; the daemon says which it reached."""
    (ready,) = running.events_named("daemon.ready", "--boot", f"_PID={running.show('MainPID')}")
    assert ready["sandbox"]["missing"] == {}


def test_a_good_configuration_is_taken_over(running: Service) -> None:
    """`systemctl reload` puts a changed configuration in force without a restart."""
    before, pid = running.read_config(), running.show("MainPID")
    running.host.run("install", "-d", "-o", "ingestd", "-g", "ingestd", "-m", "3770", "/srv/ingestd/second")
    running.write_config(before + '\n[[inbox]]\npath = "/srv/ingestd/second"\ntags = ["second"]\n')
    running.host.run("systemctl", "reload", "ingestd")
    running.drop("by-the-second.pdf", a_pdf("It came in by the second inbox"), folder="/srv/ingestd/second")
    assert running.document("by-the-second.pdf")["status"] == "done"
    assert running.events_named("config.reloaded")
    running.write_config(before)
    running.host.run("systemctl", "reload", "ingestd")
    assert (running.show("MainPID"), running.show("ActiveState")) == (pid, "active")


def test_a_bad_configuration_changes_nothing(running: Service) -> None:
    """A wrong file is refused as a whole: the command fails, the journal says which field, work goes on."""
    before, pid = running.read_config(), running.show("MainPID")
    running.write_config(before.replace("#max_pages = 20000", "max_pages = -1"))
    told = running.host.run("systemctl", "reload", "ingestd", check=False)
    running.write_config(before)
    assert told.returncode != 0
    (refusal,) = running.events_named("config.reloaded", "--priority=err")
    assert "max_pages" in str(refusal["error"])
    running.drop("after-all.pdf", a_pdf("Work goes on after all"))
    assert running.document("after-all.pdf")["status"] == "done"
    assert running.show("MainPID") == pid


def test_a_wrong_configuration_is_not_retried(service: Service) -> None:
    """A start that cannot succeed fails once, with status 78, and systemd leaves it at that."""
    service.stop()
    before = service.read_config()
    service.write_config("drain_timeout = -1\n")
    assert service.host.run("systemctl", "start", "ingestd", check=False).returncode != 0
    outcome = (service.show("ExecMainStatus"), service.show("NRestarts"), service.show("ActiveState"))
    service.write_config(before)
    service.host.run("systemctl", "reset-failed", "ingestd")
    assert outcome == ("78", "0", "failed")


def test_stopped_in_the_middle_it_loses_nothing(running: Service) -> None:
    """`systemctl stop` under full load ends well; the next start finishes the rest, each document once."""
    names = {
        f"load-{number:03}.pdf": a_pdf(f"Document {number} of the load", pages=40) for number in range(80)
    }
    done = len(running.documents("done"))
    running.drop_many(names)
    eventually(lambda: len(running.documents("done")) > done + 3, within=60.0)
    running.stop()
    assert (running.show("Result"), running.show("ExecMainStatus")) == ("success", "0")
    running.start()
    eventually(lambda: len(running.documents("done")) == done + len(names), within=90.0)
    sources = [source for row in running.documents("done") for source in row["sources"]]
    assert sorted(s for s in sources if "/load-" in s) == sorted(f"{INBOX}/{name}" for name in names)
    assert running.host.run("sh", "-c", f"ls {INBOX}/load-*", check=False).returncode != 0


def test_a_killed_daemon_comes_back(running: Service) -> None:
    """SIGKILL to the daemon: no worker outlives it, systemd starts it again, and it works."""
    pid = running.show("MainPID")
    running.host.run("systemctl", "kill", "--kill-whom=main", "--signal=KILL", "ingestd")
    eventually(
        lambda: running.show("MainPID") not in ("0", pid) and running.show("ActiveState") == "active",
        within=30.0,
    )
    running.drop("reborn.pdf", a_pdf("Dropped after the kill"))
    assert running.document("reborn.pdf")["status"] == "done"


def test_the_watchdog_is_fed(running: Service) -> None:
    """systemd's watchdog is armed, and the daemon, idle or not, answers it."""
    assert running.show("WatchdogUSec") not in ("0", "infinity")
    assert running.show("WatchdogTimestampMonotonic") != "0"


def test_root_s_commands_leave_the_state_to_the_daemon(running: Service) -> None:
    """`ingestctl` as root with the daemon stopped leaves nothing behind that the daemon cannot open."""
    running.stop()
    # An orphan in the spool, so that there is something to mend.
    orphan = running.host.path(f"/var/lib/ingestd/spool/{'0' * 64}.pdf")
    orphan.write_bytes(b"%PDF-1.7 nobody's")
    running.host.run("chown", "ingestd:ingestd", f"/var/lib/ingestd/spool/{orphan.name}")
    running.ctl("status")
    running.ctl("retry", "--all")
    running.host.run("ingestctl", "verify", "--repair")
    running.start()
    strange = running.host.run("find", "/var/lib/ingestd", "-not", "-user", "ingestd")
    assert strange.stdout == ""


def test_the_journal_is_free_of_tracebacks(running: Service) -> None:
    """Nothing that happened in these tests was unexpected: no traceback reached the operator."""
    assert [
        entry for entry in running.host.journal("--unit=ingestd") if "Traceback" in str(entry["MESSAGE"])
    ] == []


def test_check_config_as_an_administrator_runs_it(service: Service) -> None:
    """`ingestd --check-config` needs no more than the file."""
    service.host.run("ingestd", "--check-config", "--config", CONFIG)

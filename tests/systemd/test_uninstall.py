"""Upgrading and removing the service. Last in this folder: what it removes is gone for the others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.systemd.service import CONFIG, INBOX, STATE, Service, a_pdf

pytestmark = pytest.mark.systemd


@pytest.fixture(scope="module")
def newer(service: Service, checkout: Path) -> str:
    """A checkout of a version to come, on the host."""
    copy = service.host.path("/root/newer")
    shutil.copytree(checkout, copy)
    project, shipped = copy / "pyproject.toml", copy / "etc/ingestd.toml"
    project.write_text(project.read_text().replace('version = "', 'version = "99.', 1))
    shipped.write_text(shipped.read_text() + "\n# New in this version.\n")
    return "/root/newer"


def test_an_upgrade_keeps_what_was_edited(running: Service, newer: str) -> None:
    """A running daemon goes on beside a new version, an edited configuration stays; a restart changes."""
    edited = running.read_config() + "\n# Edited here.\n"
    running.write_config(edited)
    pid = running.show("MainPID")
    said = running.make("install", newer)
    assert "systemctl restart ingestd" in said
    assert (running.read_config(), running.show("MainPID")) == (edited, pid)
    assert "New in this version" in running.host.run("cat", f"{CONFIG}.new").stdout
    running.drop("between.pdf", a_pdf("Dropped between the versions"))
    assert running.document("between.pdf")["status"] == "done"
    running.host.run("systemctl", "restart", "ingestd", timeout=120)
    assert running.show("MainPID") != pid
    running.drop("upgraded.pdf", a_pdf("Dropped after the upgrade"))
    assert running.document("upgraded.pdf")["status"] == "done"


def test_an_uninstallation_leaves_state_and_configuration(service: Service, newer: str) -> None:
    """After `make uninstall` catalog, archive and configuration are there, and nothing else of ours."""
    waiting = service.host.run("ls", "-A", INBOX).stdout
    service.make("uninstall", newer)
    places = ("/etc", "/opt", "/run", "/srv", "/usr/local", "/var/lib", "/var/log")
    left = service.host.run("find", *places, "-name", "*ingestd*", "-prune").stdout.split()
    expected = [STATE, "/etc/ingestd", *(["/srv/ingestd"] if waiting else [])]
    assert sorted(left) == sorted(expected)
    service.host.run("test", "-s", f"{STATE}/catalog.db")
    service.host.run("test", "-s", CONFIG)
    assert service.show("LoadState") == "not-found"

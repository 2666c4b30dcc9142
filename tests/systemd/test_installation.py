"""What `make install` lays, and who may do what with it."""

from __future__ import annotations

import pytest

from tests.eventually import eventually
from tests.systemd.service import CONFIG, INBOX, STATE, Service

pytestmark = pytest.mark.systemd


def test_it_starts_at_once(service: Service) -> None:
    """After `make install`, `systemctl start ingestd` works: no other step, and no checkout, is needed."""
    service.start()
    assert service.show("ActiveState") == "active"
    eventually(lambda: service.show("StatusText"))
    assert service.events_named("daemon.ready")
    assert [line["inbox"] for line in service.events_named("inbox.watching")] == [INBOX]


def test_the_installation_is_root_s(service: Service) -> None:
    """The daemon's user owns nothing of what it runs, and cannot write there."""
    not_root_s = ["-not", "-user", "root", "-o", "-perm", "/022", "-not", "-type", "l"]
    assert service.host.run("find", "/opt/ingestd", *not_root_s).stdout == ""


def test_it_is_compiled(service: Service) -> None:
    """No source is compiled again at each start: the service could not keep the result."""
    (packages,) = service.host.path("/opt/ingestd/releases").glob("*/lib/python*/site-packages")
    sources = list((packages / "ingestd").rglob("*.py"))
    uncompiled = [s for s in sources if not list((s.parent / "__pycache__").glob(f"{s.stem}.*.pyc"))]
    assert sources
    assert uncompiled == []


def test_exposure_as_installed(running: Service) -> None:
    """Installed, the service has no network, and systemd rates its exposure as next to nothing."""
    report = running.host.run("systemd-analyze", "security", "--no-pager", "ingestd.service").stdout
    assert float(report.rsplit("ingestd.service: ", 1)[1].split()[0]) <= 0.6


def test_the_network_can_be_allowed(service: Service) -> None:
    """Masking the drop-in, as the manual says, gives the network back."""
    service.host.run("mkdir", "-p", "/etc/systemd/system/ingestd.service.d")
    service.host.run("ln", "-s", "/dev/null", "/etc/systemd/system/ingestd.service.d/no-network.conf")
    service.host.run("systemctl", "daemon-reload")
    allowed = service.show("PrivateNetwork")
    service.host.run("rm", "-r", "/etc/systemd/system/ingestd.service.d")
    service.host.run("systemctl", "daemon-reload")
    assert (allowed, service.show("PrivateNetwork")) == ("no", "yes")


@pytest.mark.parametrize("user", ["anna", "otto"])
@pytest.mark.parametrize("path", [STATE, f"{STATE}/catalog.db", "/run/ingestd", CONFIG])
def test_nobody_else_reads_the_state(running: Service, user: str, path: str) -> None:
    """Neither an inbox member nor a stranger reads catalog, archive, control socket or passwords."""
    running.host.run("test", "-e", path)
    seen = running.host.run("sh", "-c", f"ls {path}/ || cat {path}", user=user, check=False)
    assert seen.returncode != 0
    assert seen.stdout == ""


def test_a_stranger_has_no_way_into_the_inbox(service: Service) -> None:
    """Who is not in the group neither lists nor fills the inbox."""
    seen = service.host.run("sh", "-c", f"ls {INBOX} || touch {INBOX}/otto.pdf", user="otto", check=False)
    assert seen.returncode != 0


def test_members_do_not_remove_each_other_s_files(service: Service) -> None:
    """The inbox is shared, its files are not."""
    service.stop()
    path = service.drop("anna-s.pdf.part", b"unfinished", user="anna")
    assert service.host.run("rm", "-f", path, user="bert", check=False).returncode != 0
    assert service.host.run("rm", "-f", path, user="anna").returncode == 0

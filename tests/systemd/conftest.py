"""One throw-away host for all tests here, with ingestd installed as an administrator would."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.host import Host
from tests.systemd.service import Service

TOP = Path(__file__).parents[2]
INSTALLED_FROM = (
    "Makefile",
    "pyproject.toml",
    "constraints.txt",
    "setup.py",
    "MANIFEST.in",
    "README.md",
    "LICENSE",
)
INSTALLED_FROM_FOLDERS = ("daemon", "systemd", "etc", "docs", ".make")


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, as a clone has them."""
    copy = tmp_path_factory.mktemp("clone") / "checkout"
    copy.mkdir()
    for name in INSTALLED_FROM:
        if (TOP / name).exists():
            shutil.copy(TOP / name, copy)
    for name in INSTALLED_FROM_FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "*.so", "build")
        shutil.copytree(TOP / name, copy / name, ignore=ignored)
    return copy


@pytest.fixture(scope="session")
def host(checkout: Path) -> Iterator[Host]:
    """A machine with the sources read-only at /mnt/checkout."""
    if reason := Host.unavailable():
        pytest.skip(reason)
    with Host.boot(shown=[checkout]) as host:
        yield host


@pytest.fixture(scope="session")
def service(host: Host) -> Service:
    """Installed by `make install` from sources that cannot be written and are gone afterwards.

    anna and bert are members of the inbox, otto is none.
    """
    service = Service(host)
    service.make("install")
    host.run("umount", "/mnt/checkout")
    host.add_user("anna", "ingestd")
    host.add_user("bert", "ingestd")
    host.add_user("otto")
    return service


@pytest.fixture
def running(service: Service) -> Service:
    """The service, started, with the configuration it was installed with."""
    service.start()
    return service

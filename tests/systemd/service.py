"""What an administrator and a member of the inbox do with the installed service, as the tests say it."""

from __future__ import annotations

import io
import json
import os
import shlex
import shutil
from pathlib import Path
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from tests.eventually import eventually
from tests.host import Host

CONFIG = "/etc/ingestd/ingestd.toml"
INBOX = "/srv/ingestd/inbox"
STATE = "/var/lib/ingestd"

# How this system reaches its packages is nobody's business but its own: handed on as it is.
_REACHING_PACKAGES = (
    "PIP_",
    "SSL_CERT_",
    "REQUESTS_CA_BUNDLE",
    "http_proxy",
    "https_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
)


def a_pdf(text: str, pages: int = 1) -> bytes:
    """A PDF whose every page says ``text`` and its number."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for number in range(1, pages + 1):
        canvas.drawString(72, 700, f"{text}, page {number}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


class Service:
    """The service on a throw-away host."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def make(self, target: str, checkout: str = "/mnt/checkout") -> str:
        """``sudo make TARGET`` in the checkout; what it says."""
        environ = {name: value for name, value in os.environ.items() if name.startswith(_REACHING_PACKAGES)}
        result = self.host.run("make", "-C", checkout, target, timeout=300, environ=environ)
        return result.stdout + result.stderr

    def start(self) -> None:
        """``systemctl start``: returns when the daemon says it is ready."""
        self.host.run("systemctl", "start", "ingestd", timeout=120)

    def stop(self) -> None:
        """``systemctl stop``: returns when the daemon has drained."""
        self.host.run("systemctl", "stop", "ingestd", timeout=120)

    def show(self, name: str) -> str:
        """A property of the unit."""
        return self.host.run("systemctl", "show", "--value", f"--property={name}", "ingestd").stdout.strip()

    def drop(self, name: str, content: bytes, user: str = "anna", folder: str = INBOX) -> str:
        """A file as ``user`` delivers it: written elsewhere, then copied into the inbox. Its path."""
        prepared = self.host.path(f"/tmp/{user}-{Path(name).name}")
        prepared.write_bytes(content)
        prepared.chmod(0o644)
        target = f"{folder}/{name}"
        self.host.run("cp", f"/tmp/{prepared.name}", target, user=user)
        prepared.unlink()
        return target

    def drop_many(self, contents: dict[str, bytes], user: str = "anna") -> None:
        """Many files in one go, renamed in."""
        prepared = self.host.path(f"/tmp/{user}-many")
        prepared.mkdir()
        for name, content in contents.items():
            (prepared / name).write_bytes(content)
        self.host.run("chown", "-R", user, f"/tmp/{user}-many")
        script = f"cp -r /tmp/{user}-many {INBOX}/.many && mv {INBOX}/.many/* {INBOX}/ && rmdir {INBOX}/.many"
        self.host.run("sh", "-c", script, user=user)
        shutil.rmtree(prepared)

    def ctl(self, *arguments: str) -> Any:
        """What ``ingestctl ... --json`` answers."""
        return json.loads(self.host.run("ingestctl", *arguments, "--json").stdout)

    def documents(self, status: str | None = None) -> list[dict[str, Any]]:
        """``ingestctl ls``."""
        rows: list[dict[str, Any]] = self.ctl("ls", *(["--status", status] if status else []))
        return rows

    def document(self, name: str, within: float = 60.0) -> dict[str, Any]:
        """The document that arrived under the file name, once it is done or quarantined."""

        def settled() -> dict[str, Any] | None:
            for row in self.documents():
                if row["status"] in ("done", "quarantined") and any(
                    Path(source).name == name for source in row["sources"]
                ):
                    return row
            return None

        try:
            row = eventually(settled, within)
        except AssertionError:
            log = self.host.run("journalctl", "--unit=ingestd", "--lines=8", "--output=cat").stdout
            raise AssertionError(
                f"{name} did not settle within {within} s; the journal ends:\n{log}"
            ) from None
        assert row is not None
        return row

    def events(self, *selection: str) -> list[dict[str, Any]]:
        """The daemon's own journal lines, decoded; each must be one JSON object."""
        entries = self.host.journal("_SYSTEMD_UNIT=ingestd.service", *selection)
        return [json.loads(entry["MESSAGE"]) for entry in entries]

    def events_named(self, event: str, *selection: str) -> list[dict[str, Any]]:
        """Those of one name."""
        return [line for line in self.events(*selection) if line["event"] == event]

    def write_config(self, text: str) -> None:
        """As an editor saves it."""
        self.host.run("sh", "-c", f"printf %s {shlex.quote(text)} > {CONFIG}")

    def read_config(self) -> str:
        """The configuration as it stands."""
        return self.host.run("cat", CONFIG).stdout

"""Opening the state directory: catalog and spool, or one clear reason why not."""

from __future__ import annotations

from ingestd import notify
from ingestd.config import Settings
from ingestd.errors import ConfigError, StorageError, TransientError
from ingestd.log import Logger
from ingestd.service.signals import Signals
from ingestd.service.steps import first_of
from ingestd.spool import Spool
from ingestd.store import Store, open_store

PATIENCE = 5.0
"""Seconds of patience asked of systemd at a time."""


async def open_state(settings: Settings, logger: Logger, signals: Signals) -> tuple[Store, Spool] | None:
    """Catalog and spool, as soon as the disk lets them be opened; none when told to stop before."""
    notifier, said = notify.connect(), ""
    while not signals.stop.is_set():
        try:
            return open_store(settings.state_dir), _open_spool(settings)
        except TransientError as error:
            if error.message != said:
                said = error.message
                logger.error("log.message", message="the daemon waits for its disk", error=error.to_dict())
                notifier.status(f"waiting for the disk: {said}")
            notifier.extend_timeout(PATIENCE)
            await first_of([signals.stop.wait()], PATIENCE / 2)
    return None


def make_state_dir(settings: Settings) -> None:
    """Raises ``ConfigError`` where it cannot be."""
    try:
        settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"cannot make the state directory {str(settings.state_dir)!r}: {error.strerror}",
            hint="Name a directory that the user ingestd runs as may write, with --state-dir or state_dir.",
        ) from None


def _open_spool(settings: Settings) -> Spool:
    try:
        return Spool(settings.state_dir, settings.limits)
    except StorageError as error:
        if error.context["errno"] in ("EACCES", "EPERM", "EROFS"):
            raise ConfigError(error.message, hint=error.hint) from None
        raise

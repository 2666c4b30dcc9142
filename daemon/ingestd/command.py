"""The command ``ingestd``: reads its options, then runs the daemon or one pass over the inboxes."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ingestd.errors import CatalogError, ConfigError, IngestError
from ingestd.system import EX_CONFIG, SYSTEM_CONFIG, VERSION, default_config

if TYPE_CHECKING:
    from ingestd.config import Settings


@click.command("ingestd", context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    help=f"Configuration file.  [default: {SYSTEM_CONFIG} where it exists and no --state-dir is given]",
)
@click.option(
    "--inbox",
    "inboxes",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Watch this directory. Repeatable.",
)
@click.option("--state-dir", type=click.Path(path_type=Path), help="Where catalog, spool and archive live.")
@click.option(
    "--once", is_flag=True, help="Ingest what is in the inboxes, then exit: 0 all done, 1 some quarantined."
)
@click.option(
    "--check-config", is_flag=True, help="Print every configuration error, then exit: 78 if there is any."
)
@click.version_option(VERSION)
def ingestd(
    file: Path | None, inboxes: tuple[Path, ...], state_dir: Path | None, once: bool, check_config: bool
) -> None:
    """Turns each PDF that is dropped in an inbox into an entry of a searchable catalog.

    Runs in the foreground until SIGTERM or Ctrl-C, then finishes what is in flight.
    """
    source = Source(file, inboxes, state_dir)
    try:
        settings = source.load()
    except ConfigError as error:
        _complain(error)
        sys.exit(EX_CONFIG)
    if check_config:
        click.echo("The configuration is valid.")
        return
    from ingestd.service.engine import start_engine

    manager = start_engine(settings)
    from ingestd.service.run import run

    try:
        status = run(settings, source.load, manager, once=once)
    except (ConfigError, CatalogError) as error:
        _complain(error)
        status = EX_CONFIG
    except IngestError as error:
        _complain(error)
        status = 1
    sys.stdout.flush()
    # Threads stuck in a dead disk or a dead network must not hold the exit; all is durable by now.
    os._exit(status)


class Source:
    """Where the settings come from, so that a reload can read them again."""

    def __init__(self, file: Path | None, inboxes: tuple[Path, ...], state_dir: Path | None) -> None:
        self._file = file or default_config(state_dir)
        self._inboxes = inboxes
        self._state_dir = state_dir

    def load(self) -> Settings:
        """The settings as they are written now; raises ``ConfigError`` naming every error."""
        from ingestd import config

        settings = config.load(self._file, inboxes=self._inboxes, state_dir=self._state_dir)
        if not settings.inbox:
            raise ConfigError(
                "no inbox is configured",
                hint="Add an [[inbox]] with its path to the configuration, or pass --inbox DIR.",
                problems=[{"field": "inbox", "value": "", "rule": "at least one is needed"}],
            )
        return settings


def _complain(error: IngestError) -> None:
    from ingestd import log

    click.echo(f"ingestd: {log.printable_lines(error.message)}", err=True)
    if error.hint:
        click.echo(f"  hint: {log.printable_lines(error.hint)}", err=True)

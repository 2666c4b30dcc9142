"""The door ``ingestctl``: what operators ask and order, with the daemon running or stopped.

Reading goes to the catalog itself; what only a running daemon knows, and what changes anything,
goes through its control socket. While no daemon runs, this process takes its lock to change something.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from ingestd import audit, config, control, log, present, status
from ingestd.errors import ConfigError, IngestError
from ingestd.flow.housekeeping import move_home
from ingestd.model import Status
from ingestd.spool import Spool
from ingestd.store import CATALOG_FILE, Catalog, Store, open_catalog, open_store
from ingestd.system import EX_CONFIG, VERSION, default_config


class Context:
    """What every command is given: where things are and how to answer."""

    def __init__(self, file: Path | None, state_dir: Path | None, as_json: bool) -> None:
        self.settings = config.load(file or default_config(state_dir), state_dir=state_dir)
        self.as_json = as_json

    @property
    def state_dir(self) -> Path:
        return self.settings.state_dir

    def daemon_runs(self) -> bool:
        """Whether a daemon works on the state directory now."""
        return control.is_running(self.state_dir)

    def ask(self, **request: Any) -> Any:
        """The running daemon's answer."""
        return control.ask(self.settings.control_dir, request)

    @contextmanager
    def catalog(self) -> Iterator[Catalog]:
        """For reading. Raises ``ConfigError`` where there is none."""
        if not (self.state_dir / CATALOG_FILE).exists():
            raise ConfigError(
                f"no catalog in {str(self.state_dir)!r}",
                hint="Name the daemon's state directory (--state-dir) or its configuration (--config).",
            )
        catalog = open_catalog(self.state_dir)
        try:
            yield catalog
        finally:
            catalog.close()

    def answer(self, value: Any, show: Callable[[], None]) -> None:
        """JSON where asked for, else what ``show`` prints."""
        if self.as_json:
            click.echo(json.dumps(value, indent=2))
        else:
            show()


Command = Callable[..., None]


def command(fn: Command) -> Command:
    """Gives ``fn`` the options that every command takes, and turns errors into one clear line."""

    @click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
    @click.option("--state-dir", type=click.Path(path_type=Path), help="The daemon's state directory.")
    @click.option("--config", "file", type=click.Path(path_type=Path), help="The daemon's configuration.")
    @functools.wraps(fn)
    def run(*args: Any, as_json: bool, state_dir: Path | None, file: Path | None, **options: Any) -> None:
        try:
            fn(Context(file, state_dir, as_json), *args, **options)
        except (IngestError, ConnectionError, PermissionError) as error:
            _fail(error, as_json)

    return run


def _fail(error: Exception, as_json: bool) -> None:
    if isinstance(error, PermissionError):
        error = IngestError(
            f"not allowed to read {error.filename!r}",
            hint="Run ingestctl as root or as the user that ingestd runs as.",
        )
    elif not isinstance(error, IngestError):
        error = IngestError(str(error), hint="Is the daemon starting or stopping? Try again in a moment.")
    if as_json:
        click.echo(json.dumps({"error": error.to_dict()}))
    click.echo(f"ingestctl: {log.printable_lines(error.message)}", err=True)
    if error.hint:
        click.echo(f"  hint: {log.printable_lines(error.hint)}", err=True)
    sys.exit(EX_CONFIG if isinstance(error, ConfigError) else 1)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION)
def main() -> None:
    """Looks into the catalog of ingestd and tells the daemon what to do."""


@main.command("status")
@command
def show_status(context: Context) -> None:
    """How the daemon is and how much there is to do."""
    if context.daemon_runs():
        answer = context.ask(op="status")
    else:
        with context.catalog() as catalog:
            answer = status.stopped(context.settings, catalog)
    context.answer(answer, lambda: present.status(answer))


@main.command("ls")
@click.option("--status", "wanted", type=click.Choice([s.value for s in Status]), help="Only these.")
@click.option("--reason", help="Only quarantined documents with this type of error.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@command
def ls(context: Context, wanted: str | None, reason: str | None, limit: int | None) -> None:
    """Documents in the order of their arrival; quarantined ones by reason."""
    with context.catalog() as catalog:
        rows = catalog.documents(Status(wanted) if wanted else None, reason=reason, limit=limit)
    listed = [row.to_dict() for row in rows]
    if wanted == Status.QUARANTINED:
        listed.sort(key=lambda row: str(row["error"]["type"]))
        context.answer(listed, lambda: present.by_reason(listed))
    else:
        context.answer(listed, lambda: present.documents(listed))


@main.command()
@click.argument("doc")
@click.option("--text", is_flag=True, help="Only the text, page by page.")
@click.option("--chunks", is_flag=True, help="Only the chunks.")
@click.option("--concepts", is_flag=True, help="Only the concepts.")
@click.option("--related", is_flag=True, help="Documents that share concepts with it.")
@command
def show(context: Context, doc: str, related: bool, **parts: bool) -> None:
    """All that is known of document DOC, the beginning of its SHA-256."""
    with context.catalog() as catalog:
        if related:
            found = [other.to_dict() for other in catalog.related(doc)]
            context.answer(found, lambda: present.related(found))
            return
        detail = catalog.show(doc).to_dict()
    parts["pages"] = parts.pop("text")
    if any(parts.values()):
        for part in (part for part, wanted in parts.items() if not wanted):
            del detail[part]
    context.answer(detail, lambda: present.document(detail, whole=not any(parts.values())))


@main.command()
@click.argument("query", required=False, default="")
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True, help="At most so many.")
@click.option("--concept", help="Only documents with this concept.")
@click.option("--tag", help="Only documents with this tag.")
@command
def search(context: Context, query: str, limit: int, concept: str | None, tag: str | None) -> None:
    """Documents that match QUERY, best first: words, "a phrase", prefix*, -word or NOT word, OR."""
    with context.catalog() as catalog:
        hits = catalog.search(query, limit, concept=concept, tag=tag)
    answer = [hit.to_dict() for hit in hits]
    context.answer(answer, lambda: present.hits(hits))


@main.command()
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many.")
@command
def concepts(context: Context, limit: int) -> None:
    """The concepts of the catalog, those of most documents first."""
    with context.catalog() as catalog:
        found = [concept.to_dict() for concept in catalog.concepts(limit)]
    context.answer(found, lambda: present.concepts(found))


@main.command()
@click.argument("docs", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All quarantined documents.")
@click.option("--reason", help="All quarantined documents with this type of error.")
@command
def retry(context: Context, docs: tuple[str, ...], every: bool, reason: str | None) -> None:
    """Puts documents back to work: quarantined ones, and those that wait for another attempt."""
    if not docs and not every and not reason:
        raise ConfigError("nothing to retry is named", hint="Name documents, or use --all or --reason TYPE.")
    if context.daemon_runs():
        retried = context.ask(op="retry", docs=list(docs), all=every, reason=reason)
    else:
        retried = _retry_stopped(context, docs, reason if reason or every else "")
    line = " ".join([f"{len(retried)} put back to work", *(document[:12] for document in retried)])
    context.answer({"retried": retried}, lambda: click.echo(line))


def _retry_stopped(context: Context, docs: tuple[str, ...], reason: str | None) -> list[str]:
    with _changing(context) as (store, spool):
        named = [store.resolve(doc) for doc in docs]
        retried = store.retry(named) if docs else store.retry_all(reason)
        for document in retried:
            if document.home is not document.place:
                move_home(spool, document)
                store.moved([document.sha256], document.home)
        return [document.sha256 for document in retried]


@main.command()
@click.option("--repair", is_flag=True, help="Put right what can be; the daemon must be stopped.")
@command
def verify(context: Context, repair: bool) -> None:
    """Checks catalog, spool, archive and quarantine against each other; every byte of every document is read.

    Exit status 1 if something is wrong (with --repair: if something still is).
    """
    if repair:
        with _changing(context) as (store, spool):
            report = audit.repair(store, spool)
    else:
        with context.catalog() as catalog:
            _become_owner(context.state_dir)
            spool = Spool(context.state_dir, context.settings.limits)
            report = audit.inspect(catalog, spool, moving=context.daemon_runs())
    answer = report.to_dict()
    context.answer(answer, lambda: present.verified(answer))
    if not report.sound:
        sys.exit(1)


@contextmanager
def _changing(context: Context) -> Iterator[tuple[Store, Spool]]:
    with context.catalog():
        _become_owner(context.state_dir)
        lock = control.StateLock(context.state_dir)
    lock.take()
    try:
        store = open_store(context.state_dir)
        try:
            yield store, Spool(context.state_dir, context.settings.limits)
        finally:
            store.close()
    finally:
        lock.release()


def _become_owner(state_dir: Path) -> None:
    """As root: the daemon's own user from now on, or it could not use what is made here."""
    owner = state_dir.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.setegid(owner.st_gid)
        os.seteuid(owner.st_uid)

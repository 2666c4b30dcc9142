"""What ``ingestctl`` prints for people. Nothing from a file reaches the terminal unescaped."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ingestd.log import printable, printable_lines
from ingestd.store import Hit

_STYLES = {"done": "green", "quarantined": "red", "retrying": "yellow", "processing": "cyan"}


def status(answer: Mapping[str, Any]) -> None:
    """``ingestctl status``."""
    console = _console()
    documents = ", ".join(f"{number} {state}" for state, number in answer["documents"].items())
    console.print(Text(f"daemon     {answer['daemon']}"))
    console.print(Text(f"documents  {documents}"))
    for inbox in answer["inboxes"]:
        lost = f" (lost: {inbox['lost']})" if inbox.get("lost") else ""
        waiting = "?" if inbox["waiting"] is None else inbox["waiting"]
        console.print(Text(f"inbox      {printable(inbox['path'])}: {waiting} waiting{lost}"))
    if answer["daemon"] == "stopped":
        return
    for name, figures in answer["executors"].items():
        line = f"{name:<10} {figures['running']} of {figures['allowed']} busy, {figures['queued']} queued"
        console.print(Text(f"{line}, {figures['completed']} completed, {figures['failed']} failed"))
    reason = f" ({answer['throttle_reason']})" if answer.get("throttle_reason") else ""
    console.print(Text(f"throttle   {answer['throttle_factor']:.0%}{reason}"))
    for name, state in answer["breakers"].items():
        console.print(Text(f"breaker    {name} {state}", style="" if state == "closed" else "red"))
        if trouble := answer.get("troubles", {}).get(name):
            console.print(_reason(trouble))
    if sandbox := answer.get("sandbox"):
        console.print(Text(f"sandbox    {sandbox['level']}"))


def documents(rows: Sequence[Mapping[str, Any]]) -> None:
    """``ingestctl ls``."""
    table = _table("id", "status", "pages", "attempts", "accepted", "source")
    for row in rows:
        source = printable(row["sources"][0]) if row["sources"] else ""
        table.add_row(
            row["id"][:12],
            Text(row["status"], style=_STYLES.get(row["status"], "")),
            "" if row["pages"] is None else str(row["pages"]),
            str(row["attempts"]),
            _when(row["accepted_at"]),
            Text(source),
        )
        if row["error"]:
            table.add_row(
                "", Text(f"  {row['error']['type']}", style="red"), "", "", "", _reason(row["error"])
            )
    _console().print(table)


def by_reason(rows: Sequence[Mapping[str, Any]]) -> None:
    """``ingestctl ls --status quarantined``: a heading for each reason."""
    console = _console()
    for reason, group in itertools.groupby(rows, key=lambda row: row["error"]["type"]):
        listed = list(group)
        console.print(Text(f"{reason} ({len(listed)})", style="bold red"))
        table = _table("id", "attempts", "accepted", "source", "reason")
        for row in listed:
            table.add_row(
                row["id"][:12],
                str(row["attempts"]),
                _when(row["accepted_at"]),
                Text(printable(row["sources"][0]) if row["sources"] else ""),
                Text(printable(row["error"]["message"])),
            )
        console.print(table)
        hint = next((row["error"]["hint"] for row in listed if row["error"]["hint"]), "")
        console.print(
            Text(printable(f"{hint} Again: `ingestctl retry --reason {reason}`".strip()), style="dim")
        )
        console.print()
    if not rows:
        console.print(Text("Nothing is quarantined."))


def verified(answer: Mapping[str, Any]) -> None:
    """``ingestctl verify``."""
    console = _console()
    for sentence in answer["catalog"]:
        console.print(Text(f"catalog    {printable(sentence)}", style="red"))
    for finding in answer["files"]:
        end = ", mended" if finding["mended"] else ""
        line = f"{finding['kind']:<10} {printable(finding['path'])}{end}"
        console.print(Text(line, style="yellow" if finding["mended"] else "red"))
    wrong = len(answer["catalog"]) + sum(not finding["mended"] for finding in answer["files"])
    verdict = "all is well" if answer["sound"] else f"{wrong} things are wrong"
    console.print(Text(f"{answer['documents']} documents: {verdict}"))


def document(detail: Mapping[str, Any], *, whole: bool) -> None:
    """``ingestctl show``."""
    console = _console()
    if whole:
        for name in ("id", "status", "attempts"):
            console.print(Text(f"{name:<10} {detail[name]}"))
        for source in detail["sources"]:
            console.print(Text(f"{'source':<10} {printable(source)}"))
        for name, value in detail["metadata"].items():
            if value:
                console.print(Text(f"{name:<10} {printable(str(value))}"))
        if detail["error"]:
            console.print(_reason(detail["error"]))
        for attempt in detail["history"]:
            reason = (
                f"  {attempt['error']['type']}: {attempt['error']['message']}" if attempt["error"] else ""
            )
            line = f"{_when(attempt['started_at'])}  {attempt['outcome']}{reason}"
            console.print(Text(f"{'attempt':<10} {attempt['number']}  {printable(line)}"))
        console.print(Text(f"{'chunks':<10} {len(detail['chunks'])}"))
    for page in detail.get("pages", ()) if not whole else ():
        console.print(Text(f"-- page {page['number']} --", style="dim"))
        console.print(Text(printable_lines(page["text"])))
    for chunk in detail.get("chunks", ()) if not whole else ():
        where = " > ".join(printable(part) for part in chunk["section"])
        console.print(Text(f"-- chunk {chunk['index']}, page {chunk['page_start']} {where} --", style="dim"))
        console.print(Text(printable_lines(chunk["text"])))
    for concept in detail.get("concepts", ()):
        console.print(Text(f"{concept['score']:>8.3f}  {printable(concept['text'])} ({concept['count']})"))


def hits(found: Sequence[Hit]) -> None:
    """``ingestctl search``."""
    console = _console()
    for hit in found:
        name = hit.title or hit.to_dict()["source"]
        console.print(Text(f"{printable(name)}, page {hit.page}  [{hit.sha256[:12]}]", style="bold"))
        snippet = Text()
        position = 0
        for start, end in hit.marks:
            snippet.append(printable(hit.snippet[position:start]))
            snippet.append(printable(hit.snippet[start:end]), style="bold yellow")
            position = end
        snippet.append(printable(hit.snippet[position:]))
        console.print(snippet)
        console.print()
    if not found:
        console.print(Text("Nothing found."))


def related(found: Sequence[Mapping[str, Any]]) -> None:
    """``ingestctl show --related``."""
    table = _table("id", "score", "document", "shared concepts")
    for other in found:
        name = Text(printable(other["title"] or other["source"]))
        shared = Text(printable(", ".join(other["shared"])))
        table.add_row(other["id"][:12], f"{other['score']:.3f}", name, shared)
    _console().print(table)


def concepts(found: Sequence[Mapping[str, Any]]) -> None:
    """``ingestctl concepts``."""
    table = _table("documents", "concept")
    for concept in found:
        table.add_row(str(concept["documents"]), Text(printable(concept["text"])))
    _console().print(table)


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _reason(error: Mapping[str, Any]) -> Text:
    hint = f" {error['hint']}" if error["hint"] else ""
    return Text(printable(f"{error['message']}{hint}"))


def _when(seconds: float | None) -> str:
    return "" if seconds is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))

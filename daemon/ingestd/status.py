"""The answer to ``ingestctl status``, in one shape whether the daemon runs or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingestd.concurrency import EXECUTOR_STATS
from ingestd.config import Inbox, Settings
from ingestd.store import Catalog
from ingestd.watch.census import count_waiting

EXECUTORS = ("io", "chunk", "cpu")


def shape(
    daemon: str,
    documents: Mapping[str, int],
    inboxes: list[dict[str, Any]],
    stats: Mapping[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """``stats`` as ``ConcurrencyManager.get_stats`` gives them; without, nothing runs."""
    stats = stats or {"executors": {}, "throttle_factor": 1.0, "breakers": {}}
    return {
        "daemon": daemon,
        "documents": dict(documents),
        "executors": {
            name: stats["executors"].get(name) or dict.fromkeys(EXECUTOR_STATS, 0) for name in EXECUTORS
        },
        "throttle_factor": stats["throttle_factor"],
        "breakers": {name: breaker["state"] for name, breaker in stats["breakers"].items()},
        "inboxes": inboxes,
        **more,
    }


def inbox_line(inbox: Inbox, catalog: Catalog, **more: Any) -> dict[str, Any]:
    """One inbox of the answer; counts its files."""
    return {"path": str(inbox.path), "waiting": count_waiting(inbox, catalog.known), **more}


def stopped(settings: Settings, catalog: Catalog) -> dict[str, Any]:
    """The answer while no daemon runs."""
    counts = catalog.counts().to_dict()
    # A claim of a run that is over holds nothing: the document waits.
    counts["spooled"] += counts["processing"]
    counts["processing"] = 0
    return shape("stopped", counts, [inbox_line(inbox, catalog) for inbox in settings.inbox])

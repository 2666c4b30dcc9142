"""What we are, and what the system and we have agreed upon; light, since the doors ask it before all else."""

from __future__ import annotations

from pathlib import Path

VERSION = "0.1.0"
"""What ``pyproject.toml`` reads too; to ask an installation's metadata takes as long as all of asyncio."""
SYSTEM_CONFIG = Path("/etc/ingestd/ingestd.toml")
"""The service's."""
SYSTEM_STATE = Path("/var/lib/ingestd")
EX_CONFIG = 78
"""Exit status when something the operator wrote must be mended first (sysexits.h)."""


def default_config(state_dir: Path | None) -> Path | None:
    """The configuration where none is named: the service's if there is one.

    None where a state directory is named: that is not the service's, nor are its passwords and limits.
    """
    return SYSTEM_CONFIG if state_dir is None and SYSTEM_CONFIG.exists() else None

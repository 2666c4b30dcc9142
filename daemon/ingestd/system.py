"""What we are, and what the system and we have agreed upon; light, since the doors ask it before all else."""

from __future__ import annotations

from pathlib import Path

VERSION = "0.1.0"
"""What ``pyproject.toml`` reads too; to ask an installation's metadata takes as long as all of asyncio."""
SYSTEM_CONFIG = Path("/etc/ingestd/ingestd.toml")
"""Read where no other configuration is named."""
SYSTEM_STATE = Path("/var/lib/ingestd")
EX_CONFIG = 78
"""Exit status when something the operator wrote must be mended first (sysexits.h)."""

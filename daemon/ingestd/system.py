"""What the system and we have agreed upon; light, since the doors ask it before they import anything."""

from __future__ import annotations

from pathlib import Path

SYSTEM_CONFIG = Path("/etc/ingestd/ingestd.toml")
"""Read where no other configuration is named."""
SYSTEM_STATE = Path("/var/lib/ingestd")
EX_CONFIG = 78
"""Exit status when something the operator wrote must be mended first (sysexits.h)."""

"""Tests of importing ahead."""

from __future__ import annotations

import subprocess
import sys


def test_every_module_below_a_package_is_loaded() -> None:
    """After it, codecs and filters that a PDF may ask for need no file; what would not load is named."""
    script = (
        "import sys; from ingestd.sandbox import preload; failed = preload('pypdf', 'encodings');"
        "assert {'pypdf.filters', 'encodings.charmap', 'encodings.big5'} <= set(sys.modules);"
        "print(*failed)"
    )
    result = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert "encodings.mbcs" in result.stdout.split()  # of Windows alone

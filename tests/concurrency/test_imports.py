"""What importing costs: a worker process must not load what only its parent needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"psutil", "tenacity", "tqdm", "asyncio", "pydantic", "ingestd.concurrency.manager"}


@pytest.mark.parametrize("module", ["ingestd", "ingestd.concurrency", "ingestd.concurrency.batch"])
def test_import_is_light(module: str) -> None:
    """The packages themselves and what workers use of them load nothing heavy."""
    script = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert not HEAVY & set(loaded.split())


def test_every_public_name_is_there() -> None:
    """Names that load late load at all, in both packages; others are an AttributeError."""
    import ingestd
    from ingestd import concurrency

    for package in (ingestd, concurrency):
        for name in package.__all__:
            assert getattr(package, name) is not None
        with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
            _ = package.nonsense

"""The examples of docs/engine.md run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ingestd.concurrency import EXECUTOR_STATS
from ingestd.concurrency.config import VARIABLES

TEXT = (Path(__file__).parents[2] / "docs" / "engine.md").read_text(encoding="utf-8")


def examples() -> list[object]:
    """Every Python block, named by its heading and its number under it."""
    found, heading, number = [], "", 0
    for part in re.split(r"(^#+ [^\n]*$|^```python\n.*?^```$)", TEXT, flags=re.MULTILINE | re.DOTALL):
        if part.startswith("#"):
            heading, number = part.lstrip("# "), 0
        elif part.startswith("```python"):
            number += 1
            code = part.removeprefix("```python\n").removesuffix("```")
            found.append(pytest.param(code, id=f"{heading} {number}"))
    return found


@pytest.mark.parametrize("code", examples())
def test_example(code: str, capfd: pytest.CaptureFixture[str]) -> None:
    """The example ends well and says nothing on standard error."""
    exec(compile(code, "docs/engine.md", "exec"), {"__name__": "example"})
    assert capfd.readouterr().err == ""


def test_page_names_every_figure_and_variable() -> None:
    """What the code documents, the page does."""
    for name in EXECUTOR_STATS:
        assert f"`{name}`" in TEXT or re.sub(r"^(p95|p99)_.*", r"`\1_…`", name) in TEXT
    for name in VARIABLES:
        assert f"`{name}`" in TEXT

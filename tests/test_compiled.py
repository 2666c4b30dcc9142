"""C modules are optional: their absence is silent, their damage is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestd import compiled


def test_one_that_was_not_built_is_none() -> None:
    """No compiler was there: nothing is said."""
    assert compiled.load("ingestd._never_built") is None


def test_one_that_cannot_be_loaded_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its plain way takes its place, and somebody learns why all is slow."""
    (tmp_path / "_spoiled.abi3.so").write_bytes(b"no module")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.warns(RuntimeWarning, match="_spoiled is left out"):
        assert compiled.load("_spoiled") is None


def test_all_are_named() -> None:
    """What setup.py builds is what is asked for."""
    setup = (Path(__file__).parents[1] / "setup.py").read_text(encoding="utf-8")
    assert [name for name in compiled.MODULES if f'"{name}"' not in setup] == []
    assert setup.count('"ingestd.') == len(compiled.MODULES)


def test_whoever_installs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing, what that costs, what to do; nothing where nothing is missing."""
    monkeypatch.setattr(compiled, "MODULES", ("json", "ingestd._never_built"))
    assert "missing: ingestd._never_built" in compiled.advice()
    assert "apt-get install" in compiled.advice()
    monkeypatch.setattr(compiled, "MODULES", ("json",))
    assert compiled.advice() == ""

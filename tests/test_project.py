"""The project's frame: what an installation finds, and that its parts say the same."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ingestd.system import VERSION

TOP = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _pins() -> dict[str, str]:
    lines = (TOP / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(";")[0].split("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(name): release.strip() for name, release in pairs}


def test_the_installed_version_is_the_project_s() -> None:
    """What runs is what stands here."""
    assert VERSION == version("ingestd")


def test_the_changelog_tells_of_this_version() -> None:
    """No version without a word on what changed."""
    assert f"## {VERSION}" in (TOP / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_readme_names_the_two_commands() -> None:
    """Whoever clones finds `make run` and `make test`."""
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    assert "make run" in readme
    assert "make test" in readme


def test_the_licence_is_apache() -> None:
    """The licence file is the one that the metadata names."""
    assert PROJECT["license"] == "Apache-2.0"
    assert "Apache License" in (TOP / "LICENSE").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["ingestd", "ingestctl"])
def test_commands_load(command: str) -> None:
    """Both commands are installed and lead to something that can be called."""
    (entry,) = entry_points(group="console_scripts", name=command)
    assert callable(entry.load())


def test_every_requirement_is_pinned_within_its_bounds() -> None:
    """An installation is repeatable: each requirement has one exact release, which the bounds allow."""
    extras = PROJECT["optional-dependencies"]
    requirements = [Requirement(line) for line in [*PROJECT["dependencies"], *extras["dev"]]]
    pins = _pins()
    missing = [r.name for r in requirements if canonicalize_name(r.name) not in pins]
    outside = [
        str(r) for r in requirements if not r.specifier.contains(pins.get(canonicalize_name(r.name), "0"))
    ]
    assert (missing, outside) == ([], [])


def test_runtime_requirements_have_lower_bounds() -> None:
    """A too old release is refused by the installer, not met at run time."""
    assert [line for line in PROJECT["dependencies"] if ">=" not in line] == []


def test_nothing_is_fetched_from_a_named_host() -> None:
    """Packages come from where the user's pip and apt are told to look."""
    scripts = [TOP / "Makefile", TOP / "pyproject.toml", TOP / "constraints.txt", *(TOP / ".make").iterdir()]
    named = [
        s.name for s in scripts if re.search(r"--(extra-)?index-url|https?://", s.read_text(encoding="utf-8"))
    ]
    assert named == []

"""Prisoners for the tests of the sandbox."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdf
import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.sandbox.attempts import LINE

ROOT = Path(__file__).parents[2]


@dataclass
class Prisoner:
    process: subprocess.Popen[str]
    answer: dict[str, Any]


@pytest.fixture(scope="session")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One page, encrypted with AES-256 and the empty password."""
    plain = io.BytesIO()
    canvas = Canvas(plain)
    canvas.drawString(72, 720, LINE)
    canvas.save()
    writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(plain))
    writer.encrypt("", "owner", algorithm="AES-256")
    path = tmp_path_factory.mktemp("sandbox") / "sealed.pdf"
    writer.write(path)
    return path


@pytest.fixture
def imprison(pdf: Path) -> Iterator[Callable[..., Prisoner]]:
    """Start a prisoner; what it can do is in its answer. It is ended with the test."""
    started = []

    def start(*wishes: str) -> Prisoner:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.sandbox.prisoner", str(pdf), *wishes],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        started.append(process)
        assert process.stdout is not None and process.stderr is not None
        line = process.stdout.readline()
        assert line, process.stderr.read()
        return Prisoner(process, json.loads(line))

    yield start
    for process in started:
        with process:
            process.kill()

from collections.abc import Callable, Sequence
from typing import Any

from ingestd.pdf.layout import Line

def in_order(lines: Sequence[Line]) -> list[Line]: ...
def ties(lines: Sequence[Line], mark: Callable[[str], Any]) -> str: ...

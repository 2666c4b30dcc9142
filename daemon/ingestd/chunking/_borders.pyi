from collections.abc import Callable
from typing import Any

from ingestd.chunking.harm import Border

def strong(
    text: str,
    extent: tuple[int, int],
    caseless: bool,
    harm: tuple[float, float, float, float, float, float],
    kinds_of: Callable[[int], int],
    weight_of: Callable[[str], int],
) -> list[Border]: ...
def partition(borders: list[Border], length_cost: Any) -> list[tuple[int, int]]: ...

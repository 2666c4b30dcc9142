from collections.abc import Callable
from typing import Any

from ingestd.concepts.counts import Packed

class Words:
    def __init__(self, kinds: Callable[[int], bytes]) -> None: ...
    def __len__(self) -> int: ...
    def coded(self, text: str, learn: Callable[[str], str]) -> str: ...
    def describe(
        self,
        code: str,
        classes: str,
        letters: int,
        capital: bool,
        acronym: bool,
        solid: bool,
        ending: int,
        weak: float,
    ) -> None: ...
    def unknown(self, counts: Counts, early: int) -> str: ...

class Counts:
    length: int
    def __len__(self) -> int: ...
    def add(self, coded: str, page: int) -> None: ...
    def keep(self, least: int, early: int, words: bool) -> None: ...
    def pack(self) -> Packed: ...
    def take(self, packed: Packed, old: str, new: str, shift: int) -> None: ...
    def used(self) -> str: ...

def ranked(
    words: Words,
    counts: Counts,
    early: int,
    admitted: list[str],
    gained: dict[str, float],
    phrases: tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]],
    singles: tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]],
    most: int,
) -> list[Any]: ...

from collections.abc import Callable
from typing import Any

from ingestd.concepts.counts import Packed
from ingestd.concepts.lexicon import Traits

class Words:
    def __init__(
        self,
        kinds: Callable[[int], bytes],
        stopwords: frozenset[str],
        codes: dict[str, str],
        surfaces: dict[str, str],
        stems: dict[str, str],
        weak: dict[str, float],
        english: bool,
    ) -> None: ...
    def __len__(self) -> int: ...
    def coded(self, text: str, learn: Callable[[str], str]) -> str: ...
    def describe(
        self, codes: str, look: Callable[[str], Traits], stemmed: Callable[[list[str]], list[str]]
    ) -> None: ...
    def classes(self, phrase: str) -> str: ...
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

"""What only a whole document tells: gathered range by range, merged, then settled once into habits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ingestd.model import DocumentInfo


@dataclass(frozen=True, slots=True)
class Habits:
    """What a document does throughout, as far as the order and text of one page depend on it."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Counts of one page range; surveys of all ranges merged are the document's."""

    @staticmethod
    def merge(surveys: Iterable[Survey]) -> Survey:
        """The survey of all the pages together."""
        return Survey()

    def settle(self, info: DocumentInfo) -> Habits:
        """What the counts mean: small, however long the document."""
        return Habits()

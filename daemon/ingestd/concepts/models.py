"""A model is one weighted sum of features; those of weights.py are mixed by what kind of text is before us."""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import mul

from ingestd.concepts.features import NAMES


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of the features, and of the endings of a phrase's last and first word."""

    weights: tuple[float, ...]
    last: tuple[float, ...]
    first: tuple[float, ...]

    def score(self, numbers: tuple[float, ...], last: int, first: int | None = None) -> float:
        """Log-odds of a class with these features and the ending of its last word, of a phrase its first's too."""
        total = sum(map(mul, self.weights, numbers)) + self.last[last]
        return total if first is None else total + self.first[first]

    def weighted(self, name: str, more: float) -> Model:
        """This model with more weight on one feature."""
        place = NAMES.index(name)
        weights = self.weights
        return replace(self, weights=(*weights[:place], weights[place] + more, *weights[place + 1 :]))

    def mixed(self, other: Model, share: float, bonus: float = 0.0) -> Model:
        """This model with ``share`` of another in it, and a bonus on top."""
        if share == bonus == 0:
            return self
        weights = _mixed(self.weights, other.weights, share)
        return Model(
            (weights[0] + bonus, *weights[1:]),
            _mixed(self.last, other.last, share),
            _mixed(self.first, other.first, share),
        )


def _mixed(ours: tuple[float, ...], theirs: tuple[float, ...], share: float) -> tuple[float, ...]:
    rest = 1 - share
    return tuple([rest * our + share * their for our, their in zip(ours, theirs, strict=True)])

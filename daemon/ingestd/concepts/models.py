"""A model is the weights of one sum; those of weights.py are mixed by what kind of text is before us."""

from __future__ import annotations

from typing import NamedTuple


class Model(NamedTuple):
    """Weights of the features, and of the endings of a phrase's last and first word."""

    weights: tuple[float, ...]
    last: tuple[float, ...]
    first: tuple[float, ...]

    @property
    def columns(self) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
        """Weights, last and first, as the C module reads them."""
        return self.weights, self.last, self.first

    def weighted(self, place: int, more: float) -> Model:
        """This model with more weight on one feature."""
        weights = self.weights
        return self._replace(weights=(*weights[:place], weights[place] + more, *weights[place + 1 :]))

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

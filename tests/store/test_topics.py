"""Concepts across documents."""

from __future__ import annotations

from ingestd.store import ConceptCount, Store
from tests.store.made import catalogued, extract, sha256


def test_spellings_are_counted_as_one(store: Store) -> None:
    """The catalog's concepts, with the number of documents, most frequent first."""
    catalogued(store, "a", extract("text", concepts=["Neural network", "cats", "neural networks"]))
    catalogued(store, "b", extract("text", concepts=["neural networks"]))
    assert store.concepts() == [ConceptCount("Neural network", 2), ConceptCount("cats", 1)]
    assert store.concepts(1) == [ConceptCount("Neural network", 2)]
    assert [c.text for c in store.show(sha256("a")).concepts] == ["Neural network", "cats"]


def test_related_documents_share_telling_concepts(store: Store) -> None:
    """A rare concept in common says more than one that everyone has."""
    catalogued(store, "a", extract("text", concepts=["method", "walrus song"]))
    catalogued(store, "b", extract("text", title="B", concepts=["method", "walrus songs"]))
    for name in "cdefg":
        catalogued(store, name, extract("text", concepts=["method", name * 3]))
    catalogued(store, "z", extract("text", concepts=["nothing of it"]))
    first, *rest = store.related(sha256("a"))
    assert (first.sha256, first.title) == (sha256("b"), "B")
    assert first.shared[0] == "walrus song"
    assert sha256("z") not in {r.sha256 for r in rest}
    assert len(store.related(sha256("a"), 3)) == 3
    assert first.to_dict().keys() == {"id", "source", "title", "score", "shared"}

"""What travels between the parts."""

from __future__ import annotations

import pickle

import pytest

from ingestd.model import Chunk, Concept, DocumentInfo, Extract, PageText


def test_an_extract_travels_whole() -> None:
    """Its rows go as plain ones, and arrive as what they were."""
    sent = Extract(
        DocumentInfo(1, "Title"),
        (PageText(1, "some text", ("head",)),),
        (Chunk(0, 0, 9, 1, 1, ("1 Part",), "around"),),
        (Concept("text", 0.5, 2, (1,), ("texts",)),),
        "en",
    )
    received = pickle.loads(pickle.dumps(sent))
    assert received == sent
    rows = (*received.pages, *received.chunks, *received.concepts)
    assert [type(row) for row in rows] == [PageText, Chunk, Concept]


def test_rows_of_another_length_are_refused() -> None:
    """A worker that somebody has taken over cannot send half a chunk."""
    broken = Extract(DocumentInfo(1), (), ((0, 1, 2),), ())  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        pickle.loads(pickle.dumps(broken))

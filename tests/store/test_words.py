"""Words as the index sees them."""

from __future__ import annotations

import re

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.store.words import UNSPACED, concept_name, encodable, is_unspaced, set_apart


@given(st.text())
def test_setting_apart_adds_spaces_only(text: str) -> None:
    """No character is lost or changed, and the quick judge agrees with the expression."""
    assert "".join(set_apart(text).split()) == "".join(text.split())
    assert is_unspaced(text) == bool(re.search(f"[{UNSPACED}]", text))


@given(st.text(st.characters()))
def test_anything_becomes_encodable_at_equal_length(text: str) -> None:
    """Offsets into a text stay true."""
    assert len(encodable(text).encode("utf-8").decode()) == len(text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Neural Networks", "neural network", True),
        ("co-operation", "Co operation", True),
        ("C++", "C", False),
        ("C#", "C++", False),
        ("naïve Bayes", "Naive  Bayes", True),
        ("信息检索", "信息", False),
    ],
)
def test_spellings_of_one_concept_share_a_name(one: str, other: str, same: bool) -> None:
    """Singular and plural, case, accents, hyphens; never two different things."""
    db = apsw.Connection(":memory:")
    assert (concept_name(db, one) == concept_name(db, other)) is same

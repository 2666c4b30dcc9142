"""What a PDF knows beside its text changes the order of its concepts."""

from __future__ import annotations

from ingestd.concepts import Hints, gather, rank

TEXT = (
    "Cache lines bounce between cores. A spin lock makes cache lines bounce. Queue locks spin on local "
    "memory. Fair hand-over is a property of queue locks. Memory traffic grows with cores. Much memory "
    "traffic is waste. Cores wait. " * 4
)


def first(hints: Hints | None, limit: int = 3) -> list[str]:
    return [concept.text.lower() for concept in rank(gather(TEXT), limit, hints)]


def test_author_keywords_lead() -> None:
    """The author's own key phrases come first."""
    assert "memory traffic" not in first(None)
    assert first(Hints(author_keywords=("Memory traffic",)))[0] == "memory traffic"


def test_author_keywords_with_stop_words_are_let_in() -> None:
    """A key phrase the author names is a concept even where counting would never join it."""
    assert "quality of service" in first(Hints(author_keywords=("Quality of Service",)))


def test_title_and_headings_lift() -> None:
    """A phrase of the title stands higher than without."""
    plain, titled = first(None, 40), first(Hints(title="Fair hand-over in practice"), 40)
    assert titled.index("fair hand-over") < plain.index("fair hand-over")
    headed = first(Hints(headings=("3 Memory traffic",)), 40)
    assert headed.index("memory traffic") < plain.index("memory traffic")


def test_what_programs_write_is_no_title() -> None:
    """A file name in the title's place lifts nothing."""
    assert first(Hints(title="memory-traffic.dvi"), 40) == first(None, 40)


def test_no_hints_change_nothing() -> None:
    """Absent facts are no facts."""
    assert first(Hints(), 40) == first(None, 40)

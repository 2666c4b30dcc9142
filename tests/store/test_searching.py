"""Search: the right document and page first, in every script, folded, with a snippet that shows why."""

from __future__ import annotations

import random

import pytest

from ingestd.errors import QueryError
from ingestd.store import Hit, Store
from tests.store.made import catalogued, extract, sha256

FILLER = (
    "The committee met again in spring and talked about budgets, roofs and the price of bread. "
    "Nobody objected. Minutes were taken, read aloud, corrected and signed by all who were there. "
)


@pytest.fixture
def library(store: Store) -> Store:
    """A few documents about different things."""
    catalogued(store, "cats", extract("All about cats. Cats purr and sleep.", FILLER, "A dog appears once."))
    catalogued(
        store, "dogs", extract(FILLER, "Dogs bark at night. A running dog is a happy dog."), tags=("pets",)
    )
    catalogued(store, "both", extract("Cats and dogs live together in one house.", concepts=["pet peace"]))
    catalogued(store, "bread", extract(FILLER * 3, title="Bread", concepts=["Bread prices"]))
    return store


def found(store: Store, query: str, **scope: str) -> list[str]:
    """Names of the documents found, best first."""
    names = {sha256(name): name for name in ("cats", "dogs", "both", "bread")}
    return [names.get(hit.sha256, hit.sha256) for hit in store.search(query, **scope)]


def test_all_words_first_then_some(library: Store) -> None:
    """Documents with every word come first; only then those with the rarer ones."""
    assert found(library, "cats dogs")[0] == "both"
    assert set(found(library, "cats dogs")) == {"both", "cats", "dogs"}
    assert found(library, "purr zeppelin") == ["cats"]


def test_endings_case_and_accents_do_not_matter(store: Store) -> None:
    """Porter's stems, folded letters."""
    catalogued(store, "a", extract("Les CAFÉS sont fermés; running shoes."))
    for query in ("cafe", "Cafés", "runs", "RUNNING shoe"):
        assert len(store.search(query)) == 1, query


def test_phrases_are_required(library: Store) -> None:
    """A phrase must stand so; no second look waters it down."""
    assert found(library, '"dogs live together"') == ["both"]
    assert found(library, '"together live dogs"') == []
    assert found(library, '"live together" zeppelin') == ["both"]


def test_beginnings_of_words(library: Store) -> None:
    """A prefix finds each word that begins so."""
    assert set(found(library, "bar*")) == {"dogs"}


def test_alternatives(library: Store) -> None:
    """Either word, with all the rest."""
    assert set(found(library, "purr OR bark")) == {"cats", "dogs"}
    assert found(library, "purr OR bark night")[0] == "dogs"


def test_excluded_words_exclude_documents(library: Store) -> None:
    """Wherever in the document the word stands."""
    assert found(library, "cats -dogs") == []
    assert found(library, "cats NOT house") == ["cats"]
    assert found(library, "bread -cats -dogs") == ["bread"]


def test_hits_of_one_document_are_folded(library: Store) -> None:
    """One line a document: its best chunk, and how many there were."""
    (hit,) = library.search("bread -cats -dogs")
    assert hit.hits >= 1
    dogs = next(h for h in library.search("dog") if h.sha256 == sha256("dogs"))
    assert (dogs.chunk, dogs.page, dogs.page_start) == (1, 2, 2)


def test_best_first_with_falling_scores(library: Store) -> None:
    """Scores fall, also across the two looks."""
    scores = [hit.score for hit in library.search("cats dogs purr", limit=10)]
    assert scores == sorted(scores, reverse=True)
    assert len(library.search("cats dogs", limit=2)) == 2


def test_scopes(library: Store) -> None:
    """By concept, by tag, and a concept alone; what is unknown finds nothing."""
    assert found(library, "dogs", tag="pets") == ["dogs"]
    assert found(library, "dogs", concept="Pet Peace") == ["both"]
    assert found(library, "", concept="bread price") == ["bread"]
    assert found(library, "dogs", tag="none") == found(library, "dogs", concept="none") == []
    with pytest.raises(QueryError, match="empty"):
        library.search("")


@pytest.mark.parametrize(
    ("text", "queries"),
    [
        ("本系统支持中文信息检索与全文搜索。", ["信息检索", "全文 中文", "检*", '"系统支持"']),
        ("これは日本語の検索エンジンです。", ["日本語", "検索エンジン"]),
        ("한국어는 교착어이다.", ["한국어", "교착어"]),
        ("ภาษาไทยเขียนโดยไม่เว้นวรรค", ["ภาษาไทย", "เว้นวรรค"]),
        ("Быстрая коричневая лиса", ["лиса", "КОРИЧНЕВАЯ"]),
        ("هذا كتاب عن البحث", ["كتاب", "البحث"]),
        ("हिन्दी में खोज", ["हिन्दी", "खोज"]),
        ("GPT-4在中文任务上的表现", ["GPT-4", "中文任务"]),
    ],
)
def test_every_script_is_found(store: Store, text: str, queries: list[str]) -> None:
    """Also scripts without spaces between words, by any part of a sentence."""
    catalogued(store, "a", extract(FILLER, text))
    catalogued(store, "b", extract(FILLER))
    for query in queries:
        assert [(h.sha256, h.page) for h in store.search(query)] == [(sha256("a"), 2)], query


def test_what_is_not_there_in_an_unspaced_script(store: Store) -> None:
    """The same characters in another order are another word."""
    catalogued(store, "a", extract("本系统支持中文信息检索。"))
    assert store.search("息信") == []


def marked(hit: Hit) -> list[str]:
    """The marked words of a snippet."""
    return [hit.snippet[start:end] for start, end in hit.marks]


def test_the_snippet_shows_the_match_on_its_page(store: Store) -> None:
    """Marks lie on the words asked for, on one line, with the page where they stand."""
    page = FILLER + "Then a walrus sang.\nÜber uns: 20 € " + FILLER
    catalogued(store, "a", extract(FILLER * 2, page, FILLER))
    (hit,) = store.search("walrus sang 'über uns'")
    assert marked(hit) == ["walrus", "sang", "Über", "uns"]
    assert hit.page == 2
    assert "\n" not in hit.snippet
    assert hit.snippet.startswith("…")
    assert len(hit.snippet) < 300


def test_a_match_in_the_context_alone(store: Store) -> None:
    """The snippet then reaches into the neighbourhood, and tells its page."""
    chunked = extract("alpha beta gamma delta " * 3, "omega walrus", size=23, around=20)
    catalogued(store, "a", chunked)
    (hit,) = store.search("gamma walrus")
    assert set(marked(hit)) & {"gamma", "walrus"}


def test_the_shape_of_a_hit(library: Store) -> None:
    """The keys that scripts outside rely on."""
    shape = library.search("purr")[0].to_dict()
    assert {"id", "source", "page_start", "page_end", "chunk", "snippet", "score"} <= set(shape)
    assert (shape["id"], shape["source"]) == (sha256("cats"), "/inbox/cats.pdf")


def test_known_items_come_back(store: Store) -> None:
    """A sentence out of many, whole or damaged, finds its document and page at rank 1."""
    chance = random.Random(7)
    syllables = [a + b for a in "bdfgklmnprst" for b in ("a", "e", "i", "o", "an", "er")]
    words = ["".join(chance.choices(syllables, k=chance.choice((2, 3, 3)))) for _ in range(4000)]
    weights = [1 / (rank + 3) for rank in range(len(words))]
    sentences: dict[str, tuple[str, int]] = {}
    for n in range(30):
        pages = []
        for number in range(1, 5):
            lines = [" ".join(chance.choices(words, weights, k=16)) for _ in range(20)]
            sentences |= {line: (sha256(str(n)), number) for line in lines}
            pages.append(". ".join(lines) + ".")
        catalogued(store, str(n), extract(*pages, size=400, around=300))
    asked = chance.sample(sorted(sentences), 100)

    def share(damage: float) -> float:
        hits = 0
        for sentence in asked:
            kept = sentence.split()
            for i in range(len(kept)):
                if chance.random() < damage:
                    kept[i] = chance.choice(words)
            best = store.search(" ".join(kept), 1)
            hits += bool(best) and (best[0].sha256, best[0].page_start) == sentences[sentence]
        return hits / len(asked)

    assert share(0.0) >= 0.97
    assert share(0.2) >= 0.85

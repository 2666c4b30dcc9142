"""What ``extract_concepts`` promises whatever the text."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestd.concepts import extract_concepts
from ingestd.model import Concept

PAPER = """Lazy Migration of Virtual Machines

Virtual machines are moved between hosts by live migration. A live migration copies memory pages while the
virtual machine runs. Memory pages that change are copied again. We propose lazy migration: a virtual machine
starts on the target host before its memory pages arrive, and a page fault fetches the rest. Lazy migration
halves the downtime of live migration. The page fault handler asks the source host for memory pages over the
network. Our evaluation shows that downtime depends on the working set of the virtual machine.
"""
STORIES = {
    "en": """
    The mayor said on Monday that the old bridge would be closed. He told reporters that engineers
    had found cracks in the bridge after the flood. The flood damaged houses near the river, and the
    mayor said that the river was still rising. Families who lost houses were staying with
    relatives. She said the bridge had been repaired last year. The engineers were told to return on
    Friday when the river was lower.
    """,
    "fr": """
    Le maire a déclaré lundi que le vieux pont serait fermé. Il a dit que les ingénieurs avaient
    trouvé des fissures dans le pont après la crue. La crue a détruit des maisons près du fleuve, et
    le maire a dit que le fleuve montait encore. Les familles qui ont perdu leurs maisons étaient
    chez des proches. Selon le maire, les ingénieurs reviendront vendredi quand le fleuve sera plus
    bas.
    """,
    "pt": """
    O presidente da câmara disse ontem que a ponte velha seria fechada. Ele afirmou que os
    engenheiros tinham encontrado fendas na ponte depois da cheia. A cheia destruiu casas perto do
    rio, e o presidente disse que o rio estava ainda a subir. As famílias que perderam as casas
    foram para junto de parentes. Os engenheiros voltam na sexta-feira quando o rio estiver mais
    baixo.
    """,
    "de": """
    Der Bürgermeister sagte am Montag, dass die alte Brücke gesperrt werde. Er sagte, die Ingenieure
    hätten nach der Flut Risse in der Brücke gefunden. Die Flut hatte Häuser am Ufer zerstört, und
    der Bürgermeister sagte, der Fluss steige noch. Familien, die ihre Häuser verloren hatten, waren
    bei Verwandten. Die Ingenieure kommen am Freitag wieder, wenn der Fluss gesunken ist.
    """,
    "es": """
    El alcalde dijo ayer que el viejo puente sería cerrado. Él afirmó que los ingenieros habían
    encontrado grietas en el puente después de la crecida. La crecida había destruido casas cerca
    del río, y el alcalde dijo que el río seguía subiendo. Las familias que perdieron sus casas
    fueron con parientes. Los ingenieros vuelven el viernes cuando el río esté más bajo. El alcalde
    visitó las casas.
    """,
}  # fmt: skip


def texts(concepts: list[Concept]) -> list[str]:
    return [concept.text.lower() for concept in concepts]


def test_phrases_name_a_technical_text() -> None:
    """A technical text is named by its phrases."""
    found = texts(extract_concepts(PAPER, 6))
    assert {"virtual machine", "live migration", "lazy migration"} <= set(found)


@pytest.mark.parametrize("language", STORIES)
def test_no_worse_than_the_commonest_words(language: str) -> None:
    """In prose that tells a story, the words of five letters and more that come again are found."""
    counts = Counter(re.findall(r"[^\W\d_]{5,}", STORIES[language].lower()))
    again = {word for word, times in counts.items() if times > 2 and word not in _VERBS}
    found = " ".join(texts(extract_concepts(STORIES[language], 10)))
    assert {word for word in again if word[:5] not in found} == set()


_VERBS = {"sagte", "disse", "quando"}


def test_limit_is_kept() -> None:
    """At most ``limit`` come back, and none when none is asked for."""
    assert [len(extract_concepts(PAPER, n)) for n in (0, -3, 1, 4)] == [0, 0, 1, 4]


def test_shorter_answer_is_the_start_of_the_longer() -> None:
    """Best first: a lower limit only cuts the list."""
    assert extract_concepts(PAPER, 15)[:5] == extract_concepts(PAPER, 5)


def test_variants_are_one_concept() -> None:
    """Singular and plural, case and hyphen are variants of one concept, counted together."""
    text = (
        "A page-fault is slow. The page fault costs. Many page faults were few page faults, one Page Fault."
    )
    matching = [c for c in extract_concepts(text) if re.fullmatch(r"page.faults?", c.text.lower())]
    assert [(c.text, c.count) for c in matching] == [("page faults", 5)]
    assert matching[0].variants == ("page-fault", "page fault", "Page Fault")


def test_words_in_another_order_are_no_second_concept() -> None:
    """The same words in another order do not come twice."""
    found = extract_concepts(
        "Retrieval information. Information retrieval and information retrieval systems."
    )
    assert sum(set(c.text.lower().split()) == {"information", "retrieval"} for c in found) == 1


def test_surface_is_as_written() -> None:
    """The text of a concept stands in the document as it is."""
    assert all(c.text in PAPER.replace("\n", " ") for c in extract_concepts(PAPER))


def test_deterministic_whatever_came_before() -> None:
    """What a process has read before changes nothing."""
    before = extract_concepts(PAPER)
    for story in STORIES.values():
        extract_concepts(story + " zebra quagga " + story.upper())
    assert extract_concepts(PAPER) == before


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "...!?",
        "\ud800",
        "a\x00b\ud800c \udfff",
        "🎉 🎉🎉",
        "1 2 3 4",
        "'''",
        "---",
        "\f\f\f",
        "a'" * 50,
        "_",
    ],
)
def test_odd_texts_give_a_list(text: str) -> None:
    """Nothing to say is an empty or short list, never an error."""
    assert isinstance(extract_concepts(text), list)


def test_lone_surrogates_do_no_harm() -> None:
    """A lone surrogate inside a word does not hide the others."""
    assert "virtual machine" in texts(extract_concepts("bro\ud800ken " + PAPER, 5))


@settings(deadline=None, max_examples=150)
@given(st.text(st.characters()), st.integers(-1, 20))
def test_any_text(text: str, limit: int) -> None:
    """Any ``str``: at most ``limit``, no repeats, scores that never rise, the same again."""
    found = extract_concepts(text, limit)
    assert len(found) <= max(0, limit)
    assert len({c.text for c in found}) == len(found)
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)
    assert all(0 <= c.score <= 1 and c.count >= 1 for c in found)
    assert extract_concepts(text, limit) == found


TRAPS = (
    "the",
    "of",
    "graph",
    "Graphs",
    "graph-based",
    "node's",
    "NODE",
    "l'arbre",
    "图",
    "论",
    "\n",
    "\f",
    "-",
    ".",
    "-\n",
)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.sampled_from(TRAPS),
        max_size=80,
    )
)
def test_any_mix_of_traps(pieces: list[str]) -> None:
    """Hyphens, breaks, scripts and cases in any order: no repeats by lower case."""
    found = extract_concepts(" ".join(pieces))
    assert len({c.text.lower() for c in found}) == len(found)


def test_chinese_is_read_by_characters() -> None:
    """Scripts without spaces: repeated runs of characters are concepts, lone characters are not."""
    found = texts(
        extract_concepts("深度学习是机器学习的分支。深度学习模型用于图像识别。图像识别和深度学习。")
    )
    assert "深度学习" in found[:4]
    assert all(len(text) > 1 for text in found)


def test_marks_between_characters_are_no_words() -> None:
    """However many hyphens stand between Han characters: they part them, and name nothing."""
    found = texts(extract_concepts("深度学习--模型。深度学习--模型。深度学习‐‑模型。"))
    assert "深度学习" in found
    assert not any("-" in text for text in found)


def test_arabic() -> None:
    """Right-to-left text gives its repeated words."""
    found = texts(extract_concepts("الذكاء الاصطناعي في التعليم. يستخدم الذكاء الاصطناعي في الطب والتعليم."))
    assert any("الذكاء" in text for text in found)


def test_japanese_is_read_by_runs_of_its_characters() -> None:
    """What comes back between particles is found."""
    text = "図書館は川のほとりにある。図書館の司書は古い本を読む。古い本は図書館にある。司書は図書館で働く。"
    assert [concept.text for concept in extract_concepts(text, 2)] == ["図書館", "司書"]


def test_tables_of_figures_name_nothing() -> None:
    """Numbers, units and signs, however often they come back, stand behind the words about them."""
    rows = "\n".join(f"{n}  {n * 3.7:.1f}  {n * 11}%  12.5 ms  4e-{n}  —" for n in range(80))
    text = (
        f"The storage engine keeps a journal.\n{rows}\nThe storage engine replays the journal after a crash."
    )
    found = [concept.text for concept in extract_concepts(text, 3)]
    assert {"storage", "journal"} & set(" ".join(found).split())
    assert not any(character.isdigit() for name in found for character in name)


def test_a_phrase_and_one_inside_it_may_both_be_concepts() -> None:
    """What also stands alone is not swallowed by a longer phrase."""
    text = """A recurrent neural network is trained. The recurrent neural network learns to predict. A neural
    network is a model, and another neural network is convolutional. Neural network training differs from
    recurrent neural network training."""
    found = [concept.text.lower() for concept in extract_concepts(text, 5)]
    assert {"neural network", "recurrent neural network"} <= set(found)

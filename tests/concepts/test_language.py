"""The language of a text is found by the call."""

from __future__ import annotations

import pytest

from ingestd.concepts.language import detect_language, manner, sample, stopwords

SENTENCES = {
    "en": "The cat sat on the mat because it was the only one that had been left there.",
    "fr": "Le chat était sur le tapis parce que c'était le seul qui restait dans la maison.",
    "pt": "O gato estava no tapete porque era o único que não tinha sido levado para a casa.",
    "es": "El gato estaba en la alfombra porque era el único que no se había ido de la casa.",
    "de": "Die Katze lag auf der Matte, weil sie die einzige war, die noch nicht gegangen ist.",
    "it": "Il gatto era sul tappeto perché era il solo che non era stato portato nella casa.",
    "nl": "De kat zat op de mat omdat het de enige was die er nog niet was weggehaald door hem.",
    "sv": "Katten låg på mattan eftersom det var den enda som inte hade blivit kvar i huset.",
    "pl": "Kot leżał na macie, ponieważ był to jedyny, który nie został jeszcze zabrany przez nich.",
    "fi": "Kissa oli matolla, koska se oli ainoa joka ei ollut vielä lähtenyt sieltä, mutta se on nyt.",
    "ru": "Кошка лежала на коврике, потому что это был единственный, который не был взят из дома.",
    "uk": "Кішка лежала на килимі, тому що це був єдиний, який ще не був узятий із дому.",
    "el": "Η γάτα ήταν στο χαλί γιατί ήταν το μόνο που δεν είχε φύγει από το σπίτι.",
    "ar": "كانت القطة على السجادة لأن هذا هو المكان الذي لم يكن فيه أي شيء من البيت.",
    "he": "החתול ישב על השטיח כי זה היה המקום היחיד שלא היה בו איש.",
    "zh": "猫坐在垫子上，因为那是唯一没有被带走的地方。",
    "ja": "猫はマットの上に座っていた。それはまだ残っていた唯一のものだったからです。",
    "ko": "고양이는 매트 위에 앉아 있었다. 그것은 남아 있는 유일한 것이었다.",
}  # fmt: skip


@pytest.mark.parametrize("code", SENTENCES)
def test_one_sentence_is_enough(code: str) -> None:
    """A sentence of prose tells its language."""
    sentence = SENTENCES[code]
    assert detect_language(sentence, sentence.lower().split()) == code


@pytest.mark.parametrize("text", ["", "12 34", "xqz vbn wrt", "\ud800"])
def test_unknown_is_empty(text: str) -> None:
    """What cannot be told is not guessed."""
    assert detect_language(text, text.lower().split()) == ""


def test_sample_is_bounded() -> None:
    """Only a bounded part of a text is looked at."""
    assert len(sample("word " * 1_000_000)) < 10_000


def test_twenty_languages_have_function_words() -> None:
    """At least twenty languages are known."""
    assert len(stopwords()) >= 20
    assert all(len(words) >= 40 for words in stopwords().values())


def test_story_and_matter_differ() -> None:
    """A story's words and a method's words are counted apart."""
    story = manner(["on", "monday", "he", "said", "that", "she", "was", "there"], "en")
    matter = manner(["we", "propose", "a", "method", "based", "on", "a", "model"], "en")
    assert story.narrative > 2 > matter.narrative
    assert matter.technical > 2 > story.technical
    assert (story + matter).words == story.words + matter.words

"""The words of a language met so far, each coded as one character.

Coding a text turns its words into a string: a character for each word that can stand in a concept, a space for
each stop word and mark. Runs of candidates are then what ``str.split`` returns, phrases are slices, and counting
them is counting short strings. Codes live as long as their lexicon; what leaves the process is spelled out again.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass

import Stemmer

from ingestd.concepts.language import stopwords

BREAK = " "
"""Stands for all that no concept contains: marks, stop words, numbers, single letters."""

_MAX_WORDS = 120_000
"""A lexicon beyond this is replaced by a fresh one, so that rubbish cannot fill a worker's memory."""
_LONGEST_WORD = 40
_STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "fa": "persian", "fi": "finnish", "fr": "french", "hi": "hindi",
    "hu": "hungarian", "id": "indonesian", "it": "italian", "nl": "dutch", "no": "norwegian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
_BY_CHARACTER = re.compile("[\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
"""Scripts written without spaces whose characters carry meaning: each character is coded as a word."""
_PARTS = re.compile(r"['’]")
_HYPHENS = re.compile(r"[-‐‑]")


@dataclass(frozen=True, slots=True)
class Traits:
    """What a word looks like."""

    surface: str
    lower: str
    capital: bool
    acronym: bool
    digit: bool
    solid: bool
    """Written without spaces to its neighbours (Han, kana)."""


class Lexicon(dict[str, str]):
    """Token -> its code: one character for a word, ``BREAK`` for what breaks a run, several for Han and kana."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.traits: dict[str, Traits] = {}
        """Code -> what the word looks like."""
        self.classes: dict[int, str] = {}
        """For ``str.translate``: code -> class code, one character a stem."""
        self._codes: dict[str, str] = {}
        self._stems: dict[str, str] = {}
        self._stopwords = stopwords().get(language, frozenset())
        name = _STEMMERS.get(language)
        self._stemmer = Stemmer.Stemmer(name) if name else None
        self._lock = threading.Lock()

    @property
    def full(self) -> bool:
        return len(self.traits) > _MAX_WORDS or len(self) > 2 * _MAX_WORDS

    def __missing__(self, token: str) -> str:
        with self._lock:
            if _BY_CHARACTER.search(token):
                return "".join([self._by_character(piece) for piece in _solid_pieces(token)])
            code = self._code_token(token)
            if len(token) <= _LONGEST_WORD:
                self[token] = code
            return code

    def code(self, word: str) -> str:
        """The code of a word known to be one: for what was spelled out by another lexicon."""
        with self._lock:
            return self._code(word)

    def stem(self, word: str) -> str:
        """The class of a lower-cased word: what its plural and its inflected forms share."""
        if self._stemmer is None:
            return word
        try:
            return str(self._stemmer.stemWord(word))
        except UnicodeError:  # a lone surrogate: no stemmer takes it
            return word

    def _code_token(self, token: str) -> str:
        if not token[0].isalnum():
            return BREAK
        parts = _PARTS.split(token)
        if len(parts) == 2 and parts[1] in ("s", "S"):
            parts = [token] if not self._is_stop(parts[0]) else []
        return "".join([self._code(part) if not self._is_stop(part) else BREAK for part in parts]) or BREAK

    def _by_character(self, piece: str) -> str:
        return BREAK if piece in self._stopwords else self._code(piece)

    def _is_stop(self, word: str) -> bool:
        lower = word.lower()
        return (
            len(lower) < 2
            or lower in self._stopwords
            or len(word) > _LONGEST_WORD
            or not any(map(str.isalpha, word))
        )

    def _code(self, word: str) -> str:
        if (code := self._codes.get(word)) is not None:
            return code
        code = _character(len(self._codes))
        lower = word.lower()
        capital = word[0].isupper()
        self.traits[code] = Traits(
            surface=word,
            lower=lower,
            capital=capital,
            acronym=word.isupper() and len(word) > 1,
            digit=any(map(str.isdigit, word)),
            solid=_BY_CHARACTER.match(word) is not None,
        )
        stems = [self.stem(part) for part in _HYPHENS.split(lower) if part]
        self.classes[ord(code)] = "".join([self._stem_code(stem) for stem in stems])
        self._codes[word] = code
        return code

    def _stem_code(self, stem: str) -> str:
        code = self._stems.get(stem)
        if code is None:
            code = self._stems[stem] = _character(len(self._stems))
        return code


def _solid_pieces(token: str) -> list[str]:
    return re.findall(
        "[\u30a0-\u30ff]+|[^\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3005]+|.", token
    )


def _character(number: int) -> str:
    """A character for a number from 0, never a space nor a surrogate."""
    point = number + 0x100
    return chr(point if point < 0xD800 else point + 0x800)


_lexicons: dict[str, Lexicon] = {}


def lexicon(language: str) -> Lexicon:
    """The process's lexicon of a language; a fresh one when the last is full."""
    known = _lexicons.get(language)
    if known is None or known.full:
        known = _lexicons[language] = Lexicon(language)
    return known

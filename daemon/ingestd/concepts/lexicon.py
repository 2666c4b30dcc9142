"""The words of a language met so far, each coded as one character.

Coding a text turns its words into a string: a character for each word that can stand in a concept, a space
for each stop word and mark. Runs of candidates are then what ``str.split`` returns, phrases are slices, and
counting them is counting short strings. Codes live as long as their lexicon; what leaves the process is
spelled out again.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from itertools import chain, islice, pairwise
from typing import Any, NamedTuple

import Stemmer

from ingestd.concepts import native as seam
from ingestd.concepts.endings import ending_of, weak_stems
from ingestd.concepts.language import stopwords

BREAK = " "
"""Stands for all that no concept contains: marks, stop words, numbers, single letters."""

START = "\x01"
"""Follows the break that ends a sentence: the capital of the next word proves nothing."""

_MAX_WORDS = 120_000
"""A lexicon beyond this is replaced by a fresh one, so that rubbish cannot fill a worker's memory."""
_LONGEST_WORD = 40
_STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "fa": "persian", "fi": "finnish", "fr": "french", "hi": "hindi",
    "hu": "hungarian", "id": "indonesian", "it": "italian", "nl": "dutch", "no": "norwegian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
_TOKEN = re.compile(r"\w[\w'’\-‐‑]*|[^\w\s]+|\n(?=[A-Z\s])")
_WORD = re.compile(r"\w+(?:['’\-‐‑]\w+)*")
_BY_CHARACTER = re.compile("[\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
"""Scripts written without spaces whose characters carry meaning: each character is coded as a word."""
_ENDS_SENTENCE = re.compile('[.!?\n\u061f\u3002:\u2022"\u00ab\u201c]')
_PARTS = re.compile(r"['’]|--+")
_HYPHENS = re.compile(r"[-‐‑]")


class Traits(NamedTuple):
    """What a word looks like."""

    lower: str
    capital: bool
    acronym: bool
    solid: bool
    """Written without spaces to its neighbours (Han, kana)."""
    ending: int
    """Number of its English ending in ``endings.ENDINGS``, their count for another; 0 in other languages."""
    weak: float
    """How seldom it is part of a concept, from 0 (nothing known) to about 3."""


class Lexicon(dict[str, str]):
    """Token -> its code: a character a word, ``BREAK`` for what breaks a run, several for Han and kana.

    Where there is the C module it holds the tokens, and this dictionary stays empty.
    """

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.surfaces: dict[str, str] = {}
        """Code -> the word."""
        self.traits: dict[str, Traits] = {}
        """Code -> what the word looks like, once it was described; empty where C keeps it."""
        self._classes: dict[str, str] = {}
        """Code -> the word's classes, the same."""
        self._codes = _Numbered()
        self._stems = _Numbered()
        self._stopwords = stopwords().get(language, frozenset())
        self.native = seam.native
        self._weak = weak_stems() if language == "en" else {}
        self.known: Any = None
        """The tokens and the described words, in C."""
        if self.native:
            given = self._stopwords, self._codes, self.surfaces, self._stems, self._weak
            self.known = self.native.Words(_kinds, *given, language == "en")
        name = _STEMMERS.get(language)
        self._stemmer = Stemmer.Stemmer(name, 0) if name else None
        self._lock = threading.Lock()

    @property
    def full(self) -> bool:
        tokens = len(self) if self.known is None else len(self.known)
        return len(self._codes) > _MAX_WORDS or tokens > 2 * _MAX_WORDS

    def __missing__(self, token: str) -> str:
        code = self._learn(token)
        if len(token) <= _LONGEST_WORD:
            self[token] = code
        return code

    def coded(self, text: str) -> str:
        """A text as codes, breaks and sentence starts."""
        with self._lock:
            if self.known is not None:
                return str(self.known.coded(text, self._learn))
            return "".join(map(self.__getitem__, _TOKEN.findall(text)))

    def spelled(self, phrase: str) -> str:
        """A phrase known to be one as codes, its stop words too; marks are left out."""
        return self.codes(_WORD.findall(phrase))

    def spell(self, phrase: str) -> str:
        """A coded phrase as it is written: without spaces between Han and kana."""
        words = [self.surfaces[code] for code in phrase]
        if words[0].isascii() or not _is_solid(words[0]):
            return " ".join(words)
        text = words[0]
        for before, word in pairwise(words):
            text += word if _is_solid(before) and _is_solid(word) else " " + word
        return text

    def codes(self, words: Iterable[str]) -> str:
        """The codes of what is known to be words, as they were spelled out by another lexicon."""
        with self._lock:
            return "".join(map(self._code, words))

    def recoded(self, codes: str, other: Lexicon) -> str:
        """The codes here of words that another lexicon has coded."""
        return self.codes(map(other.surfaces.__getitem__, codes))

    def classes(self, phrase: str) -> str:
        """A coded phrase as classes, one or more for a word: what its plural and its inflected forms share."""
        try:
            return self._known_classes(phrase)
        except KeyError:
            self.describe(phrase)
            return self._known_classes(phrase)

    def _known_classes(self, phrase: str) -> str:
        if self.known is not None:
            return str(self.known.classes(phrase))
        return "".join(map(self._classes.__getitem__, phrase))

    def describe(self, codes: str) -> None:
        """Find out what these words look like, if nobody has: costly, so only those that can reach a table."""
        with self._lock:
            if self.known is not None:
                self.known.describe(codes, self._look, self._stemmed)
            else:
                self._describe_plainly(codes)

    def _describe_plainly(self, codes: str) -> None:
        new = [code for code in dict.fromkeys(codes) if code not in self._classes]
        looks = [self._look(self.surfaces[code]) for code in new]
        stems_of_all = self._stems_of([look.lower for look in looks])
        for code, look, stems in zip(new, looks, stems_of_all, strict=True):
            self._classes[code] = "".join([self._stems[stem] for stem in stems])
            self.traits[code] = look._replace(weak=self._weak.get(stems[-1], 0.0))

    def _look(self, word: str) -> Traits:
        """What a word looks like, but for how weak its stem is."""
        lower, solid = word.lower(), not word.isascii() and _is_solid(word)
        ending = ending_of(lower) if self.language == "en" else 0
        return Traits(lower, word[0].isupper(), len(word) > 1 and word.isupper(), solid, ending, 0.0)

    def _stems_of(self, lowers: list[str]) -> Iterator[list[str]]:
        """The stems of each lower-cased word, several where hyphens join it."""
        parts = [
            [lower] if lower.isalpha() else [part for part in _HYPHENS.split(lower) if part]
            for lower in lowers
        ]
        stems = iter(self._stemmed(list(chain.from_iterable(parts))))
        return (list(islice(stems, len(own))) for own in parts)

    def _stemmed(self, words: list[str]) -> list[str]:
        """The class of each lower-cased word."""
        if self._stemmer is None:
            return words
        try:
            return list(self._stemmer.stemWords(words))
        except UnicodeError:  # a lone surrogate: no stemmer takes it
            return [self._stemmed([word])[0] for word in words] if len(words) > 1 else words

    def _learn(self, token: str) -> str:
        """The code of a token met for the first time."""
        if not token.isascii() and _BY_CHARACTER.search(token):
            return "".join(map(self._by_character, _solid_pieces(token)))
        if token.isalpha():
            return BREAK if self._is_stop(token) else self._code(token)
        return self._code_parts(token)

    def _code_parts(self, token: str) -> str:
        if not token[0].isalnum():
            return BREAK + START if _ENDS_SENTENCE.search(token) else BREAK
        token = token.rstrip("-‐‑'’")
        parts = _PARTS.split(token)
        if len(parts) == 2 and parts[1] in ("s", "S"):
            parts = [token] if not self._is_stop(parts[0]) else []
        return "".join([self._code(part) if not self._is_stop(part) else BREAK for part in parts]) or BREAK

    def _by_character(self, piece: str) -> str:
        return BREAK if piece in self._stopwords or not _HYPHENS.sub("", piece) else self._code(piece)

    def _is_stop(self, word: str) -> bool:
        lower = word.lower()
        return (
            lower in self._stopwords
            or len(lower) < 2
            or len(word) > _LONGEST_WORD
            or not (word.isalpha() or any(map(str.isalpha, word)))
        )

    def _code(self, word: str) -> str:
        code = self._codes.get(word)
        if code is None:
            code = self._codes[word]
            self.surfaces[code] = word
        return code


class _Numbered(dict[str, str]):
    """Word -> the character it is coded as: never a space nor a surrogate, a fresh one for a new word."""

    def __missing__(self, word: str) -> str:
        point = len(self) + 0x100
        code = self[word] = chr(point if point < 0xD800 else point + 0x800)
        return code


def _kinds(block: int) -> bytes:
    """What kind of character each of 256 is, as bits: the C module reads ``_TOKEN`` in them."""
    return bytes(map(_kind, map(chr, range(256 * block, 256 * block + 256))))


def _kind(character: str) -> int:
    """Part of a word, space, may stand inside a word, ends a sentence, is a word by itself, a capital A to Z."""
    return (
        (character.isalnum() or character == "_")
        | character.isspace() << 1
        | (character in "'’-‐‑") << 2
        | (_ENDS_SENTENCE.match(character) is not None) << 3
        | (_BY_CHARACTER.match(character) is not None) << 4
        | ("A" <= character <= "Z") << 5
    )


def _is_solid(word: str) -> bool:
    return _BY_CHARACTER.match(word) is not None


def _solid_pieces(token: str) -> list[str]:
    return re.findall(
        "[\u30a0-\u30ff]+|[^\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3005]+|.", token
    )


_lexicons: dict[str, Lexicon] = {}


def lexicon(language: str) -> Lexicon:
    """The process's lexicon of a language; a fresh one when the last is full."""
    known = _lexicons.get(language)
    if known is None or known.full:
        known = _lexicons[language] = Lexicon(language)
    return known

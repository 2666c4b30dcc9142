"""What is left out before candidates are counted: headings of form, notices, reference lists, running heads."""

from __future__ import annotations

import re
from collections import Counter
from itertools import takewhile

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\xad": ""}
_HYPHENATED = re.compile(r"([^\W\d_]{2,})[-\u2010]\n[ \t]*([^\W\d_]+)")
_WITH_HYPHEN = re.compile(r"[^\W\d_]{2,}-[^\W\d_]+")
_FORM = frozenset(
    line.strip()
    for line in """
    abstract; summary; introduction; background; related work; related works; conclusion; conclusions; discussion
    conclusion and future work; conclusions and future work; future work; introduction and background
    acknowledgment; acknowledgments; acknowledgement; acknowledgements; general terms; keywords; index terms
    categories and subject descriptors; appendix; table of contents; contents; résumé; resumo; zusammenfassung
    riassunto; resumen; einleitung; introdução; introducción; introduzione; agradecimentos; remerciements
    """.replace("\n", ";").split(";")
    if line.strip()
)
"""Headings that every paper has."""
_LISTS = frozenset(
    line.strip()
    for line in """
    references; bibliography; literature cited; works cited; références; références bibliographiques
    bibliographie; literatur; literaturverzeichnis; referências; referências bibliográficas; bibliografia
    referencias; bibliografía; riferimenti bibliografici; литература; список литературы; 参考文献; 參考文獻
    """.replace("\n", ";").split(";")
    if line.strip()
)
"""Headings of reference lists."""
_MARKS = " \t.:;,-\u2013\u2014*#§0123456789"
_ROMAN = frozenset(["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"])
_ROMAN_LETTERS = frozenset("ivx")
_LONGEST_HEADING = 48
_NOTICES = (
    ("permission to make ", 900, "fee."),
    ("permission to copy ", 900, "."),
    ("copyright 1", 120, "\n"),
    ("copyright 2", 120, "\n"),
    ("copyright (c)", 120, "\n"),
    ("copyright is held", 120, "\n"),
    ("all rights reserved", 40, "\n"),
    ("©", 100, "\n"),
)
"""What notices begin with, how many characters they last at most, and what ends them."""
_NOTICE_PLACE = 40_000
"""Characters from the start of a text in which notices are looked for."""
_SUBJECT = re.compile(
    r"^(?:categories and subject descriptors|general terms)\b.{0,400}?\n\s*\n", re.I | re.M | re.S
)
_APPENDIX = ("appendi", "annex", "anhang", "apêndice", "apéndice")
_KEYWORDS = re.compile(
    r"[ \t]*(?:author )?(?:key ?-?words(?: and phrases)?|index terms|mots[- ]cl[ée]s|palavras[- ]chave|"
    r"palabras[- ]clave|schlüssel(?:wörter|begriffe)|schlagw[oö]rter|parole chiave|ключевые слова|关键词|關鍵詞)"
    r"[ \t]*[:.\-\u2013\u2014\uff1a][ \t]*",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"[;,·•|\uff0c\u3001\uff1b]|\s[-\u2013\u2014]\s")
_KEYWORDS_END = re.compile(
    r"\.(?:\s|$)|\b(?:CR Categories|Categories and|General Terms|Copyright|ACM |Permission to)|©"
)
_KEYWORD_WORDS = 5
_KEYWORD_PLACE = 400
"""Lines from the start of a text in which the author's key phrases are looked for."""
_YEAR = re.compile(r"\b(?:19|20)\d\d[a-z]?\b")
_EDGE = 400
"""Characters from the start and from the end of a page in which its running heads stand."""
_REPEATED = 3
"""A line that stands this often or more in one text is furniture."""


def clean(text: str, heads: frozenset[str] = frozenset()) -> tuple[str, list[str]]:
    """The text without what is never a concept, and the author's own key phrases if a line gives them.

    ``heads`` are the running heads of its document, as ``running_heads`` tells them.
    """
    lines = _without_notices(_fold(text)).split("\n")
    if heads:
        lines = [line for line in lines if line.strip(_MARKS) not in heads]
    keywords = _author_keywords(lines)
    return "\n".join(_without_repeated(_without_headings(lines))), keywords


def running_heads(pages: list[str]) -> frozenset[str]:
    """Lines that stand at the edge of three pages or more, their numbers aside."""
    if len(pages) < _REPEATED:
        return frozenset()
    edges: Counter[str] = Counter()
    for page in pages:
        start, end = page[:_EDGE].split("\n"), page[-_EDGE:].split("\n")
        edges.update({line.strip(_MARKS) for line in (*start[:3], *end[-3:])})
    return frozenset(line for line, times in edges.items() if times >= _REPEATED and line)


def split_keywords(line: str) -> list[str]:
    """The phrases of an author's keyword line, in their order; what follows a sentence's end is not of them."""
    given = _KEYWORDS_END.split(" ".join(line.split()), maxsplit=1)[0]
    phrases = [part.strip(" .:*\u2022") for part in _SEPARATOR.split(given)]
    fit = takewhile(lambda phrase: len(phrase.split()) <= _KEYWORD_WORDS, phrases)
    return list(dict.fromkeys(phrase for phrase in fit if 1 < len(phrase) <= 80))


def _fold(text: str) -> str:
    if not text.isascii():
        for ligature, letters in _LIGATURES.items():
            if ligature in text:
                text = text.replace(ligature, letters)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "-\n" in text or "\u2010\n" in text:
        text = _joined(text)
    return text


def _joined(text: str) -> str:
    """Words broken over a line end made whole, with a hyphen only if the text writes them so elsewhere, or must."""
    written = frozenset(_WITH_HYPHEN.findall(text))

    def join(match: re.Match[str]) -> str:
        head, tail = match.groups()
        hyphenated = f"{head}-{tail}"
        return hyphenated if tail[0].isupper() or hyphenated in written else head + tail

    return _HYPHENATED.sub(join, text)


def _author_keywords(lines: list[str]) -> list[str]:
    """From a line that names them and those that go on."""
    for number, line in enumerate(lines[:_KEYWORD_PLACE]):
        if match := _KEYWORDS.match(line):
            given = [line[match.end() :]]
            # a list goes on while its lines hold separators; a heading or a paragraph does not
            given += takewhile(_SEPARATOR.search, lines[number + 1 : number + (5 if given[0].strip() else 7)])
            return split_keywords(" ".join(given))[:20]
    return []


def _without_notices(text: str) -> str:
    lower = text[:_NOTICE_PLACE].lower()
    for start, longest, end in _NOTICES:
        place = lower.find(start) if len(lower) == min(len(text), _NOTICE_PLACE) else -1
        if place >= 0:
            stop = text.find(end, place, place + longest)
            stop = stop + len(end) if stop >= 0 else place + min(longest, 200)
            text = f"{text[:place]} . {text[stop:]}"
            lower = text[:_NOTICE_PLACE].lower()
    if "subject descriptors" in lower or "general terms" in lower:
        text = _SUBJECT.sub("\n\n", text)
    return text


def _without_headings(lines: list[str]) -> list[str]:
    """Less the headings every paper has, and less the reference list, to an appendix or to the end."""
    kept: list[str] = []
    for number, line in enumerate(lines):
        heading = _heading(line) if len(line) <= _LONGEST_HEADING else ""
        if heading in _FORM:
            kept.append("")
        elif heading in _LISTS and _looks_listed("\n".join(lines[number + 1 : number + 61])[:3_000]):
            return kept + _after_references(lines[number + 1 :])
        else:
            kept.append(line)
    return kept


def _after_references(lines: list[str]) -> list[str]:
    places = (i for i, line in enumerate(lines) if _heading(line).startswith(_APPENDIX))
    return lines[next(places, len(lines)) :]


def _looks_listed(text: str) -> bool:
    return len(_YEAR.findall(text)) * 400 > len(text)


def _heading(line: str) -> str:
    """A line as a heading: without its number, lower-cased."""
    words = line.strip(_MARKS).lower()
    if words[:1] in _ROMAN_LETTERS:
        number, _, rest = words.partition(" ")
        if number.rstrip(".") in _ROMAN:
            return rest.lstrip(_MARKS)
    return words


def _without_repeated(lines: list[str]) -> list[str]:
    """Running heads and other furniture once only."""
    if len(lines) < 40:
        return lines
    repeated = {line for line, times in Counter(lines).items() if times >= _REPEATED and len(line) > 12}
    met: set[str] = set()
    kept = []
    for line in lines:
        if line in repeated:
            if line in met:
                continue
            met.add(line)
        kept.append(line)
    return kept

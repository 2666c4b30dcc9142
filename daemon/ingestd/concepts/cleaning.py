"""What is left out before candidates are counted: standard headings, notices, references, running heads."""

from __future__ import annotations

import re
from collections import Counter
from itertools import takewhile

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\xad": ""}
_BROKEN = re.compile(r"[-\u2010]\n[ \t]*([^\W\d_]+)")
"""Begins with what is seldom, the hyphen, so that most of a text is passed over quickly."""
_LOOKS = 20
"""Broken words looked up in the whole text; those after them in the set of its words with hyphens."""
_WITH_HYPHEN = re.compile(r"[^\W\d_]{2,}-[^\W\d_]+")
_FORM = frozenset(
    line.strip()
    for line in """
    abstract; summary; introduction; background; related work; related works; conclusion; conclusions
    discussion; conclusion and future work; conclusions and future work; future work
    introduction and background
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
_NOTICE_SIGNS = (
    b"permission",
    b"copyright",
    b"all rights reserved",
    b"subject descriptors",
    b"general terms",
)
"""A text without any of these, lower-cased, holds no notice, unless it has a character of the next."""
_NOTICE_CHARACTERS = ("©", "\u212a")
"""The Kelvin sign is the only other character that becomes a letter of ASCII, lower-cased."""
_NOTICE_PLACE = 40_000
"""Characters from the start of a text in which notices are looked for."""
_SUBJECT = re.compile(
    r"^(?:categories and subject descriptors|general terms)\b.{0,400}?\n\s*\n", re.I | re.M | re.S
)
_APPENDIX = ("appendi", "annex", "anhang", "apêndice", "apéndice")
_KEYWORDS = re.compile(
    r"[ \t]*(?:author )?(?:key ?-?words(?: and phrases)?|index terms|mots[- ]cl[ée]s|palavras[- ]chave|"
    r"palabras[- ]clave|schlüssel(?:wörter|begriffe)|schlagw[oö]rter|parole chiave|ключевые слова|"
    r"关键词|關鍵詞)"
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
_LONGEST_HEAD = 120
_EDGE = 400
"""Characters from the start and from the end of a page in which its running heads stand."""
_REPEATED = 3
"""A line that stands this often or more in one text is furniture."""


def clean(text: str, heads: frozenset[str] = frozenset(), *, front: bool = True) -> tuple[str, list[str]]:
    """The text without what is never a concept, and the author's own key phrases if a line gives them.

    ``heads`` are the running heads of its document, as ``running_heads`` tells them. Key phrases are looked
    for only in a text from the ``front`` of a document.
    """
    lines = _without_notices(_fold(text)).split("\n")
    if heads:
        lines = [line for line in lines if not line or line.strip(_MARKS) not in heads]
    keywords = _author_keywords(lines) if front else []
    return "\n".join(_without_repeated(_without_headings(lines))), keywords


def running_heads(pages: list[str]) -> frozenset[str]:
    """Lines that stand at the edge of three pages or more, their numbers aside."""
    if len(pages) < _REPEATED:
        return frozenset()
    edges: Counter[str] = Counter()
    for page in pages:
        start, end = page[:_EDGE].split("\n"), page[-_EDGE:].split("\n")
        edges.update({line.strip(_MARKS) for line in (*start[:3], *end[-3:])})
    return frozenset(
        line for line, times in edges.items() if times >= _REPEATED and 0 < len(line) <= _LONGEST_HEAD
    )


def split_keywords(line: str) -> list[str]:
    """The phrases of an author's keyword line, in their order, up to the end of a sentence."""
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
    if "-\n" in text or ("\u2010" in text and "\u2010\n" in text):
        text = _joined(text)
    return text


def _joined(text: str) -> str:
    """Words broken over a line end made whole, with a hyphen only if it must, or is written so elsewhere."""
    pieces: list[str] = []
    end, looks, written = 0, 0, None
    for match in _BROKEN.finditer(text):
        head, tail = _letters_before(text, end, match.start()), match[1]
        if len(head) < 2:
            continue
        hyphenated = joined = f"{head}-{tail}"
        if not tail[0].isupper():
            looks += 1
            if written is None and (looks > _LOOKS or hyphenated in text):
                written = frozenset(_WITH_HYPHEN.findall(text))
            joined = hyphenated if written is not None and hyphenated in written else head + tail
        pieces += text[end : match.start() - len(head)], joined
        end = match.end()
    return "".join([*pieces, text[end:]]) if pieces else text


def _letters_before(text: str, start: int, end: int) -> str:
    place = end
    while place > start and (before := text[place - 1]).isalnum() and not before.isdecimal():
        place -= 1
    return text[place:end]


def _author_keywords(lines: list[str]) -> list[str]:
    """From a line that names them and those that go on."""
    for number, line in enumerate(lines[:_KEYWORD_PLACE]):
        if match := _KEYWORDS.match(line):
            given = line[match.end() :]
            for after in lines[number + 1 : number + 8]:
                # a list goes on while its lines hold separators; a heading or a paragraph does not
                if given.strip() and not (_SEPARATOR.search(after) or given.rstrip().endswith((",", ";"))):
                    break
                given = f"{given} {after}"
            return split_keywords(given)[:20]
    return []


def _without_notices(text: str) -> str:
    if not _may_hold_notices(text):
        return text
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


def _may_hold_notices(text: str) -> bool:
    if any(map(text.__contains__, _NOTICE_CHARACTERS)):
        return True
    lower = text.encode("utf-8", "surrogatepass").lower()  # bytes are lower-cased ten times as fast
    return any(map(lower.__contains__, _NOTICE_SIGNS))


def _without_headings(lines: list[str]) -> list[str]:
    """Less the headings every paper has, and less the reference list, to an appendix or to the end."""
    short = [(i, _heading(line)) for i, line in enumerate(lines) if 0 < len(line) <= _LONGEST_HEADING]
    kept = lines.copy()
    for number, heading in short:
        if heading in _FORM:
            kept[number] = ""
        elif heading in _LISTS and _looks_listed("\n".join(lines[number + 1 : number + 61])[:3_000]):
            return kept[:number] + _after_references(lines[number + 1 :])
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
    long = [line for line in lines if len(line) > 12]
    if len(set(long)) == len(long):
        return lines
    repeated = {line for line, times in Counter(long).items() if times >= _REPEATED}
    met: set[str] = set()
    kept = []
    for line in lines:
        if line in repeated:
            if line in met:
                continue
            met.add(line)
        kept.append(line)
    return kept

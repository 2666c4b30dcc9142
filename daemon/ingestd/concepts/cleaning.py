"""What is left out before candidates are counted: headings of form, notices, reference lists, running heads."""

from __future__ import annotations

import re
from collections import Counter

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\xad": ""}
_HYPHENATED = re.compile(r"([^\W\d_]{2,})[-\u2010]\n[ \t]*([^\W\d_]+)")
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
_ROMAN = frozenset("i ii iii iv v vi vii viii ix x xi xii".split())
_LONGEST_HEADING = 48
_NOTICE = re.compile(
    r"permission to (?:make|copy|reproduce|use).{0,900}?(?:\bfee\b|permission of)|"
    r"copyright (?:\(c\)|©|\d{4}|is held).{0,120}|©.{0,100}|all rights reserved",
    re.IGNORECASE | re.DOTALL,
)
_SUBJECT = re.compile(
    r"^(?:categories and subject descriptors|general terms)\b.{0,400}?\n\s*\n", re.I | re.M | re.S
)
_APPENDIX = ("appendi", "annex", "anhang", "apêndice", "apéndice")
_KEYWORDS = re.compile(
    r"^[ \t]*(?:author )?(?:key ?-?words(?: and phrases)?|index terms|mots[- ]cl[ée]s|palavras[- ]chave|"
    r"palabras[- ]clave|schlüssel(?:wörter|begriffe)|schlagw[oö]rter|parole chiave|ключевые слова|关键词|關鍵詞)"
    r"[ \t]*[:.\-\u2013\u2014\uff1a][ \t]*(.{3,600}?)(?:\n[ \t]*\n|\n(?=\d|[A-Z][A-Z])|\Z)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d[a-z]?\b")
_REPEATED = 3
"""A line that stands this often or more in one text is furniture."""


def clean(text: str) -> tuple[str, list[str]]:
    """The text without what is never a concept, and the author's own key phrases if a line gives them."""
    text = _fold(text)
    keywords = _author_keywords(text)
    lines = text.split("\n")
    lines = _without_repeated(_without_forms(_without_references(lines)))
    text = "\n".join(lines)
    head = text[:40_000].lower()
    if "permission" in head or "©" in head or "copyright" in head:
        text = _NOTICE.sub(" . ", text)
    if "subject descriptors" in head or "general terms" in head:
        text = _SUBJECT.sub("\n\n", text)
    return text, keywords


def split_keywords(line: str) -> list[str]:
    """The phrases of an author's keyword line, in their order."""
    parts = re.split(r"[;,·•|\uff0c\u3001\uff1b]|\s[-\u2013\u2014]\s|\.\s", " ".join(line.split()))
    phrases = [part.strip(" .:*\u2022") for part in parts]
    return list(dict.fromkeys(phrase for phrase in phrases if 1 < len(phrase) <= 80))


def _fold(text: str) -> str:
    if not text.isascii():
        for ligature, letters in _LIGATURES.items():
            if ligature in text:
                text = text.replace(ligature, letters)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "-\n" in text or "\u2010\n" in text:
        text = _HYPHENATED.sub(lambda m: _joined(m, text), text)
    return text


def _joined(match: re.Match[str], text: str) -> str:
    """A word broken over a line end: with its hyphen only if the text writes it so elsewhere, or must."""
    head, tail = match.groups()
    hyphenated = f"{head}-{tail}"
    return hyphenated if tail[0].isupper() or hyphenated in text else head + tail


def _author_keywords(text: str) -> list[str]:
    match = _KEYWORDS.search(text[:20_000])
    return split_keywords(match[1])[:20] if match else []


def _without_references(lines: list[str]) -> list[str]:
    """Less the reference list: from its heading to an appendix, or to the end."""
    for number, line in enumerate(lines):
        if len(line) > _LONGEST_HEADING or _heading(line) not in _LISTS:
            continue
        listed = lines[number + 1 :]
        if not _looks_listed("\n".join(listed[:60])[:3_000]):
            continue
        after = next(
            (i for i, entry in enumerate(listed) if _heading(entry).startswith(_APPENDIX)), len(listed)
        )
        return lines[:number] + listed[after:]
    return lines


def _looks_listed(text: str) -> bool:
    return len(_YEAR.findall(text)) * 400 > len(text)


def _without_forms(lines: list[str]) -> list[str]:
    return ["" if len(line) <= _LONGEST_HEADING and _heading(line) in _FORM else line for line in lines]


def _heading(line: str) -> str:
    """A line as a heading: without its number, lower-cased."""
    words = line.strip(_MARKS).lower()
    number, _, rest = words.partition(" ")
    return rest.lstrip(_MARKS) if number.rstrip(".") in _ROMAN else words


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

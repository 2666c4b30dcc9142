"""What is left out before candidates are counted: headings of form, notices, reference lists, running heads."""

from __future__ import annotations

import re
from collections import Counter

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\xad": ""}
_HYPHENATED = re.compile(r"([^\W\d_]{2,})[-\u2010]\n[ \t]*([^\W\d_]+)")
_FORM = re.compile(
    r"^[\W\d]*(?:[IVX]+\.? )?(?:abstract|summary|introduction|background|related works?|conclusions?|discussion|"
    r"conclusions? and future works?|future works?|introduction and background|acknowledge?ments?|"
    r"general terms|keywords|index terms|categories and subject descriptors|appendix|"
    r"table of contents|contents|résumé|resumo|zusammenfassung|riassunto|resumen|einleitung|introdução|"
    r"introducción)[\W\d]*$",
    re.IGNORECASE | re.MULTILINE,
)
_NOTICE = re.compile(
    r"permission to (?:make|copy|reproduce|use).{0,900}?(?:\bfee\b|permission of)|"
    r"copyright (?:\(c\)|©|\d{4}|is held).{0,120}|©.{0,100}|all rights reserved",
    re.IGNORECASE | re.DOTALL,
)
_SUBJECT = re.compile(
    r"^(?:categories and subject descriptors|general terms)\b.{0,400}?\n\s*\n", re.I | re.M | re.S
)
_REFERENCES = re.compile(
    r"^[\W\d]*(?:[IVX]+\.? )?(?:references|bibliography|literature cited|works cited|références(?: bibliographiques)?|"
    r"bibliographie|literatur(?:verzeichnis)?|referências(?: bibliográficas)?|bibliografia|referencias|"
    r"bibliografía|riferimenti bibliografici|литература|список литературы|参考文献|參考文獻)[\W\d]*$",
    re.IGNORECASE | re.MULTILINE,
)
_APPENDIX = re.compile(
    r"^[\W\d]*(?:appendi(?:x|ces)|annexes?|anhang|apêndice|apéndice)\b", re.IGNORECASE | re.MULTILINE
)
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
    text = _without_references(text)
    text = _without_repeated_lines(text)
    lower = text[:40_000].lower()
    if "permission" in lower or "©" in lower or "copyright" in lower:
        text = _NOTICE.sub(" . ", text)
    if "subject descriptors" in lower or "general terms" in lower:
        text = _SUBJECT.sub("\n\n", text)
    return _FORM.sub(" . ", text), keywords


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


def _without_references(text: str) -> str:
    """Cut the reference list: from its heading, on a page that looks like one as a whole."""
    for match in _REFERENCES.finditer(text):
        listed = text[match.end() :]
        if not _looks_listed(listed[:3_000]):
            continue
        after = _APPENDIX.search(listed)
        return text[: match.start()] + (listed[after.start() :] if after else "")
    return text


def _looks_listed(text: str) -> bool:
    return len(_YEAR.findall(text)) * 400 > len(text)


def _without_repeated_lines(text: str) -> str:
    lines = text.split("\n")
    if len(lines) < 40:
        return text
    repeated = {line for line, times in Counter(lines).items() if times >= _REPEATED and len(line) > 12}
    if not repeated:
        return text
    met: set[str] = set()
    kept = []
    for line in lines:
        if line in repeated:
            if line in met:
                continue
            met.add(line)
        kept.append(line)
    return "\n".join(kept)

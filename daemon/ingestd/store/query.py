"""The query language: text an operator types, read into a small structure, written as a safe FTS5 expression.

::

    neural networks        both words
    "neural networks"      the phrase
    net*                   words that begin so
    cats OR dogs food      (cats or dogs) and food
    -cats, NOT "cat food"  without

Anything else between words (brackets, colons, signs) separates them. A word with inner signs
(``state-of-the-art``) is a phrase of its parts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingestd.errors import QueryError
from ingestd.store.words import is_unspaced, set_apart

MAX_CHARACTERS = 2000
MAX_TERMS = 64
MIN_PREFIX = 2
"""Letters before a ``*``: one letter would name a tenth of all words."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word, the beginning of one, or a phrase."""

    text: str
    prefix: bool = False
    quoted: bool = False

    def expression(self) -> str:
        """As FTS5 reads it: always one quoted string, so nothing in it can be an operator."""
        inner = set_apart(self.text).replace('"', " ")
        return f'"{inner}"*' if self.prefix else f'"{inner}"'


@dataclass(frozen=True, slots=True)
class Query:
    """Every clause must match, by any of its terms; no excluded term may; optional ones raise the score."""

    clauses: tuple[tuple[Term, ...], ...]
    excluded: tuple[Term, ...] = ()
    optional: tuple[Term, ...] = ()


def parse(text: str) -> Query:
    """Read a query. Raises ``QueryError`` whose message says what is wrong, and where."""
    if len(text) > MAX_CHARACTERS:
        raise QueryError(f"the query is longer than {MAX_CHARACTERS} characters")
    items = [item for item in _items(text) if isinstance(item, str) or _has_word(item.term.text)]
    query = _assemble(items)
    if not query.clauses:
        raise QueryError(_nothing(query, text))
    if sum(map(len, query.clauses)) + len(query.excluded) > MAX_TERMS:
        raise QueryError(f"the query has more than {MAX_TERMS} words")
    return query


@dataclass(frozen=True, slots=True)
class _Item:
    term: Term
    negated: bool


_TYPOGRAPHIC = "“”„‟«»＂"
_AS_QUOTES = str.maketrans(dict.fromkeys(_TYPOGRAPHIC, '"'))
_AS_SPACES = str.maketrans(dict.fromkeys(_TYPOGRAPHIC, " "))
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_ITEM = re.compile(r'(?P<minus>-?)"(?P<phrase>[^"]*)(?P<close>"(?P<star>\*)?)?|(?P<word>[^\s"]+)')
_OPERATORS = ("AND", "OR", "NOT")


def _items(text: str) -> list[_Item | str]:
    """Terms and operators in the order they stand."""
    items: list[_Item | str] = []
    for match in _ITEM.finditer(_CONTROL.sub(" ", _with_plain_quotes(text))):
        word = match["word"]
        if word in _OPERATORS:
            items.append(word)
        elif word is not None:
            items.append(_word(word))
        elif match["close"] is None:
            raise QueryError(f"the quotation mark at character {match.start() + 1} is never closed")
        else:
            term = Term(match["phrase"], prefix=bool(match["star"]), quoted=True)
            items.append(_Item(term, bool(match["minus"])))
    return items


def _with_plain_quotes(text: str) -> str:
    """Typographic quotes as ``"``. Where one lacks its other half, they came with a pasted text and mean nothing."""
    quoted = text.translate(_AS_QUOTES)
    if quoted.count('"') % 2 and text.count('"') % 2 == 0:
        return text.translate(_AS_SPACES)
    return quoted


def _word(word: str) -> _Item:
    negated = word.startswith("-")
    body = word.strip("-,;:.!?()[]{}")
    prefix = body.endswith("*")
    term = Term(body.replace("*", " ").strip(), prefix)
    if prefix and sum(map(str.isalnum, term.text)) < MIN_PREFIX and not is_unspaced(body):
        raise QueryError(f"{body!r} needs at least {MIN_PREFIX} letters before the *")
    return _Item(term, negated)


def _has_word(text: str) -> bool:
    return any(map(str.isalnum, text))


def _assemble(items: list[_Item | str]) -> Query:
    clauses: list[tuple[Term, ...]] = []
    excluded: list[Term] = []
    before: str | None = None  # the operator that waits for its right side
    joinable = False  # whether an OR may join to the last clause
    for item in items:
        if isinstance(item, str):
            before = _operator(before, item, joinable)
            continue
        if before == "OR" and item.negated:
            raise QueryError("OR cannot join a word that is excluded")
        if before == "NOT" or item.negated:
            excluded.append(item.term)
            joinable = False
        elif before == "OR":
            clauses[-1] += (item.term,)
        else:
            clauses.append((item.term,))
            joinable = True
        before = None
    if before is not None:
        raise QueryError(f"{before} needs a word or a phrase after it")
    return Query(tuple(clauses), tuple(excluded))


def _operator(before: str | None, operator: str, joinable: bool) -> str:
    """The operator now in force; AND NOT is NOT, AND alone says what is meant anyway."""
    if before is not None and (before, operator) != ("AND", "NOT"):
        raise QueryError(f"{before} needs a word or a phrase after it, not {operator}")
    if operator == "OR" and not joinable:
        raise QueryError("OR needs a word or a phrase before it that is not excluded")
    return operator


def _nothing(query: Query, text: str) -> str:
    if query.excluded:
        return "the query only says what to leave out: add a word to look for"
    return "the query holds no word to look for" if text.strip() else "the query is empty"

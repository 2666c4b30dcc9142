"""The query language: what it means, what it refuses, and that nothing in it reaches FTS5 as an operator."""

from __future__ import annotations

import apsw
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingestd.errors import QueryError
from ingestd.store.matching import expression
from ingestd.store.query import Query, Term, parse


def meaning(text: str) -> tuple[list[list[str]], list[str]]:
    """Clauses and exclusions, with prefixes starred and phrases quoted."""

    def spell(term: Term) -> str:
        quoted = f'"{term.text}"' if term.quoted else term.text
        return quoted + ("*" if term.prefix else "")

    query = parse(text)
    return [[spell(t) for t in clause] for clause in query.clauses], [spell(t) for t in query.excluded]


@pytest.mark.parametrize(
    ("text", "clauses", "excluded"),
    [
        ("neural networks", [["neural"], ["networks"]], []),
        ('"neural networks" cat', [['"neural networks"'], ["cat"]], []),
        ("“neural networks” «chat noir»", [['"neural networks"'], ['"chat noir"']], []),
        ("end of it.” Nobody “knew”", [[w] for w in ["end", "of", "it", "Nobody", "knew"]], []),
        ('"hot dogs" said “he', [['"hot dogs"'], ["said"], ["he"]], []),
        ('“hot dogs" cats', [['"hot dogs"'], ["cats"]], []),
        ("net*", [["net*"]], []),
        ('"neural net"*', [['"neural net"*']], []),
        ("cats OR dogs food", [["cats", "dogs"], ["food"]], []),
        ("a1 OR b1 OR c1", [["a1", "b1", "c1"]], []),
        ("cats AND dogs", [["cats"], ["dogs"]], []),
        ("cats -dogs", [["cats"]], ["dogs"]),
        ('cats NOT "hot dogs" AND NOT mice', [["cats"]], ['"hot dogs"', "mice"]),
        ('-"hot dogs" cats', [["cats"]], ['"hot dogs"']),
        ("cats or dogs and not mice", [[w] for w in ["cats", "or", "dogs", "and", "not", "mice"]], []),
        ("state-of-the-art", [["state-of-the-art"]], []),
        ("(cats: dogs)", [["cats"], ["dogs"]], []),
        ("cats - dogs -- ++", [["cats"], ["dogs"]], []),
        ("title:cats NEAR(a1,3)", [["title:cats"], ["NEAR(a1,3"]], []),
        ("中文 OR 日本*", [["中文", "日本*"]], []),
    ],
)
def test_what_a_query_means(text: str, clauses: list[list[str]], excluded: list[str]) -> None:
    """The language as the module says it."""
    assert meaning(text) == (clauses, excluded)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the query is empty"),
        ("  \n", "the query is empty"),
        ("?! ...", "no word to look for"),
        ('cats "hot dogs', "quotation mark at character 6 is never closed"),
        ("OR cats", "OR needs a word or a phrase before it"),
        ("cats OR", "OR needs a word or a phrase after it"),
        ("cats OR OR dogs", "OR needs a word or a phrase after it, not OR"),
        ("cats NOT", "NOT needs a word or a phrase after it"),
        ("cats NOT AND dogs", "NOT needs a word or a phrase after it, not AND"),
        ("cats OR -dogs", "OR cannot join a word that is excluded"),
        ("-cats OR dogs", "OR needs a word or a phrase before it"),
        ("-cats", "only says what to leave out"),
        ("a*", "needs at least 2 letters before the *"),
        ("*", "needs at least 2 letters before the *"),
        ("x" * 3000, "longer than 2000 characters"),
        ("cats " * 65, "more than 64 words"),
    ],
)
def test_a_malformed_query_is_told_what_is_wrong(text: str, said: str) -> None:
    """One sentence about the very mistake, and a hint."""
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert said in caught.value.message
    assert caught.value.hint


def test_a_term_is_one_string_whatever_is_in_it() -> None:
    """Quotes inside cannot end it."""
    assert Term('a" OR "b').expression() == '"a  OR  b"'
    assert Term("ab", prefix=True).expression() == '"ab"*'


_OPERATORS = [
    '"',
    "*",
    "-",
    "OR",
    "AND",
    "NOT",
    "NEAR",
    "(",
    ")",
    "{",
    "}",
    ":",
    "^",
    "+",
    "text",
    "rowid",
    "ab*",
]
_OTHERS = [
    "cat",
    "'",
    ";",
    "\\",
    "\x00",
    "\ud800",
    "中文",
    "é",
    "\u0301",
    " ",
    "--",
    "/*",
    "DROP TABLE documents",
]
_PIECES = st.sampled_from(_OPERATORS + _OTHERS)


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(_PIECES, max_size=14).map("".join),
        st.lists(_PIECES, max_size=14).map(" ".join),
    )
)
@example('a"b')
@example('text : "x')
@example("ab*cd* ef*")
def test_any_text_is_refused_or_is_a_good_expression(text: str) -> None:
    """Whatever is typed: a ``QueryError``, or an expression that FTS5 takes and that only looks words up."""
    try:
        query = parse(text)
    except QueryError:
        return
    _DB.execute("SELECT rowid FROM search WHERE search MATCH ?", (expression(query),)).fetchall()
    outside = expression(query).split('"')[::2]  # what is not inside quotes
    assert set("".join(outside).replace("text :", "")) <= set(" ()*ORANDNOT")


_DB = apsw.Connection(":memory:")
_DB.execute("CREATE VIRTUAL TABLE search USING fts5 (text, context, tokenize = 'porter unicode61')")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.from_regex(r"[a-z]{2,8}", fullmatch=True), min_size=1, max_size=10))
def test_plain_words_are_all_required(words: list[str]) -> None:
    """Lower-case words have no other meaning than themselves."""
    assert parse(" ".join(words)) == Query(tuple((Term(w),) for w in words))

"""Words as the index sees them: one place for what is done to text before FTS5's tokenizer gets it.

Scripts written without spaces (Chinese, Japanese, Thai, ...) would be one endless word to the tokenizer.
Their characters are set apart, so each is a word and a phrase of them finds exactly what stands there.
Korean is among them: its particles cling to the nouns that people search for.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import apsw

TOKENIZER = ("porter", ["unicode61", "remove_diacritics", "2"])
"""The tokenizer of the table ``search``, for words outside of it."""

UNSPACED = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff"  # Burmese, Khmer
    "\u3005-\u3007\u3041-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"  # kana, bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # ideographs
    "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"  # Korean
    "\uff66-\uff9f"  # half-width kana
)
"""Ranges of a character class of regular expressions: the scripts written without spaces."""

# Lead bytes in UTF-8 of the characters above. A page without any of them is told apart in microseconds,
# where the regular expression takes five times as long.
_OTHER_BYTES = bytes(set(range(256)) - {0xE0, 0xE1, *range(0xE3, 0xEE), 0xEF, 0xF0})


def encodable(text: str) -> str:
    """The text with halves of surrogate pairs, which no encoding can hold, as U+FFFD: one for one."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", "\ufffd", text)
    return text


def is_unspaced(text: str) -> bool:
    """Whether any of it is in a script that needs setting apart."""
    if text.isascii() or not text.encode("utf-8", "surrogatepass").translate(None, _OTHER_BYTES):
        return False
    return _unspaced_character().search(text) is not None


def set_apart(text: str) -> str:
    """The text with each character of an unspaced script as a word of its own."""
    return text if text.isascii() else _unspaced_character().sub(r" \g<0> ", text)


@cache
def _unspaced_character() -> re.Pattern[str]:
    return re.compile(f"[{UNSPACED}]")  # milliseconds of each start, for what many archives never hold


def stems(db: apsw.Connection, text: str) -> list[str]:
    """The words of ``text`` as the index holds them."""
    tokenizer = db.fts5_tokenizer(*TOKENIZER)
    encoded = set_apart(encodable(text)).encode()
    found: Any = tokenizer(
        encoded, apsw.FTS5_TOKENIZE_QUERY, None, include_offsets=False, include_colocated=False
    )
    return list(found)


def concept_name(db: apsw.Connection, text: str) -> str:
    """What is the same for all spellings of a concept: its stems. Names with signs (C++) keep them."""
    plain = " ".join(encodable(text).casefold().split())
    if any(sign in text for sign in "+#"):
        return plain
    return " ".join(stems(db, text)) or plain

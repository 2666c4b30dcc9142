"""Where sentences end, in any script, without being led astray by abbreviations and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from functools import lru_cache
from itertools import islice

from ingestd.chunking.kinds import BLANKS, CLOSERS, OPENERS, TERMINATORS, WIDE_TERMINATORS

# What is matched is never given back: linear also on a million full stops.
_END = re.compile(f"[{re.escape(TERMINATORS + WIDE_TERMINATORS)}]++[{re.escape(CLOSERS)}]*+")

_CAPITAL = re.compile("[A-Z]")

_TOKEN = 16
"""Characters looked at before a full stop."""

_LONG_WORD = 7
"""Letters before a full stop that make it no abbreviation; most sentences are decided by this alone."""

_ORDINAL = 2
"""Digits of a number that a full stop makes an ordinal or an item's: ``14. Debt``, ``am 3. Mai``."""

_SAMPLE = 20_000
"""Characters that tell whether a text has capitals."""

_CASELESS = 200
"""Small letters to a capital from which on it has none."""

# What a full stop shortens and something follows; words that often end a sentence (etc., Inc.) are left out.
_BY_LANGUAGE = {
    "all": "al ca cf ed eds ibid loc op p pp ref refs vol vols vs",
    "months": "jan feb mar apr jun jul aug sep sept oct nov dec",
    "science": "approx eq eqs exp fig figs sec sect resp rem thm def prop lem cor suppl seq",
    "en": """art cap ch chap col dept dr esp est ex gen gov hon lt mr mrs ms messrs mt nos para pl prof
        pt pts rep rev sen sgt st ste""",
    "de": """abb abs anm aufl bd bde bspw bzgl bzw ders dgl dipl ebd evtl gem ggf ggü hrsg ing insb jg jh
        kap lfd lit mio mrd nr sog str tab tel usw vgl zb zzgl ziff""",
    "fr": "av avr bibl boul cit éd env fasc févr hab janv juil mme mlle mm obs tél trad",
    "es, pt": "aprox cía dña dto excmo fdo gral ilmo núm pág págs prov sr sra sres srta ud uds vda",
    "it": "avv cfr dott ecc pag pagg sig sigg sig.ra",
    "nl, sv, da, no": "bijv blz dhr drs mevr mw nl zgn obs osv tlf tex",
    "pl, cs": "dz gł itp np pkt por rys tj tzw ul",
}
_ABBREVIATIONS = frozenset(" ".join(_BY_LANGUAGE.values()).split())


def sentence_ends(text: str, caseless: bool) -> Iterator[int]:
    """Offsets just behind each sentence's last character, line ends aside, in order.

    ``caseless``: see ``is_caseless``.
    """
    last = len(text)
    for match in _END.finditer(text):
        stop, end = match.span()
        if end == last or (text[stop] not in WIDE_TERMINATORS and text[end] not in BLANKS):
            continue
        if text[stop] != "." or _ends_here(text, stop, end, caseless):
            yield end


def ends_sentence(text: str, end: int) -> bool:
    """Whether what stands before offset ``end`` closes a sentence (also one that a quote closes)."""
    position = end - 1
    while position > max(0, end - 4) and text[position] in CLOSERS:
        position -= 1
    return position >= 0 and (text[position] in TERMINATORS or text[position] in WIDE_TERMINATORS)


def _ends_here(text: str, stop: int, end: int, caseless: bool) -> bool:
    """Whether the full stop at ``stop`` ends a sentence."""
    after = text[end : end + 4].lstrip()
    if after and (after[0] in TERMINATORS or (after[0].islower() and not caseless)):
        return False
    if stop >= _LONG_WORD and text[stop - _LONG_WORD : stop].isalpha():
        return True
    if stop == 0 or text[stop - 1].isspace():
        return True
    if end - stop > 1:
        return True  # a quote or bracket closes behind it
    word = text[max(0, stop - _TOKEN) : stop].rsplit(None, 1)[-1].lstrip(OPENERS)
    match weight_of(word):
        case Weight.WORD:
            return True
        case Weight.SHORTENED:
            return False
        case Weight.ORDINAL:
            return not after
        case Weight.INITIAL:
            return not caseless and after[1:2] != "."
        case Weight.NUMERO:
            return not after[:1].isdigit()


class Weight(IntEnum):
    """What a word right before a full stop says about it."""

    WORD = 0
    """The sentence ends."""
    SHORTENED = 1
    """The full stop belongs to the word."""
    ORDINAL = 2
    """A short number: so it does, if anything follows."""
    INITIAL = 3
    """A small letter: a sentence ends in a text with capitals, unless a second initial follows."""
    NUMERO = 4
    """``No``: it does if no number follows."""


@lru_cache(maxsize=4096)
def weight_of(word: str) -> Weight:
    """What ``word``, of at most 16 characters, says about the full stop behind it."""
    if word.isdigit():
        return Weight.WORD if len(word) > _ORDINAL else Weight.ORDINAL
    if len(word) == 1 and word.isalpha():
        return Weight.INITIAL if word.islower() else Weight.SHORTENED
    small = word.lower()
    if small == "no":
        return Weight.NUMERO
    return Weight.SHORTENED if small in _ABBREVIATIONS or _is_dotted(word) else Weight.WORD


def _is_dotted(token: str) -> bool:
    """``e.g``, ``z.B``, ``U.S``: single letters between full stops."""
    return len(token) > 2 and "." in token and all(len(part) == 1 for part in token.split("."))


def is_caseless(text: str) -> bool:
    """Whether a small letter after a full stop says nothing, since the text has hardly a capital."""
    sample = text[:_SAMPLE]
    enough = -(-len(sample) // _CASELESS)
    if sum(1 for _ in islice(_CAPITAL.finditer(sample), enough)) == enough:
        return False
    small = sum(map(str.islower, sample))
    return sum(map(str.isupper, sample)) * _CASELESS < small

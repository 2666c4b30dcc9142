"""Where sentences end, in any script, without being led astray by abbreviations and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

TERMINATORS = ".!?…‽؟۔।॥։።။៕"
WIDE_TERMINATORS = "。！？｡．"
"""Those of scripts that put no space after them."""

CLOSERS = "\"'”’“»›)]}）」』】〉》*_"

# What is matched is never given back: linear also on a million full stops.
_END = re.compile(f"[{re.escape(TERMINATORS + WIDE_TERMINATORS)}]++[{re.escape(CLOSERS)}]*+")
_SPACES = frozenset(" \t\xa0\u2002\u2003\u2009\u202f\u3000")

_TOKEN = 16
"""Characters looked at before a full stop."""

_LONG_WORD = 7
"""Letters before a full stop that make it no abbreviation; most sentences are decided by this alone."""

_ORDINAL = 2
"""Digits of a number that a full stop makes an ordinal or an item's: ``14. Debt``, ``am 3. Mai``."""

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


def sentence_ends(text: str) -> Iterator[int]:
    """Offsets just behind each sentence's last character, line ends aside, in order."""
    caseless = _is_caseless(text)
    last = len(text)
    for match in _END.finditer(text):
        stop, end = match.span()
        if end == last or (text[stop] not in WIDE_TERMINATORS and text[end] not in _SPACES):
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
    before = text[max(0, stop - _TOKEN) : stop]
    if not before or before[-1].isspace():
        return True
    if end - stop > 1:
        return True  # a quote or bracket closes behind it
    token = before.split()[-1].lstrip("([{\"'“‘«„")
    if token.isdigit():
        return len(token) > _ORDINAL or not after
    if len(token) == 1 and token.isalpha():
        return token.islower() and not caseless and after[1:2] != "."
    if token.lower() == "no":
        return not after[:1].isdigit()
    return not (token.lower() in _ABBREVIATIONS or _is_dotted(token))


def _is_dotted(token: str) -> bool:
    """``e.g``, ``z.B``, ``U.S``: single letters between full stops."""
    return len(token) > 2 and "." in token and all(len(part) == 1 for part in token.split("."))


def _is_caseless(text: str) -> bool:
    """Whether a small letter after a full stop says nothing, since the text has hardly a capital."""
    sample = text[:20_000]
    small = sum(map(str.islower, sample))
    return sum(map(str.isupper, sample)) * 200 < small

"""Where sentences end, in any script, without being led astray by abbreviations and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

TERMINATORS = ".!?…‽؟۔।॥։።။៕"
WIDE_TERMINATORS = "。！？｡．"
"""Those of scripts that put no space after them."""

CLOSERS = "\"'”’“»›)]}）」』】〉》*_"

# A run of terminators is entered at its first character only, and never given back: linear on "......".
_END = re.compile(
    rf"(?<![{re.escape(TERMINATORS)}])[{re.escape(TERMINATORS)}]++[{re.escape(CLOSERS)}]*+(?=[ \t\xa0\u2000-\u200a\u3000])"
    rf"|[{WIDE_TERMINATORS}]++[{re.escape(CLOSERS)}{WIDE_TERMINATORS}]*+"
)

_TOKEN = 16
"""Characters looked at before a full stop."""

# Words that a full stop shortens and that something follows; those that often end a sentence (etc., Inc.) are left out.
_ABBREVIATIONS = frozenset(
    """
    al approx art ca cap ch chap cf cfr col dept dr ed eds eq eqs esp est ex exp fig figs gen gov hon lt ltn
    ms mr mrs messrs mt no nos nr op p para pl pp prof pt pts rep rev sec sect sen sgt st ste vol vols vs
    abb abs anm aufl bd bde bspw bzgl bzw ders dgl dipl ebd evtl gem ggf ggü hrsg ing insb jg jh kap lfd lit
    mio mrd nachf o.ä sog str tab tel u.a usw vgl zb zzgl ziff
    apr av avr bibl boul cit éd env fasc févr hab janv juil mme mlle mm obs oct p.ex sept tél trad
    aprox cap cía dña dto excmo fdo gral ilmo núm pág págs prov sr sra sres srta ud uds vda
    avv dott ecc ing n.b pag pagg sig sigg sig.ra tav
    bijv blz dhr drs mevr mw nl resp zgn
    kap nb obs osv tlf tex t.ex
    dz gł itp np nr pkt por prof rys tj tzw ul
    jan feb mar jun jul aug sep oct nov dec
    ibid inter loc ref refs rem resp seq suppl thm def prop lem cor
    """.split()
)


def sentence_ends(text: str) -> Iterator[int]:
    """Offsets just behind each sentence's last character, line ends aside, in order."""
    caseless = _is_caseless(text)
    for match in _END.finditer(text):
        if text[match.start()] != "." or _ends_here(text, match.start(), match.end(), caseless):
            yield match.end()


def ends_sentence(text: str, end: int) -> bool:
    """Whether what stands before offset ``end`` closes a sentence (also one that a quote closes)."""
    position = end - 1
    while position > max(0, end - 4) and text[position] in CLOSERS:
        position -= 1
    return position >= 0 and (text[position] in TERMINATORS or text[position] in WIDE_TERMINATORS)


def _ends_here(text: str, stop: int, end: int, caseless: bool) -> bool:
    """Whether the full stop at ``stop`` ends a sentence."""
    after = text[end : end + 3].lstrip()
    if after and after[0].islower() and not caseless:
        return False
    before = text[max(0, stop - _TOKEN) : stop]
    words = before.split()
    if not words or before[-1].isspace():
        return True
    token = words[-1].lstrip("([{\"'“‘«„")
    if token.isdigit():
        return not _is_ordinal(token, words, after)
    if len(token) == 1 and token.isalpha():
        return not token.isupper() and not caseless
    return not (token.lower() in _ABBREVIATIONS or _is_dotted(token))


def _is_ordinal(number: str, words: list[str], after: str) -> bool:
    """``14. Debt`` after a sentence's end numbers an item; ``am 3. Mai`` names a day."""
    if len(number) > 2 or not after:
        return False
    return len(words) < 2 or words[-2][-1] in TERMINATORS or words[-2].islower()


def _is_dotted(token: str) -> bool:
    """``e.g``, ``z.B``, ``U.S``: single letters between full stops."""
    return len(token) > 2 and "." in token and all(len(part) == 1 for part in token.split("."))


def _is_caseless(text: str) -> bool:
    """Whether a small letter after a full stop says nothing, since the text has hardly a capital."""
    sample = text[:20_000]
    small = sum(map(str.islower, sample))
    return sum(map(str.isupper, sample)) * 200 < small

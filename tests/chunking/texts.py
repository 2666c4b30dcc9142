"""Texts for the tests of chunking."""

from __future__ import annotations

from hypothesis import strategies as st

PIECES = [
    "word",
    "Another",
    "e.g. this",
    "et al. say",
    "Fig. 3",
    "3.5",
    "J. R. Smith",
    ". ",
    ".",
    "! ",
    "?\n",
    "\n",
    "\n\n",
    "\r\n",
    "\x0c",
    "\n\x0c\n",
    " ",
    "\t",
    "   ",
    ", ",
    "; ",
    ":\n",
    "- item\n",
    "1. item\n",
    "# Title\n",
    "= Title =\n",
    "Title\n=====\n",
    "2.1 Data\n\n",
    "a | b | c\n",
    "    code()\n",
    "。",
    "測試",
    "ภาษา",
    "\ud800",
    "\x00",
    "́",
    "\u200d",
    "\u2028",
    "x" * 700,
    "long sentence of several words " * 9,
    "}, {",
    '."}, {"',
    "\x1c",
    "\x85",
    "\ufeff",
    "🙂",
]

texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=120).map("".join),
    st.text(alphabet=st.characters(), max_size=400),
)

PROSE = (
    "The first observation of the season was made before dawn. Nobody had expected the birds to return "
    "so early, and yet they came in great numbers. By the end of the week, over four hundred nests had "
    "been counted along the northern shore; most of them held at least two eggs. "
)

HOSTILE = {
    "no space": "x",
    "line ends": "\n",
    "lines of one": "a\n",
    "full stops": ".",
    "spaced full stops": ". ",
    "initials": "A. ",
    "closers": ".)",
    "surrogates": "\ud800",
    "NUL": "\x00",
    "marks": "\u0301",
    "spaces, then one line": " " * 99 + "\n",
    "hashes": "# a" + "#" * 300 + "x\n",
    "equals": "= a ",
    "titles": "A\n===\n",
    "pages": "a\f",
    "records": "} {",
    "wide": "這是一個測試。",
}

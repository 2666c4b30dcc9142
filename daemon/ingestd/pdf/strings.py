"""Strings a PDF says of itself, made safe to keep: bounded, one line, no controls, no lone surrogates."""

from __future__ import annotations

import re
from datetime import datetime

MAX_STRING = 2_000
"""Characters kept of one metadata string."""

_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u200b\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff\ue000-\uf8ff]+"
)
_DATE = re.compile(
    r"D?:?\s*(\d{4})[-/]?(\d\d)?[-/]?(\d\d)?[T ]?(\d\d)?:?(\d\d)?:?(\d\d)?"
    r"\s*(Z|[+-](?=\d\d))?(\d\d)?'?:?(\d\d)?"
)


def clean(text: str, limit: int = MAX_STRING) -> str:
    """``text`` on one line, without controls and private-use characters, cut at ``limit``."""
    return " ".join(_CONTROLS.sub(" ", text[: 4 * limit]).split())[:limit]


def iso_date(text: str) -> str:
    """A PDF date (``D:20240131120000+01'00'``, or one of the ways it is misspelt) as ISO 8601; else empty."""
    match = _DATE.match(text.strip()[:40])
    if match is None:
        return ""
    year, month, day, hour, minute, second, sign, off_hour, off_minute = match.groups()
    date = f"{year}-{month or '01'}-{day or '01'}T{hour or '00'}:{minute or '00'}:{second or '00'}"
    zone = "" if sign is None else "+00:00" if sign == "Z" else f"{sign}{off_hour}:{off_minute or '00'}"
    try:
        datetime.fromisoformat(date + zone)
    except ValueError:
        return ""
    return date + zone

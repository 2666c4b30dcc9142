"""Which names in an inbox are meant for us."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Sequence

from ingestd.config import Inbox
from ingestd.untrusted import SET_ASIDE


class Names:
    """An inbox's ``include`` and ``ignore`` patterns, matched without regard to case on single names."""

    def __init__(self, inbox: Inbox) -> None:
        self._include = _any_of(inbox.include).match
        self._ignore = _any_of(inbox.ignore).match

    def ignored(self, name: bytes) -> bool:
        """Somebody's temporary or hidden name, of a file or a directory: not a word about it."""
        return self._ignore(os.fsdecode(name)) is not None and not SET_ASIDE.fullmatch(name)

    def included(self, name: bytes) -> bool:
        """The name of a file that should be a document."""
        return self._include(os.fsdecode(name)) is not None or SET_ASIDE.fullmatch(name) is not None


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(fnmatch.translate, patterns)) or r"(?!)", re.IGNORECASE)

"""Headings in plain text, and the path of headings under which a position stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ingestd.model import Heading

# It begins with a line end, which the engine finds far faster than the `^` of a line.
_MARKED = re.compile(
    r"\n[ \t]{0,3}(?:(?P<hashes>\#{1,6})[ \t]+(?P<markdown>[^\s\#][^\n]{0,200})$"
    r"|(?P<equals>=(?:[ ]?=){0,5})[ \t]*(?P<wiki>[^=\s][^=\n]{0,150})(?P=equals)[ \t]*$"
    r"|(?P<plain>[^\W\d_a-z][^\n]{0,80})\n[ \t]*(?P<rule>={3,}|-{3,})[ \t]*$)",
    re.MULTILINE,
)
_NUMBER = re.compile(
    r"(?:(?:§|Chapter|Section|Appendix|Part|Kapitel|Teil|Abschnitt|Chapitre|Capítulo)\s*)?"
    r"(\d{1,3}(?:\.\d{1,3}){0,5}|[A-Z](?:\.\d{1,3}){1,5}|[A-Z](?=\.\s))\.?\s+(?=[^\W\d_])"
)
_GAP = re.compile(r"[\n\f]\s*+")
_LONGEST_TITLE = 80
_DEEPEST = 8
"""Headings on one path; also what a hostile outline may cost in each chunk."""
_LONGEST_ON_PATH = 200
LOWEST = 9
"""Level of a line that only looks like a title: below all that is marked as one."""


def find_headings(text: str) -> list[Heading]:
    """The headings of a plain text: marked ones (``#``, ``= =``, underlined), or else lines like titles.

    Cautious: a title-like line stands alone between an empty line and running text.
    """
    lines = f"\n{text}"
    marked = [_marked(match) for match in _MARKED.finditer(lines) if not _is_comment(lines, match)]
    return marked or list(_title_lines(text))


def _marked(match: re.Match[str]) -> Heading:
    """The heading of a match in the text behind one more line end."""
    if match["markdown"]:
        return Heading(match.start("hashes") - 1, len(match["hashes"]), match["markdown"].rstrip(" \t#"))
    if match["wiki"]:
        return Heading(match.start("equals") - 1, match["equals"].count("="), match["wiki"].strip())
    return Heading(match.start("plain") - 1, 1 if match["rule"][0] == "=" else 2, match["plain"].strip())


def _is_comment(lines: str, match: re.Match[str]) -> bool:
    """A single ``#`` in the midst of lines is a remark in a program."""
    if match["hashes"] != "#":
        return False
    before = lines[max(0, match.start() - 8) : match.start()].rstrip(" \t\r")
    return bool(before) and before[-1] not in "\n\f"


def _title_lines(text: str) -> Iterator[Heading]:
    start = len(text) - len(text.lstrip())
    if title := _title_at(text, start):
        yield title
    for match in _GAP.finditer(text, start):
        gap = match.group()
        parted = "\f" in gap or (len(gap) > 1 and gap.count("\n") > 1)
        if parted and (title := _title_at(text, match.end())):
            yield title


def _title_at(text: str, start: int) -> Heading | None:
    end = text.find("\n", start, start + _LONGEST_TITLE + 1)
    line = text[start:end].rstrip() if end >= 0 else ""
    if not line or not _is_title(line) or not _heads_prose(text, end):
        return None
    return Heading(start, len(number_of(line)) or LOWEST, line)


def _heads_prose(text: str, end: int) -> bool:
    line = text[end : end + 200].lstrip().split("\n", 1)[0]
    return len(line) > _LONGEST_TITLE and line[0].isalnum()


def _is_title(line: str) -> bool:
    if line[-1] in ".,;:!?…\"'|" or not (line[0].isupper() or line[0].isdigit()):
        return False
    words = line.split()
    letters = sum(map(str.isalpha, line))
    return len(words) <= 12 and letters * 3 >= len(line) * 2 and (len(line) >= 4)


def number_of(title: str) -> tuple[str, ...]:
    """The parts of the number a title begins with (``2.1 Data`` gives ``("2", "1")``), empty without one."""
    match = _NUMBER.match(title)
    return tuple(match[1].split(".")) if match else ()


class Sections:
    """The heading path at each place of a text: ``("2 Method", "2.1 Data")``."""

    def __init__(self, text: str, headings: Sequence[Heading]) -> None:
        """``headings`` in order; those with a negative start are open where ``text`` begins."""
        self.spans = [_span(text, heading) for heading in headings if heading.start >= 0]
        """Where the headings stand in ``text``, each to the end of its last line."""
        self._starts: list[int] = []
        self._paths: list[tuple[str, ...]] = []
        stack: list[_Open] = []
        last_end = -1
        for heading in headings:
            number = number_of(heading.title)
            del stack[min(_depth(stack, heading, number), _DEEPEST - 1) :]
            stack.append(_Open(heading, number))
            self._open(
                heading.start,
                last_end,
                text,
                tuple(entry.heading.title[:_LONGEST_ON_PATH] for entry in stack),
            )
            last_end = _span(text, heading)[1] if heading.start >= 0 else -1

    def _open(self, start: int, last_end: int, text: str, path: tuple[str, ...]) -> None:
        if last_end >= 0 and not text[last_end:start].strip():
            self._paths[-1] = path  # headings without text between open together
        else:
            self._starts.append(start)
            self._paths.append(path)

    def path(self, start: int) -> tuple[str, ...]:
        """The path at ``start``; headings that begin there are on it."""
        index = bisect_right(self._starts, start) - 1
        return self._paths[index] if index >= 0 else ()


class _Open(NamedTuple):
    heading: Heading
    number: tuple[str, ...]


def _span(text: str, heading: Heading) -> tuple[int, int]:
    """From the heading's first character to the end of the line on which its title ends."""
    near = heading.start + len(heading.title)
    end = text.find("\n", near, near + 200)
    return heading.start, end if end >= 0 else near


def _depth(stack: Sequence[_Open], heading: Heading, number: tuple[str, ...]) -> int:
    """How many of the open headings stay open above ``heading``: numbers tell better than levels."""
    if number:
        for index in range(len(stack) - 1, -1, -1):
            other = stack[index].number
            if other and len(other) < len(number) and number[: len(other)] == other:
                return index + 1
        for index, entry in enumerate(stack):
            if entry.number and len(entry.number) >= len(number):
                return index
    for index, entry in enumerate(stack):
        if entry.heading.level >= heading.level:
            return index
    return len(stack)
